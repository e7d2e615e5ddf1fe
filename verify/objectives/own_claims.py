"""A teacher's file, proved, checked and attacked as the homework's claims are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from verify.checking.table import MARKS
from verify.grading.submissions import answers_in, questions_in
from verify.grading.words import reason
from verify.grading.workers import Record, Task, Work, settle_all
from verify.objectives.derived import Checks, Derived
from verify.objectives.tasks import Derivation, Judging


@dataclass(frozen=True)
class OwnClaim:
    """A question of the file: what is derived, what judges find, and the grade of its answer."""

    id: str
    derived: Derived
    checks: Checks
    answer: Record | None = None

    @property
    def verdict(self) -> str:
        """That of the file's own answer, if it has one; judges and faults can only lower it."""
        verdict = self.answer.verdict if self.answer else self.derived.verdict
        if verdict != "proved":
            return "refuted" if verdict == "refuted" else "undecided"
        if self.checks.agree is False:
            return "refuted"
        return "proved" if self.checks.refuted == self.checks.faults else "undecided"

    @property
    def why(self) -> str:
        """The scope of the proof, or why there is none."""
        if self.answer is None:
            return self.derived.scope
        if self.answer.verdict == "proved":
            return reason(self.answer).removeprefix("for ")
        return self.answer.hint or self.answer.scope


def own_claims(path: Path, workers: int, seconds: float) -> Iterator[OwnClaim]:
    """The questions of a file in their order; raises `ValueError` for a file that is none."""
    asked = questions_in(path)
    answers = {a.id: a for a in answers_in(path) if isinstance(a, Task) and a.id in asked}
    work: dict[tuple[str, str], Work[Any]] = {}
    for name, one in asked.items():
        work |= {(name, "derived"): Derivation(one), (name, "checks"): Judging(one)}
        if name in answers:
            work[name, "answer"] = answers[name]
    keys, found = list(work), dict[tuple[str, str], Any]()
    for place, result in settle_all(list(work.values()), workers, seconds):
        found[keys[place]] = result
    for name in asked:
        answer = found.get((name, "answer"))
        yield OwnClaim(name, found[name, "derived"], found[name, "checks"], answer)


def own_claims_table(claims: list[OwnClaim]) -> Table:
    """One row a question: what holds, for which sizes, how exactly, and against how many faults."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("", "question", "gradient", "proved for"):
        table.add_column(heading)
    for heading in ("worst error", "faults"):
        table.add_column(heading, justify="right", no_wrap=True)
    for claim in claims:
        checks = claim.checks
        error = checks.why or f"{checks.error:.0e} ({', '.join(checks.judges)})"
        faults = f"{checks.refuted}/{checks.faults}"
        row = (claim.id, claim.derived.gradient, claim.why, error, faults)
        table.add_row(MARKS[claim.verdict], *row)
    return table
