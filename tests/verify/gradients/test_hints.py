"""A wrong gradient comes with the mistake that explains it, and a report that can be read."""

import numpy as np
import pytest

from verify import check_gradient, symmetric

Q = np.random.default_rng(0).normal(size=(4, 4))


def quadratic(x):
    return x @ Q @ x


def quadratic_gradient(x):
    return (Q + Q.T) @ x


def mean_square(X, t):
    return ((X - t) ** 2).mean()


def weighted(z, tau):
    return (z**2).sum() / tau


def squared(X, b):
    return ((X + b) ** 2).sum()


Y = np.array([0, 1, 1, 0, 1.0])


def logistic(P):
    return np.log1p(np.exp(-Y * P)).sum()


def modified_huber(m):
    return np.where(m >= -1, np.maximum(0, 1 - m) ** 2, -4 * m).sum()


HINTS = {
    "sign": (quadratic, lambda x: -quadratic_gradient(x), (4,), "the sign: yours is the negative"),
    "factor": (quadratic, lambda x: quadratic_gradient(x) / 3, (4,), "yours is 1/3 times"),
    "1/N": (
        mean_square,
        lambda X, t: 2 * (X - t) / 5,
        {"X": (5, 3), "t": (3,)},
        "yours is 3 times the right one; 3 is the length of axis 1 of X: is it a mean or a sum?",
    ),
    "sum": (
        lambda x: (x**2).mean(), lambda x: 2 * x, (7,),
        "yours is 7 times the right one; 7 is the length of axis 0 of x",
    ),
    "transposed": (
        lambda X: np.log(np.abs(np.linalg.det(X))), np.linalg.inv, (3, 3), "transposed",
    ),
    "transposed jacobian": (lambda x: Q @ x, lambda x: Q.T, (4,), "transposed"),
    "one column": (
        lambda x: Q[:3] @ x**2,
        lambda x: 2 * Q[:3] * x * np.array([1, 1, 0.5, 1]), (4,),
        "wrong only at 2 on axis 1 of the gradient",
    ),
    "one entry": (
        quadratic, lambda x: quadratic_gradient(x) + 0.1 * np.eye(4)[1], (4,), "wrong only at 1:",
    ),
    "the sign of one entry": (
        quadratic, lambda x: quadratic_gradient(x) * np.array([1, -1, 1, 1]), (4,),
        "wrong only at 1: the others are right at every point; there the sign",
    ),
    "a mean in one argument": (
        squared, lambda X, b: (2 * (X + b), 2 * (X + b).mean(axis=0)), {"X": (5, 3), "b": (3,)},
        "wrong only in b; right in X; there a constant factor: yours is 1/5 times the right one;"
        " 5 is the length of axis 0 of X: is it a mean or a sum?",
    ),
    "one argument forgotten": (
        squared, lambda X, b: (2 * (X + b), 0 * b), {"X": (5, 3), "b": (3,)},
        "wrong only in b; right in X; there yours is 0",
    ),
    "one branch": (
        lambda x: np.where(x > 0, x, -2 * x).sum(), lambda x: np.where(x > 0, 1.0, 2.0), (6,),
        "wrong only where x < 0",
    ),
    "a missing branch": (
        modified_huber, lambda m: np.where(m < -1, -4.0, -2 * (1 - m)), (6,),
        "wrong only where m > 1",
    ),
    "the middle alone": (
        lambda r: np.where(np.abs(r) <= 1, r**2 / 2, np.abs(r) - 0.5).sum(), lambda r: r, (6,),
        "right only where r is in [-0.9",
    ),
    "missing power of a scalar": (
        weighted, lambda z, tau: 2 * z, {"z": (4,), "tau": ()}, "factor 1/tau missing",
    ),
    "row sums": (
        lambda X: (X**3).sum(),
        lambda X: np.repeat((3 * X**2).sum(axis=1, keepdims=True), 3, axis=1), (2, 3),
        "each entry is the sum of the right ones on axis 1 of X",
    ),
    "a mean over the batch": (
        lambda X: (X**3).sum(), lambda X: np.tile((3 * X**2).mean(axis=0), (2, 1)), (2, 3),
        "each entry is the mean of the right ones on axis 0 of X",
    ),
    "a number too much": (
        lambda x: (x**2).sum(), lambda x: 2 * x + 0.25, (4,), "yours is 1/4 more than",
    ),
    "reversed": (quadratic, lambda x: quadratic_gradient(x)[::-1], (4,), "in the reverse order"),
    "zero": (quadratic, lambda x: 0 * x, (4,), "yours is 0"),
    "labels": (
        logistic, lambda P: 1 / (1 + np.exp(-P)) - Y, (5,), "wrong only at 0, 3",
    ),
    "not a number": (
        quadratic, lambda x: quadratic_gradient(x) * np.nan, (4,), "yours is not a number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HINTS)
def test_a_mistake_is_named(name):
    function, gradient, at, says = HINTS[name]
    report = check_gradient(function, gradient, at)
    assert not report.passed
    assert report.hint is not None
    assert says in report.hint
    assert f"perhaps {report.hint}" in str(report)


def test_what_is_explained_by_nothing_has_no_hint():
    report = check_gradient(quadratic, lambda x: quadratic_gradient(x) + np.sin(x) * x, (4,))
    assert not report.passed
    assert report.hint is None


def test_the_entry_that_is_shown_is_the_one_that_is_off_most():
    report = check_gradient(
        lambda x: (x**3).sum(), lambda x: 3 * x**2 * 1.1, np.array([1e-5, 2.0, 0.1])
    )
    assert str(report).startswith("gradient of x: wrong at 1 of 1 point; x[1] is 13.2, but")


@pytest.mark.parametrize("shape", [(3,), (40, 30), (128, 784)])
def test_a_message_has_25_lines_at_most(shape):
    import torch

    at = {f"{name}": shape for name in ("W", *"abcdefghij")}
    report = check_gradient(
        lambda W, **others: torch.sum(W**2), lambda W, **others: W, at, library="torch", points=2
    )
    said = str(report)
    assert len(said.splitlines()) <= 25
    assert len(said) < 4000
    assert len(report.mismatches) == 2 * min(1000, int(np.prod(shape)))


def test_the_point_of_a_mismatch_is_there_in_full():
    report = check_gradient(lambda x: (x**2).sum(), lambda x: x, {"x": (5, 6)}, points=3)
    worst = report.worst[0]
    assert worst.point["x"].shape == (5, 6)
    assert "an array (5, 6), .worst[0].point of the report" in str(report)
    again = check_gradient(lambda x: (x**2).sum(), lambda x: x, worst.point["x"])
    assert again.worst[0].entry == worst.entry


def test_all_mismatches_are_data():
    report = check_gradient(lambda x: (x**2).sum(), lambda x: x, {"x": (3,)}, points=4)
    assert len(report.mismatches) == 12
    assert {mismatch.number for mismatch in report.mismatches} == {0, 1, 2, 3}
    for mismatch in report.mismatches:
        assert mismatch.expected == pytest.approx(2 * mismatch.claimed)


def test_a_report_is_a_page_in_jupyter():
    wrong = check_gradient(lambda x: (x**2).sum(), lambda x: x, {"x": (3,)})._repr_html_()
    assert wrong.startswith("<p>gradient of x: wrong at 20 of 20 points</p><table>")
    assert "yours is 1/2 times the right one" in wrong
    right = check_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, {"x": (3,)})._repr_html_()
    assert right == "<p>gradient of x: right at 20 points, by differences</p>"


def test_a_direction_of_a_set_has_a_name():
    report = check_gradient(lambda S: (S**2).sum(), lambda S: S, {"S": symmetric(2)}, points=5)
    entries = {mismatch.entry for mismatch in report.mismatches}
    assert entries == {"S[0, 0]", "S[0, 1] with S[1, 0]", "S[1, 1]"}


def test_outputs_have_names():
    report = check_gradient(lambda x: Q[:3] @ x, lambda x: 0 * Q[:3], {"x": (4,)}, points=1)
    assert "output [2], x[3]" in {mismatch.entry for mismatch in report.mismatches}
