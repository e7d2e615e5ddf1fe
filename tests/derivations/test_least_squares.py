"""The gradients of least squares against numbers, and the mistakes that students make."""

import pytest
from subjects import is_refuted

from derivations import least_squares
from derivations.least_squares import A_, A, b, b_, d, m, p, q, residual_matrix, t, t_, x, x_
from derivations.prover.points.evaluation import evaluate
from derivations.prover.prove import prove

BY_INDICES, BY_MATRICES = least_squares.grad_A.chains
POINT = {
    d: 2,
    m: 3,
    A: {(1, 1): 1, (1, 2): 2, (1, 3): 3, (2, 1): -1, (2, 2): 0, (2, 3): 4},
    x: {(1,): 2, (2,): -1, (3,): 1},
    b: {(1,): 1, (2,): 5},
    t: {(1,): 0, (2,): 1},
}


def test_the_gradients_are_those_worked_by_hand():
    # Ax + b - t = (2 - 2 + 3 + 1, -2 + 4 + 5 - 1) = (4, 6)
    outer = {(1, 1): 8, (1, 2): -4, (1, 3): 4, (2, 1): 12, (2, 2): -6, (2, 3): 6}
    for (row, column), value in outer.items():
        point = POINT | {p: row, q: column}
        assert evaluate(BY_INDICES.closed_form, point) == value
    (chain,) = least_squares.grad_b.chains
    assert [evaluate(chain.closed_form, POINT | {p: row}) for row in (1, 2)] == [4, 6]


def test_indices_and_matrix_calculus_agree():
    one, other = least_squares.grad_A.chains
    assert prove(one.closed_form, other.closed_form).holds


MISTAKES = {
    "a factor of two": 2 * residual_matrix * x_.T,
    "a sign": (A_ * x_ - b_ - t_) * x_.T,
    "no residual": A_ * x_ * x_.T,
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(BY_INDICES, formula)
    assert is_refuted(BY_MATRICES, formula)
