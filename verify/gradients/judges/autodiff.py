"""Jacobians by JAX and PyTorch, of the moved arrays as one vector."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import Call
from verify.gradients.inputs.layout import Layout
from verify.gradients.inputs.libraries import native, to_array

Jacobian = Callable[[np.ndarray], np.ndarray]
KEPT = 64  # compiled functions


def autodiff_of(call: Call, layout: Layout) -> dict[str, Jacobian]:
    """By name, the modes of a function's own library: the Jacobian at x, (m, n)."""
    if call.library == "torch":
        return {"torch": _by_torch(call, layout)}
    if call.library == "jax":
        return {mode: _by_jax(call, layout, mode) for mode in ("jacrev", "jacfwd")}
    return {}


def jax_value(call: Call, layout: Layout, x: np.ndarray) -> Any:
    """The function at x, compiled if it can be."""
    return _run(call, layout, x, "value")


def _by_torch(call: Call, layout: Layout) -> Jacobian:
    import torch

    def flat(x: Any) -> Any:
        constants = [native("torch", array, call.dtype) for array in layout.constants]
        value = call(layout.filled(x, constants))
        if not value.requires_grad:
            raise TypeError("the value is cut off from its arguments")
        return value.reshape(-1)

    def jacobian(x: np.ndarray) -> np.ndarray:
        return to_array(torch.autograd.functional.jacobian(flat, native("torch", x, call.dtype)))

    return jacobian


def _by_jax(call: Call, layout: Layout, mode: str) -> Jacobian:
    return lambda x: to_array(_run(call, layout, x, mode))


def _run(call: Call, layout: Layout, x: np.ndarray, mode: str) -> Any:
    """Compiled code where it can be compiled: op by op takes a hundred times longer.

    It is given NumPy's arrays, which it converts faster than `jax.numpy.asarray` does.
    """
    arrays = [
        np.asarray(a, np.float64 if a.dtype.kind == "f" else None) for a in (x, *layout.constants)
    ]
    try:
        program = _compiled(call.function, call.way, _Key(layout), mode)
    except TypeError:  # a function that has no hash
        program = _flat(call.function, call.way, layout, mode)
    return program(*arrays)


class _Key:
    """A layout that is equal to each one of the same names and shapes."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.key = layout, (layout.names, layout.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


@lru_cache(maxsize=KEPT)
def _compiled(function: Callable[..., Any], way: str, key: _Key, mode: str) -> Callable[..., Any]:
    """The compiled function; it itself from the first time on that it cannot be compiled."""
    import jax

    plain = _flat(function, way, key.layout, mode)
    programs = [jax.jit(plain)]

    def run(*arrays: Any) -> Any:
        if programs:
            try:
                return programs[0](*arrays)
            except Exception:  # values that decide what is computed
                programs.clear()
        return plain(*arrays)

    return run


def _flat(function: Callable[..., Any], way: str, layout: Layout, mode: str) -> Callable[..., Any]:
    import jax

    call = Call(function, "function", way, "jax", "float64")

    def flat(*arrays: Any) -> Any:
        x, *constants = map(jax.numpy.asarray, arrays)
        return jax.numpy.asarray(call(layout.filled(x, constants))).reshape(-1)

    return flat if mode == "value" else getattr(jax, mode)(flat)
