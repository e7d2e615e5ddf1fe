"""Slopes of any function by differences whose step goes to 0, and how far each may be off.

Central where there is room on both sides, one-sided at a border; extrapolated to step 0 (Richardson
1911), with the error that the table shows (Ridders 1982). All columns of a point go through the
table together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from verify.gradients.inputs.coordinates import NARROW, Paths

Value = Callable[[np.ndarray], np.ndarray]

FIRST_STEP = 1 / 8
"""Of the scale: far enough to tell a gradient from noise, and near enough for one that bends."""
RATIO = 4.0
LEVELS = 16
NEAR = 2.0**-33  # of the scale
AGREE = 16.0  # errors that two steps may be apart
ENOUGH = 2  # steps before anything is believed
EPS = float(np.finfo(np.float64).eps)
EXACT = 1e-9
CHUNK = 2**18  # numbers a table holds at once


@dataclass(frozen=True)
class Slopes:
    """Along each direction, (m, k): the slope, its error, and the step that it was seen with."""

    slope: np.ndarray
    error: np.ndarray
    step: np.ndarray


def slopes_along(value: Value, here: np.ndarray, paths: Paths, noise: np.ndarray) -> Slopes:
    """Slopes of a function along some paths at t = 0.

    Args:
        value: of t, (n,), as (m,); not a number where the function has none.
        here: its value at 0.
        paths: k of them.
        noise: how far a value may be off, (m,).
    """
    count = paths.scale.size
    width = max(1, CHUNK // max(1, here.size))
    parts = [
        _chunk(value, here, paths, np.arange(start, min(start + width, count)), noise)
        for start in range(0, max(count, 1), width)
    ]
    return Slopes(*(np.concatenate(part, axis=1) for part in zip(*parts, strict=True)))


def _chunk(value, here, paths: Paths, chosen: np.ndarray, noise) -> tuple[np.ndarray, ...]:
    scale, down, up = paths.scale[chosen], paths.down[chosen], paths.up[chosen]
    central = np.minimum(down, up) > NARROW * scale
    side = np.where(up >= down, 1.0, -1.0)
    room = np.where(central, np.minimum(down, up), np.maximum(down, up))
    longest = np.minimum(scale, room)
    table = _Table(np.where(central, 2.0, 1.0)[:, None])

    def ends(h: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The values on both sides; at a border the one at 0 is one of them."""
        above, below = np.full((2, chosen.size, here.size), np.nan)
        for j in active:
            step = h[j] * paths.direction(chosen[j])
            above[j] = value(step if central[j] else side[j] * step)
            below[j] = value(-step) if central[j] else here
        return above, below

    def quotient(h, above, below) -> tuple[np.ndarray, np.ndarray]:
        width = np.where(central, 2 * h, side * h)[:, None]
        rounding = np.maximum(EPS * (np.abs(above) + np.abs(below)), noise)
        return (above - below) / width, rounding / np.abs(width)

    sides: list[tuple[np.ndarray, ...]] = []
    active = np.arange(chosen.size)
    for level in range(LEVELS):
        h = FIRST_STEP * longest / RATIO**level
        above, below = ends(h, active)
        slope, rounding = quotient(h, above, below)
        h = h[:, None]
        table.add(slope, rounding, h)
        sides.append(((here - below) / h, (above - here) / h, 2 * rounding, h))
        if level >= ENOUGH:
            done = (table.error <= EXACT * np.abs(table.slope)) | (table.error <= 4 * rounding)
            active = active[~np.all(done[active], axis=1)]
        if not active.size:
            break
    rough = ~np.all(table.error <= EXACT * np.abs(table.slope), axis=1) & central
    if np.any(rough):
        table.improve(_by_sides(sides), rough[:, None])
    h = NEAR * longest
    slope, rounding = quotient(h, *ends(h, np.arange(chosen.size)))
    table.agree_with(slope, 4 * rounding + 4 * EPS / NEAR * np.abs(slope), h[:, None])
    return table.slope.T, table.error.T, table.step.T


def _by_sides(sides: list[tuple[np.ndarray, ...]]) -> _Table:
    """The mean of the slopes from the left and from the right.

    Where the second derivative jumps at the point, these converge and a central one does not.
    """
    left, right = _Table(1.0), _Table(1.0)
    for before, after, rounding, h in sides:
        left.add(before, rounding, h)
        right.add(after, rounding, h)
    left.error = np.maximum(np.maximum(left.error, right.error), np.abs(left.slope - right.slope))
    left.slope, left.step = (left.slope + right.slope) / 2, np.minimum(left.step, right.step)
    return left


class _Table:
    """Richardson's table of slopes by steps of which each is a quarter of the one before.

    The error of a slope has the powers h^p, h^2p, ... of the step. `slope` has of each entry what
    changed least, `error` that change and its rounding, `step` where it was.
    """

    def __init__(self, power: np.ndarray | float) -> None:
        self.power = power
        self.slope, self.error, self.step = np.asarray(np.nan), np.asarray(np.inf), np.asarray(0.0)
        self.row: list[np.ndarray] = []

    def add(self, slope: np.ndarray, rounding: np.ndarray, step: np.ndarray) -> None:
        """Enter the slope of the next step; not a number where nobody asked."""
        row = [slope]
        if not self.row:
            self.slope = np.full(slope.shape, np.nan)
        for order, older in enumerate(self.row, start=1):
            row.append(row[-1] + (row[-1] - older) / (RATIO ** (self.power * order) - 1))
            change = np.maximum(abs(row[-1] - row[-2]), abs(row[-1] - older)) + rounding
            better = change < self.error
            self.slope = np.where(better, row[-1], self.slope)
            self.error = np.where(better, change, self.error)
            self.step = np.where(better, step, self.step)
        self.row = row

    def agree_with(self, slope: np.ndarray, error: np.ndarray, step: np.ndarray) -> None:
        """Take the slopes by a shorter step where these contradict: a kink lies between."""
        apart = np.abs(slope - self.slope) > AGREE * (error + self.error)
        self.slope = np.where(apart, slope, self.slope)
        self.error = np.where(apart, error, self.error)
        self.step = np.where(apart, step, self.step)

    def improve(self, other: _Table, where: np.ndarray) -> None:
        """Take what another table is surer of."""
        better = where & (other.error < self.error)
        self.slope = np.where(better, other.slope, self.slope)
        self.error = np.where(better, other.error, self.error)
        self.step = np.where(better, other.step, self.step)


def plain_slopes(value: Value, at: np.ndarray, columns: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Central differences at any t by one step a column, (m, columns)."""
    found = []
    for j in columns:
        h = np.zeros(at.size)
        h[j] = step[j]
        found.append((value(at + h) - value(at - h)) / (2 * step[j]))
    return np.stack(found, axis=1)
