"""Which gradient checker catches which fault, and which one raises false alarms."""

import statistics
import time

import jax
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.experiment import Experiment, Task
from experiments.gradient_checkers import CHECKERS
from experiments.gradient_problems import FAULTS, faulty, problems
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import new_figure

KINDS = ("claims", "smooth", "kinked", "badly scaled", "float32")
SIZES = {"full": (2, 10, 100, 1000), "quick": (2,)}
LARGE, LARGE_KINDS = 10_000, ("smooth", "kinked")
FAULTS_OF_LARGE = ("one entry",)  # the hardest: one check takes seconds
CLAIMS = {"full": "*", "quick": "huber.derivative"}
ALL_FAULTS = (*FAULTS, "one entry")


class Trial(Model):
    """One checker asked about one gradient; `accepted` None: it cannot be asked."""

    checker: str
    problem: str
    size: int
    fault: str | None
    accepted: bool | None
    seconds: float


class CheckersRun(Run):
    """All trials of one kind of function."""

    trials: list[Trial]


class Miss(Model):
    """A fault that a checker accepted, and who refused it and yet accepts the right gradient."""

    kind: str
    problem: str
    fault: str
    caught_by: list[str]


class Score(Model):
    """How one checker did: shares in per cent, of what it can be asked; None of nothing.

    `told_apart` is the share of faults that it refused while it accepts the right gradient of the
    same function: a checker that refuses everything catches all faults, and tells nothing apart.
    """

    asked: int
    caught: float
    caught_by_fault: dict[str, float | None]
    told_apart: float
    right: int
    false_alarms: float
    false_alarms_by_kind: dict[str, float | None]
    alarms: list[str]
    misses: list[Miss]
    seconds: dict[int, float]


class CheckersResult(ExperimentResult):
    """All trials of all kinds, and the score of each checker."""

    problems: int
    claims: int
    scores: dict[str, Score]
    runs: list[CheckersRun]


def run(task: Task) -> CheckersRun:
    """Ask every checker about the right gradient and every fault, for each function of a kind."""
    rng = np.random.default_rng([task.seed, KINDS.index(task.setting)])
    sizes = SIZES[task.profile]
    if task.profile == "full" and task.setting in LARGE_KINDS:
        sizes = (*sizes, LARGE)
    trials = []
    with jax.enable_x64(True):
        for problem in problems(task.setting, sizes, rng, CLAIMS[task.profile]):
            large = problem.point.size >= LARGE
            for name, checker in CHECKERS.items():
                if not large:
                    checker(problem, problem.gradient)  # compile outside the stopwatch
                for fault in (*(FAULTS_OF_LARGE if large else ALL_FAULTS), None):
                    gradient = faulty(problem.gradient, fault) if fault else problem.gradient
                    start = time.perf_counter()
                    accepted = checker(problem, gradient)
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
    """The score of each checker, with the three shares that matter in the summary."""
    scores = score(runs)
    summary = {}
    for checker, found in scores.items():
        summary[f"{checker}: faults caught"] = Measure(values=[found.caught], unit="%")
        summary[f"{checker}: told apart"] = Measure(values=[found.told_apart], unit="%")
        summary[f"{checker}: false alarms"] = Measure(values=[found.false_alarms], unit="%")
    names = {run.setting: {trial.problem for trial in run.trials} for run in runs}
    return CheckersResult(
        provenance=provenance,
        summary=summary,
        problems=sum(map(len, names.values())),
        claims=len({name.partition(",")[0] for name in names["claims"]}),
        scores=scores,
        runs=runs,
    )


def score(runs: list[CheckersRun]) -> dict[str, Score]:
    """The score of each checker; its time at a size is the median over the right gradients."""
    asked = [
        (run.setting, trial) for run in runs for trial in run.trials if trial.accepted is not None
    ]
    right = {(t.checker, t.problem): t.accepted for _, t in asked if t.fault is None}
    told_apart = {
        (t.checker, t.problem, t.fault)
        for _, t in asked
        if t.fault and not t.accepted and right[t.checker, t.problem]
    }
    scores = {}
    for checker in CHECKERS:
        mine = [(kind, trial) for kind, trial in asked if trial.checker == checker]
        faults = [(kind, trial) for kind, trial in mine if trial.fault]
        rights = [(kind, trial) for kind, trial in mine if not trial.fault]
        times: dict[int, list[float]] = {}
        for _, trial in rights:
            times.setdefault(trial.size, []).append(trial.seconds)
        scores[checker] = Score(
            asked=len(faults),
            caught=_refused(faults) or 0.0,
            caught_by_fault={
                fault: _refused([(k, t) for k, t in faults if t.fault == fault])
                for fault in ALL_FAULTS
            },
            told_apart=100 * sum(c == checker for c, _, _ in told_apart) / max(len(faults), 1),
            right=len(rights),
            false_alarms=_refused(rights) or 0.0,
            false_alarms_by_kind={
                kind: _refused([(k, t) for k, t in rights if k == kind]) for kind in KINDS
            },
            alarms=[trial.problem for _, trial in rights if not trial.accepted],
            misses=[
                Miss(
                    kind=kind,
                    problem=t.problem,
                    fault=t.fault or "",
                    caught_by=[c for c in CHECKERS if (c, t.problem, t.fault) in told_apart],
                )
                for kind, t in faults
                if t.accepted
            ],
            seconds={size: statistics.median(times[size]) for size in sorted(times)},
        )
    return scores


def _refused(trials: list[tuple[str, Trial]]) -> float | None:
    """The share of the trials' gradients that were refused, in per cent."""
    return 100 * float(np.mean([not t.accepted for _, t in trials])) if trials else None


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
