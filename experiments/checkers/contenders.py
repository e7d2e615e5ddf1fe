"""Gradient checkers behind one signature: is this gradient right at this point?"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jax.test_util import check_grads
from scipy.optimize import check_grad

from experiments.checkers.problems import Gradient, Problem
from mytorch.nn import Module
from mytorch.utils import gradient_check_report
from verify import Domain, check_backward, check_gradient

SCIPY_TOLERANCE = 1e-5
HOMEWORK_LIMIT = 1e-5
LARGEST_OF_MYTORCH = 1000
LINEAR = 100.0

Checker = Callable[[Problem, Gradient], bool | None]
"""Whether the gradient is accepted; None where the checker cannot be asked."""


def jax_check_grads(problem: Problem, gradient: Gradient) -> bool:
    """`jax.test_util.check_grads` of first order in both modes, with its own tolerances."""
    point, jacobian = jnp.asarray(problem.point), jnp.asarray(gradient(problem.point))
    function = jax.custom_jvp(problem.compiled)

    @function.defjvp
    def _(primals, tangents):
        value = function(*primals)
        return value, (jacobian @ tangents[0]).astype(value.dtype)

    try:
        check_grads(function, (point,), order=1)
    except AssertionError:
        return False
    return True


def torch_gradcheck(problem: Problem, gradient: Gradient, fast: bool = False) -> bool:
    """`torch.autograd.gradcheck` of a function whose backward pass is the gradient."""

    x = torch.tensor(problem.point, requires_grad=True)
    try:
        return torch.autograd.gradcheck(
            _with_backward(problem, gradient), (x,), fast_mode=fast, raise_exception=False
        )
    except RuntimeError:  # so it refuses a float32 output of a float64 input
        return False


def _with_backward(problem: Problem, gradient: Gradient) -> Callable:
    """The function in PyTorch with the gradient as its backward pass."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return problem.function(torch, x.detach())  # a cast to float32 asks whether to record

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            jacobian = torch.tensor(gradient(x.detach().numpy()))
            return torch.tensordot(grad_output.to(jacobian.dtype), jacobian, dims=grad_output.ndim)

    return Function.apply


def torch_fast_gradcheck(problem: Problem, gradient: Gradient) -> bool:
    """The fast mode, which compares one random projection."""
    return torch_gradcheck(problem, gradient, fast=True)


def scipy_check_grad(problem: Problem, gradient: Gradient) -> bool | None:
    """`scipy.optimize.check_grad`, accepted up to 1e-5 of the gradient's norm; scalars only."""
    if not problem.is_scalar:
        return None
    error = check_grad(lambda x: float(problem.function(np, x)), gradient, problem.point)
    size = max(1.0, float(np.linalg.norm(gradient(problem.point))))
    return bool(error <= SCIPY_TOLERANCE * size)


def mytorch_check(problem: Problem, gradient: Gradient) -> bool | None:
    """`mytorch.utils.gradient_check` with the homework's step and limit; scalars only.

    It differentiates entry by entry in extended precision, which is not meant for more than 1,000.
    """
    if not problem.is_scalar or problem.point.size > LARGEST_OF_MYTORCH:
        return None
    network = _Network(problem, gradient)
    report = gradient_check_report(network, np.zeros((1, 1)), np.array([0]))
    return bool(report.max_relative_error < HOMEWORK_LIMIT)


class _Network(Module):
    """A network whose one parameter is the point, and whose loss is the function up to a constant.

    The cross-entropy of the logits (0, u) with the label 0 is log(1 + e^u). Around `LINEAR`, where
    the constant moves it, that is u itself in every digit that extended precision has.
    """

    def __init__(self, problem: Problem, gradient: Gradient) -> None:
        self.function, self.gradient_of = problem.function, gradient
        self.parameter = problem.point.copy()
        self.constant = LINEAR - problem.function(np, problem.point)
        self.gradient = np.zeros_like(self.parameter)

    def forward(self, x: np.ndarray) -> np.ndarray:
        u = self.parameter.dtype.type(self.function(np, self.parameter)) + self.constant
        return np.array([[0 * u, u]])

    def backward(self, grad_output: np.ndarray) -> np.ndarray:
        at = self.parameter.astype(np.float64)
        self.gradient = grad_output[0, 1] * self.gradient_of(at)
        return np.zeros((1, 1))

    def get_parameters(self) -> list[np.ndarray]:
        return [self.parameter]

    def get_gradients(self) -> list[np.ndarray]:
        return [self.gradient]


def verify_jax(problem: Problem, gradient: Gradient) -> bool:
    """`verify.check_gradient` of the function in JAX: full Jacobians by autodiff."""
    return _verify(problem, gradient, problem.compiled)


def verify_numpy(problem: Problem, gradient: Gradient) -> bool:
    """`verify.check_gradient` of the function in NumPy: complex step, or differences."""
    return _verify(problem, gradient, lambda x: problem.function(np, x))


def verify_torch(problem: Problem, gradient: Gradient) -> bool:
    """`verify.check_backward` of the function that PyTorch's own checker is asked about."""
    x = torch.tensor(problem.point)
    return check_backward(_with_backward(problem, gradient), x, points=1).passed


def _verify(problem: Problem, gradient: Gradient, function: Callable) -> bool:
    here = Domain(
        shapes={"x": ("n",)},
        draw={"x": lambda rng, shape: np.broadcast_to(problem.point, shape).copy()},
        sizes=({"n": problem.point.size},),
    )
    return check_gradient(function, lambda x: gradient(np.asarray(x)), here, points=1).passed


CHECKERS: dict[str, Checker] = {
    "JAX": jax_check_grads,
    "PyTorch": torch_gradcheck,
    "PyTorch, fast": torch_fast_gradcheck,
    "SciPy": scipy_check_grad,
    "mytorch": mytorch_check,
    "verify, JAX": verify_jax,
    "verify, NumPy": verify_numpy,
    "verify, PyTorch": verify_torch,
}
