"""What a trained classifier does on its test images, and how far to trust it."""

import numpy as np
from jaxtyping import Float, Int
from medmnist.evaluator import getAUC
from scipy.special import softmax
from sklearn.metrics import classification_report, confusion_matrix, f1_score

from experiments import calibration, classification
from experiments.datasets import Split
from experiments.exploration import Image
from experiments.results import Array, Model

MISCLASSIFIED, EXAMPLES_PER_QUADRANT = 5, 2

Interval = tuple[float, float]


class Example(Image):
    """An image to show with what the network says about it."""

    predicted: int
    confidence: float


class ClassScores(Model):
    """Precision, recall and F1 of one class on the test images, and how many it has."""

    precision: float
    recall: float
    f1: float
    support: int


class Quadrant(Model):
    """How many predictions fall in a quadrant of confidence and correctness, and some of them."""

    count: int
    examples: list[Example]


class Calibration(Model):
    """How well confidence agrees with accuracy; the bins are those of `calibration.reliability`.

    `floor` and `floor_spread` are mean and standard deviation of the calibration error that a
    perfectly calibrated network of these confidences would show by chance.
    """

    count: Array
    confidence: Array
    accuracy: Array
    error: float
    floor: float
    floor_spread: float
    cross_entropy: float
    confident: int
    confident_incorrect: int


class Evaluation(Model):
    """What the trained network does on the test images (Q4.3, Q4.4 and beyond).

    The confusion matrices have the true class in rows. Accuracies are shares, not per cent;
    intervals are of 95 %, from a bootstrap over the test images.
    """

    accuracy: float
    macro_f1: float
    macro_auc: float
    intervals: dict[str, Interval]
    confusion: list[list[int]]
    confused: list[classification.Pair]
    confused_both_ways: list[classification.Pair]
    per_class: list[ClassScores]
    lowest_recall: int
    misclassified: list[Example]
    quadrants: dict[str, Quadrant]
    confident_confusion: list[list[int]]
    temperature: float
    calibration: Calibration
    calibration_scaled: Calibration


def evaluate(
    validation_logits: Float[np.ndarray, "m classes"],
    validation_labels: Int[np.ndarray, " m"],
    logits: Float[np.ndarray, "n classes"],
    test: Split,
    rng: np.random.Generator,
    draws: int = 1000,
) -> Evaluation:
    """Everything that the homework asks about the test images, and calibration.

    The validation images serve to fit the temperature, and for nothing else. What chance alone
    would do is known from so many `draws`.
    """
    labels, classes = test.labels, range(logits.shape[1])
    probabilities = softmax(logits, axis=1)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct = predicted == labels

    def examples(indices: np.ndarray, count: int) -> list[Example]:
        chosen = rng.choice(indices, min(count, len(indices)), replace=False)
        return [
            Example(
                split="test",
                index=int(index),
                label=int(labels[index]),
                pixels=test.images[index],
                predicted=int(predicted[index]),
                confidence=float(confidence[index]),
            )
            for index in chosen
        ]

    matrix = confusion_matrix(labels, predicted, labels=classes)
    report = classification_report(
        labels, predicted, labels=classes, output_dict=True, zero_division=0
    )
    per_class = [_class_scores(report[str(label)]) for label in classes]
    lowest_recall = int(np.argmin([scores.recall for scores in per_class]))
    quadrants = classification.quadrants(confidence, correct)
    confident = confidence > classification.CONFIDENT
    confident_matrix = np.zeros_like(matrix)
    np.add.at(confident_matrix, (labels[confident], predicted[confident]), 1)
    weights = classification.resamples(len(labels), rng, draws)
    bootstrap = {
        "accuracy": classification.accuracy(labels, predicted, weights),
        "macro_f1": classification.macro_f1(labels, predicted, weights),
        "macro_auc": classification.macro_auc(labels, probabilities, weights),
    }
    temperature = calibration.fit_temperature(validation_logits, validation_labels)
    return Evaluation(
        accuracy=correct.mean(),
        macro_f1=f1_score(labels, predicted, average="macro"),
        macro_auc=getAUC(labels, probabilities, "multi-class"),
        intervals={
            name: classification.percentile_interval(scores) for name, scores in bootstrap.items()
        },
        confusion=matrix.tolist(),
        confused=classification.most_confused(matrix),
        confused_both_ways=classification.most_confused_both_ways(matrix),
        per_class=per_class,
        lowest_recall=lowest_recall,
        misclassified=examples(np.flatnonzero((labels == lowest_recall) & ~correct), MISCLASSIFIED),
        quadrants={
            name: Quadrant(
                count=len(members),
                examples=[] if name == "between" else examples(members, EXAMPLES_PER_QUADRANT),
            )
            for name, members in quadrants.items()
        },
        confident_confusion=confident_matrix.tolist(),
        temperature=temperature,
        calibration=_calibration(logits, labels, rng, draws),
        calibration_scaled=_calibration(logits / temperature, labels, rng, draws),
    )


def _class_scores(row: dict[str, float]) -> ClassScores:
    return ClassScores(
        precision=row["precision"],
        recall=row["recall"],
        f1=row["f1-score"],
        support=int(row["support"]),
    )


def _calibration(
    logits: Float[np.ndarray, "n classes"],
    labels: Int[np.ndarray, " n"],
    rng: np.random.Generator,
    draws: int,
) -> Calibration:
    probabilities = softmax(logits, axis=1)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = calibration.reliability(confidence, correct)
    floor, floor_spread = calibration.sampling_floor(confidence, rng, draws)
    confident = confidence > classification.CONFIDENT
    return Calibration(
        count=bins.count,
        confidence=bins.confidence,
        accuracy=bins.accuracy,
        error=bins.error,
        floor=floor,
        floor_spread=floor_spread,
        cross_entropy=calibration.cross_entropy(logits, labels),
        confident=int(confident.sum()),
        confident_incorrect=int((confident & ~correct).sum()),
    )
