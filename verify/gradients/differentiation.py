"""Full Jacobians of anybody's function: by autodiff, or else by complex step or differences."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from verify.gradients.noise import Noise, noise_of

Function = Callable[[np.ndarray], Any]
COMPLEX_STEP = 1e-30
LEVELS = 8
EXACT = 1e-9
BLIND = 0.1
NEGLIGIBLE = 1e-9
FIRST_STEP = 0.1
FORWARD = 1000


@dataclass(frozen=True)
class Judge:
    """A Jacobian, (*outputs, *inputs), by the named method, and how far each entry may be off.

    `column(x, entry)` is that of one entry, (*outputs), at another x by the same method.
    """

    name: str
    jacobian: np.ndarray
    uncertainty: np.ndarray
    column: Callable[[np.ndarray, tuple[int, ...]], np.ndarray]


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

    @cached_property
    def noise(self) -> Noise:
        """How noisy the function is at its point, at least by its own rounding."""
        x = self.point[self.wrt]
        here = self.value(x)
        rounding = float(np.finfo(here.dtype).eps) * np.abs(here.astype(np.float64))
        found = noise_of(self.value, x)
        return replace(found, level=np.maximum(found.level, rounding))

    def judges(self, x: np.ndarray) -> Iterator[Judge]:
        """The Jacobian at x by every method that applies: at least one."""
        if not x.size:
            empty = np.zeros((*self.value(x).shape, *x.shape))
            yield Judge("its shape", empty, empty, lambda x, entry: empty)
        elif self.library == "jax":
            yield from _by_jax(self, x)
        elif self.library == "torch":
            yield _by_torch(self, x)
        elif (stepped := _by_complex_step(self, x)) is not None:
            yield stepped
        else:
            yield by_differences(self.value, x, self.noise.level)

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
    value: Callable[[np.ndarray], np.ndarray],
    here: np.ndarray,
    x: np.ndarray,
    place: tuple[int, ...],
    h: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The left and the right difference quotient along one entry of x, where the value is `here`.

    Both have the shape (*outputs).
    """
    step = np.zeros_like(x)
    step[place] = h
    before, after = (value(at).astype(np.float64) for at in (x - step, x + step))
    return (here - before) / h, (after - here) / h


def by_differences(
    value: Callable[[np.ndarray], np.ndarray], x: np.ndarray, noise: np.ndarray
) -> Judge:
    """Differences, extrapolated to step 0 (Richardson 1911; Ridders 1982 for the error).

    `noise` is that of the values, (*outputs).
    """

    def column(x: np.ndarray, place: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        direction = np.zeros_like(x)
        direction[place] = scale = max(1.0, abs(float(x[place])))
        slope, error = _extrapolated(value, x, direction, noise)
        return slope / scale, error / scale

    slopes, errors = zip(*(column(x, place) for place in np.ndindex(x.shape)), strict=True)
    return Judge(
        "differences",
        _jacobian(slopes, x),
        _jacobian(errors, x),
        lambda x, place: column(x, place)[0],
    )


def _jacobian(columns, x: np.ndarray) -> np.ndarray:
    return np.stack(columns, axis=-1).reshape((*np.shape(columns[0]), *x.shape))


def _extrapolated(
    value, x: np.ndarray, direction: np.ndarray, noise: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The slope along a direction by ever smaller steps, and its error.

    It ends when all entries are exact enough, or smaller steps would only add rounding. Where the
    central slope does not converge, as the second derivative jumps at x, the one-sided ones may.
    """
    here = value(x)
    eps, here = float(np.finfo(here.dtype).eps), here.astype(np.float64)
    central, left, right = _Table(16.0), _Table(4.0), _Table(4.0)
    quotients = []
    for level in range(LEVELS):
        h = FIRST_STEP / 4**level
        above, below = (value(x + s * h * direction).astype(np.float64) for s in (1, -1))
        rounding = np.maximum(eps * (np.abs(above) + np.abs(below)), noise) / h
        central.add((above - below) / (2 * h), rounding)
        is_exact = central.error <= EXACT * np.abs(central.slope)
        if np.all(is_exact | (central.error <= 4 * rounding)):
            return central.slope, central.error
        quotients.append(((here - below) / h, (above - here) / h, 2 * rounding))
    for before, after, rounding in quotients:
        left.add(before, rounding)
        right.add(after, rounding)
    error = np.maximum(np.maximum(left.error, right.error), np.abs(left.slope - right.slope))
    better = error < central.error
    slope = np.where(better, (left.slope + right.slope) / 2, central.slope)
    return slope, np.where(better, error, central.error)


class _Table:
    """Richardson's table of slopes whose error has the powers of h^1 (ratio 4) or h^2 (ratio 16).

    `slope` has of each entry what changed least, and `error` that change and its rounding.
    """

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio
        self.slope, self.error = np.asarray(np.nan), np.asarray(np.inf)
        self.row: list[np.ndarray] = []

    def add(self, slope: np.ndarray, noise: np.ndarray) -> None:
        """Enter the slope of the next step, a quarter of the one before."""
        row = [slope]
        for order, older in enumerate(self.row, start=1):
            row.append(row[-1] + (row[-1] - older) / (self.ratio**order - 1))
            change = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - older)) + noise
            better = change < self.error
            self.slope = np.where(better, row[-1], self.slope)
            self.error = np.where(better, change, self.error)
        self.row = row


def _by_complex_step(function: Subject, x: np.ndarray) -> Judge | None:
    """Im f(x + ih e_k) / h, unless the function is not analytic or noise hides whether it is."""

    def column(x: np.ndarray, place: tuple[int, ...]) -> np.ndarray:
        direction = np.zeros_like(x)
        direction[place] = 1.0
        return _complex_slope(function, x, direction)

    try:
        if not (_is_analytic(function, x) or _is_analytic(function, x, function.noise)):
            return None
        here = _jacobian([column(x, place) for place in np.ndindex(x.shape)], x)
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        return None
    return Judge("complex step", here, np.zeros(here.shape), column)


def _complex_slope(function: Function, x: np.ndarray, direction: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)  # the step would be lost
        moved = np.asarray(function(x + 1j * COMPLEX_STEP * direction))
    return np.imag(moved) / COMPLEX_STEP


def _is_analytic(function: Function, x: np.ndarray, noise: Noise | None = None) -> bool:
    """Whether complex steps agree with differences in a direction that moves every entry.

    They must do so just beside x, too: at |x| = 1 one branch of a function may be analytic alone.
    Where the error of differences or, once it is measured, the noise is as large as the slope, they
    say nothing.
    """
    rng = np.random.default_rng(0)
    direction = rng.choice([-1.0, 1.0], size=x.shape) * rng.uniform(0.5, 1, size=x.shape)
    direction *= np.maximum(1, np.abs(x))
    level = noise.level if noise else 0.0
    with np.errstate(all="ignore"):
        expected, error = _extrapolated(lambda at: np.asarray(function(at)), x, direction, level)
        allowed = 10 * error + 1e-6 * np.abs(expected)
    unknown = 10 * level / FIRST_STEP if noise else allowed
    if np.any(unknown > np.maximum(BLIND * np.abs(expected), NEGLIGIBLE)):
        return False
    eps = float(np.finfo(np.float64).eps)
    return all(
        np.all(np.abs(_complex_slope(function, beside, direction) - expected) <= allowed)
        for beside in (x - 4 * eps * direction, x, x + 4 * eps * direction)
    )


def _by_jax(function: Function, x: np.ndarray) -> Iterator[Judge]:
    """Reverse and, for up to `FORWARD` entries, forward mode, whose work grows with their square.

    A function with a vjp of its own has no forward mode.
    """
    import jax

    modes = {"jacrev": jax.jacrev} | ({"jacfwd": jax.jacfwd} if x.size <= FORWARD else {})
    for name, differentiate in modes.items():

        def jacobian(at: np.ndarray, differentiate=differentiate) -> np.ndarray:
            with _double_precision("jax"):
                return _as_numpy(differentiate(function)(jax.numpy.asarray(at)))

        try:
            yield _exact(name, jacobian, x)
        except TypeError:
            if name == "jacrev":
                raise


def _by_torch(function: Function, x: np.ndarray) -> Judge:
    import torch

    def jacobian(at: np.ndarray) -> np.ndarray:
        return _as_numpy(torch.autograd.functional.jacobian(function, torch.tensor(at)))

    return _exact("torch", jacobian, x)


def _exact(name: str, jacobian: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> Judge:
    """The judge of a method that finds all columns at once."""
    here = jacobian(x).astype(np.float64)
    seen: dict[bytes, np.ndarray] = {}

    def column(at: np.ndarray, place: tuple[int, ...]) -> np.ndarray:
        key = at.tobytes()
        if key not in seen:
            seen[key] = jacobian(at).astype(np.float64)
        index: tuple[Any, ...] = (..., *place)
        return seen[key][index]

    return Judge(name, here, np.zeros(here.shape), column)


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
