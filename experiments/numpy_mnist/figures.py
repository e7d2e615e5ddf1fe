"""The figures of Q6.7."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.framework.style import COLOURS, new_figure
from experiments.numpy_mnist.design import NAMES
from experiments.numpy_mnist.result import NumpyMnistResult


def smooth(values: Sequence[float], window: int) -> Float[np.ndarray, " smoothed"]:
    """The mean of every `window` neighbours: `len(values) - window + 1` numbers."""
    return np.convolve(values, np.full(window, 1 / window), mode="valid")


def plot_loss(result: NumpyMnistResult) -> Figure:
    """The loss of every batch of the first network, and smoothed with all seeds as a band."""
    figure, panels = new_figure(2.0, 1, 2, sharey=True)
    for axes, (setting, name) in zip(panels, NAMES.items(), strict=True):
        runs = result.runs_of(setting)
        raw = runs[0].losses
        window = min(result.smoothing, len(raw))
        smoothed = np.array([smooth(run.losses, window) for run in runs])
        iterations = np.arange(smoothed.shape[1]) + (window + 1) / 2
        low, high = smoothed.min(axis=0), smoothed.max(axis=0)
        every = {"color": "#aaaaaa", "linewidth": 0.3, "linestyle": "-", "zorder": 1}
        band = {"facecolor": COLOURS[1], "edgecolor": COLOURS[1], "linewidth": 1.2, "zorder": 2}
        mean = {"color": "black", "linewidth": 0.5, "linestyle": "-", "zorder": 3}
        axes.plot(range(1, len(raw) + 1), raw, label=f"every batch, seed {runs[0].seed}", **every)
        axes.fill_between(iterations, low, high, label=f"range of {len(runs)} seeds", **band)
        label = f"mean of {window} batches and {len(runs)} seeds"
        axes.plot(iterations, smoothed.mean(axis=0), label=label, **mean)
        axes.set(yscale="log", xlim=(0, len(raw)), title=f"{name} initialisation")
        axes.set_xlabel(f"iteration (batches of {result.batch_size} images)")
    panels[0].set_ylabel("training loss (nats)")
    panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    panels[0].yaxis.set_major_formatter("{x:g}")
    panels[0].yaxis.set_minor_formatter(NullFormatter())
    handles, labels = panels[0].get_legend_handles_labels()
    legend = figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    for line in legend.get_lines():  # too thin to be seen without the curve
        line.set_linewidth(1.5)
    return figure


def plot_digits(result: NumpyMnistResult) -> Figure:
    """Ten random test images, with what they show and what the first network reads."""
    figure, grid = new_figure(2.9, 2, 5)
    for axes, digit in zip(grid.flat, result.runs_of("xavier")[0].digits, strict=True):
        right = digit.prediction == digit.label
        axes.imshow(digit.image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(
            f"true {digit.label}\npredicted {digit.prediction} ({100 * digit.confidence:.0f} %)",
            fontsize=8,
            color="black" if right else COLOURS[-1],
        )
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color="black" if right else COLOURS[-1])
        axes.spines[:].set_linewidth(0.5 if right else 2)
    return figure
