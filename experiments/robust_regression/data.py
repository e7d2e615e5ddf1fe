"""Linear data that goes wrong in three ways; the first feature is always 1."""

import numpy as np
from jaxtyping import Float

from experiments.robust_regression.design import LEVERAGE, SHIFT, SHIFT_SPREAD

Data = tuple[Float[np.ndarray, "samples features"], Float[np.ndarray, " samples"]]


def clean(rng: np.random.Generator, w: Float[np.ndarray, " features"], samples: int) -> Data:
    """Normal features and y = Xw plus normal noise, all of standard deviation 1."""
    return with_outliers(rng, w, samples, 0.0)


def with_outliers(
    rng: np.random.Generator, w: Float[np.ndarray, " features"], samples: int, share: float
) -> Data:
    """A share of the targets, the first ones, is too high by about `SHIFT`: a gross error."""
    X = _features(rng, w, samples)
    y = X @ w + rng.normal(size=samples)
    wrong = round(share * samples)
    y[:wrong] += rng.normal(SHIFT, SHIFT_SPREAD, size=wrong)
    return X, y


def with_leverage(
    rng: np.random.Generator, w: Float[np.ndarray, " features"], samples: int, share: float
) -> Data:
    """As with outliers, but the features of the wrong samples are `LEVERAGE` times as large.

    Their targets are still those of the features as they were.
    """
    X, y = with_outliers(rng, w, samples, share)
    X[: round(share * samples), 1:] *= LEVERAGE
    return X, y


def with_heavy_tails(
    rng: np.random.Generator, w: Float[np.ndarray, " features"], samples: int, degrees: float
) -> Data:
    """Noise of Student's t distribution: no variance up to 2 degrees of freedom, no mean at 1."""
    X = _features(rng, w, samples)
    return X, X @ w + rng.standard_t(degrees, size=samples)


def _features(
    rng: np.random.Generator, w: Float[np.ndarray, " features"], samples: int
) -> Float[np.ndarray, "samples features"]:
    X = rng.normal(size=(samples, len(w)))
    X[:, 0] = 1
    return X
