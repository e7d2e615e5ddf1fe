import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from experiments.blood_cells.calibration import (
    cross_entropy,
    fit_temperature,
    reliability,
    sampling_floor,
)


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.55, 0.65, 0.65, 0.95])
    correct = np.array([True, True, False, True])
    found = reliability(confidence, correct, bins=10)
    np.testing.assert_array_equal(found.count, [0, 0, 0, 0, 0, 1, 2, 0, 0, 1])
    np.testing.assert_allclose(found.accuracy[[5, 6, 9]], [1, 0.5, 1])
    np.testing.assert_allclose(found.confidence[[5, 6, 9]], [0.55, 0.65, 0.95])
    assert np.isnan(found.accuracy[[0, 7]]).all()
    assert found.error == pytest.approx((0.45 + 2 * 0.15 + 0.05) / 4)


def test_bins_hold_their_upper_limit() -> None:
    found = reliability(np.array([0.5, 1.0, 0.0]), np.array([True, True, False]), bins=2)
    np.testing.assert_array_equal(found.count, [2, 1])


def test_confidence_that_is_the_accuracy_has_no_error() -> None:
    found = reliability(np.full(10, 0.7), np.arange(10) < 7)
    assert found.error == pytest.approx(0)


def test_certain_and_wrong_has_the_largest_error() -> None:
    assert reliability(np.ones(5), np.zeros(5, bool)).error == 1


def test_sampling_floor_of_one_bin_is_the_mean_deviation_of_a_binomial() -> None:
    n, p = 100, 0.8
    mean, spread = sampling_floor(np.full(n, p), np.random.default_rng(0), draws=20_000)
    deviation = np.sqrt(p * (1 - p) / n)
    assert mean == pytest.approx(deviation * np.sqrt(2 / np.pi), rel=0.02)
    assert spread == pytest.approx(deviation * np.sqrt(1 - 2 / np.pi), rel=0.03)


def test_certainty_leaves_nothing_to_chance() -> None:
    assert sampling_floor(np.ones(20), np.random.default_rng(0)) == (0, 0)


@pytest.mark.parametrize("tau", [0.5, 1.0, 3.0])
def test_temperature_undoes_a_scaling_of_the_logits(tau: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 4))
    labels = (softmax(logits, axis=1).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert fit_temperature(tau * logits, labels) == pytest.approx(tau, rel=0.05)


def test_cross_entropy_is_stationary_at_the_temperature() -> None:
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(0, 3, (200, 5)), rng.integers(0, 5, 200)
    labels[:120] = logits[:120].argmax(axis=1)
    tau = fit_temperature(logits, labels)
    # d/dtau of the mean of -log softmax(z / tau)_y is (z_y - E z) / tau^2.
    expected = (softmax(logits / tau, axis=1) * logits).sum(axis=1)
    slope = (logits[np.arange(200), labels] - expected).mean() / tau**2
    assert slope == pytest.approx(0, abs=1e-5)


def test_cross_entropy_of_equal_logits_is_the_logarithm_of_the_number_of_classes() -> None:
    assert cross_entropy(np.zeros((3, 8)), np.array([0, 1, 7])) == pytest.approx(np.log(8))
    logits = np.array([[2.0, -1.0, 0.5]])
    assert cross_entropy(logits, np.array([2])) == pytest.approx(-log_softmax(logits)[0, 2])
