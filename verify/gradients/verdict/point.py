"""Is a claimed Jacobian right at one point? Differences of the function have the last word.

A judge that is sharper, autodiff or a complex step, is believed where it is among what the
differences allow. Where a claim is off, the function is looked at again, closer: with its measured
noise, and beside the point, where a kink shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from verify.gradients.judges.differences import plain_slopes
from verify.gradients.judges.subject import Jacobian, Subject
from verify.gradients.verdict.kinks import Neighbours
from verify.gradients.verdict.together import is_right_together

RELATIVE = 1e-7
"""Above what constants in float32 are off by, 6e-8, and far below any mistake in a formula."""
ROUNDINGS = 2.0**10
NOISE = 32.0
BLIND = 0.1
VANISHING = 2.0**4  # roundings of a value
NEGLIGIBLE = 1e-9  # of a value: a gradient that moves it by less is 0
SHIFTS = (1e-15, 3e-15, 3e-7, 1e-6)
"""Of the scale: moved by so little, a gradient shows its rounding alone, in float64 or float32."""
MOST_SCATTER = 1e-5  # of a row's largest entry: more is a kink
MOST_CLAIMED = 1e-13  # of a row's largest entry that a claim's own rounding may move another one by
FEW = 8  # entries that differences look at one by one although autodiff knows them all
DIRECTIONS = 3
ASIDE = 2.0**-16  # of the scale
ADDS_UP = 1e-2
BESIDE = 2.0**-45  # of the scale: a few roundings, where a judge is exact
NEAR = 2.0**-33
FAR = 2.0**-8
FARTHER = 8.0
KINKED = 0.1  # of the gap, that gradients differ by
STEP = 1 / 16  # of the way beside x
CLOSE = 0.02  # of the gap between claim and judge, that a subgradient closes
COLUMNS = 256
ROWS = 32


@dataclass(frozen=True)
class Tolerance:
    """How far a claim may be off: relative to the right entry, and at all."""

    relative: float | None = None
    absolute: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("rtol", self.relative), ("atol", self.absolute)):
            if value is not None and not value >= 0:
                raise ValueError(f"{name}: expected a number from 0 on, got {value}")

    @property
    def is_usual(self) -> bool:
        return self.relative is None or self.relative >= RELATIVE

    def of(self, right: np.ndarray, eps: float) -> np.ndarray:
        """The allowed error of each entry where claim and function are no more precise than eps."""
        relative = max(RELATIVE, ROUNDINGS * eps) if self.relative is None else self.relative
        return relative * np.abs(right) + self.absolute


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is wrong at a point, (r, k), with the right Jacobian as far as it is known.

    `disowned` is the judge that contradicts the function itself.
    """

    claimed: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    judges: tuple[str, ...]
    at_kink: bool = False
    is_blind: bool = False
    disowned: str = ""


def verdict_on(
    claim: Jacobian, subject: Subject, tolerance: Tolerance, eps: float, seed: int
) -> Verdict:
    """Judge a claim, of t as (r, k), that is no more precise than eps."""
    claimed = claim(np.zeros(len(subject.coordinates)))
    if not claimed.size:
        return Verdict(claimed, claimed, np.zeros(claimed.shape, dtype=bool), ("its shape",))
    if subject.method in (None, "differences") and tolerance.is_usual:
        if is_right_together(claimed, subject, seed):
            right = np.zeros(claimed.shape, dtype=bool)
            return Verdict(claimed, claimed, right, ("differences",))
    bench = _bench(subject, seed)
    allowed = bench.allowed(tolerance, max(eps, subject.eps))
    off, hidden = _off(claimed, bench.right, allowed), bench.hidden(claimed)
    if np.any(off):
        off = off & ~_off_by_rounding(claim, claimed, bench, allowed)
    off, at_kink = _beside(claimed, bench, allowed, off)
    is_blind = bool(np.any(hidden)) and not np.any(off)
    is_disowned = bench.disowned is not None and not at_kink and _is_off_beside(bench, tolerance)
    return Verdict(
        claimed,
        bench.right,
        off,
        bench.names,
        at_kink,
        is_blind,
        bench.names[0] if is_disowned else "",
    )


@dataclass(frozen=True, eq=False)
class _Bench:
    """The Jacobian by the sharpest judge that differences confirm, and how far it may be off.

    `disowned` is that of a judge whom they do not.
    """

    subject: Subject
    right: np.ndarray
    uncertainty: np.ndarray
    names: tuple[str, ...]
    exact: Jacobian | None = None
    disowned: np.ndarray | None = None

    def allowed(self, tolerance: Tolerance, eps: float) -> np.ndarray:
        return tolerance.of(self.right, eps) + 10 * self.uncertainty

    def hidden(self, claimed: np.ndarray) -> np.ndarray:
        """Where the uncertainty could be as large as a tenth of what a value varies by at all."""
        scale = self.subject.coordinates.scale
        with np.errstate(all="ignore"):
            size = scale * np.fmax(np.abs(self.right), np.abs(claimed))
            size = np.where(np.isfinite(size), size, 0)
            largest = np.max(size, axis=1, keepdims=True)
            least = np.maximum(BLIND * largest, NEGLIGIBLE * np.abs(self.subject.here)[:, None])
            too_large = 10 * self.uncertainty * scale > least
        return (too_large & (largest > 0)) | ~np.isfinite(self.right)


def _bench(subject: Subject, seed: int) -> _Bench:
    k = len(subject.coordinates)
    exact = subject.exact()
    here = exact[1](np.zeros(k)) if exact else None
    if exact and here is not None and exact[0] != "complex step" and k > FEW:
        directions = np.random.default_rng(seed).uniform(-1, 1, size=(k, DIRECTIONS))
        along = here @ (directions * subject.coordinates.scale[:, None])
        slopes = subject.slopes(directions)
        if np.all(_is_confirmed(along, slopes.slope, slopes.error)):
            names = (exact[0], f"differences along {DIRECTIONS} directions")
            return _Bench(subject, here, np.zeros(here.shape), names, exact[1])
    slopes = subject.slopes()
    slope, error = slopes.slope, slopes.error
    if exact and here is not None:
        confirmed = _is_confirmed(here, slope, error)
        if exact[0] == "complex step" and not _adds_up(here, subject):
            confirmed = np.zeros_like(confirmed)
        names = (exact[0], "differences")
        if np.all(confirmed):
            return _Bench(subject, here, np.zeros(here.shape), names, exact[1])
    with np.errstate(all="ignore"):
        error = error + NOISE / 10 * subject.noise[:, None] / slopes.step
    if not exact or here is None or exact[0] == "complex step":
        return _Bench(subject, slope, error, ("differences",))
    slope, error = np.where(confirmed, here, slope), np.where(confirmed, 0.0, error)
    return _Bench(subject, slope, error, names, disowned=here)


def _is_confirmed(exact: np.ndarray, slope: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Where a judge is among what the differences allow.

    An exact 0 is what a judge says who sees nothing: where the differences see as little, it is
    not confirmed.
    """
    with np.errstate(all="ignore"):
        is_among = np.abs(exact - slope) <= 10 * error + RELATIVE * np.abs(slope)
        sees_nothing = (exact == 0) & (error > BLIND * np.abs(slope)) & (slope != 0)
        largest = np.max(np.abs(slope), axis=1, keepdims=True, initial=0.0)
        return is_among & ~(sees_nothing & (error > BLIND * largest))


def _adds_up(here: np.ndarray, subject: Subject) -> bool:
    """Whether the slopes on both sides of the point are those of the function's values.

    A complex step sees no slope of |x| at all, and at the kink itself differences see none either.
    """
    c = subject.coordinates
    signs = np.random.default_rng(0).uniform(0.2, 1.0, size=len(c))
    signs[1::2] *= -1
    for side in (ASIDE, -ASIDE):
        t = c.clipped(side * c.scale * signs / c.together)
        with np.errstate(all="ignore"):
            there = subject.complex_slope(t, t)
            moved = subject.value(t) - subject.here
            apart = np.abs(moved - (here @ t + there) / 2)
            allowed = ADDS_UP * (np.abs(here) @ np.abs(t) + np.abs(there))
            rounding = ROUNDINGS * subject.eps * np.abs(subject.here)
        if np.any(apart > allowed + rounding):
            return False
    return True


def _off(claimed: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        is_off = ~(np.abs(claimed - right) <= allowed)
    return (is_off & np.isfinite(allowed)) | ~np.isfinite(claimed)


def _off_by_rounding(
    claim: Jacobian, claimed: np.ndarray, bench: _Bench, allowed: np.ndarray
) -> np.ndarray:
    """Where the claim's own rounding, or an exact judge's, explains what a claim is off by.

    It is measured: by moving x so little that only rounding changes. Where all of a row is less
    than the rounding of its value, as at an optimum, it is 0.
    """
    subject = bench.subject
    largest = np.fmax(np.abs(bench.right), np.abs(claimed)) * subject.coordinates.scale
    level = VANISHING * subject.eps * np.abs(subject.here)
    is_zero = np.all(largest <= level[:, None], axis=1, keepdims=True)
    size = np.max(np.abs(bench.right), axis=1, keepdims=True)
    excused = _scatter(claim, bench.subject, MOST_CLAIMED * size)
    if bench.exact is not None:
        excused = excused + _scatter(bench.exact, bench.subject, MOST_SCATTER * size)
    return is_zero | (np.abs(claimed - bench.right) <= allowed + excused)


def _scatter(jacobian: Jacobian, subject: Subject, most: np.ndarray) -> np.ndarray:
    """How far a Jacobian is off the line through its values on both sides of the point."""
    c = subject.coordinates
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=len(c))
    here = jacobian(np.zeros(len(c)))
    largest = np.zeros(here.shape)
    for shift in SHIFTS:
        t = shift * c.scale * signs
        try:
            after, before = (jacobian(c.clipped(side)) for side in (t, -t))
        except Exception:  # it has no value there
            continue
        with np.errstate(all="ignore"):
            apart = NOISE * np.abs((before + after) / 2 - here)
        largest = np.maximum(largest, np.where(apart <= most, apart, 0))
    return largest


def _beside(
    claimed: np.ndarray, bench: _Bench, allowed: np.ndarray, off: np.ndarray
) -> tuple[np.ndarray, bool]:
    """What remains off once the gradients beside the point are known, and whether it is a kink."""
    rows = np.flatnonzero(np.any(off, axis=1))
    scale = bench.subject.coordinates.scale
    with np.errstate(all="ignore"):
        gap = np.where(off, np.abs(claimed - bench.right) * scale, 0)
    rows = rows[np.all(np.isfinite(gap[rows]), axis=1)]
    rows = rows[np.argsort(-np.max(gap[rows], axis=1))][:ROWS]
    if not rows.size:
        return off, False
    off, at_kink = off.copy(), False
    for neighbours, farther, columns, seen in _neighbours(bench, gap, rows):
        for row in seen:
            largest = float(np.max(gap[row]))
            close = neighbours.close * np.where(off[row], gap[row], largest) + allowed[row] * scale
            claim, right = claimed[row] * scale, bench.right[row] * scale
            question = row, claim[columns], right[columns], close[columns]
            is_in, spread = neighbours.reach(*question)
            is_kink = is_in and spread > KINKED * largest
            if is_kink and farther:
                # A bend spreads the more the farther one goes, a kink does not.
                is_in_too, spread_there = farther.reach(*question)
                is_in = is_in_too and spread_there <= 2 * spread
            if is_in:
                off[row, columns] = False
                at_kink |= is_kink
    return off, at_kink


def _neighbours(
    bench: _Bench, gap: np.ndarray, rows: np.ndarray
) -> Iterator[tuple[Neighbours, Neighbours | None, np.ndarray, list[int]]]:
    """Whom to ask beside the point, also from farther off, of which columns and rows.

    An exact judge; or differences over a small part of the way, which is as short as noise allows
    that must not hide the gap.
    """
    subject, c = bench.subject, bench.subject.coordinates
    if bench.exact is not None:
        exact = bench.exact

        def by_judge(u: np.ndarray) -> np.ndarray:
            try:
                return exact(c.clipped(BESIDE * c.scale * u)) * c.scale
            except Exception:  # it has no value there
                return np.full((1, len(c)), np.nan)

        yield Neighbours(by_judge, len(c), CLOSE / 10), None, np.arange(len(c)), rows.tolist()
        return
    columns = np.flatnonzero(np.any(gap[rows] > 0, axis=0))[:COLUMNS]
    columns = np.arange(len(c)) if len(c) <= COLUMNS else columns
    ways = subject.noise[rows] / (STEP * CLOSE / 10 * np.max(gap[rows], axis=1))
    ways = np.maximum(NEAR, 4.0 ** np.ceil(np.log2(np.maximum(ways, NEAR)) / 2))

    def by_differences(way: float) -> Neighbours:
        step = STEP * way * c.scale

        def at(u: np.ndarray) -> np.ndarray:
            t = np.zeros(len(c))
            t[columns] = way * c.scale[columns] * u
            t = np.clip(t, step - c.down, np.maximum(c.up - step, step - c.down))
            return plain_slopes(subject.value, t, columns, step) * c.scale[columns]

        return Neighbours(at, columns.size, CLOSE)

    for way in sorted(set(ways[ways <= FAR])):
        yield (
            by_differences(way),
            by_differences(FARTHER * way),
            columns,
            rows[ways == way].tolist(),
        )


def _is_off_beside(bench: _Bench, tolerance: Tolerance) -> bool:
    """Whether a judge is wrong about the function, and not only at a kink of it."""
    assert bench.disowned is not None
    plain = replace(bench, disowned=None)
    allowed = plain.allowed(tolerance, bench.subject.eps)
    off, _ = _beside(bench.disowned, plain, allowed, _off(bench.disowned, bench.right, allowed))
    return bool(np.any(off))
