"""The product, the largest and the smallest of the entries along an axis, or of all entries.

A product is the determinant of a diagonal matrix. Where one entry alone is the largest, a maximum
is the sum over k of h[k] x[k]: h, which people write `x == max(x)`, is 1 there and 0 elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce

from sympy import (
    Add,
    Basic,
    Dummy,
    Eq,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Mul,
    Symbol,
)
from sympy.logic.boolalg import Boolean

from derivations.notation import Sum, places_of, substitute, total
from derivations.prover.matrices.inverse import DeterminantOf, IsLargest, SquareMatrix
from derivations.prover.needs import Need, Sign
from derivations.prover.normal_form import normal_form
from verify.language.definedness import summed, union
from verify.language.tensor import (
    ONE,
    Axis,
    Tensor,
    UnreadShapeError,
    axes_left,
    axis_of,
    places_of_axis,
    single,
)


def prod_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The product along one axis or several, or of all entries."""
    return _reduced(_product, tensor, axis, keepdims)


def max_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest entry along one axis or several, or of all, where it is one entry alone."""
    return _reduced(_largest, tensor, axis, keepdims)


def min_along(tensor: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest entry along one axis or several, or of all, where it is one entry alone."""
    return _opposite(max_along(_opposite(tensor), axis, keepdims))


def is_extreme(first: Expr, second: Expr) -> Boolean | None:
    """That an entry is the one that is the maximum or minimum; None if no such two are compared."""
    found = _is_the_one(first, second)
    return found if found is not None else _is_the_one(second, first)


def without_maxima_that_cancel(tensor: Tensor) -> Tensor:
    """The same without a maximum if any number in its place cancels, as in exp(x - max(x)) over its
    sum: so also where the largest entry is not one alone.
    """
    numbers: dict[Expr, Indexed | Symbol] = {}
    entry = _with_numbers_for_maxima(tensor.entry, numbers)
    form = normal_form(entry) if numbers else entry
    if form.has(IsLargest, *(getattr(number, "base", number) for number in numbers.values())):
        return tensor
    needs = tuple(need for need in tensor.needs if not _is_of_one_alone(need))
    return replace(tensor, entry=form, needs=needs)


def _reduced(
    step: Callable[[Tensor, Idx], Tensor], tensor: Tensor, axis: Axis, keepdims: bool
) -> Tensor:
    tensor, places = tensor.number, places_of_axis(tensor, axis)
    indices = [k for place in reversed(places) if (k := single(tensor.axes[place])) is not None]
    if short := [k for k in indices if not k.upper.is_nonnegative]:
        raise UnreadShapeError(f"expected entries for every size, got {short[0].upper} of them")
    result = reduce(step, indices, tensor)
    return replace(result, axes=axes_left(tensor, places, keepdims))


def _opposite(tensor: Tensor) -> Tensor:
    return replace(tensor, entry=-tensor.number.entry)


def _product(tensor: Tensor, k: Idx) -> Tensor:
    other = axis_of(k.upper)
    matrix = SquareMatrix(KroneckerDelta(k, other) * tensor.entry, k, other)
    return replace(tensor, entry=DeterminantOf(matrix), needs=summed(tensor.needs, k))


def _largest(tensor: Tensor, k: Idx) -> Tensor:
    constant, varying = tensor.entry.as_independent(k, as_Add=True)
    some = () if k.upper.is_positive else (Need(k.upper, Sign.POSITIVE),)  # entries at all
    if varying == 0:
        return replace(tensor, needs=union(tensor.needs, some))
    p, q = axis_of(k.upper), axis_of(k.upper)
    compared = substitute(varying / abs(varying.as_coeff_Mul()[0]), {k: p})
    is_largest = IsLargest(SquareMatrix(compared, p, q), k)
    one_alone = Need(total(is_largest, k), Sign.NONZERO, is_of_rules=True)
    entry = constant + total(is_largest * varying, k)
    return replace(tensor, entry=entry, needs=union(summed(tensor.needs, k), some, [one_alone]))


def _with_numbers_for_maxima(expr: Basic, numbers: dict[Expr, Indexed | Symbol]) -> Basic:
    """The expression with any number for each maximum, which depends on the same indices."""
    if isinstance(expr, Sum) and len(expr.limits) == 1 and _mark_of(expr):
        maximum = normal_form(expr)
        if maximum not in numbers:
            places = sorted(places_of(maximum), key=str)
            name, shape = Dummy("any", real=True), [place.upper for place in places]
            numbers[maximum] = IndexedBase(name, shape=shape)[places] if places else name
        return numbers[maximum]
    if not expr.args or isinstance(expr, (Indexed, Idx)):
        return expr
    return expr.func(*(_with_numbers_for_maxima(part, numbers) for part in expr.args))


def _is_of_one_alone(need: Need) -> bool:
    return isinstance(need.quantity, Sum) and isinstance(need.quantity.function, IsLargest)


def _mark_of(whole: Sum) -> IsLargest | None:
    """The factor h_k of sum_k h_k f(k); None if it is no such sum."""
    factors = Mul.make_args(whole.function)
    marks = [f for f in factors if isinstance(f, IsLargest) and f.args[1] == whole.variables[0]]
    return marks[0] if len(marks) == 1 else None


def _is_the_one(entry: Expr, extreme: Expr) -> Boolean | None:
    """That each index of an entry, which is one of those compared, is at the maximum."""
    for term in Add.make_args(extreme):
        sign, whole = term.as_coeff_Mul()
        if abs(sign) != 1 or not isinstance(whole, Sum) or len(whole.limits) != 1:
            continue
        (k,), mark = whole.variables, _mark_of(whole)
        if mark is None:
            continue
        factors = (f for f in Mul.make_args(whole.function) if f != mark)
        compared = sign * Mul(*factors) + extreme - term
        for place in places_of(entry):
            if place.upper != k.upper:
                continue
            here, is_here = (substitute(part, {k: place}) for part in (compared, mark))
            if normal_form(here - entry) == 0:
                return Eq(is_here, ONE)
            if (inner := _is_the_one(entry, here)) is not None:
                return Eq(is_here, ONE) & inner
    return None
