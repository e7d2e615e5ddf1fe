"""What a set of labelled images is, before any training: sizes, balance, duplicates, a look."""

from collections import defaultdict

import numpy as np
from scipy.stats import entropy

from experiments.blood_cells.design import SAMPLE_PER_CLASS
from experiments.blood_cells.result import Exploration, Image, Place
from experiments.datasets import Dataset, Split


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
        duplicates_within_splits=sum(len(names) == 1 for names, _ in groups),
        duplicates_between_splits=sum(len(names) > 1 for names, _ in groups),
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
