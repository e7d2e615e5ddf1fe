"""Huber regression: the oracles and the faults."""

import numpy as np
from sympy import Abs, Integer, Piecewise, Rational, sign, sqrt

from derivations import huber as derived
from derivations.huber import (
    EXAMPLE,
    EXAMPLE_MINIMISER,
    X,
    c,
    delta,
    i,
    influence,
    j,
    lam,
    n,
    penalty,
    r,
    rho,
    w,
    weight,
)
from derivations.huber import s as singular_value
from derivations.notation import total
from derivations.prover.facts import unfold
from verify.checking.claim import Check, Claim, Fault, only_chain
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
from verify.oracles.derivatives import (
    Derivative,
    Oracle,
    agreeing,
    nonnegative,
    torch_jacobian,
)

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
SEGMENT = Domain(
    shapes={**TWO_POINTS.shapes, "theta": ()},
    draw={**TWO_POINTS.draw, "theta": uniform(0, 1)},
    sizes=REGRESSION.sizes,
    hard=(
        HardRow("u = v", {"n": 8, "d": 2}, {"u": constant(1.0), "v": constant(1.0)}),
        HardRow("an end", {"n": 8, "d": 2}, {"theta": integers(0, 1)}),
    ),
)
OVERDETERMINED = Domain(
    shapes=REGRESSION.shapes,
    draw=REGRESSION.draw,
    sizes=tuple({"n": n, "d": d} for n, d in ((3, 1), (5, 1), (8, 2), (6, 3), (9, 4), (12, 2))),
    hard=(HardRow("delta huge", {"n": 8, "d": 2}, {"delta": constant(1e8)}),),
)
RIDGE = Domain(
    shapes={**REGRESSION.shapes, "p": (), "s": (), "c": (), "x": ()},
    draw={
        **REGRESSION.draw,
        "lambda": log_uniform(0.5, 10),
        "p": log_uniform(1, 10),
        "s": log_uniform(0.1, 10),
        "c": normal(3),
        "x": normal(),
    },
    sizes=REGRESSION.sizes,
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


def side_of(side):
    """1 for the right, -1 for the left."""
    return 1 if side == "+" else -1


def near_threshold(edge, side):
    """psi_delta just beside edge * delta, by autodiff of the loss."""

    def influence_there(batch):
        delta, h = batch.values["delta"], batch.values["h"]
        return torch_jacobian(loss, "r", batch.at(r=edge * delta * (1 + edge * side_of(side) * h)))

    return influence_there


def one_sided(function, edge, side):
    """The difference quotient from one side, at edge * delta, of a function of r and delta."""

    def quotient(batch):
        delta, h = batch.values["delta"], batch.values["h"]
        start, end = edge * delta, edge * delta + side_of(side) * h * delta
        low, high = (function(batch.at(r=place)) for place in (start, end))
        return (high - low) / (end - start)

    return quotient


def loss_at(batch):
    """l_delta(r), in NumPy."""
    return loss(numpy_backend(), **batch.values)


def influence_at(batch):
    """psi_delta(r), by autodiff of the loss."""
    return torch_jacobian(loss, "r", batch)


def reweighted(X, y, w, delta, ridge):
    """One step of iteratively reweighted least squares at each point, from the weights w."""
    size = np.maximum(abs(y - np.einsum("bnd,bd->bn", X, w)), 1e-300)
    weights = np.minimum(1, delta[:, None] / size)
    normal = np.einsum("bn,bnd,bne->bde", weights, X, X) + ridge[:, None, None] * np.eye(w.shape[1])
    right = np.einsum("bn,bnd,bn->bd", weights, X, y)
    return np.einsum("bde,be->bd", np.linalg.pinv(normal, hermitian=True), right)


def minimised(X, y, delta, ridge, steps):
    """The weights after so many such steps from 0."""
    w = np.zeros((len(X), X.shape[2]))
    for _ in range(steps):
        w = reweighted(X, y, w, delta, ridge)
    return w


def example_minimised(batch):
    """The minimiser of the worked example."""
    X, y = (np.array(part, dtype=float)[None] for part in (EXAMPLE.X, EXAMPLE.y))
    w = minimised(X, y, np.array([float(EXAMPLE.delta)]), np.zeros(1), 500)
    return np.full(len(batch), w[0, 0])


def irls_step(xp, X, y, w, delta, **_):
    """How far one step of iteratively reweighted least squares moves the weights."""
    return reweighted(X, y, w, delta, np.zeros(len(w))) - w


def residuals_after(xp, w, **values):
    """The residuals after that step."""
    return residuals_of({**values, "w": w + irls_step(xp, w=w, **values)})


def weighted_change(batch):
    """By how much the step changes 1/2 sum omega_i r_i^2."""
    v = batch.values
    before, after = residuals_of(v), residuals_after(None, **v)
    weights = np.minimum(1, v["delta"][:, None] / np.maximum(abs(before), 1e-300))
    return np.sum(weights * (after**2 - before**2), axis=1) / 2


def rise_over_bound(batch, claimed):
    """By how much the objective's change exceeds the claimed one, for values of their size."""
    xp, v = numpy_backend(), batch.values
    before = objective(xp, **v)
    after = objective(xp, **{**v, "w": v["w"] + irls_step(xp, **v)})
    return np.maximum(0, after - before - claimed) / (1 + before)


DESCENT = Oracle("descent", 1e-12, "rounding of the objective", rise_over_bound)


def at_ridge(more):
    """The minimiser with ridge lambda, or lambda + p."""
    return lambda xp, p, **v: minimised(v["X"], v["y"], v["delta"], v["lambda"] + more * p, 20)


def loss_at_ridge(more):
    """The objective without the penalty at that minimiser."""
    return lambda xp, **v: objective(xp, **{**v, "w": at_ridge(more)(xp, **v)})


def norm_lost(batch):
    """||u||^2 - ||v||^2 of the two minimisers."""
    u, v = (at_ridge(more)(None, **batch.values) for more in (0, 1))
    return np.sum(u**2, axis=1) - np.sum(v**2, axis=1)


def one_direction(xp, x, s, c, **values):
    """The ridge objective of one singular direction."""
    return 0.5 * (c - s * x) ** 2 + 0.5 * values["lambda"] * x**2


def stacked_least_squares(batch):
    """min (c - s x)^2 + lambda x^2 as plain least squares with one more row, by LAPACK."""
    v = batch.values
    rows = np.stack([v["s"], np.sqrt(v["lambda"])], axis=1)[:, :, None]
    return np.array(
        [
            np.linalg.lstsq(row, [target, 0.0])[0][0]
            for row, target in zip(rows, v["c"], strict=True)
        ]
    )


def objective_between(batch):
    """(1 - theta) L(u) + theta L(v) - L((1 - theta) u + theta v)."""
    xp, v = numpy_backend(), batch.values
    share = v["theta"]
    between = (1 - share)[:, None] * v["u"] + share[:, None] * v["v"]
    at_u, at_v, at_between = (objective(xp, **{**v, "w": w}) for w in (v["u"], v["v"], between))
    return (1 - share) * at_u + share * at_v - at_between


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


SLOPE = r"\ell_\delta'(r)"
ONE_DIRECTION = (
    r"\frac{\mathrm{d}}{\mathrm{d}x}\left(\tfrac{1}{2} (c - s x)^2"
    r" + \tfrac{\lambda}{2} x^2\right)"
)

CLAIMS = (
    Claim(
        derived.derivative,
        SCALAR,
        (
            Check(
                derived.derivative[SLOPE],
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
            Check(derived.derivative[SLOPE], differentiates=Derivative(loss, "r", analytic=False)),
            *(
                Check(
                    derived.derivative[derived.name_beside(r"\ell_\delta'", *there)],
                    (agreeing("one-sided quotient", one_sided(loss_at, *there), STEP),),
                )
                for there in derived.EDGES
            ),
        ),
    ),
    Claim(
        derived.c1,
        SCALAR,
        tuple(
            Check(
                derived.c1[derived.name_at_distance(r"\psi_\delta", *there)],
                (agreeing("psi beside a threshold", near_threshold(*there), STEP),),
            )
            for there in derived.EDGES
        ),
    ),
    Claim(
        derived.not_c2,
        SCALAR,
        tuple(
            Check(
                derived.not_c2[derived.name_beside(r"\psi_\delta'", *there)],
                (agreeing("one-sided quotient", one_sided(influence_at, *there), STEP),),
            )
            for there in derived.EDGES
        ),
    ),
    Claim(
        derived.gradient,
        REGRESSION,
        (
            Check(
                only_chain(derived.gradient),
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
                derived.limits[r"(\nabla L_\delta)_j"],
                (agreeing("torch", lambda batch: torch_jacobian(objective, "w", batch)),),
                defined=derived.RESIDUALS,
            ),
            Check(
                derived.limits[r"\tfrac{1}{\delta} (\nabla L_\delta)_j"],
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
        (Check(only_chain(derived.partition), differentiates=GRADIENT),),
    ),
    Claim(
        derived.minimiser,
        SCALAR,
        (
            Check(
                only_chain(derived.minimiser),
                (agreeing("IRLS", example_minimised),),
                claimed=EXAMPLE_MINIMISER[0],
                faults=(
                    Fault("least squares", Rational(67, 51)),
                    Fault("without the outlier", Integer(1)),
                    Fault("pulled to the other side", Rational(41, 43)),
                ),
            ),
        ),
    ),
    Claim(
        derived.minimiser_exists,
        REGRESSION,
        (
            Check(
                derived.minimiser_exists[r"L_\delta(w)"],
                (
                    agreeing("the loss", lambda batch: objective(numpy_backend(), **batch.values)),
                    nonnegative(),
                ),
                defined=derived.RESIDUALS,
                claimed=derived.minimiser_exists[r"L_\delta(w)"].steps[0].expression,
            ),
        ),
    ),
    Claim(
        derived.irls,
        REGRESSION,
        (
            Check(
                only_chain(derived.irls),
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
        derived.irls_descent,
        OVERDETERMINED,
        (
            Check(
                only_chain(derived.irls_descent),
                (agreeing("weighted squares", weighted_change), DESCENT),
                given={"e": residuals_after, "p": irls_step},
                claimed=only_chain(derived.irls_descent).steps[4].expression,
            ),
        ),
    ),
    Claim(
        derived.convex,
        SEGMENT,
        (
            Check(
                only_chain(derived.convex),
                (agreeing("the objective", objective_between), nonnegative()),
                given=RESIDUALS_AT,
                claimed=only_chain(derived.convex).start,
            ),
        ),
    ),
    Claim(
        derived.ridge_gradient,
        REGRESSION,
        (
            Check(
                only_chain(derived.ridge_gradient),
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
                only_chain(derived.strongly_convex),
                (agreeing("torch", monotonicity(ridge_objective)), nonnegative()),
                given=RESIDUALS_AT,
                claimed=derived.monotone_written_out + derived.ridge_distance,
            ),
        ),
    ),
    Claim(
        derived.ridge_shrinks,
        RIDGE,
        (
            Check(
                derived.ridge_shrinks[r"|u|^2 - |v|^2"],
                (agreeing("norms", norm_lost), nonnegative()),
                given={
                    "u": at_ridge(0),
                    "v": at_ridge(1),
                    "L_u": loss_at_ridge(0),
                    "L_v": loss_at_ridge(1),
                },
                claimed=derived.ridge_shrinks[r"|u|^2 - |v|^2"].steps[0].expression,
            ),
            Check(
                derived.ridge_shrinks[ONE_DIRECTION],
                differentiates=Derivative(one_direction, "x"),
                given={"x": lambda xp, x, **_: x},
                claimed=derived.ridge_shrinks[ONE_DIRECTION].steps[0].expression,
            ),
            Check(
                derived.ridge_shrinks[r"w_\lambda"],
                (agreeing("one more row", stacked_least_squares),),
                faults=(
                    Fault("no shrinkage", c / singular_value),
                    Fault("lambda squared", singular_value * c / (singular_value**2 + penalty**2)),
                ),
            ),
        ),
    ),
)
