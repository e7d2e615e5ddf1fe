"""Huber regression: the oracles and the faults."""

import numpy as np
from sympy import Abs, Piecewise, sign, sqrt

from derivations import huber as derived
from derivations.huber import X, delta, i, influence, j, lam, n, r, rho, w, weight
from derivations.huber_minimiser import SOLVED_DATA_SETS
from derivations.notation import total
from derivations.prover.facts import unfold
from verify.checking.claim import Check, Claim, Fault
from verify.numerics.backends import numpy_backend
from verify.numerics.domain import (
    Domain,
    HardRow,
    Kind,
    constant,
    integers,
    log_uniform,
    normal,
    uniform,
)
from verify.oracles.derivatives import Derivative, agreeing, nonnegative, torch_jacobian

SCALAR = Domain(
    shapes={"r": (), "delta": (), "h": ()},
    draw={"r": normal(2), "delta": log_uniform(0.1, 5), "h": uniform(1e-7, 1e-6)},
    sizes=({},),
    distance=lambda values: abs(abs(values["r"]) - values["delta"]),
    hard=(
        HardRow("delta tiny", {}, {"delta": constant(1e-8)}),
        HardRow("delta huge", {}, {"delta": constant(1e8)}),
        HardRow("r = 0", {}, {"r": constant(0.0)}, Kind.KINK),
        HardRow("r = delta", {}, {"r": constant(1.5), "delta": constant(1.5)}, Kind.KINK),
        HardRow("r = -delta", {}, {"r": constant(-1.5), "delta": constant(1.5)}, Kind.KINK),
    ),
)

# Whole numbers, so that a residual is exactly 0, delta or -delta.
EXACT = {"X": integers(-3, 3), "w": integers(-3, 3), "delta": constant(2.0)}
ON_TARGET = {**EXACT, "w": constant(0.0)}


def residuals_at(weights):
    """r_i at the weights of that name."""
    return lambda xp, **values: residuals_of({**values, "w": values[weights]})


def residuals_of(values):
    """r_i = y_i - w^T x_i."""
    return values["y"] - np.einsum("bnd,bd->bn", values["X"], values["w"])


REGRESSION = Domain(
    shapes={"X": ("n", "d"), "w": ("d",), "y": ("n",), "delta": (), "lambda": ()},
    draw={
        "X": normal(),
        "w": normal(),
        "y": normal(2),
        "delta": log_uniform(0.2, 3),
        "lambda": log_uniform(0.01, 10),
    },
    sizes=tuple({"n": n, "d": d} for n, d in ((1, 1), (1, 3), (5, 1), (4, 4), (3, 6), (8, 2))),
    distance=lambda values: np.min(
        abs(abs(residuals_of(values)) - values["delta"][:, None]), axis=1
    ),
    hard=(
        HardRow("delta tiny", {"n": 8, "d": 2}, {"delta": constant(1e-8)}),
        HardRow("delta huge", {"n": 8, "d": 2}, {"delta": constant(1e8)}),
        HardRow("gross outliers", {"n": 8, "d": 2}, {"y": normal(1e6)}),
        HardRow("r = 0", {"n": 8, "d": 2}, {**ON_TARGET, "y": constant(0.0)}),
        HardRow("r = delta", {"n": 8, "d": 2}, {**ON_TARGET, "y": constant(2.0)}, Kind.KINK),
        HardRow("r = -delta", {"n": 8, "d": 2}, {**ON_TARGET, "y": constant(-2.0)}, Kind.KINK),
        HardRow("whole residuals", {"n": 8, "d": 2}, {**EXACT, "y": integers(-3, 3)}, Kind.KINK),
    ),
)

WIDE = Domain(
    shapes=REGRESSION.shapes,
    draw={**REGRESSION.draw, "delta": constant(1e6)},
    sizes=REGRESSION.sizes,
)
TWO_POINTS = Domain(
    shapes={"X": ("n", "d"), "u": ("d",), "v": ("d",), "y": ("n",), "delta": (), "lambda": ()},
    draw={**REGRESSION.draw, "u": normal(), "v": normal()},
    sizes=REGRESSION.sizes,
    hard=(
        HardRow("u = v", {"n": 8, "d": 2}, {"u": constant(1.0), "v": constant(1.0)}),
        HardRow("far apart", {"n": 8, "d": 2}, {"u": normal(1e3), "v": normal(1e3)}),
    ),
)


def loss(xp, r, delta, **_):
    """l_delta(r): quadratic up to delta, linear beyond."""
    size = xp.abs(r)
    return xp.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta))


def objective(xp, X, w, y, delta, **_):
    """L_delta(w) = sum_i l_delta(y_i - w^T x_i)."""
    residuals = y - xp.einsum("...nd,...d->...n", X, w)
    return xp.sum(loss(xp, residuals, delta[:, None]), -1)


def ridge_objective(xp, w, **values):
    """The objective plus lambda/2 ||w||^2."""
    return objective(xp, w=w, **values) + 0.5 * values["lambda"] * xp.sum(w**2, -1)


def near_threshold(sign, side):
    """psi_delta just beside sign * delta, by autodiff of the loss."""

    def influence_there(batch):
        delta, h = batch.values["delta"], batch.values["h"]
        return torch_jacobian(loss, "r", batch.at(r=sign * delta * (1 + side * h)))

    return influence_there


def one_sided(function, sign, side):
    """The difference quotient from one side, at sign * delta, of a function of r and delta."""

    def quotient(batch):
        delta, h = batch.values["delta"], batch.values["h"]
        start, end = sign * delta, sign * delta + side * h * delta
        low, high = (function(batch.at(r=place)) for place in (start, end))
        return (high - low) / (end - start)

    return quotient


def loss_at(batch):
    """l_delta(r), in NumPy."""
    return loss(numpy_backend(), **batch.values)


def influence_at(batch):
    """psi_delta(r), by autodiff of the loss."""
    return torch_jacobian(loss, "r", batch)


def minimised(data, place):
    """One weight of the minimiser, by iteratively reweighted least squares on the data set."""
    X, y = np.array(data.X, dtype=float), np.array(data.y, dtype=float)
    delta, w = float(data.delta), np.zeros(len(data.X[0]))
    for _ in range(500):
        weights = np.minimum(1, delta / np.maximum(abs(y - X @ w), 1e-300))
        w = np.linalg.solve(X.T * weights @ X, X.T * weights @ y)
    return agreeing("IRLS", lambda batch: np.full(len(batch), w[place]))


def monotonicity(function):
    """(grad(u) - grad(v))^T (u - v), with gradients of autodiff."""

    def product(batch):
        u, v = batch.values["u"], batch.values["v"]
        at_u, at_v = (torch_jacobian(function, "w", batch.at(w=point)) for point in (u, v))
        return np.sum((at_u - at_v) * (u - v), axis=1)

    return product


def gradient_over_delta(batch):
    """The gradient divided by delta, by autodiff."""
    return torch_jacobian(objective, "w", batch) / batch.values["delta"][:, None]


def _outside(value):
    """r_i for an inlier, and the given value for an outlier."""
    return Piecewise((r[i], Abs(r[i]) <= delta), (value, True))


RESIDUALS_AT = {"r": residuals_at("u"), "r'": residuals_at("v")}
EDGES = ((1, 1), (1, -1), (-1, 1), (-1, -1))
"""Beside +-delta: the sign of the threshold, and the side."""
STEP = (1e-5, "the step h <= 1e-6 itself, and rounding eps/h")
GRADIENT = Derivative(objective, "w", analytic=False)
GRADIENT_FAULTS = (
    Fault("plus X^T psi", derived.gradient_sum * -1),
    Fault("residual not clipped", -total(r[i] * X[i, j], i)),
    Fault("sign without delta", -total(_outside(sign(r[i])) * X[i, j], i)),
    Fault("delta without sign", -total(_outside(delta) * X[i, j], i)),
    Fault("the mean instead of the sum", derived.gradient_sum / n),
)  # fmt: skip


def with_residuals(faults):
    """The faults with r_i written out."""
    return tuple(
        Fault(fault.name, unfold(fault.expression, derived.RESIDUALS.definitions))
        for fault in faults
    )


CLAIMS = (
    Claim(
        derived.derivative,
        SCALAR,
        (
            Check(
                derived.derivative.chains[0],
                differentiates=Derivative(loss, "r", analytic=False),
                claimed=influence(rho),
                faults=(
                    Fault("derivative of the absolute value", sign(rho)),
                    Fault("twice the residual", 2 * influence(rho)),
                    Fault(
                        "slope delta without a sign",
                        Piecewise((rho, Abs(rho) <= delta), (delta, True)),
                    ),
                ),
            ),
            Check(
                derived.derivative.chains[0], differentiates=Derivative(loss, "r", analytic=False)
            ),
            *(
                Check(
                    chain,
                    (agreeing("one-sided quotient", one_sided(loss_at, *there), STEP),),
                    lemma=True,
                )
                for chain, there in zip(derived.derivative.chains[1:], EDGES, strict=True)
            ),
        ),
    ),
    Claim(
        derived.c1,
        SCALAR,
        tuple(
            Check(chain, (agreeing(f"psi beside {at}", near_threshold(sign_, side), STEP),))
            for chain, (at, sign_, side) in zip(
                derived.c1.chains,
                (("delta", 1, -1), ("delta", 1, 1), ("-delta", -1, -1), ("-delta", -1, 1)),
                strict=True,
            )
        ),
    ),
    Claim(
        derived.not_c2,
        SCALAR,
        tuple(
            Check(chain, (agreeing("one-sided quotient", one_sided(influence_at, *there), STEP),))
            for chain, there in zip(derived.not_c2.chains, EDGES, strict=True)
        ),
    ),
    Claim(
        derived.gradient,
        REGRESSION,
        (
            Check(
                derived.gradient.chains[0],
                differentiates=GRADIENT,
                faults=with_residuals(GRADIENT_FAULTS),
            ),
        ),
    ),
    Claim(
        derived.limits,
        WIDE,
        (
            Check(
                derived.limits.chains[0],
                (agreeing("torch", lambda batch: torch_jacobian(objective, "w", batch)),),
                defined=derived.RESIDUALS,
            ),
            Check(
                derived.limits.chains[1],
                (
                    agreeing(
                        "torch, delta = 1e-9",
                        lambda batch: gradient_over_delta(
                            batch.at(delta=np.full(len(batch), 1e-9))
                        ),
                    ),
                ),
                defined=derived.RESIDUALS,
            ),
        ),
    ),
    Claim(
        derived.partition,
        REGRESSION,
        (
            Check(derived.partition.chains[0], differentiates=GRADIENT),
            *(
                Check(chain, (minimised(data, place),), claimed=minimiser[place], lemma=True)
                for chain, (data, minimiser) in zip(
                    derived.partition.chains[1:], SOLVED_DATA_SETS, strict=True
                )
                for place in range(len(minimiser))
            ),
        ),
    ),
    Claim(
        derived.irls,
        REGRESSION,
        (
            Check(
                derived.irls.chains[0],
                differentiates=GRADIENT,
                defined=derived.RESIDUALS,
                faults=with_residuals(
                    (
                        Fault("root of the weight", -total(sqrt(weight(r[i])) * r[i] * X[i, j], i)),
                        Fault("weight squared", -total(weight(r[i]) ** 2 * r[i] * X[i, j], i)),
                    )
                ),
            ),
        ),
    ),
    Claim(
        derived.convex,
        TWO_POINTS,
        (
            Check(
                derived.convex.chains[0],
                (agreeing("torch", monotonicity(objective)), nonnegative()),
                given=RESIDUALS_AT,
                claimed=derived.monotone_written_out,
            ),
        ),
    ),
    Claim(
        derived.ridge_gradient,
        REGRESSION,
        (
            Check(
                derived.ridge_gradient.chains[0],
                differentiates=Derivative(ridge_objective, "w", analytic=False),
                faults=with_residuals(
                    (
                        Fault("the penalty's half kept", derived.gradient_sum + lam * w[j] / 2),
                        Fault(
                            "the square's 2 not cancelled", derived.gradient_sum + 2 * lam * w[j]
                        ),
                        Fault("minus lambda w", derived.gradient_sum - lam * w[j]),
                    )
                ),
            ),
        ),
    ),
    Claim(
        derived.strongly_convex,
        TWO_POINTS,
        (
            Check(
                derived.strongly_convex.chains[0],
                (agreeing("torch", monotonicity(ridge_objective)), nonnegative()),
                given=RESIDUALS_AT,
                claimed=derived.monotone_written_out + derived.ridge_distance,
            ),
        ),
    ),
)
