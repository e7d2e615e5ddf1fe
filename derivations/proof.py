"""Prove that two expressions are equal: proved, refuted or undecided, and for which sizes.

*Proved* is said only because rules reduce a difference to nothing, *refuted* only because of a point,
given with the verdict, where the two sides differ; all else is *undecided*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from sympy import (
    Add,
    Derivative,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Integral,
    Limit,
    Mul,
    Number,
    Pow,
    Rational,
    Sum,
    Symbol,
    exp,
    expand,
    factor,
    limit,
    tanh,
)

from derivations.evaluation import Point, evaluate, sample_points
from derivations.normal_form import is_zero, normal_form, split_by_range
from derivations.notation import substitute

POINTS_TRIED = 6
DIFFERENT = Rational(1, 10**20)


class Verdict(StrEnum):
    """What is known of a statement."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Counterexample:
    """A point, and the two different values there."""

    point: Point
    left: Number
    right: Number

    def __str__(self) -> str:
        given = ", ".join(f"{name} = {short(value)}" for name, value in self.point.items())
        return f"at {given}: {short(self.left)}, not {short(self.right)}"


@dataclass(frozen=True)
class Scope:
    """For which sizes a statement is proved, with notes such as "by induction on t"."""

    sizes: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __or__(self, other: Scope) -> Scope:
        notes = self.notes + tuple(note for note in other.notes if note not in self.notes)
        return Scope(self.sizes | other.sizes, notes)

    def __str__(self) -> str:
        sizes = f"every {', '.join(sorted(self.sizes))}" if self.sizes else ""
        return "; ".join(filter(None, (sizes, *self.notes))) or "every value"


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


@dataclass(frozen=True)
class Definition:
    """An abbreviation: the entry `head`, such as r[i], stands for `body`."""

    head: Indexed
    body: Expr


@dataclass(frozen=True)
class Normalised:
    """The fact that the entries of a positive array sum to 1 along its last axis."""

    base: IndexedBase


@dataclass(frozen=True)
class Case:
    """One part of a case split: what a symbol, or the one entry of an array in sight, is in it.

    The values are put in one after the other, so a value may use a symbol that a later one replaces.
    """

    name: str
    values: dict[Symbol | IndexedBase, Expr]


@dataclass(frozen=True)
class Assuming:
    """What a proof may use; `provided` says in words what the listed cases leave out."""

    definitions: tuple[Definition, ...] = ()
    facts: tuple[Normalised, ...] = ()
    cases: tuple[Case, ...] = ()
    provided: str = ""


NOTHING = Assuming()


# --- equality ------------------------------------------------------------------------------------


def prove(lhs: Expr, rhs: Expr, assuming: Assuming = NOTHING) -> Proof:
    """Prove or refute that two scalar expressions in index notation are equal, for all sizes.

    Raises `TypeError` for a matrix: compare its entries instead.
    """
    for side in (lhs, rhs):
        if not isinstance(side, Expr) or getattr(side, "is_Matrix", False):
            raise TypeError(f"prove: expected a scalar expression, got {type(side).__name__}")
    lhs, rhs = (unfold(side, assuming.definitions) for side in (lhs, rhs))
    if counterexample := find_counterexample(lhs, rhs, assuming):
        return refuted(counterexample)
    if _vanishes(lhs - rhs, assuming):
        return proved(lhs, rhs, note=assuming.provided)
    return undecided(f"agrees at {POINTS_TRIED} points")


def _vanishes(expr: Expr, assuming: Assuming) -> bool:
    form = _with_facts(normal_form(expr), assuming.facts)
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


def _with_facts(expr: Expr, facts: tuple[Normalised, ...]) -> Expr:
    """Replace each full sum over the last axis of a normalised array by 1."""
    ones = {
        s: Integer(1)
        for s in expr.atoms(Sum)
        for fact in facts
        if isinstance(s.function, Indexed)
        and s.function.base == fact.base
        and s.limits == ((s.function.indices[-1], 1, fact.base.shape[-1]),)
    }
    return normal_form(expr.xreplace(ones)) if ones else expr


def unfold(expr: Expr, definitions: tuple[Definition, ...]) -> Expr:
    """Write abbreviations out, each with the indices that it is used with."""
    for definition in definitions:
        used = [e for e in expr.atoms(Indexed) if e.base == definition.head.base]
        for one in used:
            places = dict(zip(definition.head.indices, one.indices, strict=True))
            expr = _replace_entry(expr, one, substitute(definition.body, places))
    return expr


def _replace_entry(expr: Expr, entry: Indexed, body: Expr) -> Expr:
    """Replace an entry also below the sums that bind its indices: there the body means that entry."""
    if expr == entry:
        return body
    if not expr.args or isinstance(expr, Idx) or not expr.has(entry):
        return expr
    return expr.func(*(_replace_entry(part, entry, body) for part in expr.args))


# --- refutation ----------------------------------------------------------------------------------


def find_counterexample(
    lhs: Expr, rhs: Expr, assuming: Assuming = NOTHING, points: int = POINTS_TRIED, seed: int = 0
) -> Counterexample | None:
    """The first sampled point where the two sides differ beyond rounding, in 40 digits.

    Points are drawn inside the assumptions of the symbols. Where cases restrict a statement
    (`provided`) or a side cannot be evaluated, there is no search.
    """
    if assuming.provided or not (_is_evaluable(lhs) and _is_evaluable(rhs)):
        return None
    for point in sample_points([lhs, rhs], Random(seed), points):
        point = _normalised(point, assuming.facts)
        left, right = evaluate(lhs, point), evaluate(rhs, point)
        if not (left.is_finite and right.is_finite):
            continue
        if abs(left - right) > DIFFERENT * (1 + abs(right)):
            return Counterexample(point, left, right)
    return None


def _normalised(point: dict, facts: tuple[Normalised, ...]) -> dict:
    for fact in facts:
        rows: dict = {}
        for place in point:
            if isinstance(place, Indexed) and place.base == fact.base:
                rows.setdefault(place.indices[:-1], []).append(place)
        for row in rows.values():
            whole = sum(point[place] for place in row)
            point |= {place: point[place] / whole for place in row}
    return point


# --- inequality, induction, limits ---------------------------------------------------------------


def prove_sign(expr: Expr, assuming: Assuming = NOTHING, strict: bool = False) -> Proof:
    """Prove `expr >= 0` (`> 0` if strict) from the signs of its parts, in every case of the split."""
    expr = unfold(expr, assuming.definitions)
    if _has_sign(expr, strict, assuming.cases):
        return proved(expr, note=assuming.provided)
    if not assuming.provided and _is_evaluable(expr):
        for point in sample_points([expr], Random(0), 10 * POINTS_TRIED):
            value = evaluate(expr, _normalised(point, assuming.facts))
            if value.is_finite and value < -DIFFERENT:
                return refuted(Counterexample(point, value, Integer(0)))
    return undecided("the signs of its parts do not settle it")


def _has_sign(expr: Expr, strict: bool, cases: tuple[Case, ...] = ()) -> bool:
    if isinstance(expr, Sum):
        return _has_sign(expr.function, strict, cases)
    if isinstance(expr, (Add, Mul)) and all(_has_sign(e, strict, cases) for e in expr.args):
        return True
    parts = [_in_case(expr, case) for case in cases] or [expr]
    return all(part is not None and _has_known_sign(part, strict) for part in parts)


def _has_known_sign(expr: Expr, strict: bool) -> bool:
    forms = (expr, expand(expr), factor(expr))
    return any((e.is_positive if strict else e.is_nonnegative) is True for e in forms)


def prove_by_induction(
    recurrence: Expr, closed: Expr, u: IndexedBase, t: Symbol, start: Expr = Integer(0)
) -> Proof:
    """Prove u_t = `closed` for every t >= 0, where u_0 = `start` and u_t = `recurrence` in u[t - 1].

    The base case puts t = 0; the induction step puts the closed form at t into the recurrence at t + 1.
    """
    base = prove(substitute(closed, {t: Integer(0)}), start)
    following = substitute(recurrence, {t: t + 1}).xreplace({u[t]: closed})
    step = prove(normal_form(following), substitute(closed, {t: t + 1}))
    for part in (base, step):
        if not part.holds:
            return part
    return proved(recurrence, closed, note=f"by induction on {t}")


def prove_limit(expr: Expr, value: Expr, variable: Symbol, point: Expr, note: str = "") -> Proof:
    """Prove that `expr` tends to `value` as the variable tends to the point (0 is reached from above).

    An expression that is continuous at the point is evaluated there, which serves every size; any
    other is left to SymPy's Gruntz algorithm.
    """
    if point.is_finite and _is_continuous(expr, variable, point):
        return prove(substitute(expr, {variable: point}), value)
    found = limit(expr, variable, point, "+" if point == 0 else "-")
    if is_zero(found - value):
        return proved(expr.subs(variable, 1), value, note=note)
    if found.is_finite and (found - value).is_nonzero:
        return refuted(Counterexample({variable: point}, found, value))
    return undecided("limit not found")


def _is_continuous(expr: Expr, variable: Symbol, point: Expr) -> bool:
    """Whether the expression is built of continuous functions, with denominators that stay positive."""
    if not expr.has(variable):
        return True
    if isinstance(expr, Pow) and not (expr.exp.is_Integer and expr.exp.is_positive):
        base = substitute(expr.base, {variable: point})
        return (
            expr.exp.is_Rational and base.is_positive and _is_continuous(expr.base, variable, point)
        )
    if expr == variable:
        return True
    if not isinstance(expr, (Add, Mul, Pow, Sum, exp, tanh)):
        return False
    parts = [expr.function] if isinstance(expr, Sum) else expr.args
    return all(_is_continuous(part, variable, point) for part in parts)


# --- verdicts ------------------------------------------------------------------------------------


def proved(*expressions: Expr, note: str = "") -> Proof:
    """The verdict for all sizes that occur in the expressions."""
    symbols = set().union(*(e.free_symbols for e in expressions))
    sizes = frozenset(s.name for s in symbols if isinstance(s, Symbol) and s.is_integer)
    return Proof(Verdict.PROVED, Scope(sizes, (note,) if note else ()))


def refuted(counterexample: Counterexample) -> Proof:
    """The verdict of a counterexample."""
    return Proof(Verdict.REFUTED, Scope(notes=("one point",)), counterexample)


def undecided(why: str) -> Proof:
    """The verdict where neither rules nor points settle the question."""
    return Proof(Verdict.UNDECIDED, Scope(notes=(why,)))


def short(value: Number) -> str:
    """A number in as few digits as tell it."""
    return f"{float(value):.6g}"


def _is_evaluable(expr: Expr) -> bool:
    return not expr.has(Derivative, Integral, Limit)
