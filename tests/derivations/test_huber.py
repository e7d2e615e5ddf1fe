"""Huber's gradient against numbers, and the mistakes that students make."""

from dataclasses import replace

import pytest
from subjects import is_refuted
from sympy import Abs, Piecewise, sign

from derivations import huber
from derivations.huber import PSI, RESIDUALS, X, d, delta, i, j, n, r, w, y
from derivations.notation import total
from derivations.prover.facts import Assuming, unfold
from derivations.prover.points.evaluation import evaluate
from derivations.prover.proof import Verdict, Warrant

(GRADIENT,) = huber.gradient.chains
ROWS, TARGETS, WEIGHTS, THRESHOLD = [(1, 2), (3, -1), (0, 4)], [1, 9, -3], [2, 1], 2
POINT = {
    n: 3,
    d: 2,
    delta: THRESHOLD,
    X: {(a, b): ROWS[a - 1][b - 1] for a in (1, 2, 3) for b in (1, 2)},
    y: {(a,): TARGETS[a - 1] for a in (1, 2, 3)},
    w: {(b,): WEIGHTS[b - 1] for b in (1, 2)},
}


def test_the_gradient_is_the_sum_worked_by_hand():
    # r = (1 - 4, 9 - 5, -3 - 4) = (-3, 4, -7), all outside [-2, 2]: psi = (-2, 2, -2)
    formula = unfold(unfold(GRADIENT.closed_form, PSI.definitions), RESIDUALS.definitions)
    assert [evaluate(formula, POINT | {j: column}) for column in (1, 2)] == [
        -(-2 + 6),
        -(-4 - 2 - 8),
    ]
    # with delta = 3 the first residual is exactly at the threshold
    at_threshold = POINT | {delta: 3}
    assert [evaluate(formula, at_threshold | {j: column}) for column in (1, 2)] == [-6, 21]


def gradient_by(influence):
    """-sum_i influence_i x_ij, with an influence that is the residual inside."""
    return -total(Piecewise((r[i], Abs(r[i]) <= delta), (influence, True)) * X[i, j], i)


MISTAKES = {
    "a sign": -gradient_by(delta * sign(r[i])),
    "no sign of the residual": gradient_by(delta),
    "no threshold": gradient_by(sign(r[i])),
    "the squared loss": gradient_by(r[i]),
    "the loss itself": gradient_by(delta * Abs(r[i])),
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(GRADIENT, formula)


def test_the_one_sided_slopes_differ_at_each_threshold():
    slopes = {chain.name: chain.closed_form for chain in huber.not_c2.chains}
    assert set(slopes.values()) == {0, 1}


def test_convexity_needs_the_point_to_lie_between():
    (chain,) = huber.convex.chains
    first = replace(chain.steps[0], assuming=Assuming())
    assert first.prove(chain.start, first.expression).verdict is Verdict.REFUTED


def test_the_weighted_square_lies_above_the_loss():
    (chain,) = huber.irls_descent.chains
    assert chain.prove()[0].holds
    first = replace(chain.steps[0], expression=total(huber.weighted_change - 2 * huber.gap, i))
    assert first.prove(chain.start, first.expression).verdict is Verdict.REFUTED


def test_a_minimiser_with_more_ridge_is_not_longer():
    (chain, *_) = huber.ridge_shrinks.chains
    *_, last = chain.steps
    only_one = replace(last, assuming=Assuming(provided=huber.lost_u >= 0))
    before = chain.steps[0].expression
    assert last.prove(before, last.expression).holds
    assert only_one.prove(before, last.expression).verdict is Verdict.REFUTED


def test_existence_rests_on_a_theorem():
    *_, proof = huber.minimiser_exists.prove()
    assert proof.scope.warrants == (Warrant.ASSUMED,)
