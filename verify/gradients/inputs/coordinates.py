"""A point in the directions that stay in its arguments' sets: a vector t, 0 at the point.

Steps go by `scale`: the size of an entry itself, or where it is 0 that of its array's other values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify.gradients.inputs.layout import Layout, Leaf

ROUNDED = 1 + 1e-12
SMALLEST = float(np.finfo(np.float64).tiny / np.finfo(np.float64).eps)
TOGETHER = 3  # random directions
NARROW = 2.0**-20  # of the scale: with less room than that on one side, steps go to the other one


@dataclass(frozen=True)
class Paths:
    """Straight lines through t = 0: `direction(j)` is that of one, (n,).

    A function may be asked to move by `scale` along it, with room for `down` against it and for
    `up` along it.
    """

    direction: Callable[[int], np.ndarray]
    scale: np.ndarray
    down: np.ndarray
    up: np.ndarray


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Of each of the k directions: its scale, that of its array, its name, and how far it goes.

    `basis` is (n, k), or None where it is the identity.
    """

    x: np.ndarray
    basis: np.ndarray | None
    scale: np.ndarray
    spread: np.ndarray
    down: np.ndarray
    up: np.ndarray
    layout: Layout

    def __len__(self) -> int:
        return self.scale.size

    def moved(self, t: np.ndarray) -> np.ndarray:
        """The point x, (n,), at t."""
        x = self.x + (t if self.basis is None else self._of_basis(t))
        if self.basis is not None and x.dtype.kind == "f":
            for leaf in self.layout.moved:
                if leaf.space.onto and leaf.start is not None:
                    part = slice(leaf.start, leaf.start + leaf.array.size)
                    x[part] = leaf.space.onto(x[part].reshape(leaf.array.shape)).ravel()
        return x

    def _of_basis(self, t: np.ndarray) -> np.ndarray:
        """The move by t, which as a rule is along few directions."""
        along = np.flatnonzero(t)
        return self.basis[:, along] @ t[along]  # type: ignore[index]

    def clipped(self, t: np.ndarray) -> np.ndarray:
        """What of t there is room for."""
        return np.clip(t, -self.down, self.up)

    def holds(self, t: np.ndarray) -> bool:
        """Whether there is room for t, up to rounding."""
        return self.is_free or bool(
            np.all(t <= self.up * ROUNDED) and np.all(-t <= self.down * ROUNDED)
        )

    @cached_property
    def is_free(self) -> bool:
        """Whether nothing is bounded."""
        return bool(np.all(np.isinf(self.up)) and np.all(np.isinf(self.down)))

    @property
    def together(self) -> int:
        """How many directions may share one room."""
        return 1 if self.basis is None else len(self)

    def unit(self, direction: int) -> np.ndarray:
        """The step of length 1 along one direction."""
        t = np.zeros(len(self))
        t[direction] = 1.0
        return t

    def paths(self, directions: np.ndarray, scale: np.ndarray) -> Paths:
        """Those along some directions."""
        return Paths(
            lambda j: self.unit(directions[j]),
            scale[directions],
            self.down[directions],
            self.up[directions],
        )

    def along(self, jacobian: np.ndarray) -> np.ndarray:
        """A Jacobian in x, (m, n), as one in t, (m, k)."""
        return jacobian if self.basis is None else jacobian @ self.basis

    def name(self, direction: int) -> str:
        """The entries that a direction moves."""
        if self.basis is None:
            return self._entry(direction)
        column = self.basis[:, direction]
        moved = np.flatnonzero(column)
        if len(moved) == 1:
            return self._entry(int(moved[0]))
        if len(moved) == 2 and np.all(np.abs(column[moved]) == 1):
            first, second = sorted(moved, key=lambda place: -column[place])
            link = "with" if column[first] == column[second] else "against"
            return f"{self._entry(int(first))} {link} {self._entry(int(second))}"
        return f"{self._leaf(int(moved[0])).name} along a direction of many entries"

    def place(self, direction: int) -> tuple[Leaf, tuple[int, ...]] | None:
        """The array and the index of the one entry that a direction moves, if it is one."""
        if self.basis is not None:
            moved = np.flatnonzero(self.basis[:, direction])
            if len(moved) != 1:
                return None
            direction = int(moved[0])
        leaf = self._leaf(direction)
        index = np.unravel_index(direction - (leaf.start or 0), leaf.array.shape)
        return leaf, tuple(map(int, index))

    def _leaf(self, entry: int) -> Leaf:
        return next(
            leaf
            for leaf in self.layout.moved
            if leaf.start is not None and leaf.start <= entry < leaf.start + leaf.array.size
        )

    def _entry(self, entry: int) -> str:
        leaf = self._leaf(entry)
        index = np.unravel_index(entry - (leaf.start or 0), leaf.array.shape)
        return f"{leaf.name}{list(map(int, index))}" if leaf.array.shape else leaf.name


def coordinates_of(layout: Layout, entries: int | None = None) -> Coordinates:
    """The coordinates of a point.

    Of an array with more than some `entries`, so many are drawn that are moved one by one; the
    others move together, in random directions.
    """
    parts = [_part(leaf, entries) for leaf in layout.moved]
    basis = None
    if any(part.basis is not None for part in parts):
        basis = _block_diagonal(
            [np.eye(part.scale.size) if part.basis is None else part.basis for part in parts]
        )

    def joined(name: str) -> np.ndarray:
        return np.concatenate([*(getattr(part, name) for part in parts), np.zeros(0)])

    return Coordinates(
        layout.x, basis, joined("scale"), joined("spread"), joined("down"), joined("up"), layout
    )


@dataclass(frozen=True, eq=False)
class _Part:
    basis: np.ndarray | None
    scale: np.ndarray
    spread: np.ndarray
    down: np.ndarray
    up: np.ndarray


def _part(leaf: Leaf, entries: int | None) -> _Part:
    """The directions of one array."""
    own = np.abs(leaf.array.ravel())
    own = np.where(own > SMALLEST, own, leaf.spread)
    if leaf.space.directions is not None:
        # A direction that moves several entries goes by the largest, but for what has no room.
        basis = leaf.space.directions(leaf.array)
        own = np.max(np.abs(basis) * own[:, None], axis=0, initial=0.0)
    else:
        basis = None
    down, up = (np.broadcast_to(room, own.shape) for room in leaf.space.room(leaf.array))
    spread = np.full(own.shape, leaf.spread)
    if basis is None and entries is not None and own.size > entries:
        return _sampled(own, spread, down, up, entries)
    return _Part(basis, own, spread, down, up)


def _sampled(own, spread, down, up, entries: int) -> _Part:
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.choice(own.size, size=entries, replace=False))
    basis = np.zeros((own.size, entries + TOGETHER))
    basis[chosen, np.arange(entries)] = 1
    moves = own[:, None] * rng.uniform(-1, 1, size=(own.size, TOGETHER))
    basis[:, entries:] = moves
    with np.errstate(divide="ignore"):
        ahead = np.min(np.where(moves > 0, up[:, None], down[:, None]) / np.abs(moves), axis=0)
        behind = np.min(np.where(moves > 0, down[:, None], up[:, None]) / np.abs(moves), axis=0)
    one = np.ones(TOGETHER)
    return _Part(
        basis,
        np.append(own[chosen], one),
        np.append(spread[chosen], one),
        np.append(down[chosen], behind),
        np.append(up[chosen], ahead),
    )


def _block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    basis = np.zeros((sum(map(len, blocks)), sum(block.shape[1] for block in blocks)))
    row = column = 0
    for block in blocks:
        basis[row : row + len(block), column : column + block.shape[1]] = block
        row, column = row + len(block), column + block.shape[1]
    return basis
