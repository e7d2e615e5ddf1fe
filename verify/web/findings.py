"""What the page shows: plain data that a process sends back, each kind with a template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from verify.grading.words import compared, printable
from verify.grading.workers import Record
from verify.objectives.derived import Checks, Derived

PLACE = re.compile(r"(?:line (\d+), )?column (\d+): ")
SHOWN = 60
"""Characters of a line that are shown on each side of a mistake."""


@dataclass(frozen=True)
class Complaint:
    """What is wrong with the `function` or the `answer`, and the character at which it is."""

    template: ClassVar[str] = "complaint.html"
    about: str
    message: str
    before: str = ""
    at: str = ""
    after: str = ""

    @property
    def kind(self) -> str:
        """The word for a program."""
        return "unreadable"


@dataclass(frozen=True)
class Name:
    """A name of a function: its shape and what is assumed of it, in words."""

    name: str
    shape: str
    assumed: str = ""


@dataclass(frozen=True)
class Understood:
    """What a function is: MathML, its names, its shapes as one types them, and what LaTeX says in
    NumPy's notation.
    """

    template: ClassVar[str] = "understood.html"
    kind: ClassVar[str] = "understood"
    mathml: str
    names: tuple[Name, ...]
    shapes: str
    translation: str = ""


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer."""

    template: ClassVar[str] = "verdict.html"
    record: Record

    @property
    def kind(self) -> str:
        """The word for a program: proved, refuted or undecided."""
        return self.record.verdict

    @property
    def understood(self) -> str:
        """How the answer was read."""
        return printable(self.record.understood)

    @property
    def point(self) -> Point | None:
        """The counterexample, if there is one."""
        found = self.record.counterexample
        return Point(*compared(found)) if found else None


@dataclass(frozen=True)
class Point:
    """Where an answer is wrong, which entry is, and both values."""

    where: str
    entry: str
    yours: str
    right: str


@dataclass(frozen=True)
class Line:
    """A line of a derivation: MathML, the reason, and what proof says of the step to it."""

    name: str
    relation: str
    mathml: str
    because: str
    verdict: str = ""


@dataclass(frozen=True)
class Derivation:
    """A derivative that was derived, its formulas as MathML."""

    template: ClassVar[str] = "derived.html"
    found: Derived
    mathml: str = ""
    entry: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def kind(self) -> str:
        """The word for a program."""
        return self.found.verdict


@dataclass(frozen=True)
class Judged:
    """What other judges find of a derivative."""

    template: ClassVar[str] = "judged.html"
    kind: ClassVar[str] = "judged"
    checks: Checks


@dataclass(frozen=True)
class Asking:
    """A question of a claim: its id, what is sought, and the names of an answer, line by line."""

    id: str
    sought: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer, as text or as MathML, the thought that leads to it, and the verdict."""

    thought: str
    verdict: Verdict
    text: str = ""
    mathml: str = ""


@dataclass(frozen=True)
class ClaimShown:
    """A claim; with its solution hidden, only what it asks."""

    id: str
    problem: str
    title: str
    questions: tuple[Asking, ...]
    statement: str = ""
    remark: str = ""
    verdict: str = ""
    scope: str = ""
    chains: tuple[tuple[Line, ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class ClaimNamed:
    """A claim in the list of all; its statement is MathML."""

    id: str
    problem: str
    title: str
    statement: str


def complaint(about: str, text: str, message: str) -> Complaint:
    """A complaint about a text, the place that its message names shown in the text."""
    message = printable(message)
    place = PLACE.search(message)
    if not place:
        return Complaint(about, message)
    lines = text.strip("\n").split("\n") if place[1] else [text]
    number, column = int(place[1] or 1) - 1, int(place[2]) - 1
    line = printable("".join(" " if c.isspace() else c for c in lines[min(number, len(lines) - 1)]))
    start = max(0, column - SHOWN)
    before = ("…" if start else "") + line[start:column]
    rest = line[column + 1 :]
    after = rest[:SHOWN] + ("…" if len(rest) > SHOWN else "")
    return Complaint(about, message, before, line[column : column + 1] or " ", after)
