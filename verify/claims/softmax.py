"""Softmax with temperature: the oracles and the faults."""

from dataclasses import replace

import numpy as np
from sympy import KroneckerDelta, exp

from derivations import softmax as derived
from derivations.softmax import gap, i, j, tau, y
from verify.checking.claim import Check, Claim, Fault, only_chain
from verify.numerics.backends import numpy_backend
from verify.numerics.domain import Domain, HardRow, constant, integers, log_uniform, normal
from verify.oracles.derivatives import Derivative, Oracle, agreeing, jax_jacobians, nonnegative

SIZES = tuple(
    {"n": n, "p": tied, "r": lower}
    for n, tied, lower in ((1, 1, 0), (2, 2, 0), (3, 1, 2), (5, 2, 1), (8, 3, 4), (13, 1, 6))
)

OF_FIVE = SIZES[3]

LOGITS = Domain(
    shapes={"z": ("n",), "tau": (), "v": ("n",), "c": (), "a": ()},
    draw={
        "z": normal(3),
        "tau": log_uniform(0.2, 5),
        "v": normal(),
        "c": normal(10),
        "a": log_uniform(0.1, 3),
    },
    sizes=SIZES,
    hard=(
        HardRow("tau = 1e-3", OF_FIVE, {"tau": constant(1e-3)}),
        HardRow("tau = 1e3", OF_FIVE, {"tau": constant(1e3)}),
        HardRow("logits to 1e4", OF_FIVE, {"z": normal(1e4)}),
        HardRow("ties", OF_FIVE, {"z": integers(-1, 1)}),
        HardRow("all equal", OF_FIVE, {"z": constant(7.0)}),
    ),
)


MODERATE = replace(LOGITS, hard=LOGITS.hard[3:])


def softmax(xp, z, tau, **_):
    """y_i = exp(z_i / tau) / sum_j exp(z_j / tau), with the largest logit moved to 0."""
    numerators = xp.exp((z - xp.detached_max(z)) / tau[:, None])
    return numerators / xp.sum(numerators, -1)[:, None]


def shifted_softmax(xp, z, tau, c, **_):
    """The softmax of z + c 1."""
    return softmax(xp, z + c[:, None], tau)


def hot_softmax(xp, z, **_):
    """The softmax at a temperature far above the logits."""
    return softmax(xp, z, np.full(len(z), 1e12))


def tied_probability(batch):
    """The probability of one of p largest logits, with r lower ones, at the temperature 1e-6."""
    c, sizes = batch.values["c"], batch.sizes
    lower = np.repeat((c - abs(batch.values["v"][:, 0]) - 1)[:, None], sizes["r"], axis=1)
    logits = np.concatenate([np.repeat(c[:, None], sizes["p"], axis=1), lower], axis=1)
    return softmax(numpy_backend(), logits, np.full(len(c), 1e-6))[:, 0]


def equal_gaps(batch):
    """(1 - y_m) / y_m where all others are behind z_m by a: the bound is reached as a falls."""
    n, a = batch.sizes["n"], batch.values["a"]
    logits = np.concatenate([np.zeros((len(a), 1)), np.repeat(-a[:, None], n - 1, axis=1)], axis=1)
    y = softmax(numpy_backend(), logits, batch.values["tau"])
    return np.repeat((y[:, 1:].sum(axis=1) / y[:, 0])[:, None], n, axis=1)


def excess_over_bound(batch, claimed):
    """By how much 1 - y_m exceeds the bound where others are behind by a + |v_k|."""
    behind = batch.values["a"][:, None] + abs(batch.values["v"])
    behind[:, 0] = 0
    y = softmax(numpy_backend(), -behind, batch.values["tau"])
    return np.maximum(0, y[:, 1:].sum(axis=1) - claimed[:, 0])


BOUND = Oracle("never above", 1e-15, "rounding of probabilities", excess_over_bound)


def of_constants(batch):
    """J c 1, by autodiff."""
    return batch.values["c"][:, None] * jacobian(batch).sum(axis=-1)


def from_image(batch):
    """tau (J v)_i / y_i, by autodiff."""
    image = np.einsum("bij,bj->bi", jacobian(batch), batch.values["v"])
    return batch.values["tau"][:, None] * image / run(softmax)(batch)


def jacobian(batch):
    """The full Jacobian of the definition, by reverse-mode autodiff."""
    return jax_jacobians(softmax, "z", batch)[1]


def run(function):
    """The function's value at each point, in NumPy."""
    return lambda batch: function(numpy_backend(), **batch.values)


OF_CONSTANTS = r"(J\, c\mathbf{1})_i"
OF_NO_IMAGE = r"(v_i - \bar v)\big|_{J v = 0}"

CLAIMS = (
    Claim(
        derived.jacobian,
        LOGITS,
        (
            Check(
                only_chain(derived.jacobian),
                differentiates=Derivative(softmax, "z"),
                given={"y": softmax},
                faults=(
                    Fault("y y^T added", (KroneckerDelta(i, j) * y[i] + y[i] * y[j]) / tau),
                    Fault(
                        "derivative of the sigmoid", KroneckerDelta(i, j) * y[i] * (1 - y[i]) / tau
                    ),
                    Fault("tau squared", derived.jacobian_entry / tau),
                ),
            ),
        ),
    ),
    Claim(
        derived.row_sums,
        LOGITS,
        (
            Check(
                derived.row_sums[r"\sum_j y_j"],
                (agreeing("probabilities", lambda batch: run(softmax)(batch).sum(axis=-1)),),
            ),
            Check(
                derived.row_sums[r"(J \mathbf{1})_i"],
                (agreeing("autodiff", lambda batch: jacobian(batch).sum(axis=-1)),),
                given={"y": softmax},
                claimed=derived.row_sums[r"(J \mathbf{1})_i"].start,
            ),
        ),
    ),
    Claim(
        derived.symmetry,
        LOGITS,
        (
            Check(
                only_chain(derived.symmetry),
                (agreeing("autodiff", lambda batch: jacobian(batch).swapaxes(-1, -2)),),
                given={"y": softmax},
            ),
        ),
    ),
    Claim(
        derived.psd,
        LOGITS,
        (
            Check(
                only_chain(derived.psd),
                (
                    agreeing(
                        "autodiff",
                        lambda batch: np.einsum(
                            "bi,bij,bj->b", batch.values["v"], jacobian(batch), batch.values["v"]
                        ),
                    ),
                    nonnegative(),
                ),
                given={"y": softmax},
                claimed=only_chain(derived.psd).steps[1].expression,
            ),
        ),
    ),
    Claim(
        derived.kernel,
        MODERATE,
        (
            Check(
                derived.kernel[OF_CONSTANTS],
                (agreeing("autodiff", of_constants),),
                given={"y": softmax},
                claimed=derived.kernel[OF_CONSTANTS].steps[0].expression,
            ),
            Check(
                derived.kernel[OF_NO_IMAGE],
                (agreeing("autodiff", from_image),),
                given={"y": softmax},
                claimed=derived.kernel[OF_NO_IMAGE].start,
            ),
        ),
    ),
    Claim(
        derived.shift,
        MODERATE,
        (Check(only_chain(derived.shift), (agreeing("shifted logits", run(shifted_softmax)),)),),
    ),
    Claim(
        derived.limits,
        LOGITS,
        (
            Check(
                derived.limits[r"y_i(z; \tau)"],
                (agreeing("tau = 1e12", run(hot_softmax), (1e-7, "z/tau is 1e4/1e12 at most")),),
            ),
            Check(derived.limits["y_m"], (agreeing("probabilities", run(softmax)),)),
            Check(
                derived.limits["1 - y_m"],
                (agreeing("equal gaps", equal_gaps), BOUND),
                claimed=derived.limits["1 - y_m"].steps[2].expression,
                faults=(
                    Fault("n times", derived.n * exp(-gap / tau)),
                    Fault("the gap alone", exp(-gap / tau)),
                    Fault("rate without tau", (derived.n - 1) * exp(-gap)),
                ),
            ),
            Check(derived.limits[r"y_{\max}"], (agreeing("tau = 1e-6", tied_probability),)),
        ),
    ),
)
