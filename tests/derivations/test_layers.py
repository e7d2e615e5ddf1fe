"""The backward passes against numbers worked by hand, and the mistakes that students make."""

import pytest
from subjects import is_refuted
from sympy import exp

from derivations import layers
from derivations.entries import as_matrix
from derivations.layers import (
    C,
    N,
    W,
    X,
    Y,
    Z,
    d,
    dY,
    dZ,
    i,
    j,
    label,
    m,
    n,
    p,
    predicted,
    q,
)
from derivations.notation import indicator, total
from derivations.prover.facts import unfold
from derivations.prover.points.evaluation import evaluate

LINEAR = {
    N: 2,
    d: 3,
    m: 2,
    X: {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): 0, (2, 2): -1, (2, 3): 4},
    W: {(1, 1): 2, (1, 2): 0, (1, 3): 1, (2, 1): -1, (2, 2): 3, (2, 3): 5},
    dZ: {(1, 1): 1, (1, 2): -2, (2, 1): 4, (2, 2): 3},
}


def closed_form(derivation):
    """The last formula of a derivation with its abbreviations written out."""
    (chain,) = derivation.chains
    formula = chain.closed_form
    for step in chain.steps:
        formula = unfold(formula, step.assuming.definitions)
    return formula


def table(formula, row, column, point):
    """The values of a formula over two indices."""
    ranges = [range(1, point[place.upper] + 1) for place in (row, column)]
    return [[evaluate(formula, point | {row: a, column: b}) for b in ranges[1]] for a in ranges[0]]


def test_the_linear_layer_is_worked_by_hand():
    dW = table(closed_form(layers.linear_dW), q, j, LINEAR)
    assert dW == [[1, -2, 19], [-2, -7, 6]]
    db = [evaluate(closed_form(layers.linear_db), LINEAR | {q: output}) for output in (1, 2)]
    assert db == [5, 1]
    dX = table(closed_form(layers.linear_dX), p, j, LINEAR)
    assert dX == [[4, -6, -9], [5, 9, 19]]


def test_relu_passes_the_gradient_of_positive_inputs_alone():
    point = {N: 1, d: 3, X: {(1, 1): -2, (1, 2): 0, (1, 3): 5}, dY: {(1, k): 7 for k in (1, 2, 3)}}
    assert table(closed_form(layers.relu), p, j, point) == [[0, 0, 7]]


def test_the_sigmoid_is_steepest_at_zero():
    point = {N: 1, d: 1, X: {(1, 1): 0}, dY: {(1, 1): 1}, p: 1, j: 1}
    assert float(evaluate(closed_form(layers.sigmoid_layer), point)) == 0.25


def test_softmax_and_cross_entropy_leave_the_difference_over_the_batch():
    point = {N: 2, C: 2, Z: {(1, 1): 0, (1, 2): 0, (2, 1): 1, (2, 2): 1}}
    point[Y] = {(1, 1): 1, (1, 2): 0, (2, 1): 0, (2, 2): 1}
    formula = closed_form(layers.softmax_cross_entropy)
    found = table(formula, p, label, point)
    assert [[float(one) for one in row] for row in found] == [[-0.25, 0.25], [0.25, -0.25]]


dZ_, W_, X_, Y_, predicted_ = map(as_matrix, (dZ, W, X, Y, predicted))
MISTAKES = {
    "no batch mean": (layers.softmax_cross_entropy, predicted_ - Y_),
    "labels minus predictions": (layers.softmax_cross_entropy, (Y_ - predicted_) / N),
    "the mean of the bias gradients": (layers.linear_db, total(dZ[n, q], n) / N),
    "the wrong row of W": (layers.linear_dX, total(dZ[p, i] * W[i, j], i) * 2),
    "the indicator of the output's gradient": (layers.relu, dY[p, j] * indicator(dY[p, j] > 0)),
    "negative inputs pass": (layers.relu, dY[p, j] * indicator(X[p, j] <= 0)),
    "one sigmoid too few": (layers.sigmoid_layer, dY[p, j] / (1 + exp(-X[p, j]))),
}


@pytest.mark.parametrize(("derivation", "formula"), MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(derivation, formula):
    (chain,) = derivation.chains
    assert is_refuted(chain, formula)
