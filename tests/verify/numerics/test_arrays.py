import jax.numpy as jnp
import numpy as np
import pytest
from sympy import Abs, KroneckerDelta, Piecewise, Symbol, exp, sqrt

from derivations.notation import Sum, array, index, size, total
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix
from verify.numerics.arrays import evaluate

n, d = size("n"), size("d")
i, j, k = index("i", n), index("j", d), index("k", d)
A, x, v = array("A", n, d), array("x", d), array("v", n)
tau = Symbol("tau", positive=True)
SIZES = {"n": 3, "d": 4}


@pytest.fixture
def values(rng):
    return {
        "A": rng.normal(size=(5, 3, 4)),
        "x": rng.normal(size=(5, 4)),
        "v": rng.normal(size=(5, 3)),
        "tau": rng.uniform(1, 2, size=5),
    }


CASES = {
    "matrix times vector": (
        total(A[i, k] * x[k], k),
        (i,),
        lambda A, x, v, tau: np.einsum("bid,bd->bi", A, x),
    ),
    "outer product, in the order of the indices": (
        v[i] * x[j],
        (j, i),
        lambda A, x, v, tau: x[:, :, None] * v[:, None, :],
    ),
    "delta": (KroneckerDelta(i, 2) * v[i], (i,), lambda A, x, v, tau: v * [0, 1, 0]),
    "double sum": (
        Sum(A[i, k] ** 2, (i, 1, n), (k, 1, d)),
        (),
        lambda A, x, v, tau: (A**2).sum((1, 2)),
    ),
    "sum of a constant": (total(tau, k), (), lambda A, x, v, tau: 4 * tau),
    "piecewise": (
        Piecewise((0, v[i] < 0), (sqrt(v[i] ** 2), True)),
        (i,),
        lambda A, x, v, tau: np.maximum(v, 0),
    ),
    "functions": (
        exp(-v[i] / tau) + Abs(v[i]),
        (i,),
        lambda A, x, v, tau: np.exp(-v / tau[:, None]) + np.abs(v),
    ),
    "the largest entry": (
        IsLargest(SquareMatrix(A[i, k] * A[i, k], k, index("q", d)), k) * tau,
        (i, k),
        lambda A, x, v, tau: ((A**2).max(axis=2, keepdims=True) == A**2) * tau[:, None, None],
    ),
    "sizes and shifted places": (
        v[n] * x[1] + n,
        (),
        lambda A, x, v, tau: v[:, 2] * x[:, 0] + 3,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_expression_runs_as_numpy_says(name, values):
    expr, indices, expected = CASES[name]
    np.testing.assert_allclose(evaluate(expr, values, SIZES, indices), expected(**values), 1e-14)


def test_same_expression_runs_in_jax(values):
    expr, indices, expected = CASES["matrix times vector"]
    arrays = {name: jnp.asarray(value) for name, value in values.items()}
    found = evaluate(expr, arrays, SIZES, indices, xp=jnp)
    assert isinstance(found, jnp.ndarray)
    np.testing.assert_allclose(found, expected(**values), 1e-14)


def test_missing_value_is_named(values):
    del values["x"]
    with pytest.raises(KeyError, match="x"):
        evaluate(total(A[i, k] * x[k], k), values, SIZES, (i,))


def test_what_is_largest_has_no_value_where_two_are_and_outside():
    square = SquareMatrix(x[j], j, index("q", d))
    values = {"x": np.array([[1.0, 1, 0, 0], [1, 2, 0, 0]])}
    found = evaluate(IsLargest(square, j), values, {"n": 3, "d": 4}, (j,))
    np.testing.assert_array_equal(found, [[np.nan] * 4, [0, 1, 0, 0]])
    assert np.isnan(evaluate(IsLargest(square, d + 1), values, {"n": 3, "d": 4})).all()
    none = SquareMatrix(x[j], index("j", d - 1), index("q", d - 1))
    assert np.isnan(evaluate(IsLargest(none, 1), {"x": np.ones((2, 1))}, {"d": 1})).all()
