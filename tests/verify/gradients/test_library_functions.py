"""Functions of SciPy, scikit-learn, PyTorch and JAX with their gradients, right and wrong.

`GRADIENT_POINTS=60 pytest tests/verify/gradients/test_library_functions.py` asks more points, and
the slow functions, too.
"""

import os

import jax
import jax.numpy as jnp
import jax.scipy as jsp
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize as so
import scipy.special as sp
import scipy.stats as st
import torch
from sklearn._loss.loss import (
    HalfBinomialLoss,
    HalfGammaLoss,
    HalfPoissonLoss,
    HalfTweedieLoss,
    HuberLoss,
    PinballLoss,
)
from sklearn.gaussian_process.kernels import RBF
from torch.nn import functional

from verify import bounded, check_gradient, positive, positive_definite, simplex

POINTS = int(os.environ.get("GRADIENT_POINTS", "2"))
SLOW = set() if "GRADIENT_POINTS" in os.environ else {"solve_ivp", "expm", "jax expm"}
RNG = np.random.default_rng(3)
A = RNG.normal(size=(5, 4))
B = RNG.normal(size=5)
Y = np.array([0.0, 1, 1, 0, 1])
COUNTS = np.array([0.5, 2.0, 1.0, 3.0, 0.2])
TENSOR_Y = torch.tensor(Y)
TARGET = torch.tensor([0, 2, 1])
P = RNG.dirichlet(np.ones(4))
GRID = np.linspace(0, 1, 9)
FIVE, FOUR = {"x": (5,)}, {"x": (4,)}


def logistic(x):
    return 1 / (1 + np.exp(-x))


def sklearn_loss(loss, y):
    """A loss of scikit-learn with its own gradient, which is one an entry."""

    def function(x):
        return float(np.sum(loss.loss(y_true=y, raw_prediction=np.ascontiguousarray(x))))

    def gradient(x):
        return loss.gradient(y_true=y, raw_prediction=np.ascontiguousarray(x))

    return function, gradient


def oscillator(x):
    """Where a damped oscillator is after a second, by its start, stiffness and damping."""
    solution = scipy.integrate.solve_ivp(
        lambda t, s: [s[1], -x[2] ** 2 * s[0] - x[3] ** 2 * s[1]], (0, 1), x[:2],
        method="DOP853", rtol=1e-8, atol=1e-10,
    )  # fmt: skip
    return solution.y[0, -1]


def oscillator_gradient(x):
    """By the equations of the derivatives, which are linear, and a matrix exponential."""
    k, c = x[2] ** 2, x[3] ** 2
    system = np.array([[0.0, 1], [-k, -c]])

    def derived(change):
        block = np.block([[system, change], [np.zeros((2, 2)), system]])
        return scipy.linalg.expm(block)[:2, 2:] @ x[:2]

    flow = scipy.linalg.expm(system)
    by_k, by_c = (derived(np.array([[0, 0], row]))[0] for row in ([-1, 0], [0, -1]))
    return np.array([flow[0, 0], flow[0, 1], 2 * x[2] * by_k, 2 * x[3] * by_c])


def root(x):
    """The root of z^3 + a z = b, by Brent's method."""
    return so.brentq(lambda z: z**3 + x[0] ** 2 * z - x[1], -10, 10, xtol=1e-15, rtol=1e-14)


def root_gradient(x):
    z = root(x)
    return np.array([-2 * x[0] * z, 1.0]) / (3 * z**2 + x[0] ** 2)


def expm_trace(X):
    return np.trace(scipy.linalg.expm(X))


def solve(X):
    return B[:4] @ scipy.linalg.solve(X, A[0])


def solve_gradient(X):
    return -np.outer(np.linalg.solve(X.T, B[:4]), np.linalg.solve(X, A[0]))


def multinormal(x):
    return st.multivariate_normal.logpdf(x, mean=B[:4], cov=np.eye(4) + 0.3)


def multinormal_gradient(x):
    return -np.linalg.solve(np.eye(4) + 0.3, x - B[:4])


def rbf(x):
    return RBF(1.3)(x[None], A)[0].sum()


def rbf_gradient(x):
    return -(RBF(1.3)(x[None], A)[0] @ (x - A)) / 1.3**2


def softmax_of(x):
    return sp.softmax(x)


def softmax_jacobian(x):
    s = sp.softmax(x)
    return np.diag(s) - np.outer(s, s)


def two_norm(x):
    return torch.linalg.norm(torch.as_tensor(A) @ x)


def by_torch(function):
    """The derivative by autograd, as somebody writes it who checks a formula of his own."""

    def gradient(x):
        x = torch.as_tensor(np.asarray(x)).clone().requires_grad_()
        return torch.autograd.grad(function(x), x)[0]

    return gradient


def nca_distances(x):
    return sp.logsumexp(-((x - A) ** 2).sum(axis=1))


def nca_gradient(x):
    weights = sp.softmax(-((x - A) ** 2).sum(axis=1))
    return -2 * weights @ (x - A)


def focal(x):
    p = torch.sigmoid(x)
    return -((1 - p) ** 2 * functional.logsigmoid(x)).sum()


def focal_gradient(x):
    p = logistic(np.asarray(x))
    return 2 * (1 - p) ** 2 * p * np.log(p) - (1 - p) ** 3


def conv(x):
    kernel = torch.tensor([[[0.5, -1.0, 2.0]]], dtype=x.dtype)
    return (functional.conv1d(x[None, None], kernel) ** 2).sum()


def conv_gradient(x):
    x, kernel = np.asarray(x), np.array([0.5, -1.0, 2.0])
    return 2 * np.convolve(np.correlate(x, kernel, "valid"), kernel)


def log_det(S):
    return np.linalg.slogdet(S)[1]


SKLEARN = {
    "half binomial": (HalfBinomialLoss(), Y),
    "half Poisson": (HalfPoissonLoss(), COUNTS),
    "half gamma": (HalfGammaLoss(), COUNTS),
    "half Tweedie": (HalfTweedieLoss(power=1.5), COUNTS),
    "Huber": (HuberLoss(delta=0.7), COUNTS),
    "pinball": (PinballLoss(quantile=0.2), COUNTS),
}
FUNCTIONS = {
    "rosen": (so.rosen, so.rosen_der, FIVE),
    "logsumexp": (sp.logsumexp, sp.softmax, FIVE),
    "softmax": (softmax_of, softmax_jacobian, FOUR),
    "log_softmax": (
        sp.log_softmax, lambda x: np.eye(4) - sp.softmax(x), FOUR),
    "expit": (lambda x: sp.expit(x).sum(), lambda x: sp.expit(x) * sp.expit(-x), FIVE),
    "log_expit": (lambda x: sp.log_expit(x).sum(), lambda x: sp.expit(-x), FIVE),
    "logit": (lambda x: sp.logit(x).sum(), lambda x: 1 / x / (1 - x), {"x": bounded(0, 1, 5)}),
    "erf": (lambda x: sp.erf(x).sum(), lambda x: 2 / np.sqrt(np.pi) * np.exp(-(x**2)), FIVE),
    "erfinv": (
        lambda x: sp.erfinv(x).sum(),
        lambda x: np.sqrt(np.pi) / 2 * np.exp(sp.erfinv(x) ** 2), {"x": bounded(-1, 1, 5)}),
    "ndtri": (
        lambda x: sp.ndtri(x).sum(), lambda x: 1 / st.norm.pdf(sp.ndtri(x)),
        {"x": bounded(0, 1, 5)}),
    "gammaln": (lambda x: sp.gammaln(x).sum(), sp.psi, {"x": positive(5)}),
    "betaln": (
        lambda x: sp.betaln(x, 2.5).sum(), lambda x: sp.psi(x) - sp.psi(x + 2.5),
        {"x": positive(5)}),
    "j0": (lambda x: sp.j0(x).sum(), lambda x: -sp.j1(x), FIVE),
    "xlogy": (lambda x: sp.xlogy(x, x).sum(), lambda x: np.log(x) + 1, {"x": positive(5)}),
    "entr": (lambda p: sp.entr(p).sum(), lambda p: -np.log(p) - 1, {"p": simplex(5)}),
    "rel_entr": (
        lambda p: sp.rel_entr(p, P).sum(), lambda p: np.log(p / P) + 1, {"p": positive(4)}),
    "pseudo_huber": (
        lambda r: sp.pseudo_huber(0.8, r).sum(), lambda r: r / np.sqrt(1 + (r / 0.8) ** 2),
        {"r": (5,)}),
    "huber": (lambda r: sp.huber(0.8, r).sum(), lambda r: np.clip(r, -0.8, 0.8), {"r": (5,)}),
    "norm.logpdf": (lambda x: st.norm.logpdf(x).sum(), lambda x: -x, FIVE),
    "t.logpdf": (lambda x: st.t.logpdf(x, 3).sum(), lambda x: -4 * x / (3 + x**2), FIVE),
    "gamma.logpdf": (
        lambda x: st.gamma.logpdf(x, 2.5).sum(), lambda x: 1.5 / x - 1, {"x": positive(5)}),
    "multivariate_normal": (multinormal, multinormal_gradient, FOUR),
    "expm": (expm_trace, lambda X: scipy.linalg.expm(X).T, {"X": (3, 3)}),
    "solve": (solve, solve_gradient, {"X": (4, 4)}),
    "slogdet": (log_det, np.linalg.inv, {"S": positive_definite(3)}),
    "solve_ivp": (oscillator, oscillator_gradient, FOUR),
    "brentq": (root, root_gradient, {"x": (2,)}),
    "RBF": (rbf, rbf_gradient, FOUR),
    "neighbours": (nca_distances, nca_gradient, FOUR),
    **{f"sklearn's {name}": (*sklearn_loss(*loss), FIVE) for name, loss in SKLEARN.items()},
    "cross_entropy": (
        lambda z: functional.cross_entropy(z, TARGET),
        lambda z: (z.softmax(1) - functional.one_hot(TARGET, 4)) / 3, {"z": (3, 4)}),
    "binary_cross_entropy_with_logits": (
        lambda z: functional.binary_cross_entropy_with_logits(z, TENSOR_Y),
        lambda z: (torch.sigmoid(z) - TENSOR_Y) / 5, {"z": (5,)}),
    "smooth_l1": (
        lambda x: functional.smooth_l1_loss(x, TENSOR_Y, reduction="sum"),
        lambda x: (x - TENSOR_Y).clamp(-1, 1), FIVE),
    "gelu": (
        lambda x: functional.gelu(x).sum(),
        lambda x: sp.ndtr(np.asarray(x)) + np.asarray(x) * st.norm.pdf(np.asarray(x)), FIVE),
    "silu": (
        lambda x: functional.silu(x).sum(),
        lambda x: torch.sigmoid(x) * (1 + x * (1 - torch.sigmoid(x))), FIVE),
    "mish": (lambda x: functional.mish(x).sum(), None, FIVE),
    "elu": (lambda x: functional.elu(x).sum(), lambda x: torch.exp(x.clamp(max=0)), FIVE),
    "leaky_relu": (
        lambda x: functional.leaky_relu(x).sum(), lambda x: torch.where(x > 0, 1.0, 0.01), FIVE),
    "softplus": (lambda x: functional.softplus(x).sum(), torch.sigmoid, FIVE),
    "focal": (focal, focal_gradient, FIVE),
    "conv1d": (conv, conv_gradient, {"x": (7,)}),
    "normalize": (lambda x: functional.normalize(x, dim=0)[0], None, FOUR),
    "cosine_similarity": (
        lambda x: functional.cosine_similarity(x, torch.as_tensor(A[0]), dim=0), None, FOUR),
    "kl_div": (
        lambda z: functional.kl_div(z.log_softmax(0), torch.as_tensor(P), reduction="sum"),
        lambda z: z.softmax(0) - torch.as_tensor(P), {"z": (4,)}),
    "linalg.norm": (two_norm, None, FOUR),
    "jax logsumexp": (jsp.special.logsumexp, jax.nn.softmax, FIVE),
    "jax gammaln": (
        lambda x: jsp.special.gammaln(x).sum(), jsp.special.digamma, {"x": positive(5)}),
    "jax norm.logcdf": (
        lambda x: jsp.stats.norm.logcdf(x).sum(),
        lambda x: jnp.exp(jsp.stats.norm.logpdf(x) - jsp.stats.norm.logcdf(x)), FIVE),
    "jax beta.logpdf": (
        lambda x: jsp.stats.beta.logpdf(x, 2.0, 3.0).sum(), lambda x: 1 / x - 2 / (1 - x),
        {"x": bounded(0, 1, 5)}),
    "jax expm": (
        lambda X: jnp.trace(jsp.linalg.expm(X)), lambda X: jsp.linalg.expm(X).T, {"X": (3, 3)}),
    "jax cho_solve": (
        lambda S: A[0] @ jsp.linalg.cho_solve(jsp.linalg.cho_factor(S), A[0]),
        lambda S: -np.outer(np.linalg.solve(S, A[0]), np.linalg.solve(S, A[0])),
        {"S": positive_definite(4)}),
    "jax xlogy": (
        lambda x: jsp.special.xlogy(x, x).sum(), lambda x: jnp.log(x) + 1, {"x": positive(5)}),
    "jax selu": (
        lambda x: jax.nn.selu(x).sum(),
        lambda x: 1.0507009873554805 * jnp.where(x > 0, 1.0, 1.6732632423543772 * jnp.exp(x)),
        FIVE),
}  # fmt: skip
SEEN_TO = {"solve_ivp": 1e-5}
"""Relative errors that the function's own noise hides the smaller ones of."""


def one_entry(gradient, size):
    g = np.array(gradient, dtype=np.float64)
    place = np.unravel_index(np.argmax(np.abs(g)), g.shape)
    g[place] *= 1 + size
    return g


FAULTS = {
    "one entry": one_entry,
    "all entries": lambda g, size: np.asarray(g, dtype=np.float64) * (1 + size),
    "reversed": lambda g, size: np.ascontiguousarray(np.asarray(g, dtype=np.float64)[..., ::-1]),
    "negated": lambda g, size: -np.asarray(g, dtype=np.float64),
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - SLOW))
def test_a_function_of_a_library_is_judged(name):
    function, gradient, at = FUNCTIONS[name]
    gradient = gradient or by_torch(function)
    report = check_gradient(function, gradient, at, points=POINTS)
    assert report.passed, str(report)
    for fault, spoiled in FAULTS.items():
        changes = []

        def wrong(x, spoiled=spoiled, changes=changes):
            right = gradient(x)
            found = spoiled(right, SEEN_TO.get(name, 1e-6))
            changes.append(not np.array_equal(right, found))
            return found

        report = check_gradient(function, wrong, at, points=POINTS)
        assert report.mismatches or not any(changes), (fault, str(report))


def test_there_are_functions_enough():
    assert len(FUNCTIONS) >= 40
