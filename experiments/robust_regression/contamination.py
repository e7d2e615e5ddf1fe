"""Both losses on contaminated data, at all levels of contamination."""

import statistics
from collections.abc import Callable

import numpy as np

from experiments.robust_regression.data import (
    Data,
    clean,
    with_heavy_tails,
    with_leverage,
    with_outliers,
)
from experiments.robust_regression.design import (
    FEATURES,
    LOSSES,
    SAMPLES,
    TEST_SAMPLES,
)
from experiments.robust_regression.errors import median_of, norm, root_mean_square
from experiments.robust_regression.result import Errors, Level
from experiments.robust_regression.solvers import Problem, Vector, irls

KINDS: dict[str, Callable[[np.random.Generator, Vector, int, float], Data]] = {
    "outliers": with_outliers,
    "leverage": with_leverage,
    "heavy tails": with_heavy_tails,
}


def contaminate(rng: np.random.Generator, kind: str, level: float, replicates: int) -> Level:
    """Fit both losses to contaminated data sets, and test them on clean data and on like data."""
    draw = KINDS[kind]
    by_loss: dict[str, list[Errors]] = {loss: [] for loss in LOSSES}
    for _ in range(replicates):
        w = rng.normal(size=FEATURES)
        X, y = draw(rng, w, SAMPLES, level)
        tests = clean(rng, w, TEST_SAMPLES), draw(rng, w, TEST_SAMPLES, level)
        for loss, delta in LOSSES.items():
            problem = Problem(X, y, delta)
            by_loss[loss].append(measure_errors(problem, irls(problem)[-1], w, *tests))
    squared, huber = by_loss.values()
    pairs = list(zip(squared, huber, strict=True))
    return Level(
        level=level,
        errors={loss: median_of(errors) for loss, errors in by_loss.items()},
        efficiency=sum(errors.w**2 for errors in squared) / sum(errors.w**2 for errors in huber),
        misled_by_rmse=statistics.fmean(
            (s.clean_rmse < h.clean_rmse) != (s.dirty_rmse < h.dirty_rmse) for s, h in pairs
        ),
        misled_by_mae=statistics.fmean(
            (s.clean_mae < h.clean_mae) != (s.dirty_mae < h.dirty_mae) for s, h in pairs
        ),
    )


def measure_errors(
    problem: Problem, w_hat: Vector, w: Vector, clean_test: Data, dirty_test: Data
) -> Errors:
    """How far one fit is from the truth, from clean data and from contaminated data."""
    (X_clean, y_clean), (X_dirty, y_dirty) = clean_test, dirty_test
    clean_residuals, dirty_residuals = y_clean - X_clean @ w_hat, y_dirty - X_dirty @ w_hat
    return Errors(
        w=norm(w_hat - w),
        clean_rmse=root_mean_square(clean_residuals),
        clean_mae=float(np.abs(clean_residuals).mean()),
        dirty_rmse=root_mean_square(dirty_residuals),
        dirty_mae=float(np.abs(dirty_residuals).mean()),
        first_gradient=norm(problem.gradient(np.zeros_like(w))),
    )
