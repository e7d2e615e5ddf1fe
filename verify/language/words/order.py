"""What depends on the order of entries along an axis: cumulative sums, entries from the end.

The place n + 1 - i, counted from the end, stands in an entry until the whole text is read: a
cumulative sum of entries from the end, itself from the end, is then one from the start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Basic, Dummy, Eq, Expr, Idx, Indexed, KroneckerDelta, Piecewise
from sympy.logic.boolalg import Boolean

from derivations.notation import places_of, substitute, total
from verify.language.tensor import (
    ONE,
    ZERO,
    Axis,
    Tensor,
    UnreadShapeError,
    axis_of,
    branches,
    choose,
    from_the_end,
    nearer_to_the_start,
    places_of_axis,
    single,
    sum_over,
    written,
)


def cumsum_along(tensor: Tensor, axis: int | None = None) -> Tensor:
    """Each entry with all before it added, along one axis, which only a vector need not name."""
    if axis is None and tensor.ndim != 1:
        raise UnreadShapeError(f"cumsum needs a vector or an axis, got {written(tensor.shape)}")
    tensor, (place,) = tensor.number, places_of_axis(tensor, axis)
    each, last = single(tensor.axes[place]), axis_of(tensor.shape[place])
    if each is None or last is None:
        return tensor
    at = nearer_to_the_start(tensor, each)
    reached = choose(at <= last, ONE, ZERO)
    tensor = tensor.with_places({each: at}, (*tensor.axes[:place], last, *tensor.axes[place + 1 :]))
    return sum_over(replace(tensor, entry=reached * tensor.entry), each)


def flip_along(tensor: Tensor, axis: Axis = None) -> Tensor:
    """The entries in reverse order along one axis or several, or along all."""
    axes = [single(tensor.axes[place]) for place in places_of_axis(tensor, axis)]
    return tensor.with_places({k: from_the_end(k) for k in axes if k is not None}, tensor.axes)


def tril_of(tensor: Tensor, k: int = 0) -> Tensor:
    """A matrix with zeros above the diagonal, or above that which lies `k` places above it."""
    return _triangle("tril", tensor, lambda row, column: column <= row + k)


def triu_of(tensor: Tensor, k: int = 0) -> Tensor:
    """A matrix with zeros below the diagonal, or below that which lies `k` places above it."""
    return _triangle("triu", tensor, lambda row, column: row + k <= column)


def _triangle(name: str, tensor: Tensor, is_inside: Callable[[Idx, Idx], Boolean]) -> Tensor:
    if tensor.ndim != 2 or None in tensor.axes:
        raise UnreadShapeError(f"{name} needs a matrix, got {written(tensor.shape)}")
    inside = choose(is_inside(*map(single, tensor.axes)), ONE, ZERO)
    return replace(tensor, entry=tensor.number.entry * inside)


def flips_as_sums(tensor: Tensor) -> Tensor:
    """f(x[n + 1 - i]) as the sum over k of [k = n + 1 - i] f(x[k]), which rules differentiate."""
    return replace(tensor, entry=_spread(tensor.entry, lambda k, p: choose(Eq(k, p), ONE, ZERO)))


def _spread(expr: Basic, is_there: Callable[[Idx, Expr], Expr]) -> Basic:
    """In a condition [k = n + 1 - i] is a Kronecker delta: SymPy would move a branch out of the sum
    there, whose index would then be free.
    """
    flipped = [entry for entry in expr.atoms(Indexed) if not set(entry.indices) <= expr.atoms(Idx)]
    if not flipped or isinstance(expr, Idx):
        return expr
    for index in places_of(*flipped) & places_of(expr):
        if expr.count(from_the_end(index)) == expr.count(index) and isinstance(expr, Expr):
            k, place = Idx(Dummy("k", integer=True), (1, index.upper)), from_the_end(index)
            return total(
                is_there(k, place) * _spread(substitute(expr, {index: from_the_end(k)}), is_there),
                k,
            )
    if isinstance(expr, Piecewise):
        return branches(
            *(
                (_spread(value, is_there), _spread(test, KroneckerDelta))
                for value, test in expr.args
            )
        )
    return expr.func(*(_spread(part, is_there) for part in expr.args))
