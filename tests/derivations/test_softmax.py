"""The softmax Jacobian against numbers, and the mistakes that students make."""

from dataclasses import replace
from math import exp

import pytest
import sympy as sp
from subjects import is_refuted

from derivations import softmax
from derivations.prover.facts import unfold
from derivations.prover.points.evaluation import evaluate
from derivations.prover.proof import Verdict
from derivations.softmax import ABBREVIATED, gap, i, j, n, sum_of_others, tau, tied, v, y, z

(CHAIN,) = softmax.jacobian.chains


def test_the_jacobian_is_that_of_the_definition_in_numbers():
    logits, temperature, step = [0.5, -1.0, 2.0], 0.7, 1e-6

    def softmax_at(shifted):
        powers = [exp(logit / temperature) for logit in shifted]
        return [power / sum(powers) for power in powers]

    formula = unfold(CHAIN.closed_form, ABBREVIATED.definitions)
    for row in range(3):
        for column in range(3):
            ahead, behind = list(logits), list(logits)
            ahead[column] += step
            behind[column] -= step
            slope = (softmax_at(ahead)[row] - softmax_at(behind)[row]) / (2 * step)
            point = {n: 3, tau: temperature, i: row + 1, j: column + 1}
            point[z] = {(place,): logit for place, logit in enumerate(logits, start=1)}
            assert float(evaluate(formula, point)) == pytest.approx(slope, abs=1e-9)


MISTAKES = {
    "no temperature": y[i] * (sp.KroneckerDelta(i, j) - y[j]),
    "no indicator": y[i] * (1 - y[j]) / tau,
    "a sigmoid's derivative": y[i] * (1 - y[i]) / tau,
    "a plus": y[i] * (sp.KroneckerDelta(i, j) + y[j]) / tau,
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(CHAIN, formula)


def test_the_cold_softmax_is_one_hot_at_an_exponential_rate():
    chain = softmax.limits["1 - y_m"]
    assert chain.closed_form == 0
    assert chain.statement == r"1 - y_m \le \left(n - 1\right) e^{-a / \tau} \to 0"
    # z = (2, 1, 0.5) at tau = 1/4: the gap is 1
    others = exp(-4.0) + exp(-6.0)
    bound = float(evaluate(chain.steps[2].expression, {n: 3, tau: 0.25, gap: 1.0}))
    assert others / (1 + others) < bound == pytest.approx(2 * exp(-4.0))
    wrong = replace(chain.steps[1], expression=sum_of_others(sp.exp(-2 * gap / tau)))
    assert wrong.prove(chain.steps[0].expression, wrong.expression).verdict is Verdict.REFUTED


def test_the_largest_logits_share_the_probability():
    assert softmax.limits[r"y_{\max}"].closed_form == 1 / tied


def test_a_vector_that_is_not_constant_is_not_lost():
    chain = softmax.kernel[r"(v_i - \bar v)\big|_{J v = 0}"]
    point = {n: 2, tau: 1, i: 1, y: {(1,): 0.25, (2,): 0.75}, v: {(1,): 5.0, (2,): 1.0}}
    assert float(evaluate(chain.start, point)) == pytest.approx(3.0)
