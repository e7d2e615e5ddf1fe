"""NumPy's operations on arrays that are written as the expression of one entry, of any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import starmap, zip_longest
from operator import truediv
from typing import Any, TypeAlias

from sympy import (
    Dummy,
    Eq,
    Expr,
    Idx,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Ne,
    Piecewise,
    expand,
    true,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, Boolean, Not

from derivations.notation import Sum, substitute, total
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix
from verify.language.definedness import (
    Needs,
    guarded,
    moved,
    not_negative,
    quotient,
    summed,
    union,
)

ZERO, ONE = Integer(0), Integer(1)
Span: TypeAlias = Idx | tuple[Any, Any] | None
"""The index of an axis: two for one that is put together of two, the outer first."""
Axis = int | tuple[int, ...] | None
"""One axis, several, or all."""


class ShapeError(ValueError):
    """Shapes that do not fit, for every value of the sizes; `sizes` are two that would have to be
    the same.
    """

    def __init__(self, message: str, sizes: tuple[Expr, ...] = ()):
        super().__init__(message)
        self.sizes = sizes

    def saying(self, message: str) -> ShapeError:
        """The same error in other words."""
        return type(self)(message, self.sizes)


class UnreadShapeError(ShapeError):
    """Shapes of which the language says nothing, though libraries have a value for them."""


@dataclass(frozen=True)
class Tensor:
    """An array: its entry, over one index an axis; an axis of extent 1 has None for its index, and
    one that is put together of two, as those of a Kronecker product, both of theirs.

    The entry has a value if and only if every need holds.
    """

    entry: Expr | Boolean
    axes: tuple[Span, ...] = ()
    needs: Needs = ()

    @property
    def shape(self) -> tuple[Expr, ...]:
        """The extent of each axis."""
        return tuple(map(extent_of, self.axes))

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.axes)

    def at(self, *places: Any) -> Expr | Boolean:
        """The entry at other indices; an axis of extent 1 takes any."""
        return self.placed(*places).entry

    def placed(self, *places: Any) -> Tensor:
        """The number at other indices, with what it needs there."""
        return self.with_places(dict(zip(self.axes, places, strict=True)), ())

    def with_places(self, places: dict, axes: tuple[Span, ...]) -> Tensor:
        """The entry with some indices replaced, over the axes that are left."""
        pairs = [pair for old, new in places.items() for pair in _single_places(old, new)]
        moves = {old: new for old, new in pairs if old != new}
        if not moves:
            return Tensor(self.entry, axes, self.needs)
        return Tensor(substitute(self.entry, moves), axes, moved(self.needs, moves))

    def mentions(self, index: Idx) -> bool:
        """Whether an index stands in the axes, in the entry or in a need, free or not."""
        needed = (part for need in self.needs for part in (need.quantity, *need.where))
        is_of_axis = any(index in indices_of(axis) for axis in self.axes)
        return is_of_axis or any(part.has(index) for part in (self.entry, *needed))

    @property
    def number(self) -> Tensor:
        """The same array with truth values as 0 and 1."""
        return replace(self, entry=choose(self.entry, ONE, ZERO)) if self.is_boolean else self

    @property
    def is_boolean(self) -> bool:
        """Whether the entries are truth values."""
        return not isinstance(self.entry, Expr)  # SymPy counts a symbol among the truth values


def axis_of(extent: Expr) -> Idx | None:
    """A new index for an axis of the given extent."""
    return None if extent == 1 else Idx(Dummy("k", integer=True), (1, extent))


def extent_of(axis: Span) -> Expr:
    """How many entries an axis has."""
    if isinstance(axis, tuple):
        return Mul(*map(extent_of, axis))
    return ONE if axis is None else axis.upper


def indices_of(axis: Span) -> list[Idx]:
    """All indices of an axis."""
    if isinstance(axis, tuple):
        return [index for part in axis for index in indices_of(part)]
    return [] if axis is None else [axis]


def like(*axes: Span) -> Span:
    """A new index for axes that must be alike: of one extent, and put together in one way."""
    sizes = tuple(dict.fromkeys(map(extent_of, axes)))
    if isinstance(axes[0], tuple) and all(isinstance(axis, tuple) for axis in axes):
        try:
            return tuple(starmap(like, zip(*axes, strict=True)))
        except ShapeError as error:  # n*d entries are as many as d*n
            kind = type(error) if len(sizes) > 1 else UnreadShapeError
            raise kind(str(error), error.sizes) from None
    if len(sizes) > 1:
        raise ShapeError(" is not ".join(map(str, sizes)), sizes)
    if any(isinstance(axis, tuple) for axis in axes):
        raise UnreadShapeError(f"one axis of {sizes[0]} is as kron and ravel make it, one is not")
    return axis_of(sizes[0])


def single(axis: Span) -> Idx | None:
    """The index of an axis that is not put together of two."""
    if isinstance(axis, tuple):
        extent = extent_of(axis)
        raise UnreadShapeError(
            f"an axis of {extent}, as kron and ravel make it, is not in the language here"
        )
    return axis


def _single_places(old: Span, new: Any) -> list[tuple[Idx, Any]]:
    if isinstance(old, tuple):
        if not isinstance(new, tuple):
            single(old)
        both = zip(old, new, strict=True)
        return [pair for outer, inner in both for pair in _single_places(outer, inner)]
    return [] if old is None else [(old, new)]


def extents_at(tensor: Tensor, *places: int) -> list[Expr]:
    """The extents of some axes, two of one that is put together of two."""
    return [index.upper for place in places for index in indices_of(tensor.axes[place])]


def extent_at(tensor: Tensor, *places: int) -> Tensor:
    """How many entries an axis has, or several."""
    extents = extents_at(tensor, *places)
    return Tensor(Mul(*extents), (), union(not_negative(*extents)))


def written(shape: tuple[Expr, ...]) -> str:
    """A shape as NumPy prints it: (n, d), (n,), ()."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def places_of_axis(tensor: Tensor, axis: Axis) -> list[int]:
    """The axes that are meant, counted from the first."""
    if axis is None:
        return list(range(tensor.ndim))
    places = [_place(tensor, one) for one in (axis if isinstance(axis, tuple) else (axis,))]
    if len(set(places)) < len(places):
        raise ValueError("axis: expected each axis once")
    return places


def _place(tensor: Tensor, axis: int) -> int:
    if not -tensor.ndim <= axis < tensor.ndim:
        kind = ShapeError if tensor.ndim else UnreadShapeError
        raise kind(f"axis {axis} does not exist in {written(tensor.shape)}")
    return axis % tensor.ndim


def from_the_end(index: Idx) -> Expr:
    """The place that is as far from the end as the index is from the start."""
    return index.upper + 1 - index


def nearer_to_the_start(tensor: Tensor, index: Idx) -> Expr:
    """The index, or its place from the end if the entry mostly counts that way: the entries, and
    so their sum, are the same either way.
    """
    uses = [use for use in tensor.entry.atoms(Indexed, Relational) if use.has(index)]
    turned = [use for use in uses if _counts_from_the_end(use, index)]
    return from_the_end(index) if 2 * len(turned) > len(uses) else index


def _counts_from_the_end(use: Indexed | Relational, index: Idx) -> bool:
    """Whether a place, or one of the two that are compared, is n + 1 - k."""
    if isinstance(use, Indexed) or use.has(Indexed):
        return use.has(from_the_end(index))
    difference = expand(use.lhs - use.rhs)  # of two places, k - l - 1 or k + l - n - 1
    slopes = [difference.coeff(place) for place in use.atoms(Idx)]
    return len(slopes) > 1 and len(set(slopes)) == 1


def axes_left(tensor: Tensor, places: list[int], keepdims: bool) -> tuple[Span, ...]:
    """The axes without those at some places, or with an extent of 1 there."""
    if keepdims:
        return tuple(None if at in places else axis for at, axis in enumerate(tensor.axes))
    return tuple(axis for at, axis in enumerate(tensor.axes) if at not in places)


# --- entry by entry ------------------------------------------------------------------------------


def elementwise(
    function: Callable[..., Any], *tensors: Tensor, needs: Callable[..., Needs] | None = None
) -> Tensor:
    """Apply a function entry by entry, after NumPy's broadcasting; truth counts as 0 and 1.

    `needs` says what the function needs of its operands' entries.
    """
    return _broadcast(function, [tensor.number for tensor in tensors], needs)


def divide(first: Tensor, second: Tensor) -> Tensor:
    """The quotient, entry by entry."""
    return elementwise(truediv, first, second, needs=quotient)


def where(condition: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """`yes` where the condition holds, else `no`: the branch not taken needs nothing."""
    if not condition.is_boolean:
        raise TypeError("where: expected a comparison first, such as x > 0 or m == 1")
    axes, (test, yes, no) = aligned([condition, yes.number, no.number])
    if yes.needs or no.needs:
        entry = branches((yes.entry, test.entry), (no.entry, True))
    else:
        entry = choose(test.entry, yes.entry, no.entry)
    needs = guarded(yes.needs, test.entry), guarded(no.needs, Not(test.entry))
    return Tensor(entry, axes, union(test.needs, *needs))


def require_same_shape(first: Tensor, second: Tensor, what: str) -> None:
    """Raises `UnreadShapeError`, with two sizes that would have to be one if that is all."""
    if first.shape != second.shape:
        pairs = zip(first.shape, second.shape, strict=False)
        sizes = next((pair for pair in pairs if pair[0] != pair[1]), ())
        shapes = f"{written(first.shape)} for one of shape {written(second.shape)}"
        raise UnreadShapeError(
            f"{what} an array of shape {shapes}", sizes if first.ndim == second.ndim else ()
        )


def column_of(tensor: Tensor) -> Tensor:
    """x.reshape(-1, 1) of a vector, or of what is a column already."""
    if tensor.ndim == 1:
        return replace(tensor, axes=(*tensor.axes, None))
    if tensor.ndim != 2 or tensor.axes[1] is not None:
        raise UnreadShapeError(f"reshape(-1, 1) needs a vector, got {written(tensor.shape)}")
    return tensor


def choose(condition: Boolean, yes: Expr, no: Expr) -> Expr:
    """`yes` if the condition holds, else `no`, if both have values wherever it does or not.

    That two indices are equal is then a Kronecker delta, and what says that an entry is the largest
    is a factor.
    """
    parts = And.make_args(condition)
    if marks := [
        part for part in parts if isinstance(part, Eq) and isinstance(part.lhs, IsLargest)
    ]:
        rest = And(*(part for part in parts if part not in marks))
        where_largest = yes if rest == true else choose(rest, yes, no)
        return no + Mul(*(mark.lhs for mark in marks)) * (where_largest - no)
    match condition:
        case Eq(args=(Idx(), Idx())):
            return no + KroneckerDelta(*condition.args) * (yes - no)
        case Ne(args=(Idx(), Idx())):
            return yes + KroneckerDelta(*condition.args) * (no - yes)
    return branches((yes, condition), (no, True))


def branches(*several: tuple[Expr, Any]) -> Expr:
    """A piecewise expression; SymPy's if-then-else of conditions is written with and, or, not."""
    conditions = [condition for _, condition in several if condition is not True]
    if any(s.has(Piecewise) for c in conditions for s in c.atoms(Sum, SquareMatrix)):
        # SymPy 1.14 would move the branch out of the sum, whose index would then be free.
        raise TypeError("a condition on a sum of branches is not in the language")
    chosen = Piecewise(*several)
    return chosen.replace(ITE, lambda a, b, c: (a & b) | (~a & c)) if chosen.has(ITE) else chosen


def logical(function: Callable[..., Boolean], *conditions: Tensor) -> Tensor:
    """Join conditions entry by entry."""
    for condition in conditions:
        if not condition.is_boolean:
            raise TypeError("&, | and ~: expected comparisons, such as (x > 0) & (x < 1)")
    return _broadcast(function, list(conditions))


def related(relation: Boolean) -> Boolean:
    """A relation; one between a number and a Kronecker delta compares the delta's indices."""
    deltas = relation.atoms(KroneckerDelta) if isinstance(relation, Relational) else ()
    if len(deltas) != 1:
        return relation
    delta = next(iter(deltas))
    same, different = (relation.xreplace({delta: value}) for value in (ONE, ZERO))
    if isinstance(same, Relational) or isinstance(different, Relational):
        return relation
    i, j = delta.args[:2]
    return (same & Eq(i, j)) | (different & Ne(i, j))


def _broadcast(
    function: Callable[..., Any],
    tensors: list[Tensor],
    needs: Callable[..., Needs] | None = None,
) -> Tensor:
    axes, numbers = aligned(tensors)
    entries = [number.entry for number in numbers]
    own = needs(*entries) if needs else ()
    return Tensor(function(*entries), axes, union(own, *(number.needs for number in numbers)))


def aligned(tensors: list[Tensor]) -> tuple[tuple[Span, ...], list[Tensor]]:
    """The axes that NumPy's broadcasting gives, and each array's entry over them."""
    axes: list[Span] = []
    reversed_axes = [tensor.axes[::-1] for tensor in tensors]
    for together in zip_longest(*reversed_axes):
        present = [axis for axis in together if axis is not None]
        try:
            fresh = like(*present) if present else None
        except ShapeError as error:
            shapes = " and ".join(written(tensor.shape) for tensor in tensors if tensor.ndim)
            raise error.saying(f"{shapes} do not fit: {error}") from None
        axes.append(_first_if_free(tensors, together) or fresh)
    axes.reverse()
    return tuple(axes), [tensor.placed(*axes[len(axes) - tensor.ndim :]) for tensor in tensors]


def _first_if_free(tensors: list[Tensor], together: tuple[Span, ...]) -> Idx | None:
    """The first index of axes that are aligned, unless an array without it there has it elsewhere:
    the entry over it need not be written anew.
    """
    first = next((axis for axis in together if axis is not None), None)
    others = [t for t, axis in zip(tensors, together, strict=True) if axis != first]
    is_free = isinstance(first, Idx) and not any(tensor.mentions(first) for tensor in others)
    return first if is_free else None


def sum_over(tensor: Tensor, *axes: Span) -> Tensor:
    """The sum over some indices; the axes stay as they are."""
    indices = [index for axis in axes for index in indices_of(axis)]
    for index in indices:
        tensor = tensor.with_places({index: nearer_to_the_start(tensor, index)}, tensor.axes)
    needs = tensor.needs
    for index in reversed(indices):
        needs = summed(needs, index)
    return replace(tensor, entry=total(tensor.entry, *indices), needs=needs)
