"""Differentiation branch by branch, at the points where branches meet."""

import pytest
from sympy import Abs, Derivative, Eq, Ge, Gt, Piecewise, Rational, Symbol, sign

from derivations.huber import j as feature
from derivations.huber import loss, objective, rho, w
from derivations.notation import array, index, indicator, size, total
from derivations.prover.kinks import has_kinks
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix
from derivations.prover.needs import Need, Sign
from derivations.prover.proof import Verdict
from derivations.prover.prove import prove

a, p = Symbol("a", real=True), Symbol("p", positive=True)
n = size("n")
i = index("i", n)
x, y = array("x", n), array("y", n)


def relu(z):
    return Piecewise((z, z > 0), (0, True))


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        # a itself, whose slope at 0 is 1 and not 0
        (relu(a) - relu(-a), indicator(a > 0) + indicator(a < 0)),
        (Abs(a) - 2 * relu(-a), sign(a) + 2 * indicator(a < 0)),
        # with x = y = (1, -1) again a itself
        (
            total(y[i] * relu(x[i] * a), i),
            total(y[i] * x[i] * indicator(x[i] * a > 0), i),
        ),
        # a^2, whose slope at the one point of the first branch is not that branch's
        (
            Piecewise((a, Abs(a) <= 0), (a**2, True)),
            Piecewise((1, Abs(a) <= 0), (2 * a, True)),
        ),
        (
            Piecewise((2 * a, Eq(a, 2)), (a**2, True)),
            Piecewise((2, Eq(a, 2)), (2 * a, True)),
        ),
    ],
)
def test_a_slope_that_is_wrong_at_a_kink_is_proved_off_kinks_alone(function, slope):
    proof = prove(Derivative(function, a), slope)
    assert proof.verdict is not Verdict.PROVED or proof.scope.off_kinks


def test_branches_that_join_with_value_and_slope_leave_nothing_open():
    assert not has_kinks(Derivative(loss(rho), rho))
    assert not has_kinks(Derivative(objective, w[feature]))
    assert not has_kinks(Derivative(relu(a) + p**2, p))


@pytest.mark.parametrize(
    "outside",
    [
        p * (Abs(a) - Rational(1, 3) * p),  # a jump
        p * Abs(a) / 2,  # a kink
        a**2 / 2 * sign(a),  # joins on the right side alone
    ],
)
def test_branches_that_do_not_join_are_a_kink(outside):
    assert has_kinks(Derivative(Piecewise((a**2 / 2, Abs(a) <= p), (outside, True)), a))


def test_a_second_derivative_is_not_taken_for_smooth():
    assert has_kinks(Derivative(loss(rho), rho, 2))
    assert has_kinks(Derivative(rho * Derivative(loss(rho), rho), rho))


def test_a_need_of_each_sum_is_one_of_the_sum_at_hand():
    """Off the kinks, where no (X w)_i is 0, the slopes of sum_i max((X w)_i, 0) agree; and a need
    of one sum says nothing of another.
    """
    d = size("d")
    j, k = index("j", d), index("k", d)
    X, Z, v = array("X", n, d), array("Z", n, d), array("v", d)

    def slope(relation, matrix=X):
        return total(indicator(relation(total(matrix[i, k] * v[k], k), 0)) * X[i, j], i)

    off_kinks = Need(total(X[i, k] * v[k], k), Sign.NONZERO)
    assert prove(slope(Gt), slope(Ge), needs=(off_kinks,)).holds
    assert not prove(slope(Gt), slope(Ge)).holds
    assert not prove(slope(Gt, Z), slope(Ge, Z), needs=(off_kinks,)).holds


def test_a_maximum_has_kinks():
    k = index("k", n)
    is_largest = IsLargest(SquareMatrix(x[i], i, index("j", n)), k)
    assert has_kinks(Derivative(total(is_largest * x[k], k), x[i]))
    assert not has_kinks(Derivative(total(is_largest * x[k], k) * y[i], y[i]))
