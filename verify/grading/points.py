"""Points where an answer is wrong: sought in float64, among simple values first, and confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import islice, product
from typing import Any

import numpy as np
from sympy import Expr, IndexedBase, Symbol

from derivations.prover.facts import unfolded
from derivations.prover.needs import Need
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.counterexamples import Counterexample
from derivations.prover.points.drawing import has_value_at, holds
from derivations.prover.points.evaluation import Point, difference_at
from derivations.prover.points.imposing import are_assumed, imposed
from verify.grading.question import Question
from verify.numerics import arrays
from verify.numerics.backends import numpy_backend
from verify.numerics.domain import Batch, Kind

POINTS, SEED = 200, 0
FEW = 40
SUSPICIOUS = 1e-9  # far above rounding in float64, far below a slip of hand
CONFIRMED_PER_BATCH = 3
ROUNDINGS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    np.round,
    lambda array: _significant(array, 1),
    lambda array: _significant(array, 2),
)


def search(
    question: Question, answer: Expr, needs: tuple[Need, ...] = ()
) -> tuple[Counterexample, Kind] | None:
    """The simplest counterexample found: short decimals, small sizes first; kinks last.

    `needs` are those of the answer that it no longer shows.
    """
    needs = tuple(need.map(question.written_out) for need in needs)
    runnable, written_out = question.runnable(answer), question.written_out(answer)
    for batch, right in right_values(question):
        try:
            yours = run(question, runnable, batch)
        except (
            KeyError,
            IndexError,
            TypeError,
        ):  # a name without a value, a function without a rule
            return None
        with np.errstate(all="ignore"):
            error = np.abs(yours - right) / np.maximum(1, np.abs(right))
        suspicious = np.isfinite(right) & ~(error <= SUSPICIOUS)
        flat = suspicious.reshape(len(batch), -1)
        for at in islice(_simplest_first(batch, flat), CONFIRMED_PER_BATCH):
            entry = np.unravel_index(int(np.argmax(flat[at])), right.shape[1:])
            found = _confirmed(question, written_out, needs, batch, at, tuple(map(int, entry)))
            if found:
                return found, batch.kind
    return None


@cache
def right_values(question: Question) -> list[tuple[Batch, np.ndarray]]:
    """All points of a question, the simplest first, with the right formula's values; none of sizes
    at which the answer has no entry, as n - 1 of them at n = 1.
    """
    runnable = question.runnable(question.right)
    points = _simplest_points_first(question)
    return [(b, right) for b in points if (right := run(question, runnable, b)).size]


def _simplest_points_first(question: Question) -> list[Batch]:
    """The domain's points, after as many again of sizes 1 and 2 and in short decimals."""
    domain = question.domain
    batches = domain.batches(POINTS, SEED)
    ordinary = [batch for batch in batches if batch.kind is Kind.ORDINARY]
    names = tuple(domain.sizes[0])
    small = tuple(
        dict(zip(names, sizes, strict=True)) for sizes in product((1, 2), repeat=len(names))
    )
    few = replace(domain, sizes=small, hard=()).batches(FEW * len(small), SEED) + ordinary
    few.sort(key=lambda batch: sum(array[0].size for array in batch.values.values()))
    hard = [batch for batch in batches if batch.kind is Kind.HARD]
    kinks = [batch for batch in batches if batch.kind is Kind.KINK]
    simple = [_rounded(question, batch, rounding) for batch in few for rounding in ROUNDINGS]
    simple_kinks = [_rounded(question, batch, np.round) for batch in kinks]
    ordered = (*simple, *ordinary, *hard, *simple_kinks, *kinks)
    inside = [_chosen(batch, _is_inside(question, batch)) for batch in ordered]
    return [batch for batch in inside if len(batch)]


def run(question: Question, runnable: Expr, batch: Batch) -> np.ndarray:
    """The values of an expression at each point of a batch, in float64."""
    values = batch.values_with(question.given)
    found = arrays.evaluate(runnable, values, batch.sizes, question.indices)
    return np.asarray(found, dtype=np.float64)


def _significant(array: np.ndarray, digits: int) -> np.ndarray:
    """Each value in that many significant decimal digits."""
    short = [float(f"{value:.{digits}g}") for value in array.flat]
    return np.array(short).reshape(array.shape)


def _rounded(question: Question, batch: Batch, rounding: Callable) -> Batch:
    """The points of a batch in short decimals, less those that rounding moves across a border."""
    known = {str(part) for fact in question.assuming.facts for part in vars(fact).values()}
    short = replace(
        batch,
        values={n: a if n in known else rounding(a) + 0.0 for n, a in batch.values.items()},
    )
    remaining = np.ones(len(batch), dtype=bool)
    for quantity in question.vocabulary.quantities.values():
        if quantity.is_positive and quantity.name in batch.values:
            before, after = batch.values[quantity.name], short.values[quantity.name]
            same_side = (before < 1) == (after < 1)  # a rate such as 0.99 stays a rate
            remaining &= _of_all_entries(same_side)
    domain = question.domain
    if domain.distance and len(batch):
        distance = domain.distance(short.values)
        remaining &= distance == 0 if batch.kind is Kind.KINK else distance >= domain.margin
    return _chosen(short, remaining)


def _is_inside(question: Question, batch: Batch) -> np.ndarray:
    """Of each point, whether every quantity has the sign that is declared of it."""
    inside = np.ones(len(batch), dtype=bool)
    for quantity in question.vocabulary.quantities.values():
        if quantity.is_positive and quantity.name in batch.values:
            inside &= _of_all_entries(batch.values[quantity.name] > 0)
    return inside


def _of_all_entries(truth: np.ndarray) -> np.ndarray:
    return np.asarray(truth.all(axis=tuple(range(1, truth.ndim))))


def _chosen(batch: Batch, which: np.ndarray) -> Batch:
    return replace(batch, values={name: array[which] for name, array in batch.values.items()})


def _simplest_first(batch: Batch, suspicious: np.ndarray) -> Iterator[int]:
    """The points with a suspicious entry, those of small values first."""
    size = np.zeros(len(batch))
    for array in batch.values.values():
        size += np.abs(array).reshape(len(batch), -1).sum(axis=1)
    order = np.argsort(size, kind="stable")
    return (int(at) for at in order if suspicious[at].any())


def _confirmed(
    question: Question,
    answer: Expr,
    needs: tuple[Need, ...],
    batch: Batch,
    at: int,
    entry: tuple[int, ...],
) -> Counterexample | None:
    """The counterexample at one entry of one point, if it is within the question's conditions and
    both sides certainly differ there.
    """
    right = question.written_out(question.right)
    provided = unfolded(question.assuming.provided, question.definitions)
    try:
        needed = [part for need in needs for part in (need.quantity, *need.where)]
        point = as_exact(question, [answer, right, provided, *needed], batch, at)
        if not all(are_assumed(name, values) for name, values in point.items()):
            return None
        point |= {place: 1 + e for place, e in zip(question.indices, entry, strict=True)}
        point = imposed(question.assuming.facts, point)
        if not holds(provided, point) or not has_value_at((), needs, point):
            return None
    except (UndefinedError, ValueError):
        return None
    values = difference_at(answer, right, point)
    return Counterexample(point, *values) if values else None


def as_exact(question: Question, expressions: list[Expr], batch: Batch, at: int) -> Point:
    """A point in exact numbers: each float is the decimal that it is printed as."""
    one = {name: array[at : at + 1] for name, array in batch.values.items()}
    for name, function in question.given.items():
        one[name] = function(numpy_backend(), **one)
    point: Point = {}
    for name, symbol in _symbols(tuple(expressions)).items():
        if name in batch.sizes:
            point[symbol] = batch.sizes[name]
        elif name in one:
            entries = {
                tuple(place + 1 for place in places): Fraction(repr(float(value)))
                for places, value in np.ndenumerate(one[name][0])
            }
            point[symbol] = entries if isinstance(symbol, IndexedBase) else entries[()]
    return point


@lru_cache(maxsize=1000)
def _symbols(expressions: tuple[Expr, ...]) -> dict[str, Any]:
    """The arrays and scalars in use, by name; the same at every point."""
    bases = {base for e in expressions for base in e.atoms(IndexedBase)}
    symbols = {s for e in expressions for s in e.atoms(Symbol)} - {base.label for base in bases}
    return {str(symbol): symbol for symbol in symbols | bases}
