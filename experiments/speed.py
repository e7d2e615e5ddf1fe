"""How fast training is: `mytorch` beside PyTorch, JAX and the bare matrix products, in turn.

The experiments' own training is held against its bare matrix products as well. All contenders do
the same work in one process, one after another, several rounds over; a ratio is the median of the
rounds' ratios, so that what slows the whole machine down for a while cancels.
"""

import os
import re
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from threadpoolctl import threadpool_limits

from experiments.contenders import CONTENDERS, Contender, Epoch, Images, Labels
from experiments.contenders import mytorch as train_with_mytorch
from experiments.datasets import Dataset, Split
from experiments.experiment import Experiment, Task
from experiments.numpy_mnist import BATCH_SIZE, WIDTHS, as_inputs
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import COLOURS, line_style, new_figure

BATCH_SIZES = (16, 64, 256, 1024)
HIDDEN_WIDTHS = (64, 256, 1024)
SWEEP_IMAGES = 1024
IMAGES = {"full": None, "quick": 512}
OWN_IMAGES = 3_200
ROUNDS = 5
FEWER_ROUNDS = 3

Part = Literal["epoch", "batch size", "width", "blood_cells", "initialization"]


class Limit(NamedTuple):
    """How many times as long as another a contender may take in one part."""

    part: Part
    contender: str
    other: str
    ratio: float


LIMITS = (
    Limit("epoch", "mytorch", "PyTorch", 0.6),
    Limit("epoch", "mytorch", "matrix products", 1.6),
    Limit("blood_cells", "blood cells", "matrix products", 2.0),
    Limit("initialization", "initialization, tanh", "matrix products", 1.7),
    Limit("initialization", "initialization, ReLU", "matrix products", 1.7),
)
MEMORY_LIMIT_MB = 700


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
        return statistics.median(self.ratios(contender, other))

    def ratios(self, contender: str, other: str) -> list[float]:
        """A contender's seconds divided by another's, for each round."""
        pairs = zip(self.seconds[contender], self.seconds[other], strict=True)
        return [mine / others for mine, others in pairs]


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

    def target(self, quantity: str) -> Target:
        """What became of one quantity."""
        return next(target for target in self.targets if target.quantity == quantity)


def run(task: Task, mnist: Dataset, bloodmnist: Dataset) -> SpeedRun:
    """Measure in a fresh process, limited to the number of threads that the setting names."""
    threads = 1 if task.setting == "one_thread" else available_cores()
    quick = task.profile == "quick"
    digits, cells = (data.train[: IMAGES[task.profile]] for data in (mnist, bloodmnist))
    with fresh_process(threads) as process:
        # The memory first: a process' peak never goes down again.
        peak_memory_mb = process.submit(measure_peak_memory, digits).result()
        comparisons = process.submit(measure_all, digits, threads, quick).result()
        if threads == 1:
            comparisons += process.submit(measure_own, digits, cells, quick).result()
    return SpeedRun(
        setting=task.setting,
        seed=task.seed,
        threads=threads,
        peak_memory_mb=peak_memory_mb,
        comparisons=comparisons,
    )


def fresh_process(threads: int) -> ProcessPoolExecutor:
    """A process of its own with so many threads."""
    return ProcessPoolExecutor(1, get_context("spawn"), limit_threads, (threads,))


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
    if sys.platform == "linux":
        # Where it begins, `getrusage` still counts what the process that started it held.
        found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
        assert found
        return int(found[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measure_all(split: Split, threads: int, quick: bool = False) -> list[Comparison]:
    """The epoch of Q6.7; with one thread also how time grows with batch size and width."""
    import torch

    torch.set_num_threads(threads)
    images, labels = as_inputs(split)
    rounds = 1 if quick else ROUNDS if threads == 1 else FEWER_ROUNDS
    epoch = measure("epoch", CONTENDERS, WIDTHS, BATCH_SIZE, images, labels, threads, rounds)
    if threads > 1:
        return [epoch]
    batched = {name: CONTENDERS[name] for name in CONTENDERS if name != "PyTorch, DataLoader"}
    some = (images[:SWEEP_IMAGES], labels[:SWEEP_IMAGES], threads, min(rounds, FEWER_ROUNDS))
    sizes, hidden = (sweep[: 1 if quick else None] for sweep in (BATCH_SIZES, HIDDEN_WIDTHS))
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
    """Let all contenders train in turn."""
    epochs = {
        name: prepare(widths, batch_size, images, labels) for name, prepare in contenders.items()
    }
    return Comparison(
        part=part,
        threads=threads,
        widths=list(widths),
        batch_size=batch_size,
        images=len(labels),
        seconds=time_in_turn(epochs, len(labels), rounds),
    )


def measure_own(digits: Split, cells: Split, quick: bool = False) -> list[Comparison]:
    """The training of the experiments that use PyTorch, on one thread as they run it."""
    from experiments import cell_classifier, initialization
    from experiments.own_training import blood_cell_epochs, initialization_epochs

    rounds = 1 if quick else FEWER_ROUNDS
    some = digits[:OWN_IMAGES]
    return [
        Comparison(
            part="blood_cells",
            threads=1,
            widths=list(cell_classifier.SIZES),
            batch_size=cell_classifier.BATCH_SIZE,
            images=len(cells),
            seconds=time_in_turn(blood_cell_epochs(cells), len(cells), rounds),
        ),
        Comparison(
            part="initialization",
            threads=1,
            widths=list(initialization.SIZES),
            batch_size=initialization.BATCH_SIZE,
            images=len(some),
            seconds=time_in_turn(initialization_epochs(some), len(some), rounds),
        ),
    ]


def time_in_turn(epochs: dict[str, Epoch], images: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each epoch in each round, after one round to warm up."""
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(1 + rounds):
        order = rng.permutation(images)
        for name, epoch in epochs.items():
            start = time.perf_counter()
            epoch(order)
            seconds[name].append(time.perf_counter() - start)
    return {name: measured[1:] for name, measured in seconds.items()}


def gather(provenance: Provenance, runs: list[SpeedRun]) -> SpeedResult:
    """Hold what was measured with one thread against its limits."""
    alone = next(run for run in runs if run.threads == 1)
    by_part = {comparison.part: comparison for comparison in alone.comparisons}
    targets = [
        Target(
            quantity=f"{limit.contender} / {limit.other}",
            limit=limit.ratio,
            value=by_part[limit.part].ratio(limit.contender, limit.other),
        )
        for limit in LIMITS
    ]
    targets.append(
        Target(quantity="peak memory", limit=MEMORY_LIMIT_MB, value=alone.peak_memory_mb, unit="MB")
    )
    summary = {
        f"{t.quantity} (target {t.limit:g}, {'met' if t.met else 'missed'})": Measure(
            values=[t.value], unit=t.unit
        )
        for t in targets
    }
    epoch = by_part["epoch"].median("mytorch")
    summary["mytorch, one epoch, one thread"] = Measure(values=[epoch], unit="s")
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


EXPERIMENT = Experiment(
    name="speed",
    summary="one epoch by mytorch, PyTorch, JAX and bare matrix products; the experiments' own",
    problem="6.7",
    run=run,
    gather=gather,
    run_type=SpeedRun,
    result_type=SpeedResult,
    figures=(plot_epoch, plot_growth, plot_own),
    settings=("one_thread", "all_threads"),
    data=("mnist", "bloodmnist"),
    timed=True,
)
