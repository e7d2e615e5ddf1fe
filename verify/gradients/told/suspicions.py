"""What is odd about a function or about the points, whether or not the gradient is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from verify.gradients.inputs.calls import Call
from verify.gradients.inputs.layout import Layout
from verify.gradients.judges.subject import floating
from verify.gradients.told.hints import Case

REPEATS = 4
REPEATABLE = 1e-6
FARTHER = 10.0 ** np.arange(1, 4)
DEFAULTS = (0.0, 1.0)
ROUNDINGS = 2.0**6
SINGLE = 1e-9  # relative: what float64 is never off by, and float32 mostly is
STATIONARY = 1e-9  # of what the function varies by


def unrepeatable(call: Call, layout: Layout) -> str | None:
    """That equal calls of a function differ, by more than the order of a sum explains."""
    values = [
        floating(call.at(layout, layout.x), call.role).astype(np.float64) for _ in range(REPEATS)
    ]
    if len({value.shape for value in values}) > 1:
        return f"{call.role}: equal calls differ in shape"
    apart = np.max(np.ptp(values, axis=0), initial=0.0)
    size = float(np.max(np.abs(values), initial=0.0))
    if not apart > REPEATABLE * size:
        return None
    return (
        f"{call.role}: equal calls differ by {apart:.2g} in values of {size:.2g};"
        " fix its random numbers (a seed, a mask) for the check"
    )


def of_function(case: Case) -> Iterator[str]:
    """At a point where a claim is wrong: is it the function that is at fault?"""
    subject, wrong = case.subject, case.verdict.wrong
    row, column = np.unravel_index(int(np.argmax(gap_of(case))), wrong.shape)
    c = subject.coordinates
    step = np.zeros(len(c))
    step[column] = c.scale[column]
    slope = case.verdict.right[row, column]
    if slope == 0 and np.all(case.verdict.right == 0):
        moved = [
            subject.value(side * far * step)[row] for far in (0.3, 1.0, 3.0) for side in (1, -1)
        ]
        if np.any(np.array(moved)[np.isfinite(moved)] != subject.here[row]):
            yield "the function is a staircase or cut off: constant near the point, not farther"
    claimed = case.verdict.claimed[row, column]
    is_flipped = np.allclose(case.verdict.claimed, -case.verdict.right)
    if subject.here.size == 1 and claimed * slope < 0 and not is_flipped:
        side = -np.sign(slope)
        far = np.array([subject.value(side * way * step)[0] for way in FARTHER])
        lower = np.diff(far)
        if np.all(np.isfinite(far)) and np.all(lower < 0):
            rate = lower[1:] / lower[:-1]
            if np.all(rate > 5):
                way = "grows" if side > 0 else "falls"
                yield (
                    f"the function falls below {far[-1]:.2g} as {c.name(int(column))} {way}: if"
                    " it is a loss, its own sign is wrong there"
                )


def of_precision(cases: Sequence[Case], eps: float) -> Iterator[str]:
    """That a claim is right in float32 alone."""
    if eps > SINGLE:
        yield "the gradient is in float32, and judged as such: to four digits"
        return
    smooth = [case.verdict for case in cases if not case.verdict.at_kink]
    for verdict in [verdict for verdict in smooth if verdict.judges[0] != "differences"]:
        off = np.abs(verdict.claimed - verdict.right)
        rounded = verdict.claimed.astype(np.float32) == verdict.claimed
        off = np.where(verdict.right != 0, off / np.abs(verdict.right), 0)
        if np.any(rounded & (off > SINGLE)):
            yield f"the gradient is off by {np.max(off):.1g}: a constant in float32?"
            return


def of_points(cases: Sequence[Case]) -> Iterator[str]:
    """Why a right claim proves little: what could be wrong and would look the same."""
    judged = [case for case in cases if not case.verdict.is_blind]
    if not judged:
        return
    if all(_is_zero(case) for case in judged):
        yield "proves nothing: the gradient is 0 at every point, and so is any multiple of it"
    for place, leaf in enumerate(judged[0].subject.layout.leaves):
        arrays = [case.subject.layout.leaves[place].array for case in judged]
        shape = arrays[0].shape
        is_square = leaf.is_moved and len(shape) == 2 and shape[0] == shape[1] > 1
        if is_square and not leaf.space.unseen and all(map(_is_symmetric, arrays)):
            yield f"{leaf.name} is symmetric at every point: so is a transposed gradient right"
        if leaf.space.is_constant or (leaf.is_moved and not shape) or not arrays[0].size:
            continue
        first = float(arrays[0].flat[0])
        if all(np.all(a == first) for a in arrays) and (first in DEFAULTS or arrays[0].size > 1):
            what = "everywhere" if shape else "at every point"
            yield f"{leaf.name} is {first:g} {what}: a factor or term for it can be lost unseen"
    for leaf in judged[0].subject.layout.moved:
        if leaf.space.unseen:
            yield f"{leaf.name}: {leaf.space.unseen} is not seen, as no step leaves the set"


def _is_symmetric(a: np.ndarray) -> bool:
    return np.allclose(a, a.T, rtol=1e-12, atol=0)


def _is_zero(case: Case) -> bool:
    """Whether the right gradient is 0 up to rounding: beside the values, or what they vary by."""
    subject, c = case.subject, case.subject.coordinates
    if np.all(case.verdict.right == 0):
        return True
    with np.errstate(all="ignore"):
        slopes = np.abs(case.verdict.right) * c.scale
        signs = np.random.default_rng(0).choice([-1.0, 1.0], size=len(c))
        moved = subject.value(c.clipped(c.scale * signs / c.together / 8)) - subject.here
    level = np.fmax(ROUNDINGS * subject.eps * np.abs(subject.here), STATIONARY * np.abs(moved))
    return bool(np.all(slopes <= level[:, None]))


def gap_of(case: Case) -> np.ndarray:
    """How far each wrong entry is off, in units of its scale."""
    with np.errstate(all="ignore"):
        gap = np.abs(case.verdict.claimed - case.verdict.right) * case.subject.coordinates.scale
    gap = np.where(np.isfinite(gap), gap, np.inf)
    return np.where(case.verdict.wrong, gap, 0.0)
