"""Proofs beyond one relation of forms: induction, limits, integrals, squares and theorems.

A tactic takes what stands before and after a step, and returns its proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import product
from operator import or_

from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Gt,
    Idx,
    Indexed,
    Integer,
    Lt,
    Mul,
    Pow,
    S,
    Symbol,
    cancel,
    exp,
    expand,
    limit,
    oo,
    tanh,
    together,
)

from derivations.notation import Sum, indicator, substitute, with_bounds_apart
from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.needs import Sign, needs_of
from derivations.prover.normal_form import is_zero, normal_form
from derivations.prover.points.counterexamples import (
    NEAR_ENOUGH,
    Counterexample,
    find_counterexample,
    find_missed_limit,
)
from derivations.prover.points.drawing import points_of
from derivations.prover.points.evaluation import difference_at, evaluate
from derivations.prover.proof import Proof, Scope, Warrant, proved, refuted, symbols_of, undecided
from derivations.prover.prove import prove

Tactic = Callable[[Expr, Expr], Proof]


# --- induction -----------------------------------------------------------------------------------


def induction(
    previous: Indexed, t: Symbol, start: Expr = S.Zero, assuming: Assuming = NOTHING
) -> Tactic:
    """From a recurrence for step t >= 1 to the form after t >= 0 steps, which is `start` for t = 0.

    `previous`, such as u[t - 1], is the recurrence's name for what step t - 1 left. The base case
    puts t = 0; the induction step puts the form at t into the recurrence of step t + 1.
    """
    _check_counts_from_zero(t, assuming)

    def tactic(recurrence: Expr, closed: Expr) -> Proof:
        if _ends_at(t, recurrence, closed):
            return undecided(f"expected no free index whose range ends at {t}")
        following, term = (substitute(part, {t: t + 1}) for part in (recurrence, previous))
        following = substitute(following, {term: closed})
        if closed.has(previous.base) or following.has(previous.base):
            return undecided(f"expected a recurrence in {previous} alone, and a form without it")
        base = prove(substitute(closed, {t: Integer(0)}), start, assuming)
        step = prove(following, substitute(closed, {t: t + 1}), assuming)
        return _by_induction([recurrence, closed], t, base, step)

    return tactic


def induction_on_sum(t: Symbol, assuming: Assuming = NOTHING) -> Tactic:
    """From a multiple of one sum up to t to its value for every t >= 0.

    The sum up to t + 1 is a multiple of the sum up to t, which the hypothesis knows, and a rest.
    """
    _check_counts_from_zero(t, assuming)

    def tactic(multiple: Expr, value: Expr) -> Proof:
        if _ends_at(t, multiple, value):
            return undecided(f"expected no free index whose range ends at {t}")
        if counterexample := find_counterexample(multiple, value, assuming):
            return refuted(counterexample)
        form, following = (normal_form(e) for e in (multiple, substitute(multiple, {t: t + 1})))
        (total, *others) = [s for s in form.atoms(Sum) if form.coeff(s) != 0] or [None]
        if total is None or others or normal_form(form - form.coeff(total) * total) != 0:
            return undecided("expected a multiple of one sum")
        known, added = following.coeff(total), following.coeff(total, 0)
        ratio = cancel(together(known / form.coeff(total)))
        first, its_value = (substitute(part, {t: Integer(0)}) for part in (multiple, value))
        return _by_induction(
            [multiple, value],
            t,
            prove(following, ratio * form + added, assuming, needs=tuple(needs_of(ratio))),
            prove(first, its_value, assuming),
            prove(ratio * value + added, substitute(value, {t: t + 1}), assuming),
        )

    return tactic


def _ends_at(t: Symbol, *expressions: Expr) -> bool:
    """Whether a free index has a range that grows from step to step."""
    free = set().union(*(expr.free_symbols for expr in expressions))
    return any(place.upper.has(t) or place.lower.has(t) for place in free if isinstance(place, Idx))


def _check_counts_from_zero(t: Symbol, assuming: Assuming) -> None:
    if t.is_positive or not (t.is_integer and t.is_nonnegative):
        raise ValueError(f"{t}: expected a number of steps from 0 on, as time({t.name!r}) gives")
    if any(part.has(t) for part in (*(d.body for d in assuming.definitions), *assuming.known_of)):
        raise ValueError(f"{t}: expected definitions and facts that are the same at each step")


def _by_induction(expressions: list[Expr], t: Symbol, *proofs: Proof) -> Proof:
    """The proof by induction from those of its parts, each of which must hold for every t."""
    for proof in proofs:
        quantities = [need.quantity for need in proof.scope.gaps]
        if any(part.has(t) for part in (*proof.scope.conditions, *quantities)):
            return undecided(f"a part that is not proved for every {t}")
    return _all_hold(symbols_of(*expressions), Warrant.INDUCTION, *proofs)


def _all_hold(symbols: Iterable[Basic], warrant: Warrant | None, *proofs: Proof) -> Proof:
    """The proof of what has these symbols from those of its parts, by the warrant if any."""
    for proof in proofs:
        if not proof.holds:
            return proof
    whole = Scope(frozenset(symbols), warrants=(warrant,) if warrant else ())
    return proved(reduce(or_, (proof.scope for proof in proofs), whole))


# --- limits --------------------------------------------------------------------------------------


def limit_at(
    variable: Symbol, point: Expr, side: str = "+", assuming: Assuming = NOTHING
) -> Tactic:
    """To the limit as the variable tends to the point, from above (`side="-"`: from below).

    An expression that near the point is its limit needs nothing else. One that is continuous in the
    variable, or in parts that vanish such as b^t with |b| < 1, is evaluated there, which serves
    every size. Any other is left to SymPy's Gruntz algorithm, and its answer compared with values
    near the point.
    """

    def tactic(before: Expr, after: Expr) -> Proof:
        if after.has(variable):
            return undecided(f"expected a limit without {variable}")
        if any(total.ends_have(variable) for total in before.atoms(Sum)):
            return undecided(f"expected no sum whose range ends at {variable}")
        if assuming.eventually and not holds_near(assuming.provided, variable, point, side):
            return undecided(f"expected a condition that holds near {point}")
        if assuming.eventually and (proof := prove(before, after, assuming)).holds:
            return proof
        small, vanishing = _in_vanishing(before, variable, point, side, assuming)
        if _is_continuous(small, vanishing, assuming):
            return prove(substitute(small, dict.fromkeys(vanishing, S.Zero)), after, assuming)
        return _by_gruntz(before, after, variable, point, side, assuming)

    return tactic


def holds_near(condition: Basic, variable: Symbol, point: Expr, side: str = "+") -> bool:
    """Whether strict comparisons certainly hold as the variable comes close enough to a point."""
    distance = Dummy("distance", positive=True)
    near = point + (distance if side == "+" else -distance)
    for part in And.make_args(condition):
        if not isinstance(part, Gt | Lt) or point is oo:
            return False
        margin = expand(substitute(part.gts - part.lts, {variable: near}))
        start, slope = margin.coeff(distance, 0), margin.coeff(distance, 1)
        grows = start.is_positive or (start == 0 and slope.is_positive)
        if not grows or expand(margin - start - slope * distance) != 0:
            return False
    return True


def _by_gruntz(
    before: Expr, after: Expr, variable: Symbol, point: Expr, side: str, assuming: Assuming
) -> Proof:
    if counterexample := find_missed_limit(before, after, variable, point, side, assuming):
        return refuted(counterexample)
    others = symbols_of(before, after) - {variable}
    if not all(_is_product(side, variable) for side in (before, after)):
        return undecided("expected a product, in which no number decides what cancels or grows")
    for signs in _sign_cases(others):
        here, there = (substitute(expr, signs) for expr in (before, after))
        try:
            found = limit(here, variable, point, side if point.is_finite else "-")
        except (NotImplementedError, TypeError) as error:
            return undecided(f"SymPy finds no limit: {error}")
        if not is_zero(found - there):
            return undecided("limit not found")
    return proved(Scope(others, warrants=(Warrant.LIMIT,)))


def _is_product(expr: Expr, variable: Symbol) -> bool:
    """Whether numbers beside the variable are in no sum, which may vanish for some of them, and in
    no exponent that decides what grows: their signs are then all that a limit depends on.
    """
    if isinstance(expr, Symbol) or not expr.free_symbols - {variable}:
        return True
    is_power = isinstance(expr, Pow) and expr.exp.is_number
    is_alike = is_power or isinstance(expr, (Mul, exp, tanh))
    return is_alike and all(_is_product(part, variable) for part in expr.args)


def _sign_cases(symbols: Iterable[Basic]) -> Iterator[dict[Basic, Expr]]:
    """Each choice of signs: SymPy's limits take no notice of a number that may be 0."""
    pairs = [(symbol, Dummy("p", positive=True)) for symbol in symbols]
    cases = [[(s, p)] if s.is_positive else [(s, p), (s, S.Zero), (s, -p)] for s, p in pairs]
    return map(dict, product(*cases))


def _in_vanishing(
    expr: Expr, variable: Symbol, point: Expr, side: str, assuming: Assuming
) -> tuple[Expr, set[Symbol]]:
    """The expression with a name for each part that tends to 0, and these names.

    The distance to the point is one; powers b^t with |b| < 1, and e^(-c/x) with c > 0 as x falls to
    0, are others. A name per part, so that none cancels what vanishes at another rate.
    """
    names: dict[Expr, Symbol] = {}

    def named(part: Expr) -> Symbol:
        above = None if isinstance(part, Pow) else True  # b^t changes its sign if b is negative
        return names.setdefault(part, Dummy("small", real=True, positive=above))

    def vanishes(part: Basic) -> bool:
        if point is oo:
            is_power = isinstance(part, Pow) and part.exp == variable
            is_fixed = is_power and not part.base.has(variable)
            return is_fixed and prove(Abs(part.base), S.One, assuming, "<").holds
        if point != 0 or side != "+" or not isinstance(part, exp):
            return False
        rate = -part.args[0] * variable
        return not rate.has(variable) and prove(rate, S.Zero, assuming, ">").holds

    expr = with_bounds_apart(expr).replace(vanishes, named)
    distance = named(variable)
    away = 1 / distance if point is oo else point + (distance if side == "+" else -distance)
    return substitute(expr, {variable: away}), set(names.values())


def _is_continuous(expr: Expr, vanishing: set[Symbol], assuming: Assuming) -> bool:
    """Whether it is built of continuous functions, with denominators that are positive at 0."""
    if expr in vanishing or not expr.has(*vanishing):
        return True
    if isinstance(expr, Pow) and not (expr.exp.is_Integer and expr.exp.is_positive):
        base = substitute(expr.base, dict.fromkeys(vanishing, S.Zero))
        is_defined = expr.exp.is_Rational and prove(base, S.Zero, assuming, ">").holds
        return is_defined and _is_continuous(expr.base, vanishing, assuming)
    if isinstance(expr, Sum):
        fixed = not any(end.has(*vanishing) for _, *ends in expr.limits for end in ends)
        return fixed and _is_continuous(expr.function, vanishing, assuming)
    if not isinstance(expr, (Abs, Add, Mul, Pow, exp, tanh)):
        return False
    return all(_is_continuous(part, vanishing, assuming) for part in expr.args)


# --- integrals -----------------------------------------------------------------------------------


def antiderivative(primitive: Expr) -> Tactic:
    """From a definite integral to its value, by a primitive whose derivative is proved first.

    That the primitive has no jump inside is not proved, but quadrature has to agree with the value.
    """

    def tactic(before: Expr, after: Expr) -> Proof:
        ((variable, lower, upper),) = before.limits
        at = next(points_of([before, after], NOTHING), None)
        if at is None:
            return undecided("no point found where quadrature gives a value")
        first, second = evaluate(before, at), evaluate(after, at)
        if abs(first - second) > NEAR_ENOUGH * (1 + abs(second)):
            values = difference_at(before, after, at)
            disagrees = undecided("quadrature does not agree")
            return refuted(Counterexample(at, *values)) if values else disagrees
        try:
            ends = (limit(primitive, variable, upper, "-"), limit(primitive, variable, lower, "+"))
        except (NotImplementedError, TypeError) as error:
            return undecided(f"SymPy finds no limit: {error}")
        return _all_hold(
            symbols_of(before, after) - {variable},
            Warrant.PRIMITIVE,
            prove(Derivative(primitive, variable), before.function),
            prove(ends[0] - ends[1], after),
        )

    return tactic


def restriction(before: Expr, after: Expr) -> Proof:
    """From an integral up to infinity to one that begins later, where the integrand begins."""
    ((variable, lower, upper),), ((other, begin, end),) = before.limits, after.limits
    if other != variable or not end == upper == oo or not (begin - lower).is_extended_nonnegative:
        return undecided("expected the same range, begun later")
    return prove(before.function, indicator(variable > begin) * after.function)


# --- inequalities --------------------------------------------------------------------------------


def squared(surplus: Expr, assuming: Assuming = NOTHING) -> Tactic:
    """From a quantity to a bound that is not negative and whose square exceeds its by `surplus`.

    No term of the surplus is negative: sums of squares, say.
    """

    def tactic(quantity: Expr, bound: Expr) -> Proof:
        if counterexample := find_counterexample(bound, quantity, assuming, Sign.NONNEGATIVE):
            return refuted(counterexample)
        return _all_hold(
            symbols_of(quantity, bound),
            None,
            prove(bound, S.Zero, assuming, ">="),
            prove(bound**2 - quantity**2, surplus, assuming),
            *(prove(term, S.Zero, assuming, ">=") for term in Add.make_args(surplus)),
        )

    return tactic


# --- theorems that are cited ---------------------------------------------------------------------


def cited(premise: Expr, conclusion: Expr) -> Tactic:
    """From a premise to the conclusion of a theorem; the step's reason names its source."""

    def tactic(before: Expr, after: Expr) -> Proof:
        if (before, after) != (premise, conclusion):
            return undecided("expected what the theorem says")
        return proved(Scope(warrants=(Warrant.ASSUMED,)))

    return tactic


def dominated(pointwise: Tactic) -> Tactic:
    """From an integral to that of the limit of its integrand, which is also the integrand's bound.

    That the two limits may be exchanged is Lebesgue's theorem of dominated convergence. The limit
    at each place is proved; that it bounds the integrand is tried at points alone.
    """

    def tactic(before: Expr, after: Expr) -> Proof:
        if before.limits != after.limits:
            return undecided("expected the same range")
        inner, outer = before.function, after.function
        if find_counterexample(outer, Abs(inner), sign=Sign.NONNEGATIVE):
            return undecided("expected an integrand that its limit bounds")
        return _all_hold(symbols_of(after), Warrant.ASSUMED, pointwise(inner, outer))

    return tactic
