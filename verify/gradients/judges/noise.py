"""How noisy are a function's values at a point, whatever the precision that it computes in?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Value = Callable[[np.ndarray], np.ndarray]

SHORTEST, LONGEST = 2e-14, 0.1
FASTER, SLOWER = 10.0, 2.0  # steps grow until noise shows, and hardly from there: a kink would show
POINTS = np.arange(-3, 4)
THIRD = 20  # the mean square of a third difference of values with errors of size 1: 1 + 9 + 9 + 1
TAKEN = 3
GRAINED = 1e-5  # a function in float32 has changed by then
EPS = float(np.finfo(np.float64).eps)
ROUNDINGS = 2.0**10  # of a value: more noise than that may be a kink


def noise_of(value: Value, here: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The standard deviation of a function's values near t = 0, (m,), by third differences.

    A plateau may end in a kink, which has third differences, too, and is no noise: such values are
    measured again behind its end, and the smaller of both counts.
    """
    level, ends = _third_differences(value, here, scale)
    least = EPS * np.abs(here)
    for rows, end in ends:
        rows &= level > ROUNDINGS * least
        if np.any(rows):
            behind, _ = _third_differences(_shifted(value, 2 * end), value(2 * end), scale)
            level = np.where(rows, np.fmin(level, behind), level)
    return np.maximum(level, least)


def _shifted(value: Value, by: np.ndarray) -> Value:
    return lambda t: value(by + t)


def _third_differences(
    value: Value, here: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """The noise of each value, (m,), and which do not change at once, with where they first do.

    Over steps so small that a smooth function is a line, and a kink next to nothing, only noise
    has third differences (ECnoise: More and Wild 2011). The steps grow until the values change: a
    function that computes in float32 does not see smaller ones. From where most do, `TAKEN` steps
    are asked, each in a direction of its own (steps that hit the grid of numbers alike show no
    noise). The largest third difference counts. Where steps too small to change them are followed
    by some that do, their least change counts, too.
    """
    level, taken = np.zeros(here.shape), np.zeros(here.shape, dtype=int)
    moved = np.zeros(here.shape, dtype=bool)
    rng = np.random.default_rng(0)
    ends: list[tuple[np.ndarray, np.ndarray]] = []
    h = SHORTEST
    while h < LONGEST:
        direction = rng.uniform(-1, 1, size=scale.shape) * scale
        values = np.array([value(place * h * direction) if place else here for place in POINTS])
        change = np.abs(np.diff(values, axis=0))
        changes = np.count_nonzero(change, axis=0) >= len(POINTS) // 2
        first = np.any(change > 0, axis=0) & ~moved
        moved |= first
        if h > SHORTEST:
            far = np.where(values != here, np.abs(POINTS).reshape(-1, *[1] * here.ndim), np.inf)
            nearest = POINTS[np.argmin(far, axis=0)]
            ends += [(first & (nearest == place), place * h * direction) for place in POINTS]
        if SHORTEST < h <= GRAINED:
            grain = np.min(np.where(change > 0, change, np.inf), axis=0) / np.sqrt(12)
            level = np.where(first, np.maximum(level, grain), level)
        third = np.sqrt(np.mean(np.diff(values, 3, axis=0) ** 2, axis=0) / THIRD)
        asked = (taken < TAKEN) & np.isfinite(third)
        level = np.where(asked, np.maximum(level, third), level)
        taken = taken + changes
        if np.all(taken >= TAKEN):
            break
        h *= SLOWER if np.all(taken) else FASTER
    return level, ends
