"""What may have gone wrong: a factor, a sign, the wrong way round, or one of the claim's faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice

import numpy as np
from sympy import Add, Basic, Dummy, Expr, Idx, exp

from verify.checking.faults import mutants
from verify.grading.hypotheses import (
    conditions_on_arrays,
    conditions_on_numbers,
    hidden_condition,
)
from verify.grading.points import right_values, run
from verify.grading.question import Question
from verify.language.spoken import spoken
from verify.numerics.domain import Batch, Kind
from verify.numerics.ratios import POWERS, number_to_text, power_to_text

SAME = 1e-9
RELIABLE = 1e-4  # below, cancellation leaves too few digits of a ratio
SLIPS = 80
QUOTED = 40
TOO_LONG = "..."
UNQUOTED = {
    f"sign of {TOO_LONG}": "the sign of one term",
    f"{TOO_LONG} missing": "one term is missing",
    f"factor {TOO_LONG} missing": "one factor is missing",
}
"""How a slip is said whose part is too long to be quoted."""
Explained = Iterator[tuple[str, Iterable[np.ndarray]]]
Explanations = Callable[[Question, list, list[np.ndarray]], Explained]
FACTORS = (1.0, -1.0, 2.0, 0.5, -2.0, -0.5)


def hint_for(question: Question, answer: Expr) -> str | None:
    """What explains a wrong answer at every ordinary point; None if nothing does.

    A mistake in the whole, then a condition on an array under which it is right, then a slip in a
    part, then a number or a size for which it is right.
    """
    return (
        _explained(question, answer, _of_the_whole)
        or hidden_condition(question, answer, conditions_on_arrays)
        or _explained(question, answer, _of_a_part)
        or hidden_condition(question, answer, conditions_on_numbers)
    )


def _explained(question: Question, answer: Expr, explanations: Explanations) -> str | None:
    """The first explanation that gives the answer's values."""
    points = [
        (batch, right) for batch, right in right_values(question) if batch.kind is Kind.ORDINARY
    ][-6:]
    runnable = question.runnable(answer)
    try:
        yours = [run(question, runnable, batch) for batch, _ in points]
    except (KeyError, IndexError, TypeError):  # a name or a function without values
        return None
    for name, expected in explanations(question, points, yours):
        if all(_same(mine, e) for mine, e in zip(yours, expected, strict=True)):
            return name
    return None


def _of_the_whole(question: Question, points, yours: list[np.ndarray]) -> Explained:
    """Names of mistakes, and what each gives at the points; most are ruled out by the first."""
    yield "the sign: yours is the negative", [-right for _, right in points]
    if len(question.shape) == 2 and question.shape[0] == question.shape[1]:
        yield "transposed", [right.swapaxes(1, 2) for _, right in points]
    for name, mistake in question.mistakes:
        yield name, _values(question, mistake, points)
    factor = _factor(question, points, yours)
    if factor:
        yield factor, yours


def _of_a_part(question: Question, points, yours: list[np.ndarray]) -> Explained:
    """The slips of hand in each part of the right formula."""
    for name, slip in _slips(question):
        yield name, _values(question, slip, points)
    if powers := question.formula.atoms(exp):
        turned = question.formula.xreplace({power: 1 / power for power in powers})
        yield "the sign of the exponent", _values(question, turned, points)
    terms = Add.make_args(question.formula)
    for term in terms if len(terms) > 2 else ():
        name = _said(question.indices, term)
        but = "one term" if name == TOO_LONG else name
        yield f"the sign of all but {but}", _values(question, 2 * term - question.formula, points)


@lru_cache(maxsize=64)
def _slips(question: Question) -> list[tuple[str, Expr]]:
    """The slips that can be named, the same for every answer; the least likely last."""
    said = partial(_said, question.indices)
    slips = list(islice(mutants(question.formula, question.indices, said), SLIPS))
    slips.sort(key=lambda slip: slip[0].endswith("exchanged"))
    named = [(UNQUOTED.get(name, name), slip) for name, slip in slips]
    return [(name, slip) for name, slip in named if TOO_LONG not in name]


def _values(question: Question, expr: Expr, points) -> Iterator[np.ndarray]:
    return (_values_at(question, expr, batch) for batch, _ in points)


@lru_cache(maxsize=2000)
def _values_at(question: Question, expr: Expr, batch: Batch) -> np.ndarray:
    """What a slip gives, the same for every answer."""
    return run(question, question.runnable(expr), batch)


def _factor(question: Question, points, yours: list[np.ndarray]) -> str | None:
    """A constant, or a power of a scalar, that the answer has too much."""
    ratios = [_ratio(mine, right) for mine, (_, right) in zip(yours, points, strict=True)]
    if any(ratio is None for ratio in ratios):
        return None
    found = np.concatenate([ratio for ratio in ratios if ratio is not None])
    known = np.isfinite(found)
    if not known.any():
        return None
    if _same(found[known], np.ones(1)):
        return None
    if not found[known].any():
        return "yours is 0"
    if _same(found[known], found[known][:1]):
        return (
            f"a constant factor: yours is {number_to_text(found[known][0], 6)} times the right one"
        )
    for factor, name in _powers(question, points):
        if _same(found[known], factor[known]):
            return name
    return None


def _powers(question: Question, points) -> Iterator[tuple[np.ndarray, str]]:
    """Powers of scalars and sizes at each point, and what it means to be wrong by them."""
    scalars = {
        name: np.concatenate([batch.values[quantity.name] for batch, _ in points])
        for name, quantity in question.vocabulary.quantities.items()
        if not quantity.shape and quantity.name in points[0][0].values
    }
    scalars |= {
        name: np.concatenate(
            [np.full(len(batch), float(batch.sizes[size.name])) for batch, _ in points]
        )
        for name, size in question.vocabulary.sizes.items()
        if size.name in points[0][0].sizes
    }
    for constant in FACTORS:
        also = "" if constant == 1 else f", and yours is {number_to_text(constant, 6)} times that"
        for name, value in scalars.items():
            for power in POWERS:
                with np.errstate(all="ignore"):
                    raised = np.asarray(constant * value**power)
                yield raised, f"factor {power_to_text(name, -power)} missing{also}"


def _ratio(mine: np.ndarray, right: np.ndarray) -> np.ndarray | None:
    """The ratio that all entries of a point share, nan where both are 0; None if there is none."""
    mine, right = mine.reshape(len(mine), -1), right.reshape(len(right), -1)
    rows, largest = np.arange(len(right)), np.argmax(np.abs(right), axis=1)
    with np.errstate(all="ignore"):
        ratio = mine[rows, largest] / right[rows, largest]
        ratio = np.where(np.abs(right[rows, largest]) < RELIABLE, np.nan, ratio)
        predicted = np.where(np.isnan(ratio), 0, ratio)[:, None] * right
    negligible = np.isnan(ratio) & np.all(np.abs(mine) < 1e3 * RELIABLE, axis=1)
    mine = np.where(negligible[:, None], 0, mine)
    return ratio if _same(mine, predicted) else None


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(first - second) <= SAME * np.maximum(1, np.abs(second))))


def _said(indices: tuple[Idx, ...], part: Basic) -> str:
    """A part of a formula in the language's own words, with a letter for an index of a sum that it
    was in; what is long helps nobody.
    """
    unbound = sorted(part.atoms(Idx) - {*indices}, key=str)
    text = spoken(part.xreplace({k: Idx(Dummy(integer=True), *k.args[1:]) for k in unbound}))
    return text if len(text) <= QUOTED else TOO_LONG
