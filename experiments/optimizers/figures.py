"""The figures of Problem 3."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.framework.style import draw_band, line_style, new_figure
from experiments.optimizers.design import RULES
from experiments.optimizers.result import OptimizersResult


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
        draw_band(axes[0], result.scales, losses, index, label=name)
        draw_band(axes[1], result.scales, differences, index, label=name)
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
        draw_band(axes[0], result.sigmas, stationary, index, label=name)
        predicted = result.runs[0].noisy.predicted_loss[name]
        color = line_style(index)["color"]
        axes[0].plot(result.sigmas, predicted, color=color, linestyle="--", linewidth=3, alpha=0.4)
        curves = [run.noisy.curves[name] for run in result.runs]
        steps = np.arange(len(curves[0])) * (result.noise_steps // result.curve_points)
        draw_band(axes[1], steps, curves, index, label=name)
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
        for condition, feature in enumerate((common, rare)):
            curves = [run.sparse.errors[name][feature] for run in result.runs]
            steps = np.arange(len(curves[0])) * (result.sparse_steps // result.curve_points)
            label = f"{name}, feature in {100 * result.frequencies[feature]:.0f} % of the steps"
            draw_band(axes[0], steps, curves, index, condition, label=label)
        times = [run.sparse.steps_to_half[name] for run in result.runs]
        draw_band(axes[1], result.frequencies, times, index, label=name)
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
        draw_band(
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
