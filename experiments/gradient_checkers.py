"""Gradient checkers behind one signature: is this derivative right at this point?"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax.test_util import check_grads
from scipy.optimize import check_grad

from experiments.gradient_problems import Derivative, Problem
from verify import Domain, check_gradient

SCIPY_TOLERANCE = 1e-5
HOMEWORK_ENTRIES = 1000

Checker = Callable[[Problem, Derivative], bool | None]
"""Whether the derivative is accepted; None where the checker cannot be asked."""


def jax_check_grads(problem: Problem, derivative: Derivative) -> bool:
    """`jax.test_util.check_grads` of first order in both modes, with its own tolerances."""
    shape = jax.eval_shape(lambda x: problem.function(jnp, x), jnp.asarray(problem.point))

    @jax.custom_jvp
    def function(x):
        return problem.function(jnp, x)

    constant = jnp.asarray(derivative(problem.point))

    @function.defjvp
    def _(primals, tangents):
        return function(*primals), (constant @ tangents[0]).astype(shape.dtype)

    try:
        check_grads(function, (jnp.asarray(problem.point),), order=1)
    except AssertionError:
        return False
    return True


def torch_gradcheck(problem: Problem, derivative: Derivative, fast: bool = False) -> bool:
    """`torch.autograd.gradcheck` of a function whose backward pass is the derivative."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return problem.function(torch, x)

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            jacobian = torch.asarray(derivative(x.detach().numpy()))
            return torch.tensordot(grad_output.to(jacobian.dtype), jacobian, dims=grad_output.ndim)

    x = torch.tensor(problem.point, requires_grad=True)
    try:
        return torch.autograd.gradcheck(Function.apply, (x,), fast_mode=fast, raise_exception=False)
    except RuntimeError:  # so it refuses a float32 output of a float64 input
        return False


def torch_fast_gradcheck(problem: Problem, derivative: Derivative) -> bool:
    """The fast mode, which compares one random projection."""
    return torch_gradcheck(problem, derivative, fast=True)


def scipy_check_grad(problem: Problem, derivative: Derivative) -> bool | None:
    """`scipy.optimize.check_grad`, accepted up to 1e-5 of the gradient's norm; scalars only."""
    if not problem.is_scalar:
        return None
    error = check_grad(lambda x: float(problem.function(np, x)), derivative, problem.point)
    size = max(1.0, float(np.linalg.norm(derivative(problem.point))))
    return bool(error <= SCIPY_TOLERANCE * size)


def homework_check(problem: Problem, derivative: Derivative) -> bool | None:
    """The homework's check: central differences with 1e-5, largest |a - n| / (|a| + |n|) < 1e-5.

    `mytorch.utils.gradient_check` is this for networks, in extended precision where there is any.
    Scalars of up to 1,000 entries: it is not meant for more.
    """
    if not problem.is_scalar or problem.point.size > HOMEWORK_ENTRIES:
        return None
    step, analytical = 1e-5, derivative(problem.point)
    x = problem.point.astype(np.longdouble)
    worst = 0.0
    for place, a in enumerate(analytical):
        moved = [x.copy(), x.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        up, down = (problem.function(np, at) for at in moved)
        numerical = (up - down) / (2 * step)
        size = abs(a) + abs(numerical)
        worst = max(worst, float(abs(a - numerical) / size) if size else 0.0)
    return worst < 1e-5


def verify_jax(problem: Problem, derivative: Derivative) -> bool:
    """`verify.check_gradient` of the function in JAX: full Jacobians by autodiff."""
    return _verify(problem, derivative, jnp)


def verify_numpy(problem: Problem, derivative: Derivative) -> bool:
    """`verify.check_gradient` of the function in NumPy: complex step, or differences."""
    return _verify(problem, derivative, np)


def _verify(problem: Problem, derivative: Derivative, library: Any) -> bool:
    here = Domain(
        shapes={"x": ("n",)},
        draw={"x": lambda rng, shape: np.broadcast_to(problem.point, shape).copy()},
        sizes=({"n": problem.point.size},),
    )
    gradient = derivative if library is np else lambda x: derivative(np.asarray(x))
    return check_gradient(lambda x: problem.function(library, x), gradient, here, points=1).passed


CHECKERS: dict[str, Checker] = {
    "JAX": jax_check_grads,
    "PyTorch": torch_gradcheck,
    "PyTorch, fast": torch_fast_gradcheck,
    "SciPy": scipy_check_grad,
    "homework": homework_check,
    "verify, JAX": verify_jax,
    "verify, NumPy": verify_numpy,
}
