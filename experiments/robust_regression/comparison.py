"""All solvers on the same problem: their paths, their agreement and their time."""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from experiments.robust_regression.data import with_outliers
from experiments.robust_regression.design import ALPHA, CLOSE, DELTA, FEATURES, SAMPLES, TIMINGS
from experiments.robust_regression.errors import norm
from experiments.robust_regression.result import SklearnRun, SolverRun, Solvers
from experiments.robust_regression.solvers import (
    Problem,
    Vector,
    gradient_descent,
    irls,
    lbfgs,
    new_sklearn_model,
    sklearn_huber,
)

SOLVERS: dict[str, Callable[[Problem], list[Vector]]] = {
    "gradient descent": gradient_descent,
    "IRLS": irls,
    "L-BFGS": lbfgs,
}


def compare_solvers(rng: np.random.Generator, share: float) -> Solvers:
    """Solve one problem in all ways: the one that scikit-learn solves with the scale it fits."""
    X, y = with_outliers(rng, rng.normal(size=FEATURES), SAMPLES, share)
    fit = sklearn_huber(X[:, 1:], y, DELTA, ALPHA)
    paths = {name: solver(fit.equivalent) for name, solver in SOLVERS.items()}
    minimiser = paths["IRLS"][-1]

    def distance(w: Vector) -> float:
        return norm(w - minimiser) / norm(minimiser)

    solvers = {}
    for name, path in paths.items():
        distances = [distance(w) for w in path]
        solvers[name] = SolverRun(
            distances=distances,
            iterations=next(k for k, distance_k in enumerate(distances) if distance_k < CLOSE),
            difference=distances[-1],
            cpu_ms=cpu_milliseconds(partial(SOLVERS[name], fit.equivalent)),
        )
    return Solvers(
        share=share,
        solvers=solvers,
        sklearn=SklearnRun(
            scale=fit.scale,
            delta=fit.equivalent.delta,
            lam=fit.equivalent.lam,
            difference=distance(fit.w),
            first_difference=distance(fit.first_w),
            iterations=fit.first_iterations,
            cpu_ms=cpu_milliseconds(lambda: new_sklearn_model(DELTA, ALPHA).fit(X[:, 1:], y)),
        ),
    )


def cpu_milliseconds(work: Callable[[], object]) -> float:
    """The median CPU time of this thread, which what else runs on the machine hardly changes."""
    times = []
    for _ in range(TIMINGS):
        start = time.thread_time()
        work()
        times.append(1000 * (time.thread_time() - start))
    return statistics.median(times)
