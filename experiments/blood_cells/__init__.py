"""Blood cells of eight types told apart by a multi-layer perceptron, and how far to trust it."""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="4",
    summary="a perceptron tells blood cells apart: accuracy, confusion, confidence, calibration",
    data=("bloodmnist",),
    rests_on=("experiments.networks",),
    uses_device=True,
)
