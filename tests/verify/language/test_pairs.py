"""Loops over pairs, and over what a condition lets through, mean what Python does with them."""

import re

import pytest
from readings import assert_is_pythons

from verify.grading.grade import grade
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked

LOOP = "s = 0\nfor i in range(n):\n    for j in {turns}:\n        {body}\nreturn s"
DISTANCE = "s += (x[i] - 2*x[j])**2"
LIKE_PYTHON = [
    *(LOOP.format(turns=f"range({turns})", body=DISTANCE) for turns in ("i", "i + 1", "i, n")),
    LOOP.format(turns="range(i + 1, n)", body="d = x[i] - 2*x[j]\n        s += d**3"),
    LOOP.format(turns="range(i)", body="s -= A[i, j]*x[j]\n        s += A[j, i]"),
    LOOP.format(turns="range(n)", body="if i == j: continue\n        s += x[i]**2*x[j]"),
    LOOP.format(
        turns="range(n)", body="d = x[i] - 2*x[j]\n        if d < 0: continue\n        s += d"
    ),
    LOOP.format(  # a test is of what its names are before they change
        turns="range(n)",
        body="d = x[i] - x[j]\n        if d < 0: continue\n        d = 3*d - 5\n        s += d**2",
    ),
    LOOP.format(turns="range(i)", body="s = s + x[j]**2"),
    LOOP.format(
        turns="range(n)",
        body="if x[i] > x[j]:\n            for k in range(n):\n                s += A[i, k]*x[j]",
    ),
    LOOP.format(turns="range(n)", body="if x[i] > x[j]:\n            s = s - x[j]**2"),
    LOOP.format(turns="range(i)", body="j = x[j]\n        s += j**2"),
    LOOP.format(turns="range(i + 1, n)", body="t = x[j]\n        j = 0\n        s += t"),
    LOOP.format(turns="range(i)", body="for k in range(n):\n            s += A[i, k]*A[k, j]*x[j]"),
    LOOP.format(
        turns="range(n)",
        body="if x[i] > x[j]:\n            d = x[i] - 2*x[j]\n            d -= 1\n"
        "            s += d**3",
    ),
    "s = 0\nfor i, a in enumerate(x):\n    for j in range(i + 1, len(x)):\n"
    "        s += a**2*x[j]\nreturn s",
    "s = 0\nfor a in x:\n    if a < 0:\n        continue\n    s += a**2\nreturn s",
    "return sum(x[i]**2*x[j] for i in range(n) for j in range(i))",
    "return sum(sum(x[i]**2*x[j] for j in range(i, n)) for i in range(n))",
    "return sum([x[i]**2*x[j] for i in range(n) for j in range(n) if i != j])",
    "return np.sum([x[i]**2*x[j] for i in range(n) for j in range(n) if x[i] < x[j]])",
    "return np.sum([x[i]*A[i] for i in range(n) if x[i] > 0])",
    "return sum(a**3 for a in x if a > 0)",
]


@pytest.mark.parametrize("text", LIKE_PYTHON)
def test_a_loop_means_what_it_does_in_python(text):
    shapes = {
        name: s for name, s in {"x": "4", "A": "4 4"}.items() if re.search(rf"\b{name}\b", text)
    }
    reading = (
        Asked(
            text.replace("range(n)", "range(4)").replace(", n)", ", 4)"),
            "x",
            ", ".join(f"{name}: {sizes}" for name, sizes in shapes.items()),
        )
        .objective()
        .reading
    )
    assert_is_pythons(reading, text, *shapes)


def test_a_gradient_of_a_loop_over_pairs_is_graded():
    text = LOOP.format(turns="range(i)", body="s += (x[i] - x[j])**2")
    question = Asked(text, "x").question()
    assert grade(question, "2*(n*x - sum(x))").verdict == "proved"
    assert grade(question, "4*(n*x - sum(x))").verdict == "refuted"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LOOP.format(turns="range(j)", body="s += x[j]"), "unknown name 'j'"),
        (LOOP.format(turns="range(i)", body="s *= x[j]"), "depends on the turn of a loop"),
        ("max(x[j] for j in range(n) if j > 0)", "unexpected 'if'"),
        ("np.mean([x[i] for i in range(n) for j in range(i)])", "unexpected 'for'"),
        (
            LOOP.format(turns="range(n)", body="s += x[j]\n        if i < j: break"),
            "got if with more",
        ),
        (
            LOOP.format(turns="range(n)", body="if i < j: d = x[j]\n        s += d"),
            "got if with more",
        ),
    ],
)
def test_a_loop_that_does_more_than_to_add_is_refused(text, message):
    with pytest.raises((AnswerSyntaxError, ValueError), match=message):
        Asked(text, "x").question()
