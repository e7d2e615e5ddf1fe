"""Each rule of the normal form keeps the value of what it rewrites, where its parts have values."""

import pytest
from direct_values import has_places, points, value
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from reals import ZERO, differ
from rule_expressions import ARRAYS, RANDOM, RULES, SYMBOLS, a, b, g, m, n, p, sum_over, t
from sympy import (
    Derivative,
    I,
    Idx,
    KroneckerDelta,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    exp,
    log,
    nan,
    zoo,
)
from sympy import Sum as SympySum

from derivations.notation import Expectation, Sum, indicator
from derivations.prover.needs import hides_gaps, needs_of
from derivations.prover.normal_form import is_zero, normal_form

POINTS = 3
LARGEST = 4  # sums in one expression
TOLERANCE = "1e-18"  # a difference quotient is that good; everything else is exact or much better

i, j, k, q, s, later, from_0 = (
    Idx(Symbol(name, integer=True), ends)
    for name, ends in (
        ("i", (1, n)),
        ("j", (1, n)),
        ("k", (1, n)),
        ("q", (1, m)),
        ("k", (1, t)),
        ("k", (1, t + 1)),
        ("k", (0, t - 1)),
    )
)
delta = KroneckerDelta(i, k)
ONCE_WRONG = {
    "a branch that is not taken": Piecewise((1 / a[i], a[i] > 0), (a[i], True)),
    "a logarithm in it": Piecewise((log(g[s]), g[s] > 0), (g[s], True)),
    "a delta in a denominator": (a[j] ** 2 - delta) / (a[j] - delta) - a[j],
    "a delta that makes it 0": sum_over((delta + 1) * exp(b[i]) / (delta - 1), q),
    "an indicator over its sum": sum_over(
        indicator(a[i] <= a[j]) / sum_over(indicator(a[i] <= a[j]), later), later
    ),
    "a derivative of the square of a sum of 0": Derivative(Sum(0, (i, 1, n)) ** 2 * a[i], a[i]),
    "a power whose parts have no value": a[i] ** (t / 2 + Rational(1, 2)),
    "a sum from 0": Sum(p ** (t - from_0), (from_0, 0, t - 1)),
}


@pytest.mark.parametrize("before", ONCE_WRONG.values(), ids=ONCE_WRONG)
def test_what_was_once_wrong_keeps_its_value(before):
    check(before, point_seed=0, number=100)


def test_t_terms_of_one_over_t_are_not_called_1_as_at_t_0_there_are_none():
    assert not is_zero(sum_over(a[i] / sum_over(a[i], s), s) - 1)


def test_a_sum_of_sympy_which_takes_branches_out_of_inner_sums_is_refused():
    with pytest.raises(TypeError, match=r"expected derivations\.notation\.Sum"):
        normal_form(SympySum(a[i], (i, 1, n)))


@pytest.mark.parametrize("rule", RULES)
def test_rule_keeps_the_value(rule, pytestconfig):
    number = -(-pytestconfig.getoption("--expressions") // len(RULES))
    first_seed = pytestconfig.getoption("--seed")
    print(f"{number} expressions, --seed {first_seed}")

    @seed(first_seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(RULES[rule], st.integers(0, 2**30))
    def keeps_the_value(before, point_seed):
        assume(not before.has(zoo, nan, I) and len(before.atoms(Sum)) <= LARGEST)
        assume(not hides_gaps(before))  # what the normal form is never asked for
        check(before, point_seed, POINTS)

    keeps_the_value()


def check(before, point_seed, number):
    """The value before is the value after; what is found to be 0 is 0. A value may be lost only
    where the rules say nothing: of (-1)^(t/2 + 1/2), which has one at t = 1.
    """
    after = normal_form(before)
    is_told = not any(need.is_of_rules for need in needs_of(before))
    vanishes = after == 0 or (after.has(Pow) and is_zero(before))
    random = RANDOM if before.has(Expectation) else ()
    for point in points(SYMBOLS, ARRAYS, point_seed, number, random):
        if not has_places(before, point):
            continue
        expected = value(before, point)
        if not expected.is_known:
            continue
        result = value(after, point)
        if result.number == "none" and not is_told:
            continue
        assert result.number != "none", f"no value, before {expected}:\n{after}\nat {point}"
        assert not differ(result, expected, TOLERANCE), (
            f"{result}, before {expected}:\n{after}\nat {point}"
        )
        if vanishes:
            assert not differ(expected, ZERO, TOLERANCE), f"is_zero, but {expected} at {point}"
