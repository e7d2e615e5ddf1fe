"""Weight initialization: the variances of Xavier and He, and zero weights (Problem 5)."""

from sympy import (
    Integer,
    Integral,
    Piecewise,
    Rational,
    Symbol,
    erf,
    exp,
    oo,
    pi,
    sqrt,
    tanh,
)

from derivations.derivation import Chain, Derivation, Step
from derivations.notation import Expectation, array, index, sequence, size, time, total
from derivations.prover.facts import Assuming, Definition, Independent, SecondMoment, White
from derivations.prover.tactics import antiderivative, induction, restriction

fan_in, fan_out = size("n_in"), size("n_out")
sigma, q, r = (Symbol(name, positive=True) for name in ("sigma", "q", "r"))
w, x, h = array("w", fan_in), array("x", fan_in), array("h", fan_in)
column, dz = array("w", fan_out), array("dz", fan_out)


def mean_square_of_sum(name, weights, inputs, mean_square, terms):
    """The chain of E[(sum_i w_i x_i)^2]: one assumption a step."""
    (extent,) = weights.shape
    i, j = index("i", extent), index("j", extent)
    pair = Expectation(inputs[i] * inputs[j], inputs)
    return Chain(
        name,
        Expectation(total(weights[i] * inputs[i], i) ** 2, weights, inputs),
        (
            Step(
                total(
                    Expectation(weights[i] * inputs[i] * weights[j] * inputs[j], weights, inputs),
                    i,
                    j,
                ),
                "multiply out; expectation is linear",
            ),
            Step(
                total(Expectation(weights[i] * weights[j], weights) * pair, i, j),
                f"the weights are independent of the {terms}",
                Assuming(facts=(Independent(weights, inputs),)),
            ),
            Step(
                sigma**2 * total(Expectation(inputs[i] ** 2, inputs), i),
                r"uncorrelated weights: $\mathbb{E}[w_i w_j] = \sigma^2\,\mathbf{1}[i = j]$",
                Assuming(facts=(White(weights, sigma**2),)),
            ),
            Step(
                extent * sigma**2 * mean_square,
                f"the {terms} have one mean square",
                Assuming(facts=(SecondMoment(inputs, mean_square),)),
            ),
        ),
    )


def kept(name, mean_square, factor, variance, because):
    """The chain of a mean square times a factor that one choice of sigma^2 makes 1."""
    chosen = Assuming(definitions=(Definition(sigma, sqrt(variance)),))
    steps = (Step(mean_square, because, chosen),)
    return Chain(name, factor * mean_square, steps, because="as above")


glorot = 2 / (fan_in + fan_out)
layer = time("ell")
depth = sequence("q")
q0 = Symbol("q_0", positive=True)


def after_layers(factor):
    """The chain of the mean square after `layer` layers of one width and one variance."""
    return Chain(
        r"q_\ell",
        factor * depth[layer - 1],
        (
            Step(
                factor**layer * q0,
                r"layer after layer, from $q_0 = \mathbb{E}[x_i^2]$",
                tactic=induction(depth[layer - 1], layer, start=q0),
            ),
        ),
        because=r"as above, in each of $\ell$ equal layers",
    )


xavier = Derivation(
    id="initialization.xavier",
    problem="5.1",
    title="Xavier: the variance that keeps signals and gradients in scale",
    remark=r"$z = \sum_i w_i x_i$ is one unit before its activation, and $\mathrm{d}x ="
    r" \sum_i w_i\, \mathrm{d}z_i$ the gradient that one input receives. Assumed: weights of mean 0"
    r" and variance $\sigma^2$, uncorrelated and independent of the inputs $x_i$ and of the"
    r" gradients $\mathrm{d}z_i$ (for gradients this is an approximation: they have passed the"
    r" layers above). The inputs may be correlated and need no mean of 0. Glorot and Bengio (2010)"
    r" take $\tanh z \approx z$ near 0, so a $\tanh$ layer keeps what its linear part keeps, as"
    r" long as $z$ is small. Forward and backward cannot both be kept unless the layer is square;"
    r" the compromise keeps their average.",
    chains=(
        mean_square_of_sum(r"\mathbb{E}[z^2]", w, x, q, "inputs"),
        mean_square_of_sum(r"\mathbb{E}[\mathrm{d}x^2]", column, dz, r, "gradients"),
        kept(
            r"\text{forward}",
            q,
            fan_in * sigma**2,
            1 / fan_in,
            r"if $\sigma^2 = 1/n_{\mathrm{in}}$",
        ),
        kept(
            r"\text{backward}",
            r,
            fan_out * sigma**2,
            1 / fan_out,
            r"if $\sigma^2 = 1/n_{\mathrm{out}}$",
        ),
        kept(
            r"\text{on average}",
            Integer(1),
            (fan_in + fan_out) / 2 * sigma**2,
            glorot,
            r"if $\sigma^2 = 2/(n_{\mathrm{in}} + n_{\mathrm{out}})$",
        ),
        after_layers(fan_in * sigma**2),
    ),
)

z = Symbol("z", real=True)
density = exp(-(z**2) / (2 * q)) / sqrt(2 * pi * q)
relu = Piecewise((z, z > 0), (0, True))
primitive = -q * z * density + q / 2 * erf(z / sqrt(2 * q))

he = Derivation(
    id="initialization.he",
    problem="5.1",
    title="He: ReLU halves the mean square, so the variance doubles",
    remark=r"Assumed beyond Xavier: $z$ is Gaussian with mean 0 and variance $q$. Any distribution"
    r" that is symmetric about 0 gives the same half. The inputs $h_i = \operatorname{relu}(z_i)$"
    r" of the next layer have a positive mean, which is why the derivation uses mean squares, not"
    r" variances (He et al. 2015).",
    chains=(
        Chain(
            r"\mathbb{E}[\operatorname{relu}(z)^2]",
            Integral(relu**2 * density, (z, -oo, oo)),
            (
                Step(
                    Integral(z**2 * density, (z, 0, oo)),
                    "ReLU is zero for $z \\le 0$",
                    tactic=restriction,
                ),
                Step(
                    q / 2,
                    r"by the primitive $-q z\,p(z) + \tfrac{q}{2} \operatorname{erf}(z/\sqrt{2q})$",
                    tactic=antiderivative(primitive),
                ),
            ),
        ),
        mean_square_of_sum(r"\mathbb{E}[z^2]", w, h, q / 2, "activations"),
        kept(
            r"\text{forward}",
            q,
            fan_in * sigma**2 / 2,
            2 / fan_in,
            r"if $\sigma^2 = 2/n_{\mathrm{in}}$",
        ),
        after_layers(fan_in * sigma**2 / 2),
    ),
)

N, C, n, m = size("N"), size("C"), size("n"), size("m")
s, c = index("s", N), index("c", C)
unit, below = index("j", m), index("k", n)
X, H, W, b = array("X", N, n), array("H", N, n), array("W", m, n), array("b", m)
dZ, Z, Y = array("dZ", N, m), array("Z", N, C), array("Y", N, C)
AT_ZERO = Assuming(
    definitions=(
        Definition(W[unit, below], Integer(0)),
        Definition(b[unit], Integer(0)),
        Definition(H[s, below], Integer(0)),
    )
)
NOTHING_BACK = Assuming(definitions=(Definition(dZ[s, unit], Integer(0)),))
before_activation = total(H[s, below] * W[unit, below], below) + b[unit]
share = total(Y[s, c], s) / N


def softmax_of(logits):
    """The softmax of sample s, as a function of what stands for each logit."""
    return exp(logits(c)) / total(exp(logits(index("k", C))), index("k", C))


zero = Derivation(
    id="initialization.zero",
    problem="5.3",
    title="Zero weights: every weight gradient is zero, the output bias gradient is not",
    remark=r"The argument goes layer by layer, so it holds for every number of hidden layers from"
    r" one on, every width, and both activations. The homework's note says ``exactly zero"
    r" gradients''. That is exact for weights and hidden biases. The output bias has the gradient"
    r" $1/C$ minus the share of its class in the batch, which is zero only for equal shares. It is"
    r" learned, and as no weight ever moves, the network ends up predicting the class frequencies"
    r" for every input.",
    chains=(
        Chain(
            r"h_{sj}",
            tanh(before_activation),
            (Step(Integer(0), r"zero weights and biases, $\tanh 0 = 0$", AT_ZERO),),
            indices=(s, unit),
            because=r"a hidden unit with $\tanh$",
        ),
        Chain(
            r"h_{sj}",
            relu.subs(z, before_activation),
            (Step(Integer(0), r"zero weights and biases, $\max(0, 0) = 0$", AT_ZERO),),
            indices=(s, unit),
            because="a hidden unit with ReLU",
        ),
        Chain(
            r"\frac{\partial L}{\partial W_{\ell,jk}}",
            total(dZ[s, unit] * H[s, below], s),
            (Step(Integer(0), r"$\mathrm{d}Z^{\top} H$ with $H = 0$", AT_ZERO),),
            indices=(unit, below),
            because="above a hidden layer",
        ),
        Chain(
            r"\frac{\partial L}{\partial h_{sk}}",
            total(dZ[s, unit] * W[unit, below], unit),
            (Step(Integer(0), r"$\mathrm{d}Z\, W$ with $W = 0$: nothing goes back", AT_ZERO),),
            indices=(s, below),
            because="below any layer",
        ),
        Chain(
            r"\frac{\partial L}{\partial W_{1,jk}}",
            total(dZ[s, unit] * X[s, below], s),
            (Step(Integer(0), r"$\mathrm{d}Z^{\top} X$ with $\mathrm{d}Z = 0$", NOTHING_BACK),),
            indices=(unit, below),
            because="the first layer",
        ),
        Chain(
            r"\frac{\partial L}{\partial b_c}",
            total((softmax_of(lambda at: Z[s, at]) - Y[s, c]) / N, s),
            (
                Step(
                    total((1 / C - Y[s, c]) / N, s),
                    "all logits are zero: the softmax is uniform",
                    Assuming(definitions=(Definition(Z[s, c], Integer(0)),)),
                ),
                Step(1 / C - share, "the share of class $c$ in the batch"),
            ),
            indices=(c,),
            because="the output layer",
        ),
        Chain(
            r"\frac{\partial L}{\partial b_1}",
            1 / C - share,
            (
                Step(
                    -Rational(1, 2),
                    "two classes, all samples in the first: not zero",
                    Assuming(
                        definitions=(Definition(Y[s, c], Integer(1)), Definition(C, Integer(2)))
                    ),
                ),
            ),
            indices=(c,),
        ),
    ),
)

DERIVATIONS = (xavier, he, zero)
