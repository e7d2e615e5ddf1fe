"""Public closed forms are proved, their typical errors refuted, and disputes decided rightly."""

import pytest

from experiments.closed_forms.cases import disputes, forms
from verify.grading.grade import grade
from verify.objectives.objective import objective


def question_of(case):
    return objective(case.function, case.shapes, case.assume).question(case.wrt, case.order)


@pytest.mark.parametrize("case", forms(), ids=lambda case: case.id)
def test_the_right_form_is_proved_and_the_wrong_ones_are_refuted(case):
    question = question_of(case)
    found = grade(question, case.right)
    assert found.verdict == "proved", found.scope
    for wrong in case.wrong:
        found = grade(question, wrong)
        assert found.verdict == "refuted", wrong
        assert found.counterexample or found.scope == "shapes"


@pytest.mark.parametrize("case", disputes(), ids=lambda case: case.id)
def test_a_dispute_is_decided_rightly(case):
    question = question_of(case)
    verdict = grade(question, case.claimed).verdict
    assert verdict == ("refuted" if case.verdict == "wrong" else "proved")
    assert grade(question, case.right).verdict == "proved"
