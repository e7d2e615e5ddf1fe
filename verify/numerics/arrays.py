"""Run an expression in index notation on batches of arrays: every index is an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Idx,
    Indexed,
    Integer,
    KroneckerDelta,
    Mul,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    Symbol,
    acos,
    asin,
    asinh,
    atan,
    atan2,
    cos,
    cosh,
    erf,
    exp,
    log,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from derivations.notation import Sum
from derivations.prover.matrices.inverse import (
    DeterminantOf,
    InverseEntry,
    IsLargest,
    SquareMatrix,
)

FUNCTIONS = {
    exp: "exp", log: "log", Abs: "abs", sign: "sign",
    sin: "sin", cos: "cos", tan: "tan", sinh: "sinh", cosh: "cosh", tanh: "tanh",
    asin: "arcsin", acos: "arccos", atan: "arctan", atan2: "arctan2",
    asinh: "arcsinh",
}  # fmt: skip
RELATIONS = {
    "<=": "less_equal", "<": "less", ">=": "greater_equal", ">": "greater",
    "==": "equal", "!=": "not_equal",
}  # fmt: skip


def evaluate(
    expr: Expr, values: Mapping[str, Any], sizes: Mapping[str, int], indices=(), xp=np
) -> Any:
    """The array of an expression over its free indices, for a whole batch of points.

    Args:
        expr: a scalar expression in index notation, without abbreviations.
        values: per name an array (batch,) for a scalar, (batch, n) for a vector, and so on.
        sizes: the value of every size symbol.
        indices: the free indices, in the order of the result's axes.
        xp: NumPy, or a module with its functions such as `jax.numpy`.

    Returns:
        An array (batch, *ranges of the indices). Raises `KeyError` for a name without a value.
    """
    batch = len(next(iter(values.values())))
    frame = _Frame(values, sizes, xp, batch, ()).within(*((i, i.lower, i.upper) for i in indices))
    with np.errstate(all="ignore"):
        return xp.broadcast_to(frame.run(expr), frame.shape)


class _Frame:
    """The axes in force: the batch, then one axis for each index that is free at this place."""

    def __init__(self, values, sizes, xp, batch: int, ranges: tuple[tuple[Idx, int, int], ...]):
        self.values, self.sizes, self.xp = values, sizes, xp
        self.batch, self.ranges = batch, ranges
        self.shape = (batch, *(max(0, upper - lower + 1) for _, lower, upper in ranges))
        self.known: dict[Basic, Any] = {}
        self.inner: dict[tuple, _Frame] = {}

    def run(self, expr: Basic) -> Any:
        """The array of an expression along these axes; what occurs twice is computed once."""
        if expr not in self.known:
            self.known[expr] = _array(expr, self)
        return self.known[expr]

    def within(self, *limits: tuple[Idx, Expr, Expr]) -> _Frame:
        """The frame with further axes for the indices of a sum or of the result: one for all sums
        over the same, which have parts in common.
        """
        if limits not in self.inner:
            new = tuple((k, self.integer(low), self.integer(high)) for k, low, high in limits)
            frame = _Frame(self.values, self.sizes, self.xp, self.batch, self.ranges + new)
            self.inner[limits] = frame
        return self.inner[limits]

    def integer(self, bound: Expr) -> int:
        """The value of a bound such as n or t + 1."""
        if isinstance(bound, Symbol):
            return self.sizes[bound.name]
        return int(bound.xreplace({s: Integer(self.sizes[s.name]) for s in bound.free_symbols}))

    def grid(self, index: Idx):
        """The values of an index along its own axis."""
        for position, (k, lower, upper) in enumerate(self.ranges, start=1):
            if k == index:
                shape = [1] * (1 + len(self.ranges))
                shape[position] = -1
                return np.arange(lower, upper + 1).reshape(shape)
        raise KeyError(f"index {index}: neither free in the result nor bound by a sum")

    def column(self, array):
        """A batch of scalars, shaped to broadcast along every index."""
        return self.xp.reshape(array, (-1, *[1] * len(self.ranges)))


@singledispatch
def _array(expr: Basic, frame: _Frame) -> Any:
    if expr.func in FUNCTIONS:
        return getattr(frame.xp, FUNCTIONS[expr.func])(*map(frame.run, expr.args))
    raise TypeError(f"expression: no rule to run {type(expr).__name__}")


@_array.register
def _(expr: erf, frame):
    """NumPy has no error function; Python's own is applied entry by entry."""
    return np.vectorize(math.erf, otypes=[float])(frame.run(expr.args[0]))


@_array.register(Number)
@_array.register(NumberSymbol)
def _(expr, frame):
    return int(expr) if expr.is_Integer else float(expr)


@_array.register
def _(expr: BooleanAtom, frame):
    return bool(expr)


@_array.register
def _(expr: Symbol, frame):
    if expr.name in frame.sizes:
        return frame.sizes[expr.name]
    return frame.column(frame.values[expr.name])


@_array.register
def _(expr: Idx, frame):
    return frame.grid(expr)


@_array.register
def _(expr: Indexed, frame):
    """nan at a place that does not exist."""
    places = [np.asarray(frame.run(place)) - 1 for place in expr.indices]
    samples = np.arange(frame.batch).reshape(-1, *[1] * len(frame.ranges))
    entries = frame.values[expr.base.label.name]
    if all(isinstance(place, Idx) and place.upper.is_Symbol for place in expr.indices):
        return entries[(samples, *places)]
    lasts = [extent - 1 for extent in np.shape(entries)[1:]]
    inside = [np.clip(place, 0, last) for place, last in zip(places, lasts, strict=True)]
    exists = np.all(np.broadcast_arrays(*map(np.equal, places, inside)), axis=0)
    return frame.xp.where(exists, entries[(samples, *inside)], np.nan)


@_array.register
def _(expr: KroneckerDelta, frame):
    first, second = (frame.run(place) for place in expr.args[:2])
    return 1 * (np.asarray(first) == second)


@_array.register
def _(expr: Add, frame):
    result, *rest = (frame.run(term) for term in expr.args)
    for term in rest:
        result = result + term
    return result


@_array.register
def _(expr: Mul, frame):
    result, *rest = (frame.run(factor) for factor in expr.args)
    for factor in rest:
        result = result * factor
    return result


@_array.register
def _(expr: Pow, frame):
    base, exponent = frame.run(expr.base), frame.run(expr.exp)
    if isinstance(base, int | float):
        base = np.float64(base)  # divides by zero as arrays do, without an exception
    if expr.exp.is_Rational and expr.exp.q == 2:
        return frame.xp.sqrt(base) ** int(expr.exp.p)
    if expr.exp.is_Integer and expr.exp.is_negative:
        return 1 / base ** int(-expr.exp)
    return base**exponent


@_array.register
def _(expr: Piecewise, frame):
    result: Any = np.nan
    for value, condition in reversed(expr.args):
        result = frame.xp.where(frame.run(condition), frame.run(value), result)
    return result


@_array.register
def _(expr: Relational, frame):
    compare = getattr(frame.xp, RELATIONS[expr.rel_op])
    return compare(frame.run(expr.lhs), frame.run(expr.rhs))


@_array.register(And)
@_array.register(Or)
def _(expr, frame):
    join = frame.xp.logical_and if isinstance(expr, And) else frame.xp.logical_or
    result, *rest = (frame.run(part) for part in expr.args)
    for part in rest:
        result = join(result, part)
    return result


@_array.register
def _(expr: Not, frame):
    return frame.xp.logical_not(frame.run(expr.args[0]))


@_array.register
def _(expr: Sum, frame):
    """Along the axes of the sum alone: where all sums are the same, an axis has length 1."""
    inner, ndim = frame.within(*reversed(expr.limits)), len(frame.shape)
    terms = inner.run(expr.function)
    leading = np.shape(terms)[:ndim] or (1,) * ndim
    terms = frame.xp.broadcast_to(terms, (*leading, *inner.shape[ndim:]))
    return frame.xp.sum(terms, axis=tuple(range(ndim, len(inner.shape))))


@_array.register
def _(expr: DeterminantOf, frame):
    return frame.xp.linalg.det(_matrices(expr.matrix, frame))


@_array.register
def _(expr: InverseEntry, frame):
    """An entry of each inverse; nan of a matrix that has none, and outside it."""
    matrices = _matrices(expr.matrix, frame)
    singular = (frame.xp.linalg.det(matrices) == 0)[..., None, None]
    inverses = frame.xp.linalg.inv(frame.xp.where(singular, np.eye(matrices.shape[-1]), matrices))
    inverses = frame.xp.where(singular, np.nan, inverses)
    places = [np.asarray(frame.run(place)) - 1 for place in expr.places]
    axes = np.meshgrid(*map(np.arange, inverses.shape[:-2]), indexing="ij", sparse=True)
    last = inverses.shape[-1] - 1
    inside = [np.clip(place, 0, last) for place in places]
    exists = (places[0] == inside[0]) & (places[1] == inside[1])
    return frame.xp.where(exists, inverses[(*axes, *inside)], np.nan)


@_array.register
def _(expr: IsLargest, frame):
    """1 at the largest entry of the diagonal, 0 at others; nan where there are two, and outside."""
    place, _ = expr.matrix.places()
    inner = frame.within((place, place.lower, place.upper))
    if 0 in inner.shape:
        return np.nan
    entries = frame.xp.broadcast_to(inner.run(expr.matrix.at(place, place)), inner.shape)
    is_largest = entries == entries.max(axis=-1, keepdims=True)
    at = frame.xp.broadcast_to(frame.run(expr.args[1]) - 1, frame.shape)[..., None]
    last = entries.shape[-1] - 1
    own = frame.xp.take_along_axis(is_largest, np.minimum(at, last), axis=-1)[..., 0]
    has_value = (is_largest.sum(axis=-1) == 1) & (at[..., 0] <= last)
    return frame.xp.where(has_value, own, np.nan)


def _matrices(matrix: SquareMatrix, frame: _Frame) -> Any:
    """The matrices of a frame along two last axes; where all are the same, an axis has length 1."""
    inner = frame.within(*matrix.limits)
    entries = inner.run(matrix.function)
    leading = np.shape(entries)[:-2] or (1,) * len(frame.shape)
    return frame.xp.broadcast_to(entries, (*leading, *inner.shape[-2:]))
