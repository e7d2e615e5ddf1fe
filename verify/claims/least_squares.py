"""Affine least squares: the oracles and the faults."""

from derivations import least_squares as derived
from derivations.entries import entry
from derivations.least_squares import A_, b_, p, q, residual, t, x, x_
from verify.checking.claim import Check, Claim, Fault
from verify.numerics.domain import Domain, HardRow, constant, normal
from verify.oracles.derivatives import Derivative

AFFINE = Domain(
    shapes={"A": ("d", "m"), "b": ("d",), "x": ("m",), "t": ("d",)},
    draw={"A": normal(), "b": normal(), "x": normal(), "t": normal()},
    sizes=tuple({"d": d, "m": m} for d, m in ((1, 1), (1, 4), (4, 1), (3, 3), (2, 6), (7, 3))),
    hard=(
        HardRow("x = 0", {"d": 3, "m": 3}, {"x": constant(0.0)}),
        HardRow("large targets", {"d": 3, "m": 3}, {"t": normal(1e6)}),
        HardRow("tiny matrix", {"d": 3, "m": 3}, {"A": normal(1e-9)}),
    ),
)


def objective(xp, A, b, x, t):
    """f(A, b) = 1/2 ||Ax + b - t||^2."""
    residuals = xp.einsum("...dm,...m->...d", A, x) + b - t
    return 0.5 * xp.sum(residuals**2, -1)


CLAIMS = (
    Claim(
        derived.grad_A,
        AFFINE,
        tuple(
            Check(
                chain,
                differentiates=Derivative(objective, "A"),
                faults=(
                    Fault("the square's 2 not cancelled", 2 * residual(p) * x[q]),
                    Fault("the half kept", residual(p) * x[q] / 2),
                    Fault("t - Ax - b", -residual(p) * x[q]),
                    Fault("offset forgotten", entry(A_ * x_ * x_.T, p, q)),
                    Fault("target forgotten", entry((A_ * x_ + b_) * x_.T, p, q)),
                ),
            )
            for chain in derived.grad_A.chains
        ),
    ),
    Claim(
        derived.grad_b,
        AFFINE,
        tuple(
            Check(
                chain,
                differentiates=Derivative(objective, "b"),
                faults=(
                    Fault("the square's 2 not cancelled", 2 * residual(p)),
                    Fault("the half kept", residual(p) / 2),
                    Fault("target added", residual(p) + 2 * t[p]),
                ),
            )
            for chain in derived.grad_b.chains
        ),
    ),
)
