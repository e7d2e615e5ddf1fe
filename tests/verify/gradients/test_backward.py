"""Backward passes of custom functions and of modules against their own forward passes."""

import doctest

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch import nn

import verify.gradients.backward
from verify import check_backward, check_gradient, check_module


def custom(backward, forward=torch.tanh):
    """A function of one tensor whose backward pass is given."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx, dy):
            return backward(ctx.saved_tensors[0], dy)

    return Custom.apply


def slope(x, dy):
    return dy * (1 - torch.tanh(x) ** 2)


def off_in_entry(place, fault):
    def backward(x, dy):
        factor = torch.ones_like(x)
        factor[place] = 1 + fault
        return slope(x, dy) * factor

    return backward


def test_a_right_backward_pass_passes():
    report = check_backward(custom(slope), (100,))
    assert report.passed, str(report)
    assert report.judges == ("differences",)


@pytest.mark.parametrize("fault", [-2.0, 0.1, 1e-3, 1e-6])
@pytest.mark.parametrize("place", [0, 57, 99])
def test_a_fault_in_one_entry_of_a_hundred_is_found_and_named(place, fault):
    report = check_backward(custom(off_in_entry(place, fault)), (100,), points=2)
    assert {mismatch.entry for mismatch in report.mismatches} >= {f"dy random: x[{place}]"}
    assert all(f"x[{place}]" in mismatch.entry for mismatch in report.mismatches)
    assert "wrong only at" in str(report)


def test_a_fault_in_all_entries_is_found():
    report = check_backward(custom(lambda x, dy: slope(x, dy) * (1 + 1e-6)), (4,))
    assert len(report.mismatches) >= 20
    assert "dy[0] = 1: x[0]" in {mismatch.entry for mismatch in report.mismatches}


def test_entries_are_judged_one_by_one_at_the_tensors_that_are_given():
    x = torch.linspace(-1, 1, 5)
    assert check_backward(custom(slope), x).passed
    assert x.grad is None
    assert not x.requires_grad
    assert not check_backward(custom(off_in_entry(2, 1e-6)), x).passed


class Scale(torch.autograd.Function):
    """A function of two tensors and a whole number."""

    @staticmethod
    def forward(ctx, x, weight, power):
        ctx.save_for_backward(x, weight)
        ctx.power = power
        return weight * x**power

    @staticmethod
    def backward(ctx, dy):
        x, weight = ctx.saved_tensors
        return ctx.power * weight * dy * x ** (ctx.power - 1), dy * x**ctx.power, None


def test_a_function_of_several_tensors_is_judged_in_all_of_them():
    report = check_backward(Scale.apply, (4,), (4,), 3)
    assert report.passed, str(report)
    assert report.wrt == "x, weight"


class InPlace(torch.autograd.Function):
    """Three times a tensor, that is written over."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.factor = factor
        ctx.mark_dirty(x)
        return x.mul_(3)

    @staticmethod
    def backward(ctx, dy):
        return ctx.factor * dy, None


def test_a_function_that_writes_over_its_argument_is_judged():
    assert check_backward(InPlace.apply, (4,), 3).passed
    assert not check_backward(InPlace.apply, (4,), 2).passed
    assert check_module(torch.nn.ReLU(inplace=True), (4,)).passed


def layer_norm(x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred**2).mean(-1, keepdim=True).sqrt()


def layer_norm_backward(terms):
    def backward(x, dy):
        deviation = ((x - x.mean(-1, keepdim=True)) ** 2).mean(-1, keepdim=True).sqrt()
        y = layer_norm(x)
        found = dy - dy.mean(-1, keepdim=True)
        if terms == 3:
            found = found - y * (dy * y).mean(-1, keepdim=True)
        return found / deviation

    return backward


@pytest.mark.parametrize(("terms", "right"), [(3, True), (2, False)])
def test_a_missing_term_is_found(terms, right):
    report = check_backward(custom(layer_norm_backward(terms), layer_norm), (2, 5), points=5)
    assert report.passed is right, str(report)


def test_check_gradient_says_that_the_library_s_own_derivative_is_wrong():
    wrong = custom(lambda x, dy: 1.5 * slope(x, dy))
    right = lambda x: 1 - torch.tanh(x) ** 2  # noqa: E731
    own = lambda x: 1.5 * right(x)  # noqa: E731
    total = lambda x: wrong(x).sum()  # noqa: E731
    said = "torch's own derivative of the function is not that of its values"
    report = check_gradient(total, right, {"x": (20,)})
    assert report.passed
    assert f"{said}: yours agrees with the function" in str(report)
    report = check_gradient(total, own, {"x": (20,)})
    assert len(report.mismatches) == 400
    assert said in str(report)


@pytest.mark.parametrize("seed", range(10))
def test_check_gradient_finds_one_wrong_sign_among_three_hundred(seed):
    place = int(np.random.default_rng(seed).integers(300))
    function = custom(off_in_entry(place, -2.0))

    def by_autograd(x):
        x = x.clone().requires_grad_()
        return torch.autograd.grad(function(x).sum(), x)[0]

    report = check_gradient(lambda x: function(x).sum(), by_autograd, {"x": (300,)}, points=3)
    assert {mismatch.entry for mismatch in report.mismatches} == {f"x[{place}]"}


def jax_square(factor):
    @jax.custom_vjp
    def square(x, w):
        return w * x**2

    square.defvjp(
        lambda x, w: (w * x**2, (x, w)),
        lambda kept, g: (factor * g * kept[1] * kept[0], g * kept[0] ** 2),
    )
    return square


@pytest.mark.parametrize(("factor", "right"), [(2.0, True), (1.5, False), (2 + 2e-6, False)])
def test_a_custom_vjp_is_judged(factor, right):
    report = check_backward(jax_square(factor), (3,), (3,))
    assert report.passed is right, str(report)
    assert report.wrt == "x, w"
    if not right:
        assert "wrong only in x; right in w" in str(report)


def test_a_custom_vjp_of_a_nest_is_judged():
    @jax.custom_vjp
    def loss(parameters):
        return jnp.sum(parameters["w"] ** 2) + jnp.sum(parameters["b"])

    loss.defvjp(
        lambda p: (loss(p), p),
        lambda p, g: ({"w": 2 * g * p["w"], "b": g * jnp.ones_like(p["b"])},),
    )
    assert check_backward(loss, {"w": np.ones((2, 2)) * 0.7, "b": np.ones(2)}).passed


def test_a_class_in_place_of_its_function_is_an_error():
    with pytest.raises(TypeError, match=r"such as Scale\.apply, got the class Scale"):
        check_backward(Scale, (4,), (4,), 3)


def test_a_function_of_no_library_is_an_error():
    with pytest.raises(ValueError, match="say library='torch' or 'jax'"):
        check_backward(np.sin, (3,))


# --- modules -------------------------------------------------------------------------------------


class Gate(nn.Module):
    """A layer with a parameter of its own, whose backward pass may be wrong."""

    def __init__(self, fault=0.0):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor([0.5, -1.0, 2.0]))
        self.fault = fault

    def forward(self, x):
        return custom(off_in_entry((..., 1), self.fault))(self.gain * x)


MODULES = {
    "linear": (nn.Linear(3, 2), [(4, 3)]),
    "mlp": (nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), [(4, 3)]),
    "convolution": (nn.Conv2d(2, 3, 3), [(2, 2, 5, 5)]),
    "batch norm": (nn.BatchNorm1d(3), [(6, 3)]),
    "layer norm": (nn.LayerNorm(4), [(3, 4)]),
    "lstm": (nn.LSTM(3, 2), [(4, 1, 3)]),
    "lstm cell": (nn.LSTMCell(3, 2), [(2, 3)]),
    "attention": (nn.MultiheadAttention(4, 2), [(3, 1, 4), (3, 1, 4), (3, 1, 4)]),
    "embedding": (nn.Embedding(5, 3), [torch.tensor([0, 3, 3])]),
    "softmax": (nn.Softmax(dim=-1), [(2, 4)]),
    "loss": (nn.CrossEntropyLoss(), [(4, 3), torch.tensor([0, 2, 1, 1])]),
    "float32": (nn.Linear(3, 2).float(), [torch.ones(4, 3)]),
    "own function": (Gate(), [(2, 3)]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_judged_in_its_parameters_and_inputs(name):
    torch.manual_seed(0)
    module, inputs = MODULES[name]
    before = {key: value.clone() for key, value in module.state_dict().items()}
    report = check_module(module, *inputs, points=2)
    assert report.passed, str(report)
    if list(module.parameters()):
        assert report.wrt.startswith("parameters")
    for key, value in module.state_dict().items():
        assert torch.equal(before[key], value), key
    assert all(parameter.grad is None for parameter in module.parameters())


def test_a_wrong_function_inside_a_module_is_found_in_the_parameter_before_it():
    report = check_module(Gate(fault=1e-3), (2, 3), points=2)
    entries = {mismatch.entry.partition(": ")[2] for mismatch in report.mismatches}
    assert "parameters['gain'][1]" in entries
    assert not {f"parameters['gain'][{other}]" for other in (0, 2)} & entries


def test_a_module_with_dropout_is_named():
    report = check_module(nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)), (4, 3))
    assert not report.passed
    assert "function: equal calls differ" in str(report)


def test_entries_of_a_large_parameter_are_drawn_and_it_is_said():
    report = check_module(nn.Linear(60, 20), (2, 60), points=1)
    assert report.passed, str(report)
    assert "parameters['weight']: 50 of 1,200 entries one by one" in str(report)


def test_a_module_may_be_a_function_in_float32():
    torch.manual_seed(0)
    module = nn.Linear(3, 2)
    weight = module.weight.detach().numpy().astype(np.float64)
    report = check_gradient(module, lambda x: weight, {"x": (3,)})
    assert report.passed, str(report)
    assert not check_gradient(module, lambda x: weight * 1.01, {"x": (3,)}).passed
    assert check_gradient(module.double(), lambda x: weight, {"x": (3,)}).passed


def test_the_examples_of_the_documentation_run():
    found = doctest.testmod(verify.gradients.backward)
    assert found.attempted > 5
    assert found.failed == 0
