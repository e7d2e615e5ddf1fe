"""Induction, limits and integrals: each proves what holds, and refuses or refutes what does not."""

import pytest
from sympy import (
    Abs,
    Integer,
    Integral,
    Piecewise,
    Symbol,
    atan,
    erf,
    exp,
    oo,
    pi,
    sign,
    sqrt,
    tanh,
)

from derivations.notation import Sum, array, index, indicator, sequence, size, time, total
from derivations.prover.facts import Assuming
from derivations.prover.proof import Verdict
from derivations.prover.tactics import (
    antiderivative,
    cited,
    dominated,
    induction,
    induction_on_sum,
    limit_at,
    restriction,
    squared,
)
from derivations.prover.words import scope_to_text

n, t = size("n"), time("t")
k, i = index("k", t), index("i", n)
g, u, a = sequence("g"), sequence("u"), array("a", n)
gaps = array("d", n, nonnegative=True)
x, s = Symbol("x", real=True), Symbol("s", positive=True)
p, c = Symbol("p", positive=True), Symbol("c", real=True)

# --- induction -----------------------------------------------------------------------------------


def test_a_recurrence_is_unrolled_for_every_step():
    proof = induction(u[t - 1], t)(p * u[t - 1] + g[t], total(p ** (t - k) * g[k], k))
    assert proof.holds
    assert scope_to_text(proof.scope) == "every t, p > 0, by induction"


def test_the_start_of_a_recurrence_counts():
    tactic = induction(u[t - 1], t, start=c)
    closed = p**t * c + total(p ** (t - k) * g[k], k)
    assert tactic(p * u[t - 1] + g[t], closed).holds
    assert tactic(p * u[t - 1] + g[t], closed - p**t * c).verdict is Verdict.REFUTED


def test_a_recurrence_may_name_the_state_before_the_step():
    assert induction(u[t], t, start=c)(u[t] - g[t], c - total(g[k], k)).holds


@pytest.mark.parametrize(
    ("recurrence", "closed"),
    [
        (p * u[t - 1] + g[t], total(p ** (t - k + 1) * g[k], k)),
        (p * u[t - 1] + g[t], total(p ** (t - k) * g[k], k) + p**t),
        (u[t - 1] + t, t),
    ],
    ids=["a power too many", "a wrong start", "right at the start alone"],
)
def test_a_wrong_form_is_refuted(recurrence, closed):
    assert induction(u[t - 1], t)(recurrence, closed).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("recurrence", "closed"),
    [(u[t - 2], Integer(0)), (u[t - 1], u[t]), (total(u[k], k), Integer(0))],
    ids=["two steps back", "the sequence itself", "all steps back"],
)
def test_other_recurrences_are_not_decided(recurrence, closed):
    assert induction(u[t - 1], t)(recurrence, closed).verdict is Verdict.UNDECIDED


def test_steps_are_counted_from_zero():
    positive = size("t")
    with pytest.raises(ValueError, match=r"t: expected a number of steps from 0 on"):
        induction(u[positive - 1], positive)


def test_a_sum_is_evaluated_for_every_step():
    assert induction_on_sum(t)((1 - p) * total(p ** (t - k), k), 1 - p**t).holds
    assert induction_on_sum(t)(total(k, k), t * (t + 1) / 2).holds


@pytest.mark.parametrize("value", [t**2, t * (t - 1) / 2, t], ids=str)
def test_a_wrong_value_of_a_sum_is_refuted(value):
    assert induction_on_sum(t)(total(k, k), value).verdict is Verdict.REFUTED


def test_a_multiple_that_may_be_zero_proves_nothing_of_its_sum():
    proof = induction_on_sum(t)(t * total(k, k), t**2 * (t + 1) / 2)
    assert proof.verdict is Verdict.UNDECIDED


# --- limits --------------------------------------------------------------------------------------


def test_a_continuous_expression_is_evaluated_at_the_point():
    mean = total(exp(s * a[i]) * a[i], i) / total(exp(s * a[i]), i)
    proof = limit_at(s, Integer(0))(mean, total(a[i], i) / n)
    assert proof.holds
    assert scope_to_text(proof.scope) == "every n"


def test_each_side_has_its_own_limit():
    assert limit_at(x, Integer(0), side="+")(sign(x), Integer(1)).holds
    assert limit_at(x, Integer(0), side="-")(sign(x), Integer(-1)).holds
    assert limit_at(x, Integer(0), side="-")(sign(x), Integer(1)).verdict is Verdict.REFUTED


def test_a_geometric_sequence_vanishes_below_one_alone():
    below_one = limit_at(t, oo, assuming=Assuming(provided=Abs(c) < 1))
    proof = below_one((1 - c**t) / (1 - c), 1 / (1 - c))
    assert proof.holds
    assert scope_to_text(proof.scope) == "|c| < 1"
    assert below_one(c**t, Integer(1)).verdict is Verdict.REFUTED
    assert not limit_at(t, oo)(c**t, Integer(0)).holds
    assert not below_one(t * c**t, Integer(1)).holds


def test_cold_exponentials_vanish_for_every_size():
    cold = limit_at(s, Integer(0))
    share = 1 / (1 + total(exp(-(p + gaps[i]) / s), i))
    proof = cold(share, Integer(1))
    assert proof.holds
    assert scope_to_text(proof.scope) == "every n"
    assert cold(share, 1 / n).verdict is Verdict.REFUTED
    assert not cold(1 / total(exp(-gaps[i] / s), i), 1 / n).holds  # a gap may be 0
    assert not cold(exp(-2 * p / s) / exp(-p / s) ** 3, Integer(0)).holds


def test_what_a_quantity_is_near_the_point_is_its_limit():
    near = Assuming(provided=s < p, eventually=True)
    quotient = Piecewise((c, s < p), (Integer(7), True))
    assert limit_at(s, Integer(0), assuming=near)(quotient, c).holds
    assert not limit_at(s, Integer(0), assuming=near)(quotient, Integer(7)).holds


def test_a_limit_that_values_do_not_approach_is_not_proved():
    jump = Piecewise((1, x <= 2), (5, True))
    assert not limit_at(x, Integer(2))(jump, Integer(1)).holds
    assert not limit_at(t, oo)(Sum(g[k], (k, 1, t)), Integer(0)).holds
    assert limit_at(x, Integer(0))(exp(1 / Abs(x)), Integer(1)).verdict is not Verdict.PROVED


# --- integrals -----------------------------------------------------------------------------------

density = exp(-(x**2) / 2) / sqrt(2 * pi)
half = Integral(x**2 * density, (x, 0, oo))
primitive = -x * density + erf(x / sqrt(2)) / 2


def test_an_integral_is_its_primitive_at_the_ends():
    assert antiderivative(primitive)(half, Integer(1) / 2).holds


def test_a_wrong_value_of_an_integral_is_refuted():
    assert antiderivative(primitive)(half, Integer(1)).verdict is Verdict.REFUTED


def test_a_wrong_primitive_proves_nothing():
    assert not antiderivative(2 * primitive)(half, Integer(1) / 2).holds


def test_a_primitive_with_a_jump_proves_nothing():
    slope = Integral(-1 / (1 + x**2), (x, -1, 1))
    assert antiderivative(atan(1 / x))(slope, pi / 2).verdict is Verdict.REFUTED


def test_an_integral_begins_where_its_integrand_does():
    whole = Integral(indicator(x > 0) * x**2 * density, (x, -oo, oo))
    assert restriction(whole, half).holds
    assert restriction(Integral(x**2 * density, (x, -oo, oo)), half).verdict is Verdict.REFUTED
    other = Integral(x**2 * density, (x, 0, 1))
    assert restriction(whole, other).verdict is Verdict.UNDECIDED


# --- inequalities and theorems -------------------------------------------------------------------


def test_a_bound_holds_if_its_square_exceeds_by_what_is_not_negative():
    assert squared(c**2 + 2 * p * Abs(c))(p, p + Abs(c)).holds
    assert not squared(c**2)(p, p + Abs(c)).holds
    assert squared(-(c**2))(p + Abs(c), p).verdict is Verdict.REFUTED
    assert not squared(Integer(0))(p, -p).holds


def test_cauchy_and_schwarz_for_every_size():
    b = array("b", n, positive=True)
    mean, square, reach = (total(e, i) for e in (a[i] * b[i], b[i], a[i] ** 2 * b[i]))
    distances = total(b[i] * (square * a[i] - mean) ** 2, i) / square
    assert squared(distances)(Abs(mean), sqrt(reach * square)).holds


def test_a_theorem_gives_its_own_conclusion_alone():
    theorem = cited(x, c)
    assert theorem(x, c).holds
    assert scope_to_text(theorem(x, c).scope) == "every value, by a theorem that is cited"
    assert theorem(x, p).verdict is Verdict.UNDECIDED
    assert theorem(c, c).verdict is Verdict.UNDECIDED


def test_limits_are_exchanged_where_the_limit_is_a_bound():
    flat = Integral(tanh(s * x) ** 2 / s**2 * density, (x, -oo, oo))
    limit_of_flat = Integral(x**2 * density, (x, -oo, oo))
    exchange = dominated(limit_at(s, Integer(0)))
    assert exchange(flat, limit_of_flat).holds
    assert not exchange(flat, Integral(2 * x**2 * density, (x, -oo, oo))).holds
    steep = Integral(x**2 * (1 + s) * density, (x, -oo, oo))
    assert exchange(steep, limit_of_flat).verdict is Verdict.UNDECIDED
    dipping = Integral(x**2 * (1 - 8 * s) * density, (x, -oo, oo))
    assert exchange(dipping, limit_of_flat).verdict is Verdict.UNDECIDED
