"""Loops over x[i] and x[i - 1] mean what Python does with them."""

import re

import pytest
from readings import assert_is_pythons

from verify.grading.grade import grade
from verify.objectives.asked import Asked

LOOP = "s = 0\nfor i in {turns}:\n    {body}\nreturn s"
LIKE_PYTHON = [
    LOOP.format(turns="range(1, n)", body="s += (x[i] - x[i - 1])**2"),
    LOOP.format(turns="range(1, n)", body="s += x[i]**2"),
    LOOP.format(turns="range(1, len(x) - 1)", body="s += x[i - 1]*x[i]**2 - 2*x[i + 1]"),
    LOOP.format(turns="range(n - 1)", body="d = x[i + 1] - x[i]\n    s += i*d**3"),
    LOOP.format(turns="range(2, n)", body="s -= x[i - 2]*x[i]*i"),
    LOOP.format(turns="range(1, n)", body="s += A[i] @ A[i - 1]"),
    LOOP.format(turns="range(1, n)", body="s += A[i, i]*A[i - 1, i]"),
    LOOP.format(
        turns="range(n - 1)", body="for j in range(1, n):\n        s += A[i + 1, j - 1]*x[j]"
    ),
    LOOP.format(turns="range(1, n - 1)", body="s += (x[i + 1] - 2*x[i] + x[i - 1])**2"),
    LOOP.format(turns="range(1, n)", body="if x[i] > x[i - 1]:\n        s += x[i]*x[i - 1]"),
    "return sum(100*(x[i + 1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(len(x) - 1))",
    "return sum((x[i] - x[i - 1])**2 for i in range(1, n))",
    "return np.sum(np.array([x[i] - x[i - 1] for i in range(1, n)])**3)",
]
DIFFERENCES = "sum((x[i] - x[i - 1])**2 for i in range(1, n))"
IN_A_LOOP = (
    "g = np.zeros(n)\nfor i in range(1, n):\n    d = x[i] - x[i - 1]\n    {}\n    {}\nreturn g"
)
ON_ROWS = "sum(sum((X[i] - X[i - 1])**2) for i in range(1, n))"
OF_ROWS = """
G = np.zeros_like(X)
for i in range(1, n):
    G[i] += 2*(X[i] - X[i - 1])
    G[i - 1] -= 2*(X[i] - X[i - 1])
return G
"""
UNREAD = {
    "s = 0\nfor i in range(n):\n    s += x[i]*x[i - 1]\ns": "expected an index",  # x[-1]
    "s = 0\nfor i in range(1, n):\n    s += x[i]*x[i + 1]\ns": "counts from 0 in Python",
    "s = 0\nfor i in range(1, n):\n    s += x[2*i]\ns": "counts from 0 in Python",
    "sum(x[i] for i in range(1, n))": "expected a size",  # as on paper, or as in Python?
    "g = 0\nfor i in range(1, n):\n    g[i] += x[i]\ng @ x": "(n,) in one of shape ()",
}


@pytest.mark.parametrize("text", LIKE_PYTHON)
def test_a_loop_means_what_it_does_in_python(text):
    shapes = {"x": "4", "A": "4 4"}
    shapes = {name: s for name, s in shapes.items() if re.search(rf"\b{name}\b", text)}
    sizes = ", ".join(f"{name}: {size}" for name, size in shapes.items())
    in_numbers = re.sub(r"(range\([^)]*)\bn\b", r"\g<1>4", text)
    reading = Asked(in_numbers, min(shapes), sizes).objective().reading
    assert_is_pythons(reading, text, *shapes)


@pytest.mark.parametrize(
    ("function", "answer", "verdict"),
    [
        (DIFFERENCES, IN_A_LOOP.format("g[i] += 2*d", "g[i - 1] -= 2*d"), "proved"),
        (DIFFERENCES, IN_A_LOOP.format("g[i] += 2*d", "g[i - 1] += 2*d"), "refuted"),
        (DIFFERENCES, IN_A_LOOP.format("g[i] += 2*d", "g[i] -= 2*d"), "refuted"),
        (ON_ROWS, OF_ROWS, "proved"),
        (ON_ROWS, OF_ROWS.replace("G[i - 1] -=", "G[i] -="), "refuted"),
    ],
)
def test_gradients_in_loops_are_graded(function, answer, verdict):
    wrt = "X" if "X" in function else "x"
    question = Asked(function, wrt, "X: n d" if wrt == "X" else "x: n").question()
    assert grade(question, answer).verdict == verdict


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_out_of_an_array_or_may_be_two_things_is_not_read(text):
    with pytest.raises(ValueError, match=re.escape(UNREAD[text])):
        Asked(text, "x", "x: n").question()
