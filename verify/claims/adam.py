"""Adam: the oracles and the faults."""

from dataclasses import replace
from functools import cache

import numpy as np
from sympy import Abs, sqrt

from derivations import adam as true
from derivations.adam import (
    alpha,
    beta1,
    beta2,
    epsilon,
    first_update,
    g1,
    g2,
    mean_of_two,
    square_of_two,
    w1,
)
from verify.checking.claim import Check, Claim, Fault
from verify.numerics.domain import Domain, HardRow, constant, log_uniform, normal, shared, uniform
from verify.oracles.derivatives import Oracle, agreeing
from verify.oracles.optimizers import ADAM, Setting, agreeing_runs, loop_momentum

HYPERPARAMETERS = {
    "alpha": shared(log_uniform(1e-4, 1e-1)),
    "beta_1": shared(uniform(0.5, 0.99)),
    "beta_2": shared(uniform(0.8, 0.999)),
    "epsilon": shared(log_uniform(1e-10, 1e-2)),
}
SCALARS: dict[str, tuple[str, ...]] = dict.fromkeys(HYPERPARAMETERS, ())

TWO_STEPS = Domain(
    shapes={"g_1": (), "g_2": (), "w_1": (), **SCALARS},
    draw={"g_1": normal(), "g_2": normal(), "w_1": normal(), **HYPERPARAMETERS},
    sizes=({},),
    hard=(
        HardRow("g = 0", {}, {"g_1": constant(0.0), "g_2": constant(0.0)}),
        HardRow("g_1 = 0", {}, {"g_1": constant(0.0)}),
        HardRow("tiny gradients", {}, {"g_1": normal(1e-12), "g_2": normal(1e-12)}),
        HardRow("huge gradients", {}, {"g_1": normal(1e12), "g_2": normal(1e12)}),
        HardRow("epsilon = 0", {}, {"epsilon": constant(0.0)}),
    ),
)
FIRST_STEP = replace(TWO_STEPS, hard=TWO_STEPS.hard[2:4])

STEPS = ({"t": 50}, {"t": 1}, {"t": 2}, {"t": 3}, {"t": 10}, {"t": 64})
RUN = Domain(
    shapes={"g": ("t",), "w_1": (), "c": (), "gamma": (), "Delta": ("t",), **SCALARS},
    draw={
        "g": normal(),
        "w_1": normal(),
        "c": shared(log_uniform(1e-3, 1e3)),
        "gamma": normal(),
        "Delta": normal(),
        **HYPERPARAMETERS,
    },
    sizes=STEPS,
    hard=(
        HardRow("constant gradient", {"t": 50}, {"g": constant(0.3)}),
        HardRow("tiny gradients", {"t": 50}, {"g": normal(1e-12)}),
        HardRow("huge gradients", {"t": 50}, {"g": normal(1e12)}),
    ),
)


def setting_of(batch) -> Setting:
    """The hyperparameters that a batch shares."""
    value = {name: float(batch.values[name][0]) for name in HYPERPARAMETERS}
    return Setting(value["alpha"], value["beta_1"], value["beta_2"], value["epsilon"])


@cache
def two_steps(run, batch):
    """The history of two steps, with the gradients g_1 and g_2."""
    v = batch.values
    return run(v["w_1"], np.stack([v["g_1"], v["g_2"]], axis=1), setting_of(batch))


def whole_run(run, batch, factor=1.0, **changes):
    """The history of all t steps, with gradients times a factor and changed hyperparameters."""
    gradients = batch.values["g"] * np.reshape(factor, (-1, 1))
    return run(batch.values["w_1"], gradients, replace(setting_of(batch), **changes))


def quantities(step):
    """How each chain of a step reads its quantity off a run: m, v, mhat, vhat, the next w."""

    def corrected(moment, beta):
        def read(run, batch):
            moments = getattr(two_steps(run, batch), moment)[:, step - 1]
            return moments / (1 - getattr(setting_of(batch), beta) ** step)

        return read

    return (
        lambda run, batch: two_steps(run, batch).first[:, step - 1],
        lambda run, batch: two_steps(run, batch).second[:, step - 1],
        corrected("first", "beta1"),
        corrected("second", "beta2"),
        lambda run, batch: two_steps(run, batch).w[:, step],
    )


def last_update(factor=lambda batch: 1.0, **changes):
    """w_t - w_{t+1} at the last step of a run."""

    def read(run, batch):
        w = whole_run(run, batch, factor(batch), **changes).w
        return w[:, -2] - w[:, -1]

    return read


def moments_of(value):
    """The history under the same gradient at every step."""
    return lambda run, batch: run(
        batch.values["w_1"],
        np.repeat(value(batch)[:, None], batch.sizes["t"], axis=1),
        setting_of(batch),
    )


def first_step(gradient, **changes):
    """w_2 - w_1 under a given first gradient."""

    def read(run, batch):
        w1 = batch.values["w_1"]
        gradients = np.full((len(batch), 1), gradient)
        w = run(w1, gradients, replace(setting_of(batch), **changes)).w
        return w[:, 1] - w[:, 0]

    return read


def plain_sum(batch):
    """w_1 less all updates, by plain SGD with the learning rate 1."""
    return loop_momentum(batch.values["w_1"], batch.values["Delta"], Setting(1.0)).w[:, -1]


BELOW_ALPHA = Oracle(
    "below alpha",
    1e-12,
    "|g| + epsilon may round to |g|",
    lambda batch, claimed: np.maximum(0, claimed - batch.values["alpha"]),
)
ones = moments_of(lambda batch: np.ones(len(batch)))
constant_gradient = moments_of(lambda batch: batch.values["gamma"])

STEP_FAULTS = {
    "w_2": (
        Fault("bias correction missing", w1 - alpha * (1 - beta1) * g1
              / (sqrt(1 - beta2) * Abs(g1) + epsilon)),
        Fault("epsilon inside the root", w1 - alpha * g1 / sqrt(g1**2 + epsilon)),
        Fault("square root missing", w1 - alpha * g1 / (g1**2 + epsilon)),
        Fault("plain gradient step", w1 - alpha * g1),
        Fault("uphill", w1 + first_update),
    ),
    "w_3": (
        Fault("one step only", w1 - alpha * mean_of_two / (sqrt(square_of_two) + epsilon)),
        Fault("bias correction missing", w1 - first_update - alpha * (1 - beta1) * (beta1 * g1 + g2)
              / (sqrt((1 - beta2) * (beta2 * g1**2 + g2**2)) + epsilon)),
        Fault("epsilon inside the root", w1 - first_update - alpha * mean_of_two
              / sqrt(square_of_two + epsilon)),
        Fault("corrected with beta, not beta^2", w1 - first_update - alpha * (beta1 * g1 + g2)
              / (sqrt(beta2 * g1**2 + g2**2) + epsilon)),
    ),
}  # fmt: skip

CLAIMS = (
    *(
        Claim(
            derivation,
            TWO_STEPS,
            tuple(
                Check(chain, agreeing_runs(ADAM, read), faults=STEP_FAULTS.get(chain.name, ()))
                for chain, read in zip(derivation.chains, quantities(step), strict=True)
            ),
        )
        for step, derivation in enumerate((true.step1, true.step2), start=1)
    ),
    Claim(
        true.moments,
        RUN,
        tuple(
            Check(chain, agreeing_runs(ADAM, read))
            for chain, read in zip(
                true.moments.chains,
                (
                    lambda run, batch: whole_run(run, batch).first[:, -1],
                    lambda run, batch: whole_run(run, batch).second[:, -1],
                    lambda run, batch: ones(run, batch).first[:, -1],
                    lambda run, batch: ones(run, batch).second[:, -1],
                    lambda run, batch: constant_gradient(run, batch).first[:, -1],
                ),
                strict=True,
            )
        ),
    ),
    Claim(
        true.scale,
        RUN,
        (
            Check(
                true.scale.chains[0],
                agreeing_runs(ADAM, last_update(lambda batch: batch.values["c"])),
            ),
            Check(
                true.scale.chains[1],
                agreeing_runs(ADAM, last_update(lambda batch: batch.values["c"], epsilon=0.0)),
            ),
            Check(true.scale.chains[2], (agreeing("loop", plain_sum),)),
        ),
    ),
    Claim(
        true.step_size,
        TWO_STEPS,
        (
            Check(
                true.step_size.chains[0],
                (
                    *agreeing_runs(
                        ADAM, lambda run, batch: abs(np.diff(two_steps(run, batch).w)[:, 0])
                    ),
                    BELOW_ALPHA,
                ),
                claimed=true.step_size.chains[0].steps[0].expression,
            ),
        ),
    ),
    Claim(
        true.without_gradient,
        FIRST_STEP,
        (
            Check(true.without_gradient.chains[0], agreeing_runs(ADAM, first_step(0.0))),
            Check(
                true.without_gradient.chains[1], agreeing_runs(ADAM, first_step(1e-30, epsilon=0.0))
            ),
            Check(
                true.without_gradient.chains[2],
                agreeing_runs(ADAM, first_step(-1e-30, epsilon=0.0)),
            ),
        ),
    ),
)
