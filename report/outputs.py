"""The recorded results, validated by the models of those who wrote them, loaded when first used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from experiments.framework.experiment import Profile, experiment_names, find_experiment
from experiments.framework.results import load_result, result_path
from runs.entry_points import as_typed
from verify.checking.results import ClaimResult, GradedAnswer, Verification, read


class OutputError(Exception):
    """An output that is missing, damaged or of another schema; the message says how to renew it."""


class Results(Mapping[str, Any]):
    """The results of all experiments by name, from one folder and of one profile."""

    def __init__(self, folder: Path, profile: Profile) -> None:
        self.folder, self.profile = folder, profile
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in experiment_names():
            raise KeyError(name)
        if name not in self._loaded:
            result = load_result(find_experiment(name), self.folder)
            if result.provenance.profile != self.profile:
                command = as_typed("experiments")
                raise OutputError(
                    f"{result_path(name, self.folder)}: expected the {self.profile} profile, "
                    f"got {result.provenance.profile}; renew it with: "
                    f"{command} run {name} --profile {self.profile} --out {self.folder}"
                )
            self._loaded[name] = result
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(experiment_names())

    def __len__(self) -> int:
        return len(experiment_names())


class Lesson(NamedTuple):
    """A right answer to a claim's question and wrong ones, each with what the checker says."""

    right: GradedAnswer
    mistakes: list[GradedAnswer]


@dataclass(frozen=True)
class Verdicts:
    """What `python -m verify.all` found, by claim and by question."""

    path: Path

    @cached_property
    def verification(self) -> Verification:
        """The whole record; `OutputError` where it cannot be read."""
        try:
            return read(self.path)
        except ValueError as error:
            raise OutputError(str(error)) from None

    @property
    def claims(self) -> list[ClaimResult]:
        """All claims, in the homework's order."""
        return self.verification.claims

    @property
    def unbacked(self) -> list[str]:
        """The claims that are not proved, checked and attacked with success."""
        return [claim.id for claim in self.claims if not is_backed(claim)]

    def __getitem__(self, id: str) -> ClaimResult:
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise OutputError(
            f"{self.path}: expected a claim {id}, there is none; "
            f"renew it with: {as_typed('verify')} --json {self.path}"
        )

    def closed_form(self, id: str) -> str:
        """The right side of what a claim states, as LaTeX."""
        return self[id].statement.partition(" = ")[2]

    def lesson(self, id: str) -> Lesson:
        """The graded answers to a claim's question; one graded unlike it was meant is an error."""
        answers = [answer for answer in self.verification.answers if answer.id == id]
        for answer in answers:
            meant = "refuted" if answer.thought else "proved"
            if answer.verdict != meant:
                raise OutputError(
                    f"{self.path}: answer {answer.answer!r} to {id}: expected {meant}, "
                    f"got {answer.verdict} ({answer.said})"
                )
        if not answers:
            raise OutputError(
                f"{self.path}: expected answers to {id}, there are none; "
                f"renew it with: {as_typed('verify')} --json {self.path}"
            )
        return Lesson(answers[0], answers[1:])

    def lessons_of(
        self, question: str, elsewhere: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[tuple[str, Lesson]]:
        """The lessons of a question such as 2.1, with their ids: those of its claims.

        Those that belong `elsewhere` are of the question that it names.
        """
        for id_ in dict.fromkeys(answer.id for answer in self.verification.answers):
            (claim,) = (c for c in self.claims if f"{id_}.".startswith(f"{c.id}."))
            if elsewhere.get(id_, claim.problem).removeprefix("Q") == question.removeprefix("Q"):
                yield id_, self.lesson(id_)

    def of(self, question: str) -> list[ClaimResult]:
        """Return the claims that answer a question such as 2.1 or Q6.3."""
        return [claim for claim in self.claims if claim.problem == question.removeprefix("Q")]


def is_backed(claim: ClaimResult) -> bool:
    """Return whether a claim is proved, every oracle agrees, and every fault was caught."""
    checked = all(oracle.passed for oracle in claim.oracles)
    return claim.proof.verdict == "proved" and checked and not claim.faults.missed


def worst_error(claims: Iterable[ClaimResult]) -> float:
    """Return the largest error of the sharpest oracles of each claim, those with the tightest
    tolerance.
    """
    return max(map(_worst_error, claims), default=0.0)


def _worst_error(claim: ClaimResult) -> float:
    deciding = [(o.tolerance, o.max_error) for o in claim.oracles if o.tolerance is not None]
    tightest = min((tolerance for tolerance, _ in deciding), default=0.0)
    return max((error for tolerance, error in deciding if tolerance == tightest), default=0.0)


def points(claim: ClaimResult) -> int:
    """Return the number of points at which the busiest oracle was asked."""
    return max((oracle.points for oracle in claim.oracles), default=0)


def each(items: Iterable[Any], path: str) -> list[Any]:
    """Return what stands at a path such as `losses.-1` in each item, attributes and keys alike."""
    values = list(items)
    for part in path.split("."):
        if part.lstrip("-").isdigit():
            values = [value[int(part)] for value in values]
        else:
            values = [v[part] if isinstance(v, Mapping) else getattr(v, part) for v in values]
    return values
