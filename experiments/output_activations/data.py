"""Samples of exclusive classes and of independent labels, with their true probabilities."""

import numpy as np
from jaxtyping import Float
from scipy.special import expit, softmax

from experiments.output_activations.design import CENTRES, SPREAD

Features = Float[np.ndarray, "samples features"]
Probabilities = Float[np.ndarray, "samples classes"]
Labels = Float[np.ndarray, "samples classes"]


def draw_exclusive(
    rng: np.random.Generator, samples: int
) -> tuple[Float[np.ndarray, " samples"], Labels]:
    """Three equally frequent classes, normal about three places of a line; labels are one-hot."""
    classes = rng.integers(len(CENTRES), size=samples)
    x = CENTRES[classes] + SPREAD * rng.normal(size=samples)
    return x, np.eye(len(CENTRES))[classes]


def class_probabilities(x: Float[np.ndarray, " samples"]) -> Probabilities:
    """The true probability of each class at x, by Bayes: a softmax of functions linear in x."""
    return softmax(x[:, None] * CENTRES / SPREAD**2 - CENTRES**2 / (2 * SPREAD**2), axis=1)


def draw_independent(
    rng: np.random.Generator, W: Float[np.ndarray, "features classes"], samples: int
) -> tuple[Features, Labels]:
    """Features, the first being 1, and labels that are true independently, with sigmoid(x W)."""
    X = rng.normal(size=(samples, len(W)))
    X[:, 0] = 1
    return X, (rng.random((samples, W.shape[1])) < expit(X @ W)).astype(float)
