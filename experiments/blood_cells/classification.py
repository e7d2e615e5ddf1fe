"""What a classifier got right and wrong: confused pairs, quadrants of confidence, intervals."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.random import Generator

Labels = Int[np.ndarray, " n"]
Weights = Float[np.ndarray, "resamples n"]
Scores = Float[np.ndarray, " resamples"]

CONFIDENT, UNCERTAIN = 0.9, 0.6


class Pair(NamedTuple):
    """How often class `true` was taken for class `predicted`, or either one for the other."""

    true: int
    predicted: int
    images: int


def most_confused(matrix: Int[np.ndarray, "classes classes"], count: int = 2) -> list[Pair]:
    """The largest entries of a confusion matrix off its diagonal; ties go to the lower labels."""
    off_diagonal = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    order = np.argsort(-off_diagonal, axis=None, kind="stable")[:count]
    places = zip(*np.unravel_index(order, matrix.shape), strict=True)
    return [Pair(int(i), int(j), int(matrix[i, j])) for i, j in places if off_diagonal[i, j] > 0]


def most_confused_both_ways(
    matrix: Int[np.ndarray, "classes classes"], count: int = 2
) -> list[Pair]:
    """The pairs of classes that are most often taken for each other, both directions added."""
    return most_confused(np.triu(matrix + matrix.T, k=1), count)


def quadrants(
    confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]
) -> dict[str, Int[np.ndarray, " members"]]:
    """Indices by confidence (above 0.9, below 0.6) and correctness, and of what lies between.

    Both limits are exclusive, as the homework's Q4.4 has them.
    """
    confident, uncertain = confidence > CONFIDENT, confidence < UNCERTAIN
    members = {
        "confident correct": confident & correct,
        "confident incorrect": confident & ~correct,
        "uncertain correct": uncertain & correct,
        "uncertain incorrect": uncertain & ~correct,
        "between": ~confident & ~uncertain,
    }
    return {name: np.flatnonzero(mask) for name, mask in members.items()}


def resamples(n: int, rng: Generator, count: int = 1000) -> Weights:
    """Bootstrap samples of n: how often each holds each one of the n, drawn with replacement."""
    return rng.multinomial(n, np.full(n, 1 / n), size=count).astype(float)


def percentile_interval(scores: Scores) -> tuple[float, float]:
    """The 95 % interval that bootstrap samples' scores give (Efron, 1979)."""
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


def accuracy(labels: Labels, predicted: Labels, weights: Weights) -> Scores:
    """The share of right predictions, for each row of weights."""
    return weights @ (labels == predicted) / weights.sum(axis=1)


def macro_f1(labels: Labels, predicted: Labels, weights: Weights) -> Scores:
    """The mean over the classes of F1, for each row of weights; absent classes count 0."""
    classes = np.arange(max(labels.max(), predicted.max()) + 1)
    is_true, is_predicted = labels[:, None] == classes, predicted[:, None] == classes
    hits = weights @ (is_true & is_predicted)
    return (2 * hits / np.maximum(weights @ is_true + weights @ is_predicted, 1)).mean(axis=1)


def macro_auc(labels: Labels, scores: Float[np.ndarray, "n classes"], weights: Weights) -> Scores:
    """The mean over the classes of one-against-rest AUC, for each row of weights.

    The area under the ROC curve is the share of pairs (a member of the class, another) in which
    the member has the higher score, a tie counting one half (Hanley and McNeil, 1982). A class
    that a row holds nobody of, or nobody but, does not count in that row.
    """
    areas = [_auc(labels == c, scores[:, c], weights) for c in range(scores.shape[1])]
    return np.nanmean(areas, axis=0)


def _auc(
    member: Bool[np.ndarray, " n"], score: Float[np.ndarray, " n"], weights: Weights
) -> Scores:
    order = np.argsort(score)
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))
    members = np.add.reduceat((weights * member)[:, order], starts, axis=1)
    others = np.add.reduceat((weights * ~member)[:, order], starts, axis=1)
    below = np.cumsum(others, axis=1) - others / 2
    with np.errstate(invalid="ignore"):
        return (members * below).sum(axis=1) / (members.sum(axis=1) * others.sum(axis=1))
