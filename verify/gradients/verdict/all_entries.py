"""All entries of a claim at once: a right one of exact code needs nobody to judge each alone.

Entries of like size move together in random directions, each by a half of its scale at least. What
the function then varies by must be what the claim says to 1e-10 of the smallest of them, so that no
mistake in one drowns in the others. Whoever does not pass is not wrong, but judged more closely.
"""

from __future__ import annotations

import numpy as np

from verify.gradients.inputs.coordinates import NARROW
from verify.gradients.judges.subject import Subject

AGREE = 2.0**-32
"""Of the smallest entry: above what exact code is off by, and far below a constant in float32."""
STEPS = 2.0 ** np.array([-7, -9, -11])  # of the scale: extrapolated, the last is off by rounding
HOPEFUL = 2.0**-12  # of all entries, that the first steps must agree to
WIDE = 2.0**-5  # of the spread, that an entry of slope 0 moves by
NEAR = 2.0**-33  # of the scale
BAND = 7.0  # powers of 2, that entries of like size differ by
DIRECTIONS = 2
GROUPS = 64  # of entries of like size, beyond which a judge of all is cheaper
ROUNDINGS = 2.0**4
EPS = float(np.finfo(np.float64).eps)


def is_right_together(claimed: np.ndarray, subject: Subject, seed: int) -> bool:
    """Whether the values near by leave no doubt that all entries of a Jacobian, (r, k), are right.

    An entry that is off by 1e-9 of itself does not pass.
    """
    c = subject.coordinates
    room = np.minimum(c.down, c.up) / c.together
    scale = np.minimum(c.scale, room)
    if subject.eps > EPS or np.any(scale < NARROW * c.scale) or not np.all(np.isfinite(claimed)):
        return False
    groups = _alike(np.abs(claimed) * scale)
    if len(groups) > GROUPS:
        return False
    wide = np.minimum(np.maximum(c.scale, c.spread), room)
    rng = np.random.default_rng(seed)
    for columns in groups:
        for _ in range(min(DIRECTIONS, columns.size)):
            u = np.zeros(len(c))
            u[columns] = rng.uniform(0.5, 1, columns.size) * rng.choice([-1, 1], columns.size)
            smallest = np.min(np.abs(claimed[:, columns]) * scale[columns], axis=1)
            if not _is_right_along(claimed, subject, scale * u, wide * u, smallest):
                return False
    return True


def _alike(sizes: np.ndarray) -> list[np.ndarray]:
    """The columns in groups in which the entries of each row are of like size, or all 0."""
    with np.errstate(all="ignore"):
        largest = np.max(sizes, axis=1, keepdims=True)
        bands = np.where(sizes > 0, np.floor(np.log2(largest / sizes) / BAND), -1)
    _, group = np.unique(bands, axis=1, return_inverse=True)
    group = group.ravel()
    return [np.flatnonzero(group == number) for number in range(group.max() + 1)]


def _is_right_along(
    claimed: np.ndarray, subject: Subject, t: np.ndarray, far: np.ndarray, smallest: np.ndarray
) -> bool:
    """Whether the values along t are as claimed, and do not change at all where that is 0."""
    here, expected, total = subject.here, claimed @ t, np.abs(claimed) @ np.abs(t)
    is_flat = smallest == 0
    if np.any(is_flat):
        for step in (WIDE, -WIDE):
            if np.any(subject.value(step * far)[is_flat] != here[is_flat]):
                return False
        if np.all(is_flat):
            return all(np.array_equal(subject.value(s * STEPS[0] * t), here) for s in (1, -1))
    beside = (subject.value(NEAR * t) - here) / NEAR  # where a kink at the point shows
    rounding = ROUNDINGS * EPS * np.abs(here) / NEAR + 1e-6 * total
    if not np.all((np.abs(beside - expected) <= rounding) & (rounding <= 0.1 * smallest) | is_flat):
        return False
    row: list[np.ndarray] = []
    for step in STEPS:
        slope = (subject.value(step * t) - subject.value(-step * t)) / (2 * step)
        older, row = row, [slope]
        for order, last in enumerate(older, start=1):
            row.append(row[-1] + (row[-1] - last) / (16.0**order - 1))
        gap = np.abs(row[-1] - expected)
        if np.all(gap <= AGREE * smallest):
            return True
        if older and not np.all(gap <= HOPEFUL * total):
            return False
    return False
