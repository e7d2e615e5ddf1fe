"""Problem 2: squared and Huber loss under outliers and heavy tails, their solvers, and ridge."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.contaminated_data import (
    SHIFT,
    Data,
    clean,
    with_heavy_tails,
    with_leverage,
    with_outliers,
)
from experiments.experiment import Experiment, Task
from experiments.huber_solvers import (
    Problem,
    Vector,
    gradient_descent,
    irls,
    lbfgs,
    new_sklearn_model,
    sklearn_huber,
)
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import line_style, new_figure, plot_band

# Huber's own choice for noise of standard deviation 1: 95 % efficient where nothing is wrong.
DELTA = 1.345
LOSSES = {"squared": np.inf, "Huber": DELTA}

SAMPLES, FEATURES, TEST_SAMPLES = 200, 10, 1000
SHARES = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
DEGREES = [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0]
KINDS: dict[str, tuple[Callable[[np.random.Generator, Vector, int, float], Data], list[float]]] = {
    "outliers": (with_outliers, SHARES),
    "leverage": (with_leverage, SHARES),
    "heavy tails": (with_heavy_tails, DEGREES),
}
REPLICATES = {"full": 100, "quick": 2}

SOLVERS: dict[str, Callable[[Problem], list[Vector]]] = {
    "gradient descent": gradient_descent,
    "IRLS": irls,
    "L-BFGS": lbfgs,
}
SOLVER_SHARES = [0.0, 0.1, 0.2, 0.3]
ALPHA, CLOSE, TIMINGS = 0.01, 1e-6, 5

RIDGE_SAMPLES, RIDGE_FEATURES, SIGNAL = 50, 100, 3.0
RIDGE_SHARES = [0.0, 0.1]
LAMBDAS = np.logspace(-2, 4, 25).tolist()
RIDGE_REPLICATES = {"full": 10, "quick": 1}


class Errors(Model):
    """One loss; medians over the replicates.

    `w` is |w_hat - w|; the test errors are root mean square and mean absolute ones, on a clean test
    set and on one that is contaminated as the training set is; `first_gradient` is the norm of the
    gradient at w = 0.
    """

    w: float
    clean_rmse: float
    clean_mae: float
    dirty_rmse: float
    dirty_mae: float
    first_gradient: float


class Level(Model):
    """One level of contamination: both losses on the same data sets.

    `misled_by_rmse` and `misled_by_mae` are the shares of the replicates in which that error
    prefers another loss on the contaminated test set than on the clean one; `efficiency` is the
    mean of |w_hat - w|^2 with the squared loss over that with Huber's.
    """

    level: float
    errors: dict[str, Errors]
    efficiency: float
    misled_by_rmse: float
    misled_by_mae: float


class SolverRun(Model):
    """One solver on one data set; distances are |w - w*| / |w*|, where w* is the last w of IRLS.

    `distances` are those of each w on its path, `iterations` the number until they are below
    `CLOSE`, `difference` is the last one; `cpu_ms` is the median CPU time of a whole solution.
    """

    distances: list[float]
    iterations: int
    difference: float
    cpu_ms: float


class SklearnRun(Model):
    """scikit-learn's fit beside IRLS on the problem that it turns out to have solved.

    `first_difference` is that of a single call of `fit`, which `iterations` and `cpu_ms` are of.
    """

    scale: float
    delta: float
    lam: float
    difference: float
    first_difference: float
    iterations: int
    cpu_ms: float


class Solvers(Model):
    """All solvers on one data set with this share of outliers."""

    share: float
    solvers: dict[str, SolverRun]
    sklearn: SklearnRun


class RidgeErrors(Model):
    """One loss with more features than samples; medians over the replicates.

    `w` is |w_hat - w| / |w|, `norm` is |w_hat| / |w|, `largest_residual` that of the training set.
    """

    w: float
    norm: float
    clean_rmse: float
    largest_residual: float


class RidgeLevel(Model):
    """Both losses with one lambda; `difference` is the largest of |w_Huber - w_squared| / |w|."""

    share: float
    lam: float
    errors: dict[str, RidgeErrors]
    difference: float


class RobustRegressionRun(Run):
    """What data sets drawn from one seed show; contamination by kind."""

    contamination: dict[str, list[Level]]
    solvers: list[Solvers]
    ridge: list[RidgeLevel]


class RobustRegressionResult(ExperimentResult):
    """All seeds, and what the data sets are like."""

    delta: float = DELTA
    samples: int = SAMPLES
    features: int = FEATURES
    shift: float = SHIFT
    alpha: float = ALPHA
    close: float = CLOSE
    ridge_samples: int = RIDGE_SAMPLES
    ridge_features: int = RIDGE_FEATURES
    runs: list[RobustRegressionRun]


Found = TypeVar("Found", bound=Model)


def run(task: Task) -> RobustRegressionRun:
    """All three studies, on data sets drawn from one seed."""
    rng = np.random.default_rng(task.seed)
    replicates = REPLICATES[task.profile]
    return RobustRegressionRun(
        setting=task.setting,
        seed=task.seed,
        contamination={
            kind: [contaminate(rng, kind, level, replicates) for level in levels]
            for kind, (_, levels) in KINDS.items()
        },
        solvers=[compare_solvers(rng, share) for share in SOLVER_SHARES],
        ridge=[
            level
            for share in RIDGE_SHARES
            for level in follow_ridge(rng, share, RIDGE_REPLICATES[task.profile])
        ],
    )


def contaminate(rng: np.random.Generator, kind: str, level: float, replicates: int) -> Level:
    """Fit both losses to contaminated data sets, and test them on clean data and on like data."""
    draw, _ = KINDS[kind]
    found: dict[str, list[Errors]] = {loss: [] for loss in LOSSES}
    for _ in range(replicates):
        w = rng.normal(size=FEATURES)
        X, y = draw(rng, w, SAMPLES, level)
        tests = clean(rng, w, TEST_SAMPLES), draw(rng, w, TEST_SAMPLES, level)
        for loss, delta in LOSSES.items():
            problem = Problem(X, y, delta)
            found[loss].append(measure_errors(problem, irls(problem)[-1], w, *tests))
    squared, huber = found.values()
    pairs = list(zip(squared, huber, strict=True))
    return Level(
        level=level,
        errors={loss: median_of(errors) for loss, errors in found.items()},
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
        w=_norm(w_hat - w),
        clean_rmse=root_mean_square(clean_residuals),
        clean_mae=float(np.abs(clean_residuals).mean()),
        dirty_rmse=root_mean_square(dirty_residuals),
        dirty_mae=float(np.abs(dirty_residuals).mean()),
        first_gradient=_norm(problem.gradient(np.zeros_like(w))),
    )


def compare_solvers(rng: np.random.Generator, share: float) -> Solvers:
    """Solve one problem in all ways: the one that scikit-learn solves with the scale it fits."""
    X, y = with_outliers(rng, rng.normal(size=FEATURES), SAMPLES, share)
    fit = sklearn_huber(X[:, 1:], y, DELTA, ALPHA)
    paths = {name: solver(fit.equivalent) for name, solver in SOLVERS.items()}
    minimiser = paths["IRLS"][-1]

    def distance(w: Vector) -> float:
        return _norm(w - minimiser) / _norm(minimiser)

    solvers = {}
    for name, path in paths.items():
        distances = [distance(w) for w in path]
        solvers[name] = SolverRun(
            distances=distances,
            iterations=next(k for k, found in enumerate(distances) if found < CLOSE),
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


def follow_ridge(rng: np.random.Generator, share: float, replicates: int) -> list[RidgeLevel]:
    """Both losses for every lambda, with more features than samples and no constant feature."""
    found: dict[tuple[float, str], list[RidgeErrors]] = {
        (lam, loss): [] for lam in LAMBDAS for loss in LOSSES
    }
    differences: dict[float, list[float]] = {lam: [] for lam in LAMBDAS}
    for _ in range(replicates):
        w = rng.normal(size=RIDGE_FEATURES + 1)
        w *= SIGNAL / _norm(w)
        w[0] = 0
        X, y = with_outliers(rng, w, RIDGE_SAMPLES, share)
        X_test, y_test = clean(rng, w, TEST_SAMPLES)
        X, X_test, w = X[:, 1:], X_test[:, 1:], w[1:]
        for lam in LAMBDAS:
            fits = {}
            for loss, delta in LOSSES.items():
                fits[loss] = w_hat = irls(Problem(X, y, delta, lam))[-1]
                errors = RidgeErrors(
                    w=_norm(w_hat - w) / _norm(w),
                    norm=_norm(w_hat) / _norm(w),
                    clean_rmse=root_mean_square(y_test - X_test @ w_hat),
                    largest_residual=float(np.abs(y - X @ w_hat).max()),
                )
                found[lam, loss].append(errors)
            differences[lam].append(_norm(fits["Huber"] - fits["squared"]) / _norm(w))
    return [
        RidgeLevel(
            share=share,
            lam=lam,
            errors={loss: median_of(found[lam, loss]) for loss in LOSSES},
            difference=max(differences[lam]),
        )
        for lam in LAMBDAS
    ]


def median_of(found: Sequence[Found]) -> Found:
    """The median of each field."""
    columns = [model.model_dump() for model in found]
    medians = {name: statistics.median(row[name] for row in columns) for name in columns[0]}
    return type(found[0])(**medians)


def root_mean_square(residuals: np.ndarray) -> float:
    """The square root of the mean square."""
    return float(np.sqrt(np.mean(residuals**2)))


def cpu_milliseconds(work: Callable[[], object]) -> float:
    """The median CPU time of this thread, which what else runs on the machine hardly changes."""
    times = []
    for _ in range(TIMINGS):
        start = time.thread_time()
        work()
        times.append(1000 * (time.thread_time() - start))
    return statistics.median(times)


def gather(provenance: Provenance, runs: list[RobustRegressionRun]) -> RobustRegressionResult:
    """All runs, and the error of w without outliers and with 20 % of them."""
    summary = {
        f"error of w, {100 * share:.0f} % outliers, {loss} loss": Measure(
            values=[
                level.errors[loss].w
                for run in runs
                for level in run.contamination["outliers"]
                if level.level == share
            ]
        )
        for share in (0.0, 0.2)
        for loss in LOSSES
    }
    differences = [
        max(solver.difference for found in run.solvers for solver in found.solvers.values())
        for run in runs
    ]
    summary["largest relative difference between solvers"] = Measure(values=differences)
    return RobustRegressionResult(provenance=provenance, summary=summary, runs=runs)


def plot_contamination(result: RobustRegressionResult) -> Figure:
    """The error of w for each kind of contamination, at all its levels."""
    figure, axes = new_figure(2.7, columns=3, sharey=True)
    labels = {
        "outliers": "share of outliers",
        "leverage": "share of leverage points",
        "heavy tails": "degrees of freedom of the noise",
    }
    for ax, kind in zip(axes, KINDS, strict=True):
        levels = [run.contamination[kind] for run in result.runs]
        x = [level.level for level in levels[0]]
        for index, loss in enumerate(LOSSES):
            by_seed = [[level.errors[loss].w for level in of_seed] for of_seed in levels]
            plot_band(ax, x, by_seed, index, label=f"{loss} loss")
        ax.set(xlabel=labels[kind], yscale="log")
    axes[2].set_xscale("log")
    for axis in (axes[0].yaxis, axes[2].xaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel(r"error of $w$: $\|\hat w - w\|$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def plot_evaluation(result: RobustRegressionResult) -> Figure:
    """What a clean and a contaminated test set say of the same fits, by two measures."""
    figure, axes = new_figure(2.9, columns=2)
    levels = [run.contamination["outliers"] for run in result.runs]
    x = [level.level for level in levels[0]]
    for ax, measure in zip(axes, ("rmse", "mae"), strict=True):
        curves = [(loss, test) for test in ("clean", "dirty") for loss in LOSSES]
        for index, (loss, test) in enumerate(curves):
            by_seed = [
                [level.errors[loss].model_dump()[f"{test}_{measure}"] for level in of_seed]
                for of_seed in levels
            ]
            plot_band(ax, x, by_seed, index, label=f"{loss} loss, {test} test set")
        ax.set_xlabel("share of outliers")
    axes[0].set_ylabel("root mean square error")
    axes[1].set_ylabel("mean absolute error")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def plot_convergence(result: RobustRegressionResult) -> Figure:
    """How fast each solver comes to the minimiser, without outliers and with most of them."""
    figure, axes = new_figure(2.5, columns=2, sharey=True)
    studies = result.runs[0].solvers
    for ax, study in zip(axes, (studies[0], studies[-1]), strict=True):
        for index, (name, solver) in enumerate(study.solvers.items()):
            # The last w of IRLS is the minimiser that distances are measured from.
            distances = [found or np.nan for found in solver.distances]
            ax.plot(distances, label=name, markevery=10, **line_style(index))
        ax.set(title=f"{100 * study.share:.0f} % outliers", xlabel="iteration", yscale="log")
    axes[0].set_ylabel(r"distance $\|w_k - w^\ast\| / \|w^\ast\|$")
    axes[0].legend()
    return figure


def plot_ridge(result: RobustRegressionResult) -> Figure:
    """The error and the norm of w along the path of lambda, with more features than samples."""
    figure, axes = new_figure(3.0, columns=2)
    curves = [(share, loss) for share in RIDGE_SHARES for loss in LOSSES]
    for index, (share, loss) in enumerate(curves):
        paths = [[level for level in run.ridge if level.share == share] for run in result.runs]
        lambdas = [level.lam for level in paths[0]]
        label = f"{loss} loss, {100 * share:.0f} % outliers"
        errors = [[level.errors[loss] for level in path] for path in paths]
        plot_band(axes[0], lambdas, [[e.w for e in path] for path in errors], index, label=label)
        plot_band(axes[1], lambdas, [[e.norm for e in path] for path in errors], index, label=label)
    for ax in axes:
        ax.set(xscale="log", xlabel=r"$\lambda$", ylim=0)
    axes[0].set_ylabel(r"error of $w$: $\|\hat w - w\| / \|w\|$")
    axes[1].set_ylabel(r"norm $\|\hat w\| / \|w\|$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _norm(vector: np.ndarray) -> float:
    return float(np.linalg.norm(vector))


EXPERIMENT = Experiment(
    name="robust_regression",
    summary="squared and Huber loss on data that goes wrong; solvers side by side; ridge",
    problem="2",
    run=run,
    gather=gather,
    run_type=RobustRegressionRun,
    result_type=RobustRegressionResult,
    figures=(plot_contamination, plot_evaluation, plot_convergence, plot_ridge),
)
