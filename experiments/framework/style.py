"""How every figure looks: print size, text that copies as text, colours that survive grey."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TEXT_WIDTH = 6.3
"""Inches; the width of the report's text, so that a figure is printed at the size it is drawn."""

# Okabe and Ito's palette, ordered so that neighbours differ in lightness as well as in hue.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

RC: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.prop_cycle": cycler(color=COLOURS, linestyle=LINES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 9,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.wspace": 0.06,  # a label on the left of a panel stands clear
    "figure.dpi": 100,
    "font.family": "STIXGeneral",  # unlike Computer Modern's, its minus copies as a minus
    "axes.formatter.use_mathtext": True,
    "font.size": 9,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "image.cmap": "gray_r",
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4,
    "mathtext.fontset": "stix",
    "pdf.fonttype": 42,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}


@contextmanager
def print_style() -> Iterator[None]:
    """Within it, figures look as they do in the report."""
    with mpl.rc_context(RC):
        yield


def new_figure(
    height: float, rows: int = 1, columns: int = 1, **options: Any
) -> tuple[Figure, Any]:
    """A figure of the text's width and `height` inches, and its axes as from `plt.subplots`."""
    figure = Figure(figsize=(TEXT_WIDTH, height))
    return figure, figure.subplots(rows, columns, **options)


def line_style(method: int, condition: int = 0) -> dict[str, Any]:
    """Hue and marker of a method and the dash of a condition, the same in every figure."""
    return {
        "color": COLOURS[method % len(COLOURS)],
        "linestyle": LINES[condition % len(LINES)],
        "marker": MARKERS[method % len(MARKERS)],
    }


def draw_band(
    axes: Axes,
    x: Sequence | np.ndarray,
    by_seed: Sequence[Sequence] | np.ndarray,
    method: int,
    condition: int = 0,
    **options: Any,
) -> None:
    """The curve of a method: the mean over the seeds, on a band from the lowest to the highest.

    `by_seed` has one row of values at `x` for each seed; options are those of `Axes.plot`.
    """
    look = line_style(method, condition) | {"markevery": max(1, len(x) // 7)} | options
    low, high = np.min(by_seed, axis=0), np.max(by_seed, axis=0)
    axes.fill_between(x, low, high, color=look["color"], alpha=0.2, linewidth=0)
    axes.plot(x, np.mean(by_seed, axis=0), **look)


def add_caution(figure: Figure, text: str) -> None:
    """Print `text` small below a figure, so that it goes wherever the figure goes."""
    label = "\n".join(part for part in (figure.get_supxlabel(), text) if part)
    if label:
        figure.supxlabel(label, fontsize=8, color="#555555")
