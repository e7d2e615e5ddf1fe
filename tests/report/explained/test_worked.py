"""The worked examples are what NumPy finds when it starts from the definitions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer, Rational

from derivations import huber, softmax
from mytorch.nn import Linear, ReLU, Sequential, SoftmaxCrossEntropy
from mytorch.utils import gradient_check
from report.explained.worked import (
    adam_example,
    exact,
    growth_example,
    huber_example,
    network_example,
    softmax_example,
    table,
)


def floats(array) -> np.ndarray:
    """An exact array in double precision."""
    if isinstance(array, tuple):
        return np.array([floats(part) for part in array])
    return np.float64(array.evalf(40)) if hasattr(array, "evalf") else np.float64(array)


def test_softmax_and_its_jacobian():
    example = softmax_example()
    numerators = np.exp(np.array(example.z) / float(example.tau))
    y = numerators / numerators.sum()
    np.testing.assert_allclose(floats(example.y), y, rtol=1e-15)
    np.testing.assert_allclose(floats(example.jacobian), np.diag(y) - np.outer(y, y), rtol=1e-14)
    assert example.row_sums == (0, 0, 0)


def test_the_huber_minimiser_has_gradient_0_and_its_residuals_the_assumed_pattern():
    example = huber_example()
    assert example.patterns == 81
    assert example.unsolvable + len(example.solved) == 81
    assert [s.w for s in example.solved if s.is_consistent] == [(Rational(45, 43),)]
    assert example.gradient == 0
    x, y = np.array(example.x, float), floats(example.y)
    w = 45 / 43
    np.testing.assert_allclose(floats(example.residuals), y - w * x)
    np.testing.assert_allclose(floats(example.psi), np.clip(y - w * x, -1, 1))


def test_irls_begins_at_least_squares_and_comes_nearer_with_each_step():
    example = huber_example()
    x, y = (list(map(Fraction, map(str, values))) for values in (example.x, example.y))
    w = sum(a * b for a, b in zip(x, y, strict=True)) / sum(a * a for a in x)
    for iterate in example.iterates:
        assert Fraction(iterate.p, iterate.q) == w
        weights = [min(1, 1 / abs(b - a * w)) for a, b in zip(x, y, strict=True)]
        rows = list(zip(weights, x, y, strict=True))
        w = sum(o * a * b for o, a, b in rows) / sum(o * a * a for o, a, _ in rows)
    distances = [abs(iterate - Rational(45, 43)) for iterate in example.iterates]
    assert distances == sorted(distances, reverse=True)


def test_adam_and_momentum_take_the_steps_of_a_plain_loop():
    example = adam_example()
    alpha, beta1, beta2, epsilon = (float(value) for value in example.settings.values())
    m = v = w = u = 0.0
    for t, gradient in enumerate(map(float, example.gradients), start=1):
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        step = m_hat / (math.sqrt(v_hat) + epsilon)
        w, u = w - alpha * step, beta1 * u + gradient
        for name, value in {"m": m, "v": v, r"\hat m": m_hat, r"\hat v": v_hat}.items():
            assert float(example.values[f"{name}_{t}"]) == pytest.approx(value, rel=1e-12)
        assert float(example.values[f"w_{t + 1}"]) == pytest.approx(w, rel=1e-12)
        assert float(example.steps[t - 1]) == pytest.approx(step, rel=1e-12)
        assert float(example.velocities[t - 1]) == pytest.approx(u, rel=1e-12)
        assert float(example.scaled_steps[t - 1]) == pytest.approx(step, rel=1e-7)


def test_the_network_goes_forward_and_back_as_the_library_does():
    example = network_example()
    arrays = {name: floats(value) for name, value in example.arrays.items()}
    model = Sequential(Linear(2, 2), ReLU(), Linear(2, 2))
    for parameter, name in zip(model.get_parameters(), ("W1", None, "W2", None), strict=True):
        parameter[...] = arrays[name] if name else 0
    loss, labels = SoftmaxCrossEntropy(), arrays["Y"].argmax(axis=1)
    value = loss.forward(model.forward(arrays["X"]), labels)
    assert float(value) == pytest.approx(float(example.loss), rel=1e-6)
    model.backward(loss.backward())
    for found, name in zip(model.get_gradients(), ("dW1", "db1", "dW2", "db2"), strict=True):
        np.testing.assert_allclose(found, arrays[name], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(floats(example.numerical), arrays["dW1"], atol=1e-9)
    assert 0 < float(example.largest_error.evalf(40)) < 1e-9
    assert gradient_check(model, arrays["X"], labels) < 1e-5


def test_a_layer_of_many_units_grows_the_signal_by_its_factor():
    example = growth_example()
    rng = np.random.default_rng(0)
    signal = rng.normal(0, 1e-3, (2000, example.width))  # small, where tanh is linear
    for factor, overall, deviation, activation in zip(
        map(float, example.factors),
        map(float, example.overall),
        (0.01, example.width**-0.5, (2 / example.width) ** 0.5),
        (np.tanh, rectified, rectified),
        strict=True,
    ):
        before = activation(signal)
        after = activation(before @ rng.normal(0, deviation, (example.width, example.width)))
        grown = np.sqrt((after**2).mean() / (before**2).mean())
        assert grown == pytest.approx(factor, rel=0.1)
        assert overall == pytest.approx(factor**example.layers)


def rectified(x: np.ndarray) -> np.ndarray:
    return np.maximum(0, x)


def test_an_array_that_is_not_given_is_an_error():
    with pytest.raises(KeyError):
        exact(softmax.partition, {softmax.n: 2, softmax.tau: Integer(1)})


def test_entries_are_counted_from_one_and_branches_decided():
    given = {huber.n: 2, huber.d: 1, huber.delta: 1, huber.r: (Rational(1, 2), -3)}
    assert table(huber.influence(huber.r[huber.i]), given, huber.i) == (Rational(1, 2), -1)
