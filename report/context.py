"""What templates see: results, verdicts, derivations and the homework's constants, by name."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from derivations.derivation import Derivation
from experiments.framework.experiment import Profile
from report import references
from report.asked import homework, rubric, tasks
from report.code import source
from report.explained import cells, worked
from report.explained.exercises import EXERCISES
from report.explained.published import derived_in_full
from report.markdown import marked_part
from report.outputs import Results, Verdicts
from report.render import DOCUMENTS


def context_of(
    outputs: Path, profile: Profile, folder: Path, document: str = "report"
) -> dict[str, Any]:
    """Return the names that templates use, for a document that is typeset in `folder`."""
    return {
        "document": document,
        "full": document == "report",
        "order": DOCUMENTS[document],
        "printed": [],  # the derivations that a section has printed already
        "cited": set(),  # the works that sections have cited already
        "homework": homework,
        "references": references,
        "tasks": tasks,
        "rubric": rubric,
        "worked": worked,
        "look": cells,
        "EXERCISES": EXERCISES,
        "derived_in_full": derived_in_full,
        "profile": profile,
        "figures": os.path.relpath(outputs, folder),
        "run": Results(outputs, profile),
        "verdicts": Verdicts(outputs / "verify.json"),
        "design": design,
        "find_derivation": find_derivation,
        "remark_on": remark_on,
        "derivation_ids": derivation_ids,
        "source": source,
        "marked_part": marked_part,
    }


def find_derivation(id: str) -> Derivation:
    """Return the derivation of a claim such as `softmax.jacobian`."""
    return _derivations(id.partition(".")[0])[id]


def remark_on(id: str) -> str:
    """Return a derivation's remark; instead of another's name in brackets it has its question."""
    return re.sub(r"\((\w+\.\w+)\)", _question, find_derivation(id).remark)


def design(experiment: str) -> ModuleType:
    """Return the constants of an experiment."""
    return importlib.import_module(f"experiments.{experiment}.design")


def derivation_ids(claims: Iterable[str]) -> list[str]:
    """Return those of some claims that have a derivation of their own name."""
    return [id_ for id_ in claims if id_ in _derivations(id_.partition(".")[0])]


def _question(named: re.Match[str]) -> str:
    problem = find_derivation(named[1]).problem
    number = problem if problem in homework.QUESTIONS else f"Q{problem}"
    return rf"(\hyperref[{homework.QUESTIONS[number].label}]{{{number}}})"


@cache
def _derivations(subject: str) -> dict[str, Derivation]:
    module = importlib.import_module(f"derivations.{subject}")
    return {derivation.id: derivation for derivation in module.DERIVATIONS}
