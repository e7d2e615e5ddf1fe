"""The figures of Problem 1.3."""

import numpy as np
from matplotlib.figure import Figure

from experiments.framework.style import draw_band, line_style, new_figure
from experiments.output_activations.heads import HEADS
from experiments.output_activations.result import OutputActivationsResult


def plot_exclusive(result: OutputActivationsResult) -> Figure:
    """The probability of each class that each head gives, and the true one."""
    figure, axes = new_figure(2.2, columns=2, sharey=True)
    run = result.runs[0]
    for ax, (head, exclusive) in zip(axes, run.exclusive.items(), strict=True):
        for index, curves in enumerate(zip(exclusive.curves, run.true_curves, strict=True)):
            predicted, true = curves
            look = line_style(index)  # a class for a method
            ax.plot(result.grid, true, color="gray", linewidth=4, alpha=0.35, linestyle="-")
            ax.plot(result.grid, predicted, markevery=10, label=f"class {index + 1}", **look)
        ax.plot(
            result.grid, np.sum(exclusive.curves, axis=0), color="black", linestyle=":", label="sum"
        )
        ax.set(title=f"{head} head", xlabel="$x$", ylim=(0, 1.6), yticks=(0, 0.5, 1, 1.5))
    axes[0].plot([], [], color="gray", linewidth=4, alpha=0.35, linestyle="-", label="true")
    axes[0].set_ylabel("probability")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def plot_independent(result: OutputActivationsResult) -> Figure:
    """How many of the true labels each head finds, and how many it gives, by their number."""
    figure, axes = new_figure(2.1, columns=2)
    counts = range(result.labels + 1)
    for index, head in enumerate(HEADS):
        runs = [run.independent[head] for run in result.runs]
        draw_band(axes[0], counts, [run.recall for run in runs], index, label=f"{head} head")
        draw_band(axes[1], counts, [run.labels_given for run in runs], index, label=f"{head} head")
    axes[1].plot(counts, counts, color="gray", linewidth=4, alpha=0.35, label="true number")
    axes[0].set(ylabel="true labels found (%)", ylim=(0, 105))
    axes[1].set_ylabel("labels given")
    axes[1].legend()
    for ax in axes:
        ax.set(xlabel="true labels of the sample", xticks=counts)
        ax.set_xlim(-0.2, result.labels + 0.2)
    return figure
