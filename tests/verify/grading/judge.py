"""What must be true of a verdict on an answer, judged by reals, NumPy and the homework's text.

*Proved*: no point where both sides have values and differ; one, at least, where they agree; and a
value wherever the right side has one, unless the scope says "wherever yours is defined". *Refuted*:
by a point inside the question's conditions at which both have values and differ, or by a shape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from reader import ShapeMismatchError, array_of, value_of
from reals import Real, agree, differ, digits
from references import REFERENCES, Values, point

from verify.grading.workers import Record

POINTS, MORE_POINTS, FEW_POINTS = 20, 100, 5
MANY_DIGITS = 400
DRAWN = 30  # completions of a point that leaves something out
DIFFERENT_SIZES = {"N": 5, "n": 2, "d": 3, "m": 4, "C": 3, "t": 3, "ell": 2, "p": 4, "r": 3}
DIFFERENT_SIZES |= {"n_in": 2, "n_out": 3}


def complaint(record: Record, text: str, seed: int = 0) -> str | None:
    """What is false about a verdict; None if nothing is."""
    tree = ast.parse(text, mode="eval")
    if record.verdict == "proved":
        return _of_a_proof(record, tree, seed)
    if record.verdict == "refuted" and record.counterexample is None:
        return _of_a_shape(record, tree)
    if record.verdict == "refuted":
        return _of_a_counterexample(record, tree)
    return None


def _of_a_proof(record: Record, tree: ast.Expression, seed: int) -> str | None:
    everywhere = "wherever yours is defined" not in record.scope
    agreeing = unknown = 0
    for number in range(MORE_POINTS):
        if number >= POINTS and agreeing:
            break
        values, right = point(record.id, seed * MORE_POINTS + number)
        try:
            yours = _values(record.id, tree, values)
        except ShapeMismatchError as error:
            return f"proved, but of another shape: {error}"
        pairs = list(zip(yours.flat, right.flat, strict=True))
        if any(differ(mine, theirs) for mine, theirs in pairs):
            here = _shown(record.id, values)
            return f"proved, but {yours.tolist()}, right {right.tolist()} at {here}"
        if everywhere and any(mine.number == "none" and theirs.is_known for mine, theirs in pairs):
            return f"proved without a qualifier, but no value at {_shown(record.id, values)}"
        agreeing += any(agree(mine, theirs) for mine, theirs in pairs)
        unknown += any(mine.number == "unknown" for mine, _ in pairs)
    return (
        None if agreeing or unknown else "proved, but no point found where it has the right value"
    )


def _of_a_shape(record: Record, tree: ast.Expression) -> str | None:
    """A wrong shape is wrong for sizes that all differ; a number for an array, unless right."""
    reference = REFERENCES[record.id]
    for seed in range(FEW_POINTS):
        sizes = {name: DIFFERENT_SIZES[name] + seed for name in reference.sizes}
        values = reference.draw(Random(seed), sizes)
        try:
            yours = _values(record.id, tree, values)
        except ShapeMismatchError:
            return None
        pairs = zip(yours.flat, reference.right_values(values).flat, strict=True)
        is_number = reference.shape and not any(yours.strides)  # the same entry everywhere
        if is_number and not all(agree(mine, theirs) for mine, theirs in pairs):
            return None
    return f"refuted by its shape, which fits: {record.hint}"


def _of_a_counterexample(record: Record, tree: ast.Expression) -> str | None:
    found = record.counterexample or {}
    if found["yours"] is None:
        return f"refuted where it has no value: {found['point']}"
    reference = REFERENCES[record.id]
    with digits(MANY_DIGITS):
        for seed in range(2):  # what the point does not say must not matter
            try:
                values = _completed(record.id, found["point"], Random(seed))
            except ValueError as error:
                return f"refuted at {found['point']}, {error}"
            if values is None:
                return f"refuted outside the conditions: {found['point']}"
            yours, right = _values(record.id, tree, values), reference.right_values(values)
            pairs = list(_entries(yours, right, found.get("entry")))
            is_unknown = any(mine.number == "unknown" for mine, _ in pairs)
            if not is_unknown and not any(differ(mine, theirs) for mine, theirs in pairs):
                return f"refuted, but {yours.tolist()}, right {right.tolist()} at {found['point']}"
    return None


def _entries(yours, right, entry: list[int] | None) -> Iterator[tuple[Real, Real]]:
    if entry is not None:
        yield yours[tuple(entry)], right[tuple(entry)]
    else:
        yield from zip(yours.flat, right.flat, strict=True)


def _values(question_id: str, tree: ast.Expression, values: Values) -> np.ndarray:
    reference = REFERENCES[question_id]
    sizes = {name: value for name, value in values.items() if isinstance(value, int)}
    names = {name: value for name, value in values.items() if name not in sizes}
    shape = tuple(values[size] for size in reference.shape)
    return value_of(tree, names, sizes, reference.indices, shape)


def _completed(question_id: str, point: dict[str, Any], rng: Random) -> Values | None:
    """A stated point, with numbers for what it leaves out; other questions' sizes do not matter.

    None if it lies outside the conditions, whatever those numbers are.

    Raises `ValueError` for a name that is no input.
    """
    reference = REFERENCES[question_id]
    inputs_and_z = reference.subject.shapes.keys() | {"z"}
    stated = {
        name: _exact(value)
        for name, value in point.items()
        if name in inputs_and_z or not isinstance(value, int)
    }
    if unknown := stated.keys() - inputs_and_z:
        raise ValueError(f"which names {', '.join(sorted(unknown))}")
    sizes = {name: int(value) for name, value in point.items() if name in reference.sizes}
    for name, array in stated.items():
        axes = reference.subject.shapes.get(name, ("n",))
        sizes |= dict(zip(axes, array.shape, strict=True))
    for _ in range(DRAWN):
        drawn = reference.draw(rng, {name: sizes.get(name, 2) for name in reference.sizes})
        inputs = {name: drawn[name] for name in (*reference.sizes, *reference.subject.shapes)}
        if "z" in stated and "y" in inputs:
            del inputs["y"]
        inputs |= stated
        values = inputs | reference.subject.completed(inputs)
        if reference.subject.holds(values):
            return values
    return None


def _exact(value: Any) -> np.ndarray:
    """The decimals as they are printed."""
    plain = np.array(value, dtype=object)
    return array_of(np.frompyfunc(lambda number: Fraction(repr(number)), 1, 1)(plain))


def _shown(question_id: str, values: Values) -> dict[str, Any]:
    reference = REFERENCES[question_id]
    inputs = {name: values[name].tolist() for name in reference.subject.shapes}
    return {name: values[name] for name in reference.sizes} | inputs
