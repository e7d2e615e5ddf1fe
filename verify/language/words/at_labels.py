"""Numbers at the places that labels choose, one in each row: where a one-hot matrix has 1."""

from __future__ import annotations

from dataclasses import replace
from operator import mul

from sympy import Basic, Eq, Idx, Integer

from derivations.notation import Sum, substitute
from verify.language.tensor import (
    ShapeError,
    Tensor,
    column_of,
    elementwise,
    require_same_shape,
    where,
    written,
)
from verify.language.words.products import matmul, outer, transpose

AT_LABELS, PUT_AT_LABELS = "_at_labels", "_put_at_labels"
"""What the language calls a number, or one for each row, at the 1 of a one-hot matrix, and an array
in which they are put there.
"""
AT_PLACE, AT_ROWS = "_at_place", "_at_rows"
"""A number, or a row, at the 1 of a one-hot vector; and rows, each at the 1 of a row of a one-hot
matrix, added up.
"""
OWN = "_own_"
"""What stands before the name of a one-hot matrix that an answer gives a value of its own."""


def at_labels(values: Tensor, one_hot: Tensor) -> Tensor:
    """A number, or one for each row, where a one-hot matrix has its 1, and 0 elsewhere."""
    spread = _in_every_column(values, one_hot)
    there = _as_it_is_there(spread, one_hot)
    if there == spread:
        return elementwise(mul, there, one_hot)
    return where(_is_there(one_hot), there, Tensor(Integer(0)))


def put_at_labels(array: Tensor, values: Tensor, one_hot: Tensor) -> Tensor:
    """An array with a number, or one for each row, where a one-hot matrix has its 1."""
    require_same_shape(one_hot, array, "labels choose entries by")
    there = _as_it_is_there(_in_every_column(values, one_hot), one_hot)
    return where(_is_there(one_hot), there, array)


def at_place(value: Tensor, one_hot: Tensor) -> Tensor:
    """A vector with a number, or a matrix with a row, where a one-hot vector has its 1."""
    if one_hot.ndim != 1:
        raise ValueError("expected one label: where two are the same, NumPy adds once")
    return outer(one_hot, value) if value.ndim else elementwise(mul, value, one_hot)


def at_rows(rows: Tensor, one_hot: Tensor) -> Tensor:
    """The sums of the rows, or entries, whose labels are the same."""
    if rows.shape[:1] != one_hot.shape[:1]:
        raise ValueError(f"expected a row for each label, got {written(rows.shape)}")
    return matmul(transpose(one_hot), rows)


def _is_there(one_hot: Tensor) -> Tensor:
    return replace(one_hot, entry=Eq(one_hot.entry, 1))


def _in_every_column(values: Tensor, one_hot: Tensor) -> Tensor:
    if values.ndim > 1:
        raise ShapeError(f"at labels: expected one number a row, got {written(values.shape)}")
    ones = replace(one_hot, entry=Integer(1))
    return elementwise(mul, column_of(values) if values.ndim else values, ones)


def _as_it_is_there(spread: Tensor, one_hot: Tensor) -> Tensor:
    """What labels choose of an array, sum_k Y_ik f(k), is the entry f(j) where Y_ij is 1. It is
    said of what has a value only if that has one, so that nothing is divided by a sum.
    """
    row, column = spread.axes
    if not isinstance(row, Idx) or not isinstance(column, Idx) or not spread.needs:
        return spread

    def is_choice(part: Basic) -> bool:
        if not isinstance(part, Sum) or part.limits[0][1:] != (1, column.upper):
            return False
        return len(part.limits) == 1 and one_hot.at(row, part.variables[0]) in part.function.args

    def chosen(part: Sum) -> Basic:
        return substitute(part.function, {part.variables[0]: column}).subs(one_hot.entry, 1)

    def there(expr: Basic) -> Basic:
        return expr.replace(is_choice, chosen)

    needs = tuple(need.map(there) for need in spread.needs)
    return replace(spread, entry=there(spread.entry), needs=needs)
