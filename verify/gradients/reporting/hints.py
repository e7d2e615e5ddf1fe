"""What may have gone wrong in a gradient: the first mistake that explains all that is off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.gradients.inputs.layout import Leaf
from verify.gradients.judges.subject import Subject
from verify.gradients.verdict.point import Verdict
from verify.numerics.ratios import POWERS, SAME, number_to_text, power_to_text

ROUNDINGS = 2.0**10
RELIABLE = 1e-3  # of the largest entry: a ratio of smaller ones tells little
FEW = 2  # points or places from which nothing follows


@dataclass(frozen=True, eq=False)
class Case:
    """One judged point."""

    subject: Subject
    verdict: Verdict


def hint_for(cases: Sequence[Case]) -> str | None:
    """The mistake that explains the claims at every point; None if none is known."""
    usable = [case for case in cases if np.all(np.isfinite(case.verdict.right))]
    if not usable or not any(np.any(case.verdict.wrong) for case in usable):
        return None
    return next(_explanations(usable), None)


def _explanations(cases: list[Case]) -> Iterator[str]:
    if any(np.any(~np.isfinite(case.verdict.claimed)) for case in cases):
        yield "yours is not a number where the right one is"
    whole = [(case.verdict.claimed, case.verdict.right) for case in cases]
    yield from _proportions(whole, cases[0].subject)
    if all(_same(_transposed(case), case.verdict.right) for case in cases):
        yield "transposed: yours is the right one with its two axes exchanged"
    if all(_same(case.verdict.claimed[:, ::-1], case.verdict.right) for case in cases):
        yield "the right entries in the reverse order"
    yield from _powers(cases)
    shifts = [case.verdict.claimed - case.verdict.right for case in cases]
    if all(np.ptp(shift) <= SAME * np.max(np.abs(shift)) for shift in shifts):
        firsts = [float(shift.flat[0]) for shift in shifts]
        if np.allclose(firsts, firsts[0], rtol=SAME, atol=0):
            yield f"yours is {number_to_text(firsts[0])} more than the right one in every entry"
        elif shifts[0].size > 1:
            yield "yours is off by the same number in every entry"
    yield from _summed(cases)
    yield from _places(cases)
    yield from _branches(cases)


def _proportions(pairs: Sequence[tuple[np.ndarray, np.ndarray]], subject: Subject) -> Iterator[str]:
    """What is claimed is one number times what is right."""
    if all(_same(-claimed, right) for claimed, right in pairs):
        yield "the sign: yours is the negative of the right one"
    ratios = [_ratio(claimed, right) for claimed, right in pairs]
    if np.allclose(ratios, ratios[0], rtol=SAME, atol=0):
        yield _factor(ratios[0], subject)
    if all(np.all(claimed == 0) for claimed, _ in pairs):
        yield "yours is 0"


def _there(cases: Sequence[Case], places: Any) -> str:
    """What explains the entries at some places, if these are enough to say."""
    pairs = [(case.verdict.claimed[places], case.verdict.right[places]) for case in cases]
    if sum(right.size for _, right in pairs) <= FEW:
        return ""
    said = next(_proportions(pairs, cases[0].subject), None)
    return f"; there {said}" if said else ""


def _factor(ratio: float, subject: Subject) -> str:
    """A constant factor, and which size it is, if it is one."""
    said = f"a constant factor: yours is {number_to_text(ratio)} times the right one"
    sizes = {
        size: f"{size} is the length of axis {axis} of {leaf.name}"
        for leaf in reversed(subject.layout.leaves)
        for axis, size in reversed(list(enumerate(leaf.array.shape)))
        if size > 1
    }
    for size, name in sizes.items():
        if np.isclose(ratio, size, rtol=SAME) or np.isclose(ratio, 1 / size, rtol=SAME):
            return f"{said}; {name}: is it a mean or a sum?"
    return said


def _powers(cases: list[Case]) -> Iterator[str]:
    """A power of a scalar argument that the gradient has too much."""
    ratios = [_ratio(case.verdict.claimed, case.verdict.right) for case in cases]
    scalars = [leaf.name for leaf in cases[0].subject.layout.leaves if not leaf.array.shape]
    for name in scalars:
        values = np.array([float(_leaf(case, name).array) for case in cases], dtype=np.float64)
        for power in POWERS:
            with np.errstate(all="ignore"):
                raised = values**power
            if len(set(values)) > 1 and np.allclose(ratios, raised, rtol=SAME, atol=0):
                yield f"factor {power_to_text(name, -power)} missing"


def _summed(cases: list[Case]) -> Iterator[str]:
    """The sums or means along an axis of the argument, in place of its entries."""
    subject = cases[0].subject
    leaf = subject.layout.moved[0]
    if len(subject.layout.moved) > 1 or subject.coordinates.basis is not None:
        return
    verdicts = [case.verdict for case in cases]
    for axis, size in enumerate(leaf.array.shape):
        for name, along in (("sum", np.sum), ("mean", np.mean)) if size > 1 else ():
            if all(_same(v.claimed, _spread(v.right, leaf, axis, along)) for v in verdicts):
                yield f"each entry is the {name} of the right ones on axis {axis} of {leaf.name}"


def _spread(right: np.ndarray, leaf: Leaf, axis: int, along: Callable) -> np.ndarray:
    array = right.reshape(-1, *leaf.array.shape)
    found = along(array, axis=1 + axis, keepdims=True)
    return np.broadcast_to(found, array.shape).reshape(right.shape)


def _places(cases: list[Case]) -> Iterator[str]:
    """Always the same entries, columns or outputs."""
    shapes = {case.verdict.wrong.shape for case in cases}
    leaves = cases[0].subject.layout.moved
    if len(shapes) > 1 or len(leaves) > 1 or cases[0].subject.coordinates.basis is not None:
        if len(leaves) > 1:
            yield from _arguments(cases)
        return
    wrong = np.any([case.verdict.wrong for case in cases], axis=0)
    if wrong.size <= 1 or np.all(wrong):
        return
    outputs = cases[0].subject.shape if cases[0].subject.upstream is None else wrong.shape[:1]
    names = [f"axis {axis} of the gradient" for axis in range(len(outputs) + leaves[0].array.ndim)]
    if wrong.size != np.prod(outputs) * leaves[0].array.size:
        return
    array = wrong.reshape(*outputs, *leaves[0].array.shape)
    for axis in range(array.ndim):
        others = tuple(other for other in range(array.ndim) if other != axis)
        hit = np.any(array, axis=others)
        if np.sum(hit) <= max(1, hit.size // 2) and hit.size > 1:
            places = ", ".join(map(str, np.flatnonzero(hit)[:6]))
            also = "" if array.ndim == 1 else f" on {names[axis]}"
            there = _there(cases, wrong)
            yield f"wrong only at {places}{also}: the others are right at every point{there}"
            return


def _arguments(cases: list[Case]) -> Iterator[str]:
    """Some arguments are right at every point."""
    wrong: dict[str, bool] = {}
    for case in cases:
        for leaf in case.subject.layout.moved:
            if case.subject.coordinates.basis is not None or leaf.start is None:
                return
            part = case.verdict.wrong[:, leaf.start : leaf.start + leaf.array.size]
            wrong[leaf.name] = wrong.get(leaf.name, False) or bool(np.any(part))
    if not all(wrong.values()):
        bad = ", ".join(name for name, is_wrong in wrong.items() if is_wrong)
        good = ", ".join(name for name, is_wrong in wrong.items() if not is_wrong)
        moved = cases[0].subject.layout.moved
        columns = np.concatenate([np.full(leaf.array.size, wrong[leaf.name]) for leaf in moved])
        yield f"wrong only in {bad}; right in {good}{_there(cases, (slice(None), columns))}"


def _branches(cases: list[Case]) -> Iterator[str]:
    """Wrong only on one side of a threshold, of an entry or of its partner in another array."""
    for name in [leaf.name for leaf in cases[0].subject.layout.leaves]:
        bad, good = [], []
        for case in cases:
            leaf, moved = _leaf(case, name), case.subject.layout.moved
            if len(moved) > 1 or case.subject.coordinates.basis is not None:
                return
            if leaf.array.shape != moved[0].array.shape:
                break
            values = leaf.array.ravel().astype(np.float64)
            is_wrong = np.any(case.verdict.wrong, axis=0)
            bad.append(values[is_wrong])
            good.append(values[~is_wrong])
        else:
            wrong, right = np.concatenate(bad), np.concatenate(good)
            if min(wrong.size, right.size) <= FEW:
                continue
            if wrong.min() > right.max():
                yield f"wrong only where {name} > {_between(right.max(), wrong.min())}: one branch"
            elif wrong.max() < right.min():
                yield f"wrong only where {name} < {_between(wrong.max(), right.min())}: one branch"
            elif right.min() > wrong[wrong < right.min()].max(initial=-np.inf) and not np.any(
                (wrong >= right.min()) & (wrong <= right.max())
            ):
                low, high = number_to_text(right.min(), 3), number_to_text(right.max(), 3)
                yield f"right only where {name} is in [{low}, {high}]: one branch"


def _transposed(case: Case) -> np.ndarray:
    """The claim with two axes exchanged: those of a square argument or Jacobian; nan otherwise."""
    leaves, claimed = case.subject.layout.moved, case.verdict.claimed
    if len(leaves) > 1 or case.subject.coordinates.basis is not None:
        return np.full(claimed.shape, np.nan)
    shape = leaves[0].array.shape
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        return claimed.reshape(-1, *shape).swapaxes(1, 2).reshape(claimed.shape)
    if claimed.shape[0] == claimed.shape[1] > 1:
        return claimed.T
    return np.full(claimed.shape, np.nan)


def _leaf(case: Case, name: str) -> Leaf:
    return next(leaf for leaf in case.subject.layout.leaves if leaf.name == name)


def _ratio(claimed: np.ndarray, right: np.ndarray) -> float:
    """The ratio that all entries share; nan if there is none."""
    size = float(np.max(np.abs(right), initial=0.0))
    large = np.abs(right) >= RELIABLE * size
    if size == 0:
        return np.nan
    ratios = claimed[large] / right[large]
    first = float(np.median(ratios))
    return first if first != 0 and _same(claimed, first * right) else np.nan


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        size = float(np.max(np.abs(second), initial=0.0))
        return size > 0 and bool(np.all(np.abs(first - second) <= SAME * size))


def _between(low: float, high: float) -> str:
    """The roundest number between two."""
    for digits in range(8):
        middle = round((low + high) / 2, digits)
        if low <= middle <= high:
            return f"{middle:g}"
    return f"{(low + high) / 2:.3g}"
