"""The smallest experiment, for tests of what runs, stores and draws experiments."""

import os
import signal
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments.framework.experiment import Experiment, Task
from experiments.framework.results import ExperimentResult, Measure, Provenance, Run
from experiments.framework.style import new_figure


class ToyRun(Run):
    draws: list[float]


class ToyResult(ExperimentResult):
    runs: list[ToyRun]


def run(task: Task) -> ToyRun:
    """A few numbers drawn from the seed; a product of matrices would notice another thread count.

    With `TOY_FOLDER` set, each task leaves its name there, the task "seed 1" is killed the first
    time it runs, and in the setting "deadly" every time, before the others there are done.
    """
    if folder := os.environ.get("TOY_FOLDER"):
        trace = Path(folder) / f"{task.setting}-{task.seed}"
        killed_before = trace.exists()
        with trace.open("a") as file:
            file.write("ran\n")
        if task.seed == 1 and (task.setting == "deadly" or not killed_before):
            os.kill(os.getpid(), signal.SIGKILL)
        if task.setting == "deadly":
            time.sleep(0.5)
    rng = np.random.default_rng(task.seed)
    product = rng.normal(size=(300, 300)) @ rng.normal(size=(300, 300))
    return ToyRun(setting=task.setting, seed=task.seed, draws=product[0, :3].tolist())


def gather(provenance: Provenance, runs: list[ToyRun]) -> ToyResult:
    first = Measure(values=[run.draws[0] for run in runs if run.setting == "a"], unit="m")
    return ToyResult(provenance=provenance, summary={"first": first}, runs=runs)


def plot_draws(result: ToyResult) -> Figure:
    figure, axes = new_figure(2.0)
    axes.plot([run.draws[0] for run in result.runs])
    axes.set(xlabel="run", ylabel="first number (m)")
    return figure


EXPERIMENT = Experiment(
    name="toy",
    summary="draws numbers",
    problem="0",
    run=run,
    gather=gather,
    run_type=ToyRun,
    result_type=ToyResult,
    figures=(plot_draws,),
    settings=("a", "b"),
)
