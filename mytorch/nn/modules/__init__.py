"""The layers, their base class and the loss."""

from mytorch.nn.modules.activation import ReLU, Sigmoid, Tanh
from mytorch.nn.modules.linear import Linear
from mytorch.nn.modules.loss import SoftmaxCrossEntropy
from mytorch.nn.modules.module import Module

__all__ = ["Linear", "Module", "ReLU", "Sigmoid", "SoftmaxCrossEntropy", "Tanh"]
