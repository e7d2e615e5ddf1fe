"""A function at a point, in coordinates: its values, its slopes, and who knows its Jacobian."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from verify.gradients.inputs.calls import Call
from verify.gradients.inputs.coordinates import Paths, coordinates_of
from verify.gradients.inputs.layout import Layout
from verify.gradients.inputs.libraries import to_array
from verify.gradients.judges.autodiff import autodiff_of, jax_value
from verify.gradients.judges.differences import Slopes, slopes_along
from verify.gradients.judges.noise import noise_of

SMALLEST = 1e-280  # scale whose complex step is a number
NORMAL = float(np.finfo(np.float64).tiny)
ROUGH = 1e-7
NOISE = 32.0
Jacobian = Callable[[np.ndarray], np.ndarray]
Judge = tuple[str, Jacobian]
COMPLEX_STEP = 1e-20  # of the scale: its square is nothing, even where a function is sharp


class Subject:
    """A function of the moved arrays at one point.

    `upstream`, (r, m), makes it r sums of its m outputs: what a backward pass differentiates. All
    values and Jacobians are of these sums.
    """

    def __init__(
        self,
        call: Call,
        layout: Layout,
        upstream: np.ndarray | None = None,
        method: str | None = None,
        entries: int | None = None,
    ) -> None:
        self.call, self.layout, self.upstream, self.method = call, layout, upstream, method
        self.coordinates = coordinates_of(layout, entries)
        if call.dtype == "float32":
            self.coordinates.x[:] = self.coordinates.x.astype(np.float32)
        output = floating(call.at(layout, self.coordinates.x), "function")
        self.shape = output.shape
        self.eps = float(np.finfo(output.dtype).eps)
        self.here = self._sums(output)
        self.open = np.arange(len(self.coordinates))
        self.known: np.ndarray | None = None

    def value(self, t: np.ndarray) -> np.ndarray:
        """The sums at t, (r,); not a number where the function has none, or t is outside."""
        if self.coordinates.holds(t):
            try:
                output = self._output(self.coordinates.moved(t))
            except Exception:  # math.log(-1), a probability above 1: no value there
                return np.full(self.here.shape, np.nan)
            if output.shape == self.shape:
                value = self._sums(output)
                return np.where(np.isfinite(value), value, np.nan)
        return np.full(self.here.shape, np.nan)

    def knowing(self, columns: np.ndarray, jacobian: np.ndarray) -> Subject:
        """The same with some columns of the Jacobian, (k,) bools, known: nobody is asked."""
        other = copy(self)
        other.open, other.known = np.flatnonzero(~columns), jacobian
        return other

    @cached_property
    def noise(self) -> np.ndarray:
        """How far each value may be off, (r,)."""
        c = self.coordinates
        level = noise_of(
            self.value, self.here, np.minimum(c.scale, np.minimum(c.down, c.up)) / c.together
        )
        return np.maximum(level, self.eps * np.abs(self.here))

    def slopes(self, directions: np.ndarray | None = None) -> Slopes:
        """By differences: the columns of the Jacobian, or its products with other directions.

        Those are in units of the scale: one of length 1 moves x by as much as it is large.
        """
        c = self.coordinates
        if directions is None:
            found = self._with_larger_steps(self._along_entries(c.scale, self.open))
            if self.known is None:
                return found
            rest = (
                self.known,
                np.zeros(self.known.shape),
                np.broadcast_to(c.scale, self.known.shape),
            )
            parts = (found.slope, found.error, found.step)
            return Slopes(*map(self._filled, parts, rest))
        moves = directions * c.scale[:, None]
        down, up = self._room(-moves), self._room(moves)
        paths = Paths(lambda j: moves[:, j], np.ones(up.size), down, up)
        return slopes_along(self.value, self.here, paths, self.noise)

    def _along_entries(self, scale: np.ndarray, entries: np.ndarray) -> Slopes:
        c = self.coordinates
        paths = c.paths(entries, scale)
        return slopes_along(self.value, self.here, paths, self.noise)

    def _filled(self, columns: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The open columns among those that are known, (r, k)."""
        whole = np.array(known)
        whole[:, self.open] = columns
        return whole

    def _with_larger_steps(self, found: Slopes) -> Slopes:
        """Where steps by an entry's own size see little but noise, those by its array's may see
        more: they count where they agree."""
        c = self.coordinates
        with np.errstate(all="ignore"):
            is_rough = np.any(found.error > ROUGH * np.abs(found.slope), axis=0)
        small = np.flatnonzero(is_rough & (c.scale[self.open] < c.spread[self.open] / 4))
        if not small.size:
            return found
        wider = self._along_entries(c.spread, self.open[small])
        with np.errstate(all="ignore"):
            seen = found.error[:, small] + NOISE * self.noise[:, None] / found.step[:, small]
            agree = np.abs(wider.slope - found.slope[:, small]) <= 3 * (seen + wider.error)
        better = agree & (wider.error < found.error[:, small])
        for old, new in zip(
            (found.slope, found.error, found.step),
            (wider.slope, wider.error, wider.step),
            strict=True,
        ):
            old[:, small] = np.where(better, new, old[:, small])
        return found

    def _room(self, moves: np.ndarray) -> np.ndarray:
        """How many times over there is room for each of some moves, (n, k)."""
        c = self.coordinates
        with np.errstate(all="ignore"):
            times = np.where(moves > 0, c.up[:, None], c.down[:, None]) / np.abs(moves)
        return np.min(np.where(moves == 0, np.inf, times), axis=0) / c.together

    def exact(self) -> Judge | None:
        """The sharpest judge beside differences that has a Jacobian here, if one does.

        Raises:
            ValueError: if the method that was asked for gives none.
        """
        is_numpy = self.call.library == "numpy"
        found = self.autodiff()
        if is_numpy and self.method in (None, "complex step"):
            found = self._working("complex step", self._complex_jacobian)
        if found is None and self.method not in (None, "differences"):
            applies = is_numpy == (self.method == "complex step")
            why = "it fails" if applies else f"the function is {self.call.library}'s"
            raise ValueError(f"method: {self.method} does not apply: {why}")
        return found

    def autodiff(self) -> Judge | None:
        """The first mode of the function's own library that has a Jacobian here."""
        return self._own if self.method in (None, "autodiff") else None

    @cached_property
    def _own(self) -> Judge | None:
        modes = autodiff_of(self.call, self.layout).items()
        judges = (self._working(name, self._along(jacobian)) for name, jacobian in modes)
        return next(filter(None, judges), None)

    def _output(self, x: np.ndarray) -> np.ndarray:
        if self.call.library == "jax":
            return to_array(jax_value(self.call, self.layout, x)).reshape(self.shape)
        return to_array(self.call(self.layout.arguments(x, self.call.library, self.call.dtype)))

    def _sums(self, output: np.ndarray) -> np.ndarray:
        flat = output.astype(np.float64).ravel()
        return flat if self.upstream is None else self.upstream @ flat

    def _working(self, name: str, jacobian: Jacobian) -> Judge | None:
        """A judge that remembers what it said, if it says anything here."""
        known: dict[bytes, np.ndarray] = {}

        def at(t: np.ndarray) -> np.ndarray:
            key = t.tobytes()
            if key not in known:
                known[key] = jacobian(t)
            return known[key]

        try:
            at(np.zeros(len(self.coordinates)))
        except Exception:  # not analytic code, a loop that cannot be reversed: another judge
            return None
        return name, at

    def _along(self, jacobian: Jacobian) -> Jacobian:
        """The Jacobian of the sums at any t, by that of the function at any x."""

        def at(t: np.ndarray) -> np.ndarray:
            of_outputs = jacobian(self.coordinates.moved(t)).astype(np.float64)
            of_outputs = of_outputs.reshape(int(np.prod(self.shape)), -1)
            sums = of_outputs if self.upstream is None else self.upstream @ of_outputs
            return self.coordinates.along(sums)

        return at

    def complex_slope(self, t: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The derivative along a direction at t, (r,), by a step that is imaginary.

        Raises:
            FloatingPointError: where the change is so small that it has lost digits.
        """
        c = self.coordinates
        moved = np.abs(direction) > 0
        scale = float(np.min(c.scale[moved] / np.abs(direction[moved])))
        h = (COMPLEX_STEP if scale > SMALLEST else ROUGH) * scale
        x = c.moved(t + 1j * h * direction)
        output = to_array(self.call(self.layout.arguments(x, "numpy", "float64")))
        change = np.imag(output).astype(np.float64).ravel()
        if np.any((change != 0) & (np.abs(change) < NORMAL)):
            raise FloatingPointError("the change by a complex step has lost its digits")
        slope = change / h
        return slope if self.upstream is None else self.upstream @ slope

    def _complex_jacobian(self, t: np.ndarray) -> np.ndarray:
        c = self.coordinates
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)  # the step would be lost
            columns = [self.complex_slope(t, c.unit(int(j))) for j in self.open]
        found = np.stack(columns, axis=1)
        return found if self.known is None else self._filled(found, self.known)


def floating(value: Any, role: str) -> np.ndarray:
    """A function's value as an array of real numbers; anything else is an error."""
    if value is None:
        raise TypeError(f"{role}: expected numbers, got None; is a return missing?")
    try:
        array = to_array(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{role}: expected an array of numbers, got {type(value).__name__}"
        ) from error
    kind = array.dtype.kind
    if kind == "c":
        raise TypeError(
            f"{role}: expected real numbers, got {array.dtype}; check its .real and .imag"
        )
    if kind in "iub" and role == "function":
        raise TypeError(
            f"{role}: expected floating-point numbers, got {array.dtype}: whole numbers make a"
            " staircase, which has no gradient to check"
        )
    if kind not in "fiub":
        raise TypeError(
            f"{role}: expected an array of numbers, got {type(value).__name__} ({array.dtype})"
        )
    return array
