"""How fast `mytorch` is: beside PyTorch, JAX and the bare matrix products, in turn, on one machine.

All contenders do the same work in one process, one after another, several rounds over; a ratio is
the median of the rounds' ratios, so that what slows the whole machine down for a while cancels.
"""

import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Literal, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from threadpoolctl import threadpool_limits

from experiments.contenders import CONTENDERS, Contender, Images, Labels
from experiments.contenders import mytorch as train_with_mytorch
from experiments.datasets import Dataset, Split
from experiments.experiment import Experiment, Task
from experiments.numpy_mnist import BATCH_SIZE, QUICK_IMAGES, WIDTHS, as_inputs
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import line_style, new_figure

BATCH_SIZES = (16, 32, 64, 128, 256, 512, 1024)
HIDDEN_WIDTHS = (64, 128, 256, 512, 1024)
SWEEP_IMAGES = 2048
ROUNDS = 5
SWEEP_ROUNDS = 3

TARGETS = {"PyTorch": 0.6, "matrix products": 1.6}
MEMORY_TARGET_MB = 700


Part = Literal["epoch", "batch size", "width"]
Found = TypeVar("Found")


class Comparison(Model):
    """Seconds that each contender took for the same work, one number for each round."""

    part: Part
    threads: int
    widths: list[int]
    batch_size: int
    images: int
    seconds: dict[str, list[float]]

    def median(self, contender: str) -> float:
        """The median of a contender's seconds over the rounds."""
        return statistics.median(self.seconds[contender])

    def ratio(self, contender: str, other: str) -> float:
        """The median over the rounds of a contender's seconds divided by another's."""
        pairs = zip(self.seconds[contender], self.seconds[other], strict=True)
        return statistics.median(mine / others for mine, others in pairs)


class SpeedRun(Run):
    """All comparisons with one number of threads, and the memory that `mytorch` needs."""

    threads: int
    peak_memory_mb: float
    comparisons: list[Comparison]


class Target(Model):
    """What was to be reached, and what was."""

    quantity: str
    limit: float
    value: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the value is within the limit."""
        return self.value <= self.limit


class SpeedResult(ExperimentResult):
    """All comparisons, and how they stand to the targets, which are set for one thread."""

    runs: list[SpeedRun]
    targets: list[Target]

    def comparisons(self, part: str, setting: str = "one_thread") -> list[Comparison]:
        """The comparisons of one part, in the order of what is varied."""
        runs = [run for run in self.runs if run.setting == setting]
        return [
            comparison for run in runs for comparison in run.comparisons if comparison.part == part
        ]


def run(task: Task, mnist: Dataset) -> SpeedRun:
    """Measure in a fresh process, limited to the number of threads that the setting names."""
    threads = 1 if task.setting == "one_thread" else available_cores()
    quick = task.profile == "quick"
    count = QUICK_IMAGES if quick else len(mnist.train)
    split = Split(mnist.train.images[:count], mnist.train.labels[:count])
    return SpeedRun(
        setting=task.setting,
        seed=task.seed,
        threads=threads,
        peak_memory_mb=in_fresh_process(threads, measure_peak_memory, split),
        comparisons=in_fresh_process(threads, measure_all, split, threads, quick),
    )


def in_fresh_process(threads: int, function: Callable[..., Found], *arguments: Any) -> Found:
    """What `function` returns in a process of its own with so many threads."""
    with ProcessPoolExecutor(1, get_context("spawn"), limit_threads, (threads,)) as process:
        return process.submit(function, *arguments).result()


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def limit_threads(threads: int) -> None:
    """Limit this process, before it computes, to so many threads and, on Linux, cores."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    threadpool_limits(threads)


def measure_peak_memory(split: Split) -> float:
    """Megabytes that a process has needed at most when it has trained an epoch with `mytorch`."""
    images, labels = as_inputs(split)
    train_with_mytorch(WIDTHS, BATCH_SIZE, images, labels)(np.arange(len(labels)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def measure_all(split: Split, threads: int, quick: bool = False) -> list[Comparison]:
    """The epoch of Q6.7; with one thread also how time grows with batch size and width."""
    import torch

    torch.set_num_threads(threads)
    images, labels = as_inputs(split)
    rounds = 1 if quick else ROUNDS
    epoch = measure("epoch", CONTENDERS, WIDTHS, BATCH_SIZE, images, labels, threads, rounds)
    if threads > 1:
        return [epoch]
    batched = {name: CONTENDERS[name] for name in CONTENDERS if name != "PyTorch, DataLoader"}
    some = (images[:SWEEP_IMAGES], labels[:SWEEP_IMAGES], threads, min(rounds, SWEEP_ROUNDS))
    sizes, hidden = BATCH_SIZES[:: 3 if quick else 1], HIDDEN_WIDTHS[:: 2 if quick else 1]
    by_batch = [measure("batch size", batched, WIDTHS, size, *some) for size in sizes]
    shapes = [(WIDTHS[0], width, width // 2, WIDTHS[-1]) for width in hidden]
    by_width = [measure("width", batched, widths, BATCH_SIZE, *some) for widths in shapes]
    return [epoch, *by_batch, *by_width]


def measure(
    part: Part,
    contenders: dict[str, Contender],
    widths: Sequence[int],
    batch_size: int,
    images: Images,
    labels: Labels,
    threads: int,
    rounds: int,
) -> Comparison:
    """Let all contenders train in turn, once to warm up and then `rounds` times."""
    epochs = {
        name: prepare(widths, batch_size, images, labels) for name, prepare in contenders.items()
    }
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(1 + rounds):
        order = rng.permutation(len(labels))
        for name, epoch in epochs.items():
            start = time.perf_counter()
            epoch(order)
            seconds[name].append(time.perf_counter() - start)
    return Comparison(
        part=part,
        threads=threads,
        widths=list(widths),
        batch_size=batch_size,
        images=len(labels),
        seconds={name: measured[1:] for name, measured in seconds.items()},
    )


def gather(provenance: Provenance, runs: list[SpeedRun]) -> SpeedResult:
    """Hold the epoch and the memory of one thread against their targets."""
    alone = next(run for run in runs if run.threads == 1)
    epoch = next(c for c in alone.comparisons if c.part == "epoch")
    targets = [
        Target(quantity=f"mytorch / {other}", limit=limit, value=epoch.ratio("mytorch", other))
        for other, limit in TARGETS.items()
    ]
    targets.append(
        Target(
            quantity="peak memory",
            limit=MEMORY_TARGET_MB,
            value=alone.peak_memory_mb,
            unit="MB",
        )
    )
    summary = {
        f"{t.quantity} (target {t.limit:g}, {'met' if t.met else 'missed'})": Measure(
            values=[t.value], unit=t.unit
        )
        for t in targets
    }
    summary["mytorch, one epoch, one thread"] = Measure(values=[epoch.median("mytorch")], unit="s")
    return SpeedResult(provenance=provenance, summary=summary, runs=runs, targets=targets)


def plot_epoch(result: SpeedResult) -> Figure:
    """One epoch of Q6.7 by every contender: the median as a bar, every round as a tick."""
    figure, panels = new_figure(2.0, 1, 2, sharey=True)
    for axes, run in zip(panels, result.runs, strict=True):
        (comparison,) = result.comparisons("epoch", run.setting)
        names = list(comparison.seconds)[::-1]
        medians = [comparison.median(name) for name in names]
        end = 1.6 * max(medians)
        for row, (name, median) in enumerate(zip(names, medians, strict=True)):
            rounds = comparison.seconds[name]
            shown = [seconds for seconds in rounds if seconds <= end]
            axes.barh(row, median, height=0.6, color="#0072B2" if name == "mytorch" else "#bbbbbb")
            axes.plot(shown, [row] * len(shown), "|", color="black", markersize=7)
            hidden = len(rounds) - len(shown)
            note = f"  ({hidden} slower)" if hidden else ""
            axes.annotate(
                f"{median:.2f}{note}",
                (max(shown), row),
                (4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
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


def _plot_growth(axes: Axes, x: list[int], comparisons: list[Comparison]) -> None:
    """One line for each contender, on logarithmic axes."""
    for index, name in enumerate(comparisons[0].seconds):
        microseconds = [1e6 * c.median(name) / c.images for c in comparisons]
        axes.plot(x, microseconds, label=name, **line_style(index))
    axes.set(xscale="log", yscale="log", xticks=x, xticklabels=[str(value) for value in x])
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()


EXPERIMENT = Experiment(
    name="speed",
    summary="one epoch by mytorch, PyTorch, JAX and bare matrix products, in turn",
    problem="6.7",
    run=run,
    gather=gather,
    run_type=SpeedRun,
    result_type=SpeedResult,
    figures=(plot_epoch, plot_growth),
    settings=("one_thread", "all_threads"),
    data=("mnist",),
    timed=True,
)
