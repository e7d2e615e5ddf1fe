"""NumPy, JAX and PyTorch: whose a function is, and arrays from one to the other."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from types import CodeType, ModuleType
from typing import Any

import numpy as np

LIBRARIES = ("numpy", "torch", "jax")
DEPTH = 3
FEW = 2**14


def is_loaded(library: str) -> bool:
    """Whether the library is imported: else no function can be its."""
    return library == "numpy" or library in sys.modules


def library_of(value: Any) -> str:
    """Whose array a value is; `numpy` for anything else."""
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch is not None and isinstance(value, torch.Tensor):
        return "torch"
    return "jax" if jax is not None and isinstance(value, jax.Array) else "numpy"


def candidates(function: Callable[..., Any], preferred: str | None) -> list[str]:
    """The libraries that a function may be written in, the likeliest first."""
    mentioned = mentioned_in(function)
    order = [preferred] if preferred else []
    order += [name for name in ("torch", "jax") if name in mentioned]
    order += [name for name in LIBRARIES if name not in order]
    return [name for name in order if is_loaded(name)]


def mentioned_in(function: Any, depth: int = DEPTH) -> set[str]:
    """The libraries whose modules or functions a function's own code names."""
    while isinstance(function, functools.partial):
        function = function.func
    owner = getattr(function, "__self__", function)
    kinds = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
    homes = {_home(function), *map(_home, kinds)} & set(LIBRARIES)
    if homes:
        return homes
    function = getattr(function, "__wrapped__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        call = type(function).__call__ if callable(function) else None
        return mentioned_in(call, depth - 1) if depth and hasattr(call, "__code__") else set()
    known = dict(getattr(function, "__globals__", {}))
    cells = zip(code.co_freevars, getattr(function, "__closure__", None) or (), strict=False)
    for name, cell in cells:
        try:
            known[name] = cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    values = [known[name] for name in _names(code) if name in known]
    found = {home for value in values if (home := _home(value)) in LIBRARIES}
    if depth:
        own = [value for value in values if callable(value) and _home(value) not in LIBRARIES]
        for value in own:
            found |= mentioned_in(value, depth - 1)
    return found


def _names(code: CodeType) -> Iterator[str]:
    yield from (*code.co_names, *code.co_freevars)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _home(value: Any) -> str:
    """The package that a value comes from: SciPy's and Python's own functions take NumPy arrays."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    root = str(name or "").split(".")[0]
    return {"jaxlib": "jax", "scipy": "numpy", "sklearn": "numpy", "math": "numpy"}.get(root, root)


def native(library: str, x: np.ndarray, dtype: str = "float64") -> Any:
    """A copy of a NumPy array, or of a tensor of any library, in a library's own type.

    Floating-point numbers get the dtype; whole numbers, truth values and complex steps keep theirs.
    """
    x = np.array(x, dtype=dtype if x.dtype.kind == "f" else None)
    if library == "torch":
        import torch

        return torch.tensor(x)
    if library == "jax":
        import jax.numpy as jnp

        return jnp.asarray(x)
    return x


def to_array(value: Any) -> np.ndarray:
    """A copy in NumPy of a tensor, a sparse matrix, a table or a list."""
    if library_of(value) == "torch":
        value = value.detach().cpu().resolve_conj()
        value = value.to_dense() if value.is_sparse else value
        value = (value.float() if str(value.dtype) == "torch.bfloat16" else value).numpy()
    if hasattr(value, "toarray"):
        value = value.toarray()
    return np.array(np.ma.getdata(value) if isinstance(value, np.ma.MaskedArray) else value)


@contextmanager
def threads_for(numbers: int) -> Iterator[None]:
    """One thread of PyTorch for arrays of few numbers, which others would take longer to join."""
    torch = sys.modules.get("torch")
    if torch is None or numbers > FEW or (before := torch.get_num_threads()) == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def double_precision():
    """JAX computes in float32 unless it is told otherwise."""
    if not is_loaded("jax"):
        return nullcontext()
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax import experimental

    return experimental.enable_x64()  # type: ignore[attr-defined]  # before JAX 0.8
