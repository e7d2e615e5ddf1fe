"""One answer from text to plain data: what a grading process sends back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

from sympy import Basic, Expr, Idx

from derivations.prover.points.arithmetic import UndefinedError, Value
from derivations.prover.points.counterexamples import Counterexample
from derivations.prover.points.evaluation import Point, evaluate
from derivations.prover.proof import symbols_of
from derivations.text import to_text, typed
from verify.grading.grade import Grade, grade
from verify.grading.guessed_shapes import grade_as_meant
from verify.grading.question import Question
from verify.grading.workers import Record, Task
from verify.language.tree import AnswerSyntaxError

LARGEST_SHOWN = 9
LONGEST = 300


def record_of(task: Task) -> Record:
    """Grade a task; what cannot be read or settled is said in the record.

    The text is bounded, and nothing of it is evaluated. The time and the memory that it takes are
    not: `settle_all` bounds them. Raises `MemoryError`.
    """
    try:
        question = _question(task)
        if not task.asked:
            found = grade(question, task.text, task.latex)
            return replace(recorded(question, found), id=task.id)
        question, found = grade_as_meant(question, task.asked, task.text, task.latex)
        record = replace(recorded(question, found), id=task.id)
        shapes, translation = question.vocabulary.shapes, task.asked.translation()
        return replace(record, shapes=shapes, translation=translation)
    except _NoQuestionError as error:
        return Record(task.id, "unreadable", hint=str(error))
    except AnswerSyntaxError as error:
        return Record(task.id, "unreadable", hint=str(error))
    except MemoryError:
        raise
    except Exception as error:  # SymPy raises what it likes; a student is owed a verdict
        is_large = isinstance(error, OverflowError | RecursionError) or "digits" in str(error)
        what = "too large to settle" if is_large else "could not be settled"
        why = str(error) if isinstance(error, ValueError) and not is_large else type(error).__name__
        return Record(task.id, "undecided", f"{what} ({why.splitlines()[0][:100]})")


class _NoQuestionError(Exception):
    """What is asked cannot be asked; its message says why."""


def _question(task: Task) -> Question:
    from verify.grading.claim_questions import question_named  # the claims are slow to import

    try:
        return task.asked.question(task.id) if task.asked else question_named(task.id)
    except ValueError as error:
        raise _NoQuestionError(str(error)) from None


def recorded(question: Question, found: Grade) -> Record:
    """A grade as plain data."""
    return Record(
        question.id,
        found.verdict.value,
        found.scope,
        found.hint,
        _as_data(question, found.entry, found.counterexample) if found.counterexample else None,
        _understood(question, found.entry) if found.entry is not None else "",
    )


def _understood(question: Question, entry: Expr) -> str:
    """The answer's entry, as it was read; a long one is cut."""
    text = to_text(entry, question.indices)
    text = text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."
    places = ", ".join(question.vocabulary.indices)
    return f"entry [{places}]: {text}" if places else text


def _as_data(question: Question, answer: Expr, found: Counterexample) -> dict[str, Any]:
    """The point, and both sides there: whole arrays if they are small, else the entry that differs,
    counted from 0.
    """
    sides = [question.written_out(side) for side in (answer, question.right)]
    data: dict[str, Any] = {"point": _as_typed(question, found.point, symbols_of(*sides))}
    whole = [_whole(question, side, found.point) for side in (answer, question.right)]
    if all(whole):
        return data | dict(zip(("yours", "right"), map(_as_numbers, whole), strict=True))
    if question.indices:
        data["entry"] = [int(found.point[place]) - 1 for place in question.indices]
    return data | {"yours": _as_numbers(found.left), "right": _as_numbers(found.right)}


def _whole(question: Question, side: Expr, point: Point) -> dict[tuple[int, ...], Value] | None:
    """All entries of a side at a point; None where they are many, or one has no value."""
    expr = question.written_out(side)
    try:
        ranges = [range(1, evaluate(place.upper, point) + 1) for place in question.indices]
        places = list(product(*ranges))
        if len(places) > LARGEST_SHOWN:
            return None
        indices = question.indices
        return {at: evaluate(expr, point | dict(zip(indices, at, strict=True))) for at in places}
    except (KeyError, UndefinedError):
        return None


def _as_typed(question: Question, point: Point, in_use: frozenset[Basic]) -> dict[str, Any]:
    """The point as a person types it: the inputs, and each size that no array shows."""
    names = question.vocabulary
    inputs = {
        name: quantity for name, quantity in names.quantities.items() if quantity.symbol in point
    }
    shown = {extent for quantity in inputs.values() for extent in quantity.shape}
    sizes = {
        name: point[size]
        for name, size in names.sizes.items()
        if size in point and size not in shown
    }
    arrays = {name: _within(point[q.symbol], q.shape, point) for name, q in inputs.items()}
    named = {quantity.symbol for quantity in inputs.values()} | set(names.sizes.values())
    others = {
        typed(str(symbol)): value
        for symbol, value in point.items()
        if symbol in in_use - named and not isinstance(symbol, Idx)
    }
    return sizes | {name: _as_numbers(value) for name, value in (arrays | others).items()}


def _within(value: Value, shape: tuple[Expr, ...], point: Point) -> Value:
    """The entries of an array; of a sequence without end as many as there are steps."""
    if not isinstance(value, dict):
        return value
    extents = [evaluate(extent, point) if extent in point else None for extent in shape]
    return {
        places: part
        for places, part in value.items()
        if all(e is None or 1 <= at <= e for at, e in zip(places, extents, strict=True))
    }


def _as_numbers(value: Value) -> Any:
    """A number, whole ones without a decimal point; an array as lists of lists."""
    if isinstance(value, dict):
        if () in value:
            return _as_numbers(value[()])
        rows: dict[int, dict] = {}
        for (first, *rest), part in value.items():
            rows.setdefault(first, {})[tuple(rest)] = part
        return [_as_numbers(row) for row in rows.values()]
    number = float(value)
    return int(number) if number.is_integer() else number
