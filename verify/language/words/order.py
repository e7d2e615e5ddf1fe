"""What depends on the order of entries along an axis: cumulative sums, and entries from the end.

The place n + 1 - i, counted from the end, stands in an entry until the whole text is read: a
cumulative sum of entries from the end, itself from the end, is then one from the start.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Basic, Eq, Idx, Indexed

from derivations.notation import total
from verify.language.tensor import (
    ONE,
    ZERO,
    Axis,
    ShapeError,
    Tensor,
    axis_of,
    choose,
    from_the_end,
    places_of_axis,
    sum_over,
    written,
)


def cumsum_along(tensor: Tensor, axis: int | None = None) -> Tensor:
    """Each entry with all before it added, along one axis, which only a vector need not name."""
    if axis is None and tensor.ndim != 1:
        raise ShapeError(f"cumsum needs a vector or an axis, got {written(tensor.shape)}")
    tensor, (place,) = tensor.number, places_of_axis(tensor, axis)
    each, last = tensor.axes[place], axis_of(tensor.shape[place])
    if each is None or last is None:
        return tensor
    reached = choose(each <= last, ONE, ZERO)
    axes = (*tensor.axes[:place], last, *tensor.axes[place + 1 :])
    return sum_over(replace(tensor, entry=reached * tensor.entry, axes=axes), each)


def flip_along(tensor: Tensor, axis: Axis = None) -> Tensor:
    """The entries in reverse order along one axis or several, or along all."""
    axes = [tensor.axes[place] for place in places_of_axis(tensor, axis)]
    return tensor.with_places({k: from_the_end(k) for k in axes if k is not None}, tensor.axes)


def flips_as_sums(tensor: Tensor) -> Tensor:
    """x[n + 1 - i] as the sum over k of [k = n + 1 - i] x[k], which has a derivative by rules."""
    return replace(tensor, entry=tensor.entry.replace(_is_flipped, _as_sum))


def _is_flipped(expr: Basic) -> bool:
    return isinstance(expr, Indexed) and not all(isinstance(p, Idx) for p in expr.indices)


def _as_sum(entry: Indexed) -> Basic:
    fresh = [
        place if isinstance(place, Idx) else axis_of(extent)
        for place, extent in zip(entry.indices, entry.base.shape, strict=True)
    ]
    turned = [(k, place) for k, place in zip(fresh, entry.indices, strict=True) if k != place]
    result = entry.base[tuple(fresh)]
    for k, place in turned:
        result *= choose(Eq(k, place), ONE, ZERO)
    return total(result, *(k for k, _ in turned))
