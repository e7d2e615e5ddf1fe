"""The variances of initialization by enumeration, and the gradients of a network of zeros."""

from itertools import product

import pytest
import sympy as sp
from subjects import is_refuted

from derivations import initialization
from derivations.evaluation import evaluate
from derivations.initialization import C, N, Y, c, fan_in, fan_out, layer, q, q0, sigma
from derivations.proof import prove

FORWARD, BACKWARD, KEPT, KEPT_BACK, ON_AVERAGE, DEEP = initialization.xavier.chains
RECTIFIED, AFTER_RELU, KEPT_BY_HE, DEEP_BY_HE = initialization.he.chains


def mean_square(weights_of, inputs):
    """The mean of (w^T x)^2 over every choice of signs of the weights."""
    signs = list(product((-1, 1), repeat=len(inputs)))
    sums = (
        sum(sign * weights_of * x for sign, x in zip(row, inputs, strict=True)) for row in signs
    )
    return sum(one**2 for one in sums) / len(signs)


def test_the_variance_of_a_sum_is_that_over_all_signs():
    inputs = [0.5, -0.5, 0.5]
    found = float(evaluate(FORWARD.closed_form, {fan_in: 3, sigma: 0.7, q: 0.25}))
    assert found == pytest.approx(mean_square(0.7, inputs))


def test_relu_halves_the_mean_square():
    assert RECTIFIED.closed_form == q / 2
    assert AFTER_RELU.closed_form == FORWARD.closed_form / 2


@pytest.mark.parametrize(
    ("chain", "factor", "variance"),
    [
        (KEPT, fan_in * sigma**2, 1 / fan_in),
        (KEPT_BACK, fan_out * sigma**2, 1 / fan_out),
        (ON_AVERAGE, (fan_in + fan_out) * sigma**2 / 2, 2 / (fan_in + fan_out)),
        (KEPT_BY_HE, fan_in * sigma**2 / 2, 2 / fan_in),
    ],
    ids=["forward", "backward", "Xavier", "He"],
)
def test_the_chosen_variance_keeps_the_mean_square(chain, factor, variance):
    assert chain.start.subs(sigma, sp.sqrt(variance)).simplify() == chain.closed_form
    assert prove(chain.start / chain.closed_form, factor).holds


def test_the_mean_square_of_deep_layers_is_a_power():
    point = {layer: 3, fan_in: 5, sigma: 0.3, q0: 2.0}
    assert float(evaluate(DEEP.closed_form, point)) == pytest.approx(2 * (5 * 0.09) ** 3)
    assert float(evaluate(DEEP_BY_HE.closed_form, point)) == pytest.approx(2 * (5 * 0.09 / 2) ** 3)


MISTAKES = {
    "the standard deviation": fan_in * sigma * q,
    "no width": sigma**2 * q,
    "the width squared": fan_in**2 * sigma**2 * q,
    "the other width": fan_out * sigma**2 * q,
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(FORWARD, formula)


@pytest.mark.parametrize("activation", [sp.tanh, lambda z: sp.Piecewise((z, z > 0), (0, True))])
@pytest.mark.parametrize("hidden_layers", [2, 3])
def test_a_whole_network_of_zeros_has_the_gradients_that_the_layers_say(activation, hidden_layers):
    """Two samples, two units a layer, two classes: the whole loss differentiated at once."""
    inputs, labels = [(1, -2), (3, 1)], [(1, 0), (1, 0)]
    weights, biases = [], []
    signals = inputs
    for number in range(hidden_layers + 1):
        W = sp.Matrix(2, 2, sp.symbols(f"w{number}_:4", real=True))
        b = sp.Matrix(1, 2, sp.symbols(f"b{number}_:2", real=True))
        weights += list(W)
        biases.append(list(b))
        sums = [[sum(W[o, k] * x[k] for k in range(2)) + b[o] for o in range(2)] for x in signals]
        last = number == hidden_layers
        signals = sums if last else [[activation(one) for one in row] for row in sums]
    loss = -sum(
        label * (logit - sp.log(sum(map(sp.exp, row))))
        for row, target in zip(signals, labels, strict=True)
        for logit, label in zip(row, target, strict=True)
    ) / len(inputs)
    zeros = dict.fromkeys([*weights, *(one for row in biases for one in row)], 0)

    def gradient(parameters):
        return [loss.diff(parameter).subs(zeros) for parameter in parameters]

    assert gradient(weights) == [0] * len(weights)
    assert all(gradient(hidden) == [0, 0] for hidden in biases[:-1])
    closed = initialization.zero[r"\frac{\partial L}{\partial b_c}"].closed_form
    point = {N: 2, C: 2, Y: {(a, k): labels[a - 1][k - 1] for a in (1, 2) for k in (1, 2)}}
    expected = [float(evaluate(closed, point | {c: k})) for k in (1, 2)]
    assert [float(one) for one in gradient(biases[-1])] == expected == [-0.5, 0.5]
