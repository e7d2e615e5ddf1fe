"""A kink is a border: a quantity that is 0 all around a point makes none there."""

import pytest

from derivations.prover.proof import Verdict
from verify.grading.grade import grade
from verify.objectives.asked import Asked

WRONG = [  # each on one side of 0, where the quantity of a branch is 0 everywhere
    ("abs(relu(x))", "x:", "1"),
    ("sign(relu(x)) * x", "x:", "1"),
    ("abs(x + abs(x))", "x:", "2"),
    ("where(x >= abs(x), 5 * x, x)", "x:", "1"),
    ("where(sqrt(x**2) > x, 5 * x, x)", "x:", "5"),
    ("where(sqrt(x**2 + 2 * x + 1) > x + 1, 5 * x, x)", "x:", "5"),
    ("where(arctan(x) + arctan(1 / x) < pi / 2, 5 * x, x)", "x:", "5"),
    ("abs(relu(x))", "x: n", "eye(n)"),
    ("sum(abs(x - abs(x)))", "x: n", "-2 * ones(n)"),
    ("abs(sum(x) - abs(sum(x)))", "x: n", "-2 * ones(n)"),
    ("where(norm(x) > sum(x), 5 * sum(x), sum(x))", "x: 1", "5 * ones(1)"),
    # where another name is 0, the quantity is 0 around every x
    ("sum(maximum(x, a*x))", "a:, x: n", "(x > a*x) + a*(a*x > x)"),
    ("abs(s*x)", "s:, x:", "abs(s)*sign(x) + (s == 0)"),
    ("sum(relu(s*x))", "s:, x: n", "s*(s*x > 0) + (s == 0)"),
    ("sum(abs(x*y))", "x: n, y: n", "abs(y)*sign(x) + (y == 0)"),
    ("relu(a @ x)", "a: n, x: n", "a*(a @ x > 0) + (a == 0)*(a @ x == 0)"),
    ("sum(where(x*y > 0, x**2, x**3))", "x: n, y: n", "where(x*y > 0, 2*x, 3*x**2) + (y == 0)"),
    ("sum(where(s*x**2 > 0, x, 2*x))", "s:, x: n", "where(s > 0, 1, where(s < 0, 2, 7))"),
    # where a branch that has a kink is not taken, and in a condition that |x| says, there is none
    ("sum(where(x > 5, abs(x), x**2))", "x: n", "where(x == 0, 9, where(x > 5, 1, 2*x))"),
    ("sum(where(abs(x) < 1, x**2, 1))", "x: n", "where(x == 0, 7, 2*x*(abs(x) < 1))"),
    ("F.huber_loss(x, y)", "x: n, y: n", "where(x == y, 5, clip(x - y, -1, 1)/n)"),
]
RIGHT = [  # whatever they say at the kink itself
    ("abs(relu(x))", "x:", "where(x >= 0, 1, 0)"),
    ("abs(x + abs(x))", "x:", "where(x > 0, 2, 0)"),
    ("sum(abs(relu(A @ x)))", "A: m n, x: n", "A.T @ where(A @ x > 0, 1, 0)"),
    ("relu(relu(x) - y)", "x:, y:", "where((x >= y) & (x > 0), 1, 0)"),
    ("relu(norm(x) - c)", "x: n, c:", "where(norm(x) >= c, x / norm(x), 0)"),
    ("sum(maximum(x, a*x))", "a:, x: n", "where(x >= a*x, 1, a)"),
    ("abs(s*x)", "s:, x:", "abs(s)*where(x >= 0, 1, -1)"),
    ("sum(relu(X @ x))", "X: n d, x: d", "X.T @ (X @ x >= 0)"),
    ("sum(abs(x*y))", "x: n, y: n", "abs(y)*where(x >= 0, 1, -1)"),
    ("sum(where(x > -5, abs(x), x**2))", "x: n", "where(x > -5, where(x >= 0, 1, -1), 2*x)"),
    ("sum(where(where(x < 0, 1, 2) > 1, x, 3*x))", "x: n", "where(x > 0, 1, 3)"),
]


@pytest.mark.parametrize(("function", "shapes", "answer"), WRONG)
def test_an_answer_that_is_wrong_on_one_side_is_not_proved(function, shapes, answer):
    assert grade(Asked(function, "x", shapes).question(), answer).verdict is not Verdict.PROVED


@pytest.mark.parametrize(("function", "shapes", "answer"), RIGHT)
def test_an_answer_that_is_right_off_kinks_is_proved(function, shapes, answer):
    assert grade(Asked(function, "x", shapes).question(), answer).verdict is Verdict.PROVED


def test_what_differs_at_a_degenerate_kink_alone_is_not_refuted():
    """At norm(x) = 1 the quantity has no slope, and its branches meet all the same."""
    question = Asked("where((abs(x) - 1)**2 > 0, 5 * x, x)", "x", "x:").question()
    assert grade(question, "5").verdict is not Verdict.REFUTED


@pytest.mark.parametrize("answer", ["sign(x)", "ones(n)"])
def test_an_answer_that_is_wrong_where_a_branch_is_0_is_refuted(answer):
    """relu(x) is 0 all around -1, which is no kink of |relu(x)|."""
    question = Asked("sum(abs(relu(x)))", "x", "x: n").question()
    assert grade(question, answer).verdict is Verdict.REFUTED
    assert grade(question, "where(x == 0, 7, x > 0)").verdict is Verdict.PROVED


def test_what_differs_at_the_border_of_a_branch_that_is_0_is_not_refuted():
    """A number that is 0 in each of its branches but one still has a kink where that one begins."""
    question = Asked("sum(relu(where(x > 1, x - 1, 0)))", "x", "x: n").question()
    assert grade(question, "where(x == 1, 7, x > 1)").verdict is not Verdict.REFUTED


def test_a_kink_is_told_whatever_its_quantity_is_divided_by():
    question = Asked("sum(relu(x - mean(x)))", "x", "x: n").question()
    answer = "where(x > mean(x), 1, 0) - mean(where(x > mean(x), 1, 0))"
    assert grade(question, answer).scope == "every n, off kinks"


@pytest.mark.parametrize(
    "assumed", ["x >= 0", "x nonnegative", "x >= -1, x <= 0", "x <= 2, x > -1"]
)
def test_a_border_of_what_is_assumed_refutes_nothing(assumed):
    """abs(x) is x for every x >= 0, but has no derivative at 0."""
    question = Asked("sum(abs(x))", "x", "x: n", (assumed,)).question()
    assert grade(question, "sign(x)").verdict is not Verdict.REFUTED
    assert grade(question, "2 * sign(x)").verdict is Verdict.REFUTED


@pytest.mark.parametrize("assumed", ["x < 0", "x in (-1, 0)", "x > -2, x < 0"])
def test_no_point_beyond_an_assumed_sign_refutes(assumed):
    """Where x < 0 its exponential is below 1; at 0 it is not."""
    question = Asked("sum(x**2)", "x", "x: n", (assumed,)).question()
    assert grade(question, "where(exp(x) < 1, 2*x, 5)").verdict is not Verdict.REFUTED
    assert grade(question, "where(exp(x) < 1, 3*x, 5)").verdict is Verdict.REFUTED


@pytest.mark.parametrize("function", ["sum(abs(Y))", "sum(sqrt(Y**2))", "sum(where(Y < 0, -Y, Y))"])
def test_a_kink_at_a_zero_of_a_one_hot_name_refutes_nothing(function):
    question = Asked(function, "Y", "Y: n", ("Y one-hot",)).question()
    assert grade(question, "sign(Y)").verdict is not Verdict.REFUTED
    assert grade(question, "Y").verdict is not Verdict.REFUTED
    assert grade(question, "2*Y").verdict is Verdict.REFUTED
    assert grade(question, "ones(n)").scope == "every value, off kinks, with Y one-hot"


@pytest.mark.parametrize("function", ["sum(x**1.5)", "sum(sqrt(x)**3)", "sum(maximum(x, 0)**1.5)"])
def test_where_a_function_ends_nothing_is_refuted(function):
    question = Asked(function, "x", "x: n").question()
    assert grade(question, "where(x > 0, 1.5*x**0.5, 7)").verdict is not Verdict.PROVED
    assert grade(question, "where(x == 0, 7, 1.5*x**0.5)").verdict is not Verdict.REFUTED
    assert grade(question, "where(x > 0, x**0.5, 0)").verdict is Verdict.REFUTED


def test_a_one_hot_name_is_refuted_at_its_zeros():
    question = Asked("sum(Y**2)", "Y", "Y: n", ("Y one-hot",)).question()
    assert grade(question, "2 * Y + 1").verdict is Verdict.REFUTED


FAR = [  # right where what is drawn around 0 lies
    ("sum(v * minimum(maximum(x, 0), 6))", (), "v * where(x > 0, 1, 0)"),
    ("sum(v * minimum(maximum(x, 0), 6))", ("x positive",), "v"),
    ("sum(v * clip(x / 6 + 0.5, 0, 1))", (), "v * where(x > -3, 1/6, 0)"),
    ("sum(v * where(x > 20, x, log(1 + exp(x))))", (), "v * where(x > 20, x, sigmoid(x))"),
    ("sum(v * where(abs(x) > 8, x, x**2))", (), "2 * v * x"),
]


@pytest.mark.parametrize(("function", "assumed", "answer"), FAR)
def test_an_answer_that_is_wrong_beyond_a_border_far_from_0_is_refuted(function, assumed, answer):
    question = Asked(function, "x", "x: n, v: n", assumed).question()
    assert grade(question, answer).verdict is Verdict.REFUTED
