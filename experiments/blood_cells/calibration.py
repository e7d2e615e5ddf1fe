"""Whether confidence can be trusted: reliability, calibration error, temperature scaling."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy.random import Generator
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

BINS = 15
LARGEST_TEMPERATURE = 100.0


@dataclass(frozen=True)
class Reliability:
    """Predictions by confidence, in bins of equal width over (0, 1]; NaN where a bin is empty."""

    count: Int[np.ndarray, " bins"]
    confidence: Float[np.ndarray, " bins"]
    accuracy: Float[np.ndarray, " bins"]

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap between accuracy and confidence.

        Bins weigh as many predictions as they hold (Guo et al., 2017, equation 3).
        """
        gap = np.abs(np.nan_to_num(self.accuracy) - np.nan_to_num(self.confidence))
        return float(self.count @ gap / self.count.sum())


def reliability(
    confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"], bins: int = BINS
) -> Reliability:
    """How often predictions of each confidence are right."""
    members = _members(confidence, bins)
    count = members.sum(axis=0).astype(int)
    with np.errstate(invalid="ignore"):
        return Reliability(count, confidence @ members / count, correct @ members / count)


def sampling_floor(
    confidence: Float[np.ndarray, " n"], rng: Generator, draws: int = 1000, bins: int = BINS
) -> tuple[float, float]:
    """Mean and standard deviation of the calibration error that chance alone would give.

    It is that of a perfectly calibrated classifier with the same confidences, whose predictions
    are right with just these probabilities, on as many samples.
    """
    correct = rng.random((draws, len(confidence))) < confidence
    gaps = np.abs((correct - confidence) @ _members(confidence, bins))
    errors = gaps.sum(axis=1) / len(confidence)
    return float(errors.mean()), float(errors.std())


def fit_temperature(logits: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"]) -> float:
    """The tau of softmax(logits / tau) with the smallest cross-entropy (Guo et al., 2017).

    The cross-entropy is convex in 1 / tau, so that there is one minimum.
    """
    limit = np.log(LARGEST_TEMPERATURE)
    minimum = minimize_scalar(
        lambda log_tau: cross_entropy(logits / np.exp(log_tau), labels),
        bounds=(-limit, limit),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(minimum.x))


def cross_entropy(logits: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"]) -> float:
    """The mean negative log-probability of the labels, in nats."""
    return -float(log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def _members(confidence: Float[np.ndarray, " n"], bins: int) -> Float[np.ndarray, "n bins"]:
    """One row per prediction, with a 1 where its confidence is: bin b is (b, b + 1] / bins."""
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return np.eye(bins)[place]
