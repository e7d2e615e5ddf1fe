"""Limits a process to a number of threads; measures the time and the memory of what runs in it."""

import os
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from experiments.datasets import Split
from experiments.numpy_mnist.design import BATCH_SIZE, WIDTHS
from experiments.numpy_mnist.training import as_inputs
from experiments.speed.contenders import Epoch
from experiments.speed.contenders import mytorch as train_with_mytorch


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
        peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
        assert peak
        return int(peak[1]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


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
