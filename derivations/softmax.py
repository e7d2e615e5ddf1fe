"""Softmax with temperature: its Jacobian, what that inherits, and its limits (Problem 1.1)."""

from sympy import Derivative, DiagMatrix, Integer, KroneckerDelta, Ne, Piecewise, Symbol, exp, oo

from derivations.derivation import Approach, Chain, Derivation, Step
from derivations.entries import as_matrix
from derivations.notation import array, index, size, substitute, total
from derivations.prover.facts import Assuming, Definition, Normalised

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
            whole=r"\frac{\partial y}{\partial z}",
        ),
    ),
)

row_sums = Derivation(
    id="softmax.row_sums",
    problem="1.1",
    title="Each row of the Jacobian sums to zero",
    chains=(
        Chain(
            r"\sum_j y_j",
            total(substitute(softmax, {i: j}), j),
            (Step(Integer(1), "the numerators add up to the denominator"),),
            lemma=True,
        ),
        Chain(
            r"(J \mathbf{1})_i",
            total(jacobian_entry, j),
            (
                Step(y[i] * (1 - total(y[j], j)) / tau, "sum over $j$; the delta picks $j = i$"),
                Step(Integer(0), "the probabilities sum to one", SUMS_TO_ONE),
            ),
            indices=(i,),
            whole=r"J \mathbf{1}",
        ),
    ),
)

symmetry = Derivation(
    id="softmax.symmetry",
    problem="1.1",
    title="The Jacobian is symmetric",
    chains=(
        Chain(
            "J_{ji}",
            substitute(jacobian_entry, {i: j, j: i}),
            (
                Step(
                    jacobian_entry,
                    "the delta lets $y_i$ and $y_j$ change places",
                ),
                Step(jacobian_matrix, "this is $J$ again"),
            ),
            indices=(i, j),
            whole=r"J^{\top}",
        ),
    ),
)

mean_v = total(y[k] * v[k], k)

psd = Derivation(
    id="softmax.psd",
    problem="1.1",
    title="The Jacobian is a variance, hence positive semidefinite",
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
    chains=(
        Chain(
            r"y_i(z + c\,\mathbf{1})",
            exp((z[i] + c) / tau) / total(exp((z[k] + c) / tau), k),
            (Step(softmax, r"$e^{c/\tau}$ is a common factor and cancels"),),
            indices=(i,),
        ),
    ),
)

constant = Assuming(definitions=(Definition(v[i], c),), facts=(Normalised(y),))
image = array("u", n)
NOTHING_LEFT = Assuming(definitions=(Definition(image[i], Integer(0)),))

kernel = Derivation(
    id="softmax.kernel",
    problem="1.1",
    title="The Jacobian loses the constant vectors, and no others",
    remark=r"$\bar v = \sum_k y_k v_k$ is the mean of $v$ under $y$.",
    chains=(
        Chain(
            r"(J\, c\mathbf{1})_i",
            total(jacobian_entry * v[j], j),
            (
                Step(y[i] * (v[i] - mean_v) / tau, "sum over $j$; the delta picks $j = i$"),
                Step(Integer(0), "$v_i = c$ is its own mean", constant),
            ),
            indices=(i,),
            because="with $v_j = c$ for every $j$",
            whole=r"J\, c \mathbf{1}",
        ),
        Chain(
            r"(v_i - \bar v)\big|_{J v = 0}",
            v[i] - mean_v,
            (
                Step(
                    tau / y[i] * image[i],
                    "divide $(Jv)_i = u_i$ by $y_i > 0$",
                    Assuming(definitions=(Definition(image[i], total(jacobian_entry * v[j], j)),)),
                ),
                Step(Integer(0), "each $v_i$ is the mean, if $Jv = 0$", NOTHING_LEFT),
            ),
            indices=(i,),
            because=r"with the mean $\bar v = \sum_k y_k v_k$",
        ),
    ),
)

m = index("m", n)
COLD = Approach(tau, Integer(0))
gap, slack = Symbol("a", positive=True), array("s", n, nonnegative=True)
rest = array("R", n, nonnegative=True)


def sum_of_others(term):
    """sum_k [k != m] term."""
    return total(Piecewise((term, Ne(k, m)), (0, True)), k)


OTHERS = Assuming(definitions=(Definition(rest[m], sum_of_others(exp((z[k] - z[m]) / tau))),))
APART = Assuming(definitions=(Definition(rest[m], sum_of_others(exp(-(gap + slack[k]) / tau))),))

tied, fewer = size("p"), Symbol("r", integer=True, nonnegative=True)
largest, place = Symbol("M", real=True), index("k", fewer)
lower, excess = array("z", fewer), array("b", fewer, nonnegative=True)
LOWER = Assuming(definitions=(Definition(lower[place], largest - gap - excess[place]),))
lower_sum = total(exp(lower[place] / tau), place)

limits = Derivation(
    id="softmax.limits",
    problem="1.1",
    title="Hot softmax is uniform, cold softmax is one-hot",
    remark=r"The largest logit is ahead of every lower one by $a > 0$ or more. Where it is one"
    r" alone, $z_m$, it is ahead of $z_k$ by $a + s_k$ with $s_k \ge 0$. Where $p$ tie for it, each"
    r" of them gets the same share, $y_{\max}$, and the $r$ others are behind by $a + b_k$ with"
    r" $b_k \ge 0$.",
    chains=(
        Chain(
            r"y_i(z; \tau)",
            softmax,
            (Step(1 / n, "each exponential tends to one", toward=Approach(tau, oo)),),
            indices=(i,),
        ),
        Chain(
            "y_m",
            exp(z[m] / tau) / partition,
            (
                Step(
                    1 / (1 + rest[m]),
                    r"divide by $e^{z_m / \tau}$; $R_m = \sum_{k \ne m} e^{(z_k - z_m) / \tau}$",
                    OTHERS,
                ),
            ),
            indices=(m,),
            lemma=True,
        ),
        Chain(
            "1 - y_m",
            1 - 1 / (1 + rest[m]),
            (
                Step(rest[m], "$1 - y_m = R_m y_m$", APART, "<="),
                Step(sum_of_others(exp(-gap / tau)), "$z_m - z_k = a + s_k \\ge a$", APART, "<="),
                Step((n - 1) * exp(-gap / tau), "all terms but one are alike"),
                Step(Integer(0), "exponentially fast", toward=COLD),
            ),
            indices=(m,),
            because="as above",
        ),
        Chain(
            r"y_{\max}",
            exp(largest / tau)
            / (tied * exp(largest / tau) + total(exp(lower[place] / tau), place)),
            (
                Step(
                    1 / (tied + total(exp(-(gap + excess[place]) / tau), place)),
                    r"divide by $e^{M / \tau}$; $z_k = M - a - b_k$",
                    LOWER,
                ),
                Step(1 / tied, "the others vanish, uniform over the largest", toward=COLD),
            ),
            because="$p$ logits are the largest, $M$, and $r$ are not",
        ),
    ),
)

DERIVATIONS = (jacobian, row_sums, symmetry, psd, kernel, shift, limits)
