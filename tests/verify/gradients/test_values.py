"""What is no real number, or not even a function, is an error in one clear line."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch.nn import functional

from verify import Domain, check_gradient

CUBE = {"x": (4,)}
ONES = np.ones(4)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: (x > 0).sum(), "function: expected floating-point numbers, got int64"),
        (lambda x: np.argmax(x), "function: expected floating-point numbers, got int64"),
        (lambda x: 3, "function: expected floating-point numbers, got int64"),
        (lambda x: (x.astype(int) ** 2).sum(), "whole numbers make a staircase"),
        (lambda x: x[0] > 0, "function: expected floating-point numbers, got bool"),
        (
            lambda x: Fraction(1, 2),
            r"function: expected an array of numbers, got Fraction \(object\)",
        ),
        (lambda x: Decimal(1), r"function: expected an array of numbers, got Decimal \(object\)"),
        (lambda x: None, "function: expected numbers, got None; is a return missing?"),
        (lambda x: "text", r"function: expected an array of numbers, got str"),
        (lambda x: [x, 1.0], "function: expected an array of numbers, got list"),
        (lambda x: np.exp(1j * x), "function: expected real numbers, got complex128"),
    ],
)
def test_a_value_without_a_gradient_is_an_error(function, says):
    with pytest.raises(TypeError, match=says):
        check_gradient(function, lambda x: ONES, CUBE)


@pytest.mark.parametrize(
    ("gradient", "says"),
    [
        (lambda x: None, "gradient: expected numbers, got None; is a return missing?"),
        (lambda x: 1j * x, "gradient: expected real numbers, got complex128"),
        (lambda x: "text", "gradient: expected an array of numbers, got str"),
    ],
)
def test_a_gradient_that_is_no_array_is_an_error(gradient, says):
    with pytest.raises(TypeError, match=says):
        check_gradient(np.sum, gradient, CUBE)


def test_a_gradient_of_whole_numbers_is_read():
    assert check_gradient(lambda x: 3 * x.sum(), lambda x: [3, 3, 3, 3], CUBE).passed


def test_complex_arguments_are_an_error():
    def draw(rng, shape):
        return rng.normal(size=shape) + 1j

    domain = Domain({"z": ("n",)}, {"z": draw}, ({"n": 4},))
    with pytest.raises(ValueError, match="expected real numbers, got a domain that draws complex"):
        check_gradient(lambda z: (abs(z) ** 2).sum(), lambda z: 2 * z.real, domain)
    with pytest.raises(ValueError, match="z: expected real numbers, got complex128"):
        check_gradient(lambda z: (abs(z) ** 2).sum(), lambda z: 2 * z.real, {"z": ONES + 1j})


def by_tensor(x):
    return functional.relu(torch.tensor(x)).sum().item()


def only_doubles(x):
    assert x.dtype == np.float64
    return (x**2).sum()


def refuses(error):
    def function(x):
        if np.iscomplexobj(x):
            raise error
        return (x**2).sum()

    return function


@pytest.mark.parametrize(
    ("function", "gradient"),
    [
        (by_tensor, lambda x: 1.0 * (x > 0)),
        (only_doubles, lambda x: 2 * x),
        (refuses(RuntimeError("complex input")), lambda x: 2 * x),
        (refuses(NotImplementedError()), lambda x: 2 * x),
        (lambda x: sum(math.exp(u) for u in x), np.exp),
    ],
)
def test_who_cannot_take_a_complex_step_is_judged_by_differences(function, gradient):
    report = check_gradient(function, gradient, CUBE)
    assert report.passed, str(report)
    assert report.judges == ("differences",)
    assert not check_gradient(function, lambda x: gradient(x) * (1 + 1e-6), CUBE).passed


def test_an_exception_is_told_as_whose_it_is():
    A = np.ones((3, 2))
    with pytest.raises(ValueError, match="gradient: raised ValueError: matmul: Input operand 1"):
        check_gradient(lambda x: (x**2).sum(), lambda x: A @ x, CUBE)
    with pytest.raises(ValueError, match="function: raised ZeroDivisionError: division by zero"):
        check_gradient(lambda x: 1 / 0, lambda x: x, CUBE)


def test_an_exception_of_the_gradient_at_a_later_point_is_its_own_too():
    calls = []

    def gradient(x):
        calls.append(x)
        if len(calls) > 20:
            raise KeyError("w")
        return 2 * x

    with pytest.raises(ValueError, match="gradient: raised KeyError: 'w'"):
        check_gradient(lambda x: (x**2).sum(), gradient, CUBE)


def test_a_function_that_differs_between_equal_calls_is_at_fault():
    rng = np.random.default_rng()
    report = check_gradient(
        lambda x: ((rng.random(6) > 0.5) * 2 * x).sum(), lambda x: np.ones(6), {"x": (6,)}
    )
    assert not report.passed
    assert not report.mismatches
    assert "function: equal calls differ by" in str(report)


def test_a_function_that_has_no_value_is_not_judged_and_named():
    report = check_gradient(
        lambda x: np.linalg.norm(x) / np.linalg.norm(x), lambda x: 0 * x, np.zeros(3)
    )
    assert not report.passed
    assert "the function is nan at point 0" in str(report)


@pytest.mark.parametrize("stairs", [np.floor, np.round])
def test_a_staircase_is_named(stairs):
    report = check_gradient(lambda x: (stairs(x) ** 2).sum(), lambda x: 2 * stairs(x), CUBE)
    assert not report.passed
    assert "the function is a staircase" in str(report)


def test_a_loss_that_falls_without_bound_is_named():
    t = np.array([0.3, -0.2, 0.5])
    report = check_gradient(
        lambda p: np.where(t > p, 0.2 * (t - p), 0.8 * (t - p)).sum(),
        lambda p: np.where(t > p, -0.2, 0.8),
        np.array([0.4, -0.4, 0.6]),
    )
    assert not report.passed
    assert "the function falls below" in str(report)


@pytest.mark.parametrize(
    ("at", "function", "gradient", "says"),
    [
        (np.zeros(3), np.linalg.norm, lambda x: 0 * x, "x is 0 everywhere"),
        (
            {"x": (3,)},
            lambda x: 1.0 + 0 * x.sum(),
            lambda x: 0 * x,
            "proves nothing: the gradient is 0",
        ),
    ],
)
def test_a_test_that_cannot_fail_is_named(at, function, gradient, says):
    report = check_gradient(function, gradient, at)
    assert report.passed
    assert says in str(report)


def test_at_the_optimum_nothing_is_proved():
    rng = np.random.default_rng(0)
    A, c = rng.normal(size=(6, 3)), rng.normal(size=6)
    optimum = np.linalg.lstsq(A, c, rcond=None)[0]

    def function(x):
        return ((A @ x - c) ** 2).sum()

    def gradient(x):
        return 2 * A.T @ (A @ x - c)

    for factor in (1, 2, 0):
        report = check_gradient(function, lambda x, f=factor: f * gradient(x), optimum)
        assert "proves nothing: the gradient is 0 at every point" in str(report)
    assert "proves nothing" not in str(check_gradient(function, gradient, optimum + 1))
    assert not check_gradient(function, lambda x: 2 * gradient(x), optimum + 1).passed


def test_symmetric_points_are_named():
    def draw(rng, shape):
        A = rng.normal(size=shape)
        return A @ A.swapaxes(-1, -2) + np.eye(shape[-1])

    domain = Domain({"X": ("n", "n")}, {"X": draw}, ({"n": 3},))

    def function(X):
        return np.log(np.linalg.det(X))

    for gradient in (lambda X: np.linalg.inv(X).T, np.linalg.inv):
        report = check_gradient(function, gradient, domain)
        assert report.passed
        assert "X is symmetric at every point" in str(report)
    shifted = {"X": np.eye(3) * 3 + np.random.default_rng(0).normal(size=(3, 3))}
    assert "symmetric" not in str(check_gradient(function, lambda X: np.linalg.inv(X).T, shifted))
    assert not check_gradient(function, np.linalg.inv, shifted).passed


@pytest.mark.parametrize("gamma", [np.ones(3), np.full(3, 0.7)])
def test_a_parameter_at_one_value_is_named(gamma):
    report = check_gradient(
        lambda x, gamma: (gamma * x**2).sum(),
        lambda x, gamma: 2 * gamma * x,
        {"x": (3,), "gamma": gamma},
    )
    assert report.passed
    assert f"gamma is {gamma[0]:g} everywhere: a factor or term for it can be lost" in str(report)
