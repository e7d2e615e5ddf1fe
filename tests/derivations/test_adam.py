"""Adam's formulas against the homework's loop in plain numbers, and against formulas typed here."""

from math import sqrt

import pytest
import sympy as sp
from subjects import is_refuted

from derivations import adam
from derivations.adam import alpha, beta1, beta2, c, epsilon, g, g1, g2, t, w1
from derivations.prover.points.evaluation import evaluate
from derivations.prover.prove import prove

SETTING = {alpha: 0.1, beta1: 0.75, beta2: 0.875, epsilon: 0.5, w1: 1.0}
GRADIENTS = [0.5, -3.0, 2.0, 0.25]


def loop(gradients, epsilon=0.5):
    """Yield (m, v, mhat, vhat, w) after each step."""
    m = v = 0.0
    w = SETTING[w1]
    for step, gradient in enumerate(gradients, start=1):
        m = 0.75 * m + 0.25 * gradient
        v = 0.875 * v + 0.125 * gradient**2
        mhat, vhat = m / (1 - 0.75**step), v / (1 - 0.875**step)
        w -= 0.1 * mhat / (sqrt(vhat) + epsilon)
        yield m, v, mhat, vhat, w


def names_of(step):
    return [f"m_{step}", f"v_{step}", rf"\hat m_{step}", rf"\hat v_{step}", f"w_{step + 1}"]


@pytest.mark.parametrize(("derivation", "step"), [(adam.step1, 1), (adam.step2, 2)])
def test_the_updates_are_those_of_the_loop(derivation, step):
    *_, expected = (values for values, _ in zip(loop(GRADIENTS), range(step), strict=False))
    point = SETTING | {g1: GRADIENTS[0], g2: GRADIENTS[1]}
    found = [float(evaluate(derivation[name].closed_form, point)) for name in names_of(step)]
    assert found == pytest.approx(expected, rel=1e-14)


def test_the_updates_are_in_gradients_and_hyperparameters_alone():
    allowed = {g1, g2, alpha, beta1, beta2, epsilon, w1}
    for chain in (*adam.step1.chains, *adam.step2.chains):
        assert chain.closed_form.free_symbols <= allowed


def test_the_moments_are_those_of_the_loop_at_every_step():
    for steps, (m, v, *_) in enumerate(loop(GRADIENTS), start=1):
        point = SETTING | {t: steps, g: {(k,): x for k, x in enumerate(GRADIENTS, start=1)}}
        found = [float(evaluate(adam.moments[name].closed_form, point)) for name in ("m_t", "v_t")]
        assert found == pytest.approx([m, v], rel=1e-14)


def test_larger_gradients_are_a_smaller_epsilon():
    *_, scaled = loop([8 * gradient for gradient in GRADIENTS])
    *_, small = loop(GRADIENTS, epsilon=0.5 / 8)
    assert scaled[-1] == pytest.approx(small[-1], rel=1e-14)
    point = SETTING | {t: 4, c: 8.0, g: {(k,): x for k, x in enumerate(GRADIENTS, start=1)}}
    *_, mhat, vhat, _ = small
    change = 0.1 * mhat / (sqrt(vhat) + 0.5 / 8)
    (chain, *_) = adam.scale.chains
    assert float(evaluate(chain.closed_form, point)) == pytest.approx(change)


def test_the_closed_forms_are_fully_simplified():
    assert adam.step1[r"\hat m_1"].closed_form == g1
    assert adam.step1[r"\hat v_1"].closed_form == g1**2
    root = sp.sqrt((beta2 * g1**2 + g2**2) / (1 + beta2))
    w3 = (
        w1
        - alpha * g1 / (sp.Abs(g1) + epsilon)
        - alpha * (beta1 * g1 + g2) / ((1 + beta1) * (root + epsilon))
    )
    assert prove(adam.step2["w_3"].closed_form, w3).holds


MISTAKES = {
    "epsilon inside the root": ("w_2", w1 - alpha * g1 / sp.sqrt(g1**2 + epsilon)),
    "no absolute value": ("w_2", w1 - alpha * g1 / (g1 + epsilon)),
    "no bias correction": (
        "w_2",
        w1 - alpha * (1 - beta1) * g1 / (sp.sqrt((1 - beta2) * g1**2) + epsilon),
    ),
    "a plus": ("w_2", w1 + alpha * g1 / (sp.Abs(g1) + epsilon)),
}


@pytest.mark.parametrize(("name", "formula"), MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(name, formula):
    assert is_refuted(adam.step1[name], formula)


def weights_of(beta, steps):
    return [(1 - beta) * beta ** (steps - k) / (1 - beta**steps) for k in range(1, steps + 1)]


@pytest.mark.parametrize(("steps", "bound"), [(1, 1.0), (2, 1.001), (10, 1.043), (1000, 5.78)])
def test_the_longest_step_is_reached(steps, bound):
    mean, square = weights_of(0.9, steps), weights_of(0.999, steps)
    worst = [x / z for x, z in zip(mean, square, strict=True)]
    m = sum(x * g for x, g in zip(mean, worst, strict=True))
    v = sum(x * g**2 for x, g in zip(square, worst, strict=True))
    assert m / sqrt(v) == pytest.approx(bound, rel=1e-3)
    point = {t: steps, adam.a: {}, adam.b: {}}
    for base, values in ((adam.a, mean), (adam.b, square)):
        point[base] = {(k,): x for k, x in enumerate(values, start=1)}
    assert float(evaluate(sp.sqrt(adam.reach), point)) == pytest.approx(m / sqrt(v))


def test_the_bounds_at_the_defaults_are_7_27_and_3_16():
    *_, whole, lone = adam.step_bound.chains
    assert float(whole.closed_form) == pytest.approx(7.27, abs=5e-3)
    assert float(lone.closed_form) == pytest.approx(3.16, abs=5e-3)


def test_a_bound_that_is_too_small_is_not_proved():
    (chain, *_) = adam.step_bound.chains
    assert is_refuted(chain, chain.closed_form / 2)


def test_the_first_step_is_shorter_than_the_learning_rate():
    (chain,) = adam.step_size.chains
    assert [step.relation for step in chain.steps] == ["=", "=", "<"]
    assert is_refuted(chain, alpha / 2)
