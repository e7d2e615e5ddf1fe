"""SGD with momentum: the oracles and the faults."""

from dataclasses import replace

import numpy as np

from derivations import momentum as derived
from derivations.momentum import alpha, c, constant, g, history, k, mu, t
from verify.checking.claim import Check, Claim, Fault, only_chain
from verify.numerics.domain import Domain, HardRow, log_uniform, normal, shared, uniform
from verify.numerics.domain import constant as always
from verify.oracles.derivatives import agreeing
from verify.oracles.optimizers import MOMENTUM, Setting, agreeing_runs, loop_momentum

HYPERPARAMETERS = {"alpha": shared(log_uniform(1e-4, 1)), "mu": shared(uniform(0.3, 0.99))}

RUN = Domain(
    shapes={"g": ("t",), "u": ("t",), "w_1": (), "c": (), "alpha": (), "mu": ()},
    draw={
        "g": normal(),
        "u": normal(),
        "w_1": normal(),
        "c": shared(normal(10)),
        **HYPERPARAMETERS,
    },
    sizes=({"t": 50}, {"t": 1}, {"t": 2}, {"t": 3}, {"t": 10}, {"t": 64}),
    hard=(
        HardRow("constant gradient", {"t": 50}, {"g": always(0.3)}),
        HardRow("no gradient", {"t": 50}, {"g": always(0.0)}),
        HardRow("tiny gradients", {"t": 50}, {"g": normal(1e-12)}),
        HardRow("huge gradients", {"t": 50}, {"g": normal(1e12)}),
        HardRow("mu = 0.999", {"t": 50}, {"mu": always(0.999)}),
        HardRow("mu = -0.5", {"t": 50}, {"mu": always(-0.5)}),
    ),
)
STEADY = Domain(
    shapes={"g": (), "w_1": (), "alpha": (), "mu": ()},
    draw={"g": normal(), "w_1": normal(), **HYPERPARAMETERS, "mu": shared(uniform(0.1, 0.5))},
    sizes=({},),
)


def setting_of(batch) -> Setting:
    """The hyperparameters that a batch shares."""
    return Setting(float(batch.values["alpha"][0]), mu=float(batch.values["mu"][0]))


def velocity(run, batch, factor=lambda batch: 1.0):
    """u_t after the last step, with gradients times a factor."""
    gradients = batch.values["g"] * np.reshape(factor(batch), (-1, 1))
    return run(batch.values["w_1"], gradients, setting_of(batch)).first[:, -1]


def scaled_velocity(run, batch):
    """u_t of the gradients times c."""
    return velocity(run, batch, lambda batch: batch.values["c"])


def averaged_velocity(run, batch):
    """u_t of the gradients times 1 - mu: the velocity of the convention that averages."""
    return velocity(run, batch, lambda batch: 1 - batch.values["mu"])


def step(run, batch):
    """alpha u_t."""
    return batch.values["alpha"] * velocity(run, batch)


def steady_velocity(run, batch):
    """u_t of a constant gradient after 64 steps."""
    gradients = np.repeat(batch.values["g"][:, None], 64, axis=1)
    return run(batch.values["w_1"], gradients, setting_of(batch)).first[:, -1]


def damped_loop(batch):
    """d_t = mu d_{t-1} + (1 - mu) g_t, line by line."""
    d = np.zeros(len(batch))
    for gradient in batch.values["g"].T:
        d = batch.values["mu"] * d + (1 - batch.values["mu"]) * gradient
    return d


def keras_loop(batch):
    """v_t = mu v_{t-1} - alpha g_t, line by line."""
    v = np.zeros(len(batch))
    for gradient in batch.values["g"].T:
        v = batch.values["mu"] * v - batch.values["alpha"] * gradient
    return v


def displaced(batch):
    """w_1 less all steps of the learning rate alpha."""
    values = batch.values
    run = loop_momentum(values["w_1"], values["u"], replace(setting_of(batch), mu=0.0))
    return run.w[:, -1]


DAMPED = Fault("damped: (1 - mu) g", (1 - mu) * history(g[k]))

CLAIMS = (
    Claim(
        derived.unrolled,
        RUN,
        (
            Check(
                derived.unrolled["u_t"],
                agreeing_runs(MOMENTUM, velocity),
                faults=(
                    DAMPED,
                    Fault("one power of mu too many", mu * history(g[k])),
                    Fault("oldest gradient weighs most", history(g[t + 1 - k])),
                ),
            ),
            Check(derived.unrolled["w_{t+1}"], (agreeing("loop", displaced),)),
        ),
    ),
    Claim(
        derived.scale,
        RUN,
        (
            Check(
                only_chain(derived.scale),
                agreeing_runs(MOMENTUM, scaled_velocity),
                faults=(
                    Fault("c squared", c**2 * history(g[k])),
                    Fault("unchanged, as Adam's", history(g[k])),
                ),
            ),
        ),
    ),
    Claim(
        derived.steady_state,
        STEADY,
        (
            Check(
                only_chain(derived.steady_state),
                agreeing_runs(MOMENTUM, steady_velocity),
                faults=(
                    Fault("the gradient itself", constant),
                    Fault("times 1 - mu", constant * (1 - mu)),
                    Fault("1/(1 + mu)", constant / (1 + mu)),
                ),
            ),
        ),
    ),
    Claim(
        derived.conventions,
        RUN,
        (
            Check(
                derived.conventions["d_t"],
                (agreeing("loop", damped_loop), *agreeing_runs(MOMENTUM, averaged_velocity)),
            ),
            Check(
                derived.conventions[r"\frac{\alpha}{1 - \mu}\, d_t"],
                agreeing_runs(MOMENTUM, step),
                faults=(Fault("the learning rate not rescaled", (1 - mu) * alpha * history(g[k])),),
            ),
            Check(
                derived.conventions["v_t"],
                (
                    agreeing("loop", keras_loop),
                    *agreeing_runs(MOMENTUM, lambda run, batch: -step(run, batch)),
                ),
            ),
        ),
    ),
)
