"""LaTeX that people read in one way is read so; of what they read in two nothing is refuted."""

import pytest

from verify.grading.grade import grade
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

PRODUCT, SQUARE = ("sum(x*y)", "x", "x: n, y: n"), ("sum(A*B)", "A", "A: n n, B: n n")
SPREAD = ("sum((x - mu)**2)*sigma/2", "x", "x: n, mu: n, sigma:")
WEIGHTED = ("sum(v*(y - X @ w)**2)", "w", "X: n d, w: d, y: n, v: n")
MASKED = ("sum((X @ w)*a*v)", "a", "X: n d, w: d, a: n, v: n")
CUBE, VOLUME = ("sum(A**3)", "A", "A: n n"), ("log(det(A))", "A", "A: n n")
SCALED = ("(x @ x)*sum(A*B)", "B", "A: n n, B: n n, x: n")
GRADED = [
    (PRODUCT, r"\nabla_x f(x) = y", "proved"),
    (PRODUCT, r"\frac{\partial f}{\partial x_j} = y_j", "proved"),
    (PRODUCT, r"\nabla_x f = 2y", "refuted"),
    (SQUARE, r"\frac{\partial f}{\partial A_{ij}} = B_{ij}", "proved"),
    (SPREAD, r"\sigma(x - \mu)", "proved"),
    (CUBE, r"3 A_{ij}^2", "proved"),
    (VOLUME, r"A^{-\top}", "proved"),
    (SPREAD, r"\sigma\left(\mu - x\right)", "refuted"),
    (WEIGHTED, r"2 X^\top ((Xw - y) \odot v)", "proved"),
    (MASKED, r"v \odot (X w)", "proved"),
    (SCALED, r"A x^\top x", "proved"),
    (SCALED, r"2 A x^\top x", "refuted"),
    (("sum(diag(A)*x*y)", "x", "A: n n, x: n, y: n"), r"\operatorname{diag}(A) \odot y", "proved"),
    (
        ("a*(diag(A) @ diag(A))", "a", "A: n n, a:"),
        r"\operatorname{diag}(A)\operatorname{diag}(A)^\top",
        "refuted",
    ),
]
UNCLEAR = [
    (PRODUCT, r"\nabla_y f = y", "expected a derivative in x, got one in y"),
    (PRODUCT, r"\frac{\partial f}{\partial y} = y", "expected a derivative in x"),
    (PRODUCT, r"\nabla_x f - x = y", "unexpected"),
    (PRODUCT, r"\nabla_x \frac{f}{2} = y", "unexpected"),
    (PRODUCT, r"\nabla_x (-f) = y", "unexpected"),
    (SQUARE, r"\frac{\partial f}{\partial A_{ji}} = B_{ij}", "expected the entry ij"),
    (SQUARE, r"\nabla_{A^T} f = B", "unexpected"),
    (CUBE, r"3 A^2_{ij}", "an entry of a power, or a power of an entry"),
    (VOLUME, r"A^{-1}_{ji}", "an entry of a power, or a power of an entry"),
    (VOLUME, r"(A A^{-1} A)^{-1}_{ji}", "an entry of a power, or a power of an entry"),
    (VOLUME, r"A^{-\top}_{ij}", "an entry of an inverse"),
    (VOLUME, r"A_{ij}^{-T}", "an entry of an inverse"),
    (WEIGHTED, r"2 X^\top (Xw - y) \odot v", "write brackets"),
    (MASKED, r"v \odot X w", "write brackets"),
    (("sum(R*(X @ W))", "W", "R: n m, X: n d, W: d m"), r"\sum_i X_{ij} R_{ik}", "runs over m"),
    (("sum(exp(-x**2))", "x", "x: n"), r"-2xe^{-x^2}", "odot"),
]


def graded(asked, answer):
    function, wrt, shapes = asked
    return grade(Asked(function, wrt, shapes).question(), answer, latex=True)


@pytest.mark.parametrize(("asked", "answer", "verdict"), GRADED)
def test_what_is_read_in_one_way_is_graded(asked, answer, verdict):
    assert graded(asked, answer).verdict == verdict


@pytest.mark.parametrize(("asked", "answer", "message"), UNCLEAR)
def test_what_may_be_read_in_two_ways_is_not_graded(asked, answer, message):
    with pytest.raises(AnswerSyntaxError, match=message):
        graded(asked, answer)


def test_an_entry_by_its_places_is_not_said_to_have_another_shape():
    entry = graded(VOLUME, r"2 A_{ij}")
    assert entry.verdict == "refuted"
    assert entry.hint is None
