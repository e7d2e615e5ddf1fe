import numpy as np
import pytest
from scipy.optimize import check_grad

from experiments.robust_regression.solvers import (
    Problem,
    gradient_descent,
    irls,
    lbfgs,
    sklearn_huber,
)

SOLVERS = [gradient_descent, irls, lbfgs]


def _regression(samples: int = 60, features: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(samples, features))
    y = X @ np.arange(1.0, features + 1) + rng.normal(size=samples)
    y[:10] += 20
    return X, y


def test_loss_is_that_of_the_homework() -> None:
    # Residuals 1 and 5 with delta = 2: 1/2 and 2 (5 - 1), and a penalty of 3/2 at w = 1.
    problem = Problem(np.ones((2, 1)), np.array([2.0, 6.0]), delta=2.0, lam=3.0)
    assert problem.loss(np.ones(1)) == 0.5 + 8 + 1.5
    assert problem.gradient(np.ones(1)) == [-1 - 2 + 3]


def test_infinite_delta_is_the_squared_loss() -> None:
    problem = Problem(np.ones((2, 1)), np.array([2.0, 6.0]))
    assert problem.loss(np.ones(1)) == (1 + 25) / 2
    assert problem.gradient(np.ones(1)) == [-6]


@pytest.mark.parametrize("delta", [1.3, np.inf])
def test_excess_is_the_difference_of_two_losses(delta) -> None:
    problem = Problem(*_regression(), delta=delta, lam=0.4)
    start, w = np.array([0.3, -1, 2, 0]), np.array([1.0, 2, -3, 4])
    assert problem.excess(w, start) == pytest.approx(problem.loss(w) - problem.loss(start))
    minimiser = irls(problem)[-1]
    assert problem.excess(minimiser + 1e-7, minimiser) > 0


def test_gradient_is_the_derivative_of_the_loss() -> None:
    problem = Problem(*_regression(), delta=1.3, lam=0.4)
    w = np.array([0.3, -1, 2, 0])
    assert check_grad(problem.loss, problem.gradient, w) < 1e-4


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_find_a_minimiser_known_by_hand(solver) -> None:
    # A location: 0, 0 and 10 with delta = 1. At w, the gradient is 2w - 1 while 10 is beyond delta.
    problem = Problem(np.ones((3, 1)), np.array([0.0, 0.0, 10.0]), delta=1.0)
    assert solver(problem)[-1] == pytest.approx(0.5, abs=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_find_the_least_squares_solution_when_delta_is_infinite(solver) -> None:
    X, y = _regression()
    np.testing.assert_allclose(
        solver(Problem(X, y))[-1], np.linalg.lstsq(X, y, rcond=None)[0], atol=1e-8
    )


def test_solvers_agree_to_1e_8() -> None:
    problem = Problem(*_regression(), delta=1.345, lam=0.1)
    minimiser = irls(problem)[-1]
    for solver in (gradient_descent, lbfgs):
        np.testing.assert_allclose(solver(problem)[-1], minimiser, atol=1e-8)


def test_the_loss_falls_along_the_path_of_every_solver() -> None:
    problem = Problem(*_regression(), delta=1.345, lam=0.1)
    for solver in SOLVERS:
        losses = [problem.loss(w) for w in solver(problem)]
        assert np.all(np.diff(losses) < 1e-9)


def test_irls_solves_for_samples_where_features_are_more() -> None:
    X, y = _regression(samples=20, features=50)
    problem = Problem(X, y, delta=1.345, lam=5.0)
    np.testing.assert_allclose(irls(problem)[-1], gradient_descent(problem)[-1], atol=1e-8)


def test_scikit_learn_minimises_the_same_loss_at_its_own_scale() -> None:
    X, y = _regression(samples=100)
    fit = sklearn_huber(X, y, epsilon=1.345, alpha=0.5)
    assert fit.equivalent.delta == 1.345 * fit.scale
    assert fit.equivalent.lam == 0.5 * fit.scale
    np.testing.assert_allclose(fit.w, irls(fit.equivalent)[-1], atol=2e-8)
    assert not np.allclose(fit.w, irls(Problem(X, y, delta=1.345, lam=0.5))[-1], atol=1e-3)
