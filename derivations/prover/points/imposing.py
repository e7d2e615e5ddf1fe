"""Points at which what is assumed of arrays is true, so that only such points refute."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch

from sympy import IndexedBase, Symbol, sqrt

from derivations.prover.facts import (
    Fact,
    Independent,
    Normalised,
    OneHot,
    PositiveDefinite,
    SecondMoment,
    Signs,
    Symmetric,
    White,
    ZeroOrOne,
)
from derivations.prover.points.arithmetic import UndefinedError, Value
from derivations.prover.points.evaluation import Point, evaluate


def imposed(facts: Iterable[Fact], point: Point) -> Point:
    """The point, changed so that the facts are true there.

    Raises `UndefinedError` where no change makes one true.
    """
    for fact in facts:
        if isinstance(fact, Independent):  # as a constant is of all
            continue
        if fact.base in point:
            values = _imposed(fact, point[fact.base], point)
            if not are_assumed(fact.base, values):
                raise UndefinedError(f"values of {fact.base} that are what is assumed of them")
            point = point | {fact.base: values}
    return point


def are_assumed(base: IndexedBase | Symbol, values: dict | tuple | Value) -> bool:
    """Whether values have the sign that is assumed of the symbol itself."""
    if isinstance(values, dict | tuple):
        parts = values.values() if isinstance(values, dict) else values
        return all(are_assumed(base, part) for part in parts)
    assumed = getattr(base, "label", base)
    signs = (values > 0, values < 0, values >= 0, values <= 0, values != 0)
    names = ("positive", "negative", "nonnegative", "nonpositive", "nonzero")
    return all(
        holds or not getattr(assumed, f"is_{name}")
        for name, holds in zip(names, signs, strict=True)
    )


@singledispatch
def _imposed(fact: Fact, values: dict | Value, point: Point) -> dict | Value:
    """The values of the fact's array at a point where it is true."""
    raise TypeError(f"fact: expected one that can be imposed on a point, got {fact}")


@_imposed.register
def _(fact: Normalised, values, point):
    """Divide each row by its sum."""
    sums: dict = {}
    for place, value in values.items():
        sums[place[:-1]] = sums.get(place[:-1], 0) + value
    if not all(sums.values()):
        raise UndefinedError(f"a row of {fact.base} that sums to zero")
    return {place: value / sums[place[:-1]] for place, value in values.items()}


@_imposed.register
def _(fact: OneHot, values, point):
    """A one at the largest entry of each row."""
    largest: dict = {}
    for place, value in values.items():
        if place[:-1] not in largest or value > values[largest[place[:-1]]]:
            largest[place[:-1]] = place
    return {place: int(largest[place[:-1]] == place) for place in values}


@_imposed.register
def _(fact: Symmetric, values, point):
    """The upper triangle, mirrored."""
    return {place: values[tuple(sorted(place))] for place in values}


@_imposed.register
def _(fact: PositiveDefinite, values, point):
    """S S' + 1, of the values that were drawn."""
    places = sorted({row for row, _ in values})
    return {(i, j): sum(values[i, k] * values[j, k] for k in places) + (i == j) for i, j in values}


@_imposed.register
def _(fact: ZeroOrOne, values, point):
    """1 where a value is at least 1, else 0."""
    if isinstance(fact.base, Symbol):
        return int(values >= 1)
    return {place: int(value >= 1) for place, value in values.items()}


@_imposed.register
def _(fact: Signs, values, point):
    """1 where a value is not negative, else -1."""
    if isinstance(fact.base, Symbol):
        return 1 if values >= 0 else -1
    return {place: 1 if value >= 0 else -1 for place, value in values.items()}


@_imposed.register
def _(fact: White, values, point):
    """Entries that are plus or minus the standard deviation, as likely."""
    spread = evaluate(sqrt(fact.variance), point)
    return dict.fromkeys(values, (-spread, spread))


@_imposed.register
def _(fact: SecondMoment, values, point):
    """Entries of that very size, with their signs kept."""
    size = evaluate(sqrt(fact.value), point)
    return {place: -size if value < 0 else size for place, value in values.items()}
