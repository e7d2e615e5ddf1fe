import numpy as np
import pytest

from experiments.robust_regression.data import clean, with_heavy_tails, with_leverage, with_outliers

W = np.array([1.0, -2.0, 0.5])


def _residuals(draw, *level: float) -> tuple[np.ndarray, np.ndarray]:
    X, y = draw(np.random.default_rng(0), W, 1000, *level)
    return X, y - X @ W


def test_clean_data_is_linear_but_for_noise_of_standard_deviation_1() -> None:
    X, residuals = _residuals(clean)
    assert np.all(X[:, 0] == 1)
    assert residuals.std() == pytest.approx(1, abs=0.1)


def test_outliers_are_the_share_that_was_asked_for_and_shifted() -> None:
    _, residuals = _residuals(with_outliers, 0.25)
    assert np.all(np.abs(residuals[250:]) < 5)
    assert residuals[:250].mean() == pytest.approx(20, abs=1.5)


def test_leverage_points_are_far_out_in_the_features_but_for_the_constant() -> None:
    X, _ = _residuals(with_leverage, 0.25)
    assert np.all(X[:, 0] == 1)
    assert X[:250, 1:].std() == pytest.approx(10, rel=0.1)
    assert X[250:, 1:].std() == pytest.approx(1, rel=0.1)


def test_tails_are_heavier_with_fewer_degrees_of_freedom() -> None:
    _, cauchy = _residuals(with_heavy_tails, 1.0)
    _, nearly_normal = _residuals(with_heavy_tails, 100.0)
    assert np.abs(cauchy).max() > 100
    assert np.abs(nearly_normal).max() < 6
