"""The value of an expression at one point, term by term in 40 digits: what a counterexample rests on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from itertools import product
from random import Random

from sympy import (
    Basic,
    Expr,
    Float,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Number,
    Piecewise,
    Rational,
    Sum,
    Symbol,
)

DIGITS = 40
Point = Mapping[Basic, Number]


def evaluate(expr: Expr, point: Point) -> Number:
    """The value of `expr`; `point` gives every symbol, index and entry (with integer places)."""
    return _value(expr, point)


@singledispatch
def _value(expr, point):
    if not expr.args:
        return expr
    return expr.func(*(_value(part, point) for part in expr.args))


@_value.register(Symbol)
@_value.register(Idx)
def _(expr, point):
    return point[expr]


@_value.register
def _(expr: Number, point):
    return expr


@_value.register
def _(expr: Indexed, point):
    return point[expr.base[tuple(_value(place, point) for place in expr.indices)]]


@_value.register
def _(expr: KroneckerDelta, point):
    first, second = (_value(place, point) for place in expr.args[:2])
    return Integer(first == second)


@_value.register
def _(expr: Piecewise, point):
    for value, condition in expr.args:
        if _value(condition, point) == True:  # noqa: E712 - SymPy's own truth value
            return _value(value, point)
    raise ValueError(f"piecewise: no branch holds in {expr}")


@_value.register
def _(expr: Sum, point):
    (k, lower, upper), *inner = reversed(expr.limits)
    function = expr.func(expr.function, *reversed(inner)) if inner else expr.function
    places = range(int(_value(lower, point)), int(_value(upper, point)) + 1)
    return sum((_value(function, {**point, k: Integer(place)}) for place in places), Integer(0))


def sample_points(expressions: list[Expr], rng: Random, count: int):
    """Yield points inside the assumptions of all symbols: small sizes first, short dyadic numbers."""
    symbols = set().union(*(expr.atoms(Symbol, Idx) for expr in expressions))
    bound = {k for expr in expressions for s in expr.atoms(Sum) for k, *_ in s.limits}
    indices = [s for s in symbols if isinstance(s, Idx) and s not in bound]
    labels = {i.label for i in symbols | bound if isinstance(i, Idx)}
    bases = {base for expr in expressions for base in expr.atoms(IndexedBase)}
    labels |= {base.label for base in bases}
    scalars = [s for s in symbols if isinstance(s, Symbol) and s not in labels]
    sizes = sorted((s for s in scalars if s.is_integer), key=str)
    for attempt in range(count):
        point: dict = {}
        for place, symbol in enumerate(sizes):
            point[symbol] = Integer(1 + (attempt + place) % 3)
        for symbol in sorted(set(scalars) - set(sizes), key=str):
            point[symbol] = _draw(symbol, rng)
        for base in sorted(bases, key=str):
            shape = [int(_value(extent, point)) for extent in base.shape]
            for places in product(*(range(1, extent + 1) for extent in shape)):
                point[base[tuple(map(Integer, places))]] = _draw(base.label, rng)
        for i in indices:
            point[i] = Integer(rng.randint(int(i.lower), int(_value(i.upper, point))))
        yield point


def _draw(symbol: Symbol, rng: Random) -> Number:
    """A short dyadic number, so that a value meant to be exactly at a kink is exactly there."""
    numerator = rng.randint(1, 24) if symbol.is_positive else rng.randint(-24, 24)
    value = Rational(numerator, 8)
    return value if value.is_Integer else Float(value, DIGITS)
