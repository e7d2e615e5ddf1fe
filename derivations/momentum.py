"""SGD with momentum: velocity at every step, scale, limit and conventions (Problem 3.2)."""

from sympy import Abs, Ne, Symbol, oo

from derivations.derivation import Approach, Chain, Derivation, Step
from derivations.notation import index, sequence, time, total
from derivations.prover.facts import Assuming
from derivations.prover.tactics import induction, induction_on_sum

t = time("t")
k = index("k", t)
g, u, w, d, v = map(sequence, ("g", "u", "w", "d", "v"))
mu, alpha, c, w1 = (Symbol(name, real=True) for name in ("mu", "alpha", "c", "w_1"))
constant = Symbol("g", real=True)
FADING = Assuming(provided=Abs(mu) < 1)
NOT_ONE = Assuming(provided=Ne(mu, 1))


def history(gradient):
    """sum_k mu^(t - k) gradient_k."""
    return total(mu ** (t - k) * gradient, k)


unrolled = Derivation(
    id="momentum.unrolled",
    problem="3.2",
    title="The velocity is a sum over all past gradients",
    chains=(
        Chain(
            "u_t",
            mu * u[t - 1] + g[t],
            (Step(history(g[k]), "unroll from $u_0 = 0$", tactic=induction(u[t - 1], t)),),
        ),
        Chain(
            "w_{t+1}",
            w[t] - alpha * u[t],
            (
                Step(
                    w1 - alpha * total(u[k], k),
                    "unroll from $w_1$",
                    tactic=induction(w[t], t, start=w1),
                ),
            ),
        ),
    ),
)

scale = Derivation(
    id="momentum.scale",
    problem="3.2",
    title="Gradients times a constant c",
    remark="Unlike Adam's, the step follows the scale of the gradient: ten times the loss is ten"
    " times the step, as ten times the learning rate is.",
    chains=(
        Chain(
            "u_t(c g)",
            mu * u[t - 1] + c * g[t],
            (
                Step(history(c * g[k]), "unroll from $u_0 = 0$", tactic=induction(u[t - 1], t)),
                Step(c * history(g[k]), "$c$ in front"),
            ),
        ),
    ),
)

steady_state = Derivation(
    id="momentum.steady_state",
    problem="3.2",
    title="Under a constant gradient the velocity converges",
    chains=(
        Chain(
            "u_t",
            history(constant),
            (
                Step(
                    constant * (1 - mu**t) / (1 - mu),
                    "a geometric series",
                    FADING,
                    tactic=induction_on_sum(t, FADING),
                ),
                Step(
                    constant / (1 - mu),
                    r"$\mu^t$ vanishes",
                    FADING,
                    toward=Approach(t, oo),
                ),
            ),
            because="with $g_k = g$",
        ),
    ),
)

conventions = Derivation(
    id="momentum.conventions",
    problem="3.2",
    title="The conventions of momentum differ by their learning rates",
    remark=r"The homework, PyTorch (dampening 0) and optax write $u_t = \mu u_{t-1} + g_t$; as an"
    r" average it is $d_t$, which needs the learning rate $\alpha / (1 - \mu)$ for the same run."
    r" PyTorch's dampening $\mu$ begins with $d_1 = g_1$, which adds $\mu^t g_1$ to each $d_t$."
    r" Keras puts the"
    r" learning rate into the velocity, $v_t = \mu v_{t-1} - \alpha g_t$ and $w_{t+1} = w_t + v_t$:"
    r" the same run as long as $\alpha$ stays the same.",
    chains=(
        Chain(
            "d_t",
            mu * d[t - 1] + (1 - mu) * g[t],
            (
                Step(
                    (1 - mu) * history(g[k]),
                    "unroll from $d_0 = 0$",
                    tactic=induction(d[t - 1], t),
                ),
            ),
        ),
        Chain(
            r"\frac{\alpha}{1 - \mu}\, d_t",
            alpha / (1 - mu) * history((1 - mu) * g[k]),
            (Step(alpha * history(g[k]), r"$1 - \mu$ cancels: this is $\alpha u_t$", NOT_ONE),),
            because="insert $d_t$",
        ),
        Chain(
            "v_t",
            mu * v[t - 1] - alpha * g[t],
            (
                Step(
                    -alpha * history(g[k]),
                    r"unroll from $v_0 = 0$: this is $-\alpha u_t$",
                    tactic=induction(v[t - 1], t),
                ),
            ),
        ),
    ),
)

DERIVATIONS = (unrolled, scale, steady_state, conventions)
