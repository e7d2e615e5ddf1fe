"""A hidden condition is named where the answer is right under it, and nowhere else."""

import re

import pytest

from verify.grading.claim_questions import question_named
from verify.grading.grade import grade
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

RIGHT_ONLY_IF = [
    ("x @ A @ x", "x", "2 * A @ x", "A is symmetric"),
    ("-sum(y*log(softmax(z)))", "z", "softmax(z) - y", "y sums to 1"),
    ("sum(log(x + eps))", "x", "1/x", "eps = 0"),
    ("sum(abs(X))", "X", "sign(X)*(n == 1)", "n = 1"),
    ("sum(x/(norm(x) + tol))", "x", "ones(n)/norm(x) - sum(x)*x/norm(x)**3", "tol = 0"),
]
RIGHT_IF = [
    # elsewhere, too: at A = -A.T, a rotation, s = -1, s = t, a row of length 1
    ("x @ A @ B @ x", "x", "(A @ B + B @ A) @ x", "A and B are symmetric"),
    ("x @ A @ A @ x", "x", "2*A @ A @ x", "A is symmetric"),
    ("s*sum(x**2) + x @ y", "x", "2*s**3*x + y", "s = 1"),
    ("s*sum(x**2)/T + sum(x)", "x", "2*x + 1", "s = T = 1"),
    ("norm(y)*sum(x**2)", "x", "2*x", "y is one-hot"),
    ("sum(y)*sum(x**2)", "x", "2*x*sum(y)**2", "y sums to 1"),
    ("sum(v*gamma*x)/tau + delta*sum(x)", "x", "v + delta", "gamma = tau = 1"),
    ("sum(v*gamma*softmax(x/tau))", "x", "softmax(x)*(v - v @ softmax(x))", "gamma = tau = 1"),
    ("gamma*delta*sum(x**2)/T", "x", "2*x", "gamma = delta = T = 1"),
]
CONDITIONS = [
    *((*case, "right only if ") for case in RIGHT_ONLY_IF),
    *((*case, "right if ") for case in RIGHT_IF),
]
RIDGE = "sum((y - X @ w)**2) + lam*sum(w**2)"
LOGISTIC = "sum(log(1 + exp(-y * (X @ w))))"


@pytest.mark.parametrize(("function", "wrt", "answer", "condition", "how"), CONDITIONS)
def test_the_condition_is_named(function, wrt, answer, condition, how):
    """And whether the answer is right only if it holds."""
    numbers = [name for name in ("tol", "s", "T") if name in re.findall(r"\w+", function)]
    shapes = "A: n n, B: n n" if "B" in function else ", ".join(f"{name}:" for name in numbers)
    found = grade(Asked(function, wrt, shapes).question(), answer)
    assert found.verdict.value == "refuted"
    assert found.hint == how + condition


@pytest.mark.parametrize(
    ("function", "answer", "condition"),
    [
        ("def f(w, lam=2): return lam*(w**2).sum()", "4*w", "lam = 2"),
        (
            "lambda w, a=0.5, *, b=-1e-3: a*sum(w**2) + b*sum(w)",
            "w - 1e-3",
            "a = 0.5 and b = -0.001",
        ),
        ("def f(w, a=2, b=2): return sum(a*w**2 + b*w)", "4*w + 2", "a = b = 2"),
    ],
)
def test_what_an_argument_is_by_default_is_a_condition(function, answer, condition):
    assert grade(Asked(function, "w").question(), answer).hint == f"right only if {condition}"


def test_an_argument_that_is_a_number_by_default_is_a_number():
    function = "def f(x, y=0, z=None, *, v=1): return sum((x - y)**2) + v*sum(z)"
    shapes = {
        q.name: q.shape for q in Asked(function, "x").objective().vocabulary.quantities.values()
    }
    assert (shapes["y"], shapes["v"]) == ((), ())
    assert len(shapes["z"]) == 1


def test_a_product_that_is_right_entry_by_entry_is_no_wrong_shape():
    question = Asked("sum(sigmoid(x))", "x", "x: n").question()
    with pytest.raises(AnswerSyntaxError, match="odot"):
        grade(question, r"\sigma(x)(1 - \sigma(x))")
    assert grade(question, r"\sigma(x)(2 - \sigma(x))").verdict == "refuted"


def test_a_transpose_is_said_to_be_numerator_layout():
    asked = Asked("sum((X @ W - Y)**2)", "W", "X: n d, W: d m, Y: n m").question()
    row = Asked("sum((X @ w - y)**2)", "w").question()
    layout = "its transpose is right, as in numerator layout"
    assert layout in grade(asked, "2*(X @ W - Y).T @ X").hint
    assert layout in grade(row, r"2(Xw - y)^\top X").hint
    assert layout not in grade(asked, "(X @ W - Y).T @ X").hint


def test_a_number_that_is_assumed_to_be_positive_may_be_as_good_as_0():
    asked = Asked("sum(log(x**2 + tol))", "x", "tol:", ("tol > 0",))
    assert grade(asked.question(), "2/x").hint == "right only if tol = 0"


def test_the_first_step_is_named():
    assert grade(question_named("adam.moments.3"), "1 - beta1").hint == "right only if t = 1"


def test_the_condition_that_leaves_most_is_named():
    """At alpha = 0 and at c = 0 both sides are 0, and any answer is right."""
    question = Asked("alpha*c*sum(x**2)", "x", "alpha:, c:").question()
    assert grade(question, "2*alpha*c*x + alpha*c**2*x").hint is None
    question = Asked("sum(alpha*x**2 + log(x + eps))", "x", "alpha:, eps:").question()
    assert grade(question, "2*alpha*x + 1/(x + eps*alpha)").hint == "right only if alpha = 1"


NOT_ONLY_IF = [
    ("sum(x**3)", "3*abs(x)*x", ()),  # for every x >= 0
    ("sum(x)**2", "2*sum(abs(x))*ones(n)", ()),
    ("sum(y*x)", "y**n", ("y signs",)),  # for every odd n
]


@pytest.mark.parametrize(("function", "answer", "assume"), NOT_ONLY_IF)
def test_a_condition_that_is_not_needed_is_not_named(function, answer, assume):
    found = grade(Asked(function, "x", assume=assume).question(), answer)
    assert found.verdict.value == "refuted"
    assert "only if" not in (found.hint or "")


def test_a_condition_that_is_assumed_is_none():
    asked = Asked("x @ A @ x", "x", assume=("A symmetric",))
    assert grade(asked.question(), "2 * A @ x").verdict.value == "proved"
    hint = grade(asked.question(), "3 * A @ x").hint
    assert hint == "a constant factor: yours is 3/2 times the right one"


def test_an_answer_of_zeros_is_called_that():
    question = Asked("sum(x**2)", "x").question()
    assert grade(question, "0*x").hint == "yours is 0"


@pytest.mark.parametrize(
    ("function", "answer", "hint"),
    [
        (RIDGE, "2*X.T @ (y - X @ w) + 2*lam*w", "the sign of all but 2*lam*w[i]"),
        (RIDGE, "2*X.T @ (X @ w - y) - 2*lam*w", "sign of 2*lam*w[i]"),
        (LOGISTIC, "-X.T @ (y*sigmoid(y*(X @ w)))", "the sign of the exponent"),
        (LOGISTIC, "-X.T @ sigmoid(-y*(X @ w))", "factor y[k] missing"),
    ],
)
def test_a_slip_is_named_before_a_condition_that_hardly_ever_holds(function, answer, hint):
    assert grade(Asked(function, "w").question(), answer).hint == hint


@pytest.mark.parametrize(
    ("function", "wrt", "answer"),
    [
        ("x @ A @ x", "x", "2 * A @ x + x"),
        ("trace(A @ B @ A)", "A", "2 * A @ B"),
        ("sum(log(x + eps))", "x", "1/x**2"),
        ("max(x*y)", "x", "y*(x == max(x))"),  # not for x = 0, where all entries are equal
    ],
)
def test_no_condition_is_named_where_none_helps(function, wrt, answer):
    found = grade(Asked(function, wrt).question(), answer)
    assert found.verdict.value == "refuted"
    assert "right only if" not in (found.hint or "")
