"""The gradient of a function as a function itself: what a Hessian is the Jacobian of."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import Call
from verify.gradients.inputs.layout import Layout
from verify.gradients.judges.differences import slopes_along
from verify.gradients.judges.noise import noise_of
from verify.gradients.judges.subject import Subject

ROUNDINGS = 2.0**6  # of a gradient by autodiff or complex step


class Curved(Subject):
    """A subject whose values are the gradient at t, (r * k,), by the best judge of it."""

    def __init__(self, call: Call, layout: Layout, **options: Any) -> None:
        super().__init__(call, layout, **options)
        if any(leaf.space.onto for leaf in layout.moved):
            raise ValueError("order: expected 1 where an argument is moved along a sphere, got 2")
        self._function = Subject(call, layout, **options)
        exact = self._function.exact()
        if exact is not None:
            slopes = self._function.slopes()
            near = np.abs(exact[1](np.zeros(len(self.coordinates))) - slopes.slope)
            if not np.all(near <= 10 * slopes.error + 1e-6 * np.abs(slopes.slope)):
                exact = None  # an autodiff that is wrong differentiates nothing
        self._exact = exact
        self.of_gradient = exact[0] if exact else "differences"
        self.here = self.value(np.zeros(len(self.coordinates)))

    def value(self, t: np.ndarray) -> np.ndarray:
        """The gradient at t."""
        if self._exact:
            try:
                return self._exact[1](t).ravel()
            except Exception:
                return np.full(self.here.size * len(self.coordinates), np.nan)
        f, c = self._function, self.coordinates
        here = f.value(t)
        everything = c.paths(np.arange(len(c)), c.scale)
        noise = f.eps * np.abs(here)
        return slopes_along(lambda s: f.value(t + s), here, everything, noise).slope.ravel()

    @cached_property
    def noise(self) -> np.ndarray:
        """How far each entry of the gradient may be off."""
        level = noise_of(self.value, self.here, self.coordinates.scale)
        return np.maximum(level, ROUNDINGS * self.eps * np.abs(self.here))

    def exact(self) -> None:
        """Nobody knows the Jacobian of a gradient: differences of it are exact enough."""

    autodiff = exact

    def complex_slope(self, t: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """Nobody differentiates a gradient by a complex step, which may be one already."""
        raise NotImplementedError("a complex step of a gradient")
