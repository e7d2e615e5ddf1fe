import numpy as np
import pytest
from sympy import KroneckerDelta, Rational

from verify.grading import hints
from verify.grading.claim_questions import question_named, questions_matching
from verify.grading.grade import grade
from verify.grading.points import right_values, search
from verify.numerics.domain import Batch, Kind
from verify.objectives.asked import Asked

JACOBIAN = question_named("softmax.jacobian")
i, j = JACOBIAN.indices
y = JACOBIAN.vocabulary.quantities["y"].symbol
Z = JACOBIAN.vocabulary.quantities["z"].symbol
tau = JACOBIAN.vocabulary.quantities["tau"].symbol


def test_the_right_formula_has_no_counterexample():
    assert search(JACOBIAN, JACOBIAN.right) is None


def test_a_counterexample_is_small_and_its_values_are_right():
    found, kind = search(JACOBIAN, JACOBIAN.right * tau)
    assert kind is Kind.ORDINARY
    z, tau_ = [float(value) for value in found.point[Z].values()], float(found.point[tau])
    assert len(z) <= 2
    assert all(len(repr(value)) <= 4 for value in (*z, tau_))
    p = np.exp(np.array(z) / tau_) / np.exp(np.array(z) / tau_).sum()
    right = (np.diag(p) - np.outer(p, p)) / tau_
    entry = found.point[i] - 1, found.point[j] - 1
    assert float(found.right) == pytest.approx(right[entry])
    assert float(found.left) == pytest.approx(tau_ * right[entry])


def test_rounding_in_float64_refutes_nothing():
    written_out = JACOBIAN.written_out(JACOBIAN.right)  # overflows at logits of 1e4
    assert search(JACOBIAN, written_out) is None


def test_a_difference_in_one_size_alone_is_found():
    n = JACOBIAN.vocabulary.sizes["n"]
    small = Rational(1, 1000)
    wrong = JACOBIAN.right + KroneckerDelta(i, j) * (n - 1) * (n - 2) * (n - 3) * y[i] * small
    found, _ = search(JACOBIAN, wrong)
    assert found.point[n] > 3


def test_where_an_answer_has_no_value_refutes_nothing():
    huber = question_named("huber.derivative")
    nowhere = grade(huber, "clip(r, -delta, delta) + log(-abs(r))")
    assert nowhere.verdict == "undecided"
    assert nowhere.scope == "no point found where both sides have values"
    assert grade(huber, "r * minimum(1, delta / abs(r))").verdict == "proved"


@pytest.mark.parametrize("question", questions_matching(), ids=lambda question: question.id)
def test_a_name_that_is_declared_positive_is_drawn_positive(question):
    for batch, _ in right_values(question):
        for quantity in question.vocabulary.quantities.values():
            if quantity.is_positive and quantity.name in batch.values:
                assert (batch.values[quantity.name] > 0).all(), quantity.name


def test_kinks_come_last():
    kinds = [batch.kind for batch, _ in right_values(question_named("layers.relu"))]
    first = kinds.index(Kind.KINK)
    assert set(kinds[first:]) == {Kind.KINK}


def test_what_functions_give_at_the_points_of_a_batch_is_computed_once():
    asked = []

    def twice(xp, x):
        asked.append(x)
        return 2 * x

    batch = Batch("", {}, {"x": np.ones(3)}, Kind.ORDINARY)
    assert batch.values_with({"y": twice})["y"].tolist() == [2, 2, 2]
    assert batch.values_with({"y": twice})["y"].tolist() == [2, 2, 2]
    assert len(asked) == 1
    assert batch.at(x=np.zeros(3)).values_with({"y": twice})["y"].tolist() == [0, 0, 0]


def test_the_slips_in_a_formula_are_planted_once_for_all_answers(monkeypatch):
    planted = []
    plant = hints.mutants
    monkeypatch.setattr(hints, "mutants", lambda *of: planted.append(of) or plant(*of))
    hints._slips.cache_clear()
    question = question_named("softmax.jacobian")
    for factor in (Rational(11, 10), Rational(12, 10)):
        grade(question, f"(diag(y) - {float(factor)} * outer(y, y)) / tau").hint  # noqa: B018
    assert len(planted) == 1


@pytest.mark.parametrize(
    ("function", "wrong"),
    [
        ("var(x, ddof=1)", "2*(x - mean(x))/(n - 2)"),  # right for three numbers
        ("mean(x)", "ones(n)/n + (n - 1)*(n - 2)*(n - 3)*x"),
    ],
)
def test_what_agrees_at_small_sizes_is_tried_at_larger_ones(function, wrong):
    assert grade(Asked(function, "x").question(), wrong).verdict == "refuted"
