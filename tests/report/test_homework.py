"""The homework's numbers, typed from its text again: those of the report and of what runs."""

import inspect
import re

from experiments.blood_cells import classification, network
from experiments.blood_cells import design as blood_cells
from experiments.framework.experiment import experiment_names, find_experiment
from experiments.initialization import design as initialization
from experiments.networks.initial_weights import VARIANCES
from experiments.numpy_mnist import design as numpy_mnist
from mytorch.utils.gradient_check import gradient_check
from report.asked import homework
from report.asked.rubric import RUBRIC
from report.asked.tasks import SETTINGS, TASKS

SENTENCES = {
    "2.3": (2, 3),
    "2.4": (3, 4),
    "3.3": (3, 5),
    "Q4.4": (3, 4),
    "Q5.2": (3, 4),
    "Q5.4": (4, 5),
}
POINTS = {
    1: (6, 6, 3),
    2: (6, 4, 3, 2),
    3: (6, 5, 4),
    4: (2, 5, 5, 3),
    5: (3, 5, 4, 3),
    6: (5, 4, 5, 2, 2, 3, 4),
}


def test_answers_have_the_lengths_and_questions_the_points_that_the_homework_states():
    assert homework.ANSWER_LENGTHS == SENTENCES
    points = {p.number: tuple(q.points for q in p.questions) for p in homework.PROBLEMS}
    assert points == POINTS
    assert [p.points for p in homework.PROBLEMS] == [15, 15, 15, 15, 15, 25]


def test_each_question_has_its_task_and_no_other_has():
    assert list(TASKS) == list(homework.QUESTIONS)
    assert set(SETTINGS) < {problem.number for problem in homework.PROBLEMS}


def test_the_parts_of_each_question_are_worth_its_points():
    assert list(RUBRIC) == list(homework.QUESTIONS)
    for number, criteria in RUBRIC.items():
        assert sum(part.points for part in criteria) == homework.QUESTIONS[number].points


def test_tasks_ask_for_as_many_sentences_as_answers_may_have():
    asked = {
        number: (int(found[1]), int(found[2]))
        for number, task in TASKS.items()
        if (found := re.search(r"(\d)--(\d)\s+sentences", task))
    }
    assert asked == homework.ANSWER_LENGTHS


def test_blood_cells_are_classified_as_the_homework_says():
    assert network.SIZES == homework.BLOOD_CELLS_WIDTHS == (2352, 256, 128, 8)
    assert network.EPOCHS["full"] == homework.BLOOD_CELLS_EPOCHS == 30
    assert network.BATCH_SIZE == homework.BLOOD_CELLS_BATCH_SIZE == 64
    assert network.LEARNING_RATE == homework.BLOOD_CELLS_LEARNING_RATE == 1e-3
    assert (classification.CONFIDENT, classification.UNCERTAIN) == (0.9, 0.6)
    assert (homework.CONFIDENT, homework.UNCERTAIN) == (0.9, 0.6)
    assert blood_cells.SAMPLE_PER_CLASS * 8 == 16
    assert (blood_cells.MISCLASSIFIED, blood_cells.EXAMPLES_PER_QUADRANT) == (5, 2)


def test_networks_are_initialised_and_trained_as_the_homework_says():
    assert initialization.SIZES == (784, 256, 256, 256, 256, 256, 10)
    assert initialization.EPOCHS["full"] == homework.INITIALIZATION_EPOCHS == 10
    assert initialization.IMAGES == homework.INITIALIZATION_IMAGES == 256
    assert initialization.BATCH_SIZE == homework.INITIALIZATION_BATCH_SIZE == 128
    assert initialization.LEARNING_RATE == homework.INITIALIZATION_LEARNING_RATE == 0.1
    assert VARIANCES["small"](1, 1) == homework.SMALL_STD**2 == 0.01**2


def test_the_library_is_checked_and_trained_as_the_homework_says():
    assert numpy_mnist.WIDTHS == (784, 128, 64, 10)
    assert (numpy_mnist.LEARNING_RATE, numpy_mnist.BATCH_SIZE) == (0.1, 64)
    assert numpy_mnist.EPOCHS == homework.LIBRARY_EPOCHS == 3
    assert (numpy_mnist.CHECKED_IMAGES, numpy_mnist.SHOWN_IMAGES) == (5, 10)
    assert homework.LIBRARY_ACCURACY_FLOOR == 90
    assert homework.GRADIENT_CHECK_LIMIT == 1e-5
    assert inspect.signature(gradient_check).parameters["epsilon"].default == 1e-5


def test_questions_name_the_experiments_that_measure_for_them():
    questions = homework.QUESTIONS.values()
    made = {name for question in questions for name in question.made}
    given = {name for question in questions for name in question.given}
    beyond = {"checkers", "closed_forms", "speed"}
    assert made | given == set(experiment_names()) - beyond
    assert all(find_experiment(name).data for name in given)
    assert not any(find_experiment(name).data for name in made - given)
