"""The figures of Problem 5."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.framework.style import draw_band, line_style, new_figure
from experiments.initialization.design import ACTIVATION_NAMES, NAMES
from experiments.initialization.result import InitializationResult

THEORY: dict[str, Any] = {
    "color": "gray",
    "linestyle": "-",
    "linewidth": 4,
    "alpha": 0.3,
    "marker": "",
    "zorder": 1.5,  # behind all curves
}
MARK_SIZES = (8, 4, 5, 4)
"""Points; unlike, so that a mark shows inside another."""


def plot_activations_tanh(result: InitializationResult) -> Figure:
    """Mean and standard deviation of tanh activations before training, by hidden layer (Q5.2)."""
    return _plot_activations(result, "tanh")


def plot_activations_relu(result: InitializationResult) -> Figure:
    """Mean and standard deviation of ReLU activations before training, by hidden layer (Q5.4)."""
    return _plot_activations(result, "relu")


def plot_losses_tanh(result: InitializationResult) -> Figure:
    """Training losses of all four initialisations with tanh (Q5.3)."""
    return _plot_losses(result, "tanh")


def plot_losses_relu(result: InitializationResult) -> Figure:
    """Training losses of all four initialisations with ReLU (Q5.4)."""
    return _plot_losses(result, "relu")


def plot_gradients(result: InitializationResult) -> Figure:
    """Norms of the gradient by each layer's weights, before training."""
    figure, axes = new_figure(2.2, columns=2, sharey=True)
    layers = range(1, result.hidden_layers + 2)
    for ax, activation in zip(axes, ACTIVATION_NAMES, strict=True):
        for index, method in enumerate(NAMES):
            starts = [run.start[method] for run in result.runs_of(activation)]
            draw_band(ax, layers, [start.gradient_norms for start in starts], **_look(index))
        ax.set(title=_title(result, activation), xlabel="layer", xticks=layers)
        _scale_down_to_zero(ax, -6, 2)
    axes[0].set_ylabel("norm of the gradient")
    _add_legend(figure)
    return figure


def plot_depths(result: InitializationResult) -> Figure:
    """The last hidden layer's signal and the first layer's gradient in networks of all depths."""
    figure, axes = new_figure(3.6, rows=2, columns=2, sharex=True, sharey="row")
    for (upper, lower), activation in zip(axes.T, ACTIVATION_NAMES, strict=True):
        for index, method in enumerate(NAMES):
            measured = [run.depths[method] for run in result.runs_of(activation)]
            theory = result.theory[activation][method].std
            _plot_theory(upper, result.depths, [theory[d - 1] for d in result.depths], index)
            draw_band(upper, result.depths, [d.last_std for d in measured], **_look(index))
            gradients = [d.first_gradient_norm for d in measured]
            draw_band(lower, result.depths, gradients, **_look(index))
        upper.set_title(_title(result, activation))
        lower.set(xlabel="hidden layers", xticks=range(2, 21, 3))
        for ax in (upper, lower):
            _scale_down_to_zero(ax, -20, 5)
    axes[0, 0].set_ylabel("std, last activations")
    axes[1, 0].set_ylabel("norm, first gradient")
    _add_legend(figure, theory=True)
    return figure


def _plot_activations(result: InitializationResult, activation: str) -> Figure:
    figure, (left, right) = new_figure(2.4, columns=2)
    layers = range(1, result.hidden_layers + 1)
    for index, method in enumerate(NAMES):
        starts = [run.start[method] for run in result.runs_of(activation)]
        theory = result.theory[activation][method]
        _plot_theory(left, layers, theory.mean[: result.hidden_layers], index)
        _plot_theory(right, layers, theory.std[: result.hidden_layers], index)
        draw_band(left, layers, [start.measured.mean for start in starts], **_look(index))
        draw_band(right, layers, [start.measured.std for start in starts], **_look(index))
    for ax in (left, right):
        ax.set(title=_title(result, activation), xlabel="hidden layer", xticks=layers)
    left.set_ylabel("mean activation")
    if left.dataLim.ymin < 0:  # noise about zero: on the scale of what it is the mean of
        reach = max(np.abs(left.dataLim.intervaly).max(), 0.5 * right.dataLim.ymax)
        left.set_ylim(-reach, reach)
    right.set_ylabel("std of the activations")
    _scale_down_to_zero(right, -6, 1)
    _add_legend(figure, theory=True)
    return figure


def _plot_losses(result: InitializationResult, activation: str) -> Figure:
    figure, ax = new_figure(2.5)
    points = result.points_per_epoch
    for index, method in enumerate(NAMES):
        losses = [run.training[method].losses for run in result.runs_of(activation)]
        epochs = (np.arange(len(losses[0])) + 0.5) / points
        draw_band(ax, epochs, losses, **_look(index), markevery=points)
    ax.set(
        title=_title(result, activation),
        xlabel="epoch",
        ylabel="training loss (nats)",
        yscale="log",
        xlim=(0, result.epochs),
    )
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    _add_legend(figure)
    return figure


def _look(index: int) -> dict[str, Any]:
    """A method's look: open marks of unlike sizes and dashes, where curves lie on each other."""
    return {
        "method": index,
        "condition": index,
        "markerfacecolor": "none",
        "markersize": MARK_SIZES[index],
    }


def _plot_theory(ax: Axes, x: Sequence[int], predicted: list[float], index: int) -> None:
    """What theory has, behind what was measured."""
    ax.plot(x, predicted, **THEORY | {"color": line_style(index)["color"]})


def _scale_down_to_zero(ax: Axes, lowest: int, step: int) -> None:
    """A logarithmic axis from `10**lowest` on with a place for zero below."""
    ax.set_yscale("symlog", linthresh=10.0**lowest, linscale=0.5)
    ax.set_yticks([0, *(10.0**exponent for exponent in range(lowest + step, 1, step))])
    ax.set_ylim(-0.8 * 10.0**lowest, max(ax.get_ylim()[1], 6 * ax.dataLim.ymax))


def _add_legend(figure: Figure, theory: bool = False) -> None:
    """One legend above all axes."""
    lines = [
        Line2D(
            [],
            [],
            label=name,
            markerfacecolor="none",
            markersize=MARK_SIZES[index],
            **line_style(index, index),
        )
        for index, name in enumerate(NAMES.values())
    ]
    if theory:
        lines.append(Line2D([], [], label="theory", **THEORY))
    figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))


def _title(result: InitializationResult, activation: str) -> str:
    return f"{ACTIVATION_NAMES[activation]}, {result.provenance.data[0].name}"
