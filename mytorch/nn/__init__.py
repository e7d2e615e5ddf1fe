"""All that a network is built and trained with: `from mytorch.nn import Linear, SGD, ...`."""

from mytorch.nn.modules import Linear, Module, ReLU, Sigmoid, SoftmaxCrossEntropy, Tanh
from mytorch.nn.optim import SGD
from mytorch.nn.sequential import Sequential

__all__ = [
    "SGD",
    "Linear",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "SoftmaxCrossEntropy",
    "Tanh",
]
