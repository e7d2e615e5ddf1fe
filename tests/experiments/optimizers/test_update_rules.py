import numpy as np
import pytest
import torch

from experiments.optimizers.update_rules import Adam, MomentumSGD

GRADIENTS = np.random.default_rng(0).normal(size=(20, 3))


def _path(rule, gradients=GRADIENTS, start: float = 1.0) -> np.ndarray:
    w, path = np.full(3, start), []
    for gradient in gradients:
        w = rule.step(w, gradient)
        path.append(w)
    return np.array(path)


def test_first_two_adam_updates_are_those_of_the_homework() -> None:
    rule, alpha, beta1, beta2, epsilon = Adam(0.1), 0.1, 0.9, 0.999, 1e-8
    g1, g2 = 0.5, -2.0
    w2 = rule.step(1.0, g1)
    assert w2 == pytest.approx(1 - alpha * g1 / (abs(g1) + epsilon), abs=1e-15)
    m_hat = (beta1 * g1 + g2) / (1 + beta1)
    v_hat = (beta2 * g1**2 + g2**2) / (1 + beta2)
    assert rule.step(w2, g2) == pytest.approx(w2 - alpha * m_hat / (v_hat**0.5 + epsilon))


@pytest.mark.parametrize(
    ("rule", "optimizer"),
    [
        (Adam(0.03), lambda w: torch.optim.Adam([w], lr=0.03)),
        (MomentumSGD(0.03), lambda w: torch.optim.SGD([w], lr=0.03, momentum=0.9)),
    ],
)
def test_rules_walk_as_pytorch_does(rule, optimizer) -> None:
    w = torch.ones(3, dtype=torch.float64)
    stepper = optimizer(w)
    for gradient, expected in zip(GRADIENTS, _path(rule), strict=True):
        w.grad = torch.from_numpy(gradient.copy())
        stepper.step()
        np.testing.assert_allclose(w.numpy(), expected, rtol=0, atol=1e-14)


def test_adam_without_epsilon_does_not_see_the_scale_of_the_gradients() -> None:
    np.testing.assert_array_equal(
        _path(Adam(0.1, epsilon=0.0), 1024 * GRADIENTS), _path(Adam(0.1, epsilon=0.0))
    )


def test_momentum_steps_are_proportional_to_the_gradients() -> None:
    np.testing.assert_allclose(
        _path(MomentumSGD(0.1), 1024 * GRADIENTS, start=0.0),
        1024 * _path(MomentumSGD(0.1), start=0.0),
    )


def test_each_of_several_runs_has_its_own_learning_rate() -> None:
    rates = np.array([[0.1], [0.01]])
    for rule in (Adam, MomentumSGD):
        together, alone = rule(rates), rule(0.01)
        w, lone = np.ones((2, 3)), np.ones(3)
        for gradient in GRADIENTS:
            w, lone = together.step(w, gradient), alone.step(lone, gradient)
        np.testing.assert_allclose(w[1], lone)
