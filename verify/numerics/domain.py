"""Where a claim is tested: shapes, how values are drawn, and the hard rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from math import ceil, prod

import numpy as np

from verify.numerics.backends import numpy_backend

MOST_NUMBERS, FEWEST_POINTS = 10**5, 2
"""In all points of one shape, and of how large arrays soever."""
Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
Values = Mapping[str, np.ndarray]


class Kind(Enum):
    """What can be asked of a point: at a kink, only one-sided derivatives."""

    ORDINARY = "ordinary"
    HARD = "hard"
    KINK = "kink"


@dataclass(frozen=True, eq=False)
class Batch:
    """Points of one shape: the sizes, and per name an array (batch, *shape) in float64."""

    label: str
    sizes: Mapping[str, int]
    values: Values
    kind: Kind

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def at(self, **values: np.ndarray) -> Batch:
        """The same batch with other values for some names."""
        return replace(self, values={**self.values, **values})

    def values_with(self, given: Mapping[str, Callable], dtype: type = np.float64) -> Values:
        """The values at each point, and what functions of NumPy and of them give."""
        return _values_with(self, tuple(given.items()), dtype)


@lru_cache(maxsize=500)
def _values_with(batch: Batch, given: tuple[tuple[str, Callable], ...], dtype: type) -> Values:
    """Computed once: hundreds of formulas are run at the same points, and one may be a minimiser
    that is found by iteration.
    """
    values: dict[str, np.ndarray] = {
        name: value.astype(dtype) for name, value in batch.values.items()
    }
    with np.errstate(all="ignore"):
        for name, function in given:
            values[name] = function(numpy_backend(), **values)
    return values


@dataclass(frozen=True)
class HardRow:
    """Extra points: sizes, and the draws that differ from the domain's own."""

    label: str
    sizes: Mapping[str, int]
    draw: Mapping[str, Draw]
    kind: Kind = Kind.HARD


@dataclass(frozen=True, eq=False)
class Domain:
    """The inputs of a claim: `shapes` names the sizes of each array's axes, () for a scalar.

    `distance` gives each point's distance to the nearest kink, (batch,); ordinary points that are
    closer than `margin` are drawn again, since differences across a kink measure nothing.
    """

    shapes: Mapping[str, tuple[str, ...]]
    draw: Mapping[str, Draw]
    sizes: tuple[Mapping[str, int], ...]
    hard: tuple[HardRow, ...] = ()
    distance: Callable[[Values], np.ndarray] | None = None
    margin: float = 1e-2

    @cache  # noqa: B019 - domains are module constants; claims that share one share its points
    def batches(self, points: int, seed: int) -> list[Batch]:
        """At least `points` ordinary points over all sizes, fewer of large arrays; a hard row has
        as many as one size.
        """
        rng = np.random.default_rng(seed)
        count = ceil(points / len(self.sizes))
        ordinary = [self._ordinary(rng, sizes, count) for sizes in self.sizes]
        return ordinary + [self._hard(rng, row, count) for row in self.hard]

    def _ordinary(self, rng, sizes, count) -> Batch:
        entries = sum(prod(self._shape(axes, sizes)) for axes in self.shapes.values())
        count = min(count, max(FEWEST_POINTS, MOST_NUMBERS // entries))
        values = self._drawn(rng, sizes, self.draw, count)
        if self.distance:
            while (close := self.distance(values) < self.margin).any():
                again = self._drawn(rng, sizes, self.draw, int(close.sum()))
                for name, array in values.items():
                    array[close] = again[name]
        return Batch(_label(sizes), sizes, values, Kind.ORDINARY)

    def _hard(self, rng, row: HardRow, count: int) -> Batch:
        values = self._drawn(rng, row.sizes, {**self.draw, **row.draw}, count)
        return Batch(row.label, row.sizes, values, row.kind)

    def _drawn(self, rng, sizes, draw, count) -> dict[str, np.ndarray]:
        values: dict[str, np.ndarray] = {}
        for name, axes in self.shapes.items():
            shape = (count, *self._shape(axes, sizes))
            values[name] = np.asarray(draw[name](rng, shape), dtype=np.float64)
        return values

    @staticmethod
    def _shape(axes, sizes) -> tuple[int, ...]:
        return tuple(_extent(axis, sizes) for axis in axes)


def _extent(axis: str, sizes: Mapping[str, int]) -> int:
    """The value of a size, a number, or a size and a number, as n - 1 or n + 1."""
    size, sign, number = (*axis.split(" "), "", "")[:3]
    value = sizes[size] if size in sizes else int(size)
    return value + int(sign + number or 0)


def normal(scale: float = 1.0) -> Draw:
    """Centred Gaussian values."""
    return lambda rng, shape: rng.normal(scale=scale, size=shape)


def scaled(draw: Draw, by: float) -> Draw:
    """Values of another draw, that many times as large."""
    return lambda rng, shape: by * draw(rng, shape)


def log_uniform(low: float, high: float) -> Draw:
    """Positive values, uniform in the logarithm."""
    return lambda rng, shape: np.exp(rng.uniform(np.log(low), np.log(high), size=shape))


def uniform(low: float, high: float) -> Draw:
    """Values in [low, high)."""
    return lambda rng, shape: rng.uniform(low, high, size=shape)


def constant(value: float) -> Draw:
    """The same value everywhere."""
    return lambda rng, shape: np.full(shape, value)


def shared(draw: Draw) -> Draw:
    """One value for a whole batch, such as a hyperparameter of an optimizer."""
    return lambda rng, shape: np.full(shape, draw(rng, (1,))[0])


def integers(low: int, high: int) -> Draw:
    """Whole numbers in [low, high], for values that must be exact."""
    return lambda rng, shape: rng.integers(low, high, size=shape, endpoint=True)


def one_hot(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Rows with a single one, along the last axis."""
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]


def _label(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())
