"""Q6.7: `mytorch`, NumPy alone, checks its gradients and learns to read the digits of MNIST."""

from experiments.framework.experiment import Experiment
from experiments.numpy_mnist.design import NAMES

EXPERIMENT = Experiment(
    package=__name__,
    problem="6.7",
    summary="a network written with NumPy alone: gradient check, training, test accuracy",
    settings=tuple(NAMES),
    data=("mnist",),
    rests_on=("mytorch",),
)
