"""Derivatives of functions drawn over the whole language agree with JAX's."""

import numpy as np
import pytest
from sympy import Symbol

from derivations.notation import array, size
from tests.verify.differentiation import evaluation
from tests.verify.differentiation.evaluation import derivative, difference, value
from tests.verify.objectives.random_objectives import SIZES, RandomObjective, random_objective
from verify.differentiation.gradient import gradient
from verify.differentiation.nodes import NoMatrixFormError
from verify.language.numpy_text import read_numpy
from verify.language.vocabulary import Quantity, Vocabulary

DIFFERENT, *OTHERS = EXTENTS = ((2, 3, 4), (4, 2, 3), (3, 3, 3), (1, 2, 1))
"""Each objective is tried at different sizes, and at one of the others in turn."""
WITHOUT_FORM = ("append(", "pad(")
"""Words that have no rule in matrix form yet: their gradients are printed by entries."""


def vocabulary_of(objective: RandomObjective) -> Vocabulary:
    sizes = {name: size(name) for name in SIZES}
    quantities = {}
    for name, shape in objective.names.items():
        extents = tuple(sizes[s] for s in shape)
        symbol = array(name, *extents) if shape else Symbol(name, real=True)
        quantities[name] = Quantity(symbol, extents)
    return Vocabulary(quantities, sizes)


def point(objective: RandomObjective, extents, seed: int) -> dict:
    rng = np.random.default_rng(seed)
    sizes = dict(zip(SIZES, extents, strict=True))
    names = {
        name: rng.normal(size=[sizes[s] for s in shape]) for name, shape in objective.names.items()
    }
    return sizes | names


def check(objective: RandomObjective, order: int, seed: int) -> bool:
    """Whether there is a matrix form; it must agree wherever JAX's derivative is finite."""
    tree, vocabulary = read_numpy(objective.function), vocabulary_of(objective)
    try:
        candidates = gradient(tree, vocabulary, objective.wrt, order)
    except NoMatrixFormError:
        return False
    for extents in (DIFFERENT, OTHERS[seed % len(OTHERS)]):
        at = point(objective, extents, seed)
        right = derivative(objective.function, objective.wrt, at, order)
        if not np.all(np.isfinite(right)):
            continue
        for candidate in candidates:
            mine = value(candidate.text, at)
            if "std(" in objective.function and not np.all(np.isfinite(mine)):
                continue  # a deviation of 0 has no derivative; JAX gives it one
            if "exp(" in candidate.text and not np.all(np.isfinite(mine)):
                continue  # an exponential overflows where JAX's own log-sum-exp does not
            error = difference(mine, right)
            assert error < 1e-8, (objective, extents, candidate.text, error)
    return True


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_gradients_agree_with_jax(first):
    for seed in range(first, first + 20):
        drawn = random_objective(seed)
        has_form = not any(word in drawn.function for word in WITHOUT_FORM)
        assert check(drawn, 1, seed) or not has_form, drawn


def test_numpy_runs_traces_as_jax_does(monkeypatch):
    drawn = [(random_objective(seed), seed) for seed in range(6)]
    asked = [(o.function, o.wrt, point(o, DIFFERENT, seed)) for o, seed in drawn]
    by_numpy = [derivative(*question) for question in asked]
    monkeypatch.setattr(evaluation, "traced", lambda function, arrays: function(arrays))
    for question, mine in zip(asked, by_numpy, strict=True):
        np.testing.assert_allclose(mine, derivative(*question), 1e-12, 1e-12, err_msg=question[0])


def test_a_singular_system_has_no_finite_value_and_is_no_error():
    found = value("solve(S, x)", {"S": np.ones((2, 2)), "x": np.arange(2.0)})
    assert not np.isfinite(found).any()
