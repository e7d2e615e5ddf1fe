"""What is counted of the closed forms, and what SymPy is given and said to be worth."""

import re

import numpy as np
import pytest
import sympy as sp

from experiments.closed_forms import EXPERIMENT, run
from experiments.closed_forms.cases import disputes, forms
from experiments.closed_forms.design import SETTINGS
from experiments.closed_forms.gather import gather, score
from experiments.closed_forms.result import (
    ClosedFormsResult,
    ClosedFormsRun,
    Dispute,
    Form,
    Judged,
    Made,
    Said,
)
from experiments.closed_forms.sympy_rival import Differentiation, agrees, written
from experiments.closed_forms.sympy_value import value_of
from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from verify.numerics.arrays import evaluate
from verify.objectives.asked import Asked


def judged(verdict="proved", scope="every n", counterexample=False, formula="x") -> Judged:
    return Judged(
        formula=formula, verdict=verdict, scope=scope, seconds=0.5, counterexample=counterexample
    )


def form(given=None, wrong=(), sympy="right", length=1.0, is_matrix_form=True) -> Form:
    return Form(
        id="f",
        source="a book",
        function="x @ x",
        wrt="x",
        order=1,
        given=given or judged(),
        derived=Made(
            gradient="2*x",
            is_matrix_form=is_matrix_form,
            verdict="proved",
            scope="every n",
            length=length,
            seconds=0.1,
        ),
        wrong=list(wrong),
        sympy=Said(verdict=sympy, derivative="", why="", seconds=0.1),
    )


def test_each_case_belongs_to_one_setting():
    families = {case.family for case in (*forms(), *disputes())}
    assert families == set(SETTINGS)
    assert (len(forms()), len(disputes())) == (117, 25)


def test_counts_are_of_what_is_decided():
    right, point = judged(), judged("refuted", "one point", counterexample=True)
    shapes, no_point = judged("refuted", "shapes"), judged("refuted", "one point")
    found = score(
        [
            form(right, [point, shapes]),
            form(judged("undecided"), [no_point, right], "silently wrong", length=1.6),
            form(right, [], "no answer", is_matrix_form=False),
        ]
    )
    assert (found.forms, found.proved, found.derived, found.compact) == (3, 2, 2, 1)
    assert (found.wrong, found.refuted) == (4, 2)
    assert (found.sympy_right, found.sympy_silent, found.sympy_none) == (1, 1, 1)


def test_a_false_verdict_is_named_and_what_is_open_is_listed(provenance):
    refuted = judged("refuted", "one point", counterexample=True)
    claimed = {"right": judged(), "open": judged("undecided", "no rule"), "false": refuted}
    found = gather(
        provenance,
        [
            ClosedFormsRun(
                setting="trace",
                seed=0,
                forms=[form(refuted, [judged()]), form(is_matrix_form=False)],
                disputes=[],
            ),
            ClosedFormsRun(
                setting="dispute",
                seed=0,
                forms=[],
                disputes=[
                    Dispute(
                        id=name, source="", function="", wrt="x", claimed=one, expected="proved"
                    )
                    for name, one in claimed.items()
                ],
            ),
        ],
    )
    assert found.false == ["f", "f, a wrong one", "false"]
    assert (found.disputes, found.decided) == (3, 1)
    assert {(one.id, one.what) for one in found.undecided} == {
        ("f", "given"),
        ("f", "wrong"),
        ("f", "derived"),
        ("open", "dispute"),
    }
    assert set(found.families) == {"trace"}


@pytest.fixture(scope="module")
def quick() -> list[ClosedFormsRun]:
    return [run.run(Task("closed_forms", name, 0, "quick")) for name in ("norm-layer", "dispute")]


def test_the_quick_profile_asks_about_one_case_and_draws(quick, provenance):
    (one,), (dispute,) = quick[0].forms, quick[1].disputes
    assert one.given.verdict == "proved"
    assert [wrong.verdict for wrong in one.wrong] == ["refuted", "refuted"]
    assert one.derived.verdict == "proved"
    assert 0 < one.given.seconds < run.SECONDS
    assert dispute.claimed.verdict == dispute.expected
    result = gather(provenance, quick)
    ClosedFormsResult.model_validate_json(result.model_dump_json())
    assert set(draw(EXPERIMENT, result)) == {"families"}


def test_a_question_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(run, "SECONDS", 0.01)
    found = run.run(Task("closed_forms", "norm-layer", 0, "quick"))
    assert found.forms[0].given.verdict == "undecided"
    assert found.forms[0].sympy.verdict == "no answer"


# --- SymPy ---------------------------------------------------------------------------------------

SAID = {
    ("x @ A @ x", "x", "x: n, A: n n"): "right",
    ("trace(A @ X.T)", "X", "A: m n, X: m n"): "right",
    ("sum((y - X @ w)**2)", "w", "y: n, X: n d, w: d"): "right",
    ("A @ x", "x", "A: m n, x: n"): "right",  # the transpose is another layout of a Jacobian
    ("log(det(X))", "X", "X: n n"): "silently wrong",
    ("log(sum(exp(x)))", "x", "x: n"): "silently wrong",
    ("det(X)", "X", "X: n n"): "no answer",
    ("sum(log(sum(exp(-sqdist(X, Y)), axis=1)))", "X", "X: n d, Y: m d"): "no answer",
}


@pytest.mark.parametrize("asked", SAID, ids=lambda asked: asked[0])
def test_what_sympy_says_is_held_against_the_right_values(asked):
    assert Differentiation(Asked(*asked)).settled().verdict == SAID[asked]


def test_a_transposed_gradient_is_wrong():
    asked = Asked("trace(A @ X.T)", "X", "A: m n, X: m n")
    A = sp.MatrixSymbol("A", *asked.objective().vocabulary.quantities["A"].shape)
    assert agrees(asked, A)
    assert not agrees(asked, A.T)
    assert not agrees(asked, 2 * A)


WRITTEN = (
    "(a @ X) @ x + lam*sum(x**2) - 3",
    "sum(X*outer(a, x)) + sum(a)**2",
    "sum(tanh(X @ x + a)) / (1 + sum(exp(x)))",
    "sum(softmax(X @ x)*a) + sum(log(softmax(X)) * X)",
    "sum(maximum(x, 0)) + sum(maximum(X @ x, a)) + trace(S @ inv(S + eye(n)))",
    "sum(sum(X, axis=1)**3) + sum(sum(X, axis=0)*x) + sum(X + x) + sum(X*a[:, None])",
    "sum(where(x > 0, x, lam*x)) + log(det(S @ S.T + eye(n)))",
)


@pytest.mark.parametrize("as_trace", [False, True])
@pytest.mark.parametrize("function", WRITTEN)
def test_the_translation_means_the_function(function, as_trace):
    names = {"a": "m", "X": "m n", "x": "n", "lam": "", "S": "n n"}
    used = {n: s for n, s in names.items() if re.search(rf"\b{n}\b", function) or n == "x"}
    asked = Asked(function, "x", ", ".join(f"{name}: {size}" for name, size in used.items()))
    rng, sizes = np.random.default_rng(0), {"m": 2, "n": 3}
    values = {
        name: np.array(rng.normal(size=[sizes[one] for one in size.split()]))
        for name, size in used.items()
    }
    columns = {n: v[:, None] if v.ndim == 1 else v for n, v in values.items()}
    mine = value_of(written(asked, as_trace)[0], columns, sizes)
    right = asked.objective().reading.function.number
    batch = {name: value[None] for name, value in values.items()}
    np.testing.assert_allclose(np.squeeze(mine), evaluate(right.entry, batch, sizes)[0])
