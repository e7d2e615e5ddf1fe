"""`SGD`, stochastic gradient descent, with momentum as PyTorch writes it."""

from collections.abc import Iterable, Sequence

import numpy as np


class SGD:
    """v <- momentum v + g, then p <- p - lr v: PyTorch's form, without damping of g.

    `parameters` are changed in place, so write other weights into them, as `layer.W[...] = weights`
    does: an array put in their place is not trained. `lr` may be set between steps.
    """

    def __init__(
        self, parameters: Iterable[np.ndarray], lr: float = 0.01, momentum: float = 0.0
    ) -> None:
        if not lr > 0:
            raise ValueError(f"lr: expected a number above 0, got {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum: expected a number in [0, 1), got {momentum}")
        self.parameters = list(parameters)
        for index, parameter in enumerate(self.parameters):
            if not parameter.flags.writeable:
                raise ValueError(f"parameters: expected arrays to change, {index} is read-only")
        self.lr = lr
        self.momentum = momentum
        self._velocities = [np.zeros_like(parameter) for parameter in self.parameters]

    def step(self, gradients: Sequence[np.ndarray]) -> None:
        """Move every parameter against its gradient; on a mismatch, ValueError and no move."""
        check_gradients(self.parameters, gradients)
        if self.momentum:
            for velocity, gradient in zip(self._velocities, gradients, strict=True):
                velocity *= self.momentum
                velocity += gradient
            gradients = self._velocities
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter -= self.lr * gradient

    def zero_grad(self) -> None:
        """Do nothing: `backward` replaces gradients and never adds to them. For PyTorch's habit."""


def check_gradients(parameters: Sequence[np.ndarray], gradients: Sequence[np.ndarray]) -> None:
    """Raise ValueError unless there is one gradient a parameter, of the parameter's shape."""
    if len(gradients) != len(parameters):
        raise ValueError(
            f"gradients: expected {len(parameters)}, one a parameter, got {len(gradients)}"
        )
    for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
        if np.shape(gradient) != parameter.shape:
            raise ValueError(
                f"gradients: expected shape {parameter.shape}, got {np.shape(gradient)} "
                f"at index {index}"
            )
