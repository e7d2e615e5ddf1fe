"""Affine least squares: its gradients in A and b, by indices and by matrices (Problem 1.2)."""

from sympy import Derivative, KroneckerDelta, Rational, Trace

from derivations.derivation import Chain, Derivation, Step
from derivations.entries import as_matrix
from derivations.notation import array, index, size, total

d, m = size("d"), size("m")
i, p = index("i", d), index("p", d)
k, q = index("k", m), index("q", m)
A, b, x, t = array("A", d, m), array("b", d), array("x", m), array("t", d)


def residual(at):
    """(Ax + b - t)_i."""
    return total(A[at, k] * x[k], k) + b[at] - t[at]


objective = Rational(1, 2) * total(residual(i) ** 2, i)

A_, b_, x_, t_ = map(as_matrix, (A, b, x, t))
residual_matrix = A_ * x_ + b_ - t_
# One trace: SymPy 1.14 differentiates a sum of traces wrongly.
objective_matrix = Trace(residual_matrix.T * residual_matrix) / 2

grad_A = Derivation(
    id="least_squares.grad_A",
    problem="1.2",
    title="Gradient of the affine least-squares objective with respect to A",
    chains=(
        Chain(
            r"(\nabla_A f)_{pq}",
            Derivative(objective, A[p, q]),
            (
                Step(
                    total(residual(i) * Derivative(residual(i), A[p, q]), i),
                    "chain rule; the square's 2 cancels the half",
                ),
                Step(
                    total(
                        residual(i) * total(KroneckerDelta(i, p) * KroneckerDelta(k, q) * x[k], k),
                        i,
                    ),
                    r"$\partial A_{ik} / \partial A_{pq} = \mathbf{1}[i = p]\,\mathbf{1}[k = q]$",
                ),
                Step(residual(p) * x[q], "the deltas pick $i = p$ and $k = q$"),
                Step(residual_matrix * x_.T, "an outer product"),
            ),
            indices=(p, q),
            whole=r"\nabla_A f",
        ),
        Chain(
            r"\nabla_A f",
            objective_matrix.diff(A_),
            (Step(residual_matrix * x_.T, "collect the residual"),),
            indices=(p, q),
            because=r"matrix calculus of $\tfrac{1}{2} \operatorname{tr}"
            r" (Ax + b - t)^{\top} (Ax + b - t)$",
            lemma=True,
        ),
    ),
)

grad_b = Derivation(
    id="least_squares.grad_b",
    problem="1.2",
    title="Gradient of the affine least-squares objective with respect to b",
    chains=(
        Chain(
            r"(\nabla_b f)_{p}",
            Derivative(objective, b[p]),
            (
                Step(
                    total(residual(i) * Derivative(residual(i), b[p]), i),
                    "chain rule; the square's 2 cancels the half",
                ),
                Step(
                    total(residual(i) * KroneckerDelta(i, p), i),
                    r"$\partial b_i / \partial b_p = \mathbf{1}[i = p]$",
                ),
                Step(residual(p), "the delta picks $i = p$"),
                Step(residual_matrix, "the residual vector itself"),
            ),
            indices=(p,),
            whole=r"\nabla_b f",
        ),
    ),
)

DERIVATIONS = (grad_A, grad_b)
