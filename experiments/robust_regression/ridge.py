"""Both losses along a path of lambda, with more features than samples."""

import numpy as np

from experiments.robust_regression.data import clean, with_outliers
from experiments.robust_regression.design import (
    LAMBDAS,
    LOSSES,
    RIDGE_FEATURES,
    RIDGE_SAMPLES,
    SIGNAL,
    TEST_SAMPLES,
)
from experiments.robust_regression.errors import median_of, norm, root_mean_square
from experiments.robust_regression.result import RidgeErrors, RidgeLevel
from experiments.robust_regression.solvers import Problem, irls


def follow_ridge(rng: np.random.Generator, share: float, replicates: int) -> list[RidgeLevel]:
    """Both losses for every lambda, with more features than samples and no constant feature."""
    by_lambda_and_loss: dict[tuple[float, str], list[RidgeErrors]] = {
        (lam, loss): [] for lam in LAMBDAS for loss in LOSSES
    }
    differences: dict[float, list[float]] = {lam: [] for lam in LAMBDAS}
    for _ in range(replicates):
        w = rng.normal(size=RIDGE_FEATURES + 1)
        w *= SIGNAL / norm(w)
        w[0] = 0
        X, y = with_outliers(rng, w, RIDGE_SAMPLES, share)
        X_test, y_test = clean(rng, w, TEST_SAMPLES)
        X, X_test, w = X[:, 1:], X_test[:, 1:], w[1:]
        for lam in LAMBDAS:
            fits = {}
            for loss, delta in LOSSES.items():
                fits[loss] = w_hat = irls(Problem(X, y, delta, lam))[-1]
                errors = RidgeErrors(
                    w=norm(w_hat - w) / norm(w),
                    norm=norm(w_hat) / norm(w),
                    clean_rmse=root_mean_square(y_test - X_test @ w_hat),
                    largest_residual=float(np.abs(y - X @ w_hat).max()),
                )
                by_lambda_and_loss[lam, loss].append(errors)
            differences[lam].append(norm(fits["Huber"] - fits["squared"]) / norm(w))
    return [
        RidgeLevel(
            share=share,
            lam=lam,
            errors={loss: median_of(by_lambda_and_loss[lam, loss]) for loss in LOSSES},
            difference=max(differences[lam]),
        )
        for lam in LAMBDAS
    ]
