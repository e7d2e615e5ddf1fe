"""One task: all contenders in turn, with one number of threads."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from operator import call
from typing import Any

import torch

from experiments.blood_cells import network as blood_cells
from experiments.datasets import Dataset, Split
from experiments.framework.experiment import Task
from experiments.initialization import design as initialization
from experiments.numpy_mnist.design import BATCH_SIZE, WIDTHS
from experiments.numpy_mnist.training import as_inputs
from experiments.speed.contenders import CONTENDERS, Contender, Images, Labels
from experiments.speed.design import (
    BATCH_SIZES,
    FEWER_ROUNDS,
    HIDDEN_WIDTHS,
    IMAGES,
    OWN_IMAGES,
    ROUNDS,
    SWEEP_IMAGES,
    Part,
)
from experiments.speed.own_training import blood_cell_epochs, initialization_epochs
from experiments.speed.result import Comparison, SpeedRun
from experiments.speed.stopwatch import limit_threads, measure_peak_memory, time_in_turn
from runs.processes import cores, in_processes


def run(task: Task, mnist: Dataset, bloodmnist: Dataset) -> SpeedRun:
    """Measure in a fresh process, limited to the number of threads that the setting names."""
    threads = 1 if task.setting == "one_thread" else cores()
    quick = task.profile == "quick"
    digits, cells = (data.train[: IMAGES[task.profile]] for data in (mnist, bloodmnist))
    steps: list[Callable[[], Any]] = [
        partial(limit_threads, threads),
        partial(measure_peak_memory, digits),  # first: a process' peak never goes down again
        partial(measure_all, digits, threads, quick),
    ]
    if threads == 1:
        steps.append(partial(measure_own, digits, cells, quick))
    with in_processes(call, steps, workers=1) as futures:
        _, peak_memory_mb, *comparisons = [future.result() for future in futures]
    return SpeedRun(
        setting=task.setting,
        seed=task.seed,
        threads=threads,
        peak_memory_mb=peak_memory_mb,
        comparisons=list(chain.from_iterable(comparisons)),
    )


def measure_all(split: Split, threads: int, quick: bool = False) -> list[Comparison]:
    """The epoch of Q6.7; with one thread also how time grows with batch size and width."""
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
    rounds = 1 if quick else FEWER_ROUNDS
    some = digits[:OWN_IMAGES]
    return [
        Comparison(
            part="blood_cells",
            threads=1,
            widths=list(blood_cells.SIZES),
            batch_size=blood_cells.BATCH_SIZE,
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
