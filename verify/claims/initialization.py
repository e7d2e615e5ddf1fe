"""Weight initialization: exact averages and Monte Carlo for variances, whole networks for zeros."""

from functools import cache
from itertools import pairwise, product
from types import MappingProxyType

import numpy as np
from sympy import Integer

from derivations import initialization as derived
from derivations.initialization import C, fan_in, fan_out, q, r, share, sigma
from verify.checking.claim import Check, Claim, Fault
from verify.numerics.backends import torch_backend
from verify.numerics.domain import Domain, HardRow, log_uniform, normal, one_hot
from verify.oracles.derivatives import Oracle, Tolerance, agreeing

SAMPLES = 50_000
MONTE_CARLO: Tolerance = (0.08, "seven standard errors of 50,000 squares whose kurtosis is 7.5")

LAYER = Domain(
    shapes={"sigma": (), "q": (), "r": (), "q_0": (), "a": ()},
    draw={name: log_uniform(0.2, 1) for name in ("sigma", "q", "r", "q_0", "a")},
    sizes=tuple(
        {"n_in": inputs, "n_out": outputs, "ell": layers}
        for inputs, outputs, layers in (
            (1, 1, 1),
            (1, 6, 2),
            (7, 1, 3),
            (8, 8, 5),
            (5, 10, 8),
            (10, 4, 0),
        )
    ),
)
ZERO = Domain(
    shapes={"X": ("N", "n"), "Y": ("N", "C")},
    draw={"X": normal(), "Y": one_hot},
    sizes=tuple(
        {"N": samples, "n": inputs, "m": units, "C": classes}
        for samples, inputs, units, classes in (
            (1, 1, 1, 2),
            (5, 3, 2, 2),
            (4, 2, 5, 3),
            (8, 4, 4, 10),
            (3, 6, 1, 4),
            (7, 1, 3, 5),
        )
    ),
    hard=(HardRow("large inputs", {"N": 8, "n": 4, "m": 4, "C": 10}, {"X": normal(1e6)}),),
)


# --- variances -----------------------------------------------------------------------------------


def over_all_signs(extent, spread, mean_square):
    """The exact mean of (sum_i w_i x_i)^2 over weights +-spread, x_i^2 being the mean square.

    `spread` and `mean_square` are (batch,), and so is the result.
    """
    signs = np.array(list(product((-1.0, 1.0), repeat=extent)))
    x = np.sqrt(mean_square) * np.where(np.arange(extent) % 3, 1.0, -1.0)[:, None]
    return np.mean((spread * (signs @ x)) ** 2, axis=0)


def sampled(extent, spread, mean_square):
    """The same mean for Gaussian weights and inputs that are not centred, the units scaled."""
    return spread**2 * mean_square * _sampled_in_units(extent)


@cache
def _sampled_in_units(extent):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((SAMPLES, extent))
    x = (1 + rng.standard_normal((SAMPLES, extent))) / np.sqrt(2)
    return np.mean(np.sum(w * x, axis=1) ** 2)


def by_averages(read) -> tuple[Oracle, ...]:
    """What `read(average, batch)` is by the exact average over signs, and by Monte Carlo."""
    return (
        agreeing("all signs", lambda batch: read(over_all_signs, batch)),
        agreeing("Monte Carlo", lambda batch: read(sampled, batch), MONTE_CARLO),
    )


def forward(average, batch, spread=None, part=1.0):
    """The mean square of a unit, for inputs whose mean square is `part` times q."""
    spread = batch.values["sigma"] if spread is None else spread
    return average(batch.sizes["n_in"], spread, part * batch.values["q"])


def backward(average, batch, spread=None):
    """The mean square of the gradient that an input receives."""
    spread = batch.values["sigma"] if spread is None else spread
    return average(batch.sizes["n_out"], spread, batch.values["r"])


def on_average(average, batch):
    """The mean of forward and backward growth under Glorot's variance."""
    n_in, n_out = batch.sizes["n_in"], batch.sizes["n_out"]
    spread = np.sqrt(2 / (n_in + n_out))
    unit = np.ones(len(batch))
    return (average(n_in, spread, unit) + average(n_out, spread, unit)) / 2


def layer_by_layer(part):
    """The mean square after all layers, each multiplying by what one layer does."""

    def recursion(batch):
        mean_square = batch.values["q_0"]
        for _ in range(batch.sizes["ell"]):
            spread = batch.values["sigma"]
            mean_square = over_all_signs(batch.sizes["n_in"], spread, part * mean_square)
        return mean_square

    return (agreeing("layer by layer", recursion),)


def rectified_square(batch):
    """E[relu(z)^2] by Gauss-Hermite quadrature, whose even number of nodes halves z^2 exactly."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    z = np.sqrt(batch.values["q"])[:, None] * nodes
    return np.sum(weights * np.maximum(z, 0) ** 2, axis=1) / np.sqrt(2 * np.pi)


def rectified_samples(batch):
    """E[relu(z)^2] by Monte Carlo."""
    unit = np.random.default_rng(0).standard_normal(SAMPLES)
    return batch.values["q"] * np.mean(np.maximum(unit, 0) ** 2)


def next_layer(average, batch):
    """The mean square of a unit above activations whose mean square is a."""
    return average(batch.sizes["n_in"], batch.values["sigma"], batch.values["a"])


def after_activation(activation, mean_square):
    """E[phi(sqrt(q) g)^2] by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    return np.sum(weights * activation(np.sqrt(mean_square) * nodes) ** 2) / np.sqrt(2 * np.pi)


def at_small_signals(batch):
    """E[tanh(sqrt(q) g)^2] / q at q = 1e-10."""
    return np.full(len(batch), after_activation(np.tanh, 1e-10) / 1e-10)


def growth(variance, activation, mean_square):
    """sqrt(q_{l+1} / q_l) of one layer with 256 inputs."""

    def at(batch):
        squares = 256 * variance * after_activation(activation, mean_square) / mean_square
        return np.full(len(batch), np.sqrt(squares))

    return at


def rectified(z):
    """max(0, z)."""
    return np.maximum(z, 0)


SMALL: Tolerance = (1e-8, "tanh^2 x = x^2 - 2/3 x^4 at x^2 of 1e-10")
XAVIER = {
    r"\mathbb{E}[z^2]": by_averages(forward),
    r"\mathbb{E}[\mathrm{d}x^2]": by_averages(backward),
    derived.at_variance(r"\mathbb{E}[z^2]", r"1/n_{\mathrm{in}}"): by_averages(
        lambda mean, batch: forward(mean, batch, batch.sizes["n_in"] ** -0.5)
    ),
    derived.at_variance(r"\mathbb{E}[\mathrm{d}x^2]", r"1/n_{\mathrm{out}}"): by_averages(
        lambda mean, batch: backward(mean, batch, batch.sizes["n_out"] ** -0.5)
    ),
    derived.at_variance(
        r"\tfrac{1}{2} (n_{\mathrm{in}} + n_{\mathrm{out}}) \sigma^2",
        r"2/(n_{\mathrm{in}} + n_{\mathrm{out}})",
    ): by_averages(on_average),
    r"q_\ell": layer_by_layer(1.0),
}
HE = {
    r"\mathbb{E}[\operatorname{relu}(z)^2]": (
        agreeing("quadrature", rectified_square),
        agreeing("Monte Carlo", rectified_samples, MONTE_CARLO),
    ),
    r"\mathbb{E}[z^2]": by_averages(lambda mean, batch: forward(mean, batch, part=0.5)),
    derived.at_variance(r"\mathbb{E}[z^2]", r"2/n_{\mathrm{in}}"): by_averages(
        lambda mean, batch: forward(mean, batch, (2 / batch.sizes["n_in"]) ** 0.5, 0.5)
    ),
    r"a_\ell": layer_by_layer(0.5),
}
FLOW = {
    r"q_{\ell+1}": by_averages(next_layer),
    r"\mathbb{E}[\tanh(q^{1/2} g)^2] / q": (
        agreeing("quadrature at q = 1e-10", at_small_signals, SMALL),
    ),
    derived.growth_with(derived.SMALL_TANH): (
        agreeing("quadrature at q = 1e-10", growth(1e-4, np.tanh, 1e-10), SMALL),
    ),
    derived.growth_with(derived.XAVIER_RELU): (
        agreeing("quadrature", growth(1 / 256, rectified, 1.0)),
    ),
    derived.growth_with(derived.HE_RELU): (
        agreeing("quadrature", growth(2 / 256, rectified, 1.0)),
    ),
}
XAVIER_FAULTS = {
    r"\mathbb{E}[z^2]": (
        Fault("fan_out in the forward pass", fan_out * sigma**2 * q),
        Fault("standard deviation for variance", fan_in * sigma * q),
    ),
    r"\mathbb{E}[\mathrm{d}x^2]": (Fault("fan_in in the backward pass", fan_in * sigma**2 * r),),
}
HE_FAULTS = {
    r"\mathbb{E}[\operatorname{relu}(z)^2]": (
        Fault("the whole square", q),
        Fault("half of the right one", q / 4),
    ),
    r"\mathbb{E}[z^2]": (Fault("the half forgotten", fan_in * sigma**2 * q),),
}


# --- zero weights --------------------------------------------------------------------------------


def gradients(batch, activation, widths):
    """Hidden activations and gradients of MLPs with zero parameters, one for each point.

    Returns (activations, weight gradients, bias gradients), lists over the layers of arrays with
    a leading batch axis, by PyTorch's autograd.
    """
    xp = torch_backend()
    import torch

    x, labels = (xp.array(batch.values[name]) for name in ("X", "Y"))
    sizes = list(pairwise(widths))
    weights = [torch.zeros(len(x), m, n, dtype=x.dtype, requires_grad=True) for n, m in sizes]
    biases = [torch.zeros(len(x), 1, m, dtype=x.dtype, requires_grad=True) for _, m in sizes]
    hidden = []
    for layer, (W, b) in enumerate(zip(weights, biases, strict=True), start=1):
        x = x @ W.mT + b
        if layer < len(sizes):
            x = getattr(torch, activation)(x)
            hidden.append(x)
    loss = -(labels * torch.log_softmax(x, dim=-1)).sum() / labels.shape[1]
    slopes = torch.autograd.grad(loss, [*weights, *biases])
    return (
        [h.detach().numpy() for h in hidden],
        [slope.numpy() for slope in slopes[: len(weights)]],
        [slope.numpy()[:, 0] for slope in slopes[len(weights) :]],
    )


def in_networks(read, first_hidden="m", only=("tanh", "relu")) -> tuple[Oracle, ...]:
    """What `read(activations, dW, db)` is in MLPs with two and three hidden layers."""

    def network(activation, depth):
        def at(batch):
            size = batch.sizes
            hidden = [size[first_hidden], *[size["m"]] * (depth - 1)]
            return read(*gradients(batch, activation, [size["n"], *hidden, size["C"]]))

        return agreeing(f"{activation}, {depth} hidden layers", at)

    return tuple(network(activation, depth) for activation in only for depth in (2, 3))


OUTPUT_BIAS = r"\frac{\partial L}{\partial \beta_c}"


def below_second_layer(activations, dW, db):
    """dL/dh or dL/dz below a layer with zero weights, as the bias gradient below shows it."""
    return np.repeat(db[0][:, None, :], activations[0].shape[1], axis=1)


ZERO_ORACLES = {
    "h_{sj}": in_networks(lambda hidden, dW, db: hidden[0]),
    r"\frac{\partial L}{\partial W_{jk}}": in_networks(
        lambda hidden, dW, db: dW[1], first_hidden="n"
    ),
    r"\frac{\partial L}{\partial h_{sk}}": in_networks(below_second_layer, first_hidden="n"),
    r"\frac{\partial L}{\partial z_{sj}}": in_networks(below_second_layer),
    r"\frac{\partial L}{\partial b_j}": in_networks(lambda hidden, dW, db: db[0]),
    r"\frac{\partial L}{\partial W_{1,jk}}": in_networks(lambda hidden, dW, db: dW[0]),
    OUTPUT_BIAS: in_networks(lambda hidden, dW, db: db[-1]),
}
BIAS_FAULTS = (
    Fault("exactly zero, as the homework notes", Integer(0)),
    Fault("class share without 1/C", -share),
    Fault("opposite sign", share - 1 / C),
)


def checks(derivation, oracles, faults=MappingProxyType({})):
    """One check for each chain that has oracles."""
    return tuple(
        Check(derivation[name], judges, faults=faults.get(name, ()))
        for name, judges in oracles.items()
    )


CLAIMS = (
    Claim(derived.xavier, LAYER, checks(derived.xavier, XAVIER, XAVIER_FAULTS)),
    Claim(derived.he, LAYER, checks(derived.he, HE, HE_FAULTS)),
    Claim(derived.flow, LAYER, checks(derived.flow, FLOW)),
    Claim(derived.zero, ZERO, checks(derived.zero, ZERO_ORACLES, {OUTPUT_BIAS: BIAS_FAULTS})),
)
