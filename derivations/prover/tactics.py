"""Proofs beyond one equality of forms: induction over the steps, limits, and integrals.

A tactic takes what stands before and after a step, and returns its proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from itertools import islice
from operator import or_

from sympy import (
    Add,
    Derivative,
    Expr,
    Indexed,
    Integer,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    cancel,
    exp,
    limit,
    oo,
    tanh,
    together,
)

from derivations.notation import Sum, indicator, substitute
from derivations.prover.evaluation import evaluate
from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.needs import needs_of
from derivations.prover.normal_form import is_zero, normal_form
from derivations.prover.points import points_of
from derivations.prover.proof import (
    Counterexample,
    Proof,
    Scope,
    Warrant,
    proved,
    refuted,
    symbols_of,
    undecided,
)
from derivations.prover.prove import find_counterexample, prove

Tactic = Callable[[Expr, Expr], Proof]

FAR = Integer(10) ** 5
NEAR_ENOUGH = Rational(1, 1000)


# --- induction -----------------------------------------------------------------------------------


def induction(
    previous: Indexed, t: Symbol, start: Expr = S.Zero, assuming: Assuming = NOTHING
) -> Tactic:
    """From a recurrence for step t >= 1 to the form after t >= 0 steps, which is `start` for t = 0.

    `previous`, such as u[t - 1], is the recurrence's name for what step t - 1 left. The base case
    puts t = 0; the induction step puts the form at t into the recurrence of step t + 1.
    """
    _check_counts_from_zero(t)

    def tactic(recurrence: Expr, closed: Expr) -> Proof:
        following, term = (substitute(part, {t: t + 1}) for part in (recurrence, previous))
        following = substitute(following, {term: closed})
        if closed.has(previous.base) or following.has(previous.base):
            return undecided(f"expected a recurrence in {previous} alone, and a form without it")
        return _all_hold(
            [recurrence, closed],
            t,
            prove(substitute(closed, {t: Integer(0)}), start, assuming),
            prove(following, substitute(closed, {t: t + 1}), assuming),
        )

    return tactic


def induction_on_sum(t: Symbol) -> Tactic:
    """From a multiple of one sum up to t to its value for every t >= 0.

    The sum up to t + 1 is a multiple of the sum up to t, which the hypothesis knows, and a rest.
    """
    _check_counts_from_zero(t)

    def tactic(multiple: Expr, value: Expr) -> Proof:
        if counterexample := find_counterexample(multiple, value):
            return refuted(counterexample)
        form, following = (normal_form(e) for e in (multiple, substitute(multiple, {t: t + 1})))
        (total, *others) = [s for s in form.atoms(Sum) if form.coeff(s) != 0] or [None]
        if total is None or others or normal_form(form - form.coeff(total) * total) != 0:
            return undecided("expected a multiple of one sum")
        known, added = following.coeff(total), following.coeff(total, 0)
        ratio = cancel(together(known / form.coeff(total)))
        return _all_hold(
            [multiple, value],
            t,
            prove(following, ratio * form + added, needs=tuple(needs_of(ratio))),
            prove(substitute(multiple, {t: Integer(0)}), substitute(value, {t: Integer(0)})),
            prove(ratio * value + added, substitute(value, {t: t + 1})),
        )

    return tactic


def _check_counts_from_zero(t: Symbol) -> None:
    if t.is_positive or not (t.is_integer and t.is_nonnegative):
        raise ValueError(f"{t}: expected a number of steps from 0 on, as time({t.name!r}) gives")


def _all_hold(expressions: list[Expr], t: Symbol, *proofs: Proof) -> Proof:
    """The proof by induction from those of its parts, each of which must hold for every t."""
    for proof in proofs:
        if not proof.holds:
            return proof
        quantities = [need.quantity for need in proof.scope.gaps]
        if any(part.has(t) for part in (*proof.scope.conditions, *quantities)):
            return undecided(f"a part that is not proved for every {t}: {proof.scope}")
    whole = Scope(symbols_of(*expressions), warrants=(Warrant.INDUCTION,))
    return proved(reduce(or_, (proof.scope for proof in proofs), whole))


# --- limits --------------------------------------------------------------------------------------


def limit_at(
    variable: Symbol,
    point: Expr,
    side: str = "+",
    writing: Mapping[Symbol, Expr] | None = None,
) -> Tactic:
    """To the limit as the variable tends to the point, from above (`side="-"`: from below).

    An expression that is continuous at the point is evaluated there, which serves every size; any
    other is left to SymPy's Gruntz algorithm and its answer compared with values near the point.
    `writing` puts other names in first, such as 1/(1 + p) for a symbol between 0 and 1.
    """

    def tactic(before: Expr, after: Expr) -> Proof:
        before, after = (substitute(side_, dict(writing or {})) for side_ in (before, after))
        if point.is_finite and _is_continuous(before, variable, point):
            return prove(substitute(before, {variable: point}), after)
        try:
            found = limit(before, variable, point, side if point.is_finite else "-")
        except (NotImplementedError, TypeError) as error:
            return undecided(f"SymPy finds no limit: {error}")
        close = FAR if point is oo else point + (1 if side == "+" else -1) / FAR
        near = substitute(before, {variable: close})
        for at in islice(points_of([near, after], NOTHING), 3):
            value, claimed = evaluate(near, at), evaluate(after, at)
            if abs(value - claimed) > NEAR_ENOUGH * (1 + abs(claimed)):
                if is_zero(found - after):
                    return undecided(f"SymPy's limit {found} is not approached")
                return refuted(Counterexample({**at, variable: close}, value, claimed))
        if is_zero(found - after):
            scope = Scope(symbols_of(before, after) - {variable}, warrants=(Warrant.LIMIT,))
            return proved(scope)
        return undecided("limit not found")

    return tactic


def _is_continuous(expr: Expr, variable: Symbol, point: Expr) -> bool:
    """Whether it is built of continuous functions, with denominators that are positive there."""
    if not expr.has(variable):
        return True
    if expr == variable:
        return True
    if isinstance(expr, Pow) and not (expr.exp.is_Integer and expr.exp.is_positive):
        base = substitute(expr.base, {variable: point})
        is_defined = expr.exp.is_Rational and prove(base, S.Zero, relation=">").holds
        return is_defined and _is_continuous(expr.base, variable, point)
    if isinstance(expr, Sum):
        fixed = not any(end.has(variable) for _, *ends in expr.limits for end in ends)
        return fixed and _is_continuous(expr.function, variable, point)
    if not isinstance(expr, (Add, Mul, Pow, exp, tanh)):
        return False
    return all(_is_continuous(part, variable, point) for part in expr.args)


# --- integrals -----------------------------------------------------------------------------------


def antiderivative(primitive: Expr) -> Tactic:
    """From a definite integral to its value, by a primitive whose derivative is proved first.

    That the primitive has no jump inside is not proved, but quadrature has to agree with the value.
    """

    def tactic(before: Expr, after: Expr) -> Proof:
        ((variable, lower, upper),) = before.limits
        if counterexample := find_counterexample(before, after, points=2):
            return refuted(counterexample)
        ends = (limit(primitive, variable, upper, "-"), limit(primitive, variable, lower, "+"))
        parts = (
            prove(Derivative(primitive, variable), before.function),
            prove(ends[0] - ends[1], after),
        )
        for part in parts:
            if not part.holds:
                return part
        whole = Scope(symbols_of(before, after) - {variable}, warrants=(Warrant.PRIMITIVE,))
        return proved(reduce(or_, (part.scope for part in parts), whole))

    return tactic


def restriction(before: Expr, after: Expr) -> Proof:
    """From an integral up to infinity to one that begins later, where the integrand begins."""
    ((variable, lower, upper),), ((other, begin, end),) = before.limits, after.limits
    if other != variable or end != upper or not (begin - lower).is_extended_nonnegative:
        return undecided("expected the same range, begun later")
    return prove(before.function, indicator(variable > begin) * after.function)
