"""`Linear`: its values and gradients are PyTorch's, its weights start as the papers say."""

import numpy as np
import pytest
import torch

from mytorch.nn import Linear


def torch_twin(layer):
    """The same layer in PyTorch."""
    twin = torch.nn.Linear(*layer.W.T.shape, dtype=torch.float64)
    twin.weight.data, twin.bias.data = torch.tensor(layer.W), torch.tensor(layer.b)
    return twin


@pytest.mark.parametrize(
    ("batch", "features", "out"), [(1, 3, 2), (5, 7, 4), (0, 3, 2), (64, 784, 128)]
)
def test_linear_agrees_with_pytorch(batch, features, out, rng, torch_gradients):
    layer = Linear(features, out, rng=rng, dtype=np.float64)
    layer.b += rng.standard_normal(out)
    x, grad_output = rng.standard_normal((batch, features)), rng.standard_normal((batch, out))
    ours = [layer.forward(x), layer.backward(grad_output), *layer.get_gradients()]
    for mine, theirs in zip(ours, torch_gradients(torch_twin(layer), x, grad_output), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-12)


def test_non_contiguous_arrays_give_what_their_copies_give(rng):
    layer = Linear(6, 4, rng=rng, dtype=np.float64)
    x, grad_output = rng.standard_normal((6, 10)).T[::2], rng.standard_normal((5, 8))[:, ::-2]
    out, grad_x = layer.forward(x), layer.backward(grad_output)
    gradients = layer.get_gradients()
    np.testing.assert_allclose(layer.forward(x.copy()), out, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(grad_output.copy()), grad_x, rtol=1e-12)
    for again, before in zip(layer.get_gradients(), gradients, strict=True):
        np.testing.assert_allclose(again, before, rtol=1e-12)


@pytest.mark.parametrize(("init", "variance"), [("xavier", 2 / (784 + 300)), ("he", 2 / 784)])
def test_weights_start_normal_with_the_variance_of_the_paper(init, variance, rng):
    layer = Linear(784, 300, init=init, rng=rng)
    # Five standard errors of a mean and of a variance of 235,200 normal numbers.
    assert abs(layer.W.mean()) < 5 * np.sqrt(variance / layer.W.size)
    assert abs(layer.W.var() / variance - 1) < 5 * np.sqrt(2 / layer.W.size)
    # A normal number is within one standard deviation in 68.27 % of all cases; a uniform in 57.7 %.
    assert abs(np.mean(np.abs(layer.W) < np.sqrt(variance)) - 0.6827) < 0.005
    assert layer.W.shape == (300, 784)
    assert not layer.b.any()


def test_xavier_and_float32_are_the_defaults():
    seeds = [np.random.default_rng(7) for _ in range(3)]
    default = Linear(5, 4, rng=seeds[0])
    assert default.W.dtype == default.b.dtype == np.float32
    np.testing.assert_array_equal(default.W, Linear(5, 4, init="xavier", rng=seeds[1]).W)
    precise = Linear(5, 4, rng=seeds[2], dtype=np.float64)
    np.testing.assert_allclose(default.W, precise.W, rtol=1e-7)


def test_layers_without_a_generator_differ():
    assert (Linear(3, 3).W != Linear(3, 3).W).all()


def test_backward_parameters_keeps_the_gradients_of_backward(rng):
    layer = Linear(6, 4, rng=rng)
    x, grad_output = rng.standard_normal((5, 6)), rng.standard_normal((5, 4))
    layer.forward(x)
    layer.backward(grad_output)
    expected = layer.get_gradients()
    assert layer.backward_parameters(grad_output) is None
    for mine, gradient in zip(layer.get_gradients(), expected, strict=True):
        np.testing.assert_array_equal(mine, gradient)


def test_arrays_that_a_user_keeps_are_never_overwritten(rng):
    layer = Linear(6, 4, rng=rng)
    kept, copies = [], []
    for _ in range(3):
        out = layer.forward(rng.standard_normal((5, 6), dtype=np.float32))
        arrays = [out, layer.backward(out), *layer.get_gradients()]
        kept += arrays
        copies += [array.copy() for array in arrays]
    for array, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_backward_answers_for_the_latest_forward(rng):
    layer = Linear(6, 4, rng=rng, dtype=np.float64)
    first, second = rng.standard_normal((5, 6)), rng.standard_normal((3, 6))
    grad_output = rng.standard_normal((3, 4))
    layer.forward(first)
    layer.forward(second)
    layer.backward(grad_output)
    np.testing.assert_allclose(layer.get_gradients()[0], grad_output.T @ second, rtol=1e-12)


def test_parameters_are_the_arrays_themselves():
    layer = Linear(2, 2)
    W, b = layer.get_parameters()
    assert W is layer.W
    assert b is layer.b


@pytest.mark.parametrize(
    ("error", "message", "arguments"),
    [
        (ValueError, "in_features: expected a positive integer, got 0", (0, 3)),
        (ValueError, "out_features: expected a positive integer, got 2.5", (3, 2.5)),
    ],
)
def test_sizes_that_are_not_positive_integers_are_refused(error, message, arguments, refuses):
    refuses(error, message, lambda: Linear(*arguments))


def test_unknown_init_and_dtype_are_refused(refuses):
    refuses(
        ValueError,
        "init: expected 'xavier' or 'he', got 'glorot'",
        lambda: Linear(2, 3, init="glorot"),
    )
    refuses(
        TypeError,
        "dtype: expected a floating-point type, got int64",
        lambda: Linear(2, 3, dtype=np.int64),
    )


@pytest.mark.parametrize("shape", [(5, 4), (3,), (5, 3, 1), ()])
def test_input_of_another_shape_is_refused(shape, refuses):
    refuses(
        ValueError,
        f"x: expected shape (batch, 3), got {shape}",
        lambda: Linear(3, 2).forward(np.zeros(shape)),
    )


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "complex128", "object"])
def test_input_that_is_not_floating_point_is_refused(dtype, refuses):
    refuses(
        TypeError,
        f"x: expected floating-point numbers, got {dtype}",
        lambda: Linear(3, 2).forward(np.zeros((5, 3), dtype)),
    )


def test_gradient_of_another_shape_or_dtype_is_refused(refuses):
    layer = Linear(3, 2)
    layer.forward(np.zeros((5, 3)))
    refuses(
        ValueError,
        "grad_output: expected the output's shape (5, 2), got (1, 2)",
        lambda: layer.backward(np.zeros((1, 2))),
    )
    refuses(
        TypeError,
        "grad_output: expected floating-point numbers, got int64",
        lambda: layer.backward(np.zeros((5, 2), np.int64)),
    )


def test_a_step_out_of_order_is_refused(refuses):
    layer = Linear(3, 2)
    refuses(
        RuntimeError,
        "backward: expected a forward before it, got none",
        lambda: layer.backward(np.zeros((5, 2))),
    )
    layer.forward(np.zeros((5, 3)))
    refuses(
        RuntimeError,
        "get_gradients: expected a backward before it, got none",
        layer.get_gradients,
    )
