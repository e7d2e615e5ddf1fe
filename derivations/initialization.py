"""Weight initialization: Xavier, He, the flow of signals, and zero weights (Problem 5)."""

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

from derivations.derivation import Approach, Chain, Derivation, Step
from derivations.notation import Expectation, array, index, sequence, size, time, total
from derivations.prover.facts import Assuming, Definition, Independent, SecondMoment, White
from derivations.prover.tactics import (
    antiderivative,
    dominated,
    induction,
    limit_at,
    restriction,
)

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


def at_variance(quantity, variance):
    """The name of a quantity for one choice of sigma^2, both in LaTeX."""
    return rf"{quantity}\big|_{{\sigma^2 = {variance}}}"


def kept(quantity, mean_square, factor, variance, printed):
    """The chain of a mean square times a factor that one choice of sigma^2 makes 1."""
    chosen = Assuming(definitions=(Definition(sigma, sqrt(variance)),))
    return Chain(
        at_variance(quantity, printed),
        factor * mean_square,
        (Step(mean_square, "the factor is 1", chosen),),
        because="as above",
    )


glorot = 2 / (fan_in + fan_out)
layer = time("ell")
q0 = Symbol("q_0", positive=True)


def after_layers(letter, factor, origin, because):
    """The chain of the mean square after `layer` layers of one width and one variance."""
    squares = sequence(letter)
    return Chain(
        rf"{letter}_\ell",
        factor * squares[layer - 1],
        (
            Step(
                factor**layer * q0,
                f"layer after layer, from {origin}",
                tactic=induction(squares[layer - 1], layer, start=q0),
            ),
        ),
        because=because,
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
            r"\mathbb{E}[z^2]",
            q,
            fan_in * sigma**2,
            1 / fan_in,
            r"1/n_{\mathrm{in}}",
        ),
        kept(
            r"\mathbb{E}[\mathrm{d}x^2]",
            r,
            fan_out * sigma**2,
            1 / fan_out,
            r"1/n_{\mathrm{out}}",
        ),
        kept(
            r"\tfrac{1}{2} (n_{\mathrm{in}} + n_{\mathrm{out}}) \sigma^2",
            Integer(1),
            (fan_in + fan_out) / 2 * sigma**2,
            glorot,
            r"2/(n_{\mathrm{in}} + n_{\mathrm{out}})",
        ),
        after_layers(
            "q",
            fan_in * sigma**2,
            r"$q_0 = \mathbb{E}[x_i^2]$",
            r"as above, in each of $\ell$ equal layers",
        ),
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
            r"\mathbb{E}[z^2]",
            q,
            fan_in * sigma**2 / 2,
            2 / fan_in,
            r"2/n_{\mathrm{in}}",
        ),
        after_layers(
            "a",
            fan_in * sigma**2 / 2,
            r"$a_0 = q_0 = \mathbb{E}[x_i^2]$: no ReLU is before the first layer",
            r"$a_\ell = \mathbb{E}[h_i^2]$ after $\ell$ equal layers: the half of"
            r" $n_{\mathrm{in}} \sigma^2 a_{\ell-1}$",
        ),
    ),
)

mean_of_activation = Symbol("a", positive=True)
standard_density = exp(-(z**2) / 2) / sqrt(2 * pi)
standard_primitive = -z * standard_density + erf(z / sqrt(2)) / 2


SMALL_TANH = r"\tanh,\, q \to 0,\, \sigma = 0.01,\, n_{\mathrm{in}} = 256"
XAVIER_RELU = r"\text{ReLU, Xavier},\, n_{\mathrm{in}} = n_{\mathrm{out}}"
HE_RELU = r"\text{ReLU, He}"


def growth_with(choice):
    """The name of what one layer makes of the signal's size, for a choice of weights in LaTeX."""
    return rf"(q_{{\ell+1}} / q_\ell)^{{1/2}}\big|_{{{choice}}}"


def growth(choice, per_variance, deviation, width, factor, because):
    """The chain of sqrt(q_{l+1} / q_l) for one choice of the weights' standard deviation."""
    widths = () if width == fan_in else (Definition(fan_in, width),)
    chosen = Assuming(definitions=(Definition(sigma, deviation), *widths))
    return Chain(
        growth_with(choice),
        sqrt(fan_in * sigma**2 * per_variance),
        (Step(factor, because, chosen),),
        because="per layer",
    )


flow = Derivation(
    id="initialization.flow",
    problem="5.2",
    title="How the signal grows or shrinks from layer to layer",
    remark=r"For wide layers $z$ is Gaussian. $a = \mathbb{E}[\phi(\sqrt{q_\ell}\, g)^2]$ with"
    r" $g \sim \mathcal{N}(0, 1)$ is the mean square after the activation: $q_\ell / 2$ for ReLU"
    r" as for He, and for $\tanh$ nearly $q_\ell$ as long as that is small.",
    chains=(
        mean_square_of_sum(r"q_{\ell+1}", w, h, mean_of_activation, "activations"),
        Chain(
            r"\mathbb{E}[\tanh(q^{1/2} g)^2] / q",
            Integral(tanh(sqrt(q) * z) ** 2 / q * standard_density, (z, -oo, oo)),
            (
                Step(
                    Integral(z**2 * standard_density, (z, -oo, oo)),
                    r"dominated convergence (Lebesgue): $\tanh^2 x \le x^2$",
                    tactic=dominated(limit_at(q, Integer(0))),
                    toward=Approach(q, Integer(0)),
                ),
                Step(Integer(1), "the variance of $g$", tactic=antiderivative(standard_primitive)),
            ),
        ),
        growth(
            SMALL_TANH,
            Integer(1),
            Rational(1, 100),
            Integer(256),
            Rational(4, 25),
            r"$\sigma = 0.01$, $n_{\mathrm{in}} = 256$, and $a = q_\ell$ as in the limit above",
        ),
        growth(
            XAVIER_RELU,
            Rational(1, 2),
            1 / sqrt(fan_in),
            fan_in,
            1 / sqrt(2),
            r"$a = q_\ell / 2$; $\sigma^2 = 1/n_{\mathrm{in}}$ as $n_{\mathrm{out}}$ is the same",
        ),
        growth(
            HE_RELU,
            Rational(1, 2),
            sqrt(2 / fan_in),
            fan_in,
            Integer(1),
            r"$a = q_\ell / 2$; $\sigma^2 = 2/n_{\mathrm{in}}$",
        ),
    ),
)

N, C, n, m = size("N"), size("C"), size("n"), size("m")
s, c = index("s", N), index("c", C)
unit, below = index("j", m), index("k", n)
X, H, W, b = array("X", N, n), array("H", N, n), array("W", m, n), array("b", m)
dZ, dH, slope, ratio = (array(name, N, m) for name in ("dZ", "dH", "phi'", "gamma"))
Z, Y, bias = array("Z", N, C), array("Y", N, C), array("beta", C)
before_activation = total(H[s, below] * W[unit, below], below) + b[unit]
share = total(Y[s, c], s) / N


def softmax_of(logits):
    """The softmax of sample s, as a function of what stands for each logit."""
    return exp(logits(c)) / total(exp(logits(index("k", C))), index("k", C))


def zeros(*entries):
    """That these entries are all zero."""
    return Assuming(definitions=tuple(Definition(entry, Integer(0)) for entry in entries))


def vanishing(name, start, because, zero_entries, reason, indices, lemma=False):
    """The chain of what is 0 since one of its factors is."""
    steps = (Step(Integer(0), reason, zeros(*zero_entries)),)
    return Chain(name, start, steps, indices, because, lemma=lemma)


zero = Derivation(
    id="initialization.zero",
    problem="5.3",
    title="Zero weights: every weight gradient is zero, the output bias gradient is not",
    remark=r"Nothing is assumed of what stands below or above a layer, so this holds for any number"
    r" of hidden layers from one on, of any widths, and for any activation with $\phi(0) = 0$. The"
    r" output bias $\beta$ alone learns: its gradient is as stated while all $\beta_c$ are equal,"
    r" as at the start, and 0 once the softmax of $\beta$ is the share of each class.",
    chains=(
        vanishing(
            "h_{sj}",
            ratio[s, unit] * before_activation,
            r"$\phi(z) = \gamma z$ with some $\gamma$, as $\phi(0) = 0$",
            (W[unit, below], b[unit]),
            "whatever the layer gets, $X$ or $H$: $W = 0$ and $b = 0$",
            (s, unit),
        ),
        vanishing(
            r"\frac{\partial L}{\partial W_{jk}}",
            total(dZ[s, unit] * H[s, below], s),
            "a layer above a hidden one",
            (H[s, below],),
            r"$\mathrm{d}Z^{\top} H$ with $H = 0$",
            (unit, below),
        ),
        vanishing(
            r"\frac{\partial L}{\partial h_{sk}}",
            total(dZ[s, unit] * W[unit, below], unit),
            "a hidden unit, from the layer above",
            (W[unit, below],),
            r"$\mathrm{d}Z\, W$ with $W = 0$: nothing goes back",
            (s, below),
            lemma=True,
        ),
        vanishing(
            r"\frac{\partial L}{\partial z_{sj}}",
            dH[s, unit] * slope[s, unit],
            "the same, before its activation",
            (dH[s, unit],),
            r"$\mathrm{d}H \odot \phi'(z)$ with $\mathrm{d}H = 0$",
            (s, unit),
            lemma=True,
        ),
        vanishing(
            r"\frac{\partial L}{\partial b_j}",
            total(dZ[s, unit], s),
            "a hidden layer",
            (dZ[s, unit],),
            r"the sum of $\mathrm{d}Z = 0$",
            (unit,),
        ),
        vanishing(
            r"\frac{\partial L}{\partial W_{1,jk}}",
            total(dZ[s, unit] * X[s, below], s),
            "the first layer",
            (dZ[s, unit],),
            r"$\mathrm{d}Z^{\top} X$ with $\mathrm{d}Z = 0$",
            (unit, below),
        ),
        Chain(
            r"\frac{\partial L}{\partial \beta_c}",
            total((softmax_of(lambda at: Z[s, at]) - Y[s, c]) / N, s),
            (
                Step(
                    softmax_of(lambda at: bias[at]) - share,
                    r"$W = 0$: the logits are the biases $\beta$ for every sample",
                    Assuming(definitions=(Definition(Z[s, c], bias[c]),)),
                ),
                Step(1 / C - share, "as long as they are equal", zeros(bias[c])),
            ),
            indices=(c,),
            because="the output layer",
        ),
        Chain(
            r"\frac{\partial L}{\partial \beta_1}",
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
            because="for example",
            lemma=True,
        ),
    ),
)

DERIVATIONS = (xavier, he, flow, zero)
