"""The backward passes of a linear layer, ReLU, sigmoid and softmax cross-entropy (Problem 6)."""

from sympy import Derivative, HadamardProduct, KroneckerDelta, OneMatrix, Piecewise, exp, log

from derivations.derivation import Chain, Derivation, Step
from derivations.entries import as_matrix
from derivations.notation import array, index, indicator, size, total
from derivations.prover.facts import Assuming, Definition, Normalised

N, d, m, C = size("N"), size("d"), size("m"), size("C")
n, p = index("n", N), index("p", N)
i, q = index("i", m), index("q", m)
k, j = index("k", d), index("j", d)
X, W, b = array("X", N, d), array("W", m, d), array("b", m)
dZ, dY = array("dZ", N, m), array("dY", N, d)
X_, W_, dZ_, dY_ = map(as_matrix, (X, W, dZ, dY))

REMARK = (
    r"$\mathrm{d}Z = \partial L / \partial Z$ comes from the layer above. By the chain rule the"
    r" gradients of $L$ are those of $\sum \mathrm{d}Z_{ni} Z_{ni}$ with $\mathrm{d}Z$ held fixed."
)


def linear(sample, output):
    """Z = X W^T + b, entry by entry."""
    return total(X[sample, k] * W[output, k], k) + b[output]


upstream = total(dZ[n, i] * linear(n, i), n, i)


def linear_derivation(name, title, whole, symbol, variable, indices, *steps):
    """One gradient of the linear layer: the derivative of the upstream sum in one of its arrays."""
    return Derivation(
        id=f"layers.linear_{name}",
        problem="6.1",
        title=title,
        remark=REMARK,
        chains=(
            Chain(
                symbol,
                Derivative(upstream, variable),
                (
                    Step(
                        total(dZ[n, i] * Derivative(linear(n, i), variable), n, i),
                        "the derivative of a sum",
                    ),
                    *steps,
                ),
                indices=indices,
                because=r"the chain rule, $\mathrm{d}Z = \partial L / \partial Z$ fixed",
                whole=whole,
            ),
        ),
    )


linear_dW = linear_derivation(
    "dW",
    "Linear layer: gradient of the weights",
    r"\frac{\partial L}{\partial W}",
    r"\frac{\partial L}{\partial W_{qj}}",
    W[q, j],
    (q, j),
    Step(
        total(dZ[n, i] * total(X[n, k] * KroneckerDelta(i, q) * KroneckerDelta(k, j), k), n, i),
        r"$\partial W_{ik} / \partial W_{qj} = \mathbf{1}[i = q]\,\mathbf{1}[k = j]$",
    ),
    Step(total(dZ[n, q] * X[n, j], n), "the deltas pick $i = q$ and $k = j$"),
    Step(dZ_.T * X_, "a sum over samples is a matrix product"),
)

linear_db = linear_derivation(
    "db",
    "Linear layer: gradient of the bias",
    r"\frac{\partial L}{\partial b}",
    r"\frac{\partial L}{\partial b_q}",
    b[q],
    (q,),
    Step(
        total(dZ[n, i] * KroneckerDelta(i, q), n, i),
        r"$\partial b_i / \partial b_q = \mathbf{1}[i = q]$",
    ),
    Step(total(dZ[n, q], n), "the delta picks $i = q$"),
    Step(dZ_.T * OneMatrix(N, 1), "a sum over samples is a product with ones"),
)

linear_dX = linear_derivation(
    "dX",
    "Linear layer: gradient of the input",
    r"\frac{\partial L}{\partial X}",
    r"\frac{\partial L}{\partial X_{pj}}",
    X[p, j],
    (p, j),
    Step(
        total(dZ[n, i] * total(KroneckerDelta(n, p) * KroneckerDelta(k, j) * W[i, k], k), n, i),
        r"$\partial X_{nk} / \partial X_{pj} = \mathbf{1}[n = p]\,\mathbf{1}[k = j]$",
    ),
    Step(total(dZ[p, i] * W[i, j], i), "the deltas pick $n = p$ and $k = j$"),
    Step(dZ_ * W_, "a sum over outputs is a matrix product"),
)


def rectified(x):
    """relu(x) = max(0, x)."""
    return Piecewise((x, x > 0), (0, True))


def sigmoid(x):
    """sigma(x) = 1 / (1 + e^-x)."""
    return 1 / (1 + exp(-x))


def elementwise(name, title, remark, function, *steps):
    """The gradient of a function that acts on each entry."""
    return Derivation(
        id=f"layers.{name}",
        problem="6.2",
        title=title,
        remark=remark,
        chains=(
            Chain(
                r"\frac{\partial L}{\partial X_{pj}}",
                Derivative(total(dY[n, k] * function(X[n, k]), n, k), X[p, j]),
                steps,
                indices=(p, j),
                because=r"the chain rule, $\mathrm{d}Y = \partial L / \partial Y$ fixed",
                whole=r"\frac{\partial L}{\partial X}",
            ),
        ),
    )


positive = array(r"\mathbf{1}_{X>0}", N, d)

relu = elementwise(
    "relu",
    "ReLU: gradient of the input",
    r"At $x = 0$ the function has a kink and the derivative is declared to be 0, one of the values"
    r" between the one-sided derivatives 0 and 1.",
    rectified,
    Step(
        total(
            dY[n, k] * indicator(X[n, k] > 0) * KroneckerDelta(n, p) * KroneckerDelta(k, j), n, k
        ),
        r"branch by branch: 1 for $x > 0$, else 0",
    ),
    Step(dY[p, j] * indicator(X[p, j] > 0), "the deltas pick $n = p$ and $k = j$"),
    Step(
        HadamardProduct(dY_, as_matrix(positive)),
        "entry by entry",
        Assuming(definitions=(Definition(positive[p, j], indicator(X[p, j] > 0)),)),
    ),
)

Y_of_X = array(r"\sigma(X)", N, d)

sigmoid_layer = elementwise(
    "sigmoid",
    "Sigmoid: gradient of the input",
    "",
    sigmoid,
    Step(
        dY[p, j] * exp(-X[p, j]) / (1 + exp(-X[p, j])) ** 2,
        "each output depends on its own input alone; quotient rule",
    ),
    Step(
        dY[p, j] * sigmoid(X[p, j]) * (1 - sigmoid(X[p, j])),
        r"$e^{-x} / (1 + e^{-x}) = 1 - \sigma(x)$",
    ),
    Step(
        HadamardProduct(dY_, as_matrix(Y_of_X), OneMatrix(N, d) - as_matrix(Y_of_X)),
        "entry by entry",
        Assuming(definitions=(Definition(Y_of_X[p, j], sigmoid(X[p, j])),)),
    ),
)

c, label = index("c", C), index("q", C)
each = index("k", C)
Z, Y, predicted = array("Z", N, C), array("Y", N, C), array("Yhat", N, C)


def partition(sample):
    """sum_k e^z_k of one sample."""
    return total(exp(Z[sample, each]), each)


probability = exp(Z[p, label]) / partition(p)
loss = -total(Y[n, c] * log(exp(Z[n, c]) / partition(n)), n, c) / N

softmax_cross_entropy = Derivation(
    id="layers.softmax_cross_entropy",
    problem="6.3",
    title="Softmax and cross-entropy: gradient of the logits, batch mean included",
    remark=r"The rows of $Y$ sum to one, as one-hot labels do. The largest logit that the forward"
    r" pass subtracts changes nothing (softmax.shift).",
    chains=(
        Chain(
            r"\frac{\partial L}{\partial Z_{pq}}",
            Derivative(loss, Z[p, label]),
            (
                Step(
                    total(
                        Y[n, c]
                        * (
                            Derivative(log(partition(n)), Z[p, label])
                            - Derivative(Z[n, c], Z[p, label])
                        ),
                        n,
                        c,
                    )
                    / N,
                    "the logarithm of a quotient",
                ),
                Step(
                    total(
                        Y[p, c] * (exp(Z[p, label]) / partition(p) - KroneckerDelta(c, label)),
                        c,
                    )
                    / N,
                    "only sample $n = p$ depends on $Z_{pq}$",
                ),
                Step(
                    (predicted[p, label] * total(Y[p, c], c) - Y[p, label]) / N,
                    r"recognise $\hat Y_{pq}$; the delta picks $c = q$",
                    Assuming(definitions=(Definition(predicted[p, label], probability),)),
                ),
                Step(
                    (predicted[p, label] - Y[p, label]) / N,
                    "the labels of a sample sum to one",
                    Assuming(facts=(Normalised(Y),)),
                ),
                Step((as_matrix(predicted) - as_matrix(Y)) / N, "for all samples at once"),
            ),
            indices=(p, label),
            whole=r"\frac{\partial L}{\partial Z}",
        ),
    ),
)

DERIVATIONS = (
    linear_dW,
    linear_db,
    linear_dX,
    relu,
    sigmoid_layer,
    softmax_cross_entropy,
)
