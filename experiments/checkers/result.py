"""What is recorded: each checker's answer to each gradient, and its score."""

from experiments.framework.results import ExperimentResult, Run
from runs.records import Model


class Trial(Model):
    """One checker asked about one gradient; `accepted` None: it cannot be asked.

    The seconds are of processor time, so that it does not matter what runs beside it.
    """

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
    caught_by_kind: dict[str, float | None]
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
