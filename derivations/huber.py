"""Huber regression: gradient, smoothness, limits, convexity and the exact minimiser (Problem 2)."""

from sympy import (
    Abs,
    And,
    Derivative,
    DiagMatrix,
    Integer,
    KroneckerDelta,
    Piecewise,
    Rational,
    Symbol,
    Tuple,
    sign,
)

from derivations.derivation import Approach, Chain, Derivation, Step
from derivations.entries import as_matrix
from derivations.huber_minimiser import DataSet, unique_minimiser
from derivations.latex import to_latex
from derivations.notation import array, index, indicator, size, total
from derivations.prover.facts import Assuming, Definition
from derivations.prover.tactics import cited

n, d = size("n"), size("d")
i, j, k = index("i", n), index("j", d), index("k", d)
X, y, w = array("X", n, d), array("y", n), array("w", d)
r, psi, omega = array("r", n), array("psi", n), array("omega", n)
delta, lam = Symbol("delta", positive=True), Symbol("lambda", positive=True)
rho = Symbol("r", real=True)
EXAMPLE = DataSet(((1,), (2,), (4,), (9,)), tuple(map(Rational, (1, 2, 12, 9))), Rational(1))
"""Features without small integer relations: no pattern without enough inliers has a solution."""
EXAMPLE_MINIMISER = Tuple(Rational(45, 43))
signs = array("s", n)
X_, y_, w_, r_, psi_, omega_, signs_ = map(as_matrix, (X, y, w, r, psi, omega, signs))


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


NAMED = ((r"\ell_\delta", loss), (r"\psi_\delta", influence))
"""What is printed by its name where its cases would not fit on a line."""


def residual(at, weights=w):
    """r_i(w) = y_i - w^T x_i."""
    return y[at] - total(X[at, k] * weights[k], k)


def beyond(residual):
    """max(|r|, delta)."""
    return Piecewise((delta, Abs(residual) <= delta), (Abs(residual), True))


h = Symbol("h", positive=True)

RESIDUALS = Assuming(definitions=(Definition(r[i], residual(i)),))
PSI = Assuming(definitions=(Definition(psi[i], influence(r[i])),))
NEAR = Assuming(provided=h < delta, eventually=True)
AT_ONCE = Approach(h, Integer(0))
SIDES = {"+": "right", "-": "left"}
EDGES = tuple((edge, side) for edge in (1, -1) for side in SIDES)
"""The thresholds delta and -delta, from the right and from the left."""


def beside(edge, side):
    """The point at the distance h from the threshold edge * delta."""
    return edge * delta + (h if side == "+" else -h)


def is_inside(edge, side):
    """Whether that point is where the loss is quadratic."""
    return (edge == 1) == (side == "-")


def name_beside(function, edge, side):
    """The name of a function's value beside a threshold."""
    return rf"{function}({to_latex(edge * delta)}^{side})"


def name_at_distance(function, edge, side):
    """The name of a function's value at the distance h from a threshold."""
    return rf"{function}({to_latex(beside(edge, side))})"


def one_sided_slope(name, function, edge, side, value, quotient, lemma=False):
    """The chain of the slope of a function beside a threshold, the limit of quotients over h."""
    rise = function(beside(edge, side)) - function(edge * delta)
    steps = [Step(quotient, "the difference quotient", NEAR)] if quotient != value else []
    return Chain(
        name_beside(name, edge, side),
        rise / h if side == "+" else -rise / h,
        (*steps, Step(value, f"from the {SIDES[side]}", NEAR, toward=AT_ONCE)),
        because=r"this quotient as $h \to 0^+$",
        lemma=lemma,
    )


derivative = Derivation(
    id="huber.derivative",
    problem="2.1",
    title="Derivative of the Huber loss",
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
            one_sided_slope(
                r"\ell_\delta'",
                loss,
                edge,
                side,
                edge * delta,
                edge * (delta - h / 2) if is_inside(edge, side) else edge * delta,
                lemma=True,
            )
            for edge, side in EDGES
        ),
    ),
)

c1 = Derivation(
    id="huber.c1",
    problem="2.1",
    title="The derivative is continuous at the thresholds",
    chains=tuple(
        Chain(
            name_at_distance(r"\psi_\delta", edge, side),
            influence(beside(edge, side)),
            (
                *([Step(beside(edge, side), "inside", NEAR)] if is_inside(edge, side) else []),
                Step(edge * delta, "continuous", NEAR, toward=AT_ONCE),
            ),
        )
        for edge, side in EDGES
    ),
)

not_c2 = Derivation(
    id="huber.not_c2",
    problem="2.1",
    title="The second derivative jumps at the thresholds",
    chains=tuple(
        one_sided_slope(r"\psi_\delta'", influence, edge, side, slope, slope)
        for edge, side in EDGES
        for slope in [Integer(is_inside(edge, side))]
    ),
)

objective = total(loss(residual(i)), i)
gradient_sum = -total(influence(r[i]) * X[i, j], i)
gradient_matrix = -X_.T * psi_

gradient = Derivation(
    id="huber.gradient",
    problem="2.1",
    title="Gradient of the Huber objective",
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
            stated=2,
        ),
    ),
)

SIGNS = Assuming(definitions=(Definition(signs[i], sign(r[i])),))
WIDE, NARROW = Assuming(provided=Abs(r[i]) < delta), Assuming(provided=Abs(r[i]) > delta)

limits = Derivation(
    id="huber.limits",
    problem="2.1",
    title="Between least squares and least absolute deviations",
    chains=(
        Chain(
            r"(\nabla L_\delta)_j",
            gradient_sum,
            (
                Step(-total(r[i] * X[i, j], i), r"every $|r_i| < \delta$", WIDE),
                Step(-X_.T * r_, "the least-squares gradient"),
            ),
            indices=(j,),
            whole=r"\nabla L_\delta",
        ),
        Chain(
            r"\tfrac{1}{\delta} (\nabla L_\delta)_j",
            gradient_sum / delta,
            (
                Step(-total(sign(r[i]) * X[i, j], i), r"every $|r_i| > \delta$", NARROW),
                Step(
                    -X_.T * signs_,
                    "least absolute deviations, with $s_i = \\operatorname{sign}(r_i)$",
                    SIGNS,
                ),
            ),
            indices=(j,),
            whole=r"\tfrac{1}{\delta} \nabla L_\delta",
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
    remark=r"Here $a_i$ is 1 for an inlier and 0 for an outlier, $s_i$ is 0 for an inlier and the"
    r" sign of the residual for an outlier. Both depend on $w$: no single closed form is left.",
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
            whole=r"\nabla_w L_\delta(w)",
        ),
    ),
)

minimiser = Derivation(
    id="huber.minimiser",
    problem="2.2",
    title="The exact minimiser of one small data set",
    remark=r"Each of the $3^4 = 81$ patterns of inliers and signs has its own normal equations. One"
    r" solution alone has the very pattern that it was solved for.",
    chains=(
        Chain(
            r"w^{\star}\big|_{X = (1, 2, 4, 9), y = (1, 2, 12, 9), \delta = 1}",
            Symbol(r"\operatorname*{arg\,min}_w L_\delta(w)"),
            (
                Step(
                    EXAMPLE_MINIMISER,
                    "of 81 patterns the only consistent one",
                    tactic=unique_minimiser(EXAMPLE),
                ),
            ),
        ),
    ),
)

WEIGHTS = Assuming(definitions=(Definition(omega[i], weight(r[i])),))

irls = Derivation(
    id="huber.irls",
    problem="2.2",
    title="A fixed point of iteratively reweighted least squares",
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
                    WEIGHTS,
                ),
            ),
            indices=(j,),
            whole=r"\nabla_w L_\delta(w)",
        ),
    ),
)

ridge_gradient = Derivation(
    id="huber.ridge_gradient",
    problem="2.3",
    title="Gradient with ridge regularisation",
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
            stated=2,
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

theta = Symbol("theta", nonnegative=True)
between = array("zeta", n)
SHARE = Assuming(provided=theta <= 1)
MIXED = Assuming(
    definitions=(Definition(between[i], (1 - theta) * e[i] + theta * f[i]),), provided=theta <= 1
)


def tangent(at):
    """The tangent that touches the loss at zeta_i."""
    return loss(between[i]) + influence(between[i]) * (at - between[i])


convex = Derivation(
    id="huber.convex",
    problem="2.2",
    title="The Huber objective is convex",
    remark=r"$r$ belongs to $u$, $r'$ to $v$ and $\zeta$ to the point between them.",
    chains=(
        Chain(
            r"(1 - \theta) L_\delta(u) + \theta L_\delta(v)"
            r" - L_\delta((1 - \theta) u + \theta v)",
            total((1 - theta) * loss(e[i]) + theta * loss(f[i]) - loss(between[i]), i),
            (
                Step(
                    total((1 - theta) * tangent(e[i]) + theta * loss(f[i]) - loss(between[i]), i),
                    r"the tangent at $\zeta_i$ lies below the loss, at $r_i$",
                    SHARE,
                    ">=",
                ),
                Step(
                    total(
                        (1 - theta) * tangent(e[i]) + theta * tangent(f[i]) - loss(between[i]), i
                    ),
                    "and at $r'_i$",
                    SHARE,
                    ">=",
                ),
                Step(
                    Integer(0),
                    r"$\zeta_i = (1 - \theta) r_i + \theta r'_i$: it meets itself",
                    MIXED,
                ),
            ),
            named=NAMED,
        ),
    ),
)

strongly_convex = Derivation(
    id="huber.strongly_convex",
    problem="2.3",
    title="With ridge the objective is strongly convex",
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

LEAST_BOUND = Symbol(r"\min_P \inf_{w \in P} L_\delta(w)")
LEAST_VALUE = Symbol(r"\min_P \min_{w \in P} L_\delta(w)")

minimiser_exists = Derivation(
    id="huber.minimiser_exists",
    problem="2.2",
    title="A minimiser exists",
    remark=r"$P$ runs over the closed polyhedra on each of which every residual keeps to one of"
    r" $r_i \le -\delta$, $|r_i| \le \delta$ and $r_i \ge \delta$. There are at most $3^n$ of them,"
    r" and together they are the whole space. $L_\delta$ is continuous, so that the quadratic of a"
    r" pattern is $L_\delta$ on its boundary too.",
    chains=(
        Chain(
            r"L_\delta(w)",
            total(loss(r[i]), i),
            (
                Step(
                    total(
                        inside[i] * r[i] ** 2 / 2
                        + (1 - inside[i]) * (delta * outside_sign[i] * r[i] - delta**2 / 2),
                        i,
                    ),
                    "on one pattern a quadratic in $w$",
                    PARTITION,
                ),
                Step(Integer(0), "no term is negative", PARTITION, ">="),
            ),
        ),
        Chain(
            r"\inf_w L_\delta(w)",
            LEAST_BOUND,
            (
                Step(
                    LEAST_VALUE,
                    "Frank and Wolfe (1956, appendix): on a polyhedron a quadratic that is bounded"
                    " below has a minimum",
                    tactic=cited(LEAST_BOUND, LEAST_VALUE),
                ),
            ),
            because="the least over finitely many patterns",
        ),
    ),
)

q = array("q", d)
step, moved = array("p", d), array("e", n)
gap = delta * (beyond(r[i]) - beyond(moved[i])) ** 2 / (2 * beyond(r[i]))
weighted_change = weight(r[i]) * (moved[i] ** 2 - r[i] ** 2) / 2
stretch = total(X[i, k] * step[k], k)
NORMAL = Assuming(
    definitions=(
        Definition(r[i], moved[i] + stretch),
        Definition(q[j], total(omega[i] * moved[i] * X[i, j], i)),
    )
)

irls_descent = Derivation(
    id="huber.irls_descent",
    problem="2.2",
    title="No step of iteratively reweighted least squares increases the objective",
    remark=r"$w^+$ is any solution of the normal equations weighted at $w$, the only one where $X$"
    r" has full column rank; $p = w^+ - w$, and $e$ are the residuals at $w^+$.",
    chains=(
        Chain(
            r"L_\delta(w^+) - L_\delta(w)",
            total(loss(moved[i]) - loss(r[i]), i),
            (
                Step(
                    total(weighted_change - gap, i),
                    "the weighted square touches the loss at $r_i$ and lies above it elsewhere",
                    relation="<=",
                ),
                Step(total(weighted_change, i), "the gap is a square", relation="<="),
                Step(
                    total(omega[i] * (moved[i] ** 2 - r[i] ** 2), i) / 2,
                    r"with $\omega_i = \min(1, \delta / |r_i|)$",
                    WEIGHTS,
                ),
                Step(
                    -total(q[j] * step[j], j) - total(omega[i] * stretch**2, i) / 2,
                    r"$r_i = e_i + x_i^{\top} p$ and $q = X^{\top} \Omega e$",
                    NORMAL,
                ),
                Step(
                    -total(omega[i] * stretch**2, i) / 2,
                    "$w^+$ solves the normal equations $q = 0$",
                    Assuming(definitions=(Definition(q[j], Integer(0)),)),
                ),
                Step(Integer(0), "no weight is negative", WEIGHTS, "<="),
            ),
            named=NAMED,
        ),
    ),
)

p = Symbol("p", positive=True)
penalty = Symbol("lambda", nonnegative=True)  # here there may be none
loss_u, loss_v, lost_u, lost_v = (Symbol(f"{x}_{at}", real=True) for x in "Le" for at in "uv")
square_u, square_v = total(u[k] ** 2, k), total(v[k] ** 2, k)
LOST = Assuming(
    definitions=(
        Definition(
            lost_u, loss_u + (penalty + p) / 2 * square_u - loss_v - (penalty + p) / 2 * square_v
        ),
        Definition(lost_v, loss_v + penalty / 2 * square_v - loss_u - penalty / 2 * square_u),
    )
)
OPTIMAL = Assuming(provided=And(lost_u >= 0, lost_v >= 0))

s, c = Symbol("s", positive=True), Symbol("c", real=True)
x, w_0 = Symbol("x", real=True), Symbol("w_0", real=True)
WITHOUT_RIDGE = Definition(w_0, c / s)
SHRUNK = Assuming(definitions=(Definition(x, s**2 / (s**2 + penalty) * w_0), WITHOUT_RIDGE))

ridge_shrinks = Derivation(
    id="huber.ridge_shrinks",
    problem="2.3",
    title="Ridge shrinks the solution",
    remark=r"For any loss $L$, $u$ minimises $L + \tfrac{\lambda}{2} \|w\|^2$ and $v$ the same with"
    r" $\lambda + p$; $e_u$ is how much worse $u$ does than $v$ under the penalty $\lambda + p$,"
    r" $e_v$ how much worse $v$ does than $u$ under $\lambda$. With $\lambda = 0$ ridge is compared"
    r" with none. For least squares each singular direction of $X$ stands alone: $s$ is its"
    r" singular value, $c$ the coordinate of $y$, and $w_0 = c / s$ the solution without ridge.",
    chains=(
        Chain(
            r"|u|^2 - |v|^2",
            square_u - square_v,
            (
                Step(2 / p * (lost_u + lost_v), "add both differences: the losses cancel", LOST),
                Step(Integer(0), "each is the best where it was chosen", OPTIMAL, ">="),
            ),
        ),
        Chain(
            r"\frac{\mathrm{d}}{\mathrm{d}x}\left(\tfrac{1}{2} (c - s x)^2"
            r" + \tfrac{\lambda}{2} x^2\right)",
            Derivative((c - s * x) ** 2 / 2 + penalty / 2 * x**2, x),
            (
                Step((s**2 + penalty) * x - s * c, "one singular direction"),
                Step(Integer(0), r"at $x = \frac{s^2}{s^2 + \lambda} w_0$", SHRUNK),
            ),
            lemma=True,
        ),
        Chain(
            r"w_\lambda",
            s * c / (s**2 + penalty),
            (
                Step(
                    s**2 / (s**2 + penalty) * w_0,
                    "$w_0 = c / s$",
                    Assuming(definitions=(WITHOUT_RIDGE,)),
                ),
            ),
            because="where that derivative is 0",
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
    minimiser,
    minimiser_exists,
    convex,
    irls,
    irls_descent,
    ridge_gradient,
    strongly_convex,
    ridge_shrinks,
)
