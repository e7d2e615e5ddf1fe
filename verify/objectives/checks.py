"""Judges of a derivative that share nothing with its proof, and faults planted in it.

Automatic differentiation and the complex step run the objective's own tree, by `to_array`; 40
digits evaluate its meaning, from which the derivative was proved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from itertools import islice, product
from typing import Any

import numpy as np
from sympy import Expr, Integer

from derivations.notation import places_of
from derivations.prover.needs import Sign
from derivations.prover.points.arithmetic import UndefinedError
from derivations.prover.points.evaluation import evaluate
from derivations.prover.proof import Verdict
from derivations.prover.prove import prove
from verify.checking.faults import mutants
from verify.differentiation.nodes import Name, Node, NoMatrixFormError, nodes_of
from verify.differentiation.reading import read
from verify.differentiation.to_array import BENT, to_array
from verify.grading.points import as_exact, run, search
from verify.grading.question import Question
from verify.numerics.arrays import evaluate as evaluate_arrays
from verify.numerics.domain import Batch
from verify.objectives.asked import Asked
from verify.objectives.derived import FAULTS, JUDGES, Checks

JAX, PYTORCH, COMPLEX_STEP, DIGITS = JUDGES
POINTS, SEED = 1000, 1
PRECISE_POINTS, MOST_ENTRIES = 3, 12
MOST_FAULTS = 12
TOLERANCE = 1e-9
"""Rounding in float64 is far below it, a fault far above, at points that are ordinary."""
STEP = 1e-30
NEARLY_ZERO = 1e-4
"""Nearer to a quantity's zero, rounding is a large part of what is divided by it."""
Judge = Callable[[Batch], np.ndarray]


def check(asked: Asked, by: Collection[str] = (*JUDGES, FAULTS)) -> Checks:
    """Hold the derivative against every judge that can be had, and refute faults planted in it; or
    only what is named.
    """
    question = asked.question()
    drawn = [_well_inside(question, batch) for batch in question.domain.batches(POINTS, SEED)]
    batches = [
        batch for batch in drawn if len(batch) and run(question, question.formula, batch).size
    ]
    if not batches:
        return Checks(why="no point was drawn at which there is a derivative")
    errors: dict[str, float] = {}
    for name, judge in _judges(asked):
        if name not in by:
            continue
        try:
            found = [
                _error(judge(batch), run(question, question.formula, batch)) for batch in batches
            ]
        except (NoMatrixFormError, TypeError, NotImplementedError):
            continue
        errors[name] = max(found)
    if DIGITS in by and (precise := _in_40_digits(asked, question, batches)) is not None:
        errors[DIGITS] = precise
    faults, refuted = _attacked(question) if FAULTS in by else (0, 0)
    if not errors:
        return Checks(faults=faults, refuted=refuted)
    error = max(errors.values())
    return Checks(tuple(errors), sum(map(len, batches)), error, error <= TOLERANCE, faults, refuted)


def _well_inside(question: Question, batch: Batch) -> Batch:
    """The points at which the derivative has a value, and would have it but for rounding, too."""
    inside = np.ones(len(batch), dtype=bool)
    for need in question.needs:
        own = places_of(need.quantity) - set(question.indices)
        places = (*question.indices, *sorted(own, key=str))
        values = evaluate_arrays(need.quantity, batch.values, batch.sizes, places)
        distances = np.abs(values) if need.sign is Sign.NONZERO else values
        least = 0 if need.quantity.is_integer and need.sign is Sign.NONNEGATIVE else NEARLY_ZERO
        inside &= (distances >= least).all(axis=tuple(range(1, values.ndim)))
    values = {name: array[inside] for name, array in batch.values.items()}
    return replace(batch, values=values)


def _error(expected: np.ndarray, right: np.ndarray) -> float:
    """The largest |a - b| / max(1, |b|) where both have a value."""
    with np.errstate(all="ignore"):
        error = np.abs(np.asarray(expected) - right) / np.maximum(1, np.abs(right))
    return float(np.max(error, initial=0.0, where=np.isfinite(error)))


# --- judges --------------------------------------------------------------------------------------


def _judges(asked: Asked) -> Iterator[tuple[str, Judge]]:
    """Automatic differentiation where a library is installed, and the complex step."""
    objective = asked.objective()
    try:
        function = read(asked.tree(), objective.vocabulary)
    except NoMatrixFormError:
        return
    wrt = objective.vocabulary.spelled(asked.wrt)
    if find_spec("jax"):
        yield JAX, partial(_by_jax, function, wrt, asked.order)
    if find_spec("torch"):
        yield PYTORCH, partial(_by_torch, function, wrt, asked.order)
    if asked.order == 1 and not any(getattr(n, "name", "") in BENT for n in _functions(function)):
        yield COMPLEX_STEP, partial(_by_complex_step, function, wrt)


def _functions(function: Node) -> list[Node]:
    return [node for node in nodes_of(function) if not isinstance(node, Name)]


def _by_jax(function: Node, wrt: str, order: int, batch: Batch) -> np.ndarray:
    """Reverse mode, forward over it for a second derivative, at each point of a batch."""
    from verify.numerics.backends import jax_backend

    jax_backend()
    import jax
    import jax.numpy as jnp

    def at_one_point(x, others):
        values = {name: value[None] for name, value in {**others, wrt: x}.items()}
        return to_array(function, values, batch.sizes, jnp)[0]

    derivative = jax.jacrev(at_one_point)
    derivative = jax.jacfwd(derivative) if order == 2 else derivative
    others = {name: value for name, value in batch.values.items() if name != wrt}
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return np.asarray(jax.jit(jax.vmap(derivative))(batch.values[wrt], others))


def _by_torch(function: Node, wrt: str, order: int, batch: Batch) -> np.ndarray:
    """Reverse mode once for each entry, twice for a second derivative."""
    from verify.numerics.backends import torch_backend

    torch_backend()
    import torch

    values: dict[str, Any] = {
        n: torch.as_tensor(v, dtype=torch.float64) for n, v in batch.values.items()
    }
    x = values[wrt].requires_grad_()
    output = to_array(function, values, batch.sizes, torch)
    for _ in range(order):
        columns = output.reshape(len(batch), -1).unbind(dim=1)
        rows = [
            torch.autograd.grad(
                column.sum(), x, retain_graph=True, create_graph=True, allow_unused=True,
                materialize_grads=True,
            )[0]
            for column in columns
        ]  # fmt: skip
        output = torch.stack(rows, dim=1).reshape(*output.shape, *x.shape[1:])
    return output.detach().numpy()


def _by_complex_step(function: Node, wrt: str, batch: Batch) -> np.ndarray:
    """Im f(x + ih e) / h: nothing is subtracted, no digits cancel (Squire and Trapp, 1998)."""
    x = batch.values[wrt]
    columns = []
    for place in product(*map(range, x.shape[1:])):
        moved = x.astype(complex)
        moved += 1j * STEP * _unit(place, x.shape[1:])
        values = {name: value.astype(complex) for name, value in batch.values.items()}
        with np.errstate(all="ignore"):
            columns.append(
                np.imag(to_array(function, values | {wrt: moved}, batch.sizes, np)) / STEP
            )
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(*stacked.shape[:-1], *x.shape[1:])


def _unit(place: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    unit = np.zeros(shape)
    unit[place] = 1
    return unit


def _in_40_digits(asked: Asked, question: Question, batches: list[Batch]) -> float | None:
    """The largest error against differences of the definition, at a few points."""
    definition, _ = asked.objective().derivative(asked.wrt, asked.order)
    sizes, extents = batches[0].sizes, [place.upper for place in question.indices]
    counts = (e.xreplace({s: Integer(sizes[s.name]) for s in e.free_symbols}) for e in extents)
    ranges = [range(1, int(count) + 1) for count in counts]
    errors = []
    for at in range(min(PRECISE_POINTS, len(batches[0]))):
        point = as_exact(question, [definition, question.right], batches[0], at)
        for places in islice(product(*ranges), MOST_ENTRIES):
            here = point | dict(zip(question.indices, places, strict=True))
            try:
                both = [float(evaluate(side, here)) for side in (definition, question.right)]
            except (UndefinedError, TypeError):
                continue
            errors.append(abs(both[0] - both[1]) / max(1, abs(both[1])))
    return max(errors, default=None)


# --- faults --------------------------------------------------------------------------------------


def _attacked(question: Question) -> tuple[int, int]:
    """How many faults were planted, those left out that are proved to be none, and refuted."""
    faults = islice(mutants(question.formula, question.indices), MOST_FAULTS)
    verdicts = [_verdict_on(fault, question) for _, fault in faults]
    planted = [verdict for verdict in verdicts if verdict is not Verdict.PROVED]
    return len(planted), planted.count(Verdict.REFUTED)


def _verdict_on(fault: Expr, question: Question) -> Verdict:
    """A point is sought long before a proof."""
    if search(question, fault, (*question.required, *question.kinks)):
        return Verdict.REFUTED
    needs = (*question.required, *question.crossings)
    return prove(fault, question.right, question.assuming, needs=needs).verdict
