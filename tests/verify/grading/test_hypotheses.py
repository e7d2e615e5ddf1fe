"""A hidden condition is named where the answer is right under it, and nowhere else."""

import pytest

from verify.grading.grade import grade
from verify.objectives.asked import Asked

RIGHT_ONLY_IF = [
    ("x @ A @ x", "x", "2 * A @ x", "A is symmetric"),
    ("x @ A @ B @ x", "x", "(A @ B + B @ A) @ x", "A and B are symmetric"),
    ("-sum(y*log(softmax(z)))", "z", "softmax(z) - y", "y sums to 1"),
    ("sum(log(x + eps))", "x", "1/x", "eps = 0"),
    ("sum(abs(X))", "X", "sign(X)*(n == 1)", "n = 1"),
]


@pytest.mark.parametrize(("function", "wrt", "answer", "condition"), RIGHT_ONLY_IF)
def test_the_condition_is_named(function, wrt, answer, condition):
    shapes = "A: n n, B: n n" if "B" in function else ""
    found = grade(Asked(function, wrt, shapes).question(), answer)
    assert found.verdict.value == "refuted"
    assert found.hint == f"right only if {condition}"


def test_a_condition_that_is_assumed_is_none():
    asked = Asked("x @ A @ x", "x", assume=("A symmetric",))
    assert grade(asked.question(), "2 * A @ x").verdict.value == "proved"
    hint = grade(asked.question(), "3 * A @ x").hint
    assert hint == "a constant factor: yours is 3/2 times the right one"


@pytest.mark.parametrize(
    ("function", "wrt", "answer"),
    [
        ("x @ A @ x", "x", "2 * A @ x + x"),
        ("trace(A @ B @ A)", "A", "2 * A @ B"),
        ("sum(log(x + eps))", "x", "1/x**2"),
    ],
)
def test_no_condition_is_named_where_none_helps(function, wrt, answer):
    found = grade(Asked(function, wrt).question(), answer)
    assert found.verdict.value == "refuted"
    assert "right only if" not in (found.hint or "")
