"""Sizes in numbers, 1 among them, work like names: what is proved of every size is proved of them.

Of a wrong gradient nothing is asked at size 1, where a matrix is its own transpose and the like,
but that it is not proved while a point shows otherwise.
"""

import re

import numpy as np
import pytest

from verify.grading.grade import grade
from verify.grading.points import right_values, run
from verify.objectives.asked import Asked
from verify.objectives.derive import derive

OBJECTIVES = [
    # function, name, shapes, right, wrong
    ("sum((y - X @ w)**2)", "w", "X: n d, w: d, y: n",
     "-2*X.T @ (y - X @ w)", "-X.T @ (y - X @ w)"),
    ("sum((y - X @ w)**2)/n + lam*(w @ w)", "w", "X: n d, w: d, y: n, lam:",
     "2*(lam*w - X.T @ (y - X @ w)/n)", "lam*w - 2*X.T @ (y - X @ w)/n"),
    ("x @ A @ x", "x", "x: n, A: n n", "(A + A.T) @ x", "2*A @ x"),
    ("trace(X.T @ B @ X)", "X", "X: n d, B: n n", "(B + B.T) @ X", "2*B @ X"),
    ("log(det(X))", "X", "X: n n", "inv(X).T", "inv(X)"),
    ("log(sum(exp(x)))", "x", "x: n", "softmax(x)", "exp(x)"),
    ("-y @ log(softmax(z))", "z", "y: n, z: n", "sum(y)*softmax(z) - y", "y - sum(y)*softmax(z)"),
    ("sum((x - mean(x))**2)", "x", "x: n", "2*(x - mean(x))", "2*x - mean(x)"),
    ("norm(X @ W.T + b - Y)**2", "W", "X: n d, W: m d, b: m, Y: n m",
     "2*(X @ W.T + b - Y).T @ X", "2*(Y - X @ W.T - b).T @ X"),
    ("norm(X @ W.T + b - Y)**2", "b", "X: n d, W: m d, b: m, Y: n m",
     "2*sum(X @ W.T + b - Y, axis=0)", "2*mean(X @ W.T + b - Y, axis=0)"),
    ("sum(G*(X*b))", "b", "G: n d, X: n d, b: n 1",
     "sum(G*X, axis=1, keepdims=True)", "sum(G*X)*b"),
    ("sum(sqdist(X, M)*C)", "M", "X: n d, M: k d, C: n k",
     "2*(diag(sum(C, axis=0)) @ M - C.T @ X)", "-2*C.T @ X"),
    ("sum(G*(softmax(Q @ K.T) @ V))", "V", "Q: n d, K: m d, V: m p, G: n p",
     "softmax(Q @ K.T).T @ G", "2*softmax(Q @ K.T).T @ G"),
    ("sum(log(1 + exp(-y*(X @ w))))", "w", "X: n d, w: d, y: n",
     "-X.T @ (y*sigmoid(-y*(X @ w)))", "X.T @ (y*sigmoid(-y*(X @ w)))"),
    ("norm(x - a)", "x", "x: n, a: n", "(x - a)/norm(x - a)", "x/norm(x - a)"),
    ("sum(maximum(X @ w, 0))", "w", "X: n d, w: d", "X.T @ (X @ w > 0)", "X.T @ (X @ w < 0)"),
    ("sum(maximum(A*v, 0))", "A", "A: n d, v: d", "(A*v > 0)*v", "(A*v < 0)*v"),
]  # fmt: skip
NUMBERS = {
    "numbers": {"n": 3, "d": 2, "m": 4, "k": 2, "p": 3},
    "all 2": {"n": 2, "d": 2, "m": 2, "k": 2, "p": 2},
    "n = 1": {"n": 1},
    "d = 1": {"d": 1},
    "all 1": {"n": 1, "d": 1, "m": 1, "k": 1, "p": 1},
}


def asked_in_numbers(numbers, function, wrt, shapes, *answers):
    """An objective and answers to it, its sizes' names replaced by numbers."""
    sizes = set(re.findall(r"\b[ndmkp]\b", shapes))

    def put_in(text):
        return re.sub(
            r"\b[ndmkp]\b", lambda m: str(numbers.get(m[0], m[0])) if m[0] in sizes else m[0], text
        )

    return (Asked(put_in(function), wrt, put_in(shapes)), *map(put_in, answers))


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: f"{one[0]} by {one[1]}")
def test_sizes_in_numbers_are_judged_like_names(objective, numbers):
    asked, right, wrong = asked_in_numbers(numbers, *objective)
    question = asked.question()
    found = grade(question, right)
    assert found.verdict == "proved", found.scope
    given = any(character.isdigit() for character in asked.shapes)
    assert found.scope.endswith("at the sizes given in numbers") == given
    found = grade(question, wrong)
    assert found.verdict == ("proved" if is_right_at_points(question, found) else "refuted")


def is_right_at_points(question, found):
    """Whether float64 finds the answer right wherever it was tried."""
    if found.entry is None:  # its shape is another
        return False
    values = [(run(question, found.entry, batch), right) for batch, right in right_values(question)]
    return all(np.allclose(yours, right, equal_nan=True) for yours, right in values)


@pytest.mark.parametrize("objective", OBJECTIVES[::3], ids=lambda one: f"{one[0]} by {one[1]}")
@pytest.mark.parametrize("numbers", ["numbers", "d = 1"])
def test_a_gradient_is_derived_at_sizes_in_numbers(objective, numbers):
    asked, *_ = asked_in_numbers(NUMBERS[numbers], *objective)
    found = derive(asked)
    assert found.verdict == "proved"
    assert found.is_matrix_form
    assert grade(asked.question(), found.gradient).verdict == "proved"
    assert not re.search(r"\b\d+,? .*= \w+\.shape", found.code["numpy"])


def test_an_array_that_is_broadcast_along_an_axis_of_one_is_no_other():
    asked = Asked("sum(G*(X*b))", "b", "G: n d, X: n d, b: n 1")
    assert grade(asked.question(), "sum(G*X, axis=1)").verdict == "refuted"
    asked = Asked("sum(G*(X*b))", "b", "G: n d, X: n d, b: 1 d")
    assert grade(asked.question(), "sum(G*X, axis=0, keepdims=True)").verdict == "proved"
    assert grade(asked.question(), "sum(G*X, axis=1, keepdims=True)").verdict == "refuted"


def test_probabilities_of_one_class_are_1():
    asked = Asked("-y @ log(softmax(z))", "z", "y: 1, z: 1", ("y probabilities",))
    assert grade(asked.question(), "softmax(z) - y").verdict == "proved"


@pytest.mark.parametrize("shapes", ["X: 100 50, w: 50, y: 100", "X: 60000 784, w: 784, y: 60000"])
def test_large_arrays_are_judged_like_small_ones(shapes):
    question = Asked("sum((y - X @ w)**2)", "w", shapes).question()
    assert grade(question, "-2*X.T @ (y - X @ w)").verdict == "proved"
    assert grade(question, "-2*X @ (y - X @ w)").scope == "shapes"


def test_an_answer_that_is_wrong_at_large_arrays_is_refuted():
    question = Asked("sum((y - X @ w)**2)", "w", "X: 100 50, w: 50, y: 100").question()
    assert grade(question, "2*X.T @ (y - X @ w)").verdict == "refuted"


def test_a_product_of_many_matrices_of_different_sizes_is_judged():
    question = Asked("sum(A @ B @ C @ D @ E @ F @ G @ x)", "x").question()
    assert len(question.vocabulary.sizes) == 8
    others = "G.T @ F.T @ E.T @ D.T @ C.T @ B.T"
    assert grade(question, f"{others} @ sum(A, axis=0)").verdict == "proved"
    assert grade(question, f"{others} @ mean(A, axis=0)").verdict == "refuted"
