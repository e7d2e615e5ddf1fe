"""The functions that are printed run, and give what the entries of the derivative give."""

from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from jax import numpy_dtype_promotion, numpy_rank_promotion

from experiments.closed_forms.cases import forms
from tests.verify.differentiation.traces import traced
from verify.differentiation.gradient import gradient
from verify.differentiation.to_code import LIBRARIES
from verify.grading.points import run
from verify.language.program.reading import read_function
from verify.objectives.objective import objective

AS_ARRAY = {"numpy": np.asarray, "jax": jnp.asarray, "torch": torch.as_tensor}
OTHERS = [
    ("sum(lam*x)", "x"),
    ("lam**3", "lam"),
    ("sum(maximum(0, x))*sum(x)", "x"),
    ("sum(maximum(x, y))", "x"),
    ("sum(relu(x)**2)", "x"),
    ("sum(where(x > 0, 3*x, -2*x)) + sum(sigmoid(x))", "x"),
    ("sum(erf(x) + arctan(x) + softplus(x))", "x"),
    ("x*sum(y)", "x"),
    ("lam*trace(eye(n)) + lam**2*sum(x)", "lam"),
    ("sum(sum(X @ W, axis=1)**2)", "W"),
    ("sum(exp(-sqdist(X, C)))", "C"),
    ("sum(cumsum(x)**2)", "x"),
    ("sum(cumsum(X, axis=0)*G) + sum(cumsum(X, axis=1)*G)", "X"),
    ("sum(max(X @ W, axis=1)) + min(X @ W)", "W"),
    ("sum(max(X, axis=0)**2)*max(y)", "X"),
    ("sum(prod(X, axis=0)*g) + prod(X)", "X"),
    ("sum((x[1:] - x[:-1])**2) + x[0]*x[-1]**2", "x"),
    ("sum(y*diff(x)**3)", "y"),
    ("sum((X @ w[1:] + w[0])**2)", "w"),
    ("sum(exp(X[:, 1:] - X[:, :-1])) + X[0] @ y", "X"),
    ("sum(G*tril(X @ X.T, -1)) + sum(triu(X)**2)", "X"),
    ("sum(arcsinh(x) + arctanh(sin(x)/2) + arccosh(3 + x**2))", "x"),
    ("norm(kron(A, B) @ vec(X) - vec(C))**2", "X"),
    ("sum(u*v*exp(g)) + sum(u*v*exp(g))**2", "u"),
]
"""Names that the printed function would use itself, sizes that no array shows, and kinks."""


@cache
def printed(function, shapes, assume, wrt, order):
    """The question, its function's arguments, and the functions that are printed."""
    asked = objective(function, dict(shapes), assume)
    question = asked.question(wrt, order)
    tree, _ = read_function(function)
    first, *_ = gradient(tree, asked.vocabulary, wrt, order, asked.matrix_facts)
    return question, asked.arguments, first.code(asked.arguments)


def called(function, *arrays):
    """By the library itself, which JAX compiles for every shape; else `traced`."""
    return function(*arrays)


def runs(code, library, call=called):
    """The function of a printed text, which this test's own code has printed."""
    names = {}
    exec(code[library], names)

    def gradient(*arguments):
        is_size = [isinstance(argument, int) for argument in arguments]

        def of_arrays(*arrays):
            rest = iter(arrays)
            pairs = zip(arguments, is_size, strict=True)
            return names["gradient"](*(one if size else next(rest) for one, size in pairs))

        pairs = zip(arguments, is_size, strict=True)
        arrays = [AS_ARRAY[library](one) for one, size in pairs if not size]
        with numpy_dtype_promotion("standard"), numpy_rank_promotion("allow"):
            return np.asarray(call(of_arrays, *arrays))

    return gradient


def require_right(question, arguments, code, library):
    function = runs(code, library, traced if library == "jax" else called)
    for batch in question.domain.batches(4, seed=3):
        right = run(question, question.formula, batch)
        for at in range(len(batch)):
            values = {name: value[at] for name, value in batch.values.items()}
            found = function(*({**batch.sizes, **values}[name] for name in arguments))
            assert found.shape == right[at].shape
            np.testing.assert_allclose(found, right[at], rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("case", forms(), ids=lambda case: case.id)
def test_the_printed_function_of_a_closed_form_gives_its_entries(case, library):
    shapes = tuple(case.shapes.items())
    require_right(*printed(case.function, shapes, case.assume, case.wrt, case.order), library)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("function", "wrt"), OTHERS)
def test_the_printed_function_of_any_objective_gives_its_entries(function, wrt, library):
    require_right(*printed(function, (), (), wrt, 1), library)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("X", "w", "y"),
    [((3, 2), (3,), (3,)), ((3, 2), (2,), (2,)), ((3, 2), (2, 1), (3,)), ((3, 2), (2,), (3, 1))],
)
def test_a_wrong_shape_is_refused(library, X, w, y):
    _, arguments, code = printed("sum((y - X @ w)**2)", (), (), "w", 1)
    assert list(arguments) == ["y", "X", "w"]
    function = runs(code, library)
    assert function(np.ones(3), np.ones((3, 2)), np.ones(2)).tolist() == [6, 6]
    with pytest.raises((AssertionError, ValueError)):
        function(np.ones(y), np.ones(X), np.ones(w))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_matrix_that_is_not_square_is_refused(library):
    *_, code = printed("x @ A @ x", (), (), "x", 1)
    with pytest.raises(AssertionError):
        runs(code, library)(np.ones(3), np.ones((3, 2)))


def test_what_occurs_twice_has_a_name_and_no_name_hides_an_argument():
    *_, code = printed("log(sum(exp(u)))", (), (), "u", 2)
    assert "def gradient(u):" in code["numpy"]
    assert "    v = scipy.special.softmax(u, axis=-1)\n" in code["numpy"]
    assert "    return np.diag(v) - np.outer(v, v)\n" in code["numpy"]


def test_each_function_says_what_it_imports():
    *_, code = printed("sum(sigmoid(x))", (), (), "x", 1)
    assert code["numpy"].startswith("import numpy as np\nimport scipy.special\n\n\ndef")
    assert code["jax"].startswith("import jax\nimport jax.numpy as jnp\n\n\ndef")
    assert code["torch"].startswith("import torch\n\n\ndef")
