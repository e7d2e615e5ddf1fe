import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from medmnist.evaluator import getAUC
from sklearn.metrics import accuracy_score, f1_score

from experiments.blood_cells import classification
from experiments.blood_cells.classification import Pair

# True class 0: 5 right, 2 taken for 1, 1 for 2; and so on.
BY_HAND = np.array([[5, 2, 1], [4, 6, 0], [1, 3, 7]])


def _problem(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Labels of four classes, and scores with many ties."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(4), rng.integers(0, 4, n - 4)])
    scores = rng.integers(0, 6, (n, 4)) / 5 + np.eye(4)[labels] / 5
    return labels, scores


def test_most_confused_pairs_by_hand() -> None:
    assert classification.most_confused(BY_HAND) == [Pair(1, 0, 4), Pair(2, 1, 3)]


def test_both_directions_added_by_hand() -> None:
    expected = [Pair(0, 1, 6), Pair(1, 2, 3)]
    assert classification.most_confused_both_ways(BY_HAND) == expected


def test_ties_go_to_the_lower_labels() -> None:
    matrix = np.array([[9, 0, 2], [2, 9, 0], [0, 2, 9]])
    assert classification.most_confused(matrix) == [Pair(0, 2, 2), Pair(1, 0, 2)]


def test_a_perfect_classifier_confuses_nothing() -> None:
    assert classification.most_confused(np.diag([3, 4, 5])) == []
    assert classification.most_confused_both_ways(np.diag([3, 4, 5])) == []


def test_quadrants_exclude_their_limits() -> None:
    confidence = np.array([0.95, 0.91, 0.9, 0.7, 0.6, 0.59, 0.3])
    correct = np.array([True, False, True, True, False, True, False])
    found = classification.quadrants(confidence, correct)
    assert {name: members.tolist() for name, members in found.items()} == {
        "confident correct": [0],
        "confident incorrect": [1],
        "uncertain correct": [5],
        "uncertain incorrect": [6],
        "between": [2, 3, 4],
    }


@given(st.lists(st.tuples(st.floats(0.1, 1), st.booleans()), min_size=1))
def test_every_prediction_is_in_one_quadrant_or_between(members: list[tuple[float, bool]]) -> None:
    confidence, correct = (np.array(column) for column in zip(*members, strict=True))
    found = classification.quadrants(confidence, correct)
    assert sorted(np.concatenate(list(found.values()))) == list(range(len(members)))


@pytest.mark.parametrize("seed", range(5))
def test_metrics_with_equal_weights_are_those_of_the_libraries(seed: int) -> None:
    labels, scores = _problem(seed)
    predicted, once = scores.argmax(axis=1), np.ones((1, len(labels)))
    found = [
        classification.accuracy(labels, predicted, once),
        classification.macro_f1(labels, predicted, once),
        classification.macro_auc(labels, scores, once),
    ]
    expected = [
        accuracy_score(labels, predicted),
        f1_score(labels, predicted, average="macro"),
        getAUC(labels, scores, "multi-class"),
    ]
    np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_weights_count_as_repetitions(seed: int) -> None:
    labels, scores = _problem(seed)
    weights = np.random.default_rng(seed).integers(1, 4, len(labels))
    many = np.repeat(np.arange(len(labels)), weights)
    predicted, once = scores.argmax(axis=1), np.ones((1, len(many)))
    for metric, second in (
        (classification.accuracy, predicted),
        (classification.macro_f1, predicted),
        (classification.macro_auc, scores),
    ):
        weighted = metric(labels, second, weights[None].astype(float))
        np.testing.assert_allclose(weighted, metric(labels[many], second[many], once))


def test_bootstrap_samples_hold_as_many_as_there_are() -> None:
    weights = classification.resamples(50, np.random.default_rng(0), count=20)
    assert weights.shape == (20, 50)
    np.testing.assert_array_equal(weights.sum(axis=1), 50)


def test_bootstrap_interval_of_an_accuracy_is_the_binomial_one() -> None:
    labels, predicted = np.zeros(400, int), (np.arange(400) < 80).astype(int)
    weights = classification.resamples(400, np.random.default_rng(0))
    scores = classification.accuracy(labels, predicted, weights)
    reach = 1.96 * np.sqrt(0.8 * 0.2 / 400)
    low, high = classification.percentile_interval(scores)
    assert (low, high) == pytest.approx((0.8 - reach, 0.8 + reach), abs=0.005)
