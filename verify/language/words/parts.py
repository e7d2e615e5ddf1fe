"""Parts of an axis, single entries, differences of neighbours, and arrays one after the other.

x[1:] at k is x[k + 1], and what is put behind one entry is at i the sum over k of [i = k + 1] x[k],
so that each is the other's adjoint.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial, reduce
from math import comb
from operator import add, mul

from sympy import Expr, Idx, Integer, KroneckerDelta

from derivations.prover.needs import Need, Sign
from verify.language.definedness import Needs, not_negative, union
from verify.language.tensor import (
    ONE,
    ZERO,
    Axis,
    ShapeError,
    Tensor,
    UnreadShapeError,
    axis_of,
    elementwise,
    extent_of,
    places_of_axis,
    single,
    sum_over,
    written,
)

PART = re.compile(r"(-[1-9]\d?|\d{0,2}):(-?[1-9]\d?)?")
Ends = tuple[int, int | None]
"""Where a part of an axis starts and stops, from its end if negative; None for all the rest."""


def ends_of(part: str) -> Ends:
    """Where a part starts and stops: 1:-2 leaves out the first entry and the last two."""
    match = PART.fullmatch(part.replace(" ", ""))
    if not match or (match[1].startswith("-") and match[2] and not match[2].startswith("-")):
        raise ValueError(f"expected a part of an axis such as 1:, :-1, :3 or 2:4, got {part}")
    return int(match[1] or 0), int(match[2]) if match[2] else None


def span_of(ends: Ends, extent: Expr) -> tuple[Expr, Expr]:
    """How many entries of an axis stand before a part, and how many it has."""
    start, stop = ends
    before = extent + start if start < 0 else Integer(start)
    behind = extent if stop is None else extent + stop if stop < 0 else Integer(stop)
    return before, behind - before


def part_of(tensor: Tensor, place: int, ends: Ends) -> Tensor:
    """The entries from one to another along an axis: those between two ends that meet are none, and
    an axis has as many as are counted from one end.
    """
    axis, extent, (start, stop) = single(tensor.axes[place]), tensor.shape[place], ends
    before, size = span_of(ends, extent)
    fewest = max(-start, stop or 0)
    if axis is None or size.is_nonpositive or (extent - fewest).is_negative:
        raise UnreadShapeError(f"part {start}:{stop or ''} of an axis of {extent}")
    k = axis_of(size)
    at, axes = k or ONE, (*tensor.axes[:place], k, *tensor.axes[place + 1 :])
    part = tensor.with_places({axis: at + before}, axes)
    return replace(part, needs=union(part.needs, not_negative(extent - fewest)))


def place_of(extent: Expr, number: int) -> tuple[Expr, Needs]:
    """The place that a number means along an axis, from its end if negative, and what it needs."""
    fewest = number + 1 if number >= 0 else -number
    if (extent - fewest).is_negative:
        raise ShapeError(f"place {number} does not exist along an axis of {extent}")
    start = Integer(0) if number >= 0 else extent
    return start + number + 1, union([Need(extent - fewest, Sign.NONNEGATIVE)])


def diff_along(tensor: Tensor, n: int = 1, axis: int = -1) -> Tensor:
    """The differences of neighbours along one axis, the last if none is named; so many times."""
    if n < 0:
        raise ValueError(f"diff: expected a number of times, got {n}")
    (place,) = places_of_axis(tensor, axis)
    parts = (part_of(tensor, place, (at, at - n or None)) for at in range(n + 1))
    scaled = (
        elementwise(mul, Tensor(Integer(c)), part)
        for c, part in zip(differences(n), parts, strict=True)
    )
    return reduce(partial(elementwise, add), scaled)


def differences(n: int) -> list[int]:
    """The coefficients of so many differences of neighbours: -1, 1, then 1, -2, 1."""
    return [(-1) ** (n - at) * comb(n, at) for at in range(n + 1)]


def squeeze_along(tensor: Tensor, axis: Axis = None) -> Tensor:
    """The entries without one axis of a single entry, or several, or without all of them."""
    places = [*places_of_axis(tensor, axis)]
    if axis is not None and any(tensor.axes[place] is not None for place in places):
        raise ShapeError(f"squeeze: expected an axis of one entry, got {written(tensor.shape)}")
    kept = [k for place, k in enumerate(tensor.axes) if place not in places or k is not None]
    longer = [Need(size - 1, Sign.POSITIVE) for size in map(extent_of, kept) if axis is None]
    return replace(tensor, axes=tuple(kept), needs=union(tensor.needs, longer))


ONE_NUMBER = "_one_number"
"""A word that no text has for what must be a number, as the parts of a list that is an array."""


def one_number(tensor: Tensor) -> Tensor:
    """A number, and no array."""
    if tensor.ndim:
        raise UnreadShapeError(f"expected a list of numbers, got an array {written(tensor.shape)}")
    return tensor.number


def append(first: Tensor, second: Tensor) -> Tensor:
    """Two vectors or numbers one after the other."""
    for tensor in (first, second):
        if tensor.ndim > 1:
            raise UnreadShapeError(f"append needs vectors or numbers, got {written(tensor.shape)}")
    sizes = [tensor.shape[0] if tensor.ndim else ONE for tensor in (first, second)]
    whole = axis_of(sizes[0] + sizes[1])
    return elementwise(
        add, _put_behind(ZERO, first.number, whole), _put_behind(sizes[0], second.number, whole)
    )


def pad(tensor: Tensor, pad_width: tuple[int, ...]) -> Tensor:
    """A vector with so many zeros before it and so many behind it."""
    if tensor.ndim != 1 or len(pad_width) != 2 or min(pad_width) < 0:
        raise UnreadShapeError(f"expected pad(x, (1, 0)) of a vector, got {written(tensor.shape)}")
    before, behind = pad_width
    whole = axis_of(tensor.shape[0] + before + behind)
    return _put_behind(Integer(before), tensor.number, whole)


def _put_behind(before: Expr, tensor: Tensor, whole: Idx | None) -> Tensor:
    """A vector or a number as part of a vector, with zeros elsewhere."""
    k = single(tensor.axes[0]) if tensor.ndim else None
    own = not_negative(k.upper) if k else ()
    is_here = KroneckerDelta(ONE if whole is None else whole, (k or ONE) + before)
    placed = sum_over(replace(tensor, entry=is_here * tensor.entry), k)
    return replace(placed, axes=(whole,), needs=union(placed.needs, own))
