"""Adam for one parameter: the first two updates, every moment, scale, and epsilon (Problem 3)."""

from dataclasses import replace

from sympy import Abs, And, Integer, Ne, Rational, Symbol, oo, sqrt

from derivations.derivation import Approach, Chain, Derivation, Step
from derivations.notation import array, index, sequence, time, total
from derivations.prover.facts import Assuming, Definition
from derivations.prover.tactics import induction, induction_on_sum, squared

t = time("t")
k = index("k", t)
g, m, v, w = map(sequence, ("g", "m", "v", "w"))
change = sequence("Delta")
alpha, epsilon, c = (Symbol(name, positive=True) for name in ("alpha", "epsilon", "c"))
beta1, beta2 = Symbol("beta_1", nonnegative=True), Symbol("beta_2", nonnegative=True)
BELOW_ONE = And(beta1 < 1, beta2 < 1)
gamma = Symbol("gamma", real=True)

g1, g2 = Symbol("g_1", real=True), Symbol("g_2", real=True)
w1, w2, w3 = (Symbol(f"w_{step}", real=True) for step in (1, 2, 3))
m0, m1, m2, v0, v1, v2, mhat1, mhat2, vhat1, vhat2 = (
    Symbol(name, real=True)
    for name in ("m_0", "m_1", "m_2", "v_0", "v_1", "v_2", "mhat_1", "mhat_2", "vhat_1", "vhat_2")
)

HOMEWORK = {
    w3: w2 - alpha * mhat2 / (sqrt(vhat2) + epsilon),
    mhat2: m2 / (1 - beta1**2),
    vhat2: v2 / (1 - beta2**2),
    m2: beta1 * m1 + (1 - beta1) * g2,
    v2: beta2 * v1 + (1 - beta2) * g2**2,
    w2: w1 - alpha * mhat1 / (sqrt(vhat1) + epsilon),
    mhat1: m1 / (1 - beta1),
    vhat1: v1 / (1 - beta2),
    m1: beta1 * m0 + (1 - beta1) * g1,
    v1: beta2 * v0 + (1 - beta2) * g1**2,
    m0: Integer(0),
    v0: Integer(0),
}
INSERTED = Assuming(
    definitions=tuple(Definition(name, body) for name, body in HOMEWORK.items()),
    provided=BELOW_ONE,
)
FADING = Assuming(provided=BELOW_ONE)


def defined(name, quantity, *steps):
    """The chain of a quantity from its definition to an expression in gradients alone."""
    return Chain(
        name,
        HOMEWORK[quantity],
        tuple(Step(expression, because, INSERTED) for expression, because in steps),
    )


first_update = alpha * g1 / (Abs(g1) + epsilon)
mean_of_two = (beta1 * g1 + g2) / (1 + beta1)
square_of_two = (beta2 * g1**2 + g2**2) / (1 + beta2)

step1 = Derivation(
    id="adam.step1",
    problem="3.1",
    title="The first Adam update",
    remark=r"$\varepsilon$ stands outside the root and after the bias correction, as in the"
    r" homework, in Kingma and Ba (2015, Algorithm 1), in PyTorch and in optax. Keras and ONNX add"
    r" it to the uncorrected root (the paper's $\hat\varepsilon$), which is another function.",
    chains=(
        defined("m_1", m1, ((1 - beta1) * g1, "$m_0 = 0$")),
        defined("v_1", v1, ((1 - beta2) * g1**2, "$v_0 = 0$")),
        defined(r"\hat m_1", mhat1, (g1, r"insert $m_1$; $1 - \beta_1$ cancels")),
        defined(r"\hat v_1", vhat1, (g1**2, r"insert $v_1$; $1 - \beta_2$ cancels")),
        defined(
            "w_2",
            w2,
            (w1 - first_update, r"insert $\hat m_1$ and $\hat v_1$; $\sqrt{g_1^2} = |g_1|$"),
        ),
    ),
)

step2 = Derivation(
    id="adam.step2",
    problem="3.1",
    title="The second Adam update",
    remark="Both corrected moments are weighted means: their weights sum to one.",
    chains=(
        defined(
            "m_2",
            m2,
            (beta1 * (1 - beta1) * g1 + (1 - beta1) * g2, "insert $m_1$"),
            ((1 - beta1) * (beta1 * g1 + g2), r"$1 - \beta_1$ in front"),
        ),
        defined(
            "v_2",
            v2,
            (beta2 * (1 - beta2) * g1**2 + (1 - beta2) * g2**2, "insert $v_1$"),
            ((1 - beta2) * (beta2 * g1**2 + g2**2), r"$1 - \beta_2$ in front"),
        ),
        defined(
            r"\hat m_2",
            mhat2,
            ((1 - beta1) * (beta1 * g1 + g2) / (1 - beta1**2), "insert $m_2$"),
            (mean_of_two, r"$1 - \beta_1^2 = (1 - \beta_1)(1 + \beta_1)$"),
        ),
        defined(
            r"\hat v_2",
            vhat2,
            ((1 - beta2) * (beta2 * g1**2 + g2**2) / (1 - beta2**2), "insert $v_2$"),
            (square_of_two, r"$1 - \beta_2^2 = (1 - \beta_2)(1 + \beta_2)$"),
        ),
        defined(
            "w_3",
            w3,
            (w1 - first_update - alpha * mhat2 / (sqrt(vhat2) + epsilon), "insert $w_2$"),
            (
                w1 - first_update - alpha * mean_of_two / (sqrt(square_of_two) + epsilon),
                r"insert $\hat m_2$ and $\hat v_2$",
            ),
        ),
    ),
)


def average(beta, value):
    """(1 - beta) sum_k beta^(t - k) value_k: what a moving average unrolls to."""
    return (1 - beta) * total(beta ** (t - k) * value, k)


moments = Derivation(
    id="adam.moments",
    problem="3.1",
    title="The moments at every step, and why they are corrected",
    remark=r"The weights of the past gradients sum to $1 - \beta^t$ instead of one, because the"
    r" average starts at zero. Division by $1 - \beta^t$ makes $\hat m_t$ and $\hat v_t$ weighted"
    r" means: of gradients with one expectation $\gamma$, $\hat m_t$ has the expectation $\gamma$.",
    chains=(
        Chain(
            "m_t",
            beta1 * m[t - 1] + (1 - beta1) * g[t],
            (Step(average(beta1, g[k]), "unroll from $m_0 = 0$", tactic=induction(m[t - 1], t)),),
        ),
        Chain(
            "v_t",
            beta2 * v[t - 1] + (1 - beta2) * g[t] ** 2,
            (
                Step(
                    average(beta2, g[k] ** 2),
                    "unroll from $v_0 = 0$",
                    tactic=induction(v[t - 1], t),
                ),
            ),
        ),
        Chain(
            r"\text{weights of } m_t",
            average(beta1, 1),
            (Step(1 - beta1**t, "a geometric series", tactic=induction_on_sum(t, FADING)),),
            because="the factors of $g_1, \\dots, g_t$",
        ),
        Chain(
            r"\text{weights of } v_t",
            average(beta2, 1),
            (Step(1 - beta2**t, "a geometric series", tactic=induction_on_sum(t, FADING)),),
            because="the factors of $g_1^2, \\dots, g_t^2$",
        ),
        Chain(
            r"\mathbb{E}[m_t]",
            average(beta1, gamma),
            (
                Step(
                    (1 - beta1**t) * gamma,
                    r"biased towards zero by $1 - \beta_1^t$",
                    tactic=induction_on_sum(t, FADING),
                ),
            ),
            because=r"with $\mathbb{E}[g_k] = \gamma$",
        ),
    ),
)


def update(factor, epsilon):
    """alpha mhat_t / (sqrt(vhat_t) + epsilon) of the gradients times `factor`."""
    mean = average(beta1, factor * g[k]) / (1 - beta1**t)
    square = average(beta2, (factor * g[k]) ** 2) / (1 - beta2**t)
    return alpha * mean / (sqrt(square) + epsilon)


STARTED = Assuming(provided=And(BELOW_ONE, beta1**t < 1, beta2**t < 1))
mean = average(beta1, g[k]) / (1 - beta1**t)
square = average(beta2, g[k] ** 2)
root = sqrt(square / (1 - beta2**t))
MOVED = Assuming(provided=And(STARTED.provided, total(beta2 ** (t - k) * g[k] ** 2, k) > 0))

scale = Derivation(
    id="adam.scale",
    problem="3.2",
    title="Gradients times a constant c > 0",
    remark=r"$\Delta_t = w_t - w_{t+1}$. Larger gradients act like a smaller $\varepsilon$; without"
    r" $\varepsilon$ the scale is invisible.",
    chains=(
        Chain(
            r"\Delta_t(c g; \varepsilon)",
            update(c, epsilon),
            (
                Step(
                    alpha * c * mean / (c * root + epsilon),
                    "$c$ leaves the first sum; $c^2$ leaves the second, $c$ the root",
                    STARTED,
                ),
                Step(update(1, epsilon / c), "divide numerator and denominator by $c$", STARTED),
            ),
        ),
        Chain(
            r"\Delta_t(c g; 0)",
            update(c, 0),
            (Step(update(1, 0), "$c$ cancels", MOVED),),
        ),
        Chain(
            "w_{t+1}",
            w[t] - change[t],
            (
                Step(
                    w1 - total(change[k], k),
                    r"equal $\Delta_k$ from one $w_1$ give equal $w_{t+1}$",
                    tactic=induction(w[t], t, start=w1),
                ),
            ),
        ),
    ),
)

step_size = Derivation(
    id="adam.step_size",
    problem="3.2",
    title="The first step is never longer than the learning rate",
    chains=(
        Chain(
            "|w_2 - w_1|",
            Abs(HOMEWORK[w2] - w1),
            (
                Step(
                    alpha * Abs(g1) / (Abs(g1) + epsilon),
                    r"insert $\hat m_1$ and $\hat v_1$",
                    INSERTED,
                ),
                Step(
                    alpha * (1 - epsilon / (Abs(g1) + epsilon)),
                    r"$|g_1| = (|g_1| + \varepsilon) - \varepsilon$",
                ),
                Step(alpha, r"$\varepsilon > 0$", relation="<"),
            ),
        ),
    ),
)

AT_REST = Assuming(definitions=(Definition(g1, Integer(0)),))
RISING = Assuming(provided=g1 > 0, eventually=True)
FALLING = Assuming(provided=g1 < 0, eventually=True)

without_gradient = Derivation(
    id="adam.epsilon",
    problem="3.2",
    title="What epsilon is for: a vanishing gradient",
    remark=r"Without $\varepsilon$ a gradient of zero divides zero by zero: the step jumps from"
    r" $\alpha$ to $-\alpha$ there and has no value. With it the step is zero.",
    chains=(
        Chain(
            r"(w_2 - w_1)\big|_{g_1 = 0}",
            -first_update,
            (Step(Integer(0), r"zero over $\varepsilon > 0$", AT_REST),),
        ),
        Chain(
            r"(w_2 - w_1)\big|_{\varepsilon = 0, g_1 > 0}",
            -alpha * g1 / Abs(g1),
            (Step(-alpha, "$g_1 / |g_1| = 1$", RISING, toward=Approach(g1, Integer(0))),),
        ),
        Chain(
            r"(w_2 - w_1)\big|_{\varepsilon = 0, g_1 < 0}",
            -alpha * g1 / Abs(g1),
            (Step(alpha, "$g_1 / |g_1| = -1$", FALLING, toward=Approach(g1, Integer(0), "-")),),
        ),
    ),
)

a, b = sequence("a"), array("b", oo, positive=True)
weighted_mean, weighted_square = total(a[k] * g[k], k), total(b[k] * g[k] ** 2, k)
reach = total(a[k] ** 2 / b[k], k)
divisor = sqrt(weighted_square) + epsilon
distances = total(b[k] * (reach * g[k] - a[k] / b[k] * weighted_mean) ** 2, k)
SURPLUS = (
    alpha**2 * distances / (reach * divisor**2)
    + alpha**2 * reach * epsilon * (divisor + sqrt(weighted_square)) / divisor**2
)

WEIGHTED = Assuming(provided=reach > 0)
rho = Symbol("rho", real=True)
decay2 = Symbol("beta_2", positive=True)  # here beta_2 divides
WARM = And(beta1 < 1, decay2 < 1, beta1**t < 1, decay2**t < 1)
RATIO = Assuming(
    definitions=(Definition(rho, beta1**2 / decay2),),
    provided=And(beta1 < 1, decay2 < 1, beta1**2 < decay2),
)
BELOW = Assuming(provided=And(beta1 < 1, decay2 < 1))
AT_STEP = replace(RATIO, provided=WARM)
SHRINKING = Assuming(provided=Abs(rho) < 1)
DEFAULTS = Assuming(
    definitions=(Definition(beta1, Rational(9, 10)), Definition(decay2, Rational(999, 1000)))
)
weight_of_mean = (1 - beta1) * beta1 ** (t - k) / (1 - beta1**t)
weight_of_square = (1 - decay2) * decay2 ** (t - k) / (1 - decay2**t)
start_up = (1 - beta1) / (1 - beta1**t)
mean_t, square_t = Symbol("mhat_t", real=True), Symbol("vhat_t", real=True)
LONE = Assuming(
    definitions=(
        Definition(mean_t, start_up * gamma),
        Definition(square_t, (1 - decay2) * gamma**2 / (1 - decay2**t)),
    ),
    provided=And(WARM, Ne(gamma, 0)),
)
limit_of_reach = (1 - beta1) ** 2 / ((1 - decay2) * (1 - beta1**2 / decay2))
limit_of_lone = (1 - beta1) ** 2 / (1 - decay2)

step_bound = Derivation(
    id="adam.step_bound",
    problem="3.2",
    title="Every step is bounded in units of the learning rate",
    remark=r"Here $a_k$ and $b_k > 0$ are the weights of gradients in $\hat m_t$ and of squares in"
    r" $\hat v_t$, and $\rho = \beta_1^2 / \beta_2$. Gradients proportional to $a_k / b_k$ reach"
    r" the bound as $\varepsilon \to 0$. After silence means: one gradient $\gamma \ne 0$ after"
    r" many that are 0, with $\varepsilon = 0$.",
    chains=(
        Chain(
            r"|\Delta_t|",
            alpha * Abs(weighted_mean) / divisor,
            (
                Step(
                    alpha * sqrt(reach),
                    "Cauchy and Schwarz: the squares differ by a sum of squares",
                    WEIGHTED,
                    "<=",
                    squared(SURPLUS, WEIGHTED),
                ),
            ),
            because=r"with $\hat m_t = \sum_k a_k g_k$ and $\hat v_t = \sum_k b_k g_k^2$",
        ),
        Chain(
            "a_k^2 / b_k",
            weight_of_mean**2 / weight_of_square,
            (
                Step(
                    start_up**2 * (1 - decay2**t) / (1 - decay2) * rho ** (t - k),
                    r"with $\rho = \beta_1^2 / \beta_2$",
                    AT_STEP,
                ),
            ),
            indices=(k,),
            lemma=True,
        ),
        Chain(
            r"\sum_k \rho^{t-k}",
            total(rho ** (t - k), k),
            (
                Step(
                    (1 - rho**t) / (1 - rho),
                    "a geometric series",
                    SHRINKING,
                    tactic=induction_on_sum(t, SHRINKING),
                ),
            ),
            lemma=True,
        ),
        Chain(
            r"\sum_k a_k^2 / b_k",
            start_up**2 * (1 - decay2**t) * (1 - rho**t) / ((1 - decay2) * (1 - rho)),
            (
                Step(
                    limit_of_reach,
                    r"$\beta_1^t$, $\beta_2^t$ and $\rho^t$ vanish",
                    RATIO,
                    toward=Approach(t, oo),
                ),
            ),
            because="insert both",
        ),
        Chain(
            r"(\Delta_t / \alpha)^2_{g_t \text{ alone}}",
            mean_t**2 / square_t,
            (
                Step(
                    start_up**2 * (1 - decay2**t) / (1 - decay2),
                    r"$\gamma^2$ cancels",
                    LONE,
                ),
            ),
            because=r"$g_t = \gamma$, all others 0, $\varepsilon = 0$",
            lemma=True,
        ),
        Chain(
            r"(\Delta_t / \alpha)^2_{\text{after silence}}",
            start_up**2 * (1 - decay2**t) / (1 - decay2),
            (
                Step(
                    limit_of_lone,
                    r"$\beta_1^t$ and $\beta_2^t$ vanish",
                    BELOW,
                    toward=Approach(t, oo),
                ),
            ),
            because="of this gradient alone",
        ),
        Chain(
            r"(\sum_k a_k^2 / b_k)^{1/2} \text{ by default}",
            sqrt(limit_of_reach),
            (
                Step(
                    sqrt(Rational(370, 7)), r"7.27 at $\beta_1 = 0.9$, $\beta_2 = 0.999$", DEFAULTS
                ),
            ),
            because="as above",
            lemma=True,
        ),
        Chain(
            r"|\Delta_t| / \alpha \text{ by default}",
            sqrt(limit_of_lone),
            (Step(sqrt(10), r"3.16 at $\beta_1 = 0.9$, $\beta_2 = 0.999$", DEFAULTS),),
            because="as above",
            lemma=True,
        ),
    ),
)

DERIVATIONS = (step1, step2, moments, scale, step_size, step_bound, without_gradient)
