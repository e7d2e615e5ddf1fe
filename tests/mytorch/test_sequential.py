"""`Sequential`: a chain of modules answers as PyTorch's does, and is itself a module."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mytorch.nn import Linear, Module, ReLU, Sequential, Sigmoid, SoftmaxCrossEntropy, Tanh


def network(rng, dtype=np.float64):
    return Sequential(
        [
            Linear(6, 5, rng=rng, dtype=dtype),
            ReLU(),
            Sequential(Linear(5, 4, rng=rng, dtype=dtype), Tanh(), Sigmoid()),
            Linear(4, 3, rng=rng, dtype=dtype),
        ]
    )


def test_nested_network_agrees_with_pytorch(rng, torch_gradients):
    model = network(rng)
    kinds = [torch.nn.ReLU, torch.nn.Tanh, torch.nn.Sigmoid]
    sizes = [(6, 5), (5, 4), (4, 3)]
    linear = [torch.nn.Linear(*size, dtype=torch.float64) for size in sizes]
    twin = torch.nn.Sequential(linear[0], kinds[0](), linear[1], kinds[1](), kinds[2](), linear[2])
    for theirs, ours in zip(twin.parameters(), model.get_parameters(), strict=True):
        theirs.data = torch.tensor(ours)
    x, grad_output = rng.standard_normal((7, 6)), rng.standard_normal((7, 3))
    answers = [model.forward(x), model.backward(grad_output), *model.get_gradients()]
    for ours, theirs in zip(answers, torch_gradients(twin, x, grad_output), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@given(
    seed=st.integers(0, 2**32 - 1),
    batch=st.integers(0, 9),
    factors=st.tuples(st.floats(-10, 10), st.floats(-10, 10)),
)
def test_backward_is_linear_and_keeps_shapes(seed, batch, factors):
    rng = np.random.default_rng(seed)
    model = network(rng)
    x = rng.standard_normal((batch, 6))
    assert model.forward(x).shape == (batch, 3)

    def backward(grad_output):
        return [model.backward(grad_output), *model.get_gradients()]

    g, h = rng.standard_normal((2, batch, 3))
    a, b = factors
    of_g, of_h, of_both = backward(g), backward(h), backward(a * g + b * h)
    assert of_g[0].shape == x.shape
    for one, other, both in zip(of_g, of_h, of_both, strict=True):
        np.testing.assert_allclose(both, a * one + b * other, rtol=1e-10, atol=1e-12)
    for parameter, gradient in zip(model.get_parameters(), of_g[1:], strict=True):
        assert gradient.shape == parameter.shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_every_array_keeps_the_dtype(dtype, rng):
    model = network(rng, dtype)
    y = model.forward(rng.standard_normal((5, 6)).astype(dtype))
    grad_x = model.backward(y)
    assert {a.dtype for a in (y, grad_x, *model.get_gradients())} == {np.dtype(dtype)}


def test_samples_of_a_batch_do_not_see_each_other(rng):
    model = network(rng)
    x, grad_output = rng.standard_normal((5, 6)), rng.standard_normal((5, 3))
    together = model.forward(x), model.backward(grad_output)
    for n in range(5):
        alone = model.forward(x[n : n + 1]), model.backward(grad_output[n : n + 1])
        for one, all_of_them in zip(alone, together, strict=True):
            np.testing.assert_allclose(one, all_of_them[n : n + 1], rtol=1e-12, atol=1e-15)


def test_backward_parameters_keeps_the_gradients_of_backward(rng):
    model = network(rng)
    grad_output = model.forward(rng.standard_normal((5, 6)))
    model.backward(grad_output)
    expected = model.get_gradients()
    assert model.backward_parameters(grad_output) is None
    for mine, gradient in zip(model.get_gradients(), expected, strict=True):
        np.testing.assert_array_equal(mine, gradient)


def test_backward_parameters_serves_a_users_module_in_front(rng):
    class Scale(Module):
        def __init__(self):
            self.scale = np.array([2.0])

        def forward(self, x):
            self.x = x
            return self.scale * x

        def backward(self, grad_output):
            self.gradient = np.array([np.sum(grad_output * self.x)])
            return self.scale * grad_output

        def get_parameters(self):
            return [self.scale]

        def get_gradients(self):
            return [self.gradient]

    model = Sequential(Scale(), Linear(3, 2, rng=rng, dtype=np.float64))
    grad_output = model.forward(rng.standard_normal((5, 3)))
    model.backward_parameters(grad_output)
    given_back = model.get_gradients()
    model.backward(grad_output)
    for mine, gradient in zip(given_back, model.get_gradients(), strict=True):
        np.testing.assert_array_equal(mine, gradient)


def test_list_and_arguments_build_the_same_chain():
    modules = [Linear(2, 2), ReLU()]
    assert Sequential(modules).modules == Sequential(*modules).modules == modules
    assert Sequential(iter(modules)).modules == modules
    assert Sequential(modules[0]).modules == modules[:1]


def test_an_empty_chain_changes_nothing():
    model, x = Sequential([]), np.ones((2, 3))
    np.testing.assert_array_equal(model.forward(x), x)
    np.testing.assert_array_equal(model.backward(x), x)
    model.backward_parameters(x)
    assert model.get_parameters() == model.get_gradients() == []


def test_a_loss_among_the_modules_is_refused(refuses):
    refuses(
        TypeError,
        "modules: expected Module objects, got SoftmaxCrossEntropy at index 1",
        lambda: Sequential([Linear(2, 2), SoftmaxCrossEntropy()]),
    )
    refuses(
        TypeError,
        "modules: expected Module objects, got int at index 0",
        lambda: Sequential(3),
    )


def test_a_module_must_say_what_it_computes():
    for call in (Module().forward, Module().backward, Module().backward_parameters):
        with pytest.raises(NotImplementedError):
            call(np.zeros(1))
