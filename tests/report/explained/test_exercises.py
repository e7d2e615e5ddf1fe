"""Exercises ask what the answer checker can grade: their answers are proved, wrong ones refuted."""

import pytest

from report.asked.homework import PROBLEMS
from report.explained.exercises import EXERCISES, Exercise
from verify.grading.grade import grade
from verify.objectives.asked import Asked

ALL = [exercise for exercises in EXERCISES.values() for exercise in exercises]


def verdict(exercise: Exercise, answer: str) -> str:
    asked = Asked(exercise.function, exercise.wrt, exercise.shapes, exercise.assume)
    return str(grade(asked.question(), answer).verdict.value)


def test_each_problem_has_five():
    assert list(EXERCISES) == [problem.number for problem in PROBLEMS]
    assert all(len(exercises) == 5 for exercises in EXERCISES.values())
    assert len({(exercise.function, exercise.wrt) for exercise in ALL}) == len(ALL)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.teaches)
def test_its_answer_is_proved_and_its_double_is_refuted(exercise: Exercise):
    assert verdict(exercise, exercise.answer) == "proved"
    assert verdict(exercise, f"2 * ({exercise.answer})") == "refuted"
