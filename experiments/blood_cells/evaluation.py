"""What a trained classifier does on its test images, and how far to trust it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int
from medmnist.evaluator import getAUC
from scipy.special import softmax
from sklearn.metrics import classification_report, confusion_matrix, f1_score

from experiments.blood_cells import calibration, classification
from experiments.blood_cells.design import EXAMPLES_PER_QUADRANT, MISCLASSIFIED
from experiments.blood_cells.result import (
    Calibration,
    ClassScores,
    Evaluation,
    Example,
    Interval,
    Quadrant,
)
from experiments.datasets import Split


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of the test images, by its logits."""

    test: Split
    logits: Float[np.ndarray, "n classes"]

    @cached_property
    def probabilities(self) -> Float[np.ndarray, "n classes"]:
        """The softmax of the logits."""
        return softmax(self.logits, axis=1)

    @cached_property
    def predicted(self) -> Int[np.ndarray, " n"]:
        """The most probable class of each image."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def confidence(self) -> Float[np.ndarray, " n"]:
        """The probability of that class."""
        return self.probabilities.max(axis=1)

    @cached_property
    def correct(self) -> Bool[np.ndarray, " n"]:
        """Whether that class is the true one."""
        return self.predicted == self.test.labels

    @cached_property
    def confident(self) -> Bool[np.ndarray, " n"]:
        """Whether the confidence is high, as Q4.4 has it."""
        return self.confidence > classification.CONFIDENT


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
    made = Predictions(test, logits)
    matrix = confusion_matrix(test.labels, made.predicted, labels=range(logits.shape[1]))
    per_class = score_classes(made)
    lowest_recall = int(np.argmin([scores.recall for scores in per_class]))
    temperature = calibration.fit_temperature(validation_logits, validation_labels)
    return Evaluation(
        accuracy=made.correct.mean(),
        macro_f1=f1_score(test.labels, made.predicted, average="macro"),
        macro_auc=getAUC(test.labels, made.probabilities, "multi-class"),
        intervals=bootstrap_intervals(made, rng, draws),
        confusion=matrix.tolist(),
        confused=classification.most_confused(matrix),
        confused_both_ways=classification.most_confused_both_ways(matrix),
        per_class=per_class,
        lowest_recall=lowest_recall,
        misclassified=find_misclassified(made, lowest_recall, rng),
        quadrants=fill_quadrants(made, rng),
        confident_confusion=confuse_confidently(made).tolist(),
        temperature=temperature,
        calibration=calibrate(made, rng, draws),
        calibration_scaled=calibrate(Predictions(test, logits / temperature), rng, draws),
    )


def score_classes(made: Predictions) -> list[ClassScores]:
    """Precision, recall and F1 of each class; 0 where there is nothing to divide by."""
    classes = range(made.logits.shape[1])
    report = classification_report(
        made.test.labels, made.predicted, labels=classes, output_dict=True, zero_division=0
    )
    return [
        ClassScores(
            precision=row["precision"],
            recall=row["recall"],
            f1=row["f1-score"],
            support=int(row["support"]),
        )
        for row in (report[str(label)] for label in classes)
    ]


def bootstrap_intervals(
    made: Predictions, rng: np.random.Generator, draws: int
) -> dict[str, Interval]:
    """The 95 % interval of each score, from a bootstrap over the test images."""
    labels, weights = made.test.labels, classification.resamples(len(made.test), rng, draws)
    scores = {
        "accuracy": classification.accuracy(labels, made.predicted, weights),
        "macro_f1": classification.macro_f1(labels, made.predicted, weights),
        "macro_auc": classification.macro_auc(labels, made.probabilities, weights),
    }
    return {name: classification.percentile_interval(values) for name, values in scores.items()}


def find_misclassified(made: Predictions, label: int, rng: np.random.Generator) -> list[Example]:
    """Images of one class that are taken for another."""
    wrong = np.flatnonzero((made.test.labels == label) & ~made.correct)
    return draw_examples(made, wrong, MISCLASSIFIED, rng)


def fill_quadrants(made: Predictions, rng: np.random.Generator) -> dict[str, Quadrant]:
    """How many predictions each quadrant of Q4.4 holds, with examples; none of those between."""
    members = classification.quadrants(made.confidence, made.correct)
    shown = {name: 0 if name == "between" else EXAMPLES_PER_QUADRANT for name in members}
    return {
        name: Quadrant(count=len(indices), examples=draw_examples(made, indices, shown[name], rng))
        for name, indices in members.items()
    }


def confuse_confidently(made: Predictions) -> Int[np.ndarray, "classes classes"]:
    """The confusion matrix of the confident predictions alone."""
    classes, confident = made.logits.shape[1], made.confident
    matrix = np.zeros((classes, classes), int)  # scikit-learn refuses it where nothing is confident
    np.add.at(matrix, (made.test.labels[confident], made.predicted[confident]), 1)
    return matrix


def draw_examples(
    made: Predictions, indices: Int[np.ndarray, " members"], count: int, rng: np.random.Generator
) -> list[Example]:
    """At most `count` images at random of those at `indices`."""
    chosen = rng.choice(indices, min(count, len(indices)), replace=False)
    return [
        Example(
            split="test",
            index=int(index),
            label=int(made.test.labels[index]),
            pixels=made.test.images[index],
            predicted=int(made.predicted[index]),
            confidence=float(made.confidence[index]),
        )
        for index in chosen
    ]


def calibrate(made: Predictions, rng: np.random.Generator, draws: int) -> Calibration:
    """How well confidence agrees with accuracy, and how well chance alone would let it."""
    bins = calibration.reliability(made.confidence, made.correct)
    floor, floor_spread = calibration.sampling_floor(made.confidence, rng, draws)
    return Calibration(
        count=bins.count,
        confidence=bins.confidence,
        accuracy=bins.accuracy,
        error=bins.error,
        floor=floor,
        floor_spread=floor_spread,
        cross_entropy=calibration.cross_entropy(made.logits, made.test.labels),
        confident=int(made.confident.sum()),
        confident_incorrect=int((made.confident & ~made.correct).sum()),
    )
