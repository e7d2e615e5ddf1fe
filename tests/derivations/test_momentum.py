"""Momentum's formulas against plain loops."""

import pytest
from subjects import is_refuted

from derivations import momentum
from derivations.momentum import alpha, c, constant, g, mu, t, w1
from derivations.notation import Sum
from derivations.prover.points.evaluation import evaluate
from derivations.prover.prove import prove
from derivations.prover.words import scope_to_text

GRADIENTS = [0.5, -3.0, 2.0, 0.25]
POINT = {mu: 0.75, alpha: 0.125, c: 8.0, w1: 1.0, t: 4}
POINT[g] = {(step,): gradient for step, gradient in enumerate(GRADIENTS, start=1)}


def velocities(gradients, weight=1.0):
    """Yield u = mu u + weight * gradient after each step."""
    u = 0.0
    for gradient in gradients:
        u = 0.75 * u + weight * gradient
        yield u


def value(chain):
    return float(evaluate(chain.closed_form, POINT))


def test_the_velocity_is_that_of_the_loop():
    *_, u = velocities(GRADIENTS)
    assert value(momentum.unrolled["u_t"]) == pytest.approx(u, rel=1e-14)


def test_it_follows_the_scale_of_the_gradients():
    *_, u = velocities([8 * gradient for gradient in GRADIENTS])
    assert value(momentum.scale["u_t(c g)"]) == pytest.approx(u, rel=1e-14)


def test_the_conventions_differ_by_the_learning_rate():
    *_, u = velocities(GRADIENTS)
    *_, averaged = velocities(GRADIENTS, weight=0.25)
    *_, with_rate = velocities(GRADIENTS, weight=-0.125)
    chains = momentum.conventions.chains
    assert [value(chain) for chain in chains] == pytest.approx([averaged, 0.125 * u, with_rate])
    assert 0.125 / 0.25 * averaged == pytest.approx(0.125 * u)


def test_a_constant_gradient_is_amplified():
    (chain,) = momentum.steady_state.chains
    *_, u = velocities([3.0] * 200)
    assert float(evaluate(chain.closed_form, {mu: 0.75, constant: 3.0})) == pytest.approx(u)
    assert prove(chain.closed_form, constant / (1 - mu)).holds
    assert is_refuted(chain, constant / (1 + mu))
    assert [scope_to_text(proof.scope) for proof in chain.prove()][-1] == "|mu| < 1"


def test_it_holds_for_every_scale_and_every_momentum():
    assert not any(name.is_positive or name.is_nonnegative for name in (mu, alpha, c))
    *_, u = velocities([-0.5 * gradient for gradient in GRADIENTS])
    point = POINT | {c: -0.5}
    assert float(evaluate(momentum.scale["u_t(c g)"].closed_form, point)) == pytest.approx(u)


@pytest.mark.parametrize("power", [t - momentum.k + 1, t - momentum.k - 1, t, momentum.k], ids=str)
def test_a_shifted_power_is_refuted(power):
    wrong = Sum(mu**power * g[momentum.k], (momentum.k, 1, t))
    assert is_refuted(momentum.unrolled["u_t"], wrong)
