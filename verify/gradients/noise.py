"""How noisy are a function's values at a point, whatever the precision that it computes in?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

STEPS = 10.0 ** np.arange(-13, -1)
POINTS = np.arange(-3, 4)
THIRD = 20  # the mean square of a third difference of values with errors of size 1: 1 + 9 + 9 + 1
TAKEN = 3


@dataclass(frozen=True)
class Noise:
    """Of each value, (*outputs), a standard deviation; and a relative step of x that shows it."""

    level: np.ndarray
    step: float


def noise_of(value: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> Noise:
    """The noise of a function near x, by third differences (ECnoise: More and Wild 2011).

    Over steps so small that a smooth function is a line, and a kink next to nothing, only noise
    has third differences. The steps grow until the values change: a function that computes in
    float32 does not see smaller ones. From where most do, `TAKEN` steps are asked, each in a
    direction of its own (steps that hit the grid of numbers alike show no noise). The largest
    third difference counts.
    """
    here = np.asarray(value(x), dtype=np.float64)
    level, taken, step = np.zeros(here.shape), np.zeros(here.shape, dtype=int), float(STEPS[0])
    rng = np.random.default_rng(0)
    with np.errstate(all="ignore"):
        for h in STEPS:
            direction = rng.uniform(-1, 1, size=x.shape) * np.maximum(1, np.abs(x))
            moved = [value(x + place * h * direction) if place else here for place in POINTS]
            values = np.array(moved, dtype=np.float64)
            changes = np.count_nonzero(np.diff(values, axis=0), axis=0) >= len(POINTS) // 2
            third = np.sqrt(np.mean(np.diff(values, 3, axis=0) ** 2, axis=0) / THIRD)
            asked = (taken < TAKEN) & np.isfinite(third)
            level = np.where(asked, np.maximum(level, third), level)
            step = float(h) if np.any(changes & (taken == 0)) else step
            taken = taken + changes
            if np.all(taken >= TAKEN):
                break
    return Noise(level, step)
