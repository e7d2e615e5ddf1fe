"""(iii) How fast weights of rare features are learned."""

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from experiments.optimizers.design import (
    CURVE_POINTS,
    FEATURES_PER_FREQUENCY,
    FREQUENCIES,
    RULES,
    SPARSE_BATCH,
    SPARSE_RATES,
    SPARSE_REPLICATES,
)
from experiments.optimizers.noisy import slope
from experiments.optimizers.result import Sparse


def make_sparse(rng: np.random.Generator, steps: int) -> Sparse:
    """(iii) Logistic regression with small batches, most of which lack the rare features.

    The truth is w = 1. Each rule takes the learning rate with the least error at the end.
    """
    frequencies = np.repeat(FREQUENCIES, FEATURES_PER_FREQUENCY)
    rates = np.array(SPARSE_RATES)[:, None, None]
    optimizers = {name: rule(rates) for name, rule in RULES.items()}
    start = np.zeros((len(rates), SPARSE_REPLICATES, len(frequencies)))
    w = dict.fromkeys(RULES, start)
    paths = {name: np.empty((steps, len(rates), len(FREQUENCIES))) for name in RULES}
    for step in range(steps):
        x = rng.normal(size=(SPARSE_REPLICATES, SPARSE_BATCH, len(frequencies)))
        x *= rng.random((SPARSE_REPLICATES, 1, len(frequencies))) < frequencies
        labels = rng.random(x.shape[:2]) < expit(x.sum(-1))
        for name, optimizer in optimizers.items():
            residuals = expit((x @ w[name][..., None])[..., 0]) - labels
            gradient = (residuals[..., None, :] @ x)[..., 0, :] / SPARSE_BATCH
            w[name] = optimizer.step(w[name], gradient)
            errors = np.abs(w[name] - 1).reshape(*start.shape[:2], len(FREQUENCIES), -1)
            paths[name][step] = errors.mean((1, 3))

    final = {n: (frequencies * (w[n] - 1) ** 2).sum(-1).mean(-1).tolist() for n in RULES}
    best = {name: int(np.argmin(final[name])) for name in RULES}
    path = {name: paths[name][:, best[name]] for name in RULES}
    halves = {name: steps_until_below(path[name], 0.5) for name in RULES}
    return Sparse(
        final_error=final,
        best_rate={name: SPARSE_RATES[best[name]] for name in RULES},
        errors={name: path[name][:: steps // CURVE_POINTS].T.tolist() for name in RULES},
        steps_to_half=halves,
        exponent={name: slope(FREQUENCIES, halves[name]) for name in RULES},
    )


def steps_until_below(path: Float[np.ndarray, "steps curves"], bound: float) -> list[float]:
    """The number of the first step at which each curve is below the bound; NaN if none is."""
    below = path < bound
    return np.where(below.any(0), 1.0 + below.argmax(0), np.nan).tolist()
