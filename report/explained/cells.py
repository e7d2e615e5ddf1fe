"""What a person sees in single images of blood cells, and which errors are made most often."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from experiments.blood_cells.classification import Pair, most_confused

SEEN = {
    "e1c57a101b11a7f4": "is large and mostly purple nucleus, as immature granulocytes are",
    "d64c24b92ef2b6d0": "is small, with a dark nucleus of two lobes, as neutrophils have",
    "f48d84dbe88fbe2f": "is narrow, red above, with a dark nucleus in two parts below, as"
    " neutrophils have",
}
"""Of the images that were looked at, by the first digits of the SHA-256 of their pixels."""


def seen(pixels: np.ndarray) -> str:
    """Return what an image shows; nothing of one that nobody has looked at."""
    return SEEN.get(hashlib.sha256(pixels.tobytes()).hexdigest()[:16], "")


def frequent_errors(confusion: Sequence[Sequence[int]], count: int = 3) -> list[Pair]:
    """Return the pairs of classes that are confused most often, in one direction."""
    return most_confused(np.array(confusion), count)


def one(name: str) -> str:
    """Return the name of a class as that of one cell, with its article."""
    singular = name.removesuffix("s")
    return f"{'an' if singular[0] in 'aeiou' else 'a'} {singular}"


def many(name: str) -> str:
    """Return the name of a class as that of several cells."""
    return name if name.endswith("s") else f"{name}s"
