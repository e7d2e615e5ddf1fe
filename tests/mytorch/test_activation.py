"""The activations: values and gradients are PyTorch's, and no input makes them warn."""

import warnings

import numpy as np
import pytest
import torch

from mytorch.nn import ReLU, Sigmoid, Tanh

PAIRS = {ReLU: torch.nn.ReLU, Sigmoid: torch.nn.Sigmoid, Tanh: torch.nn.Tanh}


@pytest.mark.parametrize("activation", PAIRS)
@pytest.mark.parametrize("shape", [(5, 4), (1, 4), (0, 4), (3,), (2, 3, 4)])
def test_activation_agrees_with_pytorch(activation, shape, rng, torch_gradients):
    x, grad_output = 10 * rng.standard_normal(shape), rng.standard_normal(shape)
    x, grad_output = np.asarray(x), np.asarray(grad_output)
    module = activation()
    ours = [module.forward(x), module.backward(grad_output)]
    for mine, theirs in zip(
        ours, torch_gradients(PAIRS[activation](), x, grad_output), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)


def test_relu_has_slope_zero_at_zero():
    relu = ReLU()
    relu.forward(np.array([-0.0, 0.0, np.nextafter(0, 1)]))
    np.testing.assert_array_equal(relu.backward(np.ones(3)), [0, 0, 1])


@pytest.mark.parametrize("activation", PAIRS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_extreme_input_warns_of_nothing_and_stays_in_range(activation, dtype):
    largest = np.finfo(dtype).max
    x = np.array([-np.inf, -largest, -1e4, -100, 0, 100, 1e4, largest, np.inf], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = activation()
        y = module.forward(x)
        grad_x = module.backward(np.ones_like(x))
    assert y.dtype == grad_x.dtype == dtype
    assert np.isfinite(grad_x).all()
    assert ((grad_x >= 0) & (grad_x <= 1)).all()
    if activation is not ReLU:
        assert (np.abs(y) <= 1).all()
        assert list(y[[0, -1]]) == [-1 if activation is Tanh else 0, 1]


def test_sigmoid_keeps_its_precision_far_from_zero():
    sigmoid = Sigmoid()
    # e^-700 to 17 digits by mpmath; 1 - sigmoid(700) and the slope at +-700 equal it.
    tail = 9.8596765437597708e-305
    y = sigmoid.forward(np.array([-700.0, 700.0]))
    np.testing.assert_allclose(y, [tail, 1], rtol=1e-13)
    np.testing.assert_allclose(sigmoid.backward(np.ones(2)), [tail, tail], rtol=1e-13)


@pytest.mark.parametrize("activation", PAIRS)
def test_nan_is_passed_on(activation):
    assert np.isnan(activation().forward(np.array([np.nan]))).all()


@pytest.mark.parametrize("activation", PAIRS)
def test_neither_input_nor_gradient_is_changed_and_the_output_is_free_to_be(activation, rng):
    x, grad_output = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    before = x.copy(), grad_output.copy()
    module = activation()
    y = module.forward(x)
    expected = module.backward(grad_output)
    np.testing.assert_array_equal([x, grad_output], before)
    y *= 0
    np.testing.assert_array_equal(module.backward(grad_output), expected)


@pytest.mark.parametrize("activation", PAIRS)
def test_mistakes_are_refused_in_one_line(activation, refuses):
    module = activation()
    refuses(
        RuntimeError,
        "backward: expected a forward before it, got none",
        lambda: module.backward(np.zeros(3)),
    )
    refuses(
        TypeError,
        "x: expected floating-point numbers, got int64",
        lambda: module.forward(np.arange(3)),
    )
    module.forward(np.zeros((2, 3)))
    refuses(
        ValueError,
        "grad_output: expected the output's shape (2, 3), got (3,)",
        lambda: module.backward(np.zeros(3)),
    )
