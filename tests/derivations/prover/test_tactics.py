"""Induction, limits and integrals: each proves what holds, and refuses or refutes what does not."""

import pytest
from sympy import Abs, Integer, Integral, Piecewise, Symbol, atan, erf, exp, oo, pi, sign, sqrt

from derivations.notation import Sum, array, index, indicator, sequence, size, time, total
from derivations.prover.proof import Verdict
from derivations.prover.tactics import (
    antiderivative,
    induction,
    induction_on_sum,
    limit_at,
    restriction,
)

n, t = size("n"), time("t")
k, i = index("k", t), index("i", n)
g, u, a = sequence("g"), sequence("u"), array("a", n)
x, s = Symbol("x", real=True), Symbol("s", positive=True)
p, c = Symbol("p", positive=True), Symbol("c", real=True)

# --- induction -----------------------------------------------------------------------------------


def test_a_recurrence_is_unrolled_for_every_step():
    proof = induction(u[t - 1], t)(p * u[t - 1] + g[t], total(p ** (t - k) * g[k], k))
    assert proof.holds
    assert str(proof.scope) == "every t, p > 0, by induction"


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
    assert str(proof.scope) == "every n"


def test_each_side_has_its_own_limit():
    assert limit_at(x, Integer(0), side="+")(sign(x), Integer(1)).holds
    assert limit_at(x, Integer(0), side="-")(sign(x), Integer(-1)).holds
    assert limit_at(x, Integer(0), side="-")(sign(x), Integer(1)).verdict is Verdict.REFUTED


def test_a_geometric_sequence_vanishes_below_one_alone():
    below_one = limit_at(t, oo, writing={p: 1 / (1 + s)})
    assert below_one(p**t, Integer(0)).holds
    assert below_one(p**t, Integer(1)).verdict is Verdict.REFUTED
    assert not limit_at(t, oo)(p**t, Integer(0)).holds


def test_a_limit_that_values_do_not_approach_is_not_proved():
    jump = Piecewise((1, x <= 2), (5, True))
    assert not limit_at(x, Integer(2))(jump, Integer(1)).holds
    assert not limit_at(t, oo)(Sum(g[k], (k, 1, t)), Integer(0)).holds
    assert limit_at(x, Integer(0))(exp(1 / Abs(x)), Integer(1)).verdict is Verdict.REFUTED


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
