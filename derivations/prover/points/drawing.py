"""Points where a statement is tried: inside all assumptions, with small sizes and short numbers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import count, islice, product
from random import Random

from sympy import (
    Abs,
    And,
    Basic,
    Expr,
    Ge,
    Gt,
    Idx,
    Indexed,
    IndexedBase,
    Le,
    Limit,
    Lt,
    Not,
    Or,
    Rational,
    S,
    Symbol,
    oo,
    true,
)
from sympy.concrete.expr_with_limits import ExprWithLimits

from derivations.notation import places_of
from derivations.prover.facts import Assuming
from derivations.prover.needs import Need, Sign
from derivations.prover.points.arithmetic import (
    Decimals,
    NotEnclosedError,
    UndefinedError,
    Value,
    decimals,
    intervals,
)
from derivations.prover.points.evaluation import (
    DIGITS,
    MORE_DIGITS,
    Point,
    converted,
    evaluate,
    truth_at,
)
from derivations.prover.points.imposing import imposed

POINTS_TRIED = 6
POINTS_DRAWN = 60  # some lie outside what a statement is provided for, or where it is undefined
LATE = 24  # attempts after which sizes are larger: what agrees at small ones may differ there
SEQUENCE = 4  # terms that are drawn of a sequence without end
ERROR = Rational(1, 10**20)  # more than a derivative or an integral is out by in 40 digits


def points_of(
    expressions: list[Expr],
    assuming: Assuming,
    seed: int = 0,
    needs: tuple[Need, ...] = (),
) -> Iterator[Point]:
    """Points that meet what is assumed, where the expressions have values and the needs hold."""
    return (point for point, _ in points_and_values(expressions, assuming, seed, needs))


def points_and_values(
    expressions: list[Expr],
    assuming: Assuming,
    seed: int = 0,
    needs: tuple[Need, ...] = (),
) -> Iterator[tuple[Point, list[Value]]]:
    """The same points, each with the values of the expressions in 40 digits.

    An index that the expressions lack has no value there: needs and conditions hold for each.
    """
    if any(expr.has(Limit) for expr in expressions):
        return
    needed = [part for need in needs for part in (need.quantity, *need.where)]
    in_sight = [*expressions, assuming.provided, *assuming.known_of, *needed]
    general = places_of(*in_sight) - places_of(*expressions)
    for drawn in islice(sample_points(in_sight, Random(seed)), POINTS_DRAWN):
        point = {name: value for name, value in drawn.items() if name not in general}
        try:
            point = imposed(assuming.facts, _within_bounds(assuming.provided, point))
            if is_inside(assuming.provided, point) and has_value_at((), needs, point):
                yield point, [evaluate(expr, point) for expr in expressions]
        except UndefinedError:
            continue


def _within_bounds(condition: Basic, point: Point) -> Point:
    """The point, its numbers and entries moved to where a condition has them by its bounds."""
    bounds: dict[tuple, list[Value | None]] = {}
    for part in And.make_args(condition):
        if isinstance(part, Lt | Le | Gt | Ge):
            for side, (name, number) in enumerate([(part.gts, part.lts), (part.lts, part.gts)]):
                if isinstance(number, Rational):
                    for key in _keys(name, point):
                        ends = bounds.setdefault(key, _ends_by_sign(key[0]))
                        ends[side] = Fraction(number.p, number.q)
    moved = dict(point)
    for (name, *place), ends in bounds.items():
        if not place:
            moved[name] = _between(moved[name], *ends)
        elif (at := tuple(place)) in moved[name]:
            moved[name] = moved[name] | {at: _between(moved[name][at], *ends)}
    return moved


def _keys(name: Expr, point: Point) -> Iterator[tuple]:
    """A real number, or an array with the place of each entry that is meant."""
    base, indices = (name.base, name.indices) if isinstance(name, Indexed) else (name, ())
    if base in point and not getattr(base, "label", base).is_integer:
        for places in _everywhere(name, point, fixed=()):
            yield base, *(evaluate(place, point | places) for place in indices)


def _everywhere(expr: Basic, point: Point, fixed: Container) -> Iterator[Point]:
    """Each choice of values for the free indices of an expression, but for those fixed."""
    free = [place for place in places_of(expr) if place not in fixed]
    ranges = (_places(place.lower, place.upper, point) for place in free)
    return (dict(zip(free, numbers, strict=True)) for numbers in product(*ranges))


def _ends_by_sign(name: Symbol | IndexedBase) -> list[Value | None]:
    label = name.label if isinstance(name, IndexedBase) else name
    return [0 if label.is_nonnegative else None, 0 if label.is_nonpositive else None]


def _between(value: Value, low: Value | None, high: Value | None) -> Value:
    """A value as it is if it lies between two ends, else one that does."""
    if (low is None or value > low) and (high is None or value < high):
        return value
    if low is not None and high is not None:
        return low + (high - low) * (1 + abs(value) % 7) / 8
    return low + abs(value) + Fraction(1, 8) if high is None else high - abs(value) - Fraction(1, 8)


def holds(
    condition: Basic, point: Point, arithmetic: Decimals | None = None, fixed: Container = ()
) -> bool:
    """Whether a condition holds at the point, for every value of the indices free in it but for
    those that are fixed there.
    """
    return _all_hold([condition], point, arithmetic or decimals(DIGITS), fixed)


def _all_hold(
    conditions: Iterable[Basic], point: Point, on: Decimals, fixed: Container = ()
) -> bool:
    here = converted(point, on)
    return all(
        truth_at(condition, here | places, on)
        for condition in conditions
        for places in _everywhere(condition, point, fixed)
    )


def is_inside(condition: Basic, point: Point) -> bool:
    """Whether a condition certainly holds; approximate values must do where there are no others."""
    if condition == true:
        return True
    try:
        return holds(condition, point, intervals(MORE_DIGITS[0]))
    except NotEnclosedError:
        return holds(condition, point)


def has_value_at(sides: tuple[Expr, ...], needs: tuple[Need, ...], point: Point) -> bool:
    """Whether both sides certainly have values, with all that they need, also what they forgot.

    A need of the entry in question is asked there, one of every entry everywhere.
    """
    try:
        return _has_value_in(intervals(MORE_DIGITS[0]), sides, needs, point)
    except NotEnclosedError:
        clear = tuple(map(_met_beyond_error, needs))
        return _has_value_in(decimals(DIGITS), sides, clear, point)


def _has_value_in(
    on: Decimals, sides: tuple[Expr, ...], needs: tuple[Need, ...], point: Point
) -> bool:
    try:
        for side in sides:
            evaluate(side, point, on)
        return _all_hold(map(_as_condition, needs), point, on, fixed=point)
    except (KeyError, UndefinedError):
        return False


@lru_cache(maxsize=20_000)
def _as_condition(need: Need) -> Basic:
    """A need as one condition, which is asked at many points."""
    return Or(Not(And(*need.where)), need.relation)


def _met_beyond_error(need: Need) -> Need:
    """A need met by more than the error of a derivative or an integral that is approximated: the
    difference of two that are equal may come out positive.
    """
    if need.sign is Sign.NONNEGATIVE:
        return replace(need, quantity=need.quantity + ERROR)
    distance = Abs(need.quantity) if need.sign is Sign.NONZERO else need.quantity
    return replace(need, quantity=distance - ERROR, sign=Sign.POSITIVE)


def sample_points(expressions: list[Basic], rng: Random) -> Iterator[Point]:
    """Points inside what the symbols assume, without end."""
    bases = sorted({base for e in expressions for base in e.atoms(IndexedBase)}, key=str)
    free = set().union(*map(_free, expressions))
    indices = sorted((s for s in free if isinstance(s, Idx)), key=_number_of_ends_and_name)
    extents = [*(place.upper for place in indices), *(x for base in bases for x in base.shape)]
    free = free.union(*map(_free, extents))
    scalars = sorted((s for s in free if isinstance(s, Symbol)), key=str)
    sizes = [s for s in scalars if s.is_integer and s.is_nonnegative]
    for attempt in count():
        point: Point = {
            size: _size(size, attempt + place * (1 + attempt // 3))
            for place, size in enumerate(sizes)
        }  # the larger one, the smaller one, then equal ones
        point |= {symbol: _draw(symbol, rng) for symbol in scalars if symbol not in point}
        for base in bases:
            places = product(*(_places(S.One, extent, point) for extent in base.shape))
            point[base] = {place: _draw(base.label, rng) for place in places}
        for place in indices:
            if choices := _places(place.lower, place.upper, point):
                point[place] = rng.choice(choices)
        if all(place in point for place in indices):
            yield point


def _free(expr: Basic) -> set[Basic]:
    """The symbols and indices that a value needs; an array's label is none of them."""
    if isinstance(expr, IndexedBase):
        return set()
    if isinstance(expr, (Symbol, Idx)):
        return {expr}
    bound = {k for k, *_ in expr.limits} if isinstance(expr, ExprWithLimits) else set()
    return set().union(*map(_free, expr.args)) - bound


def _number_of_ends_and_name(place: Idx) -> tuple[int, str]:
    """Indices whose ranges end at other indices come after those."""
    ends = (place.lower, place.upper)
    return sum(len(end.atoms(Idx)) for end in ends), str(place)


def _size(symbol: Symbol, attempt: int) -> int:
    return 1 + attempt % (3 if attempt < LATE else 5) if symbol.is_positive else attempt % 4


def _places(lower: Expr, upper: Expr, point: Point) -> range:
    """The places along one axis; of a sequence without end, as many as small steps reach."""
    if upper is oo:
        return range(SEQUENCE + 1)
    return range(_end(lower, point), _end(upper, point) + 1)


def _end(end: Expr, point: Point) -> int:
    return int(end) if end.is_Integer else point[end] if end in point else evaluate(end, point)


def _draw(symbol: Symbol, rng: Random) -> Value:
    """A short dyadic number: exactly at a kink where it is meant to be, and often 0."""
    least = 1 if symbol.is_positive else 0 if symbol.is_nonnegative else -24
    most = -1 if symbol.is_negative else 0 if symbol.is_nonpositive else 24
    if least <= 0 <= most and not symbol.is_nonzero and rng.randint(1, 6) == 1:
        return Fraction(0)
    drawn = rng.randint(least, most)
    return Fraction(drawn if drawn or not symbol.is_nonzero else 1, 8)
