"""Softmax with temperature: its Jacobian, what that inherits, and its limits (Problem 1.1)."""

from sympy import Derivative, DiagMatrix, Integer, KroneckerDelta, Symbol, exp

from derivations.derivation import Chain, Derivation, Step
from derivations.notation import array, as_matrix, index, size, substitute, total
from derivations.prover.facts import Assuming, Definition, Normalised
from derivations.prover.tactics import limit_at

n = size("n")
i, j, k = index("i", n), index("j", n), index("k", n)
tau = Symbol("tau", positive=True)
z, v = array("z", n), array("v", n)
y = array("y", n, positive=True)


def exponential(at):
    """e^{z_i / tau}."""
    return exp(z[at] / tau)


partition = total(exponential(k), k)
softmax = exponential(i) / partition
ABBREVIATED = Assuming(definitions=(Definition(y[i], softmax),))
SUMS_TO_ONE = Assuming(facts=(Normalised(y),))

jacobian_entry = y[i] * (KroneckerDelta(i, j) - y[j]) / tau
jacobian_matrix = (DiagMatrix(as_matrix(y)) - as_matrix(y) * as_matrix(y).T) / tau

jacobian = Derivation(
    id="softmax.jacobian",
    problem="1.1",
    title="Jacobian of the softmax with temperature",
    statement=r"\frac{\partial y}{\partial z}"
    r" = \frac{1}{\tau}\left(\operatorname{diag}(y) - y y^{\top}\right)",
    chains=(
        Chain(
            r"\frac{\partial y_i}{\partial z_j}",
            Derivative(softmax, z[j]),
            (
                Step(
                    (
                        Derivative(exponential(i), z[j]) * partition
                        - exponential(i) * Derivative(partition, z[j])
                    )
                    / partition**2,
                    "quotient rule",
                ),
                Step(
                    (
                        KroneckerDelta(i, j) * exponential(i) / tau * partition
                        - exponential(i) * total(KroneckerDelta(k, j) * exponential(k) / tau, k)
                    )
                    / partition**2,
                    "each exponential depends on its own logit alone",
                ),
                Step(
                    (
                        KroneckerDelta(i, j) * exponential(i) * partition
                        - exponential(i) * exponential(j)
                    )
                    / (tau * partition**2),
                    "the Kronecker delta picks $k = j$",
                ),
                Step(jacobian_entry, "recognise $y_i$ and $y_j$", ABBREVIATED),
                Step(jacobian_matrix, r"$\operatorname{diag}(y)_{ij} = \mathbf{1}[i = j]\, y_i$"),
            ),
            indices=(i, j),
        ),
    ),
)

row_sums = Derivation(
    id="softmax.row_sums",
    problem="1.1",
    title="Each row of the Jacobian sums to zero",
    statement=r"J \mathbf{1} = 0",
    chains=(
        Chain(
            r"\sum_j y_j",
            total(substitute(softmax, {i: j}), j),
            (Step(Integer(1), "the numerators add up to the denominator"),),
        ),
        Chain(
            r"(J \mathbf{1})_i",
            total(jacobian_entry, j),
            (
                Step(y[i] * (1 - total(y[j], j)) / tau, "sum over $j$; the delta picks $j = i$"),
                Step(Integer(0), "the probabilities sum to one", SUMS_TO_ONE),
            ),
            indices=(i,),
        ),
    ),
)

symmetry = Derivation(
    id="softmax.symmetry",
    problem="1.1",
    title="The Jacobian is symmetric",
    statement=r"J = J^{\top}",
    chains=(
        Chain(
            "J_{ij}",
            jacobian_entry,
            (
                Step((KroneckerDelta(i, j) * y[i] - y[i] * y[j]) / tau, "multiply out"),
                Step(
                    y[j] * (KroneckerDelta(j, i) - y[i]) / tau,
                    "the delta lets $y_i$ and $y_j$ change places",
                ),
            ),
            indices=(i, j),
        ),
    ),
)

mean_v = total(y[k] * v[k], k)

psd = Derivation(
    id="softmax.psd",
    problem="1.1",
    title="The Jacobian is a variance, hence positive semidefinite",
    statement=r"v^{\top} J v = \tfrac{1}{\tau} \operatorname{Var}_y(v) \ge 0",
    chains=(
        Chain(
            r"v^{\top} J v",
            total(v[i] * jacobian_entry * v[j], i, j),
            (
                Step(
                    (total(y[i] * v[i] ** 2, i) - total(y[i] * v[i], i) ** 2) / tau,
                    "the delta picks $j = i$; the other double sum factorises",
                ),
                Step(
                    total(y[i] * (v[i] - mean_v) ** 2, i) / tau,
                    "second moment minus squared mean is the variance",
                    SUMS_TO_ONE,
                ),
                Step(Integer(0), "squares with positive weights", relation=">="),
            ),
        ),
    ),
)

c = Symbol("c", real=True)

shift = Derivation(
    id="softmax.shift",
    problem="1.1",
    title="Adding a constant to all logits changes nothing",
    statement=r"y(z + c\,\mathbf{1}) = y(z)",
    chains=(
        Chain(
            r"y_i(z + c\,\mathbf{1})",
            exp((z[i] + c) / tau) / total(exp((z[k] + c) / tau), k),
            (
                Step(
                    exp(c / tau) * exponential(i) / (exp(c / tau) * partition),
                    r"$e^{c/\tau}$ is a common factor",
                ),
                Step(softmax, "it cancels"),
            ),
            indices=(i,),
        ),
    ),
)

s = Symbol("s", positive=True)
z_1, z_2, z_3 = (Symbol(f"z_{place}", real=True) for place in (1, 2, 3))
gap_2, gap_3 = Symbol("a", positive=True), Symbol("b", positive=True)
FIRST_LARGEST = Assuming(definitions=(Definition(z_2, z_1 - gap_2), Definition(z_3, z_1 - gap_3)))


def cold(place, logit, numerator, limit, because):
    """The chain of one of three probabilities as the temperature falls to 0."""
    return Chain(
        rf"\lim_{{\tau \to 0^+}} y_{place}",
        exp(logit / tau) / (exp(z_1 / tau) + exp(z_2 / tau) + exp(z_3 / tau)),
        (
            Step(
                numerator / (1 + exp(-gap_2 / tau) + exp(-gap_3 / tau)),
                r"divide by $e^{z_1 / \tau}$; $a = z_1 - z_2$, $b = z_1 - z_3$",
                FIRST_LARGEST,
            ),
            Step(Integer(limit), because, tactic=limit_at(tau, Integer(0))),
        ),
    )


limits = Derivation(
    id="softmax.limits",
    problem="1.1",
    title="Hot softmax is uniform, cold softmax is one-hot",
    statement=r"\lim_{\tau \to \infty} y_i = \tfrac{1}{n}, \qquad"
    r" \lim_{\tau \to 0^+} y = \text{one-hot at a unique maximum}",
    remark=r"With $s = 1/\tau$ the hot limit is $s \to 0$. The cold limit is shown for $n = 3$ with"
    r" $z_1$ the unique maximum: the gaps $a$ and $b$ are positive.",
    chains=(
        Chain(
            r"\lim_{s \to 0} y_i",
            exp(s * z[i]) / total(exp(s * z[k]), k),
            (
                Step(
                    1 / n,
                    "continuous at $s = 0$, where each exponential is one",
                    tactic=limit_at(s, Integer(0)),
                ),
            ),
            indices=(i,),
        ),
        cold(1, z_1, Integer(1), 1, "both exponentials vanish"),
        cold(2, z_2, exp(-gap_2 / tau), 0, "the numerator vanishes, the denominator tends to one"),
        cold(3, z_3, exp(-gap_3 / tau), 0, "the numerator vanishes, the denominator tends to one"),
    ),
)

DERIVATIONS = (jacobian, row_sums, symmetry, psd, shift, limits)
