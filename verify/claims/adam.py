"""Adam: the oracles and the faults."""

from dataclasses import replace
from functools import cache

import numpy as np
from sympy import Abs, sqrt

from derivations import adam as derived
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
from verify.checking.claim import Check, Claim, Fault, only_chain
from verify.numerics.domain import Domain, HardRow, constant, log_uniform, normal, shared, uniform
from verify.oracles.derivatives import Oracle, agreeing
from verify.oracles.optimizers import ADAM, Setting, agreeing_runs, loop_adam, loop_momentum

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
        HardRow("betas of 0", {}, {"beta_1": constant(0.0), "beta_2": constant(0.0)}),
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
        HardRow("betas of 0", {"t": 50}, {"beta_1": constant(0.0), "beta_2": constant(0.0)}),
    ),
)
BOUNDED = Domain(
    shapes={**RUN.shapes, "rho": ()},
    draw={
        **RUN.draw,
        "beta_1": shared(uniform(0.5, 0.9)),
        "beta_2": shared(uniform(0.85, 0.999)),
        "rho": uniform(-0.9, 0.9),
    },
    sizes=STEPS,
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

    return {
        f"m_{step}": lambda run, batch: two_steps(run, batch).first[:, step - 1],
        f"v_{step}": lambda run, batch: two_steps(run, batch).second[:, step - 1],
        rf"\hat m_{step}": corrected("first", "beta1"),
        rf"\hat v_{step}": corrected("second", "beta2"),
        f"w_{step + 1}": lambda run, batch: two_steps(run, batch).w[:, step],
    }


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


@cache
def weights(batch, moment, beta):
    """The weights of the gradients 1 to t in a corrected moment: what one of size 1 leaves."""
    steps = batch.sizes["t"]
    setting = setting_of(batch)
    left = [
        getattr(loop_adam(np.zeros(1), pulse[None], setting), moment)[0, -1]
        for pulse in np.eye(steps)
    ]
    row = np.array(left) / (1 - getattr(setting, beta) ** steps)
    return np.broadcast_to(row, (len(batch), steps))


def mean_weights(xp, g, beta_1, **_):
    """a_k = (1 - beta1) beta1^(t - k) / (1 - beta1^t)."""
    return _decaying(g.shape[1], beta_1)


def square_weights(xp, g, beta_2, **_):
    """b_k, the same with beta2."""
    return _decaying(g.shape[1], beta_2)


def _decaying(steps, beta):
    ages, beta = np.arange(steps)[::-1], beta[:, None]
    return (1 - beta) * beta**ages / (1 - beta**steps)


def worst_step(run, batch):
    """|Delta_t| of gradients proportional to a_k / b_k, with epsilon = 0."""
    gradients = weights(batch, "first", "beta1") / weights(batch, "second", "beta2")
    w = run(np.zeros(len(batch)), gradients, replace(setting_of(batch), epsilon=0.0)).w
    return abs(w[:, -1] - w[:, -2])


def lone_step(run, batch):
    """(Delta_t / alpha)^2 of the last gradient alone; epsilon only makes 0/0 a step of 0."""
    gradients = np.zeros((len(batch), batch.sizes["t"]))
    gradients[:, -1] = batch.values["gamma"]
    w = run(np.zeros(len(batch)), gradients, replace(setting_of(batch), epsilon=1e-300)).w
    return ((w[:, -1] - w[:, -2]) / batch.values["alpha"]) ** 2


def bound_in_the_end(beta1, beta2):
    """sqrt(sum a^2 / b) after very many steps, term by term."""
    ages = np.arange(5000)[:, None]
    terms = (beta1**2 / beta2) ** ages  # each power apart would end in 0/0
    return (1 - beta1) * np.sqrt(terms.sum(axis=0) / (1 - beta2))


def powers(batch):
    """sum_k rho^(t - k), by Horner's rule."""
    total = np.zeros(len(batch))
    for _ in range(batch.sizes["t"]):
        total = total * batch.values["rho"] + 1
    return total


def at_defaults(value):
    """A value of the defaults 0.9 and 0.999, at every point."""
    return lambda batch: np.full(len(batch), value)


def reach_in_the_end(batch):
    """The square of the longest step over alpha, after very many steps."""
    return bound_in_the_end(batch.values["beta_1"], batch.values["beta_2"]) ** 2


def lone_in_the_end(batch):
    """The same after very many steps: no correction is left."""
    v = batch.values
    mean, square = (1 - v["beta_1"]) * v["gamma"], (1 - v["beta_2"]) * v["gamma"] ** 2
    return mean**2 / square


NEVER_LONGER = Oracle(
    "never longer",
    1e-12,
    "rounding of a step that may be as long as the bound",
    lambda batch, claimed: np.maximum(0, abs(last_update()(ADAM["loop"], batch)) / claimed - 1),
)
BELOW_ALPHA = Oracle(
    "below alpha",
    1e-12,
    "|g| + epsilon may round to |g|",
    lambda batch, claimed: np.maximum(0, claimed - batch.values["alpha"]),
)
ones = moments_of(lambda batch: np.ones(len(batch)))
constant_gradient = moments_of(lambda batch: batch.values["gamma"])

MOMENTS = {
    "m_t": lambda run, batch: whole_run(run, batch).first[:, -1],
    "v_t": lambda run, batch: whole_run(run, batch).second[:, -1],
    r"\text{weights of } m_t": lambda run, batch: ones(run, batch).first[:, -1],
    r"\text{weights of } v_t": lambda run, batch: ones(run, batch).second[:, -1],
    r"\mathbb{E}[m_t]": lambda run, batch: constant_gradient(run, batch).first[:, -1],
}

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
                Check(derivation[name], agreeing_runs(ADAM, read), faults=STEP_FAULTS.get(name, ()))
                for name, read in quantities(step).items()
            ),
        )
        for step, derivation in enumerate((derived.step1, derived.step2), start=1)
    ),
    Claim(
        derived.moments,
        RUN,
        tuple(
            Check(derived.moments[name], agreeing_runs(ADAM, read))
            for name, read in MOMENTS.items()
        ),
    ),
    Claim(
        derived.scale,
        RUN,
        (
            Check(
                derived.scale[r"\Delta_t(c g; \varepsilon)"],
                agreeing_runs(ADAM, last_update(lambda batch: batch.values["c"])),
            ),
            Check(
                derived.scale[r"\Delta_t(c g; 0)"],
                agreeing_runs(ADAM, last_update(lambda batch: batch.values["c"], epsilon=0.0)),
            ),
            Check(derived.scale["w_{t+1}"], (agreeing("loop", plain_sum),)),
        ),
    ),
    Claim(
        derived.step_size,
        TWO_STEPS,
        (
            Check(
                only_chain(derived.step_size),
                (
                    *agreeing_runs(
                        ADAM, lambda run, batch: abs(np.diff(two_steps(run, batch).w)[:, 0])
                    ),
                    BELOW_ALPHA,
                ),
                claimed=only_chain(derived.step_size).steps[0].expression,
            ),
        ),
    ),
    Claim(
        derived.step_bound,
        BOUNDED,
        (
            Check(
                derived.step_bound[r"|\Delta_t|"],
                (*agreeing_runs(ADAM, worst_step), NEVER_LONGER),
                given={"a": mean_weights, "b": square_weights},
                faults=(
                    Fault("never longer than alpha", alpha),
                    Fault("the root forgotten", alpha * derived.reach),
                ),
            ),
            Check(
                derived.step_bound["a_k^2 / b_k"],
                (
                    agreeing(
                        "one gradient at a time",
                        lambda batch: (
                            weights(batch, "first", "beta1") ** 2
                            / weights(batch, "second", "beta2")
                        ),
                    ),
                ),
            ),
            Check(derived.step_bound[r"\sum_k \rho^{t-k}"], (agreeing("Horner's rule", powers),)),
            Check(
                derived.step_bound[r"\sum_k a_k^2 / b_k"],
                (agreeing("5,000 terms", reach_in_the_end),),
            ),
            Check(
                derived.step_bound[r"(\Delta_t / \alpha)^2_{g_t \text{ alone}}"],
                agreeing_runs(ADAM, lone_step),
            ),
            Check(
                derived.step_bound[r"(\Delta_t / \alpha)^2_{\text{after silence}}"],
                (agreeing("without corrections", lone_in_the_end),),
            ),
            Check(
                derived.step_bound[r"(\sum_k a_k^2 / b_k)^{1/2} \text{ by default}"],
                (agreeing("5,000 terms", at_defaults(bound_in_the_end(0.9, 0.999)[0])),),
            ),
            Check(
                derived.step_bound[r"|\Delta_t| / \alpha \text{ by default}"],
                (agreeing("in numbers", at_defaults(0.1 / np.sqrt(0.001))),),
            ),
        ),
    ),
    Claim(
        derived.without_gradient,
        FIRST_STEP,
        (
            Check(
                derived.without_gradient[r"(w_2 - w_1)\big|_{g_1 = 0}"],
                agreeing_runs(ADAM, first_step(0.0)),
            ),
            Check(
                derived.without_gradient[r"(w_2 - w_1)\big|_{\varepsilon = 0, g_1 > 0}"],
                agreeing_runs(ADAM, first_step(1e-30, epsilon=0.0)),
            ),
            Check(
                derived.without_gradient[r"(w_2 - w_1)\big|_{\varepsilon = 0, g_1 < 0}"],
                agreeing_runs(ADAM, first_step(-1e-30, epsilon=0.0)),
            ),
        ),
    ),
)
