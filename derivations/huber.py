"""Huber regression: gradient, smoothness, limits, convexity and the exact minimiser (Problem 2)."""

from sympy import (
    Abs,
    Derivative,
    DiagMatrix,
    Integer,
    KroneckerDelta,
    Piecewise,
    Rational,
    Symbol,
    sign,
)

from derivations.derivation import Chain, Derivation, Step
from derivations.huber_minimiser import SOLVED_DATA_SETS, unique_minimiser
from derivations.notation import array, as_matrix, index, indicator, size, total
from derivations.prover.facts import Assuming, Definition
from derivations.prover.tactics import limit_at

n, d = size("n"), size("d")
i, j, k = index("i", n), index("j", d), index("k", d)
X, y, w = array("X", n, d), array("y", n), array("w", d)
r, psi, omega = array("r", n), array("psi", n), array("omega", n)
delta, lam = Symbol("delta", positive=True), Symbol("lambda", positive=True)
rho = Symbol("r", real=True)
X_, y_, w_, r_, psi_, omega_ = map(as_matrix, (X, y, w, r, psi, omega))


def loss(residual):
    """l_delta(r), as the homework defines it."""
    inside = Abs(residual) <= delta
    return Piecewise(
        (Rational(1, 2) * residual**2, inside),
        (delta * (Abs(residual) - Rational(1, 2) * delta), True),
    )


def influence(residual):
    """psi_delta(r), the derivative of the loss."""
    return Piecewise((residual, Abs(residual) <= delta), (delta * sign(residual), True))


def clipped(residual):
    """psi_delta(r) again, as the residual clipped to [-delta, delta]."""
    return Piecewise((-delta, residual < -delta), (delta, residual > delta), (residual, True))


def weight(residual):
    """min(1, delta/|r|), which is 1 at r = 0."""
    return Piecewise((1, Abs(residual) <= delta), (delta / Abs(residual), True))


def residual(at, weights=w):
    """r_i(w) = y_i - w^T x_i."""
    return y[at] - total(X[at, k] * weights[k], k)


h = Symbol("h", positive=True)

RESIDUALS = Assuming(definitions=(Definition(r[i], residual(i)),))
PSI = Assuming(definitions=(Definition(psi[i], influence(r[i])),))
NEAR = Assuming(provided=h < delta, eventually=True)

derivative = Derivation(
    id="huber.derivative",
    problem="2.1",
    title="Derivative of the Huber loss",
    statement=r"\psi_\delta(r) = \ell_\delta'(r) = \begin{cases} r & |r| \le \delta, \\"
    r" \delta \operatorname{sign}(r) & |r| > \delta \end{cases}",
    chains=(
        Chain(
            r"\ell_\delta'(r)",
            Derivative(loss(rho), rho),
            (
                Step(influence(rho), r"branch by branch, for $|r| \ne \delta$"),
                Step(
                    clipped(rho),
                    r"the residual, clipped to $[-\delta, \delta]$",
                ),
            ),
        ),
        *(
            Chain(
                rf"\text{{slope over }} h \text{{ at }} {at}",
                quotient,
                (
                    Step(inner, f"the difference quotient from {side}", NEAR),
                    Step(
                        value, rf"$h \to 0^+$: $\ell_\delta'({at})$", tactic=limit_at(h, Integer(0))
                    ),
                ),
            )
            for at, side, quotient, inner, value in (
                (r"\delta^+", "the right", (loss(delta + h) - loss(delta)) / h, delta, delta),
                (
                    r"\delta^-",
                    "the left",
                    (loss(delta) - loss(delta - h)) / h,
                    delta - h / 2,
                    delta,
                ),
                (
                    r"-\delta^+",
                    "the right",
                    (loss(-delta + h) - loss(-delta)) / h,
                    -delta + h / 2,
                    -delta,
                ),
                (
                    r"-\delta^-",
                    "the left",
                    (loss(-delta) - loss(-delta - h)) / h,
                    -delta,
                    -delta,
                ),
            )
        ),
    ),
)

c1 = Derivation(
    id="huber.c1",
    problem="2.1",
    title="The derivative is continuous at the thresholds",
    statement=r"\lim_{r \to \pm\delta} \psi_\delta(r) = \pm\delta = \psi_\delta(\pm\delta)",
    chains=tuple(
        Chain(
            rf"\psi_\delta({at})",
            influence(place),
            (
                Step(inner, because, NEAR if inner.has(h) else Assuming()),
                Step(value, r"$h \to 0^+$", tactic=limit_at(h, Integer(0))),
            ),
        )
        for at, place, inner, because, value in (
            (r"\delta - h", delta - h, delta - h, "inside", delta),
            (r"\delta + h", delta + h, delta, "outside, positive", delta),
            (r"-\delta + h", -delta + h, -delta + h, "inside", -delta),
            (r"-\delta - h", -delta - h, -delta, "outside, negative", -delta),
        )
    ),
)

not_c2 = Derivation(
    id="huber.not_c2",
    problem="2.1",
    title="The second derivative jumps at the thresholds",
    statement=r"\psi_\delta'(\delta^-) = \psi_\delta'(-\delta^+) = 1 \ne 0"
    r" = \psi_\delta'(\delta^+) = \psi_\delta'(-\delta^-)",
    chains=tuple(
        Chain(
            rf"\psi_\delta'({at})",
            quotient,
            (Step(Integer(value), f"the difference quotient from {side}", NEAR),),
        )
        for at, side, quotient, value in (
            (r"\delta^+", "the right", (influence(delta + h) - influence(delta)) / h, 0),
            (r"\delta^-", "the left", (influence(delta) - influence(delta - h)) / h, 1),
            (r"-\delta^+", "the right", (influence(-delta + h) - influence(-delta)) / h, 1),
            (r"-\delta^-", "the left", (influence(-delta) - influence(-delta - h)) / h, 0),
        )
    ),
)

objective = total(loss(residual(i)), i)
gradient_sum = -total(influence(r[i]) * X[i, j], i)
gradient_matrix = -X_.T * psi_

gradient = Derivation(
    id="huber.gradient",
    problem="2.1",
    title="Gradient of the Huber objective",
    statement=r"\nabla_w L_\delta(w) = -\sum_{i=1}^{n} \psi_\delta(r_i)\, x_i"
    r" = -X^{\top} \psi_\delta(r)",
    chains=(
        Chain(
            r"(\nabla_w L_\delta)_j",
            Derivative(objective, w[j]),
            (
                Step(
                    total(influence(r[i]) * Derivative(residual(i), w[j]), i),
                    "chain rule",
                    RESIDUALS,
                ),
                Step(
                    gradient_sum,
                    r"$r_i$ is linear in $w$: $\partial r_i / \partial w_j = -X_{ij}$",
                ),
                Step(gradient_matrix, r"with $\psi_i = \psi_\delta(r_i)$", PSI),
            ),
            indices=(j,),
        ),
    ),
)

WIDE, NARROW = Assuming(provided=Abs(r[i]) < delta), Assuming(provided=Abs(r[i]) > delta)

limits = Derivation(
    id="huber.limits",
    problem="2.1",
    title="Between least squares and least absolute deviations",
    statement=r"\nabla L_\delta \to -X^{\top} r \ (\delta \to \infty), \qquad"
    r" \tfrac{1}{\delta} \nabla L_\delta \to -X^{\top} \operatorname{sign}(r)"
    r" \ (\delta \to 0,\ r_i \ne 0)",
    remark=r"Each limit is reached: the gradients are equal once $\delta$ passes every residual.",
    chains=(
        Chain(
            r"(\nabla L_\delta)_j",
            gradient_sum,
            (
                Step(-total(r[i] * X[i, j], i), r"every $|r_i| < \delta$", WIDE),
                Step(-X_.T * r_, "the least-squares gradient"),
            ),
            indices=(j,),
        ),
        Chain(
            r"\tfrac{1}{\delta} (\nabla L_\delta)_j",
            gradient_sum / delta,
            (Step(-total(sign(r[i]) * X[i, j], i), r"every $|r_i| > \delta$", NARROW),),
            indices=(j,),
        ),
    ),
)

inside, outside_sign = array("a", n), array("s", n)
inside_, outside_sign_ = as_matrix(inside), as_matrix(outside_sign)
PARTITION = Assuming(
    definitions=(
        Definition(inside[i], indicator(Abs(r[i]) <= delta)),
        Definition(outside_sign[i], Piecewise((0, Abs(r[i]) <= delta), (sign(r[i]), True))),
    )
)

partition = Derivation(
    id="huber.partition",
    problem="2.2",
    title="Normal equations that depend on their own solution",
    statement=r"X_I^{\top} X_I\, w = X_I^{\top} y_I"
    r" + \delta \sum_{i \in O} \operatorname{sign}(r_i)\, x_i",
    remark=r"Here $a_i$ is 1 for an inlier and 0 for an outlier, $s_i$ is 0 for an inlier and the"
    r" sign of the residual for an outlier. Both depend on $w$: this breaks the single closed form."
    r" Each data set that is solved here is small enough to try all $3^n$ patterns; exactly one is"
    r" consistent with its own solution.",
    chains=(
        Chain(
            r"(\nabla_w L_\delta)_j",
            gradient_sum,
            (
                Step(
                    -total((inside[i] * r[i] + delta * outside_sign[i]) * X[i, j], i),
                    r"$a_i = \mathbf{1}[|r_i| \le \delta]$,"
                    r" $s_i = \mathbf{1}[|r_i| > \delta] \operatorname{sign}(r_i)$",
                    PARTITION,
                ),
                Step(
                    total(inside[i] * (total(X[i, k] * w[k], k) - y[i]) * X[i, j], i)
                    - delta * total(outside_sign[i] * X[i, j], i),
                    r"$r_i = y_i - x_i^{\top} w$",
                    RESIDUALS,
                ),
                Step(
                    X_.T * DiagMatrix(inside_) * X_ * w_
                    - X_.T * DiagMatrix(inside_) * y_
                    - delta * X_.T * outside_sign_,
                    "matrix form; it is zero where the normal equations hold",
                ),
            ),
            indices=(j,),
        ),
        *(
            Chain(
                rf"w^{{\star}}_{number}",
                Symbol(r"\operatorname*{arg\,min}_w L_\delta(w)"),
                (
                    Step(
                        minimiser,
                        f"of $3^{len(data.y)}$ patterns the only consistent one",
                        tactic=unique_minimiser(data),
                    ),
                ),
                because=f"data set {number}",
            )
            for number, (data, minimiser) in enumerate(SOLVED_DATA_SETS, start=1)
        ),
    ),
)

irls = Derivation(
    id="huber.irls",
    problem="2.2",
    title="A fixed point of iteratively reweighted least squares",
    statement=r"\nabla_w L_\delta(w) = -X^{\top} \Omega(r)\, r, \qquad"
    r" \Omega_{ii} = \min\left(1, \frac{\delta}{|r_i|}\right)",
    chains=(
        Chain(
            r"(\nabla_w L_\delta)_j",
            gradient_sum,
            (
                Step(
                    -total(weight(r[i]) * r[i] * X[i, j], i),
                    r"$\psi_\delta(r) = \min(1, \delta / |r|)\, r$",
                ),
                Step(
                    -X_.T * DiagMatrix(omega_) * r_,
                    r"with $\omega_i = \min(1, \delta / |r_i|)$",
                    Assuming(definitions=(Definition(omega[i], weight(r[i])),)),
                ),
            ),
            indices=(j,),
        ),
    ),
)

ridge_gradient = Derivation(
    id="huber.ridge_gradient",
    problem="2.3",
    title="Gradient with ridge regularisation",
    statement=r"\nabla_w \tilde{L}(w) = -X^{\top} \psi_\delta(r) + \lambda w",
    chains=(
        Chain(
            r"(\nabla_w \tilde{L})_j",
            Derivative(objective + lam / 2 * total(w[k] ** 2, k), w[j]),
            (
                Step(
                    gradient_sum + lam / 2 * total(2 * w[k] * KroneckerDelta(j, k), k),
                    "the Huber gradient; the penalty term by term",
                    RESIDUALS,
                ),
                Step(gradient_sum + lam * w[j], "the delta picks $k = j$"),
                Step(gradient_matrix + lam * w_, r"with $\psi_i = \psi_\delta(r_i)$", PSI),
            ),
            indices=(j,),
        ),
    ),
)

u, v = array("u", d), array("v", d)
e, f = array("r", n), array("r'", n)
psi_e, psi_f = array("psi", n), array("psi'", n)
BOTH_RESIDUALS = Assuming(
    definitions=(Definition(e[i], residual(i, u)), Definition(f[i], residual(i, v)))
)
CLIPPED = Assuming(
    definitions=(
        Definition(psi_e[i], clipped(e[i])),
        Definition(psi_f[i], clipped(f[i])),
    ),
)
difference = -total((psi_e[i] - psi_f[i]) * X[i, j], i)
monotone = total((psi_e[i] - psi_f[i]) * (e[i] - f[i]), i)
monotone_written_out = total((clipped(e[i]) - clipped(f[i])) * (e[i] - f[i]), i)
ridge_distance = lam * total((u[j] - v[j]) ** 2, j)

convex = Derivation(
    id="huber.convex",
    problem="2.2",
    title="The Huber objective is convex",
    statement=r"(\nabla L_\delta(u) - \nabla L_\delta(v))^{\top} (u - v) \ge 0",
    remark=r"$r$, $\psi$ belong to $u$ and $r'$, $\psi'$ to $v$. A differentiable function with a"
    r" monotone gradient is convex (Boyd and Vandenberghe, Convex Optimization, section 3.1).",
    chains=(
        Chain(
            r"(\nabla L_\delta(u) - \nabla L_\delta(v))^{\top} (u - v)",
            total(difference * (u[j] - v[j]), j),
            (
                Step(monotone, r"$-x_i^{\top}(u - v) = r_i - r'_i$", BOTH_RESIDUALS),
                Step(
                    Integer(0),
                    "clipping keeps the order: in each case a product of equal signs",
                    CLIPPED,
                    relation=">=",
                ),
            ),
        ),
    ),
)

strongly_convex = Derivation(
    id="huber.strongly_convex",
    problem="2.3",
    title="With ridge the objective is strongly convex",
    statement=r"(\nabla \tilde{L}(u) - \nabla \tilde{L}(v))^{\top} (u - v) \ge \lambda \|u - v\|^2",
    chains=(
        Chain(
            r"(\nabla \tilde{L}(u) - \nabla \tilde{L}(v))^{\top} (u - v)",
            total((difference + lam * (u[j] - v[j])) * (u[j] - v[j]), j),
            (
                Step(
                    monotone + ridge_distance, r"$-x_i^{\top}(u - v) = r_i - r'_i$", BOTH_RESIDUALS
                ),
                Step(
                    ridge_distance,
                    "the first sum is a sum of nonnegative terms",
                    CLIPPED,
                    relation=">=",
                ),
            ),
        ),
    ),
)

DERIVATIONS = (
    derivative,
    c1,
    not_c2,
    gradient,
    limits,
    partition,
    irls,
    convex,
    ridge_gradient,
    strongly_convex,
)
