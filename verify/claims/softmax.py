"""Softmax with temperature: the oracles and the faults."""

from dataclasses import replace

import numpy as np
from sympy import KroneckerDelta

from derivations import softmax as derived
from derivations.softmax import i, j, tau, y
from verify.checking.claim import Check, Claim, Fault
from verify.numerics.backends import numpy_backend
from verify.numerics.domain import Domain, HardRow, constant, integers, log_uniform, normal
from verify.oracles.derivatives import Derivative, agreeing, jax_jacobians, nonnegative

SIZES = tuple({"n": n} for n in (1, 2, 3, 5, 8, 13))

LOGITS = Domain(
    shapes={"z": ("n",), "tau": (), "v": ("n",), "c": ()},
    draw={"z": normal(3), "tau": log_uniform(0.2, 5), "v": normal(), "c": normal(10)},
    sizes=SIZES,
    hard=(
        HardRow("tau = 1e-3", {"n": 5}, {"tau": constant(1e-3)}),
        HardRow("tau = 1e3", {"n": 5}, {"tau": constant(1e3)}),
        HardRow("logits to 1e4", {"n": 5}, {"z": normal(1e4)}),
        HardRow("ties", {"n": 5}, {"z": integers(-1, 1)}),
        HardRow("all equal", {"n": 5}, {"z": constant(7.0)}),
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


def cold_probability(place):
    """A probability of three cold logits, the first larger by |c| + 1 and by |v_1| + 1."""

    def probability(batch):
        c, v = batch.values["c"], batch.values["v"]
        logits = np.stack([c, c - abs(c) - 1, c - abs(v[:, 0]) - 1], axis=1)
        return softmax(numpy_backend(), logits, np.full(len(c), 1e-6))[:, place]

    return probability


def jacobian(batch):
    """The full Jacobian of the definition, by reverse-mode autodiff."""
    return jax_jacobians(softmax, "z", batch)[1]


def run(function):
    """The function's value at each point, in NumPy."""
    return lambda batch: function(numpy_backend(), **batch.values)


CLAIMS = (
    Claim(
        derived.jacobian,
        LOGITS,
        (
            Check(
                derived.jacobian.chains[0],
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
                derived.row_sums.chains[0],
                (agreeing("probabilities", lambda batch: run(softmax)(batch).sum(axis=-1)),),
                lemma=True,
            ),
            Check(
                derived.row_sums.chains[1],
                (agreeing("autodiff", lambda batch: jacobian(batch).sum(axis=-1)),),
                given={"y": softmax},
                claimed=derived.row_sums.chains[1].start,
            ),
        ),
    ),
    Claim(
        derived.symmetry,
        LOGITS,
        (
            Check(
                derived.symmetry.chains[0],
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
                derived.psd.chains[0],
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
                claimed=derived.psd.chains[0].steps[1].expression,
            ),
        ),
    ),
    Claim(
        derived.shift,
        MODERATE,
        (Check(derived.shift.chains[0], (agreeing("shifted logits", run(shifted_softmax)),)),),
    ),
    Claim(
        derived.limits,
        LOGITS,
        (
            Check(
                derived.limits.chains[0],
                (agreeing("tau = 1e12", run(hot_softmax), (1e-7, "z/tau is 1e4/1e12 at most")),),
            ),
            *(
                Check(chain, (agreeing("tau = 1e-6", cold_probability(place)),))
                for place, chain in enumerate(derived.limits.chains[1:])
            ),
        ),
    ),
)
