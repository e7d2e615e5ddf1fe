"""Where a claim is off the gradient: do the gradients beside the point make it right, as a kink?

Whom to ask there: an exact judge; or differences over a small part of the way, which is as short as
noise allows that must not hide how far the claim is off.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from verify.gradients.judges.differences import plain_slopes
from verify.gradients.verdict.kinks import Neighbours
from verify.gradients.verdict.reference import Reference

JUDGED = 2.0**-45  # of the scale: a few roundings, where a judge is exact
NEAR = 2.0**-33
SHORT = 2.0**-32  # of the scale: a way so short that what it must see decides, not its length
FAR = 2.0**-8
FARTHER = 8.0
KINKED = 0.1  # of the gap, that gradients differ by
STEP = 1 / 16  # of the way beside x
EXACTLY = 1e-6  # of the gap between claim and judge, that a subgradient may leave
CLOSE = (2e-4, 0.02)  # where differences judge: as little of it as their noise allows
COLUMNS = 256
ROWS = 32


def off_beyond_kinks(
    claimed: np.ndarray, reference: Reference, allowed: np.ndarray, off: np.ndarray
) -> tuple[np.ndarray, bool]:
    """What remains off once the gradients beside the point are known, and whether it is a kink."""
    scale = reference.subject.coordinates.scale
    with np.errstate(all="ignore"):
        gap = np.where(off, np.abs(claimed - reference.right) * scale, 0)
    rows = np.flatnonzero(np.any(off, axis=1) & np.all(np.isfinite(gap), axis=1))
    rows = rows[np.argsort(-np.max(gap[rows], axis=1))][:ROWS]
    off, at_kink = off.copy(), False
    if not rows.size:
        return off, at_kink
    for neighbours, farther, columns, seen in _neighbours(reference, gap, rows):
        for row in seen:
            largest = float(np.max(gap[row]))
            close = neighbours.close * np.where(off[row], gap[row], largest) + allowed[row] * scale
            claim, right = claimed[row] * scale, reference.right[row] * scale
            question = row, claim[columns], right[columns], close[columns]
            is_in, spread = neighbours.reach(*question)
            is_kink = is_in and bool(np.max(spread) > KINKED * largest)
            bends = np.zeros(columns.size, dtype=bool)
            if is_kink and farther:
                # A bend spreads the more the farther one goes, a kink does not.
                farther.follow(neighbours)
                is_in, spread_there = farther.reach(*question)
                bends = spread_there > 2 * spread
            if is_in:
                at_kink |= is_kink and bool(np.any(off[row, columns] & ~bends))
                off[row, columns] &= bends
    return off, at_kink


def _neighbours(
    reference: Reference, gap: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[Neighbours, Neighbours | None, np.ndarray, list[int]]]:
    """Whom to ask beside the point, whom farther off, and of which columns and rows."""
    subject, c = reference.subject, reference.subject.coordinates
    if reference.exact is not None:
        exact = reference.exact

        def by_judge(u: np.ndarray) -> np.ndarray:
            try:
                return exact(c.clipped(JUDGED * c.scale * u)) * c.scale
            except Exception:  # it has no value there
                return np.full((1, len(c)), np.nan)

        yield Neighbours(by_judge, len(c), EXACTLY), None, np.arange(len(c)), rows.tolist()
        return
    is_asked = np.any(gap[rows] > 0, axis=0) | (len(c) <= COLUMNS)
    columns = np.flatnonzero(is_asked)[:COLUMNS]
    noise = 10 * subject.noise[rows] / (STEP * np.max(gap[rows], axis=1))  # times the way
    close = float(np.clip(np.max(noise) / SHORT, *CLOSE))
    ways = np.maximum(NEAR, 4.0 ** np.ceil(np.log2(np.maximum(noise / close, NEAR)) / 2))

    def by_differences(way: float) -> Neighbours:
        step = STEP * way * c.scale

        def at(u: np.ndarray) -> np.ndarray:
            t = np.zeros(len(c))
            t[columns] = way * c.scale[columns] * u
            t = np.clip(t, step - c.down, np.maximum(c.up - step, step - c.down))
            return plain_slopes(subject.value, t, columns, step) * c.scale[columns]

        return Neighbours(at, columns.size, close)

    for way in sorted(set(ways[ways <= FAR])):
        farther = by_differences(FARTHER * way)
        yield by_differences(way), farther, columns, rows[ways == way].tolist()
