"""One answer from text to plain data: what a grading process sends back."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.grading.grade import grade
from verify.grading.points import Counterexample
from verify.grading.question import question_named
from verify.grading.workers import Record, Task

LARGEST_SHOWN = 9


def record_of(task: Task) -> Record:
    """Grade a task; what cannot be read or settled is said in the record."""
    try:
        question = question_named(task.id)
        found = grade(question, task.text, task.latex)
    except ValueError as error:
        return Record(task.id, "unreadable", hint=str(error))
    except (MemoryError, RecursionError) as error:
        return Record(task.id, "undecided", f"too large to settle ({type(error).__name__})")
    except Exception as error:  # SymPy raises what it likes; a student is owed a verdict
        return Record(task.id, "undecided", f"could not be settled ({type(error).__name__})")
    places = ", ".join(question.vocabulary.indices)
    return Record(
        task.id,
        found.verdict.value,
        found.scope,
        found.hint,
        _as_data(found.counterexample) if found.counterexample else None,
        f"entry [{places}]: {found.understood}"
        if places and found.understood
        else found.understood,
    )


def _as_data(found: Counterexample) -> dict[str, Any]:
    """The point, the entry that differs, and both values there; whole arrays if they are small."""
    data: dict[str, Any] = {"point": _shortened(found.point)}
    if found.whole and found.whole[1].size <= LARGEST_SHOWN and np.isfinite(found.whole[0]).all():
        yours, right = (side.tolist() for side in found.whole)
        return {**data, "yours": yours, "right": right}
    data["entry"] = list(found.entry)
    data["yours"] = None if found.yours is None else float(found.yours)
    data["right"] = float(found.right)
    return data


def _shortened(value: Any) -> Any:
    """Whole numbers without a decimal point."""
    if isinstance(value, dict):
        return {name: _shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_shortened(part) for part in value]
    return int(value) if float(value).is_integer() else value
