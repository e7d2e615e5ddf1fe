"""(ii) What noise on each gradient does to the loss that is reached."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from experiments.optimizers.design import (
    CURVE_POINTS,
    CURVE_SIGMA,
    FAR,
    NOISE_FEATURES,
    NOISE_RATE,
    REPLICATES,
    RULES,
    SIGMAS,
)
from experiments.optimizers.result import Noisy
from experiments.optimizers.update_rules import Adam, MomentumSGD


def add_noise(rng: np.random.Generator, steps: int) -> Noisy:
    """(ii) A quadratic, its curvatures from 1 to 10 in random directions, with noisy gradients."""
    curvatures = np.logspace(0, 1, NOISE_FEATURES)
    Q, _ = np.linalg.qr(rng.normal(size=(NOISE_FEATURES, NOISE_FEATURES)))
    H = (Q * curvatures) @ Q.T
    sigmas = np.array(SIGMAS)[:, None, None]
    noise_seed = int(rng.integers(2**32))

    def losses(
        optimizer: Adam | MomentumSGD, start: float, sigma: np.ndarray | float, count: int
    ) -> Float[np.ndarray, "steps sigmas"]:
        noise = np.random.default_rng(noise_seed)
        w = np.full((count, REPLICATES, NOISE_FEATURES), start)
        path = np.empty((steps, count))
        for step in range(steps):
            gradient = w @ H
            path[step] = ((w * gradient).sum(-1) / 2).mean(-1)
            w = optimizer.step(w, gradient + sigma * noise.normal(size=w.shape))
        return path

    stationary, curves, exponent = {}, {}, {}
    for name, rule in RULES.items():
        means = losses(rule(NOISE_RATE), 0.0, sigmas, len(SIGMAS))[steps // 2 :].mean(0)
        stationary[name] = means.tolist()
        large = np.array(SIGMAS) >= 1
        exponent[name] = slope(np.array(SIGMAS)[large], means[large])
        curve = losses(rule(NOISE_RATE), FAR, CURVE_SIGMA, 1)[:, 0]
        curves[name] = curve[:: steps // CURVE_POINTS].tolist()
    return Noisy(
        stationary_loss=stationary,
        predicted_loss=predicted_noise_losses(curvatures),
        exponent=exponent,
        curves=curves,
    )


def predicted_noise_losses(curvatures: Float[np.ndarray, " features"]) -> dict[str, list[float]]:
    """The mean loss that noise keeps up at the minimum of a quadratic, for each sigma.

    Heavy ball: each direction is an autoregressive process of order 2, and its variance
    alpha sigma^2 (1 + mu) / ((1 - mu) h (2 (1 + mu) - alpha h)). Adam, where noise is all that v
    sees: SGD with averaged gradients and the step alpha / sigma, to first order in it.
    """
    alpha, mu, sigma = NOISE_RATE, MomentumSGD(0.0).mu, np.array(SIGMAS)
    per_direction = alpha * (1 + mu) / (2 * (1 - mu) * (2 * (1 + mu) - alpha * curvatures))
    return {
        "Adam": (alpha * sigma * len(curvatures) / 4).tolist(),
        "momentum SGD": (sigma**2 * per_direction.sum()).tolist(),
    }


def slope(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> float:
    """The slope of a line through all finite points in log-log scale; NaN for less than two."""
    log_x, log_y = np.log(x), np.log(y)
    finite = np.isfinite(log_y)
    if finite.sum() < 2:
        return np.nan
    return float(np.polyfit(log_x[finite], log_y[finite], 1)[0])
