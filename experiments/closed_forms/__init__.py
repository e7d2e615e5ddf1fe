"""Public closed forms of gradients, and disputes about some: which are proved, which refuted."""

from experiments.closed_forms.design import SETTINGS
from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="1.1",
    summary="public closed forms derived, proved and refuted, and SymPy's own diff beside them",
    settings=SETTINGS,
    rests_on=(
        "derivations",
        "verify.differentiation",
        "verify.grading",
        "verify.language",
        "verify.numerics",
        "verify.objectives",
    ),
    timed=True,
)
