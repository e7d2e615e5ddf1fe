"""The figure of the checkers' scores."""

import numpy as np
from matplotlib.figure import Figure

from experiments.checkers.result import CheckersResult
from experiments.framework.style import new_figure


def plot_caught(result: CheckersResult) -> Figure:
    """The share of each fault that is caught, dark where it is low; a dash where none is asked."""
    names = sorted(result.scores, key=lambda name: name.startswith("verify"))
    shares = {name: result.scores[name].caught_by_fault for name in names}
    figure, axes = new_figure(2.4)
    columns = list(next(iter(shares.values())))
    values = np.array(
        [[row[c] if row[c] is not None else np.nan for c in columns] for row in shares.values()],
        dtype=float,
    )
    axes.imshow(100 - values, cmap="Oranges", vmin=0, vmax=140, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        text = "-" if np.isnan(value) else f"{value:.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=8)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(shares)), list(shares))
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure
