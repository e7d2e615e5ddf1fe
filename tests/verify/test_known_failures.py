"""Wrong answers of the tools themselves, pinned: the day one is mended, its test speaks up."""

import jax
import jax.numpy as jnp
import pytest
from jax.test_util import check_grads
from sympy import MatrixSymbol, Symbol, Trace, ZeroMatrix

n, d, k = Symbol("n"), Symbol("d"), Symbol("k")
X, W, Y = MatrixSymbol("X", n, d), MatrixSymbol("W", d, k), MatrixSymbol("Y", n, k)
lam = Symbol("lambda")


@pytest.mark.xfail(
    strict=True,
    reason="sympy issue 27406, in 1.14: a sum of two traces differentiates to 0",
)
def test_sympy_differentiates_a_sum_of_traces():
    residual = X * W - Y
    ridge = Trace(residual.T * residual) / 2 + lam * Trace(W.T * W) / 2
    gradient = ridge.diff(W)
    assert gradient not in (0, ZeroMatrix(d, k))


def test_sympy_differentiates_a_single_trace():
    residual = X * W - Y
    gradient = Trace(residual.T * residual + lam * W.T * W).diff(W)
    right = 2 * (X.T * (X * W - Y) + lam * W)
    values = {n: 2, d: 2, k: 1}
    difference = (gradient - right).subs(values).as_explicit()
    assert difference.expand().is_zero_matrix


@pytest.mark.xfail(
    strict=True,
    reason="jax.test_util.check_grads projects on one direction and scales its tolerance with the"
    " array's size: at n = 10,000 it passes a forward derivative that is 10 % wrong",
)
def test_check_grads_refuses_a_wrong_forward_derivative():
    @jax.custom_jvp
    def square(x):
        return x**2

    @square.defjvp
    def _(primals, tangents):
        (x,), (v,) = primals, tangents
        return square(x), 1.1 * 2 * x * v

    x = jnp.linspace(0.5, 1.5, 10_000)
    with pytest.raises(AssertionError):
        check_grads(square, (x,), order=1, modes=["fwd"])
