"""A hidden condition under which a wrong answer is right: the commonest kind of error.

A condition is tried at points first; it is said only where the answer is then proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from sympy import Basic, Expr, IndexedBase, Integer, Symbol

from derivations.notation import substitute
from derivations.prover.facts import Fact, Normalised, OneHot, Symmetric
from derivations.prover.prove import prove
from verify.grading.points import right_values, run
from verify.grading.question import Question
from verify.language.vocabulary import Quantity
from verify.numerics.domain import Batch

CLOSE = 1e-9
POINTS = 20
Meets = Callable[[Batch], Batch | None]


@dataclass(frozen=True)
class Hypothesis:
    """A condition in words, as facts or as a value put in, and how a batch is made to meet it."""

    words: str
    meets: Meets
    facts: tuple[Fact, ...] = ()
    values: dict[Basic, Expr] = field(default_factory=dict)


def hidden_condition(
    question: Question, answer: Expr, conditions: Callable[[Question, Expr], Iterator[Hypothesis]]
) -> str | None:
    """The condition under which the answer is proved to be right; None if none of these is."""
    for hypothesis in conditions(question, answer):
        try:
            if _agrees(question, answer, hypothesis) and _is_proved(question, answer, hypothesis):
                return f"right only if {hypothesis.words}"
        except (ArithmeticError, KeyError, IndexError, TypeError, ValueError):
            continue  # a condition that cannot be tried explains nothing
    return None


def conditions_on_arrays(question: Question, answer: Expr) -> Iterator[Hypothesis]:
    """Square matrices that are symmetric, each or all; rows that sum to 1, or are one-hot."""
    arrays = [q for q in _in_use(question, answer) if q.shape]
    square = [q for q in arrays if len(q.shape) == 2 and q.shape[0] == q.shape[1]]
    for some in [*([one] for one in square), *([square] if len(square) > 1 else [])]:
        names = [q.name for q in some]
        yield Hypothesis(
            f"{' and '.join(names)} {'is' if len(some) == 1 else 'are'} symmetric",
            _changed(names, _symmetric),
            tuple(Symmetric(q.symbol) for q in some),
        )
    for quantity in arrays:
        name, rows = quantity.name, len(quantity.shape) == 2
        sums = f"the rows of {name} sum to 1" if rows else f"{name} sums to 1"
        yield Hypothesis(sums, _changed([name], _normalised), (Normalised(quantity.symbol),))
        one_hot = f"the rows of {name} are one-hot" if rows else f"{name} is one-hot"
        yield Hypothesis(one_hot, _changed([name], _one_hot), (OneHot(quantity.symbol),))


def conditions_on_numbers(question: Question, answer: Expr) -> Iterator[Hypothesis]:
    """Numbers that are 1 or 0, and sizes that are 1."""
    for quantity in _in_use(question, answer):
        if not quantity.shape:
            for value in (1,) if quantity.is_positive else (1, 0):
                yield _valued(quantity, value)
    for name, size in question.vocabulary.sizes.items():
        yield Hypothesis(f"{name} = 1", _of_size(name), values={size: Integer(1)})


def _in_use(question: Question, answer: Expr) -> list[Quantity]:
    """The quantities of either side of which nothing is assumed."""
    known = {part for fact in question.assuming.facts for part in vars(fact).values()}
    symbols = question.written_out(question.right).free_symbols | answer.free_symbols
    quantities = question.vocabulary.quantities.values()
    return [q for q in quantities if _label(q) in symbols and q.symbol not in known]


def _valued(quantity: Quantity, value: int) -> Hypothesis:
    return Hypothesis(
        f"{quantity.name} = {value}",
        _changed([quantity.name], lambda array: np.full_like(array, value)),
        values={quantity.symbol: Integer(value)},
    )


def _agrees(question: Question, answer: Expr, hypothesis: Hypothesis) -> bool:
    """Whether both sides have the same values at every point that meets the condition."""
    tried = 0
    for batch, _ in right_values(question):
        changed = hypothesis.meets(batch)
        if changed is None:
            continue
        right, yours = (
            run(question, question.runnable(side), changed) for side in (question.right, answer)
        )
        with np.errstate(all="ignore"):
            error = np.abs(yours - right) / np.maximum(1, np.abs(right))
        known = np.isfinite(right)
        if not np.all(error[known] <= CLOSE):
            return False
        tried += int(known.any()) * len(changed)
    return tried >= POINTS


def _is_proved(question: Question, answer: Expr, hypothesis: Hypothesis) -> bool:
    sides = (answer, question.right)
    assuming = question.assuming
    if hypothesis.facts:
        assuming = replace(assuming, facts=(*assuming.facts, *hypothesis.facts))
    if hypothesis.values:
        sides = tuple(substitute(question.written_out(s), hypothesis.values) for s in sides)
    return prove(*sides, assuming).holds


def _label(quantity: Quantity) -> Symbol:
    symbol = quantity.symbol
    return symbol.label if isinstance(symbol, IndexedBase) else symbol


# --- points that meet a condition ----------------------------------------------------------------


def _changed(names: list[str], change: Callable[[np.ndarray], np.ndarray]) -> Meets:
    def meets(batch: Batch) -> Batch | None:
        if not batch.values.keys() >= set(names):
            return None
        return batch.at(**{name: change(batch.values[name]) for name in names})

    return meets


def _of_size(name: str) -> Meets:
    return lambda batch: batch if batch.sizes.get(name) == 1 else None


def _symmetric(array: np.ndarray) -> np.ndarray:
    return (array + array.swapaxes(-1, -2)) / 2


def _normalised(array: np.ndarray) -> np.ndarray:
    positive = np.abs(array) + 0.1
    return positive / positive.sum(axis=-1, keepdims=True)


def _one_hot(array: np.ndarray) -> np.ndarray:
    return np.eye(array.shape[-1])[np.argmax(array, axis=-1)]
