"""The variances of initialization by enumeration, and the gradients of a network of zeros."""

from itertools import product
from math import exp, log, tanh

import pytest
import sympy as sp
from subjects import is_refuted

from derivations import initialization
from derivations.initialization import C, N, Y, c, fan_in, fan_out, layer, q, q0, sigma
from derivations.prover.points.evaluation import evaluate
from derivations.prover.prove import prove

FORWARD, BACKWARD, KEPT, KEPT_BACK, ON_AVERAGE, DEEP = initialization.xavier.chains
RECTIFIED, AFTER_RELU, KEPT_BY_HE, DEEP_BY_HE = initialization.he.chains


def mean_square(spread, inputs):
    """The mean of (w^T x)^2 over every choice of signs of the weights."""
    choices = list(product((-spread, spread), repeat=len(inputs)))
    return sum(inner(weights, inputs) ** 2 for weights in choices) / len(choices)


def inner(weights, inputs):
    return sum(weight * x for weight, x in zip(weights, inputs, strict=True))


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


def test_the_signal_of_small_weights_falls_to_a_sixth_a_layer():
    small, xavier, he = (
        initialization.flow[initialization.growth_with(choice)].closed_form
        for choice in (
            initialization.SMALL_TANH,
            initialization.XAVIER_RELU,
            initialization.HE_RELU,
        )
    )
    assert (float(small), he) == (0.16, 1)
    assert float(xavier) == pytest.approx(0.5**0.5)


def test_zero_weights_lose_whatever_stands_below():
    (hidden, *_) = initialization.zero.chains
    assert hidden.start.has(initialization.H)
    assert all(
        definition.head.base != initialization.H
        for step in hidden.steps
        for definition in step.assuming.definitions
    )


MISTAKES = {
    "the standard deviation": fan_in * sigma * q,
    "no width": sigma**2 * q,
    "the width squared": fan_in**2 * sigma**2 * q,
    "the other width": fan_out * sigma**2 * q,
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(FORWARD, formula)


INPUTS, LABELS, WIDTH = [(1, -2), (3, 1)], [0, 0], 2


def loss(parameters, activation, hidden_layers):
    """The mean cross-entropy of a network with two units a layer, from parameters in one list."""
    rows = iter(zip(*[iter(parameters)] * (WIDTH + 1), strict=True))  # weights and bias of a unit
    signals = INPUTS
    for number in range(hidden_layers + 1):
        units = [next(rows) for _ in range(WIDTH)]
        sums = [[inner(weights, x) + b for *weights, b in units] for x in signals]
        last = number == hidden_layers
        signals = sums if last else [[activation(one) for one in row] for row in sums]
    losses = (log(sum(map(exp, row))) - row[k] for row, k in zip(signals, LABELS, strict=True))
    return sum(losses) / len(INPUTS)


@pytest.mark.parametrize("activation", [tanh, lambda z: max(0.0, z)], ids=["tanh", "ReLU"])
@pytest.mark.parametrize("hidden_layers", [1, 2, 3])
def test_in_a_network_of_zeros_only_the_output_bias_changes_the_loss(activation, hidden_layers):
    zeros = [0.0] * WIDTH * (WIDTH + 1) * (hidden_layers + 1)
    slopes = []
    for place in range(len(zeros)):
        changed = [
            loss([*zeros[:place], step, *zeros[place + 1 :]], activation, hidden_layers)
            for step in (-1e-3, 1e-3)
        ]
        slopes.append((changed[1] - changed[0]) / 2e-3)
    outputs = [len(zeros) - 1 - (WIDTH + 1), len(zeros) - 1]
    assert [place for place, slope in enumerate(slopes) if slope != 0] == outputs
    formula = initialization.zero[r"\frac{\partial L}{\partial \beta_c}"].closed_form
    point = {N: 2, C: 2, Y: {(a, k): int(LABELS[a - 1] == k - 1) for a in (1, 2) for k in (1, 2)}}
    expected = [float(evaluate(formula, point | {c: k})) for k in (1, 2)]
    assert expected == [-0.5, 0.5]
    assert [slopes[place] for place in outputs] == pytest.approx(expected, rel=1e-6)
