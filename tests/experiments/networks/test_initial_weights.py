import inspect

import pytest
import torch

from experiments.networks.initial_weights import initialize_weights


def _draw(method: str, shape: tuple[int, int] = (400, 300)) -> torch.Tensor:
    return initialize_weights(shape, method, torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("method", "variance"), [("small", 1e-4), ("xavier", 2 / 700), ("he", 2 / 400)]
)
def test_weights_have_the_variance_that_the_homework_states(method: str, variance: float) -> None:
    weights = _draw(method)
    assert weights.shape == (400, 300)
    # The sample variance of 120,000 normal draws is right to 0.4 %, and their mean to 0.003 stds.
    assert weights.var().item() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean().item()) < 0.01 * variance**0.5


def test_weights_are_normal() -> None:
    weights = _draw("he") / (2 / 400) ** 0.5
    assert (weights.abs() < 1).double().mean().item() == pytest.approx(0.6827, abs=0.005)


def test_zero_weights_are_exactly_zero() -> None:
    assert torch.equal(_draw("zero", (3, 2)), torch.zeros(3, 2))


def test_all_methods_scale_the_same_draws() -> None:
    torch.testing.assert_close(_draw("he") / _draw("small"), torch.full((400, 300), 50**0.5))


def test_an_unknown_method_is_refused_with_a_list_of_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"^method: .* zero, small, xavier, he, got 'kaiming'$"):
        initialize_weights((2, 2), "kaiming")


@pytest.mark.parametrize("shape", [(3,), (3, 0), (3, 2.0), (3, -1), (1, 2, 3), 5])
def test_a_shape_that_is_not_two_positive_integers_is_refused(shape: tuple[int, int]) -> None:
    unchecked = inspect.unwrap(initialize_weights)  # by the type checks that only tests have
    with pytest.raises(ValueError, match=r"^shape: .* two positive integers, got "):
        unchecked(shape, "he")
