"""Which gradient checker catches which fault, and which one raises false alarms."""

from experiments.checkers.design import KINDS
from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="6.6",
    summary="which gradient checker catches which fault, at how many false alarms",
    settings=KINDS,
    rests_on=(
        "derivations",
        "mytorch",
        "verify.checking",
        "verify.claims",
        "verify.gradients",
        "verify.numerics",
        "verify.oracles",
    ),
    timed=True,
)
