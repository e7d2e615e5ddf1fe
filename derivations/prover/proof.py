"""Prove that two expressions are equal: proved, refuted or undecided, and for which sizes.

*Proved* is said only because rules reduce a difference to nothing, *refuted* only because of a
point, given with the verdict, where the two sides differ; all else is *undecided*.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from random import Random

from sympy import (
    Add,
    Dummy,
    Expr,
    Indexed,
    IndexedBase,
    Integer,
    Limit,
    Mul,
    Sum,
    Symbol,
    expand,
    factor,
    true,
)

from derivations.notation import substitute
from derivations.prover.cases import Case, leave_nothing_out
from derivations.prover.evaluation import (
    Point,
    UndefinedError,
    Value,
    evaluate,
    holds,
    sample_points,
)
from derivations.prover.facts import NOTHING, Assuming, unfold
from derivations.prover.kinks import has_kinks
from derivations.prover.normal_form import is_zero, normal_form, split_by_range

POINTS_TRIED = 6
POINTS_DRAWN = 60  # some lie outside what a statement is provided for, or where it is undefined
DIFFERENT = 1e-20  # relative; rounding in 40 digits and difference quotients stay below


class Verdict(StrEnum):
    """What is known of a statement."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Counterexample:
    """A point, and the two different values there."""

    point: Point
    left: Value
    right: Value

    def __str__(self) -> str:
        given = ", ".join(f"{name} = {short(value)}" for name, value in self.point.items())
        return f"at {given}: {short(self.left)}, not {short(self.right)}"


@dataclass(frozen=True)
class Scope:
    """For which sizes a statement is proved, with notes such as "by induction"."""

    sizes: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __or__(self, other: Scope) -> Scope:
        notes = self.notes + tuple(note for note in other.notes if note not in self.notes)
        return Scope(self.sizes | other.sizes, notes)

    def __str__(self) -> str:
        sizes = f"every {', '.join(sorted(self.sizes))}" if self.sizes else ""
        return ", ".join(filter(None, (sizes, *self.notes))) or "every value"


@dataclass(frozen=True)
class Proof:
    """A verdict, the scope it holds for and, when refuted, a counterexample."""

    verdict: Verdict
    scope: Scope
    counterexample: Counterexample | None = None

    @property
    def holds(self) -> bool:
        """Whether the statement is proved."""
        return self.verdict is Verdict.PROVED


# --- equality ------------------------------------------------------------------------------------


def prove(lhs: Expr, rhs: Expr, assuming: Assuming = NOTHING) -> Proof:
    """Prove or refute that two scalar expressions in index notation are equal, for all sizes.

    Raises `TypeError` for a matrix: compare its entries instead.
    """
    for side in (lhs, rhs):
        if not isinstance(side, Expr) or getattr(side, "is_Matrix", False):
            raise TypeError(f"prove: expected a scalar expression, got {type(side).__name__}")
    given = lhs, rhs
    lhs, rhs = (unfold(side, assuming.definitions) for side in given)
    if counterexample := find_counterexample(lhs, rhs, assuming):
        return refuted(counterexample)
    if next(values_at_points([lhs, rhs], assuming), None) is None:
        return undecided("no point found where both sides are defined")
    if assuming.cases and not leave_nothing_out(assuming.cases, lhs - rhs, assuming.provided):
        return undecided("the cases leave something out")
    if _vanishes(lhs - rhs, assuming):
        chosen = {definition.head for definition in assuming.definitions}
        return proved(*given, lhs, rhs, notes=_restrictions(assuming, lhs, rhs), chosen=chosen)
    if counterexample := find_counterexample(lhs, rhs, assuming, points=POINTS_DRAWN):
        return refuted(counterexample)  # a kink takes more points to hit
    return undecided(f"agrees at {POINTS_DRAWN} points")


def _vanishes(expr: Expr, assuming: Assuming) -> bool:
    form = normal_form(expr)
    for fact in assuming.facts:
        form = normal_form(fact.rewrite(form))
    return (
        is_zero(form)
        or _vanishes_in_each_case(expr, assuming.cases)
        or _vanishes_summand_by_summand(expr, assuming.cases)
    )


def _vanishes_summand_by_summand(expr: Expr, cases: tuple[Case, ...]) -> bool:
    rest, summands = split_by_range(expr)
    return bool(summands) and all(
        is_zero(part) or _vanishes_in_each_case(part, cases) for part in (rest, *summands)
    )


def _vanishes_in_each_case(expr: Expr, cases: tuple[Case, ...]) -> bool:
    parts = [_in_case(expr, case) for case in cases]
    return bool(parts) and all(part is not None and is_zero(part) for part in parts)


def _in_case(expr: Expr, case: Case) -> Expr | None:
    """The expression in one case; None where more than one entry of the split array is in sight."""
    for name, value in case.values.items():
        places: set = {name}
        if isinstance(name, IndexedBase):
            places = {entry for entry in expr.atoms(Indexed) if entry.base == name}
            if len(places) > 1 or any(inner.has(name) for inner in expr.atoms(Sum)):
                return None
        expr = substitute(expr, dict.fromkeys(places, value))
    return expr


# --- inequality ----------------------------------------------------------------------------------


def prove_sign(expr: Expr, assuming: Assuming = NOTHING, strict: bool = False) -> Proof:
    """Prove `expr >= 0` (`> 0` if strict) by the signs of its parts, in each case of the split."""
    expr = unfold(expr, assuming.definitions)
    for point, (value,) in islice(values_at_points([expr], assuming), 10 * POINTS_TRIED):
        if value < -DIFFERENT or (strict and value == 0):
            return refuted(Counterexample(point, value, Integer(0)))
    if assuming.cases and not leave_nothing_out(assuming.cases, expr, assuming.provided):
        return undecided("the cases leave something out")
    if _has_sign(expr, strict, assuming.cases):
        return proved(expr, notes=_restrictions(assuming, expr))
    return undecided("the signs of its parts do not settle it")


def _has_sign(expr: Expr, strict: bool, cases: tuple[Case, ...] = ()) -> bool:
    if isinstance(expr, Sum):
        not_empty = all((upper - lower).is_nonnegative for _, lower, upper in expr.limits)
        return (not_empty or not strict) and _has_sign(expr.function, strict, cases)
    if isinstance(expr, (Add, Mul)) and all(_has_sign(e, strict, cases) for e in expr.args):
        return True
    parts = [_in_case(expr, case) for case in cases] or [expr]
    return all(part is not None and _has_known_sign(part, strict) for part in parts)


def _has_known_sign(expr: Expr, strict: bool) -> bool:
    sums = {s: Dummy(real=s.function.is_real) for s in expr.atoms(Sum)}
    expr = expr.xreplace(sums)  # SymPy takes a sum for nonempty when it judges its sign
    forms = (expr, expand(expr), factor(expr))
    return any((e.is_positive if strict else e.is_nonnegative) is True for e in forms)


# --- refutation ----------------------------------------------------------------------------------


def find_counterexample(
    lhs: Expr, rhs: Expr, assuming: Assuming = NOTHING, points: int = POINTS_TRIED, seed: int = 0
) -> Counterexample | None:
    """The first sampled point where the two sides differ beyond rounding, in 40 digits."""
    for point, (left, right) in islice(values_at_points([lhs, rhs], assuming, seed), points):
        if abs(left - right) > DIFFERENT * (1 + abs(right)):
            return Counterexample(point, left, right)
    return None


def values_at_points(
    expressions: list[Expr], assuming: Assuming, seed: int = 0
) -> Iterator[tuple[Point, list[Value]]]:
    """The values at points that meet what is assumed and where all the expressions are defined."""
    if any(expr.has(Limit) for expr in expressions):
        return
    known_of = [part for fact in assuming.facts for part in vars(fact).values()]
    in_sight = [*expressions, assuming.provided, *known_of]
    for point in islice(sample_points(in_sight, Random(seed)), POINTS_DRAWN):
        try:
            for fact in assuming.facts:
                point = fact.impose(point)
            if holds(assuming.provided, point):
                yield point, [evaluate(expr, point) for expr in expressions]
        except UndefinedError:
            continue


# --- verdicts ------------------------------------------------------------------------------------


def proved(*expressions: Expr, notes: Iterable[str] = (), chosen: Collection[Expr] = ()) -> Proof:
    """The verdict for all sizes that occur in the expressions, less those that were chosen."""
    symbols = set().union(*(e.free_symbols for e in expressions)).difference(chosen)
    sizes = frozenset(s.name for s in symbols if isinstance(s, Symbol) and s.is_integer)
    return Proof(Verdict.PROVED, Scope(sizes, tuple(notes)))


def refuted(counterexample: Counterexample) -> Proof:
    """The verdict of a counterexample."""
    return Proof(Verdict.REFUTED, Scope(notes=("one point",)), counterexample)


def undecided(why: str) -> Proof:
    """The verdict where neither rules nor points settle the question."""
    return Proof(Verdict.UNDECIDED, Scope(notes=(why,)))


def short(value: Value) -> str:
    """A number in few digits; an array as its entries, a random one as its outcomes."""
    match value:
        case dict():
            return "[" + ", ".join(map(short, value.values())) + "]"
        case tuple():
            return " or ".join(map(short, value))
    return f"{float(value):.6g}"


def _restrictions(assuming: Assuming, *expressions: Expr) -> Iterator[str]:
    """Where a statement is left open, in plain characters: |r[i]| < delta."""
    if assuming.provided != true and not assuming.eventually:
        yield re.sub(r"Abs\((.*?)\)", r"|\1|", str(assuming.provided))
    if any(map(has_kinks, expressions)):
        yield "off kinks"
