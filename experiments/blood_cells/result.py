"""What is recorded: the data, the training and the evaluation of each seed."""

import base64
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

from experiments.blood_cells.classification import Pair
from experiments.framework.results import Array, ExperimentResult, Run
from runs.records import MaybeNumber, Model

Interval = tuple[float, float]

Pixels = Annotated[
    np.ndarray,
    BeforeValidator(
        lambda pixels: (
            np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(28, 28, 3)
            if isinstance(pixels, str)
            else pixels
        )
    ),
    PlainSerializer(lambda pixels: base64.b64encode(pixels.tobytes()).decode()),
]
"""A 28 x 28 RGB image; in JSON its bytes, row by row, in base 64."""


class Place(Model):
    """Where an image stands in the data."""

    split: str
    index: int
    label: int


class Image(Place):
    """An image to show."""

    pixels: Pixels


class Exploration(Model):
    """What the data is, before any training (Q4.1).

    `entropy` is that of the training labels in bits, of at most `entropy_when_balanced`. Each of
    `duplicates` is a group of images that are equal in every pixel.
    """

    class_names: list[str]
    counts: dict[str, list[int]]
    largest_to_smallest: float
    entropy: float
    entropy_when_balanced: float
    duplicates: list[list[Place]]
    duplicates_within_splits: int
    duplicates_between_splits: int
    duplicates_with_two_labels: int
    sample: list[Image]


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
    confused: list[Pair]
    confused_both_ways: list[Pair]
    per_class: list[ClassScores]
    lowest_recall: int
    misclassified: list[Example]
    quadrants: dict[str, Quadrant]
    confident_confusion: list[list[int]]
    temperature: float
    calibration: Calibration
    calibration_scaled: Calibration


class Curves(Model):
    """Mean cross-entropy and accuracy at the end of each epoch (Q4.2)."""

    training_loss: list[MaybeNumber]
    validation_loss: list[MaybeNumber]
    training_accuracy: list[float]
    validation_accuracy: list[float]


class BloodCellsRun(Run):
    """The data as one seed samples it, one training and one evaluation."""

    exploration: Exploration
    curves: Curves
    evaluation: Evaluation


class Baseline(Model):
    """A published result, and whether it is one on the same split of the same images."""

    name: str
    source: str
    accuracy: float
    macro_auc: float
    same_split: bool


class BloodCellsResult(ExperimentResult):
    """All seeds; figures show the first one where they can show but one.

    `intervals` are of 95 %, for the mean over seeds of each quantity in `summary`, by Student's t;
    with one seed there are none.
    """

    runs: list[BloodCellsRun]
    intervals: dict[str, Interval]
    baseline: Baseline

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, by label."""
        return self.runs[0].exploration.class_names
