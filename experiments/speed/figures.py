"""The figures of how fast training is."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from experiments.framework.style import COLOURS, line_style, new_figure
from experiments.speed.design import LIMITS, Limit
from experiments.speed.result import Comparison, SpeedResult


def plot_epoch(result: SpeedResult) -> Figure:
    """One epoch of Q6.7 by every contender: the median as a bar, every round as a tick.

    A round that would stretch the axis is named instead.
    """
    figure, panels = new_figure(2.0, 1, 2, sharey=True)
    for axes, run in zip(panels, result.runs, strict=True):
        (comparison,) = result.comparisons("epoch", run.setting)
        names = list(comparison.seconds)[::-1]
        medians = [comparison.median(name) for name in names]
        end = 1.6 * max(medians)
        for row, (name, median) in enumerate(zip(names, medians, strict=True)):
            rounds = comparison.seconds[name]
            shown = [seconds for seconds in rounds if seconds <= end]
            own = name == "mytorch"
            axes.barh(row, median, height=0.6, color=COLOURS[0] if own else "#bbbbbb")
            axes.plot(shown, [row] * len(shown), "|", color="black", markersize=7)
            colour = "white" if own else "black"
            axes.text(0.02 * end, row, f"{median:.2f}", color=colour, va="center", fontsize=8)
            hidden = [f"{seconds:.1f} s" for seconds in rounds if seconds > end]
            if hidden:
                note = f"and {', '.join(hidden)}"
                place = (max(shown), row)
                offset = {"xytext": (5, 0), "textcoords": "offset points"}
                axes.annotate(note, place, va="center", fontsize=8, **offset)
        axes.set(xlabel="time for one epoch (s)", yticks=range(len(names)), yticklabels=names)
        axes.set(xlim=(0, end), title="1 thread" if run.threads == 1 else f"{run.threads} threads")
        axes.grid(axis="y", visible=False)
    return figure


def plot_growth(result: SpeedResult) -> Figure:
    """How the time for an image grows with the batch size and with the width of the network."""
    figure, (left, right) = new_figure(2.7, 1, 2, sharey=True)
    by_batch, by_width = result.comparisons("batch size"), result.comparisons("width")
    _plot_growth(left, [c.batch_size for c in by_batch], by_batch)
    left.set(xlabel="batch size (images)", ylabel=r"time per image ($\mu$s)")
    left.set_title("784-128-64-10")
    _plot_growth(right, [c.widths[1] for c in by_width], by_width)
    right.set(xlabel="width $w$ (neurons)")
    right.set_title(f"784-$w$-$w/2$-10, batches of {by_width[0].batch_size}")
    left.legend()
    return figure


def plot_own(result: SpeedResult) -> Figure:
    """Epochs of this project's own training in units of their bare matrix products."""
    figure, axes = new_figure(1.9)
    shown = [limit for limit in LIMITS if limit.other == "matrix products"][::-1]
    for row, limit in enumerate(shown):
        (comparison,) = result.comparisons(limit.part)
        ratio = comparison.ratio(limit.contender, limit.other)
        rounds = comparison.ratios(limit.contender, limit.other)
        axes.barh(row, ratio, height=0.6, color=COLOURS[0])
        axes.plot(rounds, [row] * len(rounds), "|", color="black", markersize=7)
        axes.plot([limit.ratio] * 2, [row - 0.4, row + 0.4], color=COLOURS[-1], linestyle="-")
        axes.text(0.05, row, f"{ratio:.2f}", color="white", va="center", fontsize=8)
    axes.plot([], [], color=COLOURS[-1], linestyle="-", label="target")
    axes.axvline(1, color="black", linestyle=":", label="matrix products alone")
    axes.set(yticks=range(len(shown)), yticklabels=[_spelled(limit) for limit in shown])
    axes.set(xlabel="time for one epoch (times its matrix products)", xlim=(0, None))
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def _spelled(limit: Limit) -> str:
    """A contender's name as the report spells it, not as the code does."""
    return limit.contender.replace("initialization", "initialisation")


def _plot_growth(axes: Axes, x: list[int], comparisons: list[Comparison]) -> None:
    """One line for each contender, on logarithmic axes."""
    for index, name in enumerate(comparisons[0].seconds):
        microseconds = [1e6 * c.median(name) / c.images for c in comparisons]
        axes.plot(x, microseconds, label=name, **line_style(index))
    axes.set(xscale="log", yscale="log", xticks=x, xticklabels=[str(value) for value in x])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
