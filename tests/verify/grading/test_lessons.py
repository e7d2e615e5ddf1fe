"""What is printed as right is proved, and what is printed as a mistake is refuted with a reason."""

import pytest

from verify.claims import claims_matching
from verify.grading.lessons import LESSONS, graded
from verify.grading.record import record_of
from verify.grading.words import reason
from verify.grading.workers import Task

MISTAKES = [(lesson.id, mistake.answer) for lesson in LESSONS for mistake in lesson.mistakes]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_right_answers_are_proved(lesson):
    assert record_of(Task(lesson.id, lesson.right)).verdict == "proved"


@pytest.mark.parametrize(("id_", "answer"), MISTAKES)
def test_mistakes_are_refuted_by_a_point_or_a_shape(id_: str, answer: str):
    record = record_of(Task(id_, answer))
    assert record.verdict == "refuted"
    assert record.counterexample or "yours is" in reason(record)


def test_each_lesson_has_three_mistakes_and_belongs_to_a_claim():
    assert all(len(lesson.mistakes) == 3 for lesson in LESSONS)
    ids = [claim.id for claim in claims_matching("*")]
    assert all(any(f"{lesson.id}.".startswith(f"{id_}.") for id_ in ids) for lesson in LESSONS)


def test_answers_are_recorded_in_order_with_what_the_checker_says():
    answers = list(graded("least_squares.grad_A"))
    assert [answer.verdict for answer in answers] == ["proved", *3 * ["refuted"]]
    assert [bool(answer.thought) for answer in answers] == [False, True, True, True]
    assert answers[0].said == "for every d, m"
    assert "the square's 2 not cancelled" in answers[1].said
