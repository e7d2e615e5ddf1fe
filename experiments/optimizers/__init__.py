"""Problem 3: Adam and momentum SGD with scaled, noisy and sparse gradients, at all step sizes."""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="3",
    summary="Adam and momentum SGD: scaled, noisy, sparse gradients; learning rates",
    data=("mnist",),
    rests_on=("experiments.networks",),
)
