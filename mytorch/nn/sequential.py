"""`Sequential`, a chain of modules that is itself a module."""

from collections.abc import Iterable

import numpy as np

from mytorch.nn.modules.module import Module
from mytorch.shapes import Shaped


class Sequential(Module):
    """f(x) = f_k(... f_1(x)): `Sequential([f_1, f_2])`, or `Sequential(f_1, f_2)` as in PyTorch."""

    def __init__(self, *modules: Module | Iterable[Module]) -> None:
        if len(modules) == 1 and isinstance(modules[0], Iterable):
            modules = tuple(modules[0])
        self.modules: list[Module] = []
        for index, module in enumerate(modules):
            if not isinstance(module, Module):
                kind = type(module).__name__
                raise TypeError(f"modules: expected Module objects, got {kind} at index {index}")
            self.modules.append(module)

    def forward(self, x: Shaped[np.ndarray, "*input"]) -> Shaped[np.ndarray, "*output"]:
        """Pass `x` through every module in order."""
        for module in self.modules:
            x = module.forward(x)
        return x

    def backward(self, grad_output: Shaped[np.ndarray, "*output"]) -> Shaped[np.ndarray, "*input"]:
        """Pass the gradient through every module in reverse order, and return dL/dx."""
        for module in reversed(self.modules):
            grad_output = module.backward(grad_output)
        return grad_output

    def backward_parameters(self, grad_output: Shaped[np.ndarray, "*output"]) -> None:
        """Do the same down to the first module, and leave its dL/dx alone."""
        for module in reversed(self.modules[1:]):
            grad_output = module.backward(grad_output)
        for module in self.modules[:1]:
            module.backward_parameters(grad_output)

    def get_parameters(self) -> list[np.ndarray]:
        """Return the parameters of all modules, in order."""
        return [parameter for module in self.modules for parameter in module.get_parameters()]

    def get_gradients(self) -> list[np.ndarray]:
        """Return the gradients of all modules, in the order of `get_parameters`."""
        return [gradient for module in self.modules for gradient in module.get_gradients()]
