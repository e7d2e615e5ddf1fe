"""Problem 5: four initialisations, and what becomes of signals, gradients and training."""

from experiments.framework.experiment import Experiment
from experiments.initialization.design import ACTIVATION_NAMES

EXPERIMENT = Experiment(
    package=__name__,
    problem="5",
    summary="four initialisations with tanh and ReLU: signals, gradients, training",
    settings=tuple(ACTIVATION_NAMES),
    data=("mnist",),
    rests_on=(
        "derivations.derivation",
        "derivations.entries",
        "derivations.initialization",
        "derivations.latex",
        "derivations.notation",
        "derivations.prover",
        "derivations.text",
        "experiments.networks",
    ),
    uses_device=True,
)
