"""The activations ReLU, Sigmoid and Tanh: functions that act on every entry by itself."""

import numpy as np

from mytorch.nn.modules.module import Module, as_floating, as_grad_output
from mytorch.shapes import Shaped


class Activation(Module):
    """y = f(x) entry by entry, for an `x` of any shape; a subclass writes f and f' down."""

    derivative: np.ndarray | None = None  # f' at the latest x

    def value_and_derivative(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return f(x) and f'(x), each of the shape of `x`."""
        raise NotImplementedError

    def forward(self, x: Shaped[np.ndarray, "*shape"]) -> Shaped[np.ndarray, "*shape"]:
        """Return f(x), in the dtype of `x`."""
        y, self.derivative = self.value_and_derivative(as_floating("x", x))
        return y

    def backward(self, grad_output: Shaped[np.ndarray, "*shape"]) -> Shaped[np.ndarray, "*shape"]:
        """Return dL/dx = dL/dy * f'(x)."""
        shape = None if self.derivative is None else self.derivative.shape
        return as_grad_output(grad_output, shape) * self.derivative


class ReLU(Activation):
    """y = max(0, x), with relu'(0) = 0."""

    def value_and_derivative(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return max(0, x) and 1[x > 0], the latter as booleans."""
        return np.maximum(x, 0), x > 0


class Sigmoid(Activation):
    """y = 1 / (1 + e^-x)."""

    def value_and_derivative(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return s(x) and s'(x) = s(x) s(-x), both from e^-|x|, which cannot overflow."""
        z = np.exp(-np.abs(x))
        return np.where(x < 0, z, 1) / (1 + z), z / (1 + z) ** 2


class Tanh(Activation):
    """y = tanh(x)."""

    def value_and_derivative(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return tanh(x) and tanh'(x) = 1 - tanh(x)^2."""
        y = np.tanh(x)
        return y, 1 - y * y
