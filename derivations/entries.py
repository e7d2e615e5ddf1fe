"""Matrices as their entries in index notation, by the definitions of matrix algebra."""

from __future__ import annotations

from functools import singledispatch

from sympy import (
    Add,
    Dummy,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    expand,
)
from sympy.core.relational import Relational
from sympy.matrices.expressions import (
    DiagMatrix,
    HadamardProduct,
    MatAdd,
    MatMul,
    OneMatrix,
    Trace,
    Transpose,
)

from derivations.notation import Sum, substitute, total
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix


def entry(matrix: MatrixExpr, *indices: Idx) -> Expr:
    """The entry of a matrix expression.

    A column (n x 1) or a row (1 x n) takes one index. Raises `TypeError` for an operation that has
    no rule here, and `ValueError` for an index that does not run over the matrix's rows or columns.
    """
    extents = [extent for extent in matrix.shape if extent != 1]
    if [place.upper for place in indices] != extents:
        ranges = ", ".join(f"1..{place.upper}" for place in indices) or "none"
        raise ValueError(f"indices: expected ranges for shape {matrix.shape}, got {ranges}")
    places = iter(indices)
    row, column = (None if extent == 1 else next(places) for extent in matrix.shape)
    return _entry(matrix, row, column)


def as_matrix(base: IndexedBase) -> MatrixSymbol:
    """The same array as a matrix of SymPy's matrix algebra; a vector becomes one column."""
    rows, *columns = base.shape
    return MatrixSymbol(base.label, rows, *(columns or [1]))


def array_of(matrix: SquareMatrix) -> IndexedBase | None:
    """The array of which a matrix by its entry is the matrix, if it is one and not transposed."""
    places = getattr(matrix.function, "indices", ())
    return matrix.function.base if places == tuple(matrix.variables) else None


def extreme_in(matrix: SquareMatrix) -> tuple[str, Expr]:
    """What `IsLargest` asks of a matrix: "max" with what is compared, or "min" if that is negated,
    as a function of its first place.
    """
    p, _ = matrix.variables
    entry = matrix.at(p, p)
    return ("min", -entry) if entry.could_extract_minus_sign() else ("max", entry)


def extreme_of(whole: Sum) -> SquareMatrix | None:
    """The matrix in which the sum of [x_k is the largest] x_k is the maximum, or the minimum."""
    marks = [f for f in Mul.make_args(whole.function) if isinstance(f, IsLargest)]
    if len(marks) != 1 or tuple(whole.variables) != marks[0].args[1:]:
        return None
    (matrix, place), (_, entry) = marks[0].args, extreme_in(marks[0].matrix)
    is_own = whole.function == marks[0] * substitute(entry, {matrix.variables[0]: place})
    return matrix if is_own else None


def compared(relation: Relational) -> Relational:
    """A comparison of places with each on the side where it is added: k <= i for k - i <= 0."""
    if relation.has(Indexed) or not relation.has(Idx):
        return relation
    difference = expand(relation.lhs - relation.rhs)
    if not difference.is_integer:
        return relation
    subtracted = [t for t in Add.make_args(difference) if t.could_extract_minus_sign()]
    right = -Add(*subtracted)
    return relation.func(difference + right, right, evaluate=False)


@singledispatch
def _entry(matrix, row, column) -> Expr:
    raise TypeError(f"matrix: no rule for the entries of {type(matrix).__name__}")


@_entry.register
def _(matrix: MatrixSymbol, row, column):
    rows, columns = matrix.shape
    if columns == 1:
        return IndexedBase(matrix.args[0], shape=(rows,))[row]
    return IndexedBase(matrix.args[0], shape=matrix.shape)[row, column]


@_entry.register
def _(matrix: MatAdd, row, column):
    return Add(*[_entry(term, row, column) for term in matrix.args])


@_entry.register
def _(matrix: MatMul, row, column):
    scalars, (first, *rest) = matrix.as_coeff_matrices()
    if not rest:
        return scalars * _entry(first, row, column)
    inner = first.shape[1]
    if inner == 1:
        return scalars * _entry(first, row, None) * _entry(MatMul(*rest), None, column)
    k = _fresh(inner)
    return scalars * total(_entry(first, row, k) * _entry(MatMul(*rest), k, column), k)


@_entry.register
def _(matrix: Transpose, row, column):
    return _entry(matrix.arg, column, row)


@_entry.register
def _(matrix: DiagMatrix, row, column):
    return KroneckerDelta(row, column) * _entry(matrix.args[0], row, None)


@_entry.register
def _(matrix: HadamardProduct, row, column):
    return Mul(*[_entry(factor, row, column) for factor in matrix.args])


@_entry.register
def _(matrix: OneMatrix, row, column):
    return Mul(1)


@_entry.register
def _(trace: Trace, row, column):
    k = _fresh(trace.arg.shape[0])
    return total(_entry(trace.arg, k, k), k)


def _fresh(upper: Expr) -> Idx:
    return Idx(Dummy("k", integer=True), (1, upper))
