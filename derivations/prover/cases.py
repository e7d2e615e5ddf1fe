"""Case splits: what a case puts in, and an exact check that a list of cases leaves nothing out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import gcd

from sympy import Abs, Basic, Dummy, Expr, Idx, Indexed, IndexedBase, Matrix, Symbol, true
from sympy import linear_eq_to_matrix as linear_system
from sympy.core.relational import Ge, Gt, Le, Lt
from sympy.logic.boolalg import And, BooleanTrue, Or
from sympy.solvers.solveset import NonlinearError

from derivations.notation import substitute


@dataclass(frozen=True)
class Case:
    """One part of a case split: what a symbol, or the one entry of an array in sight, is in it.

    The values are put in one after the other, so one may use a symbol that a later one replaces.
    """

    name: str
    values: dict[Symbol | IndexedBase, Expr]


def leave_nothing_out(cases: tuple[Case, ...], statement: Expr, provided: Basic = true) -> bool:
    """True only if each value of the replaced symbols that meets `provided` belongs to a case.

    Values are linear, with rational coefficients, in the statement's symbols and in parameters that
    are the case's own. Each case is then a polyhedron, and what they leave out is searched exactly.
    """
    replaced = {name for case in cases for name in case.values}
    used = {s for case in cases for value in case.values.values() for s in value.free_symbols}
    space = replaced | (used & (statement.free_symbols | provided.free_symbols))
    frozen = tuple((tuple(case.values.items())) for case in cases)
    return _cover(frozen, frozenset(space), provided)


# A linear constraint: integer coefficients, the constant last, and whether it is > 0 or >= 0.
Constraint = tuple[tuple[int, ...], bool]


@cache
def _cover(cases: tuple[tuple, ...], space: frozenset, provided: Basic) -> bool:
    axes = {name: Dummy(str(name), real=True) for name in sorted(space, key=str)}
    variables = list(axes.values())
    try:
        signs = [row for name, axis in axes.items() for row in _sign(name, axis, variables)]
        regions = [_region(dict(case), axes) for case in cases]
        return not any(
            _has_gap(frozenset(signs + rows), regions) for rows in _alternatives(provided, axes)
        )
    except (NonlinearError, ValueError):
        return False


def _has_gap(known: frozenset[Constraint], regions: list[list[Constraint]]) -> bool:
    """Whether some point meets the known constraints and lies in none of the regions."""
    if not feasible(known):
        return False
    if not regions:
        return True
    for row in regions[0]:
        if _has_gap(known | {_negated(row)}, regions[1:]):
            return True
        known |= {row}
    return False


def feasible(rows: frozenset[Constraint]) -> bool:
    """Whether some point meets all the constraints: Fourier-Motzkin elimination, in integers."""
    width = len(next(iter(rows))[0]) if rows else 1
    for column in range(width - 1):
        kept = {row for row in rows if row[0][column] == 0}
        lower = [row for row in rows if row[0][column] > 0]
        upper = [row for row in rows if row[0][column] < 0]
        for low, low_strict in lower:
            for high, high_strict in upper:
                pairs = zip(low, high, strict=True)
                combined = (-high[column] * a + low[column] * b for a, b in pairs)
                kept.add(_constraint(combined, low_strict or high_strict))
        rows = frozenset(kept)
    return all(row[-1] > 0 or (row[-1] == 0 and not strict) for row, strict in rows)


def _region(case: dict, axes: dict) -> list[Constraint]:
    """The constraints that a point meets if and only if it belongs to the case."""
    names, values = list(case), list(case.values())
    for position, name in enumerate(names):
        if any(value.has(name) for value in values[position:]):
            raise ValueError(f"case: {name} is used after it was replaced")
        values[:position] = [
            substitute(value, {name: values[position]}) for value in values[:position]
        ]
    values = [substitute(value, axes) for value in values]
    axis_set = set(axes.values())
    parameters = sorted(set().union(*(v.free_symbols for v in values)) - axis_set, key=str)
    coefficients, constants = linear_system([-value for value in values], parameters)
    # values = -coefficients * parameters - constants, solved for the parameters by elimination
    places = Matrix([axes[name] for name in names]) - constants
    reduced = Matrix.hstack(-coefficients, Matrix.eye(len(names)))
    reduced, pivots = reduced.rref()
    if pivots[: len(parameters)] != tuple(range(len(parameters))):
        raise ValueError("case: its parameters are not determined by its values")
    solved = reduced[:, len(parameters) :] * places
    variables = list(axes.values())
    rows: list[Constraint] = []
    for position, expression in enumerate(solved):
        if position < len(parameters):
            rows += _sign(parameters[position], expression, variables)
        else:
            rows += [_row(expression, variables, False), _row(-expression, variables, False)]
    return rows


def _sign(name: Basic, expression: Expr, variables: list) -> list[Constraint]:
    """What is assumed of a name, said of the linear expression that stands for it."""
    symbol = name.label if isinstance(name, IndexedBase) else name
    if not symbol.is_real or symbol.is_integer:
        raise ValueError(f"case: expected {name} to be a real quantity")
    if symbol.is_positive or symbol.is_nonnegative:
        return [_row(expression, variables, bool(symbol.is_positive))]
    return []


def _alternatives(condition: Basic, axes: dict) -> list[list[Constraint]]:
    """A condition as lists of constraints, one of which holds; |x| < y and |x| > y are opened."""
    match condition:
        case And():
            choices = product(*(_alternatives(part, axes) for part in condition.args))
            return [[row for rows in choice for row in rows] for choice in choices]
        case Or():
            return [rows for part in condition.args for rows in _alternatives(part, axes)]
        case BooleanTrue():
            return [[]]
        case Lt() | Le() | Gt() | Ge():
            less, more = condition.lts, condition.gts
            relation = Lt if isinstance(condition, (Lt, Gt)) else Le
            if isinstance(less, Abs):
                both = And(relation(less.args[0], more), relation(-less.args[0], more))
                return _alternatives(both, axes)
            if isinstance(more, Abs):
                either = Or(relation(less, more.args[0]), relation(less, -more.args[0]))
                return _alternatives(either, axes)
            entries = {e: axes[e.base] for e in condition.atoms(Indexed) if e.base in axes}
            if not all(map(_speaks_of_all, entries)):
                raise ValueError(f"provided: expected a condition on every entry, got {condition}")
            difference = substitute(more - less, entries | axes)
            return [[_row(difference, list(axes.values()), relation is Lt)]]
    raise ValueError(f"provided: expected linear comparisons, got {condition}")


def _speaks_of_all(entry: Indexed) -> bool:
    """Whether its indices run over the whole array: x[i], but not x[1] or B[i, i]."""
    whole = all(
        isinstance(place, Idx) and (place.lower, place.upper) == (1, extent)
        for place, extent in zip(entry.indices, entry.shape, strict=True)
    )
    return whole and len(set(entry.indices)) == len(entry.indices)


def _row(expression: Expr, variables: list, strict: bool) -> Constraint:
    coefficients, constants = linear_system([expression], variables)
    numbers = [*coefficients, -constants[0]]
    if not all(number.is_Rational for number in numbers):
        raise ValueError("case: expected rational coefficients")
    common = 1
    for number in numbers:
        common = common * number.q // gcd(common, number.q)
    return _constraint((int(number * common) for number in numbers), strict)


def _constraint(numbers, strict: bool) -> Constraint:
    numbers = tuple(numbers)
    divisor = gcd(*numbers) or 1
    return tuple(number // divisor for number in numbers), strict


def _negated(row: Constraint) -> Constraint:
    numbers, strict = row
    return tuple(-number for number in numbers), not strict
