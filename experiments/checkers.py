"""Which gradient checker catches which fault, and which one raises false alarms."""

import statistics
import time

import jax
import numpy as np
from matplotlib.figure import Figure

from experiments.experiment import Experiment, Task
from experiments.gradient_checkers import CHECKERS
from experiments.gradient_problems import FAULTS, faulty, problems
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import line_style, new_figure

KINDS = ("homework", "smooth", "kinked", "badly scaled", "float32")
SIZES = {"full": (2, 10, 100, 1000, 10_000), "quick": (2, 10)}
ALL_FAULTS = (*FAULTS, "one entry")
LARGE, FAULTS_OF_LARGE = 10_000, ("10 %", "one entry")


class Trial(Model):
    """One checker asked about one derivative; `accepted` None: it cannot be asked."""

    checker: str
    problem: str
    size: int
    fault: str | None
    accepted: bool | None
    seconds: float


class CheckersRun(Run):
    """All trials of one kind of function."""

    trials: list[Trial]


class CheckersResult(ExperimentResult):
    """All trials of all kinds."""

    runs: list[CheckersRun]

    def caught(self, checker: str, fault: str, kind: str | None = None) -> float:
        """The share of derivatives with the fault that the checker refuses, in per cent."""
        return _refused(self._trials(checker, kind, [fault]))

    def caught_of_all(self, checker: str) -> float:
        """The share of all faulty derivatives that the checker refuses, in per cent."""
        return _refused(self._trials(checker, None, list(ALL_FAULTS)))

    def false_alarms(self, checker: str, kind: str | None = None) -> float:
        """The share of right derivatives that the checker refuses, in per cent."""
        return _refused(self._trials(checker, kind, [None]))

    def seconds(self, checker: str, size: int) -> float:
        """The median time of one check of a function of `size` entries."""
        times = [
            trial.seconds
            for run in self.runs
            for trial in run.trials
            if trial.checker == checker and trial.size == size and trial.accepted is not None
        ]
        return statistics.median(times) if times else float("nan")

    def _trials(self, checker: str, kind: str | None, faults: list) -> list[Trial]:
        return [
            trial
            for run in self.runs
            if kind in (None, run.setting)
            for trial in run.trials
            if trial.checker == checker and trial.fault in faults and trial.accepted is not None
        ]


def _refused(trials: list[Trial]) -> float:
    return 100 * float(np.mean([not t.accepted for t in trials])) if trials else float("nan")


def run(task: Task) -> CheckersRun:
    """Ask every checker about the right derivative and every fault, for each function of a kind."""
    rng = np.random.default_rng([task.seed, KINDS.index(task.setting)])
    trials = []
    with jax.enable_x64(True):
        for problem in problems(task.setting, SIZES[task.profile], rng):
            large = problem.point.size >= LARGE
            for name, checker in CHECKERS.items():
                if not large:
                    checker(problem, problem.derivative)  # warm up outside the stopwatch
                for fault in (None, *(FAULTS_OF_LARGE if large else ALL_FAULTS)):
                    derivative = faulty(problem.derivative, fault) if fault else problem.derivative
                    start = time.perf_counter()
                    accepted = checker(problem, derivative)
                    trials.append(
                        Trial(
                            checker=name,
                            problem=problem.name,
                            size=problem.point.size,
                            fault=fault,
                            accepted=accepted,
                            seconds=time.perf_counter() - start,
                        )
                    )
    return CheckersRun(setting=task.setting, seed=task.seed, trials=trials)


def gather(provenance: Provenance, runs: list[CheckersRun]) -> CheckersResult:
    """The result, with the two shares that matter for each checker."""
    result = CheckersResult(provenance=provenance, runs=runs, summary={})
    summary = {}
    for checker in CHECKERS:
        caught, alarms = result.caught_of_all(checker), result.false_alarms(checker)
        summary[f"{checker}: faults caught"] = Measure(values=[caught], unit="%")
        summary[f"{checker}: false alarms"] = Measure(values=[alarms], unit="%")
    return result.model_copy(update={"summary": summary})


def plot_caught(result: CheckersResult) -> Figure:
    """The share caught by size of the fault, beside the false alarms by kind of function."""
    figure, (caught, alarms) = new_figure(3.3, columns=2)
    names = list(CHECKERS)
    for index, checker in enumerate(names):
        shares = [result.caught(checker, fault) for fault in ALL_FAULTS]
        caught.plot(range(len(ALL_FAULTS)), shares, label=checker, **line_style(index))
        falsely = [result.false_alarms(checker, kind) for kind in KINDS]
        beside = np.arange(len(KINDS)) + 0.1 * (index - len(names) // 2)
        alarms.plot(beside, falsely, **{**line_style(index), "linestyle": "none"})
    caught.set_xticks(range(len(ALL_FAULTS)), ALL_FAULTS, rotation=40, ha="right")
    caught.set(ylabel="caught (%)", xlabel="fault in the gradient", ylim=(-5, 105))
    alarms.set_xticks(range(len(KINDS)), KINDS, rotation=40, ha="right")
    alarms.set(ylabel="right gradients refused (%)", xlabel="function", ylim=(-5, 105))
    figure.legend(loc="outside upper center", ncols=4, fontsize="x-small")
    return figure


EXPERIMENT = Experiment(
    name="checkers",
    summary="which gradient checker catches which fault, at how many false alarms",
    problem="6.6",
    run=run,
    gather=gather,
    run_type=CheckersRun,
    result_type=CheckersResult,
    figures=(plot_caught,),
    settings=KINDS,
    timed=True,
)
