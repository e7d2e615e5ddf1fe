"""The figures of Problem 2."""

from itertools import product

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.framework.style import draw_band, line_style, new_figure
from experiments.robust_regression.design import LEVELS, LOSSES, RIDGE_SHARES
from experiments.robust_regression.result import RobustRegressionResult


def plot_contamination(result: RobustRegressionResult) -> Figure:
    """The error of w for each kind of contamination, at all its levels."""
    figure, axes = new_figure(2.0, columns=3, sharey=True)
    labels = {
        "outliers": "share of outliers",
        "leverage": "share of leverage points",
        "heavy tails": "degrees of freedom of the noise",
    }
    for ax, kind in zip(axes, LEVELS, strict=True):
        levels = [run.contamination[kind] for run in result.runs]
        x = [level.level for level in levels[0]]
        for index, loss in enumerate(LOSSES):
            by_seed = [[level.errors[loss].w for level in of_seed] for of_seed in levels]
            draw_band(ax, x, by_seed, index, label=f"{loss} loss")
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
        for (condition, test), (index, loss) in product(
            enumerate(("clean", "dirty")), enumerate(LOSSES)
        ):
            by_seed = [
                [level.errors[loss].model_dump()[f"{test}_{measure}"] for level in of_seed]
                for of_seed in levels
            ]
            draw_band(ax, x, by_seed, index, condition, label=f"{loss} loss, {test} test set")
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
            distances = [distance or np.nan for distance in solver.distances]
            ax.plot(distances, label=name, markevery=10, **line_style(index))
        ax.set(title=f"{100 * study.share:.0f} % outliers", xlabel="iteration", yscale="log")
    axes[0].set_ylabel(r"distance $\|w_k - w^\ast\| / \|w^\ast\|$")
    axes[0].legend()
    return figure


def plot_ridge(result: RobustRegressionResult) -> Figure:
    """The error and the norm of w along the path of lambda, with more features than samples."""
    figure, axes = new_figure(3.0, columns=2)
    for (condition, share), (index, loss) in product(enumerate(RIDGE_SHARES), enumerate(LOSSES)):
        paths = [[level for level in run.ridge if level.share == share] for run in result.runs]
        lambdas = [level.lam for level in paths[0]]
        label = f"{loss} loss, {100 * share:.0f} % outliers"
        errors = [[level.errors[loss] for level in path] for path in paths]
        # Without much penalty both losses fit all samples alike: the one below is wider.
        look = {"linewidth": 2.6 - 1.4 * index, "markersize": 7 - 3 * index}
        for ax, quantity in zip(axes, ("w", "norm"), strict=True):
            by_seed = [[getattr(error, quantity) for error in path] for path in errors]
            draw_band(ax, lambdas, by_seed, index, condition, label=label, **look)
    for ax in axes:
        ax.set(xscale="log", xlabel=r"$\lambda$", ylim=0)
    axes[0].set_ylabel(r"error of $w$: $\|\hat w - w\| / \|w\|$")
    axes[1].set_ylabel(r"norm $\|\hat w\| / \|w\|$")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
