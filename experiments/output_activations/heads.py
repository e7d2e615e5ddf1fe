"""Softmax and sigmoid heads on linear features: fitting, prediction, scores."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

from experiments.output_activations.data import Features, Labels, Probabilities

HEADS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "softmax": lambda logits: softmax(logits, axis=1),
    "sigmoid": expit,
}

# A sample with several labels counts once for each of them; one without any has no loss.
LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "softmax": lambda logits, labels: -(labels * log_softmax(logits, axis=1)).sum(1),
    "sigmoid": lambda logits, labels: (np.logaddexp(0, logits) - labels * logits).sum(1),
}


def fit(head: str, X: Features, labels: Labels) -> Float[np.ndarray, "features classes"]:
    """The weights with the least loss; for both heads the gradient is X^T (expected - labels)."""
    shape = X.shape[1], labels.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logits = X @ flat.reshape(shape)
        expected = HEADS[head](logits)
        if head == "softmax":
            expected = expected * labels.sum(1, keepdims=True)
        gradient = X.T @ (expected - labels) / len(X)
        return LOSSES[head](logits, labels).mean(), gradient.ravel()

    return minimize(loss, np.zeros(shape).ravel(), jac=True, method="BFGS").x.reshape(shape)


def predict(head: str, W: Float[np.ndarray, "features classes"], X: Features) -> Probabilities:
    """The probabilities that a head gives."""
    return HEADS[head](X @ W)


def mean_or_nan(values: np.ndarray) -> float:
    """The mean, NaN where there is nothing to take it of: no samples, or no true labels."""
    return float(values.mean()) if values.size else float("nan")


def accuracy(probabilities: Probabilities, labels: Labels) -> float:
    """The share of samples whose most probable class is the true one, in %."""
    return 100 * float(np.mean(probabilities.argmax(1) == labels.argmax(1)))


def cross_entropy(probabilities: Probabilities, labels: Labels) -> float:
    """The mean of -log of the true class's probability, in nats."""
    return -float(np.log(probabilities[labels == 1]).mean())


def all_right(probabilities: Probabilities, labels: Labels, threshold: float) -> float:
    """The share of samples with every label right, in %."""
    return 100 * float(((probabilities > threshold) == labels).all(1).mean())
