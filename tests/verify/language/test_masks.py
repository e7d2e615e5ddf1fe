"""Entries that a condition chooses mean what NumPy does with them."""

import re

import numpy as np
import pytest
from readings import value_at

from verify.grading.grade import grade
from verify.language.program.reading import read_function
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked
from verify.objectives.derive import derive

HUBER = """
r = y - X @ w
small = abs(r) <= delta
return 0.5*(r[small]**2).sum() + (delta*(abs(r[~small]) - delta/2)).sum()
"""
SIZES = {"X": (3, 4), "x": (4,), "y": (4,)}
LIKE_NUMPY = [
    "g = 2*x\ng[x < 0] = 0\nloss = (g*x).sum()",
    "g = x.copy()\ng[(x < 0.2) | (y > 1)] *= -3\nloss = g @ y",
    "g = x.copy()\ng[x < y] += 2*y[x < y] - 1\nloss = (g**2).sum()",
    "m = x > y\ng = x.copy()\ng[m] *= 2\ng[~m] -= y[~m]\nloss = (g**2).sum()",
    "m = x > y\ng = np.zeros_like(x)\ng[m] = np.exp(x[m])*y[m]\ng[~m] = -1\nloss = g.sum()",
    "loss = np.sum(x[x > 0]**2) + x[x < y].sum()",
    "loss = np.sum(np.log(x[x > 0]))",
    "loss = x[x > -1].mean() + np.mean(x[x > -1]**2*y[x > -1])",
    "loss = (2*X[X > 0.5] - np.sqrt(X[X > 0.5])/y.sum()).sum()",
    "loss = ((x > 0).astype(float) - 0.5*(x < y)) @ y",
    "loss = (X @ y.reshape(-1, 1)).squeeze(1) @ x[:3]",
]


@pytest.mark.parametrize("text", LIKE_NUMPY)
def test_a_mask_means_what_it_does_in_numpy(text):
    sizes = {name: shape for name, shape in SIZES.items() if re.search(rf"\b{name}\b", text)}
    shapes = ", ".join(f"{name}: {' '.join(map(str, shape))}" for name, shape in sizes.items())
    reading = Asked(text.replace("loss = ", "return "), "y", shapes).objective().reading
    for seed in range(3):
        rng = np.random.default_rng(seed)
        values = {name: rng.normal(size=shape) for name, shape in sizes.items()}
        exec(text, names := {"np": np} | values)
        assert value_at(reading, values) == pytest.approx(names["loss"], rel=1e-12)


@pytest.mark.parametrize(
    ("function", "answer", "verdict"),
    [
        ("sum(maximum(x, 0)**2)", "g = 2*x\ng[x < 0] = 0\nreturn g", "proved"),
        ("sum(maximum(x, 0)**2)", "g = 2*x\ng[x > 0] = 0\nreturn g", "refuted"),
        ("sum(abs(x))", "g = np.ones_like(x)\ng[x < 0] = -1\nreturn g", "proved"),
        ("sum(maximum(x, 0))", "(x > 0).float()", "proved"),
        ("sum(x[x > 0]**2)", "2*x*(x > 0)", "proved"),
        (HUBER, "-X.T @ clip(y - X @ w, -delta, delta)", "proved"),
        (HUBER, "X.T @ clip(y - X @ w, -delta, delta)", "refuted"),
    ],
)
def test_answers_with_masks_are_graded(function, answer, verdict):
    wrt = "w" if function is HUBER else "x"
    asked = Asked(function, wrt, assume=("delta > 0",) if function is HUBER else ())
    assert grade(asked.question(), answer).verdict == verdict


def test_what_masks_choose_is_derived_in_matrix_form():
    derived = derive(Asked("g = x.copy()\ng[x < 0] = 0\nreturn (g**2).sum()", "x"))
    assert (derived.verdict, derived.gradient) == ("proved", "2*where(x < 0, 0, x)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sum(x[x > 0] - x[x > 0].std())", "read by it alone"),
        ("sum(x[x > 0] - x[x < 0])", "read by it alone"),
        ("g = 1*x\ng[x < 0] = x[x > 0]\nsum(g)", "line 2, column 12: entries that a condition"),
        ("sum(x[x > 0]*x)", "expected a number, or entries that the same condition chooses"),
        ("g = 1*x\ng[x < 0] = x\nsum(g)", "expected a number, or entries"),
        ("X[X.sum(axis=1) > 0].sum()", r"an array of shape \(n,\) for one of shape \(n, d\)"),
        ("g = x\ng[x < 0] = 0\nsum(g*x)", "line 2, column 1: this may change x, too"),
        ("for k in range(3):\n    g[x < 0] = 0\nsum(g)", "what g is depends on the turn"),
        ("g = ones(n, 1)\nx.squeeze(0).sum()", "squeeze: expected an axis of one entry"),
    ],
)
def test_what_a_mask_does_not_say_entry_by_entry_is_refused(text, message):
    with pytest.raises((AnswerSyntaxError, ValueError), match=message):
        Asked(text, "x").question()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("2*m*x", "proved"), ("np.where(m, 2*x, 0)", "proved"), ("np.where(m, 0, 2*x)", "refuted")],
)
def test_a_name_that_stands_for_a_condition_is_0_or_1(answer, verdict):
    found = grade(Asked("np.sum(np.where(m, x**2, 0))", "x", "x: n, m: n").question(), answer)
    assert found.verdict == verdict
    assert "m being 0 or 1" in found.scope or verdict == "refuted"


def test_no_derivative_is_asked_for_in_what_stands_for_a_condition():
    with pytest.raises(ValueError, match="--wrt m: expected numbers, got what is 0 or 1"):
        Asked("np.sum(np.where(m, x**2, 0))", "m", "x: n, m: n").question()


@pytest.mark.parametrize("kind", ["int", "bool", "'int32'", "np.int64"])
def test_an_array_of_no_floats_is_not_read(kind):
    question = Asked("sum(x**2)", "x", "x: n").question()
    for of in ("n", "x.shape"):
        zeros = f"g = np.zeros({of}, dtype={{}})\nfor i in range(n):\n    g[i] = 2*x[i]\nreturn g"
        with pytest.raises(AnswerSyntaxError, match=r"dtype|unexpected"):
            grade(question, zeros.format(kind))
        assert grade(question, zeros.format("float")).verdict == "proved"


def test_a_number_of_the_question_is_no_condition_of_an_answer():
    question = Asked("sum((m*x)**2)", "x", "x: n, m: n").question()
    with pytest.raises(AnswerSyntaxError, match="m is not known to be 0 or 1: write where"):
        grade(question, "where(m, 2*x, 0)")


def test_squeezing_away_axes_of_one_entry_leaves_longer_ones():
    question = Asked("(X @ W).sum()", "X", "X: n d, W: d k").question()
    found = grade(question, "np.squeeze(ones(n, k)) @ W.T")
    assert (found.verdict, found.scope) == ("proved", "every d, k, wherever yours is defined")


def test_a_place_that_is_no_condition_is_refused():
    with pytest.raises(AnswerSyntaxError, match="expected 'name = expression'"):
        read_function("g = 2*x\ng[y] = 0\nsum(g)")


@pytest.mark.parametrize(
    ("text", "answer", "verdict"),
    [
        ("F.log_softmax(x, dim=1).sum()", "0", "refuted"),
        ("F.log_softmax(x, dim=1).sum()", "1 - x.shape[1]*softmax(x, dim=1)", "proved"),
        ("x.clone().var()", "2*(x - x.mean())/(n - 1)", "proved"),
        ("x.clone().var()", "2*(x - x.mean())/n", "refuted"),
        ("torch.max((tau - 1)*x, tau*x).mean()", "where(x < 0, tau - 1, tau)/n", "proved"),
        ("torch.max((tau - 1)*x, tau*x).mean()", "where(x < 0, tau - 1, tau)", "refuted"),
        ("((x - y)**2).sum() + reg*(x**2).sum()", "2*(x - y) + 2*reg*x", "proved"),
        ("torch.clamp(1 - y*x, min=0).mean()", "-y*(y*x < 1)/n", "proved"),
        ("x.clamp(-1).sum() + x.clamp(max=2).sum()", "1.0*(x > -1) + (x < 2)", "proved"),
        ("(X.transpose(-2, -1) @ x).sum()", "X @ ones(X.shape[1])", "proved"),
        ("np.clip(x, 0, None).sum()", "1.0*(x > 0)", "proved"),
        ("np.clip(x, a_min=-1, a_max=1).sum()", "1.0*(abs(x) < 1)", "proved"),
        ("torch.clone(x).pow(2).sum()/x.size(0)", "2*x/n", "proved"),
    ],
)
def test_words_of_pytorch_mean_what_they_do_there(text, answer, verdict):
    assert grade(Asked(text, "x").question(), answer).verdict == verdict


def test_a_column_is_no_pair_of_each_two():
    asked = Asked("((X @ w - y.reshape(-1, 1))**2).sum()", "w", "X: n d, w: d 1, y: n 1")
    assert grade(asked.question(), "2*X.T @ (X @ w - y)").verdict == "proved"
    pairs = Asked("((x - y.view(-1, 1))**2).sum()", "x", "x: n, y: m")
    assert grade(pairs.question(), "2*(m*x - sum(y))").verdict == "proved"
    with pytest.raises(ValueError, match=r"reshape\(-1, 1\) needs a vector, got \(n, d\)"):
        Asked("X.reshape(-1, 1).sum()", "X", "X: n d").question()


@pytest.mark.parametrize(
    "text",
    [
        "g = x.float()\ng[x < 0] = 5\nreturn (g*x).sum()",
        "g = x.double()\ng *= 2\nreturn (g*x).sum()",
    ],
)
def test_what_pytorch_does_not_copy_is_the_same_array(text):
    with pytest.raises(AnswerSyntaxError, match="this may change x, too"):
        read_function(text)


def test_a_copy_of_truth_values_is_one():
    with pytest.raises(ValueError, match=r"join comparisons with & and \|"):
        Asked("((x > 0).copy() + (y > 0)).sum()", "x").question()
