"""One answer from text to plain data: what a grading process sends back."""

from __future__ import annotations

from typing import Any

import numpy as np

from derivations.prover.evaluation import CONTEXT, Value
from verify.grading.grade import grade
from verify.grading.points import Counterexample
from verify.grading.question import Question, question_named
from verify.grading.workers import Record, Task
from verify.language.tree import AnswerSyntaxError

LARGEST_SHOWN = 9


def record_of(task: Task) -> Record:
    """Grade a task; what cannot be read or settled is said in the record.

    The text is bounded, and nothing of it is evaluated. The time and the memory that it takes are
    not: `grade_all` bounds them. Raises `MemoryError`.
    """
    try:
        question = question_named(task.id)
    except ValueError as error:
        return Record(task.id, "unreadable", hint=str(error))
    try:
        return _graded(question, task)
    except AnswerSyntaxError as error:
        return Record(task.id, "unreadable", hint=str(error))
    except MemoryError:
        raise
    except Exception as error:  # SymPy raises what it likes; a student is owed a verdict
        is_large = isinstance(error, OverflowError | RecursionError) or "digits" in str(error)
        what = "too large to settle" if is_large else "could not be settled"
        return Record(task.id, "undecided", f"{what} ({type(error).__name__})")


def _graded(question: Question, task: Task) -> Record:
    found = grade(question, task.text, task.latex)
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
    data["yours"] = None if found.yours is None else _to_number(found.yours)
    data["right"] = _to_number(found.right)
    return data


def _to_number(value: Value) -> float:
    """In float64; infinite where that ends."""
    return float(CONTEXT.mpf(value))


def _shortened(value: Any) -> Any:
    """Whole numbers without a decimal point."""
    if isinstance(value, dict):
        return {name: _shortened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_shortened(part) for part in value]
    return int(value) if float(value).is_integer() else value
