"""The figure of the checkers' scores."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.checkers.result import CheckersResult
from experiments.framework.style import new_figure


def plot_caught(result: CheckersResult) -> Figure:
    """The share of each fault that is caught, and of right gradients that are refused, by kind."""
    figure, (caught, alarms) = new_figure(2.5, columns=2, width_ratios=(7, 5), sharey=True)
    scores = result.scores
    _show_shares(caught, {name: score.caught_by_fault for name, score in scores.items()}, True)
    _show_shares(
        alarms, {name: score.false_alarms_by_kind for name, score in scores.items()}, False
    )
    caught.set_title("faulty gradients refused (%)")
    alarms.set_title("right gradients refused (%)")
    return figure


def _show_shares(axes: Axes, shares: dict[str, dict[str, float | None]], wanted: bool) -> None:
    """A table of shares, dark where they are bad; a dash where nothing could be asked."""
    columns = list(next(iter(shares.values())))
    values = np.array(
        [[row[c] if row[c] is not None else np.nan for c in columns] for row in shares.values()],
        dtype=float,
    )
    bad = 100 - values if wanted else values
    axes.imshow(bad, cmap="Oranges", vmin=0, vmax=140, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        text = "-" if np.isnan(value) else f"{value:.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(shares)), list(shares))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
