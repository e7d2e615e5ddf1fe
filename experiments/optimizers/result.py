"""What is recorded of each of the four comparisons."""

from experiments.framework.results import ExperimentResult, Run
from experiments.optimizers.design import (
    CURVE_POINTS,
    CURVE_SIGMA,
    FREQUENCIES,
    NOISE_RATE,
    RATES,
    SCALED_RATES,
    SCALED_STEPS,
    SCALES,
    SIGMAS,
    SPARSE_RATES,
)
from runs.records import MaybeNumber, Model


class Scaled(Model):
    """All gradients times c, for each c in `SCALES`: logistic regression, by rule.

    `path_difference` is the largest |w_t(c) - w_t(1)| on the way, over the largest |w_t(1)|.
    """

    final_loss: dict[str, list[float]]
    path_difference: dict[str, list[float]]
    start_loss: float
    least_loss: float


class Noisy(Model):
    """Normal noise of standard deviation sigma on each gradient of a quadratic, by rule.

    `stationary_loss`, for each sigma, is the mean over the second half of the steps, and
    `predicted_loss` what theory has for small steps; `exponent` is the slope of the former in
    log-log scale for sigma >= 1. `curves` begin far away, with sigma = `CURVE_SIGMA`.
    """

    stationary_loss: dict[str, list[float]]
    predicted_loss: dict[str, list[float]]
    exponent: dict[str, MaybeNumber]
    curves: dict[str, list[float]]


class Sparse(Model):
    """Features that are there in a share of the steps, for each of `FREQUENCIES`; by rule.

    `final_error` is the squared error of w, weighted with the frequencies, for each learning rate.
    With the `best_rate`, `errors` are the mean |w - w*| of each frequency's features on the way,
    `steps_to_half` is when that is half of what it was (NaN: never), and `exponent` the slope
    of the latter against the frequency in log-log scale.
    """

    final_error: dict[str, list[float]]
    best_rate: dict[str, float]
    errors: dict[str, list[list[float]]]
    steps_to_half: dict[str, list[MaybeNumber]]
    exponent: dict[str, MaybeNumber]


class Sweep(Model):
    """A network on MNIST trained with each of `RATES`; by rule.

    `decades` is how far the learning rates reach whose loss is at most twice the least one.
    """

    loss: dict[str, list[MaybeNumber]]
    best_rate: dict[str, float]
    decades: dict[str, float]


class OptimizersRun(Run):
    """What one seed's problems show."""

    scaled: Scaled
    noisy: Noisy
    sparse: Sparse
    sweep: Sweep


class OptimizersResult(ExperimentResult):
    """All seeds, and what was varied."""

    scales: list[float] = SCALES
    scaled_rates: dict[str, float] = SCALED_RATES
    scaled_steps: int = SCALED_STEPS
    sigmas: list[float] = SIGMAS
    noise_rate: float = NOISE_RATE
    curve_sigma: float = CURVE_SIGMA
    noise_steps: int
    frequencies: list[float] = FREQUENCIES
    sparse_rates: list[float] = SPARSE_RATES
    sparse_steps: int
    curve_points: int = CURVE_POINTS
    rates: list[float] = RATES
    sweep_steps: int
    runs: list[OptimizersRun]
