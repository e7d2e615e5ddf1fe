"""Four ways to the minimiser of the regularised Huber loss; three of them keep their path."""

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from sklearn.linear_model import HuberRegressor

TOLERANCE = 1e-11
MOST_ITERATIONS = 20_000
MOST_FITS = 200

Vector = Float[np.ndarray, " features"]


@dataclass(frozen=True)
class Problem:
    """sum_i l_delta(y_i - w^T x_i) + lam / 2 |w|^2; the squared loss is that of infinite delta."""

    X: Float[np.ndarray, "samples features"]
    y: Float[np.ndarray, " samples"]
    delta: float = math.inf
    lam: float = 0.0

    def loss(self, w: Vector) -> float:
        """The objective at `w`."""
        size = np.abs(self.y - self.X @ w)
        # Beyond delta the loss goes on as its tangent; written so that infinity needs no case.
        inside = np.minimum(size, self.delta)
        return float(np.sum(inside * (size - inside / 2)) + self.lam / 2 * w @ w)

    def excess(self, w: Vector, start: Vector) -> float:
        """By how much the objective at `w` exceeds that at `start`, also where they differ by less
        than either is rounded: their terms are subtracted before they are summed.
        """
        size, first_size = np.abs(self.y - self.X @ w), np.abs(self.y - self.X @ start)
        inside, first_inside = np.minimum(size, self.delta), np.minimum(first_size, self.delta)
        outer = first_inside * (size - first_size)
        inner = (inside - first_inside) * (size - (inside + first_inside) / 2)
        return float(np.sum(outer + inner) + self.lam / 2 * (w - start) @ (w + start))

    def influence(self, w: Vector) -> Float[np.ndarray, " samples"]:
        """What each residual counts for at `w`: itself up to delta, and no more beyond."""
        return np.clip(self.y - self.X @ w, -self.delta, self.delta)

    def gradient(self, w: Vector) -> Vector:
        """The gradient of the objective at `w`."""
        return self.lam * w - self.X.T @ self.influence(w)

    def solved(self, w: Vector) -> bool:
        """Whether the gradient at `w` is as good as zero, beside the terms that it is a sum of."""
        terms = np.linalg.norm(self.X) * np.linalg.norm(self.influence(w))
        return bool(np.linalg.norm(self.gradient(w)) <= TOLERANCE * terms)


def gradient_descent(problem: Problem) -> list[Vector]:
    """From zero with the step 1 / L, L = |X|^2 + lam being the gradient's Lipschitz constant."""
    step = 1 / (np.linalg.norm(problem.X, 2) ** 2 + problem.lam)
    return _iterate(problem, lambda w: w - step * problem.gradient(w))


def irls(problem: Problem) -> list[Vector]:
    """Iteratively reweighted least squares from zero, with the weights min(1, delta / |r|).

    With more features than samples, and `lam` > 0, each step solves a system of one equation for
    each sample instead of each feature.
    """
    X, y, lam = problem.X, problem.y, problem.lam
    samples, features = X.shape

    def step(w: Vector) -> Vector:
        inverse_weights = np.maximum(1, np.abs(y - X @ w) / problem.delta)
        if features > samples:
            return X.T @ np.linalg.solve(X @ X.T + np.diag(lam * inverse_weights), y)
        weighted = X.T / inverse_weights
        return np.linalg.solve(weighted @ X + lam * np.eye(features), weighted @ y)

    return _iterate(problem, step)


def lbfgs(problem: Problem) -> list[Vector]:
    """SciPy's L-BFGS-B from zero.

    Its line search compares losses, which near the minimum differ by less than they are rounded:
    so it is given what they exceed the first by, and started again where it stopped until it does
    not move.
    """
    path = [np.zeros(problem.X.shape[1])]
    for _ in range(MOST_FITS):
        iterations = minimize(
            partial(problem.excess, start=path[-1]),
            path[-1],
            jac=problem.gradient,
            method="L-BFGS-B",
            callback=lambda w: path.append(w.copy()),
            options={"ftol": 0, "gtol": 1e-9, "maxiter": MOST_ITERATIONS},
        ).nit
        if iterations == 0 or problem.solved(path[-1]):
            break
    return path


class SklearnFit(NamedTuple):
    """What `HuberRegressor` fitted, and the problem of this module that its `w` minimises.

    `first_w` is what a single call of `fit` gave, `w` what further calls of it settled at.
    """

    w: Vector
    scale: float
    equivalent: Problem
    first_w: Vector
    first_iterations: int


def sklearn_huber(
    X: Float[np.ndarray, "samples features"],
    y: Float[np.ndarray, " samples"],
    epsilon: float,
    alpha: float,
) -> SklearnFit:
    """scikit-learn's robust regression (Owen 2007), which also fits a scale and an intercept.

    It minimises sum_i (sigma + H(r_i / sigma) sigma) + alpha |w|^2 over w, the intercept and sigma,
    where H(z) is z^2 up to epsilon and 2 epsilon |z| - epsilon^2 beyond. At its sigma that is
    2 / sigma times the objective of `Problem` with delta = epsilon sigma and lam = alpha sigma: the
    threshold grows with the noise, and the penalty with it.

    Its L-BFGS stops at a relative decrease of the loss of 2e-9, so it is fitted again from where it
    stopped until it stands still. (With `fit_intercept=False` a warm start would go wrong in
    scikit-learn 1.9: it fits an intercept all the same, and then drops it.)
    """
    model = new_sklearn_model(epsilon, alpha).fit(X, y)
    first_w, first_iterations, before = model.coef_, int(model.n_iter_), np.zeros(0)
    for _ in range(MOST_FITS):
        fitted = np.array([*model.coef_, model.intercept_, model.scale_])
        if np.array_equal(fitted, before):
            break
        before = fitted
        # Where rounding lets its line search find nothing better, it raises and keeps what it has.
        with suppress(ValueError):
            model.fit(X, y)
    scale = float(model.scale_)
    equivalent = Problem(X, y - model.intercept_, delta=epsilon * scale, lam=alpha * scale)
    return SklearnFit(model.coef_, scale, equivalent, first_w, first_iterations)


def new_sklearn_model(epsilon: float, alpha: float) -> HuberRegressor:
    """A regressor that each call of `fit` takes on from where the last one stopped."""
    return HuberRegressor(
        epsilon=epsilon, alpha=alpha, tol=1e-12, max_iter=MOST_ITERATIONS, warm_start=True
    )


def _iterate(problem: Problem, step: Callable[[Vector], Vector]) -> list[Vector]:
    """The path of a fixed-point iteration to where it ends, or rounding does not let it go on."""
    path = [np.zeros(problem.X.shape[1])]
    while not problem.solved(path[-1]) and len(path) <= MOST_ITERATIONS:
        path.append(step(path[-1]))
        if np.allclose(path[-1], path[-2], rtol=0, atol=1e-14 * np.abs(path[-1]).max()):
            break
    return path
