import numpy as np
import pytest

from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Provenance
from experiments.output_activations import EXPERIMENT
from experiments.output_activations.data import class_probabilities
from experiments.output_activations.heads import cross_entropy, fit, predict
from experiments.output_activations.result import OutputActivationsResult, OutputActivationsRun
from experiments.output_activations.run import judge_independent


@pytest.fixture(scope="module")
def run() -> OutputActivationsRun:
    return EXPERIMENT.run(Task("output_activations", "default", 0, "quick"))


def test_true_probabilities_are_those_of_bayes() -> None:
    x = np.array([0.3])
    densities = np.exp(-((x - np.array([-2.0, 0.0, 2.0])) ** 2) / (2 * 0.8**2))
    np.testing.assert_allclose(class_probabilities(x)[0], densities / densities.sum())


def test_a_head_without_features_learns_the_frequencies() -> None:
    X = np.ones((4, 1))
    labels = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for head in ("softmax", "sigmoid"):
        given = predict(head, fit(head, X, labels), X[:1])
        np.testing.assert_allclose(given, [[0.75, 0.25]], atol=1e-4)


def test_softmax_shares_one_unit_among_labels_that_are_true_together() -> None:
    X, labels = np.ones((3, 1)), np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    given = predict("softmax", fit("softmax", X, labels), X)
    np.testing.assert_allclose(given, [[3 / 5, 2 / 5]] * 3, atol=1e-4)
    given = predict("sigmoid", fit("sigmoid", X, labels), X)
    assert given[0, 0] > 0.99
    np.testing.assert_allclose(given[:, 1], 2 / 3, atol=1e-4)


def test_judgement_of_independent_labels_by_hand() -> None:
    given = np.array([[0.4, 0.1, 0.1, 0.1, 0.1], [0.9, 0.6, 0.1, 0.1, 0.1]])
    labels = np.array([[0.0, 0, 0, 0, 0], [1.0, 1, 1, 0, 0]])
    found = judge_independent(given, labels, np.full((2, 5), 0.5))
    assert np.isnan(found.recall[0])
    assert found.recall[3] == pytest.approx(200 / 3)
    assert found.labels_given[0] == 0
    assert found.labels_given[3] == 2
    assert found.all_right == 50
    assert found.expected_labels == pytest.approx((0.8 + 1.8) / 2)
    assert found.largest_without_label == 0.4
    assert found.error == pytest.approx((0.1 + 4 * 0.4 + 0.4 + 0.1 + 3 * 0.4) / 10)


def test_cross_entropy_is_of_the_true_class() -> None:
    given, labels = np.array([[0.25, 0.75], [0.5, 0.5]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    assert cross_entropy(given, labels) == pytest.approx((np.log(4) + np.log(2)) / 2)


def test_each_head_is_right_where_it_belongs(run: OutputActivationsRun) -> None:
    softmax, sigmoid = run.exclusive["softmax"], run.exclusive["sigmoid"]
    assert softmax.sum_low == pytest.approx(1)
    assert softmax.sum_high == pytest.approx(1)
    assert sigmoid.sum_low < 0.6
    assert sigmoid.sum_high > 1.2
    assert softmax.error < 0.02 < 0.08 < sigmoid.error
    softmax_labels, sigmoid_labels = run.independent["softmax"], run.independent["sigmoid"]
    assert softmax_labels.expected_labels == pytest.approx(1)
    assert sigmoid_labels.expected_labels == pytest.approx(run.mean_true_labels, rel=0.05)
    assert sigmoid_labels.error < 0.03 < 0.15 < softmax_labels.error
    assert softmax_labels.all_right <= softmax_labels.all_right_at_best


def test_result_is_gathered_and_drawn(provenance: Provenance, run: OutputActivationsRun) -> None:
    result = EXPERIMENT.gather(provenance, [run])
    OutputActivationsResult.model_validate_json(result.model_dump_json())
    assert set(draw(EXPERIMENT, result)) == {"exclusive", "independent"}
