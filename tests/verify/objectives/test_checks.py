"""Judges that know nothing of the proof see a wrong derivative, each of them."""

from dataclasses import replace

import pytest
from sympy import Rational

from verify.objectives import checks
from verify.objectives.asked import Asked
from verify.objectives.checks import check
from verify.objectives.derived import FAULTS, Checks

SMOOTH = Asked("sum(sigmoid(X @ w)) + lam*sum(w**2)", "w")
ALL = ("JAX", "PyTorch", "complex step", "40 digits")
RIGHT = [
    (SMOOTH, ALL),
    (Asked("sum(log(w))", "w"), ALL),
    (Asked("log(det(S))", "S", assume=("S positive definite",)), ALL),
    (Asked("softmax(z)", "z"), ALL),
    (Asked("sum(abs(x - c))", "x"), ("JAX", "PyTorch", "40 digits")),
    (Asked("log(sum(exp(z)))", "z", order=2), ("JAX", "PyTorch", "40 digits")),
    (Asked("sum(cumsum(X, axis=0)**2)", "X"), ALL),
    (Asked("sum(prod(X, axis=1))", "X"), ALL),
    (Asked("sum(min(X, axis=0)**2)", "X"), ("JAX", "PyTorch", "40 digits")),
    (Asked("sum(w*diff(x)**2)", "w"), ALL),
    (Asked("X[0] @ w*x[2]", "X"), ALL),
    (Asked("sum(G*tril(X @ X.T, -1)) + sum(arcsinh(X))", "X"), ALL),
    (Asked("trace(kron(A, X))", "X"), ALL),
    (Asked("sum(x[i]**2 for i in range(n))", "x"), ("40 digits",)),
]


@pytest.mark.parametrize(("asked", "judges"), RIGHT, ids=lambda part: str(part)[:40])
def test_a_right_derivative_is_agreed_to_and_every_fault_is_refuted(asked, judges):
    found = check(asked)
    assert found.judges == judges
    assert found.agree
    assert found.error < 1e-9
    assert found.points > 100
    assert found.refuted == found.faults > 0
    assert found.why == ""


def test_judges_may_be_asked_in_two_processes():
    first, last = check(SMOOTH, ("JAX", "40 digits", FAULTS)), check(SMOOTH, ("PyTorch",))
    assert (first.judges, last.judges) == (("JAX", "40 digits"), ("PyTorch",))
    assert (last.faults, last.refuted) == (0, 0)
    assert (first | last).judges == ("JAX", "PyTorch", "40 digits")
    assert (last | first).to_text() == (first | last).to_text()
    assert replace(first | last, judges=ALL, error=0.0) == replace(check(SMOOTH), error=0.0)
    wrong = replace(last, error=1.0, agree=False)
    assert not (first | wrong).agree
    assert (first | wrong).error == 1.0
    assert (first | Checks()).agree
    assert (first | Checks(why="MemoryError")).to_text() == "not: MemoryError"


@pytest.fixture
def wrong(monkeypatch):
    """A question whose right side is wrong by a millionth is asked in the place of any."""
    right = Asked.question

    def question(asked, name=""):
        question = right(asked, name)
        return replace(question, right=question.right * Rational(1_000_001, 1_000_000))

    monkeypatch.setattr(Asked, "question", question)


@pytest.mark.parametrize("judge", ALL)
def test_a_wrong_derivative_is_seen_by_each_judge(judge, wrong, monkeypatch):
    every_judge, precise = checks._judges, checks._in_40_digits
    alone = lambda asked: (one for one in every_judge(asked) if one[0] == judge)  # noqa: E731
    monkeypatch.setattr(checks, "_judges", alone)
    monkeypatch.setattr(
        checks, "_in_40_digits", precise if judge == "40 digits" else lambda *_: None
    )
    found = check(SMOOTH)
    assert found.judges == (judge,)
    assert not found.agree
    assert "DISAGREE" in found.to_text()


def test_a_library_that_is_missing_is_no_judge(monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    found = check(SMOOTH)
    assert found.judges == ("complex step", "40 digits")
    assert found.agree


def test_points_at_which_there_is_no_derivative_count_for_nothing():
    assert 100 < check(Asked("sum(log(w))", "w")).points < 400
    found = check(Asked("sum(log(w))", "w", assume=("w < 0",)))
    assert found == Checks(why="no point was drawn at which there is a derivative")


def test_checks_are_one_line():
    assert Checks(("JAX",), 1, 0.0, True, 2, 2).to_text() == (
        "JAX: 0e+00 at 1 point; 2 of 2 planted faults refuted"
    )
    assert Checks(why="MemoryError").to_text() == "not: MemoryError"


def test_where_no_judge_ends_none_agrees(monkeypatch):
    monkeypatch.setattr(checks, "_judges", lambda asked: ())
    monkeypatch.setattr(checks, "_in_40_digits", lambda *_: None)
    found = check(SMOOTH)
    assert found.agree is None
    assert found.to_text() == "no judge can run this; 12 of 12 planted faults refuted"
    assert Checks(why="not settled within 10 s").agree is None
