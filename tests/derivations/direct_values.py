"""The value of an expression by its definition, with no code of the prover's own evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, reduce
from itertools import permutations, product
from random import Random
from typing import Any
from zlib import crc32

from reals import (
    COMPARISONS,
    NO_VALUE,
    ONE,
    UNKNOWN,
    ZERO,
    Real,
    absolute,
    both,
    cosine,
    exponential,
    logarithm,
    negation,
    power,
    real,
    sign,
    sine,
    tanh,
    where,
)
from sympy import (
    Abs,
    Add,
    And,
    Derivative,
    I,
    Idx,
    Indexed,
    IndexedBase,
    KroneckerDelta,
    Mul,
    Not,
    Or,
    Piecewise,
    Pow,
    Product,
    Rational,
    Symbol,
    cos,
    exp,
    log,
    nan,
    oo,
    sin,
    zoo,
)
from sympy import sign as sympy_sign
from sympy import tanh as sympy_tanh
from sympy.core.numbers import Exp1
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom

from derivations.notation import Expectation, Sum
from derivations.prover.matrices.inverse import DeterminantOf, InverseEntry, IsLargest

FUNCTIONS = {
    exp: exponential,
    log: logarithm,
    Abs: absolute,
    sympy_sign: sign,
    sympy_tanh: tanh,
    Pow: power,
    sin: sine,
    cos: cosine,
}
STEP = Rational(1, 2**72)
KINK = Rational(1, 2**20)
Point = dict[Any, Any]


def value(expr: Any, point: Point) -> Real:
    """The value at a point: symbols and places have numbers, arrays a number for each place."""
    match expr:
        case Rational():
            return real(Fraction(expr.p, expr.q))
        case Exp1():
            return exponential(ONE)
        case BooleanAtom():
            return ONE if expr else ZERO
        case Idx():
            return real(_place(expr, point))
        case Symbol():
            return point[expr]
        case Indexed():
            places = tuple(_whole(value(place, point)) for place in expr.indices)
            return _entry(point, expr.base, places)
        case Add() | Mul():
            operation = Real.__add__ if isinstance(expr, Add) else Real.__mul__
            return reduce(operation, (value(part, point) for part in expr.args))
        case KroneckerDelta():
            first, second = (value(place, point) for place in expr.args[:2])
            return COMPARISONS["=="](first, second)
        case Relational():
            left, right = (value(part, point) for part in expr.args)
            return COMPARISONS[expr.rel_op](left, right)
        case And():
            return reduce(both, (value(part, point) for part in expr.args))
        case Or():
            return negation(reduce(both, (negation(value(part, point)) for part in expr.args)))
        case Not():
            return negation(value(expr.args[0], point))
        case Piecewise():
            return _first_that_holds(list(expr.args), point)
        case Sum():
            return _over_ranges(Real.__add__, ZERO, expr.function, list(expr.limits), point)
        case Product():
            return _over_ranges(Real.__mul__, ONE, expr.function, list(expr.limits), point)
        case DeterminantOf():
            return _once(_determinant_of, expr.matrix, point)
        case InverseEntry():
            row, column = (_whole(value(place, point)) - 1 for place in expr.places)
            return _once(_inverse_of, expr.matrix, point)[row][column]
        case IsLargest():
            entries = [row[at] for at, row in enumerate(_rows(expr.matrix, point))]
            return _is_largest(entries, _whole(value(expr.args[1], point)) - 1)
        case Derivative():
            return _difference_quotient(expr, point)
        case Expectation():
            return _mean(expr, point)
    if expr in (oo, -oo, zoo, nan, I):
        return NO_VALUE
    return FUNCTIONS[expr.func](*(value(part, point) for part in expr.args))


def has_places(expr: Any, point: Point) -> bool:
    """Whether every free index has a place: there is none in 1..t at t = 0."""
    free = (place for place in expr.free_symbols if isinstance(place, Idx))
    return all(_whole(value(place.upper, point)) >= 1 for place in free)


def _entry(point: Point, base: IndexedBase, places: tuple[int, ...]) -> Real:
    """Beyond its shape an array has some number or other, on which no value may depend."""
    entries = point[base]
    if places not in entries:
        return real(crc32(f"{point['seed']} {base} {places}".encode()) % 7 + 2)
    return entries[places] if isinstance(entries[places], Real) else NO_VALUE


def _whole(number: Real) -> int:
    return int(number.number) if number.is_exact else 0


def _place(place: Idx, point: Point) -> int:
    """Where a bound index stands; a free one somewhere in its range, by a draw of its own."""
    if place not in point:
        last = _whole(value(place.upper, point))
        return 1 + crc32(f"{point['seed']} {_text(place)}".encode()) % max(last, 1)
    return point[place]


@cache
def _text(place: Idx) -> str:
    return f"{place.label} {place.upper}"


def _is_largest(entries: list[Real], place: int) -> Real:
    """Whether the entry at a place is the one that exceeds all others; no value without one."""
    exceeds = [
        reduce(both, (COMPARISONS[">"](one, other) for other in others), ONE)
        for at, one in enumerate(entries)
        for others in [entries[:at] + entries[at + 1 :]]
    ]
    if ONE in exceeds:
        return ONE if exceeds.index(ONE) == place else ZERO
    return NO_VALUE if all(one.is_known for one in exceeds) else UNKNOWN


def _first_that_holds(branches: list, point: Point) -> Real:
    if not branches:
        return NO_VALUE
    (branch, condition), *others = branches
    holds = value(condition, point)
    if not holds.is_known:
        return holds
    return value(branch, point) if holds.number else _first_that_holds(others, point)


def _over_ranges(operation, empty: Real, function, limits: list, point: Point) -> Real:
    """The last range is the outermost; a range that ends before it starts is empty."""
    if not limits:
        return value(function, point)
    *inner, (k, lower, upper) = limits
    first, last = (_whole(value(end, point)) for end in (lower, upper))
    parts = (
        _over_ranges(operation, empty, function, inner, point | {k: place})
        for place in range(first, last + 1)
    )
    return reduce(operation, parts, empty)


def _once(function: Callable[[Any, Point], Any], matrix, point: Point) -> Any:
    """What depends on a matrix alone is worked out once, wherever bound indices stand alike."""
    key = (function, matrix, *(point.get(index) for index in _free_indices(matrix)))
    if key not in point["of matrices"]:
        point["of matrices"][key] = function(matrix, point)
    return point["of matrices"][key]


@cache
def _free_indices(matrix) -> list[Idx]:
    return [symbol for symbol in matrix.free_symbols if isinstance(symbol, Idx)]


def _rows(matrix, point: Point) -> list[list[Real]]:
    (p, lower, upper), (q, *_) = matrix.limits
    first, last = (_whole(value(end, point)) for end in (lower, upper))
    places = range(first, last + 1)
    return [[value(matrix.function, point | {p: i, q: j}) for j in places] for i in places]


def _determinant_of(matrix, point: Point) -> Real:
    return _determinant(_once(_rows, matrix, point))


def _determinant(rows: list[list[Real]]) -> Real:
    """Leibniz's sum over all permutations."""
    total = ZERO
    for order in permutations(range(len(rows))):
        swaps = sum(order[i] > order[j] for j in range(len(order)) for i in range(j))
        entries = (row[place] for row, place in zip(rows, order, strict=True))
        total += reduce(Real.__mul__, entries, real((-1) ** swaps))
    return total


def _inverse_of(matrix, point: Point) -> list[list[Real]]:
    """Each column x has rows @ x = a column of the unit matrix, by Cramer's rule."""
    rows, whole = _once(_rows, matrix, point), _once(_determinant_of, matrix, point)
    places = range(len(rows))

    def entry(row: int, column: int) -> Real:
        replaced = [
            [*entries[:row], ONE if at == column else ZERO, *entries[row + 1 :]]
            for at, entries in enumerate(rows)
        ]
        return _determinant(replaced) / whole

    return [[entry(row, column) for column in places] for row in places]


def _difference_quotient(expr: Derivative, point: Point) -> Real:
    """From both sides; no value where the two do not fit, as at a kink."""
    ((variable, order),) = expr.variable_count
    if order != 1:
        return UNKNOWN
    before, at, after = (
        value(expr.expr, _moved(point, variable, real(str(shift * STEP)))) for shift in (-1, 0, 1)
    )
    step = real(str(STEP))
    left, right = (at - before) / step, (after - at) / step
    smooth = COMPARISONS["<"](absolute(left - right), real(str(KINK)) * (ONE + absolute(left)))
    return where(smooth, (left + right) / real(2), NO_VALUE)


def _moved(point: Point, variable, shift: Real) -> Point:
    point = point | {"of matrices": {}}
    if isinstance(variable, Symbol):
        return point | {variable: point[variable] + shift}
    places = tuple(_whole(value(place, point)) for place in variable.indices)
    entries = point[variable.base]
    if places not in entries:
        return point
    return point | {variable.base: entries | {places: entries[places] + shift}}


def _mean(expr: Expectation, point: Point) -> Real:
    """Over all outcomes of the random entries, which are independent and have two each."""
    random = [(base, place) for base in expr.random for place in point[base]]
    outcomes = list(product(*(_outcomes(point[base][place]) for base, place in random)))
    total = ZERO
    for outcome in outcomes:
        drawn: Point = {base: dict(point[base]) for base in expr.random} | {"of matrices": {}}
        for (base, place), chosen in zip(random, outcome, strict=True):
            drawn[base][place] = chosen
        total += value(expr.expression, point | drawn)
    return total / real(len(outcomes))


def _outcomes(entry: Any) -> tuple:
    return (entry,) if isinstance(entry, Real) else entry


# --- points --------------------------------------------------------------------------------------


def points(symbols: list[Symbol], arrays: list[IndexedBase], seed: int, number: int, random=()):
    """Points of small sizes and short numbers, often 0 and often equal; a step number may be 0."""
    rng = Random(seed)
    for attempt in range(number):
        point: Point = {"seed": rng.random(), "of matrices": {}}
        for symbol in symbols:
            if symbol.is_integer:
                least = 1 if symbol.is_positive else 0
                point[symbol] = real(least + (attempt + rng.randrange(3)) % 3)
            else:
                point[symbol] = _number(symbol, rng)
        for base in arrays:
            point[base] = {
                places: (_number(base.label, rng), _number(base.label, rng))
                if base in random
                else _number(base.label, rng)
                for places in _places(base, point)
            }
        yield point


def _places(base: IndexedBase, point: Point) -> Iterator[tuple[int, ...]]:
    extents = (
        range(8) if extent.is_infinite else range(1, _whole(point[extent]) + 1)
        for extent in base.shape
    )
    return product(*extents)


def _number(symbol: Symbol, rng: Random) -> Real:
    """A short rational number that meets what is assumed of the symbol."""
    if symbol.is_positive:
        return real(rng.choice(("1/2", "1", "1", "2", "3/2", "3")))
    if rng.random() < 0.25:
        return ZERO
    return real(
        rng.choice(("1/2", "1", "1", "2", "3"))
        if symbol.is_nonnegative
        else rng.choice(("-3", "-2", "-1", "-1", "-1/2", "1/2", "1", "1", "2", "5/2"))
    )
