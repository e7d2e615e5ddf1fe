"""The score of each checker over all kinds of functions."""

import statistics

import numpy as np

from experiments.checkers.design import ALL_FAULTS, KINDS
from experiments.checkers.result import CheckersResult, CheckersRun, Miss, Score, Trial
from experiments.framework.results import Measure, Provenance


def gather(provenance: Provenance, runs: list[CheckersRun]) -> CheckersResult:
    """The score of each checker, with the three shares that matter in the summary."""
    scores = score_checkers(runs)
    summary = {}
    for checker, score in scores.items():
        summary[f"{checker}: faults caught"] = Measure(values=[score.caught], unit="%")
        summary[f"{checker}: told apart"] = Measure(values=[score.told_apart], unit="%")
        summary[f"{checker}: false alarms"] = Measure(values=[score.false_alarms], unit="%")
    names = {run.setting: {trial.problem for trial in run.trials} for run in runs}
    return CheckersResult(
        provenance=provenance,
        summary=summary,
        problems=sum(map(len, names.values())),
        claims=len({name.partition(",")[0] for name in names["claims"]}),
        scores=scores,
        runs=runs,
    )


def score_checkers(runs: list[CheckersRun]) -> dict[str, Score]:
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
    checkers = dict.fromkeys(trial.checker for _, trial in asked)
    for checker in checkers:
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
            caught_by_kind={
                kind: _refused([(k, t) for k, t in faults if k == kind]) for kind in KINDS
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
                    caught_by=[c for c in checkers if (c, t.problem, t.fault) in told_apart],
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
