"""Products of arrays, and arrays of one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import starmap
from operator import mul

from sympy import Expr, Integer, KroneckerDelta, Mul, log

from derivations.prover.matrices.inverse import DeterminantOf, InverseEntry, SquareMatrix
from verify.language.definedness import logarithm, quotient, summed, union
from verify.language.tensor import (
    ONE,
    ShapeError,
    Span,
    Tensor,
    UnreadShapeError,
    axis_of,
    elementwise,
    like,
    single,
    sum_over,
    written,
)


def matmul(first: Tensor, second: Tensor) -> Tensor:
    """NumPy's @ of vectors and matrices: sum over the last axis of the first, the first but one of
    the second (a vector's only one).
    """
    if not (1 <= first.ndim <= 2 and 1 <= second.ndim <= 2):
        raise ShapeError(
            f"@ needs vectors or matrices, got {written(first.shape)} and {written(second.shape)}"
        )
    try:
        k = like(first.axes[-1], second.axes[0])
    except ShapeError as error:
        shapes = f"{written(first.shape)} @ {written(second.shape)}"
        raise error.saying(f"{shapes} do not fit: {error}") from None
    rows, columns = (tuple(map(like, axes)) for axes in (first.axes[:-1], second.axes[1:]))
    left, right = first.number.placed(*rows, k), second.number.placed(k, *columns)
    return sum_over(_product(left, right, (*rows, *columns)), k)


def dot(first: Tensor, second: Tensor) -> Tensor:
    """NumPy's dot: of two arrays @, and with a number the product."""
    if not (first.ndim and second.ndim):
        return elementwise(mul, first, second)
    return matmul(first, second)


def outer(first: Tensor, second: Tensor) -> Tensor:
    """x_i y_j of two vectors."""
    _require_ndim("outer", 1, first, second)
    i, j = like(first.axes[0]), like(second.axes[0])
    return _product(first.number.placed(i), second.number.placed(j), (i, j))


def kron(first: Tensor, second: Tensor) -> Tensor:
    """The Kronecker product of two matrices, A_ij B_kl in row (i, k) and column (j, l), or of two
    vectors.
    """
    _require_ndim("kron", max(1, first.ndim), first, second)
    places = [tuple(map(like, tensor.axes)) for tensor in (first, second)]
    left, right = (t.number.placed(*at) for t, at in zip((first, second), places, strict=True))
    return _product(left, right, tuple(starmap(_joined, zip(*places, strict=True))))


def ravel(tensor: Tensor) -> Tensor:
    """The rows of a matrix one after the other."""
    if tensor.ndim == 1:
        return tensor
    _require_ndim("ravel", 2, tensor)
    return replace(tensor, axes=(_joined(*tensor.axes),))


def vec(tensor: Tensor) -> Tensor:
    """The columns of a matrix one after the other."""
    return ravel(transpose(tensor))


def _joined(outer: Span, inner: Span) -> Span:
    """One axis of two."""
    return (outer, inner) if outer and inner else outer or inner


def diag(tensor: Tensor) -> Tensor:
    """The diagonal matrix of a vector, or the diagonal of a square matrix."""
    if tensor.ndim == 2:
        i = _rows_and_columns("diag needs a vector or a square matrix", tensor, UnreadShapeError)
        return replace(tensor.number.placed(i, i), axes=(i,))
    _require_ndim("diag", 1, tensor)
    i, j = like(*tensor.axes), like(*tensor.axes)
    return _product(Tensor(_delta(i, j)), tensor.number.placed(i), (i, j))


def eye(extent: Expr) -> Tensor:
    """The unit matrix."""
    i, j = axis_of(extent), axis_of(extent)
    return Tensor(_delta(i, j), (i, j))


def full(shape: tuple[Expr, ...], value: int) -> Tensor:
    """An array of one value."""
    return Tensor(Integer(value), tuple(axis_of(extent) for extent in shape))


def transpose(tensor: Tensor) -> Tensor:
    """The axes in reverse order; a vector stays as it is."""
    return replace(tensor, axes=tensor.axes[::-1])


def trace(tensor: Tensor) -> Tensor:
    """The sum of the diagonal of a square matrix."""
    _rows_and_columns("trace needs a square matrix", tensor, UnreadShapeError)
    diagonal = diag(tensor)
    return replace(sum_over(diagonal, *diagonal.axes), axes=())


def _square(name: str, tensor: Tensor) -> Tensor:
    single(_rows_and_columns(f"{name} needs a square matrix", tensor))
    return tensor.number


def _rows_and_columns(needs: str, tensor: Tensor, kind: type[ShapeError] | None = None) -> Span:
    """A new index for the rows and the columns of a square matrix; or an error, of a kind where
    libraries have a value for one that is not square.
    """
    message = f"{needs}, got {written(tensor.shape)}"
    if tensor.ndim != 2:
        raise ShapeError(message)
    try:
        return like(*tensor.axes)
    except ShapeError as error:
        raise (kind or type(error))(message, error.sizes) from None


def det(tensor: Tensor) -> Tensor:
    """The determinant of a square matrix."""
    matrix = _square("det", tensor)
    if matrix.axes[0] is None:
        return replace(matrix, axes=())
    needs = reduce(summed, matrix.axes, matrix.needs)
    if update := _rank_one_update(matrix):
        return Tensor(1 + update.product, (), needs)
    return Tensor(DeterminantOf(SquareMatrix(matrix.entry, *matrix.axes)), (), needs)


def logdet(tensor: Tensor) -> Tensor:
    """The logarithm of a determinant, which must be positive."""
    return elementwise(log, det(_square("logdet", tensor)), needs=logarithm)


def inv(tensor: Tensor) -> Tensor:
    """The inverse of a square matrix, whose determinant is not 0."""
    matrix = _square("inv", tensor)
    determinant = det(matrix)
    needs = union(determinant.needs, quotient(ONE, determinant.entry))
    if matrix.axes[0] is None:
        return Tensor(1 / matrix.entry, matrix.axes, needs)
    i, j = (axis_of(extent) for extent in matrix.shape)
    if update := _rank_one_update(matrix):
        u, v = update.left.at(i), update.right.at(j)
        return Tensor(_delta(i, j) - u * v / (1 + update.product), (i, j), needs)
    return Tensor(InverseEntry(SquareMatrix(matrix.entry, *matrix.axes), i, j), (i, j), needs)


@dataclass(frozen=True)
class _RankOneUpdate:
    """The unit matrix and u_i v_j: its determinant is 1 + v @ u (Sylvester), and its inverse the
    unit matrix less u_i v_j over that (Sherman and Morrison, 1950).
    """

    left: Tensor
    right: Tensor

    @property
    def product(self) -> Expr:
        """The product v @ u."""
        return matmul(self.left, self.right).entry


def _rank_one_update(matrix: Tensor) -> _RankOneUpdate | None:
    i, j = matrix.axes
    u, v = (matrix.entry - _delta(i, j)).as_independent(j, as_Add=False)
    return None if v.has(i) else _RankOneUpdate(Tensor(u, (i,)), Tensor(v, (j,)))


def solve(first: Tensor, second: Tensor) -> Tensor:
    """The inverse of the first times the second."""
    return matmul(inv(_square("solve", first)), second)


def inner(first: Tensor, second: Tensor) -> Tensor:
    """NumPy's inner: the sum over the last axis of both, or the product with a number."""
    return dot(first, second) if first.ndim == 0 else dot(first, transpose(second))


def vdot(first: Tensor, second: Tensor) -> Tensor:
    """The sum of the products of all entries of two arrays of one shape."""
    if first.shape != second.shape:
        different = [
            pair for pair in zip(first.shape, second.shape, strict=False) if len({*pair}) > 1
        ]
        kind = ShapeError if first.ndim == second.ndim == 1 else UnreadShapeError
        raise kind(
            f"vdot: {written(first.shape)} and {written(second.shape)} do not fit",
            different[0] if different and first.ndim == second.ndim else (),
        )
    products = elementwise(mul, first, second)
    return replace(sum_over(products, *products.axes), axes=())


def sqdist(first: Tensor, second: Tensor) -> Tensor:
    """The squared distance of each row of one matrix to each row of another."""
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
        raise ShapeError(
            f"sqdist needs two matrices of one width,"
            f" got {written(first.shape)} and {written(second.shape)}",
            (first.shape[1], second.shape[1]) if first.ndim == second.ndim == 2 else (),
        )
    i, j, k = axis_of(first.shape[0]), axis_of(second.shape[0]), axis_of(first.shape[1])
    left, right = first.number.placed(i, k), second.number.placed(j, k)
    squares = Tensor((left.entry - right.entry) ** 2, (i, j), union(left.needs, right.needs))
    return sum_over(squares, k)


def _product(left: Tensor, right: Tensor, axes: tuple[Span, ...]) -> Tensor:
    return Tensor(left.entry * right.entry, axes, union(left.needs, right.needs))


def _require_ndim(name: str, ndim: int, *tensors: Tensor) -> None:
    for tensor in tensors:
        if tensor.ndim != ndim:
            what = "a vector" if ndim == 1 else "matrices"
            raise UnreadShapeError(f"{name} needs {what}, got {written(tensor.shape)}")


def _delta(i: Span, j: Span) -> Expr:
    if isinstance(i, tuple) and isinstance(j, tuple):
        return Mul(*starmap(_delta, zip(i, j, strict=True)))
    return ONE if i is None or j is None else KroneckerDelta(i, j)


PRODUCTS: dict[str, tuple[int, Callable[..., Tensor]]] = {
    "matmul": (2, matmul),
    "dot": (2, dot),
    "inner": (2, inner),
    "vdot": (2, vdot),
    "outer": (2, outer),
    "kron": (2, kron),
    "ravel": (1, ravel),
    "vec": (1, vec),
    "diag": (1, diag),
    "trace": (1, trace),
    "det": (1, det),
    "logdet": (1, logdet),
    "inv": (1, inv),
    "solve": (2, solve),
    "transpose": (1, transpose),
    "sqdist": (2, sqdist),
}
"""Name, number of arguments, and the function of arrays."""
OTHER_NAMES = {
    "flatten": "ravel",
    "mm": "matmul",
    "mv": "matmul",
    "ger": "outer",
    "diagonal": "diag",
}
"""Names of other libraries, and what they are called here."""
