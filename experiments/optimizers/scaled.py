"""(i) What a constant factor on all gradients changes."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from experiments.optimizers.design import (
    FEATURES,
    RULES,
    SAMPLES,
    SCALED_RATES,
    SCALED_STEPS,
    SCALES,
)
from experiments.optimizers.result import Scaled


def scale_gradients(rng: np.random.Generator) -> Scaled:
    """(i) Logistic regression from w = 0, with all gradients multiplied by each of `SCALES`."""
    X = rng.normal(size=(SAMPLES, FEATURES))
    y = np.sign(X @ rng.normal(size=FEATURES) + rng.logistic(size=SAMPLES))
    scales = np.array([1.0, *SCALES])[:, None]

    def loss(w: np.ndarray) -> np.ndarray:
        return np.logaddexp(0, -y * (w @ X.T)).mean(-1)

    def gradient(w: np.ndarray) -> np.ndarray:
        return (-y * expit(-y * (w @ X.T))) @ X / SAMPLES

    final_loss, path_difference = {}, {}
    for name, rule in RULES.items():
        optimizer = rule(SCALED_RATES[name])
        w, difference, largest = np.zeros((len(scales), FEATURES)), np.zeros(len(scales)), 0.0
        for _ in range(SCALED_STEPS):
            w = optimizer.step(w, scales * gradient(w))
            difference = np.maximum(difference, np.linalg.norm(w - w[0], axis=1))
            largest = max(largest, float(np.linalg.norm(w[0])))
        final_loss[name] = loss(w)[1:].tolist()
        path_difference[name] = (difference[1:] / largest).tolist()
    least = minimize(lambda w: loss(w[None])[0], np.zeros(FEATURES), jac=gradient)
    return Scaled(
        final_loss=final_loss,
        path_difference=path_difference,
        start_loss=float(np.log(2)),
        least_loss=float(least.fun),
    )
