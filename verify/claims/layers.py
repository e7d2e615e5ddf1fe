"""The layers of Problem 6: the oracles, mytorch itself among them, and the faults."""

import numpy as np

from derivations import layers as derived
from derivations.layers import (
    N,
    W,
    X,
    Y,
    dY,
    dZ,
    i,
    indicator,
    j,
    label,
    n,
    p,
    predicted,
    q,
    sigmoid,
    total,
)
from derivations.prover.facts import Assuming, OneHot
from verify.checking.claim import Check, Claim, Fault, only_chain
from verify.numerics.domain import (
    Domain,
    HardRow,
    Kind,
    constant,
    integers,
    normal,
    one_hot,
    uniform,
)
from verify.oracles.derivatives import Derivative, agreeing

LINEAR = Domain(
    shapes={"X": ("N", "d"), "W": ("m", "d"), "b": ("m",), "dZ": ("N", "m")},
    draw={"X": normal(), "W": normal(), "b": normal(), "dZ": normal()},
    sizes=tuple(
        {"N": samples, "d": inputs, "m": outputs}
        for samples, inputs, outputs in (
            (1, 1, 1),
            (1, 4, 3),
            (5, 1, 1),
            (4, 4, 4),
            (2, 6, 3),
            (6, 2, 3),
        )
    ),
    hard=(
        HardRow("X = 0", {"N": 4, "d": 4, "m": 4}, {"X": constant(0.0)}),
        HardRow("large gradients", {"N": 4, "d": 4, "m": 4}, {"dZ": normal(1e6)}),
    ),
)
ELEMENTWISE = Domain(
    shapes={"X": ("N", "d"), "dY": ("N", "d")},
    draw={"X": normal(2), "dY": normal()},
    sizes=tuple(
        {"N": samples, "d": inputs}
        for samples, inputs in ((1, 1), (1, 5), (5, 1), (3, 3), (2, 6), (6, 2))
    ),
    distance=lambda values: abs(values["X"]).min(axis=(1, 2)),
    hard=(
        HardRow("X = 0", {"N": 3, "d": 3}, {"X": constant(0.0)}, Kind.KINK),
        HardRow("some X = 0", {"N": 3, "d": 3}, {"X": integers(-1, 1)}, Kind.KINK),
        HardRow("large X", {"N": 3, "d": 3}, {"X": uniform(-300, 300)}),
    ),
)
LOGITS = Domain(
    shapes={"Z": ("N", "C"), "Y": ("N", "C")},
    draw={"Z": normal(2), "Y": one_hot},
    sizes=tuple(
        {"N": samples, "C": classes}
        for samples, classes in ((1, 1), (1, 5), (5, 2), (3, 3), (2, 8), (6, 4))
    ),
    hard=(
        HardRow("logits to 1e4", {"N": 3, "C": 3}, {"Z": normal(1e4)}),
        HardRow("ties", {"N": 3, "C": 3}, {"Z": constant(1.0)}),
    ),
)


def linear_upstream(xp, X, W, b, dZ):
    """sum dZ * (X W^T + b)."""
    Z = xp.einsum("...nd,...md->...nm", X, W) + b[:, None, :]
    return xp.sum(xp.sum(dZ * Z, -1), -1)


def relu_upstream(xp, X, dY):
    """sum dY * max(0, X), with the branch 0 at X = 0."""
    return xp.sum(xp.sum(dY * xp.where(X > 0, X, 0 * X), -1), -1)


def sigmoid_upstream(xp, X, dY):
    """sum dY / (1 + exp(-X))."""
    return xp.sum(xp.sum(dY / (1 + xp.exp(-X)), -1), -1)


def cross_entropy(xp, Z, Y):
    """-1/N sum_n sum_c Y_nc log softmax(Z)_nc, with the largest logit of each sample moved to 0."""
    moved = Z - xp.detached_max(Z)
    log_partition = xp.log(xp.sum(xp.exp(moved), -1))[:, :, None]
    return -xp.sum(xp.sum(Y * (moved - log_partition), -1), -1) / Z.shape[1]


def softmax(xp, Z, **_):
    """The predicted probabilities of each sample."""
    numerators = xp.exp(Z - xp.detached_max(Z))
    return numerators / xp.sum(numerators, -1)[:, :, None]


def mytorch_linear(gradient):
    """dW, db or dX as `mytorch.nn.Linear` computes it, in float64."""
    from mytorch.nn import Linear

    def at(X, W, b, dZ):
        layer = Linear(X.shape[1], W.shape[0], dtype=np.float64)
        for parameter, value in zip(layer.get_parameters(), (W, b), strict=True):
            parameter[...] = value
        layer.forward(X)
        dX = layer.backward(dZ)
        dW, db = layer.get_gradients()
        return {"dW": dW, "db": db, "dX": dX}[gradient]

    return agreeing("mytorch", lambda batch: _at_each_point(at, batch))


def mytorch_activation(name):
    """dX as an activation of `mytorch` computes it, in float64."""
    from mytorch import nn

    def at(X, dY):
        layer = getattr(nn, name)()
        layer.forward(X)
        return layer.backward(dY)

    return agreeing("mytorch", lambda batch: _at_each_point(at, batch))


def mytorch_cross_entropy():
    """dZ as `mytorch.nn.SoftmaxCrossEntropy` computes it, in float64."""
    from mytorch.nn import SoftmaxCrossEntropy

    def at(Z, Y):
        loss = SoftmaxCrossEntropy()
        loss.forward(Z, Y)
        return loss.backward()

    return agreeing("mytorch", lambda batch: _at_each_point(at, batch))


def _at_each_point(function, batch):
    names = list(batch.values)
    return np.stack(
        [
            function(**dict(zip(names, point, strict=True)))
            for point in zip(*batch.values.values(), strict=True)
        ]
    )


def linear_claim(derivation, wrt, *faults):
    """The claim on one gradient of the linear layer."""
    check = Check(
        only_chain(derivation),
        (mytorch_linear(f"d{wrt}"),),
        differentiates=Derivative(linear_upstream, wrt),
        faults=faults,
    )
    return Claim(derivation, LINEAR, (check,))


CLAIMS = (
    linear_claim(
        derived.linear_dW,
        "W",
        Fault("batch mean instead of the sum", total(dZ[n, q] * X[n, j], n) / N),
        Fault("first sample only", dZ[1, q] * X[1, j]),
        Fault("upstream gradient forgotten", total(X[n, j], n)),
        Fault("input forgotten", total(dZ[n, q], n)),
    ),
    linear_claim(
        derived.linear_db,
        "b",
        Fault("batch mean instead of the sum", total(dZ[n, q], n) / N),
        Fault("one for each sample", N),
        Fault("first sample only", dZ[1, q]),
        Fault("summed over outputs, too", total(dZ[n, i], n, i)),
    ),
    linear_claim(
        derived.linear_dX,
        "X",
        Fault("batch mean instead of the sum", total(dZ[p, i] * W[i, j], i) / N),
        Fault("first output only", dZ[p, 1] * W[1, j]),
        Fault("upstream gradient forgotten", total(W[i, j], i)),
    ),
    Claim(
        derived.relu,
        ELEMENTWISE,
        (
            Check(
                only_chain(derived.relu),
                (mytorch_activation("ReLU"),),
                differentiates=Derivative(relu_upstream, "X", analytic=False),
                faults=(
                    Fault("one at zero", dY[p, j] * indicator(X[p, j] >= 0)),
                    Fault("the function itself", X[p, j] * indicator(X[p, j] > 0)),
                    Fault("mask on the upstream sign", dY[p, j] * indicator(dY[p, j] > 0)),
                    Fault("mask forgotten", dY[p, j]),
                ),
            ),
        ),
    ),
    Claim(
        derived.sigmoid_layer,
        ELEMENTWISE,
        (
            Check(
                only_chain(derived.sigmoid_layer),
                (mytorch_activation("Sigmoid"),),
                differentiates=Derivative(sigmoid_upstream, "X"),
                faults=(
                    Fault("1 - sigma^2, as for tanh", dY[p, j] * (1 - sigmoid(X[p, j]) ** 2)),
                    Fault("x(1 - x)", dY[p, j] * X[p, j] * (1 - X[p, j])),
                    Fault("sigma alone", dY[p, j] * sigmoid(X[p, j])),
                ),
            ),
        ),
    ),
    Claim(
        derived.softmax_cross_entropy,
        LOGITS,
        (
            Check(
                only_chain(derived.softmax_cross_entropy),
                (mytorch_cross_entropy(),),
                differentiates=Derivative(cross_entropy, "Z"),
                given={"Yhat": softmax},
                defined=Assuming(facts=(OneHot(derived.Y),)),
                faults=(
                    Fault("1/N forgotten", predicted[p, label] - Y[p, label]),
                    Fault("Y - Yhat", (Y[p, label] - predicted[p, label]) / N),
                    Fault("labels forgotten", predicted[p, label] / N),
                    Fault(
                        "softmax Jacobian's diagonal twice",
                        (predicted[p, label] - Y[p, label])
                        * predicted[p, label]
                        * (1 - predicted[p, label])
                        / N,
                    ),
                ),
            ),
        ),
    ),
)
