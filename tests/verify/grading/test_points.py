import numpy as np
import pytest
from sympy import KroneckerDelta

from verify.grading.grade import grade
from verify.grading.points import right_values, search
from verify.grading.question import question_named
from verify.numerics.domain import Kind

JACOBIAN = question_named("softmax.jacobian")
i, j = JACOBIAN.indices
y = JACOBIAN.vocabulary.quantities["y"].symbol
tau = JACOBIAN.vocabulary.quantities["tau"].symbol


def test_the_right_formula_has_no_counterexample_and_the_points_are_counted():
    found = search(JACOBIAN, JACOBIAN.right)
    assert found.counterexample is None
    assert found.agreeing >= 200


def test_a_counterexample_is_small_and_its_values_are_right():
    found = search(JACOBIAN, JACOBIAN.right * tau).counterexample
    assert len(found.point["z"]) <= 2
    assert all(len(repr(value)) <= 4 for value in (*found.point["z"], found.point["tau"]))
    z, tau_ = np.array(found.point["z"]), found.point["tau"]
    p = np.exp(z / tau_) / np.exp(z / tau_).sum()
    right = (np.diag(p) - np.outer(p, p)) / tau_
    assert float(found.right) == pytest.approx(right[found.entry])
    assert float(found.yours) == pytest.approx(tau_ * right[found.entry])


def test_rounding_in_float64_refutes_nothing():
    written_out = JACOBIAN.written_out(JACOBIAN.right)  # overflows at logits of 1e4
    assert search(JACOBIAN, written_out).counterexample is None


def test_a_difference_in_one_size_alone_is_found():
    n = JACOBIAN.vocabulary.sizes["n"]
    wrong = JACOBIAN.right + KroneckerDelta(i, j) * (n - 1) * (n - 2) * (n - 3) * y[i] * 1e-3
    assert len(search(JACOBIAN, wrong).counterexample.point["z"]) > 3


def test_no_value_at_an_ordinary_point_refutes_and_at_a_special_one_does_not():
    huber = question_named("huber.derivative")
    assert grade(huber, "clip(r, -delta, delta) + log(-abs(r))").counterexample.yours is None
    assert grade(huber, "r * minimum(1, delta / abs(r))").verdict == "proved"


def test_kinks_come_last():
    kinds = [batch.kind for batch, _ in right_values(question_named("layers.relu"))]
    first = kinds.index(Kind.KINK)
    assert set(kinds[first:]) == {Kind.KINK}
