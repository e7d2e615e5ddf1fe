"""A gradient is judged at the scale of its inputs, from 1e-300 to 1e300."""

import numpy as np
import pytest
import scipy.special as sp
import torch

from verify import Domain, check_gradient
from verify.numerics.domain import log_uniform, normal, uniform

EPS, SIGMA = 1.65e-21, 3.4e-10  # joule and metre, of argon
OMEGA = 2 * np.pi * 1e3 * np.arange(1, 5)


def lennard_jones(r):
    return (4 * EPS * ((SIGMA / r) ** 12 - (SIGMA / r) ** 6)).sum()


def lennard_jones_force(r):
    return 4 * EPS * (-12 * SIGMA**12 / r**13 + 6 * SIGMA**6 / r**7)


def low_pass(C):
    return np.sum([np.abs(1 / (1 + 1j * OMEGA * 1e3 * c)) for c in C])


def low_pass_gradient(C):
    a = (OMEGA[:, None] * 1e3) ** 2
    return (-a * C * (1 + a * C**2) ** -1.5).sum(axis=0)


def norm_gradient(x):
    return x / np.linalg.norm(x)


METRES = Domain({"r": ("n",)}, {"r": uniform(3.2e-10, 8e-10)}, ({"n": 4},))
NANOMETRES = Domain({"x": ("n",)}, {"x": normal(1e-9)}, ({"n": 3},))
FARAD = Domain({"C": ("n",)}, {"C": log_uniform(1e-9, 1e-6)}, ({"n": 3},))

PHYSICS = {
    "Lennard-Jones in metres": (lennard_jones, lennard_jones_force, METRES),
    "a length in nanometres": (np.linalg.norm, norm_gradient, NANOMETRES),
    "capacitors in farad": (low_pass, low_pass_gradient, FARAD),
}
FAULTS = {
    "zero": lambda g: 0 * g,
    "negated": lambda g: -g,
    "swapped": lambda g: g[::-1],
    "1e-6": lambda g: g * (1 + 1e-6),
}


@pytest.mark.parametrize("name", PHYSICS)
def test_a_right_gradient_in_small_units_passes(name):
    report = check_gradient(*PHYSICS[name])
    assert report.passed, str(report)
    assert report.kinks == 0


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", PHYSICS)
def test_a_wrong_gradient_in_small_units_fails(name, fault):
    function, gradient, domain = PHYSICS[name]
    report = check_gradient(function, lambda x: FAULTS[fault](gradient(x)), domain)
    assert len(report.mismatches) > 20, str(report)


def huber(s):
    return lambda x: np.where(np.abs(x) <= s, x**2 / (2 * s), np.abs(x) - s / 2).sum()


SMALL = {
    "|x|^3": (lambda x: (np.abs(x) ** 3).sum(), lambda x: 3 * x * np.abs(x)),
    "sqrt |x|": (lambda x: np.sqrt(np.abs(x)).sum(), lambda x: np.sign(x) / 2 / np.abs(x) ** 0.5),
    "1/|x|": (lambda x: (1 / np.abs(x)).sum(), lambda x: -np.sign(x) / x**2),
    "log1p |x|": (lambda x: np.log1p(np.abs(x)).sum(), lambda x: np.sign(x) / (1 + np.abs(x))),
    "norm": (np.linalg.norm, norm_gradient),
    "1/x": (lambda x: (1 / x).sum(), lambda x: -1 / x**2),
    "gammaln": (lambda x: sp.gammaln(np.abs(x)).sum(), lambda x: np.sign(x) * sp.psi(np.abs(x))),
    "x^2": (lambda x: (x**2).sum(), lambda x: 2 * x),
}


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e-4, 1e-2, 1.0, 1e4, 1e9])
@pytest.mark.parametrize("name", SMALL)
def test_every_scale_is_judged(name, scale):
    function, gradient = SMALL[name]
    if name == "gammaln" and scale > 1:
        scale = 1.0  # above, gammaln has one root and large values alone
    domain = Domain({"x": ("n",)}, {"x": normal(scale)}, ({"n": 3},))
    right = check_gradient(function, gradient, domain)
    assert right.passed, str(right)
    for fault in ("zero", "1e-6"):
        wrong = check_gradient(function, lambda x, f=fault: FAULTS[f](gradient(x)), domain)
        assert len(wrong.mismatches) > 20, str(wrong)


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1e-40, 1e40, 1e150, 1e300])
def test_the_ends_of_the_numbers_are_judged(scale):
    x = scale * np.array([1.0, -2.0, 0.5])

    def function(x):
        return np.sin(x / scale).sum() + np.abs(x / scale).sum()

    def gradient(x):
        return (np.cos(x / scale) + np.sign(x)) / scale

    assert check_gradient(function, gradient, x).passed
    assert not check_gradient(function, lambda x: gradient(x) * (1 + 1e-6), x).passed
    assert not check_gradient(function, lambda x: 0 * x, x).passed


def test_a_complex_step_that_has_lost_digits_judges_nobody():
    """What it changes of 1e-300 are numbers that have not all their digits."""
    x = np.array([1e-150, 1e-140])
    for fault, is_right in [((1, 1), True), ((1, 1 + 1e-6), False)]:
        report = check_gradient(lambda x: np.sum(x**2), lambda x, f=fault: 2 * x * f, x)
        assert report.passed is is_right, str(report)


@pytest.mark.parametrize("analytic", [True, False])
def test_scales_may_be_mixed_in_one_array(analytic):
    units = np.array([1e-9, 1.0, 1e6, 1e-3])
    x = units * np.array([1.3, -0.7, 0.4, 2.0])

    def function(x):
        u = x / units
        return np.sum(u**3 if analytic else np.abs(u) ** 3)

    def gradient(x):
        u = x / units
        return 3 * u * (u if analytic else np.abs(u)) / units

    assert check_gradient(function, gradient, x).passed
    for entry in np.eye(4):
        assert not check_gradient(
            function, lambda x, e=entry: gradient(x) * (1 + 1e-6 * e), x
        ).passed


def test_scales_may_be_mixed_in_one_gradient():
    weights = np.array([1e-12, 1e-6, 1.0, 1e6, 1e12])
    for entry in np.eye(5):
        report = check_gradient(
            lambda x: np.sum(weights * np.exp(x)),
            lambda x, e=entry: weights * np.exp(x) * (1 + 1e-3 * e),
            {"x": (5,)},
            points=3,
        )
        assert not report.passed


def test_tensors_in_small_units_are_judged():
    scale = 1e-12

    def function(x):
        return torch.sin(x / scale).sum()

    domain = Domain({"x": ("n",)}, {"x": normal(scale)}, ({"n": 3},))
    assert check_gradient(function, lambda x: torch.cos(x / scale) / scale, domain).passed
    assert not check_gradient(function, lambda x: 0 * x, domain).passed


@pytest.mark.parametrize("at", [1e-4, 1e-3, 1e-2])
def test_no_step_looks_across_a_pole(at):
    domain = Domain({"x": ("n",)}, {"x": log_uniform(at, 10 * at)}, ({"n": 3},))
    assert check_gradient(lambda x: sp.gammaln(x).sum(), sp.psi, domain).passed
    assert check_gradient(lambda x: np.abs(1 / x).sum(), lambda x: -1 / x**2, domain).passed


def test_a_function_on_a_scale_much_finer_than_its_input_is_judged():
    x = np.array([1000.0, 2000.3])

    def function(x):
        return np.abs(np.sin((x - 1000) / 1e-3)).sum() + np.sum(x)

    def gradient(x):
        u = (x - 1000) / 1e-3
        return np.sign(np.sin(u)) * np.cos(u) / 1e-3 + 1

    x[0] += 4e-4
    assert check_gradient(function, gradient, x).passed
    assert not check_gradient(function, lambda x: gradient(x) * (1 + 1e-4), x).passed


def test_a_small_entry_of_a_noisy_function_is_seen_by_the_steps_of_the_others():
    x = np.array([1e-5, 1.0, -0.7])

    def function(x):
        return np.float64(np.exp(x.astype(np.float32)).sum())

    assert check_gradient(function, np.exp, x).passed
    for entry in np.eye(3):
        wrong = lambda x, e=entry: np.exp(x) * (1 + 0.05 * e)  # noqa: E731
        assert check_gradient(function, wrong, x).mismatches
