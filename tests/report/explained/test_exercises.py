"""Every answer that is printed is proved by the answer checker, and a slip in it is refuted."""

import pytest

from report.asked.homework import PROBLEMS
from report.explained.exercises import EXERCISES
from verify.grading.record import record_of
from verify.grading.workers import Task

ALL = [
    pytest.param(exercise, id=f"{number}.{place}")
    for number, exercises in EXERCISES.items()
    for place, exercise in enumerate(exercises, start=1)
]


def test_each_problem_has_five():
    assert {number: len(exercises) for number, exercises in EXERCISES.items()} == {
        problem.number: 5 for problem in PROBLEMS
    }


@pytest.mark.parametrize("exercise", ALL)
def test_the_answer_is_proved(exercise):
    assert record_of(Task("exercise", exercise.answer, asked=exercise.asked)).verdict == "proved"


@pytest.mark.parametrize("exercise", ALL)
def test_another_sign_is_refuted(exercise):
    wrong = f"-({exercise.answer})"
    assert record_of(Task("exercise", wrong, asked=exercise.asked)).verdict == "refuted"
