"""The softmax Jacobian against numbers, and the mistakes that students make."""

from math import exp

import pytest
from subjects import is_refuted
from sympy import KroneckerDelta

from derivations import softmax
from derivations.prover.evaluation import evaluate
from derivations.prover.facts import unfold
from derivations.softmax import ABBREVIATED, i, j, n, tau, y, z

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
    "no temperature": y[i] * (KroneckerDelta(i, j) - y[j]),
    "no indicator": y[i] * (1 - y[j]) / tau,
    "a sigmoid's derivative": y[i] * (1 - y[i]) / tau,
    "a plus": y[i] * (KroneckerDelta(i, j) + y[j]) / tau,
}


@pytest.mark.parametrize("formula", MISTAKES.values(), ids=MISTAKES)
def test_the_mistakes_of_students_are_refuted(formula):
    assert is_refuted(CHAIN, formula)


def test_the_cold_limit_is_one_hot():
    assert [chain.closed_form for chain in softmax.limits.chains[1:]] == [1, 0, 0]
