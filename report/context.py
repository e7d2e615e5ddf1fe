"""What templates see: results, verdicts, derivations and the homework's constants, by name."""

from __future__ import annotations

import importlib
import inspect
import operator
import os
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from derivations import worked
from derivations.derivation import Derivation
from experiments.framework.experiment import Profile
from report import homework, tasks
from report.outputs import Results, Verdicts
from report.render import ORDER

# Numbers of other people's that the report cites, each with its source.
REFERENCES = {
    "SYMPY_SILENT_ZERO": "#27406",  # https://github.com/sympy/sympy/issues/27406
}


def context_of(outputs: Path, profile: Profile, folder: Path) -> dict[str, Any]:
    """Return the names that templates use, for a document that is typeset in `folder`."""
    return {
        "homework": homework,
        "references": REFERENCES,
        "tasks": tasks,
        "worked": worked,
        "profile": profile,
        "order": ORDER,
        "figures": os.path.relpath(outputs, folder),
        "run": Results(outputs, profile),
        "verdicts": Verdicts(outputs / "verify.json"),
        "find_derivation": find_derivation,
        "source": source,
    }


def find_derivation(id: str) -> Derivation:
    """Return the derivation of a claim such as `softmax.jacobian`."""
    return _derivations(id.partition(".")[0])[id]


def source(module: str, *names: str) -> str:
    """Return the code of functions or classes such as `Linear.forward`, or of the whole module."""
    imported = importlib.import_module(module)
    parts = [operator.attrgetter(name)(imported) for name in names] or [imported]
    codes = map(inspect.getsource, parts)
    return "\n\n".join(dedent(code).rstrip() for code in codes)


@cache
def _derivations(subject: str) -> dict[str, Derivation]:
    module = importlib.import_module(f"derivations.{subject}")
    return {derivation.id: derivation for derivation in module.DERIVATIONS}
