"""How errors are measured, and their medians over replicates."""

import statistics
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from runs.records import Model

Errors = TypeVar("Errors", bound=Model)


def median_of(replicates: Sequence[Errors]) -> Errors:
    """The median of each field."""
    rows = [errors.model_dump() for errors in replicates]
    medians = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    return type(replicates[0])(**medians)


def root_mean_square(residuals: np.ndarray) -> float:
    """The square root of the mean square."""
    return float(np.sqrt(np.mean(residuals**2)))


def norm(vector: np.ndarray) -> float:
    """The Euclidean length."""
    return float(np.linalg.norm(vector))
