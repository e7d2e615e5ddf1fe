"""What a set of labelled images is, before any training: sizes, balance, duplicates, a look."""

import base64
from collections import defaultdict
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PlainSerializer
from scipy.stats import entropy

from experiments.datasets import Dataset, Split
from experiments.results import Model

SAMPLE_PER_CLASS = 2

Pixels = Annotated[
    np.ndarray,
    BeforeValidator(
        lambda given: (
            np.frombuffer(base64.b64decode(given), np.uint8).reshape(28, 28, 3)
            if isinstance(given, str)
            else given
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


def explore(data: Dataset, rng: np.random.Generator) -> Exploration:
    """Sizes, balance and duplicates of the splits, and a few training images of each class."""
    assert data.validation is not None
    splits = {"training": data.train, "validation": data.validation, "test": data.test}
    classes = range(len(data.class_names))
    counts = {
        name: np.bincount(split.labels, minlength=len(classes)) for name, split in splits.items()
    }
    duplicates = find_duplicates(splits)
    groups = [({place.split for place in g}, {place.label for place in g}) for g in duplicates]
    drawn = [
        rng.choice(np.flatnonzero(data.train.labels == label), SAMPLE_PER_CLASS, replace=False)
        for label in classes
    ]
    return Exploration(
        class_names=list(data.class_names),
        counts={name: count.tolist() for name, count in counts.items()},
        largest_to_smallest=counts["training"].max() / counts["training"].min(),
        entropy=float(entropy(counts["training"], base=2)),
        entropy_when_balanced=float(np.log2(len(classes))),
        duplicates=duplicates,
        duplicates_within_splits=sum(len(found) == 1 for found, _ in groups),
        duplicates_between_splits=sum(len(found) > 1 for found, _ in groups),
        duplicates_with_two_labels=sum(len(labels) > 1 for _, labels in groups),
        sample=[
            Image(
                split="training",
                index=int(index),
                label=label,
                pixels=data.train.images[index],
            )
            for label, indices in zip(classes, drawn, strict=True)
            for index in indices
        ],
    )


def find_duplicates(splits: dict[str, Split]) -> list[list[Place]]:
    """Groups of images that are equal in every pixel, within a split or between splits."""
    places = defaultdict(list)
    for name, split in splits.items():
        for index, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            place = Place(split=name, index=index, label=int(label))
            places[image.tobytes()].append(place)
    return [group for group in places.values() if len(group) > 1]
