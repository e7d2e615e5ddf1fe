import doctest
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import verify.gradients.check
from verify import Domain, assert_gradient, check_gradient
from verify.gradients.judges.noise import noise_of
from verify.numerics.domain import HardRow, Kind, constant, log_uniform, normal

CUBE = {"x": (4,)}
SCALES = np.logspace(-6, 6, 5)


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def softmax_jacobian(x):
    return np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))


def product(A, x):
    return A @ x


def wave(x):
    return torch.sum(torch.sin(x) * x)


RIGHT = {
    "numpy": (lambda x: np.sum(x**3), lambda x: 3 * x**2, CUBE),
    "numpy, not analytic": (lambda x: np.sum(np.abs(x) ** 3), lambda x: 3 * x * np.abs(x), CUBE),
    "numpy jacobian": (softmax, softmax_jacobian, CUBE),
    "numpy ufuncs": (np.sin, lambda x: np.diag(np.cos(x)), CUBE),
    "scalar": (np.tanh, lambda x: 1 - np.tanh(x) ** 2, {"x": ()}),
    "matrix to vector": (
        lambda x: x.sum(axis=1), lambda x: np.eye(2)[:, :, None] * np.ones(3), {"x": (2, 3)}
    ),
    "two arguments": (
        product, lambda A, x: np.eye(3)[:, :, None] * x, {"A": (3, 2), "x": (2,)}
    ),
    "jax": (lambda x: jnp.sum(jnp.sin(x) * x), lambda x: jnp.cos(x) * x + jnp.sin(x), CUBE),
    "torch": (wave, lambda x: torch.cos(x) * x + torch.sin(x), CUBE),
    "torch, two arguments": (lambda x, w: (x * w).sum(), lambda x, w: w, {"x": (3,), "w": (3,)}),
    "badly scaled": (lambda x: np.sum(SCALES * x**2), lambda x: 2 * SCALES * x, {"x": (5,)}),
    "float32 inside": (
        lambda x: jnp.sum(jnp.exp(x.astype(jnp.float32))), np.exp, CUBE,
    ),
    "linear": (lambda x: 3 * x.sum(), lambda x: np.full_like(x, 3), CUBE),
    "empty": (lambda x: np.sum(x**2), lambda x: 2 * x, {"x": (0,)}),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_gradient_passes(name):
    function, gradient, domain = RIGHT[name]
    report = check_gradient(function, gradient, domain, points=8)
    assert report.passed, str(report)
    assert report.checked >= 8


FAULTS = {
    "sign": lambda g: -g,
    "factor": lambda g: 2 * g,
    "1e-6": lambda g: g * (1 + 1e-6),
    "one entry": lambda g: g + np.where(np.arange(g.size).reshape(g.shape) == 1, 1e-3 * g, 0),
    "zero": lambda g: 0 * g,
    "nan": lambda g: g * np.nan,
    "one nan": lambda g: np.where(np.arange(g.size).reshape(g.shape) == 1, np.nan, g),
    "inf": lambda g: g + np.inf,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "name", ["numpy", "numpy, not analytic", "numpy jacobian", "jax", "badly scaled"]
)
def test_a_wrong_gradient_fails(name, fault):
    function, gradient, domain = RIGHT[name]
    report = check_gradient(
        function, lambda x: FAULTS[fault](np.asarray(gradient(x))), domain, points=8
    )
    assert not report.passed
    assert report.mismatches


KINK = Domain(
    shapes={"x": ("n",)},
    draw={"x": normal()},
    sizes=({"n": 3},),
    hard=(HardRow("x = 0", {"n": 3}, {"x": constant(0.0)}, Kind.KINK),),
)


@pytest.mark.parametrize(
    ("at_zero", "right"), [(0.0, True), (0.5, True), (1.0, True), (-0.1, False), (1.1, False)]
)
@pytest.mark.parametrize("maximum", [np.maximum, jnp.maximum])
def test_at_a_kink_a_gradient_lies_between_the_one_sided_derivatives(at_zero, right, maximum):
    report = check_gradient(
        lambda x: maximum(x, 0).sum(), lambda x: np.where(x == 0, at_zero, x > 0), KINK, points=5
    )
    assert report.passed is right, str(report)
    if right and at_zero not in (0.5, 1.0):
        assert report.kinks == 5


NOT_AT_ZERO = Domain({"x": ("n",)}, {"x": constant(1.1)}, ({"n": 5},))


@pytest.mark.parametrize(
    ("slope", "right"), [(0.0, True), (0.9, True), (1.1, False), (-5.0, False)]
)
@pytest.mark.parametrize("entry", [0, 4])
@pytest.mark.parametrize("absolute", [np.abs, jnp.abs])
def test_at_a_kink_away_from_zero_rounding_excuses_no_slope(absolute, entry, slope, right):
    report = check_gradient(
        lambda x: absolute(x - 1.1).sum(),
        lambda x: np.where(np.arange(5) == entry, slope, 1.0),
        NOT_AT_ZERO,
        points=1,
    )
    assert report.passed is right, str(report)


def test_a_function_whose_second_derivative_jumps_at_the_point_is_judged():
    def huber(x):
        return np.where(np.abs(x) <= 1.1, 0.5 * x**2, 1.1 * (np.abs(x) - 0.55)).sum()

    assert check_gradient(huber, lambda x: np.clip(x, -1.1, 1.1), NOT_AT_ZERO, points=1).passed
    for error in 1e-6 * np.eye(5):
        wrong = 1.1 * (1 + error)
        assert not check_gradient(huber, lambda x, w=wrong: w, NOT_AT_ZERO, points=1).passed


def test_every_entry_is_asked_whether_complex_steps_apply():
    report = check_gradient(
        lambda x: x[0] ** 2 + np.abs(x[1]),
        lambda x: np.array([2 * x[0], np.sign(x[1])]),
        {"x": (2,)},
    )
    assert report.passed, str(report)
    assert report.judges == ("differences",)


def test_autodiff_of_the_function_is_judged_too():
    @jax.custom_vjp
    def square(x):
        return jnp.sum(x**2)

    square.defvjp(lambda x: (square(x), x), lambda x, g: (1.5 * g * x,))
    report = check_gradient(square, lambda x: 1.5 * x, CUBE, points=3)
    assert "jacrev's own derivative of the function is not that of its values" in str(report)
    assert not report.passed


def test_a_failure_names_the_worst_entry_and_an_input_to_type_again():
    with pytest.raises(AssertionError) as error:
        assert_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2 + [0, 0, 1, 0], CUBE, points=1)
    message = str(error.value)
    assert "x[2]" in message
    x = eval(message.partition("x = ")[2].splitlines()[0], {"np": np})
    assert f"says {3 * x[2] ** 2:.5f}"[:-1] in message


def test_the_gradient_is_taken_in_the_name_that_is_asked_for():
    report = check_gradient(product, lambda A, x: A, {"A": (2, 3), "x": (3,)}, wrt="x", points=2)
    assert report.passed
    assert report.wrt == "x"


@given(points=st.integers(1, 12), factor=st.sampled_from([1.0, 1.001, np.nan]))
@settings(max_examples=25, deadline=None)
def test_success_is_never_reported_on_fewer_points_or_on_nan(points, factor):
    report = check_gradient(
        lambda x: np.sum(x**2), lambda x: factor * 2 * x, {"x": (2,)}, points=points
    )
    assert report.passed is (factor == 1.0)
    assert not report.passed or report.checked >= points


def test_a_function_without_a_value_is_no_success():
    report = check_gradient(lambda x: np.log(-np.abs(x)).sum(), lambda x: 1 / x, CUBE, points=2)
    assert not report.passed


# --- functions with noise ------------------------------------------------------------------------

MATRIX = np.random.default_rng(3).normal(size=(5, 4))
LARGE = np.random.default_rng(4).normal(size=50) * 1e8


def single(function):
    """The function as one computes it who saves memory: float64 in and out, float32 between."""
    return lambda x: np.asarray(function(x.astype(np.float32)), dtype=np.float64)


def sum_of_large_terms(x):
    return sum(np.concatenate([LARGE, np.abs(x) ** 3, -LARGE]))


def cubes(x):
    return 3 * x * np.abs(x)


NOISY = {
    "sum of exp in float32": (single(lambda x: np.exp(x).sum()), np.exp),
    "matrix product in float32": (
        single(lambda x: MATRIX.astype(np.float32) @ x), lambda x: MATRIX
    ),
    "softmax in float32": (single(softmax), softmax_jacobian),
    "relu in float32": (single(lambda x: np.maximum(x, 0).sum()), lambda x: 1.0 * (x > 0)),
    "cancelling": (lambda x: (1e8 + np.sin(x).sum()) - 1e8, np.cos),
    "cancelling, not analytic": (lambda x: (1e8 + (np.abs(x) ** 3).sum()) - 1e8, cubes),
    "large terms of both signs": (sum_of_large_terms, cubes),
    "JAX in float32 inside": (
        lambda x: jnp.exp(x.astype(jnp.float32)).sum().astype(jnp.float64), np.exp
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOISY)
def test_noise_refuses_no_right_gradient_and_hides_no_fault_above_it(name):
    function, right = NOISY[name]
    for seed in range(10):
        arguments = {"at": CUBE, "points": 3, "seed": seed}
        report = check_gradient(function, right, **arguments)
        assert report.passed, (seed, str(report))
        for factor in (1.01, -1.0, np.nan):
            report = check_gradient(function, lambda x, f=factor: f * right(x), **arguments)
            assert report.mismatches, (seed, factor, str(report))


@pytest.mark.parametrize("level", [1e3, 1.0, 1e-2])
@pytest.mark.parametrize("claimed", [cubes, lambda x: -cubes(x), lambda x: 0 * x])
def test_where_noise_hides_the_gradient_nothing_is_judged(level, claimed):
    rng = np.random.default_rng(0)
    report = check_gradient(
        lambda x: (np.abs(x) ** 3).sum() + level * rng.normal(), claimed, CUBE, points=2
    )
    assert not report.passed
    assert report.mismatches or (report.checked < 2 and "too noisy, 2 asked for" in str(report))


def test_a_complex_step_that_loses_its_imaginary_part_is_no_judge():
    def function(x):
        return np.float64(np.exp(x.astype(np.float16)).sum(dtype=np.float32))

    for seed in range(15):
        report = check_gradient(function, np.exp, CUBE, points=3, seed=seed)
        assert "complex step" not in report.judges
        assert not report.mismatches


def test_noise_is_measured_in_any_precision_and_a_kink_is_none():
    x = np.random.default_rng(0).normal(size=4)

    def noise(function):
        return noise_of(lambda t: np.asarray(function(x + t)), np.asarray(function(x)), np.abs(x))

    assert noise(lambda x: np.abs(x - x).sum()) == 0
    assert 1e-17 < noise(lambda x: np.exp(x).sum()) < 3e-15
    assert 1e-8 < noise(lambda x: np.float64(np.exp(x.astype(np.float32)).sum())) < 3e-6
    assert 3e-9 < noise(lambda x: (1e8 + np.exp(x).sum()) - 1e8) < 3e-8
    assert noise(lambda at: np.abs(at - x).sum()) < 1e-10


def test_a_domain_says_where_a_function_is_tested():
    positive = Domain({"x": ("n",)}, {"x": log_uniform(0.1, 10)}, ({"n": 1}, {"n": 3}))
    assert check_gradient(lambda x: np.log(x).sum(), lambda x: 1 / x, positive).passed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"wrt": "z"}, "wrt: expected one of x, got 'z'"),
        ({"points": 0}, "points: expected at least 1, got 0"),
        ({"gradient": lambda x: 1.0}, r"gradient: expected shape \(4,\), got \(\)"),
        ({"gradient": lambda x: x[:, None]}, r"gradient: expected shape \(4,\), got \(4, 1\)"),
    ],
)
def test_a_mistake_in_the_call_is_one_line(arguments, says):
    settings_ = {"gradient": lambda x: 2 * x, **arguments}
    with pytest.raises(ValueError, match=says):
        check_gradient(lambda x: np.sum(x**2), at=CUBE, **settings_)


def test_the_examples_of_the_documentation_run():
    found = doctest.testmod(verify.gradients.check, optionflags=doctest.ELLIPSIS)
    assert found.attempted > 5
    assert found.failed == 0


def test_importing_the_public_names_imports_no_library_of_tensors():
    code = (
        "import verify, sys; verify.check_gradient\n"
        "print({'jax', 'torch', 'sympy'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
