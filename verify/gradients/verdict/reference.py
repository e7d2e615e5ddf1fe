"""The Jacobian by the sharpest judge that differences confirm, and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.gradients.judges.subject import Jacobian, Subject
from verify.gradients.verdict.groups import CONFIRMED, settled_as_it_is

NOISE = 3.2
BLIND = 0.1
NEGLIGIBLE = 1e-9  # of a value: a gradient that moves it by less is 0
FEW = 8  # entries that differences look at one by one although autodiff knows them all
DIRECTIONS = 3
ASIDE = 2.0**-16  # of the scale
ADDS_UP = 1e-2
ROUNDINGS = 2.0**10


@dataclass(frozen=True, eq=False)
class Reference:
    """What is known of the right Jacobian, (r, k), and by whom.

    `exact` is a judge that differences confirm, `disowned` the Jacobian of one that they do not.
    """

    subject: Subject
    right: np.ndarray
    uncertainty: np.ndarray
    names: tuple[str, ...]
    exact: Jacobian | None = None
    disowned: np.ndarray | None = None

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


def reference_of(subject: Subject, seed: int) -> Reference:
    """Ask differences, and a sharper judge where there is one: it is believed if they allow it."""
    k = len(subject.coordinates)
    name, exact = subject.exact() or ("differences", None)
    is_complex = name == "complex step"
    here = exact(np.zeros(k)) if exact else np.zeros((subject.here.size, k))
    exactly = np.zeros(here.shape)
    if exact and not is_complex and k > FEW:
        directions = np.random.default_rng(seed).uniform(-1, 1, size=(k, DIRECTIONS))
        along = here @ (directions * subject.coordinates.scale[:, None])
        slopes = subject.slopes(directions)
        if np.all(_is_confirmed(along, slopes.slope, slopes.error)):
            names = (name, f"differences along {DIRECTIONS} directions")
            return Reference(subject, here, exactly, names, exact)
    is_open = exact and k > FEW and 2 * subject.open.size > k
    if is_open:
        settled = settled_as_it_is(here, subject, seed)
        slopes = subject.knowing(settled.columns, here).slopes()
    else:
        slopes = subject.slopes()
    confirmed = _is_confirmed(here, slopes.slope, slopes.error)
    if exact and np.all(confirmed) and not (is_complex and not _adds_up(here, subject)):
        return Reference(subject, here, exactly, (name, "differences"), exact)
    with np.errstate(all="ignore"):
        error = slopes.error + NOISE * subject.noise[:, None] / slopes.step
    if not exact or is_complex:
        return Reference(subject, slopes.slope, error, ("differences",))
    right = np.where(confirmed, here, slopes.slope)
    error = np.where(confirmed, 0.0, error)
    return Reference(subject, right, error, (name, "differences"), disowned=here)


def _is_confirmed(exact: np.ndarray, slope: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Where a judge is among what the differences allow.

    An exact 0 is what a judge says who sees nothing: where the differences see as little, it is
    not confirmed.
    """
    with np.errstate(all="ignore"):
        is_among = np.abs(exact - slope) <= 10 * error + CONFIRMED * np.abs(slope)
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
            try:
                there = subject.complex_slope(t, t)
            except Exception:  # it has no value there
                return False
            moved = subject.value(t) - subject.here
            apart = np.abs(moved - (here @ t + there) / 2)
            allowed = ADDS_UP * (np.abs(here) @ np.abs(t) + np.abs(there))
            rounding = ROUNDINGS * subject.eps * np.abs(subject.here)
        if np.any(apart > allowed + rounding):
            return False
    return True
