"""A hidden condition under which a wrong answer is right: the commonest kind of error.

A condition is tried at points first; it is said only where the answer is then proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from sympy import Basic, Expr, Indexed, IndexedBase, Integer, Rational, Symbol

from derivations.notation import substitute
from derivations.prover.facts import Fact, Normalised, OneHot, Symmetric
from derivations.prover.prove import prove
from verify.grading.points import right_values, run
from verify.grading.question import Question
from verify.language.vocabulary import Quantity
from verify.numerics.domain import Batch, Kind

CLOSE = 1e-9
POINTS = 20
SEVERAL, SEED = 200, 0
SPECIAL = (-1, 0, 0.5, 2, 3, 5)
"""Numbers at which powers, signs and the like often are what they are at 1."""
OTHER_VALUES = 8  # of each size; half of all numbers are positive
Meets = Callable[[Batch], Batch | None]


@dataclass(frozen=True)
class Hypothesis:
    """A condition in words, as facts or as a value put in, and how a batch is made to meet it."""

    words: str
    meets: Meets
    facts: tuple[Fact, ...] = ()
    values: dict[Basic, Expr] = field(default_factory=dict)


Others = Callable[[Batch, Hypothesis], Iterator[Batch]]
"""What of a batch does not meet a condition, in one way or another."""


def hidden_condition(
    question: Question, answer: Expr, conditions: Callable[[Question, Expr], Iterator[Hypothesis]]
) -> str | None:
    """The condition under which the answer is proved to be right; None if none of these is.

    The one that leaves most of the right side is said: at alpha = 0 many a slip disappears.
    """
    agreeing = [
        hypothesis
        for hypothesis in conditions(question, answer)
        if _agrees(question, answer, hypothesis) and _leaves_something(question, hypothesis)
    ]
    agreeing.sort(key=lambda h: -len(_put_in(question.right, h.values).free_symbols))
    proved = (
        h
        for h in agreeing
        if _is_proved(question, answer, h)
        and not _holds_at(_with_one_other_value, question, answer, h)
    )
    if not (hypothesis := next(proved, None)):
        return None
    only = "" if _holds_at(_with_special_values, question, answer, hypothesis) else "only "
    return f"right {only}if {hypothesis.words}"


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
    """Numbers that are 1 or 0, or what their arguments are by default, each and all; sizes and
    steps that are 1, several numbers that are 1 at once, and arrays of ones or zeros.
    """
    in_use = _in_use(question, answer)
    numbers = [quantity for quantity in in_use if not quantity.shape]
    for quantity in numbers:
        yield from (_valued(quantity, value) for value in (1, 0))
    defaults = question.shown.defaults
    usual = [_valued(q, defaults[q.name]) for q in numbers if q.name in defaults]
    yield from [*usual, _all_of(usual)] if len(usual) > 1 else usual
    sizes = [
        Hypothesis(f"{name} = 1", _of_size(name), values={size: Integer(1)})
        for name, size in question.vocabulary.sizes.items()
    ]
    yield from sizes
    yield from _all_ones(question, answer, [*(_valued(q, 1) for q in numbers), *sizes])
    for quantity in in_use:
        if quantity.shape:
            yield from (_valued(quantity, value) for value in (1, 0))


def _all_ones(question: Question, answer: Expr, ones: list[Hypothesis]) -> Iterator[Hypothesis]:
    """The fewest names that must be 1 at once: each is left out that need not be."""
    ones = [one for one in ones if not _agrees(question, answer, one)]
    if len(ones) < 2 or not _agrees(question, answer, _all_of(ones)):
        return
    for one in list(ones):
        others = [other for other in ones if other is not one]
        if others and _agrees(question, answer, _all_of(others)):
            ones = others
    yield _all_of(ones)


def _all_of(conditions: list[Hypothesis]) -> Hypothesis:
    """Several names that have a value each: a = b = 1, and c = 2."""

    def meets(batch: Batch) -> Batch | None:
        changed: Batch | None = batch
        for condition in conditions:
            changed = condition.meets(changed) if changed else None
        return changed

    names: dict[str, list[str]] = {}
    for condition in conditions:
        name, value = condition.words.split(" = ")
        names.setdefault(value, []).append(name)
    words = " and ".join(" = ".join([*equal, value]) for value, equal in names.items())
    values = {name: value for one in conditions for name, value in one.values.items()}
    return Hypothesis(words, meets, values=values)


def _in_use(question: Question, answer: Expr) -> list[Quantity]:
    """The quantities of either side of which nothing is assumed."""
    known = {part for fact in question.assuming.facts for part in vars(fact).values()}
    symbols = question.written_out(question.right).free_symbols | answer.free_symbols
    quantities = question.vocabulary.quantities.values()
    return [q for q in quantities if _label(q) in symbols and q.symbol not in known]


def _valued(quantity: Quantity, value: int | str) -> Hypothesis:
    """A number of one value, or an array all of whose entries have it."""
    words = f"{quantity.name} = {value}"
    return Hypothesis(
        f"every entry of {words}" if quantity.shape else words,
        _changed([quantity.name], lambda array: np.full_like(array, float(value))),
        values={quantity.symbol: Rational(str(value))},
    )


def _agrees(question: Question, answer: Expr, hypothesis: Hypothesis) -> bool:
    """Whether both sides have the same values at every point that meets the condition; one that
    cannot be tried explains nothing.
    """
    points = 0
    try:
        for yours, right in _values(question, answer, hypothesis):
            with np.errstate(all="ignore"):
                error = np.abs(yours - right) / np.maximum(1, np.abs(right))
            if not np.all(error[np.isfinite(right)] <= CLOSE):
                return False
            points += len(right) if np.isfinite(right).any() else 0
    except (ArithmeticError, KeyError, IndexError, TypeError, ValueError):
        return False
    return points >= POINTS


def _leaves_something(question: Question, hypothesis: Hypothesis) -> bool:
    """Whether the right side is not 0 wherever the condition is met."""
    values = (right for _, right in _values(question, question.right, hypothesis))
    return any(np.any(np.abs(right[np.isfinite(right)]) > CLOSE) for right in values)


def _holds_at(others: Others, question: Question, answer: Expr, hypothesis: Hypothesis) -> bool:
    """Whether the answer is right at all points of one batch that does not meet the condition: 6|x|
    for 6 x is right not only if x is 1, and s^3 for s not only if s is 1.
    """
    sides = [question.runnable(side) for side in (answer, question.right)]
    batches = question.domain.batches(SEVERAL, SEED)
    for batch in (batch for batch in batches if batch.kind is Kind.ORDINARY):
        for other in others(batch, hypothesis):
            yours, right = (run(question, side, other) for side in sides)
            with np.errstate(all="ignore"):
                error = np.abs(yours - right) / np.maximum(1, np.abs(right))
            known = np.isfinite(right)
            if np.all(error[known] <= CLOSE) and np.any(np.abs(right[known]) > CLOSE):
                return True
    return False


def _with_special_values(batch: Batch, hypothesis: Hypothesis) -> Iterator[Batch]:
    """Batches whose values of what a condition is on are special ones that do not meet it, and have
    the sign that all drawn ones have.
    """
    changed = hypothesis.meets(batch)
    names = [n for n, array in batch.values.items() if changed and changed.values[n] is not array]
    special = [*zip(*(_special(batch.values[name]) for name in names), strict=False)]
    if len(names) > 1:  # of two factors one may be twice what it is, the other half of it
        factors = (2, 0.5, *[1] * len(names))
        special.append(
            tuple(np.full_like(batch.values[n], f) for n, f in zip(names, factors, strict=False))
        )
    for several in special:
        are_drawn = (
            value.min() > 0 or batch.values[name].min() <= 0
            for name, value in zip(names, several, strict=True)
        )
        if all(are_drawn) and not all(_is_met(hypothesis, value) for value in several):
            yield batch.at(**dict(zip(names, several, strict=True)))


def _is_met(hypothesis: Hypothesis, array: np.ndarray) -> bool:
    """Whether an array is what the condition says of it."""
    for fact in hypothesis.facts:
        if isinstance(fact, Symmetric):
            return np.allclose(array, array.swapaxes(-1, -2))
        is_sum = np.allclose(array.sum(axis=-1), 1)
        return is_sum and (not isinstance(fact, OneHot) or np.allclose(array**2, array))
    return all(np.allclose(array, float(value)) for value in hypothesis.values.values())


def _special(array: np.ndarray) -> Iterator[np.ndarray]:
    """Other values of an array in each sample: numbers, rows of a length or a sum, matrices that
    are no symmetric ones.
    """
    yield from (np.full_like(array, value) for value in SPECIAL)
    yield from (1.0 * (array > 0), np.sign(array))
    if array.ndim > 1:
        sizes = np.abs(array) + 0.1
        shares = sizes / sizes.sum(axis=-1, keepdims=True)
        yield from (shares, -shares, sizes / np.linalg.norm(sizes, axis=-1, keepdims=True))
        yield array - array.mean(axis=-1, keepdims=True)
    if array.ndim == 3 and array.shape[1] == array.shape[2]:
        turned = array.swapaxes(1, 2)
        yield from (array - turned, np.linalg.qr(array - turned + 1e-3)[0])
        yield np.eye(array.shape[1]) * array


def _with_one_other_value(batch: Batch, hypothesis: Hypothesis) -> Iterator[Batch]:
    """Batches in which what a condition is on has one value that does not meet it."""
    changed = hypothesis.meets(batch)
    if changed is None:  # of another size
        yield batch
        return
    names = [n for n, array in batch.values.items() if changed.values[n] is not array]
    for at in range(min(OTHER_VALUES, len(batch))):
        values = {name: batch.values[name][at] for name in names}
        if not all(np.allclose(values[name], changed.values[name][at]) for name in names):
            alike = {n: np.broadcast_to(v, batch.values[n].shape) for n, v in values.items()}
            yield batch.at(**alike)


def _values(
    question: Question, answer: Expr, hypothesis: Hypothesis
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The answer's values and the right ones at the points that meet the condition."""
    sides = [question.runnable(side) for side in (answer, question.right)]
    for batch, _ in right_values(question):
        changed = hypothesis.meets(batch)
        if changed is not None:
            yours, right = (run(question, side, changed) for side in sides)
            yield yours, right


def _is_proved(question: Question, answer: Expr, hypothesis: Hypothesis) -> bool:
    sides, assuming = (answer, question.right), question.assuming
    if hypothesis.facts:
        assuming = replace(assuming, facts=(*assuming.facts, *hypothesis.facts))
    if hypothesis.values:
        sides = tuple(_put_in(question.written_out(s), hypothesis.values) for s in sides)
    try:
        proof = prove(*sides, assuming)
    except (ArithmeticError, TypeError, ValueError):  # what is put in leaves no value
        return False
    # Of equal entries none is the largest, and nothing is said of them.
    is_said = not (hypothesis.values and any(gap.is_of_rules for gap in proof.scope.gaps))
    return proof.holds and is_said


def _put_in(expr: Expr, values: dict[Basic, Expr]) -> Expr:
    """An expression with values for numbers, and for the entries of arrays."""
    entries = {e: values[e.base] for e in expr.atoms(Indexed) if e.base in values}
    return substitute(expr.xreplace(entries), values)


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
