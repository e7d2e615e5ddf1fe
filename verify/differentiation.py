"""Full Jacobians of anybody's function: by autodiff, or else by complex step or differences."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Function = Callable[[np.ndarray], Any]
COMPLEX_STEP = 1e-30
LEVELS = 8
EXACT = 1e-9
FORWARD = 1000


@dataclass(frozen=True)
class Judge:
    """A Jacobian, (*outputs, *inputs), by the named method, and how far each entry may be off.

    `elsewhere` is the Jacobian at another point by the same method.
    """

    name: str
    jacobian: np.ndarray
    uncertainty: np.ndarray
    elsewhere: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Subject:
    """A function at a point, as a function of one array, in the library it is written in."""

    function: Callable[..., Any]
    point: Mapping[str, np.ndarray]
    wrt: str
    library: str = "numpy"

    def __call__(self, x: Any) -> Any:
        """The function, of an array of its own library."""
        return self._call(self.function, x)

    def value(self, x: np.ndarray) -> np.ndarray:
        """The function as NumPy, in its own precision."""
        return self.at(x, self.function)

    def at(self, x: np.ndarray, function: Callable[..., Any]) -> np.ndarray:
        """Another function of the same arguments, such as a gradient."""
        with _double_precision(self.library):
            return _as_numpy(self._call(function, _native(self.library, x)))

    def judges(self, x: np.ndarray) -> Iterator[Judge]:
        """The Jacobian at x by every method that applies: at least one."""
        if not x.size:
            empty = np.zeros((*self.value(x).shape, *x.shape))
            yield Judge("its shape", empty, empty, lambda x: empty)
        elif self.library == "jax":
            yield from _by_jax(self, x)
        elif self.library == "torch":
            yield _by_torch(self, x)
        elif (stepped := _by_complex_step(self, x)) is not None:
            yield stepped
        else:
            yield by_differences(self.value, x)

    def _call(self, function: Callable[..., Any], x: Any) -> Any:
        if len(self.point) == 1:
            return function(x)
        others = {name: _native(self.library, value) for name, value in self.point.items()}
        return function(**{**others, self.wrt: x})


def subject_of(function: Callable[..., Any], point: Mapping[str, np.ndarray], wrt: str) -> Subject:
    """The function with the library that it is written in, told by what it makes of NumPy arrays.

    JAX and PyTorch are asked only if they are already imported: else the function cannot be theirs.
    """
    subject = Subject(function, point, wrt)
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    try:
        value = subject(point[wrt])
    except TypeError:
        if torch is None:
            raise
        return replace(subject, library="torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return replace(subject, library="torch")
    if jax is not None and isinstance(value, jax.Array):
        return replace(subject, library="jax")
    return subject


def one_sided(
    value: Callable[[np.ndarray], np.ndarray], x: np.ndarray, place: tuple[int, ...], h: float
) -> tuple[np.ndarray, np.ndarray]:
    """The left and the right difference quotient along one entry of x, (*outputs) each."""
    step = np.zeros_like(x)
    step[place] = h
    before, here, after = (value(at).astype(np.float64) for at in (x - step, x, x + step))
    return (here - before) / h, (after - here) / h


def by_differences(value: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> Judge:
    """Central differences, extrapolated to step 0 (Richardson 1911; Ridders 1982 for the error)."""
    columns, errors = [], []
    for place in np.ndindex(x.shape):
        direction = np.zeros_like(x)
        direction[place] = scale = max(1.0, abs(float(x[place])))
        slope, error = _extrapolated(value, x, direction)
        columns.append(slope / scale)
        errors.append(error / scale)
    shape = (*np.shape(columns[0]), *x.shape)
    jacobian, uncertainty = (np.stack(parts, axis=-1).reshape(shape) for parts in (columns, errors))
    return Judge(
        "differences", jacobian, uncertainty, lambda at: by_differences(value, at).jacobian
    )


def _extrapolated(value, x: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slope along a direction, by ever smaller steps, keeping per entry what changed least.

    It ends when all entries are exact enough, or smaller steps would only add rounding.
    """
    best, error = np.asarray(np.nan), np.asarray(np.inf)
    previous: list[np.ndarray] = []
    eps = 0.0
    for level in range(LEVELS):
        h = 0.1 / 4**level
        above, below = value(x + h * direction), value(x - h * direction)
        eps = max(eps, float(np.finfo(above.dtype).eps))
        above, below = above.astype(np.float64), below.astype(np.float64)
        noise = eps * (np.abs(above) + np.abs(below)) / h
        row = [(above - below) / (2 * h)]
        for order, older in enumerate(previous, start=1):
            factor = 16.0**order
            row.append(row[-1] + (row[-1] - older) / (factor - 1))
            change = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - older)) + noise
            better = change < error
            best, error = np.where(better, row[-1], best), np.where(better, change, error)
        if np.all((error <= EXACT * np.abs(best)) | (error <= 4 * noise)):
            break
        previous = row
    return best, error


def _by_complex_step(function: Function, x: np.ndarray) -> Judge | None:
    """Im f(x + ih e_k) / h, unless the function is not analytic."""

    def jacobian(at: np.ndarray) -> np.ndarray:
        columns = []
        for place in np.ndindex(at.shape):
            direction = np.zeros_like(at)
            direction[place] = 1.0
            columns.append(_complex_slope(function, at, direction))
        return np.stack(columns, axis=-1).reshape(*np.shape(columns[0]), *at.shape)

    try:
        if not _is_analytic(function, x):
            return None
        here = jacobian(x)
    except (TypeError, ValueError):
        return None
    return Judge("complex step", here, np.zeros(here.shape), jacobian)


def _complex_slope(function: Function, x: np.ndarray, direction: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        moved = np.asarray(function(x + 1j * COMPLEX_STEP * direction))
    return np.imag(moved) / COMPLEX_STEP


def _is_analytic(function: Function, x: np.ndarray) -> bool:
    """Whether complex steps and differences agree in a direction that moves every entry."""
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=x.shape)
    direction = signs * np.maximum(1, np.abs(x))
    slope = _complex_slope(function, x, direction)
    with np.errstate(all="ignore"):
        checked, error = _extrapolated(lambda at: np.asarray(function(at)), x, direction)
    return bool(np.all(np.abs(slope - checked) <= 10 * error + 1e-6 * np.abs(checked)))


def _by_jax(function: Function, x: np.ndarray) -> Iterator[Judge]:
    """Reverse and, for up to `FORWARD` entries, forward mode, whose work grows with their square.

    A function with a vjp of its own has no forward mode.
    """
    import jax

    modes = {"jacrev": jax.jacrev} | ({"jacfwd": jax.jacfwd} if x.size <= FORWARD else {})
    for name, differentiate in modes.items():

        def jacobian(at: np.ndarray, differentiate=differentiate) -> np.ndarray:
            with _double_precision("jax"):
                found = _as_numpy(differentiate(function)(jax.numpy.asarray(at)))
            return found.astype(np.float64)

        try:
            here = jacobian(x)
        except TypeError:
            if name == "jacrev":
                raise
            continue
        yield Judge(name, here, np.zeros(here.shape), jacobian)


def _by_torch(function: Function, x: np.ndarray) -> Judge:
    import torch

    def jacobian(at: np.ndarray) -> np.ndarray:
        found = torch.autograd.functional.jacobian(function, torch.tensor(at))
        return _as_numpy(found).astype(np.float64)

    here = jacobian(x)
    return Judge("torch", here, np.zeros(here.shape), jacobian)


def _native(library: str, x: np.ndarray) -> Any:
    if library == "torch":
        import torch

        return torch.tensor(x)
    if library == "jax":
        import jax.numpy as jnp

        return jnp.asarray(x)
    return x


def _as_numpy(value: Any) -> np.ndarray:
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def _double_precision(library: str):
    """JAX computes in float32 unless it is told otherwise."""
    if library != "jax":
        return nullcontext()
    import jax

    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax import experimental

    return experimental.enable_x64()  # type: ignore[attr-defined]  # before JAX 0.8
