"""Run an expression in index notation on batches of arrays: every index is an axis."""

from __future__ import annotations

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
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    Sum,
    Symbol,
    exp,
    log,
    sign,
    tanh,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

FUNCTIONS = {exp: "exp", log: "log", tanh: "tanh", Abs: "abs", sign: "sign"}
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
    frame = _Frame(values, sizes, tuple(indices), batch, xp)
    with np.errstate(all="ignore"):
        return xp.broadcast_to(_array(expr, frame), frame.shape)


class _Frame:
    """The axes in force: the batch, then one axis for each index that is free at this place."""

    def __init__(self, values, sizes, indices, batch, xp):
        self.values, self.sizes, self.indices, self.batch, self.xp = (
            values,
            sizes,
            indices,
            batch,
            xp,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.batch, *(self.extent(i) for i in self.indices))

    def extent(self, index: Idx) -> int:
        return self.integer(index.upper) - self.integer(index.lower) + 1

    def integer(self, bound: Expr) -> int:
        return int(bound.subs({s: self.sizes[s.name] for s in bound.free_symbols}))

    def grid(self, index: Idx):
        """The values of an index along its own axis."""
        position = self.indices.index(index)
        start = self.integer(index.lower)
        shape = [1] * (1 + len(self.indices))
        shape[1 + position] = -1
        return np.arange(start, start + self.extent(index)).reshape(shape)

    def column(self, array):
        """A batch of scalars, shaped to broadcast along every index."""
        return self.xp.reshape(array, (-1, *[1] * len(self.indices)))

    def within(self, index: Idx) -> _Frame:
        return _Frame(self.values, self.sizes, (*self.indices, index), self.batch, self.xp)


@singledispatch
def _array(expr: Basic, frame: _Frame) -> Any:
    if expr.func in FUNCTIONS:
        return getattr(frame.xp, FUNCTIONS[expr.func])(_array(expr.args[0], frame))
    raise TypeError(f"expression: no rule to run {type(expr).__name__}")


@_array.register
def _(expr: Number, frame):
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
    places = [np.asarray(_array(place, frame)) - 1 for place in expr.indices]
    samples = np.arange(frame.batch).reshape(-1, *[1] * len(frame.indices))
    return frame.values[expr.base.label.name][(samples, *places)]


@_array.register
def _(expr: KroneckerDelta, frame):
    first, second = (_array(place, frame) for place in expr.args[:2])
    return 1 * (np.asarray(first) == second)


@_array.register
def _(expr: Add, frame):
    result, *rest = (_array(term, frame) for term in expr.args)
    for term in rest:
        result = result + term
    return result


@_array.register
def _(expr: Mul, frame):
    result, *rest = (_array(factor, frame) for factor in expr.args)
    for factor in rest:
        result = result * factor
    return result


@_array.register
def _(expr: Pow, frame):
    base, exponent = _array(expr.base, frame), _array(expr.exp, frame)
    if isinstance(base, int | float):
        base = np.float64(base)  # divides by zero as arrays do, without an exception
    if expr.exp.is_Rational and expr.exp.q == 2:
        return frame.xp.sqrt(base) ** int(expr.exp.p)
    if expr.exp.is_Integer and expr.exp.is_negative:
        return 1 / base ** int(-expr.exp)
    return base**exponent


@_array.register(Max)
@_array.register(Min)
def _(expr, frame):
    pick = frame.xp.maximum if isinstance(expr, Max) else frame.xp.minimum
    result, *rest = (_array(part, frame) for part in expr.args)
    for part in rest:
        result = pick(result, part)
    return result


@_array.register
def _(expr: Piecewise, frame):
    result: Any = np.nan
    for value, condition in reversed(expr.args):
        result = frame.xp.where(_array(condition, frame), _array(value, frame), result)
    return result


@_array.register
def _(expr: Relational, frame):
    compare = getattr(frame.xp, RELATIONS[expr.rel_op])
    return compare(_array(expr.lhs, frame), _array(expr.rhs, frame))


@_array.register(And)
@_array.register(Or)
def _(expr, frame):
    join = frame.xp.logical_and if isinstance(expr, And) else frame.xp.logical_or
    result, *rest = (_array(part, frame) for part in expr.args)
    for part in rest:
        result = join(result, part)
    return result


@_array.register
def _(expr: Not, frame):
    return frame.xp.logical_not(_array(expr.args[0], frame))


@_array.register
def _(expr: Sum, frame):
    inner = frame
    for k, lower, upper in reversed(expr.limits):
        inner = inner.within(Idx(k.label, (lower, upper)))
    bound = {k: Idx(k.label, (lower, upper)) for k, lower, upper in expr.limits}
    terms = _array(expr.function.xreplace(bound), inner)
    axes = tuple(range(1 + len(frame.indices), 1 + len(inner.indices)))
    return frame.xp.sum(frame.xp.broadcast_to(terms, inner.shape), axis=axes)
