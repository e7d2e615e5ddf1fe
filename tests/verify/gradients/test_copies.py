"""Functions get copies: one that writes into its arguments is named, and spoils nothing."""

import numpy as np
import pytest

from verify import Domain, check_gradient
from verify.numerics.domain import normal

CUBE = {"w": (4,)}


def squares(w):
    return (w**2).sum()


def moved_first(w):
    w += 1
    return 2 * w


def a_training_step(w):
    d = 2 * w
    w -= 0.1 * d
    return d


def doubled_in_place(w):
    w *= 2
    return w


@pytest.mark.parametrize(
    ("gradient", "right"),
    [(moved_first, False), (a_training_step, True), (doubled_in_place, True)],
)
def test_a_gradient_that_writes_into_its_argument_is_judged_where_it_was_asked(gradient, right):
    report = check_gradient(squares, gradient, CUBE)
    assert report.passed is right
    assert "gradient: changes its argument w" in str(report)


def test_a_function_that_writes_into_its_argument_is_judged():
    def function(w):
        w *= 2
        return (w**2).sum()

    report = check_gradient(function, lambda w: 8 * w, CUBE)
    assert report.passed, str(report)
    assert "function: changes its argument w" in str(report)
    assert len(check_gradient(function, lambda w: 2 * w, CUBE).mismatches) == 80


def test_a_domain_is_not_spoiled():
    domain = Domain({"x": ("n",)}, {"x": normal()}, ({"n": 4},))

    def function(x):
        x *= 10
        return x.sum()

    for _ in range(4):
        check_gradient(function, lambda x: np.full(4, 10.0), domain)
    assert check_gradient(lambda x: np.exp(x).sum(), np.exp, domain).passed


def test_values_that_are_given_are_not_written_into():
    x = np.array([1.0, 2.0])
    labels = np.array([0, 1])

    def function(x, labels):
        labels += 1
        x *= 0
        return (x + labels).sum()

    check_gradient(function, lambda x, labels: 0 * x, {"x": x, "labels": labels})
    assert x.tolist() == [1.0, 2.0]
    assert labels.tolist() == [0, 1]


def test_a_buffer_that_is_used_again_is_read_in_time():
    buffer = np.zeros(3)

    def gradient(x):
        np.multiply(x, 2, out=buffer)
        return buffer

    assert check_gradient(lambda x: (x**2).sum(), gradient, {"x": (3,)}).passed
