"""Exact minimisers: one consistent pattern, and no lower loss anywhere near."""

from itertools import product

import pytest
from sympy import Integer, Rational, Tuple

from derivations.huber import EXAMPLE, EXAMPLE_MINIMISER
from derivations.huber_minimiser import DataSet, consistent_solutions, unique_minimiser
from derivations.prover.proof import Verdict
from derivations.prover.words import scope_to_text

LINE = DataSet(((1, 0), (1, 1), (1, 3), (1, 7)), tuple(map(Rational, (0, 1, 9, 7))), Rational(1))
SOLVED = [(EXAMPLE, EXAMPLE_MINIMISER), (LINE, Tuple(Rational(13, 43), Rational(87, 86)))]


def loss(data, weights):
    """The Huber objective in exact numbers."""
    value = Rational(0)
    for row, target in zip(data.X, data.y, strict=True):
        residual = target - sum(x * w for x, w in zip(row, weights, strict=True))
        inside = abs(residual) <= data.delta
        value += residual**2 / 2 if inside else data.delta * (abs(residual) - data.delta / 2)
    return value


@pytest.mark.parametrize(("data", "minimiser"), SOLVED)
def test_exactly_one_pattern_is_consistent(data, minimiser):
    assert consistent_solutions(data) == [minimiser]


@pytest.mark.parametrize(("data", "minimiser"), SOLVED)
def test_no_point_near_the_minimiser_has_a_lower_loss(data, minimiser):
    least = loss(data, minimiser)
    for shift in product((-1, 0, 1), repeat=len(minimiser)):
        for step in (Rational(1, 1000), Rational(1, 10), Integer(3)):
            moved = [w + step * sign for w, sign in zip(minimiser, shift, strict=True)]
            assert loss(data, moved) >= least


def test_another_point_is_refuted():
    tactic = unique_minimiser(EXAMPLE)
    proof = tactic(Integer(0), EXAMPLE_MINIMISER)
    assert proof.verdict is Verdict.PROVED
    assert scope_to_text(proof.scope).startswith(
        "X = (1, 2, 4, 9) and delta = 1 and y = (1, 2, 12, 9)"
    )
    wrong = Tuple(EXAMPLE_MINIMISER[0] + 1)
    assert tactic(Integer(0), wrong).verdict is Verdict.REFUTED


def test_a_family_of_solutions_is_not_passed_over():
    twins = DataSet(((1, 1), (2, 2)), (Rational(1), Rational(2)), Rational(1))
    with pytest.raises(ValueError, match="a family of solutions; choose other data"):
        consistent_solutions(twins)


def test_a_wrong_minimiser_is_shown_beside_the_right_one():
    proof = unique_minimiser(LINE)(Integer(0), Tuple(Rational(1, 2), Rational(1)))
    assert str(proof.counterexample) == "at patterns = 81: [0.302326, 1.01163], not [0.5, 1]"
