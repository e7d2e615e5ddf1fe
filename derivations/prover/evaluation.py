"""The value of an expression at one point, in 40 digits: what a counterexample rests on.

Numbers are mpmath's, and every rule is written here once more, from the definition: what SymPy or
the normal form get wrong, a value at a point shows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import cache, reduce, singledispatch
from itertools import count, product
from random import Random
from typing import Any

import mpmath
from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Mul,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    Sum,
    Symbol,
    erf,
    exp,
    log,
    oo,
    sign,
    tanh,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.numbers import ImaginaryUnit
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from derivations.notation import Expectation

DIGITS = 40
CONTEXT = mpmath.MPContext()
CONTEXT.dps = DIGITS
STEP = CONTEXT.mpf("1e-12")  # of a difference quotient, whose error is then about 1e-24
KINK = CONTEXT.mpf("1e-6")
SEQUENCE = 4  # terms that are drawn of a sequence without end

# A number or a truth value; under an expectation also the tuple of equally likely numbers.
Value = Any
# Per symbol and index its value, per array a dictionary from places to values.
Point = dict[Basic, Value]


class UndefinedError(Exception):
    """The expression has no finite real value at the point."""


def evaluate(expr: Expr, point: Point) -> Value:
    """The value of `expr` at a point. Raises `UndefinedError` where it has none."""
    value = _compiled(expr)(point)
    if not CONTEXT.isfinite(value):
        raise UndefinedError(f"{expr} is not finite")
    return value


def holds(condition: Basic, point: Point) -> bool:
    """Whether a condition holds at the point, for every value of the indices free in it."""
    free = [place for place in condition.free_symbols if isinstance(place, Idx)]
    ranges = (_extent(place.upper, point) for place in free)
    return all(
        _compiled(condition)(point | dict(zip(free, places, strict=True)))
        for places in product(*ranges)
    )


# --- rules ---------------------------------------------------------------------------------------


@cache
def _compiled(expr: Basic) -> Callable[[Point], Value]:
    return _rule(expr)


@singledispatch
def _rule(expr) -> Callable[[Point], Value]:
    raise TypeError(f"expression: no rule for the value of {type(expr).__name__}")


def _apply(function: Callable, expr: Basic) -> Callable[[Point], Value]:
    """The rule of a function of the values of an expression's parts."""
    parts = [_compiled(part) for part in expr.args]
    return lambda point: function(*(part(point) for part in parts))


@_rule.register
def _(expr: Number):
    value = int(expr) if expr.is_Integer else _number(expr)
    return lambda point: value


@_rule.register
def _(expr: NumberSymbol):
    value = _number(expr)
    return lambda point: value


def _number(expr: Expr):
    if expr.is_Rational:
        return CONTEXT.mpf(expr.p) / expr.q
    if expr.is_infinite:
        return CONTEXT.inf if expr.is_extended_positive else -CONTEXT.inf
    if not expr.is_real:
        raise UndefinedError(f"{expr} is not a number")
    return CONTEXT.mpf(expr.evalf(DIGITS))


@_rule.register
def _(expr: ImaginaryUnit):
    raise UndefinedError("a complex number")


@_rule.register
def _(expr: BooleanAtom):
    return lambda point: bool(expr)


@_rule.register(Symbol)
@_rule.register(Idx)
def _(expr):
    return lambda point: point[expr]


@_rule.register
def _(expr: Indexed):
    places = [_compiled(place) for place in expr.indices]
    return lambda point: _entry(point[expr.base], tuple(place(point) for place in places))


def _entry(values: dict, place: tuple[int, ...]) -> Value:
    if place not in values:
        raise UndefinedError(f"no entry at {place}")
    return values[place]


@_rule.register
def _(expr: Add):
    parts = [_compiled(part) for part in expr.args]
    return lambda point: sum(part(point) for part in parts)


@_rule.register
def _(expr: Mul):
    parts = [_compiled(part) for part in expr.args]
    return lambda point: reduce(operator.mul, (part(point) for part in parts))


@_rule.register
def _(expr: Pow):
    return _apply(_power, expr)


def _power(base, exponent):
    if exponent == int(exponent):
        exponent = int(exponent)
    elif base < 0:
        raise UndefinedError(f"{base} to the power {exponent} is not real")
    if exponent < 0:
        if base == 0:
            raise UndefinedError("division by zero")
        base = CONTEXT.mpf(base)
    return base**exponent


@_rule.register
def _(expr: log):
    return _apply(_logarithm, expr)


def _logarithm(value):
    if value <= 0:
        raise UndefinedError(f"logarithm of {value}")
    return CONTEXT.log(value)


for kind, function in {
    exp: CONTEXT.exp,
    tanh: CONTEXT.tanh,
    erf: CONTEXT.erf,
    Abs: abs,
    sign: CONTEXT.sign,
    KroneckerDelta: lambda first, second, *_: int(first == second),
    Le: operator.le,
    Lt: operator.lt,
    Ge: operator.ge,
    Gt: operator.gt,
    Eq: operator.eq,
    Ne: operator.ne,
    Not: operator.not_,
    And: lambda *parts: all(parts),
    Or: lambda *parts: any(parts),
}.items():
    _rule.register(kind, lambda expr, function=function: _apply(function, expr))


@_rule.register
def _(expr: Piecewise):
    branches = [(_compiled(condition), _compiled(value)) for value, condition in expr.args]

    def rule(point):
        for condition, value in branches:
            if condition(point):
                return value(point)
        raise UndefinedError(f"no branch holds in {expr}")

    return rule


@_rule.register
def _(expr: Sum):
    (k, lower, upper), *inner = reversed(expr.limits)
    first, last = _compiled(lower), _compiled(upper)
    term = _compiled(expr.func(expr.function, *reversed(inner)) if inner else expr.function)
    return lambda point: sum(
        term(point | {k: place}) for place in range(first(point), last(point) + 1)
    )


@_rule.register
def _(expr: Derivative):
    """A central difference; undefined where the two one-sided ones disagree, as at a kink."""
    (variable, order), *others = expr.variable_count
    if others or order != 1:
        raise UndefinedError(f"no difference quotient for {expr}")
    function = _compiled(expr.expr)

    def rule(point):
        before, at, after = (function(_moved(point, variable, shift)) for shift in (-STEP, 0, STEP))
        left, right = (at - before) / STEP, (after - at) / STEP
        if abs(right - left) > KINK * (1 + abs(left)):
            raise UndefinedError(f"no derivative of {expr.expr}")
        return (left + right) / 2

    return rule


def _moved(point: Point, variable: Symbol | Indexed, shift) -> Point:
    if isinstance(variable, Symbol):
        return point | {variable: point[variable] + shift}
    values = point[variable.base]
    place = tuple(_compiled(at)(point) for at in variable.indices)
    return point | {variable.base: values | {place: _entry(values, place) + shift}}


@_rule.register
def _(expr: Integral):
    """Quadrature that is told of 0, where densities have their kinks."""
    (variable, *ends), *others = expr.limits
    if others:
        raise UndefinedError(f"no quadrature for {expr}")
    function, (lower, upper) = _compiled(expr.function), map(_compiled, ends)

    def rule(point):
        places = [lower(point), upper(point)]
        if places[0] < 0 < places[1]:
            places.insert(1, CONTEXT.zero)
        return CONTEXT.quad(lambda at: function(point | {variable: at}), places)

    return rule


@_rule.register
def _(expr: Expectation):
    """The mean over all outcomes of the random entries, to which the point gives several values."""
    function = _compiled(expr.expression)

    def rule(point):
        random = [
            (base, place, outcomes)
            for base in expr.random
            for place, outcomes in point[base].items()
            if isinstance(outcomes, tuple)
        ]
        values = []
        for outcome in product(*(outcomes for *_, outcomes in random)):
            drawn = {base: dict(point[base]) for base in expr.random}
            for (base, place, _), value in zip(random, outcome, strict=True):
                drawn[base][place] = value
            values.append(function(point | drawn))
        return sum(values) / CONTEXT.mpf(len(values))

    return rule


# --- points --------------------------------------------------------------------------------------


def sample_points(expressions: list[Basic], rng: Random) -> Iterator[Point]:
    """Points inside all assumptions, without end: small sizes, short dyadic numbers."""
    bases = sorted({base for e in expressions for base in e.atoms(IndexedBase)}, key=str)
    free = set().union(*map(_free, expressions))
    indices = sorted((s for s in free if isinstance(s, Idx)), key=str)
    extents = [*(place.upper for place in indices), *(x for base in bases for x in base.shape)]
    free = free.union(*map(_free, extents))
    scalars = sorted((s for s in free if isinstance(s, Symbol)), key=str)
    sizes = [s for s in scalars if s.is_integer]
    for attempt in count():
        point: Point = {size: _size(size, attempt + place) for place, size in enumerate(sizes)}
        point |= {symbol: _draw(symbol, rng) for symbol in scalars if symbol not in point}
        for base in bases:
            places = product(*(_extent(extent, point) for extent in base.shape))
            point[base] = {place: _draw(base.label, rng) for place in places}
        ranges = [_extent(place.upper, point) for place in indices]
        if all(ranges):
            point |= {place: rng.choice(r) for place, r in zip(indices, ranges, strict=True)}
            yield point


def _free(expr: Basic) -> set[Basic]:
    """The symbols and indices that a value needs; an array's label is none of them."""
    if isinstance(expr, IndexedBase):
        return set()
    if isinstance(expr, (Symbol, Idx)):
        return {expr}
    bound = {k for k, *_ in expr.limits} if isinstance(expr, ExprWithLimits) else set()
    return set().union(*map(_free, expr.args)) - bound


def _size(symbol: Symbol, attempt: int) -> int:
    return 1 + attempt % 3 if symbol.is_positive else attempt % 4


def _extent(extent: Expr, point: Point) -> range:
    """The places along one axis; of a sequence without end, as many as small steps reach."""
    return range(SEQUENCE + 1) if extent is oo else range(1, _compiled(extent)(point) + 1)


def _draw(symbol: Symbol, rng: Random) -> Value:
    """A short dyadic number: exactly at a kink where it is meant to be, and often 0."""
    least = 1 if symbol.is_positive else 0 if symbol.is_nonnegative else -24
    most = -1 if symbol.is_negative else 0 if symbol.is_nonpositive else 24
    if least <= 0 <= most and rng.randint(1, 6) == 1:
        return CONTEXT.mpf(0)
    return CONTEXT.mpf(rng.randint(least, most)) / 8
