"""`Module`, the base class: what every layer does, and what one without parameters inherits."""

import numpy as np

from mytorch.shapes import Shaped


class Module:
    """One step y = f(x) of a network, and the way back for gradients.

    `forward` remembers what `backward` needs, its input without copying it: do not change that
    input in place before `backward` has run. `backward` answers for the latest `forward`, and may
    be called again. Every array returned is new: a later call never overwrites one that you keep.
    """

    def forward(self, x: Shaped[np.ndarray, "*input"]) -> Shaped[np.ndarray, "*output"]:
        """Return f(x), and remember what `backward` will need."""
        raise NotImplementedError

    def backward(self, grad_output: Shaped[np.ndarray, "*output"]) -> Shaped[np.ndarray, "*input"]:
        """Return dL/dx given dL/dy, and keep the gradients of the parameters."""
        raise NotImplementedError

    def backward_parameters(self, grad_output: Shaped[np.ndarray, "*output"]) -> None:
        """Keep the gradients of the parameters as `backward` does, when nobody needs dL/dx.

        So training ends its way back at the first layer, whose input is data: the product that is
        saved costs a third of the step. Torch7 made the same cut (`accGradParameters` beside
        `updateGradInput`). A dL/dx that is computed only when it is looked at would be as fast, but
        no array. This default serves every module; override it where dL/dx is dear.
        """
        self.backward(grad_output)

    def get_parameters(self) -> list[np.ndarray]:
        """Return the parameters themselves, not copies: an optimizer changes them in place."""
        return []

    def get_gradients(self) -> list[np.ndarray]:
        """Return dL/dp of the latest `backward` for each p of `get_parameters`, in its order."""
        return []


def as_floating(name: str, array: np.ndarray) -> np.ndarray:
    """Return `array` as an ndarray; TypeError where it holds no floating-point numbers."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        raise TypeError(f"{name}: expected floating-point numbers, got {array.dtype}")
    return array


def as_grad_output(
    grad_output: np.ndarray, output_shape: tuple[int, ...] | None
) -> Shaped[np.ndarray, "*output"]:
    """Return dL/dy as an ndarray of y's shape, which is None as long as `forward` has not run."""
    if output_shape is None:
        raise RuntimeError("backward: expected a forward before it, got none")
    grad_output = as_floating("grad_output", grad_output)
    if grad_output.shape != output_shape:
        raise ValueError(
            f"grad_output: expected the output's shape {output_shape}, got {grad_output.shape}"
        )
    return grad_output
