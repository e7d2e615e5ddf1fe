"""`SGD`: PyTorch's steps, in place, and nothing moved by gradients that do not fit."""

import numpy as np
import pytest
import torch

from mytorch.nn import SGD


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_steps_are_those_of_pytorch(momentum, rng):
    parameters = [rng.standard_normal((3, 2)), rng.standard_normal(3)]
    theirs = [torch.tensor(p, requires_grad=True) for p in parameters]
    ours = SGD(parameters, lr=0.1, momentum=momentum)
    reference = torch.optim.SGD(theirs, lr=0.1, momentum=momentum)
    for _ in range(5):
        gradients = [rng.standard_normal(p.shape) for p in parameters]
        for tensor, gradient in zip(theirs, gradients, strict=True):
            tensor.grad = torch.tensor(gradient)
        ours.step(gradients)
        ours.zero_grad()
        reference.step()
    for parameter, tensor in zip(parameters, theirs, strict=True):
        np.testing.assert_allclose(parameter, tensor.detach().numpy(), rtol=1e-14)


def test_the_rate_is_a_hundredth_and_may_be_set_between_steps():
    p = np.array([1.0])
    optimizer = SGD([p])
    optimizer.step([np.array([1.0])])
    assert p == 1 - 0.01
    optimizer.lr = 0.5
    optimizer.step([np.array([1.0])])
    assert p == 1 - 0.01 - 0.5


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_parameters_stay_the_same_arrays_and_gradients_stay_as_they_were(momentum):
    p, g = np.ones(3, np.float32), np.ones(3)
    optimizer = SGD([p], lr=np.float64(0.1), momentum=momentum)
    optimizer.step([g])
    optimizer.step([g])
    assert optimizer.parameters[0] is p
    assert p.dtype == np.float32
    assert (p < 1).all()
    np.testing.assert_array_equal(g, 1)


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        ([np.ones(2)], "gradients: expected 2, one a parameter, got 1"),
        ([np.ones(2), np.ones(2)], "gradients: expected shape (3, 2), got (2,) at index 1"),
        ([np.ones(2), None], "gradients: expected shape (3, 2), got () at index 1"),
    ],
)
def test_gradients_that_do_not_match_are_refused_before_anything_moves(gradients, message, refuses):
    parameters = [np.zeros(2), np.zeros((3, 2))]
    refuses(ValueError, message, lambda: SGD(parameters).step(gradients))
    assert not any(p.any() for p in parameters)


def test_a_parameter_that_cannot_change_is_refused_before_another_has_moved(refuses):
    fixed = np.zeros(2)
    fixed.flags.writeable = False
    refuses(
        ValueError,
        "parameters: expected arrays to change, 1 is read-only",
        lambda: SGD([np.zeros(2), fixed]),
    )


@pytest.mark.parametrize("lr", [0.0, -0.1, float("nan")])
def test_a_rate_that_is_not_positive_is_refused(lr, refuses):
    refuses(ValueError, f"lr: expected a number above 0, got {lr}", lambda: SGD([], lr=lr))


@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_momentum_outside_its_range_is_refused(momentum, refuses):
    refuses(
        ValueError,
        f"momentum: expected a number in [0, 1), got {momentum}",
        lambda: SGD([], momentum=momentum),
    )
