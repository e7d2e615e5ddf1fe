"""A point in the directions that stay in its arguments' sets: a vector t, 0 at the point.

Steps go by `scale`: the size of an entry itself, or where it is 0 that of its array's other values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.gradients.layout import Layout, Leaf

ROUNDED = 1 + 1e-12


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
        x = self.x + (t if self.basis is None else self.basis @ t)
        if self.basis is not None and x.dtype.kind == "f":
            for leaf in self.layout.moved:
                if leaf.space.onto and leaf.start is not None:
                    part = slice(leaf.start, leaf.start + leaf.array.size)
                    x[part] = leaf.space.onto(x[part].reshape(leaf.array.shape)).ravel()
        return x

    def clipped(self, t: np.ndarray) -> np.ndarray:
        """What of t there is room for."""
        return np.clip(t, -self.down, self.up)

    def holds(self, t: np.ndarray) -> bool:
        """Whether there is room for t, up to rounding."""
        return bool(np.all(t <= self.up * ROUNDED) and np.all(-t <= self.down * ROUNDED))

    @property
    def together(self) -> int:
        """How many directions may share one room."""
        return 1 if self.basis is None else len(self)

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
        return f"{self._leaf(int(moved[0])).name} along direction {direction}"

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


def coordinates_of(layout: Layout) -> Coordinates:
    """The coordinates of a point."""
    x, leaves = layout.x, layout.moved
    is_flat = all(leaf.space.directions is None for leaf in leaves)
    blocks, scales, spreads, downs, ups = [], [], [], [], []
    for leaf in leaves:
        block = None if leaf.space.directions is None else leaf.space.directions(leaf.array)
        size = leaf.array.size if block is None else block.shape[1]
        own = np.abs(leaf.array.ravel())
        if block is not None:
            # A direction that moves several entries goes by the largest, but for what has no room.
            own = np.max(np.abs(block) * own[:, None], axis=0, initial=0.0)
        smallest = np.finfo(np.float64).tiny / np.finfo(np.float64).eps
        down, up = (np.broadcast_to(room, size) for room in leaf.space.room(leaf.array))
        scale = np.where(own > smallest, own, leaf.spread)
        scales.append(scale)
        spreads.append(np.full(size, leaf.spread))
        downs.append(down)
        ups.append(up)
        blocks.append(np.eye(leaf.array.size) if block is None and not is_flat else block)
    join = lambda parts: np.concatenate([*parts, np.zeros(0)])  # noqa: E731
    basis = None if is_flat else _block_diagonal(blocks, x.size)
    return Coordinates(x, basis, join(scales), join(spreads), join(downs), join(ups), layout)


def _block_diagonal(blocks: list, size: int) -> np.ndarray:
    basis = np.zeros((size, sum(block.shape[1] for block in blocks)))
    row = column = 0
    for block in blocks:
        basis[row : row + len(block), column : column + block.shape[1]] = block
        row, column = row + len(block), column + block.shape[1]
    return basis
