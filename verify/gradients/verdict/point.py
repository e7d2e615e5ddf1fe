"""Is a claimed Jacobian right at one point? Differences of the function have the last word.

Where a claim is off, the function is looked at again, closer: with the rounding of the claim
itself, and beside the point, where a kink shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from verify.gradients.judges.subject import Jacobian, Subject
from verify.gradients.verdict.groups import Settled, settled_in_groups
from verify.gradients.verdict.neighbours import off_beyond_kinks
from verify.gradients.verdict.reference import Reference, reference_of

RELATIVE = 1e-7
"""Above what constants in float32 are off by, 6e-8, and far below any mistake in a formula."""
ROUNDINGS = 2.0**10
NOISE = 32.0
VANISHING = 2.0**4  # roundings of a value
SHIFTS = (1e-15, 3e-15)
COARSE_SHIFTS = (3e-7, 1e-6)
"""Of the scale: moved by so little, a gradient shows its rounding alone, in float64 or float32."""
COARSE = 1e-10  # of a value: noise that float64 does not have
MOST_SCATTER = 1e-5  # of a row's largest entry: more is a kink
MOST_CLAIMED = 1e-13  # of a row's largest entry that a claim's own rounding may move another one by


@dataclass(frozen=True)
class Tolerance:
    """How far a claim may be off: relative to the right entry, and at all."""

    relative: float | None = None
    absolute: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("rtol", self.relative), ("atol", self.absolute)):
            if value is not None and not value >= 0:
                raise ValueError(f"{name}: expected a number from 0 on, got {value}")

    def of(self, reference: Reference, eps: float) -> np.ndarray:
        """The allowed error of each entry where claim and function are no more precise than eps."""
        relative = max(RELATIVE, ROUNDINGS * eps) if self.relative is None else self.relative
        return relative * np.abs(reference.right) + self.absolute + 10 * reference.uncertainty


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
    settled = _settled(claimed, subject, tolerance, seed)
    if np.all(settled.columns):
        right = settled.jacobian
        known = Reference(subject, right, np.zeros(right.shape), settled.judges)
        off = _off(claimed, right, tolerance.of(known, max(eps, subject.eps)))
        return Verdict(claimed, right, off, settled.judges)
    subject = subject.knowing(settled.columns, settled.jacobian)
    reference = reference_of(subject, seed)
    allowed = tolerance.of(reference, max(eps, subject.eps))
    off = _off(claimed, reference.right, allowed)
    if np.any(off):
        off &= ~_off_by_rounding(claim, claimed, reference, allowed)
    off, at_kink = off_beyond_kinks(claimed, reference, allowed, off)
    is_blind = not np.any(off) and bool(np.any(reference.hidden(claimed)))
    is_disowned = (
        reference.disowned is not None and not at_kink and _is_off_beside(reference, tolerance)
    )
    disowned = reference.names[0] if is_disowned else ""
    return Verdict(claimed, reference.right, off, reference.names, at_kink, is_blind, disowned)


def _settled(claimed: np.ndarray, subject: Subject, tolerance: Tolerance, seed: int) -> Settled:
    """What is known of the right columns before anybody looks at each entry."""
    nothing = Settled(np.zeros(len(subject.coordinates), dtype=bool), claimed)
    is_usual = tolerance.relative is None or tolerance.relative >= RELATIVE
    if subject.method not in (None, "differences") or not is_usual:
        return nothing
    settled = settled_in_groups(claimed, subject, seed)
    own = subject.autodiff() if np.any(settled.columns) else None
    if own is None:
        return settled
    gap = np.abs(own[1](np.zeros(claimed.shape[1])) - settled.jacobian)
    is_near = np.all(gap <= RELATIVE * np.abs(settled.jacobian), axis=0)
    return replace(settled, columns=settled.columns & is_near, judges=(own[0], *settled.judges))


def _off(claimed: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        is_off = ~(np.abs(claimed - right) <= allowed)
    return (is_off & np.isfinite(allowed)) | ~np.isfinite(claimed)


def _off_by_rounding(
    claim: Jacobian, claimed: np.ndarray, reference: Reference, allowed: np.ndarray
) -> np.ndarray:
    """Where the claim's own rounding, or an exact judge's, explains what a claim is off by.

    It is measured: by moving x so little that only rounding changes. Where all of a row is less
    than the rounding of its value, as at an optimum, it is 0.
    """
    subject = reference.subject
    largest = np.fmax(np.abs(reference.right), np.abs(claimed)) * subject.coordinates.scale
    level = VANISHING * subject.eps * np.abs(subject.here)
    is_zero = np.all(largest <= level[:, None], axis=1, keepdims=True)
    size = np.max(np.abs(reference.right), axis=1, keepdims=True)
    gap = np.abs(claimed - reference.right) - allowed
    excused = np.zeros(gap.shape)
    sides = [(claim, MOST_CLAIMED), (reference.exact, MOST_SCATTER)]
    for jacobian, most in sides if np.any((gap > 0) & (gap <= 2 * MOST_SCATTER * size)) else ():
        if jacobian is not None:
            excused = excused + _scatter(jacobian, subject, most * size)
    return is_zero | (gap <= excused)


def _scatter(jacobian: Jacobian, subject: Subject, most: np.ndarray) -> np.ndarray:
    """How far a Jacobian is off the line through its values on both sides of the point."""
    c = subject.coordinates
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=len(c))
    here = jacobian(np.zeros(len(c)))
    largest = np.zeros(here.shape)
    is_coarse = np.any(subject.noise > COARSE * np.abs(subject.here))
    for shift in (*SHIFTS, *COARSE_SHIFTS) if is_coarse else SHIFTS:
        t = shift * c.scale * signs
        try:
            after, before = (jacobian(c.clipped(side)) for side in (t, -t))
        except Exception:  # it has no value there
            continue
        with np.errstate(all="ignore"):
            apart = NOISE * np.abs((before + after) / 2 - here)
        largest = np.maximum(largest, np.where(apart <= most, apart, 0))
    return largest


def _is_off_beside(reference: Reference, tolerance: Tolerance) -> bool:
    """Whether a judge is wrong about the function, and not only at a kink of it."""
    assert reference.disowned is not None
    allowed = tolerance.of(reference, reference.subject.eps)
    off = _off(reference.disowned, reference.right, allowed)
    alone = replace(reference, disowned=None)
    return bool(np.any(off_beyond_kinks(reference.disowned, alone, allowed, off)[0]))
