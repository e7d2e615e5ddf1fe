"""At a kink every subgradient is right: is a claim among the gradients near by, or between them?

The set of Clarke (1975): the convex hull of the gradients at points as near as one likes. It is
found from the outside, as bundle methods do (Wolfe 1975): look at the point of the hull that is
nearest to the claim, then beside x in the direction that the claim lies in from there.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

ASKED = 24
AROUND = 16
ASIDE = 0.1
PROGRESS = 0.999
STEPS = 100  # of the search for the nearest point, for each of the points
SMOOTH = 1e-2  # of the gap, that gradients differ by at most where there is no kink


class Neighbours:
    """Jacobians beside a point, (r, k), in units of the scale; `at(u)` is that in a direction u.

    `close` is how much of the gap between a claim and a judge may remain.
    """

    def __init__(self, at: Callable[[np.ndarray], np.ndarray], size: int, close: float) -> None:
        self.at, self.size, self.close = at, size, close
        self.known: list[np.ndarray] = []
        self.asked: list[np.ndarray] = []
        self.followed = 0
        self.rng = np.random.default_rng(0)
        self.aside = self.rng.choice([-ASIDE, ASIDE], size)

    def reach(
        self, row: int, target: np.ndarray, start: np.ndarray, allowed: np.ndarray
    ) -> tuple[bool, np.ndarray]:
        """Whether a claim is in the hull of a row's gradients, and how much these differ, (k,).

        Args:
            row: of the Jacobian.
            target: the claim, (k,).
            start: the gradient that is known before anybody looks beside x.
            allowed: how far each entry may be off.
        """
        nearest, distance, is_last = start, np.inf, False
        while True:
            if self.known:
                rows = np.stack([jacobian[row] for jacobian in self.known])
                nearest = nearest_in_hull(rows, target)
                if np.all(np.abs(target - nearest) <= allowed):
                    return True, np.ptp(rows, axis=0)
                if np.max(np.abs(rows - start)) <= SMOOTH * np.max(np.abs(target - start)):
                    return False, np.zeros(target.size)
            last, distance = distance, float(np.linalg.norm(target - nearest))
            if is_last or len(self.known) > ASKED + 2 * self.size:
                return False, np.zeros(target.size)
            if self.known and distance > PROGRESS * last:
                is_last = True
                for u in self._around():
                    self._add(u)
            else:
                self._ask(target - nearest)

    def follow(self, others: Neighbours) -> None:
        """Look where these others have looked: how gradients differ is then comparable."""
        for u in others.asked[self.followed :]:
            self._add(u)
        self.followed = len(others.asked)

    def _ask(self, direction: np.ndarray) -> None:
        """Look beside x on both sides.

        Entries that the direction hardly moves may be at a kink, too: they are moved aside, to
        where they were right when a direction last moved them.
        """
        u = direction / np.max(np.abs(direction))
        self.aside = np.where(np.abs(u) < ASIDE / 2, self.aside, ASIDE * np.sign(u))
        u = np.where(np.abs(u) < ASIDE / 2, self.aside, u)
        for side in (u, -u):
            self._add(side)

    def _around(self) -> list[np.ndarray]:
        """Some entries up and others down, in every way if there are few."""
        if 2**self.size <= AROUND:
            return [np.array(signs) for signs in product([-1.0, 1.0], repeat=self.size)]
        return [self.rng.choice([-1.0, 1.0], self.size) for _ in range(AROUND)]

    def _add(self, u: np.ndarray) -> None:
        self.asked.append(u)
        found = self.at(u)
        if np.all(np.isfinite(found)):
            self.known.append(found)


def nearest_in_hull(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The point of the convex hull of some points, (count, k), that is nearest to another, (k,).

    Non-negative least squares finds it: of the points from the target, with a row of ones
    (Lawson and Hanson 1974, chapter 23).
    """
    try:
        from scipy.optimize import nnls
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "a gradient at a kink is judged with SciPy: pip install 'gradproof[verify]'"
        ) from None

    offsets = (points - target).T
    size = float(np.max(np.abs(offsets), initial=0.0))
    if size == 0:
        return target
    system = np.vstack([offsets / size, np.ones(len(points))])
    onto = np.append(np.zeros(len(target)), 1.0)
    try:
        weights, _ = nnls(system, onto, maxiter=STEPS * len(points))
    except RuntimeError:  # it circles: of the points themselves the nearest one
        return points[np.argmin(np.linalg.norm(offsets, axis=0))]
    return weights @ points / weights.sum()
