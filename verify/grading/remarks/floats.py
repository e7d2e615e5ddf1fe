"""An answer that is right for real numbers may have no value in float64: exp(-z)/(1 + exp(-z)).

What was typed is run as it stands, with one name moved far out, where the right side has a value.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from lark import Tree

from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.drawing import holds
from derivations.prover.points.evaluation import evaluate
from verify.grading.points import POINTS, SEED, as_exact
from verify.grading.question import Question
from verify.language.program.reading import read_answer
from verify.language.vocabulary import Quantity, Vocabulary
from verify.numerics.domain import Batch

FAR = 1000
"""Beyond 709.78, e^x is beyond float64, and below -745.1 it is 0."""
LARGEST = 12
"""Size in numbers of an array that is moved: each entry is a number of 40 digits."""
OVERFLOWING = ("exp", "cosh", "sinh")


def overflow(question: Question, text: str) -> str | None:
    """For which values a right answer has no value in float64; None if it has, or is not run."""
    quantities = question.vocabulary.quantities.values()
    is_large = any(e.is_Integer and e > LARGEST for one in quantities for e in one.shape)
    is_plain = not (question.given or question.definitions or is_large)
    if not is_plain or not any(name in text for name in OVERFLOWING):
        return None
    written = _Written(read_answer(text, question.shown), question.vocabulary)
    first = question.domain.batches(POINTS, SEED)[0]
    batch = first.at(**{name: array[:1] for name, array in first.values.items()})
    known = {str(part) for fact in question.assuming.facts for part in vars(fact).values()}
    for quantity in quantities:
        for sign in _signs(quantity) if quantity.name not in known else ():
            if said := _beyond(question, written, batch, quantity, sign):
                return said
    return None


def _signs(quantity: Quantity) -> list[int]:
    """Those that its values may have."""
    label = getattr(quantity.symbol, "label", quantity.symbol)
    return [-1] * (not label.is_nonnegative) + [1] * (not label.is_nonpositive)


def _beyond(
    question: Question, written: _Written, batch: Batch, quantity: Quantity, sign: int
) -> str | None:
    """From where on there is no value, to the nearest whole number."""

    def moved(size: int) -> Batch:
        values = np.full_like(batch.values[quantity.name], sign * size)
        return batch.at(**{quantity.name: values})

    try:
        if written.has_value(moved(FAR)) or not written.has_value(moved(1)):
            return None
        if not _has_right_value(question, moved(FAR)):
            return None
        low, high = 1, FAR
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if written.has_value(moved(middle)) else (low, middle)
    except (KeyError, TypeError, ValueError, UndefinedError):  # what is not run is not judged
        return None
    verb = "overflows" if written.overflows(moved(high)) else "is 0/0"
    where = f"entries of {quantity.name}" if quantity.shape else quantity.name
    if written.names > {quantity.name}:  # then the border depends on the others
        where = f"large {where}"
    else:
        where += f" {'above' if sign > 0 else 'below'} {sign * low}"
    return f"right for real numbers, but {verb} in float64 for {where}"


def _has_right_value(question: Question, batch: Batch) -> bool:
    """Whether every right entry is a number that float64 has, at a point that is allowed."""
    point = as_exact(question, [question.right, question.assuming.provided], batch, 0)
    if not holds(question.assuming.provided, point):
        return False
    ranges = [range(1, evaluate(place.upper, point) + 1) for place in question.indices]
    entries = (dict(zip(question.indices, at, strict=True)) for at in product(*ranges))
    return all(np.isfinite(float(evaluate(question.right, point | entry))) for entry in entries)


class _Written:
    """A text as Python and NumPy would run it at one point, operation by operation."""

    def __init__(self, tree: Tree, vocabulary: Vocabulary):
        self.tree, self.vocabulary = tree, vocabulary
        self.values: dict[str, Any] = {}
        found = {vocabulary.spelled(str(name.children[0])) for name in tree.find_data("name")}
        self.names = found & vocabulary.quantities.keys()

    def has_value(self, batch: Batch) -> bool:
        """Whether every entry is a number."""
        with np.errstate(all="ignore"):
            return bool(np.all(np.isfinite(self._run(batch))))

    def overflows(self, batch: Batch) -> bool:
        """Whether a number on the way is too large."""
        kinds: list[str] = []
        with np.errstate(all="call", call=lambda kind, _: kinds.append(kind)):
            self._run(batch)
        return "overflow" in kinds

    def _run(self, batch: Batch) -> np.ndarray:
        sizes = {name: np.float64(size) for name, size in batch.sizes.items()}
        self.values = sizes | {name: array[0] for name, array in batch.values.items()}
        return self.of(self.tree)

    def of(self, tree: Tree) -> Any:
        """The value of a node; raises `KeyError` for what is not run here."""
        kind = str(tree.data)
        if kind == "number":
            return np.float64(str(tree.children[0]))
        if kind == "name":
            return self.values[self.vocabulary.spelled(str(tree.children[0]))]
        if kind == "attribute" and tree.children[1] == "T":
            return self.of(tree.children[0]).T
        if kind == "call":
            function, *arguments = tree.children
            return CALLS[_last_name(function)](*map(self.of, arguments))
        return OPERATIONS[kind](*map(self.of, tree.children))


def _last_name(function: Tree) -> str:
    """exp of np.exp; a method is not run."""
    if function.data == "attribute" and function.children[0].data != "name":
        raise KeyError("a method")
    return str(function.children[-1])


def _softmax(x: np.ndarray) -> np.ndarray:
    raised = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return raised / np.sum(raised, axis=-1, keepdims=True)


OPERATIONS: dict[str, Callable] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "neg": np.negative,
    "pos": np.positive, "power": np.power, "matmul": np.matmul,
}  # fmt: skip
CALLS: dict[str, Callable] = {
    **{name: getattr(np, name) for name in ("exp", "log", "sqrt", "abs", "tanh", "cosh", "sinh")},
    **{name: getattr(np, name) for name in ("sum", "mean", "outer", "diag", "maximum", "minimum")},
    **{name: getattr(np, name) for name in ("log1p", "expm1", "square", "sign")},
    "sigmoid": lambda x: np.exp(-np.logaddexp(0, -x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "logsigmoid": lambda x: -np.logaddexp(0, -x),
    "softmax": _softmax,
}
"""What libraries have without overflow has none here."""
