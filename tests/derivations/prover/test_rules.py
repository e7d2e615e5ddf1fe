"""Each rule of the normal form keeps the value of what it rewrites, where its parts have values."""

import pytest
from direct_values import has_places, points, value
from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis import strategies as st
from reals import ZERO, differ
from rule_expressions import ARRAYS, RANDOM, RULES, SYMBOLS
from sympy import I, Pow, Sum, nan, zoo

from derivations.notation import Expectation
from derivations.prover.needs import hides_gaps
from derivations.prover.normal_form import is_zero, normal_form

POINTS = 3
LARGEST = 4  # sums in one expression
TOLERANCE = "1e-18"  # a difference quotient is that good; everything else is exact or much better


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
        after = normal_form(before)
        vanishes = after == 0 or (after.has(Pow) and is_zero(before))
        random = RANDOM if before.has(Expectation) else ()
        for point in points(SYMBOLS, ARRAYS, point_seed, POINTS, random):
            if not has_places(before, point):
                continue
            expected, result = value(before, point), value(after, point)
            if not expected.is_known:
                continue
            assert result.number != "none", f"no value, before {expected}:\n{after}\nat {point}"
            assert not differ(result, expected, TOLERANCE), (
                f"{result}, before {expected}:\n{after}\nat {point}"
            )
            if vanishes:
                assert not differ(expected, ZERO, TOLERANCE), f"is_zero, but {expected} at {point}"

    keeps_the_value()
