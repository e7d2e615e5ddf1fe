import numpy as np
import pytest

from experiments.blood_cells.evaluation import evaluate
from experiments.blood_cells.result import Evaluation
from experiments.datasets import Split

LABELS = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
PREDICTED = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2, 0])
CONFIDENCE = np.array([0.95, 0.5, 0.95, 0.8, 0.95, 0.5, 0.45, 0.95, 0.7, 0.5])


def _logits(predicted: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Logits of three classes whose softmax gives `predicted` this confidence."""
    rest = (1 - confidence)[:, None] / 2
    return np.log(np.where(np.eye(3)[predicted] == 1, confidence[:, None], rest))


def _evaluate(predicted: np.ndarray, confidence: np.ndarray, draws: int = 1000) -> Evaluation:
    images = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((28, 28, 3), np.uint8)
    logits = _logits(predicted, confidence)
    rng = np.random.default_rng(0)
    return evaluate(logits, LABELS, logits, Split(images, LABELS), rng, draws)


@pytest.fixture(scope="module")
def by_hand() -> Evaluation:
    return _evaluate(PREDICTED, CONFIDENCE)


def test_three_classes_by_hand(by_hand: Evaluation) -> None:
    assert by_hand.confusion == [[2, 1, 0], [0, 2, 2], [1, 0, 2]]
    assert by_hand.accuracy == pytest.approx(0.6)
    assert [tuple(pair) for pair in by_hand.confused] == [(1, 2, 2), (0, 1, 1)]
    assert [tuple(pair) for pair in by_hand.confused_both_ways] == [(1, 2, 2), (0, 1, 1)]
    assert [scores.recall for scores in by_hand.per_class] == pytest.approx([2 / 3, 1 / 2, 2 / 3])
    precision = [scores.precision for scores in by_hand.per_class]
    assert precision == pytest.approx([2 / 3, 2 / 3, 1 / 2])
    assert [scores.support for scores in by_hand.per_class] == [3, 4, 3]
    assert by_hand.macro_f1 == pytest.approx((2 / 3 + 4 / 7 + 4 / 7) / 3)


def test_the_class_of_lowest_recall_is_shown_where_it_is_missed(by_hand: Evaluation) -> None:
    assert by_hand.lowest_recall == 1
    assert sorted(example.index for example in by_hand.misclassified) == [5, 6]
    for example in by_hand.misclassified:
        assert (example.label, example.predicted) == (1, 2)
        assert example.confidence == pytest.approx(CONFIDENCE[example.index])
        assert (example.pixels == example.index).all()


def test_quadrants_with_too_few_members_show_what_there_is(by_hand: Evaluation) -> None:
    counts = {name: quadrant.count for name, quadrant in by_hand.quadrants.items()}
    assert counts == {
        "confident correct": 3,
        "confident incorrect": 1,
        "uncertain correct": 1,
        "uncertain incorrect": 3,
        "between": 2,
    }
    shown = {name: len(quadrant.examples) for name, quadrant in by_hand.quadrants.items()}
    assert shown == {
        "confident correct": 2,
        "confident incorrect": 1,
        "uncertain correct": 1,
        "uncertain incorrect": 2,
        "between": 0,
    }


def test_confident_errors_by_hand(by_hand: Evaluation) -> None:
    assert by_hand.confident_confusion == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert by_hand.calibration.confident == 4
    assert by_hand.calibration.confident_incorrect == 1


def test_scaling_by_the_temperature_lowers_the_cross_entropy_it_is_fitted_on(
    by_hand: Evaluation,
) -> None:
    assert by_hand.temperature > 1
    assert by_hand.calibration_scaled.cross_entropy < by_hand.calibration.cross_entropy


def test_intervals_hold_their_estimates(by_hand: Evaluation) -> None:
    for name, (low, high) in by_hand.intervals.items():
        assert low < getattr(by_hand, name) < high


def test_chance_is_known_from_as_many_draws_as_asked_for(by_hand: Evaluation) -> None:
    # One draw has no spread, and its interval no width.
    found = _evaluate(PREDICTED, CONFIDENCE, draws=1)
    assert found.calibration.floor_spread == found.calibration_scaled.floor_spread == 0
    assert all(low == high for low, high in found.intervals.values())
    assert found.accuracy == by_hand.accuracy
    assert by_hand.calibration.floor_spread > 0


def test_a_perfect_classifier_has_nothing_to_show() -> None:
    found = _evaluate(LABELS, np.full(10, 0.8))
    assert found.accuracy == 1
    assert found.confused == found.confused_both_ways == found.misclassified == []
    assert found.quadrants["between"].count == 10
    assert sum(map(sum, found.confident_confusion)) == 0


def test_a_class_that_is_never_predicted_has_no_precision() -> None:
    found = _evaluate(np.where(PREDICTED == 1, 0, PREDICTED), CONFIDENCE)
    assert found.per_class[1].precision == found.per_class[1].recall == 0
    assert found.lowest_recall == 1


def test_an_evaluation_comes_back_from_json_equal(by_hand: Evaluation) -> None:
    text = by_hand.model_dump_json()
    assert Evaluation.model_validate_json(text).model_dump_json() == text
