"""Arguments live in sets, and no step leaves them."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as stats
import torch
from torch.nn import functional

from verify import (
    Domain,
    bounded,
    check_gradient,
    integers,
    labels,
    positive,
    positive_definite,
    simplex,
    symmetric,
    unit,
)
from verify.numerics.domain import log_uniform, uniform

DIRICHLET = Domain(
    {"p": ("n",)},
    {"p": lambda rng, s: rng.dirichlet(np.ones(s[-1]), size=s[:-1])},
    ({"n": 5},),
)
Q = np.random.default_rng(0).dirichlet(np.ones(5))
SMALL = Domain({"x": ("n",)}, {"x": log_uniform(1e-3, 1e-1)}, ({"n": 4},))
NEAR_ONE = Domain({"x": ("n",)}, {"x": uniform(0.9, 0.999)}, ({"n": 4},))
PROBABILITY = Domain({"p": ("n",)}, {"p": uniform(0.005, 0.995)}, ({"n": 4},))
Y = torch.tensor([0.0, 1, 1, 0], dtype=torch.float64)
TARGET = Y.numpy()

RIGHT = {
    "entr": (lambda p: sp.entr(p).sum(), lambda p: -np.log(p) - 1, DIRICHLET),
    "rel_entr": (lambda p: sp.rel_entr(p, Q).sum(), lambda p: np.log(p / Q) + 1, DIRICHLET),
    "gamma.logpdf": (
        lambda x: stats.gamma.logpdf(x, 3).sum(), lambda x: 2 / x - 1, SMALL
    ),
    "expon.logpdf": (lambda x: stats.expon.logpdf(x).sum(), lambda x: -np.ones_like(x), SMALL),
    "beta.logpdf": (
        lambda x: stats.beta.logpdf(x, 2, 3).sum(), lambda x: 1 / x - 2 / (1 - x), NEAR_ONE
    ),
    "log": (lambda x: np.log(x).sum(), lambda x: 1 / x, SMALL),
    "math.log": (lambda x: sum(math.log(u) for u in x), lambda x: 1 / x, SMALL),
    "jnp.log": (lambda x: jnp.log(x).sum(), lambda x: 1 / x, SMALL),
    "jnp.sqrt": (lambda x: jnp.sqrt(x).sum(), lambda x: 0.5 / x**0.5, SMALL),
    "torch.log": (lambda x: torch.log(x).sum(), lambda x: 1 / x, SMALL),
    "torch.logit": (lambda x: torch.logit(x).sum(), lambda x: 1 / (x * (1 - x)), NEAR_ONE),
    "binary_cross_entropy": (
        lambda p: functional.binary_cross_entropy(p, Y), lambda p: (p - TARGET) / (p * (1 - p)) / 4,
        PROBABILITY,
    ),
    "variance": (
        lambda x: stats.norm.logpdf(0.3, scale=np.sqrt(x)).sum(),
        lambda x: 0.5 * (0.09 / x**2 - 1 / x),
        Domain({"x": ("n",)}, {"x": log_uniform(1e-4, 1e-2)}, ({"n": 4},)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_points_near_the_border_are_judged(name):
    function, gradient, domain = RIGHT[name]
    report = check_gradient(function, gradient, domain)
    assert report.passed, str(report)
    wrong = check_gradient(
        function, lambda x: np.asarray(gradient(np.asarray(x))) * (1 + 1e-6), domain
    )
    assert wrong.mismatches


def test_no_step_leaves_the_bounds():
    def function(x):
        assert np.all((x >= 0) & (x <= 1)), x
        return np.sqrt(x + 0.1).sum() + np.abs(x - 0.5).sum()

    def gradient(x):
        return 0.5 / np.sqrt(x + 0.1) + np.sign(x - 0.5)

    x = np.array([0.0, 1e-12, 0.3, 1 - 1e-9, 1.0])
    seen = []

    def watched(x):
        seen.append(x.real.copy())
        return function(x)

    report = check_gradient(watched, gradient, x, bounds=(0, 1))
    assert report.passed, str(report)
    assert np.min(seen) >= 0
    assert np.max(seen) <= 1
    for entry in np.eye(5):
        assert not check_gradient(
            function, lambda x, e=entry: gradient(x) * (1 + 1e-6 * e), x, bounds=(0, 1)
        ).passed


@pytest.mark.parametrize(
    ("space", "inside"),
    [
        (positive(4), lambda x: np.all(x > 0)),
        (bounded(-1, 2, (2, 3)), lambda x: np.all((x >= -1) & (x <= 2))),
        (bounded(-np.inf, 0, 3), lambda x: np.all(x <= 0)),
        (simplex(4), lambda x: np.all(x >= 0) and abs(x.sum() - 1) < 1e-12),
        (simplex((2, 3)), lambda x: np.all(x >= 0) and np.all(abs(x.sum(1) - 1) < 1e-12)),
        (unit(3), lambda x: abs(np.linalg.norm(x) - 1) < 1e-12),
        (symmetric(3), lambda x: np.array_equal(x, x.T)),
        (
            positive_definite(3),
            lambda x: np.array_equal(x, x.T) and np.all(np.linalg.eigvalsh(x) > 0),
        ),
    ],
)
def test_every_call_is_inside_the_set(space, inside):
    seen = []

    def function(x):
        seen.append(inside(x))
        return np.sum(np.abs(x) ** 3)  # without complex steps, which leave every set

    report = check_gradient(
        function, lambda x: 3 * x * np.abs(x), {"x": space}, method="differences"
    )
    assert report.passed, str(report)
    assert all(seen)

    def one_sign_wrong(x):
        g = 3 * x * np.abs(x)
        g.flat[0] *= -1
        return g

    wrong = check_gradient(function, one_sign_wrong, {"x": space}, method="differences")
    assert not wrong.passed
    assert all(seen)


def by_cholesky(S):
    return np.log(np.diag(np.linalg.cholesky(S))).sum() * 2


def log_det(S):
    return torch.log(torch.diagonal(torch.linalg.cholesky(S))).sum() * 2


def largest_eigenvalue(S):
    return torch.linalg.eigvalsh(S)[-1]


def eigenvalue_gradient(S):
    vector = np.linalg.eigh(S)[1][:, -1]
    return np.outer(vector, vector)


@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (by_cholesky, np.linalg.inv),
        (log_det, lambda S: np.linalg.inv(np.asarray(S))),
        (largest_eigenvalue, lambda S: eigenvalue_gradient(np.asarray(S))),
    ],
)
def test_a_function_that_reads_one_triangle_is_judged_on_symmetric_matrices(function, gradient):
    report = check_gradient(function, gradient, {"S": positive_definite(3)})
    assert report.passed, str(report)
    assert "between an entry and its mirror image is not seen" in str(report)
    assert not check_gradient(
        function, lambda S: 2 * gradient(S), {"S": positive_definite(3)}
    ).passed


def test_on_the_simplex_a_number_added_to_all_entries_is_not_seen_and_that_is_said():
    def function(p):
        return sp.entr(p).sum()

    report = check_gradient(function, lambda p: -np.log(p), {"p": simplex(5)})
    assert report.passed
    assert "a number added to all entries of the gradient is not seen" in str(report)
    wrong = check_gradient(function, lambda p: np.log(p), {"p": simplex(5)})
    assert "against" in str(wrong)


def test_whole_numbers_are_constants():
    def function(W, y):
        return sum(-(W[y[n], n] ** 2) for n in range(3))

    def gradient(W, y):
        g = np.zeros_like(W)
        g[y, np.arange(3)] = -2 * W[y, np.arange(3)]
        return g

    assert check_gradient(function, gradient, {"W": (4, 3), "y": labels(4, 3)}).passed
    assert check_gradient(function, gradient, {"W": (4, 3), "y": integers(0, 3, 3)}).passed
    with pytest.raises(ValueError, match="wrt: expected floating-point numbers in y, got whole"):
        check_gradient(function, gradient, {"W": (4, 3), "y": labels(4, 3)}, wrt="y")


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ((1, 0), r"bounds: expected low < high, got \(1, 0\)"),
        (3, r"bounds: expected \(low, high\), got 3"),
        ({"z": (0, 1)}, "bounds: expected one of x, got 'z'"),
        ((5, 6), r"x: expected values in \[5, 6\], got "),
    ],
)
def test_bounds_that_do_not_fit_are_an_error(bounds, says):
    with pytest.raises(ValueError, match=says):
        check_gradient(np.sum, np.ones_like, {"x": (3,)}, bounds=bounds)


@pytest.mark.parametrize("space", [bounded(1, 2), positive(), bounded(1, 2, ())])
def test_a_set_of_numbers_needs_no_shape(space):
    assert check_gradient(np.log, lambda x: 1 / x, {"x": space}).passed
