"""No answer is refuted for a shape that nobody declared, if it is right with another."""

import pytest

from verify.grading.guessed_shapes import grade_as_meant
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

LOGISTIC = "h = sigmoid(X.dot(theta))\n-np.mean(y*np.log(h) + (1 - y)*np.log(1 - h))"
MEANT = [
    # a bias or a slope is a number, by its gradient
    ("mean((w*x + b - y)**2)", "w", "2*mean((w*x + b - y)*x)", "w number"),
    ("mean((X @ w + b - y)**2)", "b", "2*mean(X @ w + b - y)", "b number"),
    # what a Greek name is multiplied by as an array makes it one
    (LOGISTIC, "theta", "X.T.dot(sigmoid(X.dot(theta)) - y)/len(y)", "theta (d,)"),
    ("np.mean((np.dot(X, beta) - y)**2)", "beta", "2*X.T.dot(X.dot(beta) - y)/len(y)", "beta (d,)"),
    ("sum(y/mu + log(mu))", "mu", "1/mu - y/mu**2", "mu (n,)"),
    # a batch in small letters
    ("np.sum((x @ W + b)*dout)", "W", "x.T @ dout", "x (n, d)"),
    ("1/(1 + exp(-z))", "z", "sigmoid(z)*(1 - sigmoid(z))", "z number"),
]  # fmt: skip
WRONG = [
    ("sum(x**2)", "x", "2*sum(x)"),
    ("mean((w*x + b - y)**2)", "w", "mean((w*x + b - y)*x)"),
    ("sum((y - X @ w)**2)", "w", "-2*(y - X @ w)"),
    ("np.sum((x @ W + b)*dout)", "W", "dout.T @ x"),
    ("x @ A @ y", "A", "outer(y, x)"),
    ("norm(x)", "x", "sign(x)"),
    # of one row a mean is a sum: no size becomes 1
    ("np.sum((X @ W + b - Y)**2)", "b", "2*np.mean(X @ W + b - Y, axis=0, keepdims=True)"),
    ("np.mean((X @ w - y)**2)", "w", "2*X.T @ (X @ w - y).reshape(-1, 1)"),
    ("np.sum((x - m)**2)", "m", "-2*np.max(x - m, keepdims=True)"),
    ("def f(w, lam=2):\n    return np.sum(lam*w)", "lam", "w"),
]


@pytest.mark.parametrize(("function", "wrt", "answer", "shape"), MEANT)
def test_the_shapes_are_those_with_which_it_is_proved(function, wrt, answer, shape):
    asked = Asked(function, wrt)
    question, found = grade_as_meant(asked.question(), asked, answer)
    assert found.verdict == "proved"
    assert shape in question.vocabulary.shapes


@pytest.mark.parametrize(("function", "wrt", "answer"), WRONG)
def test_no_guess_makes_a_wrong_answer_right(function, wrt, answer):
    asked = Asked(function, wrt)
    question, found = grade_as_meant(asked.question(), asked, answer)
    assert found.verdict == "refuted"
    assert question.vocabulary.shapes == asked.question().vocabulary.shapes


def test_shapes_that_are_declared_are_kept():
    asked = Asked("mean((w*x + b - y)**2)", "w", "w: n")
    assert (
        grade_as_meant(asked.question(), asked, "2*mean((w*x + b - y)*x)")[1].verdict == "refuted"
    )


def test_an_answer_that_cannot_be_read_stays_one():
    asked = Asked("mean((w*x + b - y)**2)", "w")
    with pytest.raises(AnswerSyntaxError, match="unknown name 'foo'"):
        grade_as_meant(asked.question(), asked, "2*foo")
