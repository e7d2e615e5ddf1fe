"""The value of an expression at one point: what a counterexample rests on.

Every rule is written here once more, from the definition: what SymPy or the normal form get wrong,
a value at a point shows. `difference_at` says of two expressions whether they really differ.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache, partial, reduce, singledispatch
from itertools import product

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    E,
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
    oo,
    pi,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)
from sympy.core.numbers import ImaginaryUnit
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from derivations.notation import Expectation, Sum, differentiated
from derivations.prover.matrices.inverse import (
    DeterminantOf,
    InverseEntry,
    IsLargest,
    SquareMatrix,
)
from derivations.prover.points.arithmetic import (
    Decimals,
    Intervals,
    NotEnclosedError,
    UndefinedError,
    Value,
    decimals,
    intervals,
)

DIGITS = 40
MORE_DIGITS = (60, 240, 1000)  # 400 clear all differences met that were none
PERSISTS = 1e-9  # relative; far below a difference that is one, far above what is left of an error
DIFFERENT = 1e-20  # relative; rounding in 40 digits and difference quotients stay below

# Per symbol and index its value, per array a dictionary from places to values; a random entry has
# the tuple of its equally likely values.
Point = dict[Basic, Value]
Rule = Callable[[Point, Decimals], Value]


def evaluate(expr: Expr, point: Point, arithmetic: Decimals | None = None) -> Value:
    """The value of `expr` at a point. Raises `UndefinedError` where it has none."""
    on = arithmetic or decimals(DIGITS)
    value = _compiled(expr)(converted(point, on), on)
    if not on.is_finite(value):
        raise UndefinedError(f"{expr} is not finite")
    return value


def truth_at(condition: Basic, point: Point, on: Decimals) -> bool:
    """Whether a condition holds at a point whose numbers are of the arithmetic."""
    return bool(_compiled(condition)(point, on))


def difference_at(
    left: Expr, right: Expr, point: Point, in_digits: Sequence[Value] = ()
) -> tuple[Value, Value] | None:
    """Both values where they differ beyond doubt; None where they agree, or where one has none.

    A difference must be seen in 40 digits and then be certain: in intervals that do not meet, or,
    where a derivative or an integral is approximated, in three times as many digits. `in_digits`
    are the values in 40 digits, where they are known.
    """
    values = in_digits or _values(left, right, point, decimals(DIGITS))
    if values is None or not _differ(*values):
        return None
    return _certain(left, right, point, lambda on, first, second: not on.equal(first, second))


def wrong_order_at(
    left: Expr, right: Expr, point: Point, strict: bool, in_digits: Sequence[Value] = ()
) -> tuple[Value, Value] | None:
    """Both values where left >= right (if strict: left > right) certainly does not hold."""
    values = in_digits or _values(left, right, point, decimals(DIGITS))
    if values is None or values[0] - values[1] > DIFFERENT * (1 + abs(values[1])):
        return None
    if not strict and not _differ(*values):
        return None
    return _certain(
        left,
        right,
        point,
        lambda on, first, second: on.less(first, second) or (strict and on.equal(first, second)),
    )


def _certain(
    left: Expr, right: Expr, point: Point, wrong: Callable[[Decimals, Value, Value], bool]
) -> tuple[Value, Value] | None:
    for digits in MORE_DIGITS:
        on = intervals(digits)
        try:
            values = _values(left, right, point, on)
            if values and wrong(on, *values):
                return tuple(_middle(on.real(value)) for value in values)
        except NotEnclosedError:
            return _persisting(left, right, point)
        except UndefinedError:
            continue
    return None


def _persisting(left: Expr, right: Expr, point: Point) -> tuple[Value, Value] | None:
    """Both values where three times as many digits leave their difference what it is: the error of
    a difference quotient shrinks with its step.
    """
    rough, fine = (_values(left, right, point, decimals(d)) for d in (DIGITS, 3 * DIGITS))
    if rough is None or fine is None or not _differ(*fine):
        return None
    first, second = rough[0] - rough[1], fine[0] - fine[1]
    return fine if abs(first - second) <= PERSISTS * abs(second) else None


def _values(left: Expr, right: Expr, point: Point, on: Decimals) -> tuple[Value, Value] | None:
    try:
        return evaluate(left, point, on), evaluate(right, point, on)
    except UndefinedError:
        return None


def _differ(left: Value, right: Value) -> bool:
    return abs(left - right) > DIFFERENT * (1 + abs(right))


def _middle(interval: Value) -> Value:
    low, _ = interval.mid._mpi_
    return decimals(DIGITS).context.make_mpf(low)


def converted(point: Point, on: Decimals) -> Point:
    """The point's numbers in the arithmetic."""
    return {_same(name): _number_or_array(value, on) for name, value in point.items()}


@cache
def _same(name: Basic) -> Basic:
    """One object for all equal names: a point finds it without a comparison."""
    return name


def _number_or_array(value: Value, on: Decimals) -> Value:
    if isinstance(value, dict):
        return {place: _number_or_array(part, on) for place, part in value.items()}
    if isinstance(value, tuple):
        return tuple(map(on.number, value))
    return on.number(value)


# --- rules ---------------------------------------------------------------------------------------


@cache
def _compiled(expr: Basic) -> Rule:
    return _rule(expr)


@singledispatch
def _rule(expr) -> Rule:
    raise UndefinedError(f"no rule for the value of {type(expr).__name__}")


@_rule.register
def _(expr: Number):
    if expr.is_Rational:
        return lambda point, on: expr.p if expr.q == 1 else on.real(expr.p) / expr.q
    if expr in (oo, -oo):
        return lambda point, on: on.context.inf if expr is oo else -on.context.inf
    if not expr.is_real:
        raise UndefinedError(f"{expr} is not a number")
    raise UndefinedError(f"expected an exact number, got {expr}")


@_rule.register
def _(expr: NumberSymbol):
    if expr is E:
        return lambda point, on: on.exp(1)
    if expr is not pi:
        raise UndefinedError(f"no rule for the value of {expr}")
    return lambda point, on: +on.context.pi


@_rule.register
def _(expr: ImaginaryUnit):
    raise UndefinedError("a complex number")


@_rule.register
def _(expr: BooleanAtom):
    return lambda point, on: bool(expr)


@_rule.register(Symbol)
@_rule.register(Idx)
def _(expr):
    name = _same(expr)
    return lambda point, on: point[name]


@_rule.register
def _(expr: Indexed):
    base, places = _same(expr.base), [_compiled(place) for place in expr.indices]
    return lambda point, on: _entry(point[base], tuple(place(point, on) for place in places))


def _entry(values: dict, place: tuple[int, ...]) -> Value:
    if place not in values:
        raise UndefinedError(f"no entry at {place}")
    if isinstance(values[place], tuple):
        raise UndefinedError("a random entry that no mean is taken of")
    return values[place]


def _apply(function: Callable) -> Callable[[Basic], Rule]:
    """The rule of a function of an arithmetic and the values of an expression's parts."""

    def rule_of(expr: Basic) -> Rule:
        parts = [_compiled(part) for part in expr.args]
        return lambda point, on: function(on, *(part(point, on) for part in parts))

    return rule_of


def _method(name: str) -> Callable:
    """A function that the arithmetics have under SymPy's name."""
    return lambda on, *values: getattr(on, name)(*values)


ELEMENTARY = (tanh, erf, sin, cos, tan, sinh, cosh, asin, acos, atan, atan2, asinh)
FUNCTIONS: dict[type[Basic], Callable] = {
    Add: lambda on, *parts: sum(parts),
    Mul: lambda on, *parts: reduce(operator.mul, parts),
    Pow: lambda on, base, exponent: on.power(base, exponent),
    exp: lambda on, value: on.exp(value),
    log: lambda on, value: on.log(value),
    **{kind: _method(kind.__name__) for kind in ELEMENTARY},
    Abs: lambda on, value: abs(value),
    sign: lambda on, value: on.sign(value),
    KroneckerDelta: lambda on, first, second, *_: int(first == second),
    Le: lambda on, first, second: not on.less(second, first),
    Lt: lambda on, first, second: on.less(first, second),
    Ge: lambda on, first, second: not on.less(first, second),
    Gt: lambda on, first, second: on.less(second, first),
    Eq: lambda on, first, second: on.equal(first, second),
    Ne: lambda on, first, second: not on.equal(first, second),
    Not: lambda on, truth: not truth,
}
for kind, function in FUNCTIONS.items():
    _rule.register(kind, _apply(function))


@_rule.register(And)
@_rule.register(Or)
def _(expr):
    """One part may settle the whole where another has no value: branches are written so."""
    parts, settles = [_compiled(part) for part in expr.args], isinstance(expr, Or)

    def rule(point, on):
        undefined = None
        for part in parts:
            try:
                if bool(part(point, on)) is settles:
                    return settles
            except UndefinedError as error:
                undefined = error
        if undefined:
            raise undefined
        return not settles

    return rule


@_rule.register
def _(expr: Piecewise):
    branches = [(_compiled(condition), _compiled(value)) for value, condition in expr.args]

    def rule(point, on):
        for condition, value in branches:
            if condition(point, on):
                return value(point, on)
        raise UndefinedError(f"no branch holds in {expr}")

    return rule


@_rule.register
def _(expr: Sum):
    (k, lower, upper), *inner = reversed(expr.limits)
    k = _same(k)
    first, last = _compiled(lower), _compiled(upper)
    term = _compiled(expr.func(expr.function, *reversed(inner)) if inner else expr.function)

    def rule(point, on):
        ends = on.whole(first(point, on)), on.whole(last(point, on))
        if None in ends:
            raise UndefinedError(f"a range that is not whole in {expr}")
        return sum(term(point | {k: place}, on) for place in range(ends[0], ends[1] + 1))

    return rule


@cache
def _rows(matrix: SquareMatrix) -> Rule:
    """The entries at a point, row by row: the same as last time if nothing in it has changed."""
    (p, lower, upper), (q, *_) = matrix.limits
    p, q = _same(p), _same(q)
    names = [_same(name) for name in matrix.atoms(Symbol, Idx, IndexedBase)]
    entry, first, last = map(_compiled, (matrix.function, lower, upper))

    last_time: list = []

    def rule(point, on):
        values = [on, *(point.get(name) for name in names)]
        if not last_time or any(map(operator.is_not, values, last_time[0])):
            places = range(on.whole(first(point, on)), on.whole(last(point, on)) + 1)
            rows = [[entry(point | {p: row, q: column}, on) for column in places] for row in places]
            last_time[:] = [values, rows]
        return last_time[1]

    return rule


def _determinant(rows: list[list[Value]]) -> Value:
    """By expansion along the first row, without a quotient."""
    if len(rows) <= 1:
        return rows[0][0] if rows else 1
    first, *rest = rows
    minors = (_determinant([row[:at] + row[at + 1 :] for row in rest]) for at in range(len(first)))
    terms = list(map(operator.mul, first, minors))
    return sum(terms[2::2], terms[0]) - sum(terms[3::2], terms[1])


@cache
def _determinant_of(matrix: SquareMatrix) -> Rule:
    """The determinant at a point: the same as last time if the rows are."""
    rows_at = _rows(matrix)
    last_time: list = []

    def rule(point, on):
        rows = rows_at(point, on)
        if not last_time or rows is not last_time[0]:
            last_time[:] = [rows, _determinant(rows)]
        return last_time[1]

    return rule


@_rule.register
def _(expr: DeterminantOf):
    return _determinant_of(expr.matrix)


@_rule.register
def _(expr: InverseEntry):
    (i, j), inverse_at = map(_compiled, expr.places), _inverse(expr.matrix)
    first = _compiled(expr.matrix.limits[0][1])

    def rule(point, on):
        entry_at, lower = inverse_at(point, on), first(point, on)
        return entry_at(i(point, on) - lower, j(point, on) - lower)

    return rule


@cache
def _inverse(matrix: SquareMatrix) -> Callable:
    """The inverse at a point, a function of places that count from 0: the same as last time if the
    rows are.
    """
    rows_at, determinant = _rows(matrix), _determinant_of(matrix)
    last_time: list = []

    def rule(point, on):
        rows = rows_at(point, on)
        if not last_time or rows is not last_time[0]:
            last_time[:] = [rows, cache(partial(_cofactor, rows, determinant(point, on), on))]
        return last_time[1]

    return rule


def _cofactor(
    rows: list[list[Value]], determinant: Value, on: Decimals, row: int, column: int
) -> Value:
    """Cramer's rule: the determinant of what is left without that column as a row and that row as a
    column, over the whole.
    """
    if not (0 <= row < len(rows) and 0 <= column < len(rows)):
        raise UndefinedError("no row or column of that number in an inverse")
    left = [line[:row] + line[row + 1 :] for at, line in enumerate(rows) if at != column]
    return on.power(determinant, -1) * (-1) ** (row + column) * _determinant(left)


@_rule.register
def _(expr: IsLargest):
    """Undefined where two entries are the largest."""
    rows, place = _rows(expr.matrix), _compiled(expr.args[1])
    first = _compiled(expr.matrix.limits[0][1])

    def rule(point, on):
        entries = [row[at] for at, row in enumerate(rows(point, on))]
        own = place(point, on) - first(point, on)
        for at in range(len(entries) if 0 <= own < len(entries) else 0):
            if _exceeds_all(entries[at], entries[:at] + entries[at + 1 :], on):
                return int(at == own)
        raise UndefinedError(f"no one entry is the largest in {expr}, or none has that place")

    return rule


def _exceeds_all(value: Value, others: list[Value], on: Decimals) -> bool:
    try:
        return all(on.less(other, value) for other in others)
    except UndefinedError:
        return False


@_rule.register
def _(expr: Derivative):
    """A central difference; undefined where the two one-sided ones disagree, as at a kink.

    Of a derivative of higher order it is the last step; the others are SymPy's.
    """
    *inner, variable = expr.variables
    function = _compiled(reduce(differentiated, inner, expr.expr))

    def rule(point, on):
        if isinstance(on, Intervals):
            raise NotEnclosedError
        before, at, after = (
            function(_moved(point, variable, shift, on), on) for shift in (-on.step, 0, on.step)
        )
        left, right = (at - before) / on.step, (after - at) / on.step
        if abs(right - left) > on.context.sqrt(on.step) * (1 + abs(left)):
            raise UndefinedError(f"no derivative of {expr.expr}")
        return (left + right) / 2

    return rule


def _moved(point: Point, variable: Symbol | Indexed, shift: Value, on: Decimals) -> Point:
    if isinstance(variable, Symbol):
        return point | {variable: point[variable] + shift}
    values = point[variable.base]
    place = tuple(_compiled(at)(point, on) for at in variable.indices)
    return point | {variable.base: values | {place: _entry(values, place) + shift}}


@_rule.register
def _(expr: Integral):
    """Quadrature that is told of 0, where densities have their kinks."""
    (variable, *ends), *others = expr.limits
    if others:
        raise UndefinedError(f"no quadrature for {expr}")
    function, (lower, upper) = _compiled(expr.function), map(_compiled, ends)

    def rule(point, on):
        if isinstance(on, Intervals):
            raise NotEnclosedError
        places = [lower(point, on), upper(point, on)]
        if places[0] < 0 < places[1]:
            places.insert(1, 0)
        value, error = on.context.quad(
            lambda at: function(point | {variable: at}, on), places, error=True
        )
        if error > PERSISTS * (1 + abs(value)):
            raise UndefinedError(f"no quadrature that settles {expr}")
        return value

    return rule


@_rule.register
def _(expr: Expectation):
    """The mean over all outcomes of the random entries, to which the point gives several values."""
    function = _compiled(expr.expression)

    def rule(point, on):
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
            values.append(function(point | drawn, on))
        return on.real(sum(values)) / len(values)

    return rule
