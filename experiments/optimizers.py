"""Problem 3: Adam and momentum SGD with scaled, noisy and sparse gradients, at all step sizes."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from scipy.optimize import minimize
from scipy.special import expit

from experiments.datasets import Dataset
from experiments.experiment import Experiment, Task
from experiments.initial_weights import initialize_weights
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.stacked import as_batch, stack
from experiments.style import line_style, new_figure, plot_band
from experiments.update_rules import Adam, MomentumSGD

RULES: dict[str, Callable[[Any], Adam | MomentumSGD]] = {"Adam": Adam, "momentum SGD": MomentumSGD}

SCALES = np.logspace(-9, 3, 25).tolist()
SCALED_STEPS, SCALED_RATES = 500, {"Adam": 0.05, "momentum SGD": 0.1}
SAMPLES, FEATURES = 200, 10

SIGMAS = np.logspace(-1, 2, 13).tolist()
NOISE_RATE, NOISE_FEATURES, REPLICATES = 0.01, 20, 10
NOISE_STEPS = {"full": 6000, "quick": 400}
CURVE_SIGMA, CURVE_POINTS, FAR = 10.0, 100, 3.0

FREQUENCIES = [1.0, 0.3, 0.1, 0.03, 0.01]
FEATURES_PER_FREQUENCY, SPARSE_BATCH, SPARSE_REPLICATES = 8, 16, 5
SPARSE_RATES = np.logspace(-3, -1, 9).tolist()
SPARSE_STEPS = {"full": 6000, "quick": 500}

RATES = np.logspace(-5, 1, 25).tolist()
HIDDEN, BATCH_SIZE, SHOWN_IMAGES = 64, 128, 5000
SWEEP_STEPS = {"full": 300, "quick": 8}


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
    exponent: dict[str, float]
    curves: dict[str, list[float]]


class Sparse(Model):
    """Features that are there in a share of the steps, for each of `FREQUENCIES`; by rule.

    `final_error` is the squared error of w, weighted with the frequencies, for each learning rate.
    With the `best_rate`, `errors` are the mean |w - w*| of each frequency's features on the way,
    `steps_to_half` is when that is half of what it was (infinite: never), and `exponent` the slope
    of the latter against the frequency in log-log scale.
    """

    final_error: dict[str, list[float]]
    best_rate: dict[str, float]
    errors: dict[str, list[list[float]]]
    steps_to_half: dict[str, list[float]]
    exponent: dict[str, float]


class Sweep(Model):
    """A network on MNIST trained with each of `RATES`; by rule.

    `decades` is how far the learning rates reach whose loss is at most twice the least one.
    """

    loss: dict[str, list[float]]
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


def run(task: Task, mnist: Dataset) -> OptimizersRun:
    """The four comparisons, on problems drawn from one seed."""
    rng = np.random.default_rng(task.seed)
    return OptimizersRun(
        setting=task.setting,
        seed=task.seed,
        scaled=scale_gradients(rng),
        noisy=add_noise(rng, NOISE_STEPS[task.profile]),
        sparse=make_sparse(rng, SPARSE_STEPS[task.profile]),
        sweep=sweep_rates(mnist, task.seed, SWEEP_STEPS[task.profile]),
    )


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
        found = np.empty((steps, count))
        for step in range(steps):
            gradient = w @ H
            found[step] = ((w * gradient).sum(-1) / 2).mean(-1)
            w = optimizer.step(w, gradient + sigma * noise.normal(size=w.shape))
        return found

    stationary, curves, exponent = {}, {}, {}
    for name, rule in RULES.items():
        found = losses(rule(NOISE_RATE), 0.0, sigmas, len(SIGMAS))[steps // 2 :].mean(0)
        stationary[name] = found.tolist()
        large = np.array(SIGMAS) >= 1
        exponent[name] = slope(np.array(SIGMAS)[large], found[large])
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
    """The number of the first step at which each curve is below the bound; infinite if none is."""
    below = path < bound
    return np.where(below.any(0), 1.0 + below.argmax(0), np.inf).tolist()


def slope(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> float:
    """The slope of a line through all finite points in log-log scale; NaN for less than two."""
    log_x, log_y = np.log(x), np.log(y)
    finite = np.isfinite(log_y)
    if finite.sum() < 2:
        return np.nan
    return float(np.polyfit(log_x[finite], log_y[finite], 1)[0])


def sweep_rates(mnist: Dataset, seed: int, steps: int) -> Sweep:
    """(iv) A network with one hidden layer of tanh units, trained with all of `RATES` at once."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = as_batch(mnist.train)
    shapes = [(images.shape[1], HIDDEN), (HIDDEN, len(mnist.class_names))]
    start = [initialize_weights(shape, "xavier", generator) for shape in shapes]
    batches = [torch.randint(len(labels), (BATCH_SIZE,), generator=generator) for _ in range(steps)]
    rates = torch.tensor(RATES)[:, None, None]
    loss, best_rate, decades = {}, {}, {}
    for name, rule in RULES.items():
        networks = stack(torch.tanh, [start] * len(RATES))
        optimizers = [rule(rates) for _ in networks.parameters]
        for batch in batches:
            gradients = networks.gradients(images[batch], labels[batch])
            with torch.no_grad():
                for optimizer, w, gradient in zip(
                    optimizers, networks.parameters, chain(*gradients), strict=True
                ):
                    w.copy_(optimizer.step(w, gradient))
        with torch.no_grad():
            found = networks.losses(images[:SHOWN_IMAGES], labels[:SHOWN_IMAGES]).tolist()
        loss[name] = found
        best_rate[name] = RATES[int(np.nanargmin(found))]
        decades[name] = decades_within(RATES, found, factor=2.0)
    return Sweep(loss=loss, best_rate=best_rate, decades=decades)


def decades_within(rates: Sequence[float], losses: Sequence[float], factor: float) -> float:
    """How many decades lie between the least and the largest rate whose loss is low enough."""
    low_enough = [
        rate for rate, loss in zip(rates, losses, strict=True) if loss <= factor * np.nanmin(losses)
    ]
    return float(np.log10(max(low_enough) / min(low_enough)))


def gather(provenance: Provenance, runs: list[OptimizersRun]) -> OptimizersResult:
    """All runs, and what each comparison comes down to."""
    summary: dict[str, Measure] = {}
    for name in RULES:
        summary |= {
            f"change of the path when c = 1000, {name}": Measure(
                values=[run.scaled.path_difference[name][-1] for run in runs]
            ),
            f"exponent of the loss in the noise, {name}": Measure(
                values=[run.noisy.exponent[name] for run in runs]
            ),
            f"exponent of the time to learn in the frequency, {name}": Measure(
                values=[run.sparse.exponent[name] for run in runs]
            ),
            f"decades of learning rates within twice the least loss, {name}": Measure(
                values=[run.sweep.decades[name] for run in runs]
            ),
        }
    return OptimizersResult(
        provenance=provenance,
        noise_steps=NOISE_STEPS[provenance.profile],
        sparse_steps=SPARSE_STEPS[provenance.profile],
        sweep_steps=SWEEP_STEPS[provenance.profile],
        runs=runs,
        summary=summary,
    )


def plot_scaled(result: OptimizersResult) -> Figure:
    """Final loss, and how far the path is from that of c = 1, against the factor c."""
    figure, axes = new_figure(2.6, columns=2)
    for index, name in enumerate(RULES):
        losses = [run.scaled.final_loss[name] for run in result.runs]
        # At c = 1 there is no difference, which a logarithmic axis has no place for.
        differences = [
            [difference or np.nan for difference in run.scaled.path_difference[name]]
            for run in result.runs
        ]
        plot_band(axes[0], result.scales, losses, index, label=name)
        plot_band(axes[1], result.scales, differences, index, label=name)
    for ax in axes:
        ax.axvspan(1e-3, 1e3, color="#eeeeee", zorder=0)
        ax.set(xscale="log", yscale="log", xlabel=r"factor $c$ of all gradients")
    axes[0].set_ylabel(f"loss after {result.scaled_steps} steps (nats)")
    axes[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[0].yaxis.set_minor_formatter(NullFormatter())
    axes[1].set_ylabel("change of the path (relative)")
    axes[0].legend()
    return figure


def plot_noise(result: OptimizersResult) -> Figure:
    """The loss that noise keeps up, against the noise; and the way there from far away."""
    figure, axes = new_figure(2.2, columns=2)
    for index, name in enumerate(RULES):
        stationary = [run.noisy.stationary_loss[name] for run in result.runs]
        plot_band(axes[0], result.sigmas, stationary, index, label=name)
        predicted = result.runs[0].noisy.predicted_loss[name]
        color = line_style(index)["color"]
        axes[0].plot(result.sigmas, predicted, color=color, linestyle="--", linewidth=3, alpha=0.4)
        curves = [run.noisy.curves[name] for run in result.runs]
        steps = np.arange(len(curves[0])) * (result.noise_steps // result.curve_points)
        plot_band(axes[1], steps, curves, index, label=name)
    axes[0].plot([], [], color="gray", linestyle="--", linewidth=3, alpha=0.4, label="theory")
    axes[0].set(
        xscale="log",
        yscale="log",
        xlabel=r"noise $\sigma$ of each gradient",
        ylabel="stationary loss",
    )
    axes[1].set(
        yscale="log", xlabel="step", ylabel=rf"loss at noise $\sigma = {result.curve_sigma:g}$"
    )
    axes[0].legend()
    return figure


def plot_sparse(result: OptimizersResult) -> Figure:
    """How weights of common and of rare features are learned, and how long each kind takes."""
    figure, axes = new_figure(2.5, columns=2)
    common, rare = 0, len(result.frequencies) - 1
    for index, name in enumerate(RULES):
        for look, feature in ((2 * index, common), (2 * index + 1, rare)):
            curves = [run.sparse.errors[name][feature] for run in result.runs]
            steps = np.arange(len(curves[0])) * (result.sparse_steps // result.curve_points)
            label = f"{name}, feature in {100 * result.frequencies[feature]:.0f} % of the steps"
            plot_band(axes[0], steps, curves, look, label=label)
        times = [run.sparse.steps_to_half[name] for run in result.runs]
        plot_band(axes[1], result.frequencies, times, 2 * index, label=name)
    axes[0].set(xlabel="step", ylabel=r"mean error $|w - w^\ast|$", ylim=0)
    axes[1].set(
        xscale="log",
        yscale="log",
        xlabel="share of the steps with the feature",
        ylabel="steps until half is learned",
    )
    axes[1].legend()
    figure.legend(handles=axes[0].lines, loc="outside upper center", ncols=2)
    return figure


def plot_rates(result: OptimizersResult) -> Figure:
    """Final loss against the learning rate."""
    figure, ax = new_figure(2.0)
    for index, name in enumerate(RULES):
        plot_band(
            ax, result.rates, [run.sweep.loss[name] for run in result.runs], index, label=name
        )
    data = result.provenance.data[0].name
    ax.set(
        xscale="log",
        yscale="log",
        xlabel=r"learning rate $\alpha$",
        ylabel=f"loss after {result.sweep_steps} steps (nats)",
        title=data,
    )
    ax.legend()
    return figure


EXPERIMENT = Experiment(
    name="optimizers",
    summary="Adam and momentum SGD: scaled, noisy, sparse gradients; learning rates",
    problem="3",
    run=run,
    gather=gather,
    run_type=OptimizersRun,
    result_type=OptimizersResult,
    figures=(plot_scaled, plot_noise, plot_sparse, plot_rates),
    data=("mnist",),
)
