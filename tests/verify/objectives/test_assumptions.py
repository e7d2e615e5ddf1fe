"""Assumptions are read from words; values that meet them are drawn; a proof may use them."""

from fractions import Fraction

import numpy as np
import pytest

from verify.grading.grade import grade
from verify.objectives.asked import Asked
from verify.objectives.assumptions import KINDS, assumptions_in

NAMED = {
    "s positive": "positive",
    "s is positive": "positive",
    "s pos": "positive",
    "s non-negative": "nonnegative",
    "A symmetric": "symmetric",
    "A is a symmetric matrix": "symmetric",
    "S positive definite": "positive definite",
    "S symmetric positive definite": "positive definite",
    "S is PD": "positive definite",
    "X invertible": "invertible",
    "X nonsingular": "invertible",
    "p probabilities": "probabilities",
    "p is a distribution": "probabilities",
    "Y one-hot rows": "one-hot",
    "Y has one-hot rows": "one-hot",
    "y signs": "signs",
    "y is 1 or -1": "signs",
    "y are +1 or -1": "signs",
    "m 0 or 1": "0 or 1",
    "m is zero or one": "0 or 1",
    "m binary": "0 or 1",
}
BOUNDED = {
    "s > 0": (0, None, True, True),
    "s>0": (0, None, True, True),
    "0 < s": (0, None, True, True),
    "s >= -1.5": (Fraction(-3, 2), None, False, False),
    "s <= 1e3": (None, 1000, False, False),
    "2 >= s": (None, 2, False, False),
    "0 < s < 1": (0, 1, True, True),
    "0 <= s < 1": (0, 1, False, True),
    "s in (0, 1)": (0, 1, True, True),
    "s in [0,1)": (0, 1, False, True),
}
UNKNOWN = {
    "A diagonal": "'A diagonal': expected a name and one of positive, nonnegative, ",
    "foo": "'foo': expected a name and one of",
    "A is": "'A is': expected a name and one of",
    "positive definite": "'positive definite': expected a name and one of",
    "A symmetric, 3 positive": "'3 positive': expected a name and one of",
    "s in (1, 0)": r"'s in (1, 0)': expected the smaller number first",
    "1 < s < 1": "'1 < s < 1': expected the smaller number first",
}
MET = {
    "positive": lambda s: s > 0,
    "nonnegative": lambda s: s >= 0,
    "symmetric": lambda s: s == s.swapaxes(-1, -2),
    "positive definite": lambda s: np.linalg.eigvalsh(s) > 0.1,
    "invertible": lambda s: np.linalg.det(s) > 0,
    "probabilities": lambda s: (s > 0) & np.isclose(s.sum(axis=-1, keepdims=True), 1),
    "one-hot": lambda s: np.isin(s, (0, 1)) & (s.sum(axis=-1, keepdims=True) == 1),
    "signs": lambda s: np.isin(s, (-1, 1)),
    "0 or 1": lambda s: np.isin(s, (0, 1)),
}
RIGHT_ONLY_IF = [
    ("x @ A @ x", "x", "2*A @ x", "A symmetric"),
    ("x @ A @ x", "x", "2*A @ x", "A positive definite"),
    ("lam*abs(lam)", "lam", "2*lam", "lam >= 0"),
    ("abs(sum(x))", "x", "-ones(n)", "sum(x) < 0"),
    ("sum(x*sum(p))", "x", "ones(n)", "p probabilities"),
    ("sum(X*sum(Y, axis=1)[:, None])", "X", "ones((n, d))", "Y one-hot"),
    ("lam*sum(y**2)", "lam", "n", "y signs"),
    ("sum((m*x)**2)", "x", "2*m*x", "m 0 or 1"),
    ("-sum(m*log(x))", "x", "where(m == 1, -1/x, 0)", "m 0 or 1"),
]


@pytest.mark.parametrize("text", NAMED)
def test_a_kind_is_read(text):
    (one,) = assumptions_in(text)
    assert (one.name, one.kind) == (text[0], KINDS[NAMED[text]])
    assert one.words == text


@pytest.mark.parametrize("text", BOUNDED)
def test_bounds_are_read(text):
    (one,) = assumptions_in(text)
    assert (one.name, one.low, one.high, *one.strict) == ("s", *BOUNDED[text])


def test_several_are_read_between_commas_and_ands():
    text = "A symmetric, s > 0; q in (0, 1) and p probabilities\nlam > mu"
    assert [one.name for one in assumptions_in(text)] == ["A", "s", "q", "p", ""]
    assert assumptions_in(text)[-1].is_condition
    assert assumptions_in("") == []


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_is_unknown_is_said_with_what_is_known(text):
    with pytest.raises(ValueError, match="expected") as error:
        assumptions_in(text)
    assert str(error.value).startswith(UNKNOWN[text])


@pytest.mark.parametrize(
    ("assume", "says"),
    [
        ("v positive", "'v positive': the function has no v"),
        ("x symmetric", "'x symmetric': expected a matrix"),
        ("A one-hot, lam probabilities", "'lam probabilities': expected a vector or a matrix"),
        ("x >", "'x >': column 4: the expression ends too early"),
        ("x > z", "'x > z': column 5: unknown name 'z'"),
        ("x > 0, x < 0", "'x > 0, x < 0': nothing can be all of that"),
        ("n > 6", "no sizes up to 4 meet what is assumed"),
    ],
)
def test_an_assumption_that_does_not_fit_the_function_is_said(assume, says):
    with pytest.raises(ValueError, match=r":|no sizes") as error:
        Asked("lam*sum(A @ x)", "x", "A: n n", (assume,)).question()
    assert str(error.value).startswith(says)


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_drawn_meet_a_kind(kind, rng):
    (one,) = assumptions_in(f"S {kind}")
    assert MET[kind](one.draw(rng, (200, 3, 3))).all()
    assert not MET[kind](rng.normal(size=(200, 3, 3))).all()


@pytest.mark.parametrize("text", BOUNDED)
def test_values_that_are_drawn_meet_bounds(text, rng):
    (one,) = assumptions_in(text)
    drawn = one.draw(rng, (1000,))
    assert one.low is None or (drawn > float(one.low)).all()
    assert one.high is None or (drawn < float(one.high)).all()
    assert len(set(drawn)) == 1000


@pytest.mark.parametrize(("function", "wrt", "answer", "assume"), RIGHT_ONLY_IF)
def test_an_answer_is_right_only_under_its_assumption(function, wrt, answer, assume):
    with_it = grade(Asked(function, wrt, assume=(assume,)).question(), answer)
    assert with_it.verdict.value == "proved"
    without = grade(Asked(function, wrt).question(), answer)
    assert without.verdict.value == "refuted"


def test_a_condition_on_sizes_chooses_the_sizes_of_the_points():
    sizes = Asked("sum(x)", "x", assume=("n > 2",)).objective().domain.sizes
    assert sizes == ({"n": 3},)
    assert Asked("sum(A)", "A", assume=("n == d",)).objective().domain.sizes == (
        {"n": 1, "d": 1},
        {"n": 3, "d": 3},
    )


SCOPES = [
    ("sum(x*abs(x))", "-2*x", "x < 0", "every n, x < 0"),
    ("sum(x*abs(x))", "-2*x", "x <= 0", "every n, x <= 0"),
    ("sum(x*abs(x))", "2*x", "x nonnegative", "every n, x >= 0"),
    ("sum(x*abs(x))", "-2*x", "x in (-1, 0)", "every n, x < 0, where x[j] > -1"),
    ("sum(abs(x))", "1", "x positive", "every x > 0"),
    ("sum(x)*sign(a)", "-1", "a < 0", "every a < 0"),
]


@pytest.mark.parametrize(("function", "answer", "assume", "scope"), SCOPES)
def test_a_scope_says_what_is_assumed_of_signs(function, answer, assume, scope):
    found = grade(Asked(function, "x", "x: n", (assume,)).question(), answer)
    assert (found.verdict, found.scope) == ("proved", scope)
