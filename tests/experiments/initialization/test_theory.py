import numpy as np
import pytest

from experiments.initialization.theory import predicted_moments


def test_relu_with_he_variance_keeps_the_mean_square_of_the_signal() -> None:
    means, stds = predicted_moments(
        "relu", [300, 50, 50], [2 / 300, 2 / 50, 2 / 50], np.array([1.7])
    )
    # z is normal with variance 2 * 1.7, so relu(z) has the mean square 1.7 and this mean.
    expected = np.sqrt(2 * 1.7 / (2 * np.pi))
    np.testing.assert_allclose(means, [expected] * 3, rtol=1e-3)
    np.testing.assert_allclose(stds, [np.sqrt(1.7 - expected**2)] * 3, rtol=1e-3)


def test_a_small_signal_passes_tanh_as_if_it_were_linear() -> None:
    means, stds = predicted_moments("tanh", [100, 100], [1e-6, 1e-4], np.array([1.0]))
    assert means == pytest.approx([0, 0], abs=1e-15)
    assert stds == pytest.approx([1e-2, 1e-3], rel=1e-3)


def test_a_strong_signal_saturates_tanh() -> None:
    _, (std,) = predicted_moments("tanh", [100], [1.0], np.array([1.0]))
    # 1 - tanh(10 z)^2 is a peak at 0 of area 2 / 10, where the normal density is 1 / sqrt(2 pi).
    assert std**2 == pytest.approx(1 - 0.2 / np.sqrt(2 * np.pi), abs=1e-3)


def test_inputs_of_different_strength_are_averaged_by_their_moments() -> None:
    _, (weak,) = predicted_moments("tanh", [10], [0.1], np.array([0.5]))
    _, (strong,) = predicted_moments("tanh", [10], [0.1], np.array([2.0]))
    _, (both,) = predicted_moments("tanh", [10], [0.1], np.array([0.5, 2.0]))
    assert both == pytest.approx(np.sqrt((weak**2 + strong**2) / 2))


def test_zero_weights_leave_nothing() -> None:
    nothing = [0.0, 0.0]
    assert predicted_moments("relu", [10, 10], nothing, np.array([1.0])) == (nothing, nothing)
