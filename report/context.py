"""What templates see: results, verdicts, derivations and the homework's constants, each by name."""

from __future__ import annotations

import importlib
import os
from functools import cache
from pathlib import Path
from typing import Any

from derivations.derivation import Derivation
from experiments.results import Profile
from report import homework
from report.render import ORDER
from report.outputs import Results, load_verdicts


def context_of(outputs: Path, profile: Profile, folder: Path) -> dict[str, Any]:
    """Return the names that templates use, for a document that is typeset in `folder`."""
    return {
        "homework": homework,
        "profile": profile,
        "order": ORDER,
        "figures": os.path.relpath(outputs, folder),
        "run": Results(outputs),
        "verdicts": load_verdicts(outputs / "verify.json"),
        "find_derivation": find_derivation,
    }


def find_derivation(id: str) -> Derivation:
    """Return the derivation of a claim such as `softmax.jacobian`."""
    return _derivations(id.partition(".")[0])[id]


@cache
def _derivations(subject: str) -> dict[str, Derivation]:
    module = importlib.import_module(f"derivations.{subject}")
    return {found.id: found for found in module.DERIVATIONS}
