"""Where an argument lives: how it is drawn, and how far and along what it can be moved.

`{"p": simplex(5), "S": positive_definite(3), "x": positive(4), "y": labels(10, 5)}` in place of
shapes. No step of a check leaves the set, and along a set that is flat (symmetric matrices) or
curved (unit vectors) a gradient is judged in the directions that stay in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, prod
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator, Shape], np.ndarray]


def normal(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Gaussian values, of which most differ from every default."""
    return rng.normal(size=shape)


@dataclass(frozen=True, eq=False)
class Set:
    """The values that one array may have.

    `directions(x)` are those that stay in the set, (x.size, k), all entries by default; `room(x)`
    is how far x can go against and along each of them; `onto` brings a moved point back.
    """

    shape: Shape
    draw: Draw = normal
    directions: Callable[[np.ndarray], np.ndarray] | None = None
    room: Callable[[np.ndarray], tuple[Any, Any]] = field(default=lambda x: (inf, inf))
    onto: Callable[[np.ndarray], np.ndarray] | None = None
    is_constant: bool = False
    is_drawn: bool = True
    unseen: str = ""

    def at(self, rng: np.random.Generator) -> np.ndarray:
        """One value of the set."""
        return np.asarray(self.draw(rng, self.shape))


def anywhere(shape: int | Shape) -> Set:
    """All real numbers, drawn from a normal distribution."""
    return Set(_shape(shape))


def exactly(value: Any) -> Set:
    """One value; whole numbers and truth values are constants, in which nobody differentiates."""
    array = np.asarray(value)
    is_constant = array.dtype.kind != "f"
    return Set(array.shape, lambda rng, shape: array, is_constant=is_constant, is_drawn=False)


def bounded(low: float, high: float, shape: int | Shape = ()) -> Set:
    """Numbers between two bounds, either of which may be infinite."""
    if not low < high:
        raise ValueError(f"bounded: expected low < high, got {low} and {high}")
    return Set(_shape(shape), _within(low, high), room=between(low, high))


def positive(shape: int | Shape = ()) -> Set:
    """Numbers above 0."""
    return bounded(0.0, inf, shape)


def between(low: float, high: float) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """How far each entry is from two bounds."""
    return lambda x: (np.maximum(x - low, 0).ravel(), np.maximum(high - x, 0).ravel())


def simplex(shape: int | Shape) -> Set:
    """Probabilities along the last axis, moved from the largest one to the others and back."""
    shape = _shape(shape)
    rows, n = prod(shape[:-1]), shape[-1]

    def directions(x: np.ndarray) -> np.ndarray:
        basis = np.zeros((rows, n, rows, n))
        for row, largest in enumerate(np.argmax(x.reshape(rows, n), axis=1)):
            basis[row, :, row, :] = np.eye(n)
            basis[row, largest, row, :] -= 1
        others = np.any(basis.reshape(rows * n, rows * n), axis=0)
        return basis.reshape(rows * n, rows * n)[:, others]

    def room(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        basis, p = directions(x), x.ravel()
        return _least(p, basis > 0), _least(p, basis < 0)

    return Set(
        shape,
        lambda rng, shape: rng.dirichlet(np.ones(shape[-1]), size=shape[:-1]),
        directions,
        room,
        unseen="a number added to all entries of the gradient",
    )


def unit(shape: int | Shape) -> Set:
    """Vectors of length 1 along the last axis, moved along the sphere."""
    shape = _shape(shape)
    rows, n = prod(shape[:-1]), shape[-1]

    def onto(x: np.ndarray) -> np.ndarray:
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    def directions(x: np.ndarray) -> np.ndarray:
        basis = np.zeros((rows, n, rows, n - 1))
        for row, vector in enumerate(x.reshape(rows, n)):
            basis[row, :, row, :] = np.linalg.svd(vector[None])[2][1:].T
        return basis.reshape(rows * n, rows * (n - 1))

    return Set(
        shape,
        lambda rng, shape: onto(rng.normal(size=shape)),
        directions,
        onto=onto,
        unseen="a multiple of the vector itself in its gradient",
    )


def symmetric(n: int) -> Set:
    """Symmetric matrices, (n, n): both entries of a pair move together."""
    return Set((n, n), _symmetric_draw, _symmetric_directions, unseen=_SYMMETRIC)


def positive_definite(n: int) -> Set:
    """Symmetric positive definite matrices, (n, n); no step comes near a singular one."""

    def draw(rng: np.random.Generator, shape: Shape) -> np.ndarray:
        A = rng.normal(size=shape)
        return A @ A.T / n + 0.5 * np.eye(n)

    def room(x: np.ndarray) -> tuple[float, float]:
        nearest = float(np.linalg.eigvalsh(x)[0])
        return nearest, nearest

    return Set((n, n), draw, _symmetric_directions, room, unseen=_SYMMETRIC)


def integers(low: int, high: int, shape: int | Shape = ()) -> Set:
    """Whole numbers in [low, high], as constants."""
    return Set(
        _shape(shape),
        lambda rng, shape: rng.integers(low, high, size=shape, endpoint=True),
        is_constant=True,
    )


def labels(classes: int, shape: int | Shape = ()) -> Set:
    """Class numbers 0 ... classes - 1, as constants."""
    return integers(0, classes - 1, shape)


_SYMMETRIC = "how the gradient is shared between an entry and its mirror image"


def _symmetric_draw(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    A = rng.normal(size=shape)
    return (A + A.T) / 2


def _symmetric_directions(x: np.ndarray) -> np.ndarray:
    n = len(x)
    basis = np.zeros((n, n, n, n))
    for i, j in np.ndindex(n, n):
        basis[i, j, i, j] = basis[j, i, i, j] = 1
    return basis.reshape(n * n, n * n)[:, np.triu(np.ones((n, n), dtype=bool)).ravel()]


def _within(low: float, high: float) -> Draw:
    if np.isfinite([low, high]).all():
        return lambda rng, shape: rng.uniform(low, high, size=shape)
    if np.isfinite(low):
        return lambda rng, shape: low + np.exp(rng.normal(size=shape))
    if np.isfinite(high):
        return lambda rng, shape: high - np.exp(rng.normal(size=shape))
    return normal


def _least(p: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The least entry of p that each direction takes from."""
    return np.min(np.where(where, p[:, None], inf), axis=0)


def _shape(shape: int | Shape) -> Shape:
    return (shape,) if isinstance(shape, int) else tuple(shape)
