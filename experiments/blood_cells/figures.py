"""The figures of Problem 4."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from experiments.blood_cells.result import BloodCellsResult, Calibration, Example, Image
from experiments.framework.style import COLOURS, draw_band, line_style, new_figure

PER_CENT = PercentFormatter(1, decimals=0, symbol=" %")
RIGHT, WRONG = "black", COLOURS[-1]
FEWEST = 10
"""Images that a share is drawn of."""
QUADRANTS = {
    "confident correct": r"confident ($p > 0.9$) and correct",
    "confident incorrect": r"confident ($p > 0.9$) but incorrect",
    "uncertain correct": r"uncertain ($p < 0.6$) but correct",
    "uncertain incorrect": r"uncertain ($p < 0.6$) and incorrect",
}


def plot_samples(result: BloodCellsResult) -> Figure:
    """Random training images, two of each class."""
    sample = result.runs[0].exploration.sample
    figure, grid = new_figure(1.9, 2, len(result.class_names))
    for axes, name in zip(grid[0], result.class_names, strict=True):
        axes.set_title(_in_lines(name), fontsize=8)
    for position, image in enumerate(sample):
        _show(grid[position % 2, image.label], image)
    return figure


def plot_classes(result: BloodCellsResult) -> Figure:
    """How many training images each class has, and would have if all had as many."""
    exploration = result.runs[0].exploration
    counts = exploration.counts["training"]
    figure, axes = new_figure(2.4)
    bars = axes.barh(result.class_names, counts, color=COLOURS[0])
    shares = [f"{count:,} ({100 * count / sum(counts):.1f} %)" for count in counts]
    axes.bar_label(bars, shares, padding=3, fontsize=8)
    axes.axvline(sum(counts) / len(counts), color="black", linestyle="--")
    axes.annotate(
        "if balanced",
        (sum(counts) / len(counts), 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        fontsize=8,
    )
    axes.set(xlabel="training images", xlim=(0, 1.2 * max(counts)))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return figure


def plot_training(result: BloodCellsResult) -> Figure:
    """Loss and accuracy after each epoch: means over the seeds, and the range of all seeds."""
    figure, (losses, accuracies) = new_figure(2.4, columns=2)
    for index, split in enumerate(("training", "validation")):
        for axes, quantity in ((losses, "loss"), (accuracies, "accuracy")):
            curves = [getattr(run.curves, f"{split}_{quantity}") for run in result.runs]
            epochs = range(1, len(curves[0]) + 1)
            draw_band(axes, epochs, curves, index, index, label=split, marker=None)
    losses.set(xlabel="epoch", ylabel="cross-entropy (nats)", ylim=(0, None))
    accuracies.set(xlabel="epoch", ylabel="accuracy")
    accuracies.yaxis.set_major_formatter(PER_CENT)
    accuracies.legend(loc="lower right")
    losses.legend(loc="upper right")
    return figure


def plot_confusion(result: BloodCellsResult) -> Figure:
    """How many test images of each class are taken for which; shades are shares of the class.

    The two most confused pairs are framed.
    """
    evaluation = result.runs[0].evaluation
    matrix = np.array(evaluation.confusion)
    shares = matrix / matrix.sum(axis=1, keepdims=True)
    figure, axes = new_figure(4.0)
    figure.set_layout_engine("compressed")  # in the middle of the page, labels and bar included
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        shade = "white" if shares[row, column] > 0.5 else "black" if count else "#999999"
        axes.text(column, row, str(count), ha="center", va="center", color=shade, fontsize=8)
    for pair in evaluation.confused:
        corner = (pair.predicted - 0.5, pair.true - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=WRONG, linewidth=1.6))
    names = result.class_names
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), map(_in_lines, names))
    axes.set(xlabel="predicted", ylabel="true")
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)
    bar = figure.colorbar(picture, label="share of the true class", shrink=0.8)
    bar.ax.yaxis.set_major_formatter(PER_CENT)
    return figure


def plot_class_scores(result: BloodCellsResult) -> Figure:
    """Precision and recall of each class on the test images: means and ranges of the seeds."""
    figure, axes = new_figure(2.8)
    places = np.arange(len(result.class_names))
    for index, quantity in enumerate(("precision", "recall")):
        scores = np.array(
            [
                [getattr(scores, quantity) for scores in run.evaluation.per_class]
                for run in result.runs
            ]
        )
        style = line_style(index) | {"linestyle": "none"}
        height = places + 0.3 * (index - 0.5)
        axes.hlines(height, scores.min(axis=0), scores.max(axis=0), color=style["color"])
        axes.plot(scores.mean(axis=0), height, label=quantity, **style)
    axes.set_yticks(places, result.class_names)
    axes.set(xlabel="share of the test images", xlim=(None, 1.005))
    axes.xaxis.set_major_formatter(PER_CENT)
    axes.invert_yaxis()
    axes.legend(loc="lower left")
    return figure


def plot_lowest_recall(result: BloodCellsResult) -> Figure:
    """Misclassified test images of the class that is missed most often."""
    evaluation = result.runs[0].evaluation
    name = result.class_names[evaluation.lowest_recall]
    recall = evaluation.per_class[evaluation.lowest_recall].recall
    figure, grid = new_figure(2.0, 1, 5)
    _make_room(figure)
    _show_examples(grid, evaluation.misclassified, result.class_names)
    figure.suptitle(f"{name}: recall {100 * recall:.1f} %, the lowest of all", fontsize=9)
    return figure


def plot_quadrants(result: BloodCellsResult) -> Figure:
    """Two examples of each quadrant of confidence and correctness, and how many it holds."""
    evaluation = result.runs[0].evaluation
    figure, _ = new_figure(4.6)
    figure.clear()
    _make_room(figure)
    parts: Any = figure.subfigures(2, 2, wspace=0.05, hspace=0.05)
    for part, (key, title) in zip(parts.flat, QUADRANTS.items(), strict=True):
        quadrant = evaluation.quadrants[key]
        images = "1 image" if quadrant.count == 1 else f"{quadrant.count:,} images"
        part.suptitle(f"{title}: {images}", fontsize=9)
        _show_examples(part.subplots(1, 2), quadrant.examples, result.class_names)
    return figure


def plot_calibration(result: BloodCellsResult) -> Figure:
    """Accuracy by confidence, before and after temperature scaling, and how many are how sure."""
    evaluation = result.runs[0].evaluation
    figure, (diagram, histogram) = new_figure(2.5, columns=2)
    stages = {
        "as trained": evaluation.calibration,
        rf"$\tau = {evaluation.temperature:.2f}$": evaluation.calibration_scaled,
    }
    _plot_calibrated(diagram, evaluation.calibration)
    for index, (name, stage) in enumerate(stages.items()):
        style = line_style(2 * index, index)
        size = {"markersize": (6, 3)[index]}
        accuracy = np.where(np.greater_equal(stage.count, FEWEST), stage.accuracy, np.nan)
        diagram.plot(stage.confidence, accuracy, label=name, **style, **size)
        error = (
            rf"error {stage.error:.3f}, by chance {stage.floor:.3f} $\pm$ {stage.floor_spread:.3f}"
        )
        edges = np.linspace(0, 1, len(stage.count) + 1)
        bars = {"fill": True, "color": style["color"], "alpha": 0.35, "linewidth": 0}
        outline = {"color": style["color"], "linestyle": style["linestyle"], "linewidth": 1.2}
        look = outline if index else bars
        histogram.stairs(stage.count, edges, label=f"{name}:\n{error}", **look)
    diagram.set(xlabel="confidence", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1.01))
    diagram.legend(loc="lower right")
    histogram.set(xlabel="confidence", ylabel="test images", xlim=(0, 1))
    for text in histogram.legend(loc="upper left").get_texts():
        text.set_linespacing(1.35)
    return figure


def _plot_calibrated(axes: Axes, stage: Calibration) -> None:
    """Where perfect calibration is, and the band that 95 % of such bins fall in."""
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.8, linestyle="-")
    confidence = np.where(np.greater_equal(stage.count, FEWEST), stage.confidence, np.nan)
    reach = 1.96 * np.sqrt(confidence * (1 - confidence) / stage.count)
    band = (confidence - reach, confidence + reach)
    label = "if calibrated, 95 %"
    axes.fill_between(confidence, *band, color="#dddddd", linewidth=0, label=label)


def _show_examples(grid: np.ndarray, examples: list[Example], names: list[str]) -> None:
    """Images with true and predicted class and confidence; an axes left over says it is empty."""
    for axes in grid[len(examples) :]:
        axes.axis("off")
        axes.text(0.5, 0.5, "no other\nexample" if examples else "no example", ha="center")
    for axes, example in zip(grid, examples, strict=False):
        _show(axes, example)
        right = example.predicted == example.label
        axes.set_title(f"true {names[example.label]}", fontsize=8)
        axes.set_xlabel(
            f"predicted\n{names[example.predicted]}\nconfidence {100 * example.confidence:.1f} %",
            color=RIGHT if right else WRONG,
            fontsize=8,
            linespacing=1.35,
        )


def _make_room(figure: Figure) -> None:
    """Lines of text about an image are taller than the layout takes them to be."""
    layout = figure.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        layout.set(h_pad=0.07, rect=(0, 0.05, 1, 0.95))


def _show(axes: Axes, image: Image) -> None:
    axes.imshow(image.pixels)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _in_lines(name: str) -> str:
    return name.replace(" ", "\n")
