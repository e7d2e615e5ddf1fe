"""Entries judged in groups: a right one of exact code needs nobody to judge it alone.

Entries of like size move together in random directions, each by a half of its scale at least. What
the function then varies by must be what the claim says to 1e-10 of the smallest of them, so that no
mistake in one drowns in the others. A group that does not pass is halved, and what remains is not
wrong, but judged more closely: one fault among 10,000 entries is found in about 14 steps.
"""

from __future__ import annotations

import warnings
from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from verify.gradients.inputs.coordinates import NARROW
from verify.gradients.judges.subject import Subject

AGREE = 2.0**-32
"""Of the smallest entry: above what exact code is off by, and far below a constant in float32."""
STEPS = 2.0 ** np.array([-3, -5, -7, -9, -11])
"""Of the scale: extrapolated, the last is off by rounding. The first are for large values alone."""
SHORT = 2  # steps that a large value needs, and others not
HOPEFUL = 2.0**-12  # of all entries, that steps short enough must agree to
WIDE = 2.0**-5  # of the spread, that an entry of slope 0 moves by
NEAR = 2.0**-24  # of the scale
BAND = 7.0  # powers of 2, that entries of like size differ by
DIRECTIONS = 2
LARGEST = 1024  # entries of a group: of more, the sum has more rounding than the smallest may have
ALONE = 8  # entries that are judged alone rather than in halves
BANDS = 64  # of like size, or groups in all, beyond which a judge of all entries is cheaper
IN_VAIN, PART_IN_VAIN = 24, 1 / 64
"""Groups that may fail: so many, and one for 64 entries where no library knows all of them."""
CONFIRMED = 1e-7  # of a slope, that a sharper judge may be off by
SIMPLE = 1000  # denominators of factors that are taken as exact
VISIBLE = 1e-4  # of the smallest entry, that differences must see to confirm a complex step
ROUNDINGS = 2.0**4
EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Settled:
    """Which columns of a Jacobian are known, (k,) bools, what they are, (r, k), and by whom."""

    columns: np.ndarray
    jacobian: np.ndarray
    judges: tuple[str, ...] = ()


def settled_in_groups(claimed: np.ndarray, subject: Subject, seed: int) -> Settled:
    """The columns of a claim, (r, k), of which there is no doubt; or, if those are few, the ones
    that are right but for the factor that the values show: the wrong sign, a 2 that is missing.

    An entry that is off by 1e-9 of itself is not among them.
    """
    settled = settled_as_it_is(claimed, subject, seed)
    if 2 * np.count_nonzero(settled.columns) >= settled.columns.size:
        return settled
    scaled = settled_as_it_is(claimed * _factor(claimed, subject, seed), subject, seed)
    return max(settled, scaled, key=lambda each: np.count_nonzero(each.columns))


def _factor(claimed: np.ndarray, subject: Subject, seed: int) -> float:
    """What a claim is to be multiplied by, as the values along one direction show it."""
    u = np.random.default_rng(seed).uniform(-1, 1, size=(claimed.shape[1], 1))
    expected = claimed @ (subject.coordinates.scale[:, None] * u)
    slope = subject.slopes(u).slope
    with np.errstate(all="ignore"):
        factor = float(np.sum(slope * expected) / np.sum(expected**2))
    simple = float(Fraction(factor).limit_denominator(SIMPLE)) if np.isfinite(factor) else 0.0
    return simple if abs(simple - factor) <= CONFIRMED * abs(factor) else factor


def settled_as_it_is(claimed: np.ndarray, subject: Subject, seed: int) -> Settled:
    """The columns of a Jacobian, (r, k), of which there is no doubt."""
    settled = np.zeros(len(subject.coordinates), dtype=bool)
    judge = _Groups(claimed, subject, seed)
    groups = judge.alike() if judge.applies() else []
    waiting = deque(part for columns in groups for part in _parts(columns, LARGEST))
    is_known = subject.autodiff() is not None
    if max(len(groups), len(waiting) if is_known else 0) > BANDS:
        return Settled(settled, claimed)
    chances = IN_VAIN + (0 if is_known else PART_IN_VAIN * settled.size)
    while waiting and chances > 0:
        columns = waiting.popleft()
        if judge.is_right(columns):
            settled[columns] = True
        else:
            chances -= 1
            waiting.extend(np.array_split(columns, 2) if columns.size > ALONE else ())
    return Settled(settled, claimed, (*judge.sharper, "differences"))


def _parts(columns: np.ndarray, most: int) -> list[np.ndarray]:
    return np.array_split(columns, -(-columns.size // most))


class _Groups:
    """A claim, how far its entries move, and whether a group of them is right."""

    def __init__(self, claimed: np.ndarray, subject: Subject, seed: int) -> None:
        self.claimed, self.subject = claimed, subject
        c = subject.coordinates
        room = np.minimum(c.down, c.up) / c.together
        self.scale = np.minimum(c.scale, room)
        self.wide = np.minimum(np.maximum(c.scale, c.spread), room)
        self.rng = np.random.default_rng(seed)
        self.sharper: tuple[str, ...] = ()

    def applies(self) -> bool:
        """Whether values are exact enough and have room, and the claim is one."""
        is_narrow = np.any(self.scale < NARROW * self.subject.coordinates.scale)
        return self.subject.eps <= EPS and not is_narrow and bool(np.all(np.isfinite(self.claimed)))

    def alike(self) -> list[np.ndarray]:
        """The columns in groups in which the entries of each row are of like size, or all 0."""
        sizes = np.abs(self.claimed) * self.scale
        with np.errstate(all="ignore"):
            largest = np.max(sizes, axis=1, keepdims=True)
            bands = np.where(sizes > 0, np.floor(np.log2(largest / sizes) / BAND), -1)
        _, group = np.unique(bands, axis=1, return_inverse=True)
        group = group.ravel()
        return [np.flatnonzero(group == number) for number in range(group.max() + 1)]

    def is_right(self, columns: np.ndarray) -> bool:
        """Whether some columns are right, moved together in random directions."""
        smallest = np.min(np.abs(self.claimed[:, columns]) * self.scale[columns], axis=1)
        for _ in range(min(DIRECTIONS, columns.size)):
            u = np.zeros(self.scale.size)
            signs = self.rng.choice([-1, 1], columns.size)
            u[columns] = self.rng.uniform(0.5, 1, columns.size) * signs
            if not self._is_flat_along(u, smallest == 0):
                return False
            if not (self._agrees_along(u, smallest) or self._agrees_imaginary(u, smallest)):
                return False
        return True

    def _is_flat_along(self, u: np.ndarray, flat: np.ndarray) -> bool:
        """Whether the values whose slope is claimed to be 0 do not change at all.

        Beside much larger steps of others, small ones may change nothing that a value shows.
        """
        if not np.any(flat):
            return True
        lengths = (WIDE * self.wide, STEPS[SHORT] * self.scale, NEAR * self.scale)
        values = (self.subject.value(side * way * u) for way in lengths for side in (1, -1))
        imaginary = self._imaginary_slope(u)
        return (
            bool(np.all(self.wide[u != 0] > NARROW * np.max(self.wide)))
            and (imaginary is None or not np.any(imaginary[flat]))
            and all(np.array_equal(value[flat], self.subject.here[flat]) for value in values)
        )

    def _agrees_along(self, u: np.ndarray, smallest: np.ndarray) -> bool:
        """Whether the values along u are as claimed, where they are not flat."""
        value, here, t, sloped = self.subject.value, self.subject.here, self.scale * u, smallest > 0
        columns = np.flatnonzero(u)
        expected = self.claimed[:, columns] @ t[columns]
        total = np.abs(self.claimed[:, columns]) @ np.abs(t[columns])
        if not np.any(sloped):
            return True
        rounding = ROUNDINGS * EPS * np.abs(here) / NEAR + 1e-6 * total
        if not np.all((rounding <= 0.1 * smallest) | ~sloped):
            return False
        beside = (value(NEAR * t) - here) / NEAR  # where a kink at the point shows
        if not np.all((np.abs(beside - expected) <= rounding) | ~sloped):
            return False
        row: list[np.ndarray] = []
        is_visible = np.all((EPS * np.abs(here) <= AGREE * STEPS[-2] * smallest) | ~sloped)
        for step in STEPS[SHORT:] if is_visible else STEPS:
            older, row = row, [(value(step * t) - value(-step * t)) / (2 * step)]
            for order, last in enumerate(older, start=1):
                row.append(row[-1] + (row[-1] - last) / (16.0**order - 1))
            gap = np.abs(row[-1] - expected)
            if np.all(gap <= AGREE * smallest):
                return True
            if step < STEPS[SHORT] and not np.all(gap <= HOPEFUL * total):
                return False
        return False

    def _agrees_imaginary(self, u: np.ndarray, smallest: np.ndarray) -> bool:
        """Whether a complex step along u is as claimed, and what differences see of it, too.

        It has no rounding of the value itself, in which small entries of a large one drown.
        """
        slope, expected = self._imaginary_slope(u), self.claimed @ (self.scale * u)
        if slope is None or not np.all(np.abs(slope - expected) <= AGREE * smallest):
            return False
        seen = self.subject.slopes((self.scale / self.subject.coordinates.scale * u)[:, None])
        gap, error = np.abs(seen.slope[:, 0] - expected), 10 * seen.error[:, 0]
        is_seen = (gap <= CONFIRMED * smallest + error) & (error <= VISIBLE * smallest)
        self.sharper = ("complex step",)
        return bool(np.all(is_seen | (smallest == 0)))

    def _imaginary_slope(self, u: np.ndarray) -> np.ndarray | None:
        """The slope along u by a complex step, if the function is analytic code."""
        if self.subject.call.library != "numpy" or self.subject.method is not None:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                return self.subject.complex_slope(np.zeros(u.size), self.scale * u)
        except Exception:
            return None
