"""Worked examples: the derivations' own expressions at small inputs, in exact arithmetic.

Nothing here is typed a second time. Each example puts numbers into the expressions that the
derivations state, and keeps what comes out exact: `45/43`, `e/(1 + e)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sympy import (
    Basic,
    Expr,
    Idx,
    Indexed,
    Integer,
    Piecewise,
    Rational,
    simplify,
    sympify,
)

from derivations import adam, huber, initialization, layers, momentum, softmax
from derivations.derivation import Derivation
from derivations.huber import EXAMPLE
from derivations.huber_minimiser import Solution, solutions
from derivations.notation import Sum, total

Values = dict[Basic, Any]
Array = tuple
"""An array as nested tuples of exact numbers."""


def exact(expr: Basic, values: Values) -> Expr:
    """The value of an expression, exact: sums are written out, entries looked up by their places.

    `values` has the sizes, the numbers, and the arrays, by their base or an entry of it, as nested
    tuples. Raises `KeyError` for an array that it lacks.
    """
    if expr in values:
        return sympify(values[expr])
    if isinstance(expr, Sum):
        return sum((exact(expr.function, values | at) for at in _places(expr, values)), Integer(0))
    if isinstance(expr, Indexed):
        return _entry(expr, values)
    if isinstance(expr, Piecewise):
        return next(exact(part, values) for part, on in expr.args if exact(on, values))
    if not expr.args:
        return expr
    return expr.func(*(exact(part, values) for part in expr.args))


def table(expr: Basic, values: Values, *indices: Idx) -> Array:
    """The values of an expression at all places of its indices, the first one outermost."""
    if not indices:
        return simplify(exact(expr, values))
    first, *rest = indices
    return tuple(
        table(expr, values | {first: place}, *rest)
        for place in range(1, int(exact(first.upper, values)) + 1)
    )


@dataclass(frozen=True)
class SoftmaxExample:
    """y, the Jacobian and its row sums at one z and tau."""

    z: Array
    tau: Rational
    exponentials: Array
    partition: Expr
    y: Array
    jacobian: Array
    row_sums: Array


def softmax_example() -> SoftmaxExample:
    """The softmax and its Jacobian by hand (1.1)."""
    i, j = softmax.i, softmax.j
    z, tau = (0, 1, 2), Integer(1)
    given: Values = {softmax.n: len(z), softmax.tau: tau, softmax.z: z}
    y = table(softmax.softmax, given, i)
    known = given | {softmax.y: y}
    return SoftmaxExample(
        z=z,
        tau=tau,
        exponentials=table(softmax.exponential(i), given, i),
        partition=exact(softmax.partition, given),
        y=y,
        jacobian=table(softmax.jacobian_entry, known, i, j),
        row_sums=table(softmax.row_sums[r"(J \mathbf{1})_i"].start, known, i),
    )


@dataclass(frozen=True)
class HuberExample:
    """Four points on a line, one of them an outlier: every pattern, the minimiser, and IRLS.

    `patterns` counts all, `unsolvable` those whose normal equations have no solution; `solved` are
    the others, of which only `right` has residuals of the pattern that it was solved for.
    `least_squares` assumes inliers alone, `guessed` the pattern that the residuals of least squares
    have. The arrays belong to the right w: `gradient` is their sum of -psi_i x_i. `iterates` are
    those of IRLS from the least-squares solution on.
    """

    x: Array
    y: Array
    delta: Rational
    patterns: int
    unsolvable: int
    solved: tuple[Solution, ...]
    least_squares: Solution
    guessed: Solution
    right: Solution
    residuals: Array
    psi: Array
    gradient: Expr
    iterates: tuple[Rational, ...]


def huber_example(steps: int = 4) -> HuberExample:
    """The exact Huber minimiser of four points by hand (2.2)."""
    tried = solutions(EXAMPLE)
    solved = tuple(solution for solution in tried if solution.w is not None)
    (right,) = (solution for solution in solved if solution.is_consistent)
    (least_squares,) = (solution for solution in solved if not any(solution.pattern))
    (guessed,) = (solution for solution in solved if solution.pattern == least_squares.seen)
    known = _of_line(weights(right))
    return HuberExample(
        x=tuple(row[0] for row in EXAMPLE.X),
        y=EXAMPLE.y,
        delta=EXAMPLE.delta,
        patterns=len(tried),
        unsolvable=len(tried) - len(solved),
        solved=solved,
        least_squares=least_squares,
        guessed=guessed,
        right=right,
        residuals=known[huber.r],
        psi=table(huber.influence(huber.r[huber.i]), known, huber.i),
        gradient=exact(huber.gradient_sum, known | {huber.j: 1}),
        iterates=tuple(_reweighted(weights(least_squares), steps)),
    )


def weights(solution: Solution) -> Array:
    """The w of a pattern whose normal equations have a solution."""
    if solution.w is None:
        raise ValueError(f"solution: expected one with a w, got {solution}")
    return tuple(solution.w)


@dataclass(frozen=True)
class AdamExample:
    """Two steps of Adam and of momentum SGD from w_1 = 0, by the names that the homework uses.

    `steps` are w_t - w_{t+1} in units of alpha; `scaled_steps` those of gradients `factor` times as
    large. `longest` is what no step exceeds in the long run, `after_silence` that of one gradient
    after many that are 0.
    """

    gradients: tuple[Rational, Rational]
    settings: Mapping[str, Rational]
    values: Mapping[str, Expr]
    steps: tuple[Expr, Expr]
    velocities: tuple[Expr, Expr]
    factor: Integer
    scaled_steps: tuple[Expr, Expr]
    longest: float
    after_silence: float


def adam_example() -> AdamExample:
    """The first two updates by hand, with the usual settings (3.1)."""
    gradients, factor = (Integer(1), Rational(1, 10)), Integer(100)
    settings = {
        adam.alpha: Rational(1, 1000),
        adam.beta1: Rational(9, 10),
        adam.beta2: Rational(999, 1000),
        adam.epsilon: Rational(1, 10**8),
    }
    values = _adam_values(gradients, settings)
    mu, t = settings[adam.beta1], momentum.t
    velocity = momentum.unrolled["u_t"].closed_form
    longest, after_silence = (
        float(exact(bound, {adam.beta1: mu, adam.decay2: settings[adam.beta2]}) ** Rational(1, 2))
        for bound in (adam.limit_of_reach, adam.limit_of_lone)
    )
    return AdamExample(
        gradients=gradients,
        settings={symbol.name: value for symbol, value in settings.items()},
        values=values,
        steps=_lengths(values, settings),
        velocities=tuple(
            exact(velocity, {t: step, momentum.mu: mu, momentum.g: gradients}) for step in (1, 2)
        ),
        factor=factor,
        scaled_steps=_lengths(
            _adam_values(tuple(factor * g for g in gradients), settings), settings
        ),
        longest=longest,
        after_silence=after_silence,
    )


@dataclass(frozen=True)
class GrowthExample:
    """What one layer of `width` units makes of the signal, and what `layers` of them do.

    The factors are those of small weights with tanh, of Xavier's with ReLU and of He's with ReLU.
    """

    width: int
    layers: int
    factors: tuple[Expr, ...]
    overall: tuple[Expr, ...]


def growth_example() -> GrowthExample:
    """The factors per layer by hand (5.2), from the first to the last of five hidden layers."""
    factors = tuple(chain.closed_form for chain in initialization.flow.chains[-3:])
    return GrowthExample(256, 4, factors, tuple(factor**4 for factor in factors))


@dataclass(frozen=True)
class NetworkExample:
    """One sample through linear, ReLU, linear and softmax cross-entropy, forward and back.

    `arrays` has everything from X to dW1 by its name. `numerical` is the central difference of the
    loss in each weight of the first layer, and `largest_error` the largest relative error of these.
    """

    arrays: Mapping[str, Array]
    loss: Expr
    step: Rational
    numerical: Array
    largest_error: Expr


def network_example() -> NetworkExample:
    """A network of 2, 2 and 2 units by hand; its biases are zero (Problem 6)."""
    X, Y = ((1, 2),), ((1, 0),)
    W1, W2 = ((1, 0), (1, -1)), ((1, 2), (2, -1))
    Z1, H, Z2 = _forward(X, W1, W2)
    outputs = {layers.N: 1, layers.C: 2, layers.Z: Z2, layers.Y: Y}
    probabilities = table(layers.probability, outputs, layers.p, layers.label)
    known = outputs | {layers.predicted: probabilities}
    dZ2 = _closed_form(layers.softmax_cross_entropy, known)
    second = _layer(H, W2) | {layers.dZ: dZ2}
    dH = _closed_form(layers.linear_dX, second)
    mask = table(layers.indicator(layers.X[layers.p, layers.j] > 0), _layer(Z1), layers.p, layers.j)
    dZ1 = _closed_form(layers.relu, _layer(Z1) | {layers.dY: dH, layers.positive: mask})
    first = _layer(X, W1) | {layers.dZ: dZ1}
    dW1 = _closed_form(layers.linear_dW, first)
    step = Rational(1, 10**5)
    numerical = _central_differences(X, Y, W1, W2, step)
    arrays = {"X": X, "Y": Y, "W1": W1, "W2": W2, "Z1": Z1, "H": H, "Z2": Z2}
    arrays |= {"probabilities": probabilities, "dZ2": dZ2, "dH": dH, "dZ1": dZ1, "dW1": dW1}
    arrays |= {
        "dW2": _closed_form(layers.linear_dW, second),
        "db2": _closed_form(layers.linear_db, second),
        "db1": _closed_form(layers.linear_db, first),
    }
    pairs = [pair for rows in zip(dW1, numerical, strict=True) for pair in zip(*rows, strict=True)]
    return NetworkExample(
        arrays=arrays,
        loss=simplify(exact(layers.loss, outputs)),
        step=step,
        numerical=numerical,
        largest_error=max(abs(a - n) / (abs(a) + abs(n)) for a, n in pairs if a != n),
    )


def _places(expr: Sum, values: Values) -> Iterator[dict[Basic, int]]:
    """Where a sum has its terms."""
    names = [name for name, _, _ in expr.limits]
    ends = [[int(exact(end, values)) for end in ends] for _, *ends in expr.limits]
    for places in product(*(range(lower, upper + 1) for lower, upper in ends)):
        yield dict(zip(names, places, strict=True))


def _entry(expr: Indexed, values: Values) -> Expr:
    """An entry of an array of which `values` has the whole."""
    found = values[expr.base]
    for place in expr.indices:
        found = found[int(exact(place, values)) - 1]
    return sympify(found)


def _of_line(w: Sequence[Rational]) -> Values:
    """Huber's data, and the residuals of one w."""
    data = {
        huber.n: len(EXAMPLE.y),
        huber.d: 1,
        huber.X: EXAMPLE.X,
        huber.y: EXAMPLE.y,
        huber.delta: EXAMPLE.delta,
        huber.w: tuple(w),
    }
    return data | {huber.r: table(huber.residual(huber.i), data, huber.i)}


def _reweighted(w: Sequence[Rational], steps: int) -> Iterator[Rational]:
    """IRLS for one feature: w and what `steps` weighted least-squares fits make of it."""
    i, x = huber.i, huber.X[huber.i, 1]
    weighted = huber.weight(huber.r[i]) * x
    yield w[0]
    for _ in range(steps):
        known = _of_line(w)
        w = (exact(total(weighted * huber.y[i], i), known) / exact(total(weighted * x, i), known),)
        yield w[0]


def _adam_values(
    gradients: Sequence[Rational], settings: Mapping[Basic, Rational]
) -> dict[str, Expr]:
    """The ten quantities of the first two updates from w_1 = 0, by their names in LaTeX."""
    inputs = dict(zip((adam.g1, adam.g2), gradients, strict=True))
    values: Values = {**settings, **inputs, adam.w1: Integer(0)}
    found = {}
    for chain in (*adam.step1.chains, *adam.step2.chains):
        found[chain.name] = exact(chain.closed_form, values)
    return found


def _lengths(values: Mapping[str, Expr], settings: Mapping[Basic, Rational]) -> tuple[Expr, Expr]:
    """w_1 - w_2 and w_2 - w_3 in units of alpha, where w_1 = 0."""
    alpha = settings[adam.alpha]
    return -values["w_2"] / alpha, (values["w_2"] - values["w_3"]) / alpha


def _closed_form(derivation: Derivation, values: Values) -> Array:
    """What a derivation of one chain ends in, at all places."""
    (chain,) = derivation.chains
    return table(chain.closed_form, values, *chain.indices)


def _layer(X: Array, W: Array | None = None) -> dict[Basic, Any]:
    """One layer's input and weights with their sizes; zero biases."""
    sizes = {layers.N: len(X), layers.d: len(X[0])}
    weights = {layers.m: len(W), layers.W: W, layers.b: (0,) * len(W)} if W else {}
    return sizes | weights | {layers.X: X}


def _forward(X: Array, W1: Array, W2: Array) -> tuple[Array, Array, Array]:
    """Z1, H and Z2."""
    sample, output, feature = layers.n, layers.i, layers.k
    linear = layers.linear(sample, output)
    rectified = layers.rectified(layers.X[sample, feature])
    Z1 = table(linear, _layer(X, W1), sample, output)
    H = table(rectified, _layer(Z1), sample, feature)
    return Z1, H, table(linear, _layer(H, W2), sample, output)


def _central_differences(X: Array, Y: Array, W1: Array, W2: Array, step: Rational) -> Array:
    """The central difference of the loss in each entry of W1."""

    def loss_at(row: int, column: int, change: Rational) -> Expr:
        moved = [list(weights) for weights in W1]
        moved[row][column] += change
        *_, Z2 = _forward(X, tuple(map(tuple, moved)), W2)
        return exact(layers.loss, {layers.N: 1, layers.C: 2, layers.Z: Z2, layers.Y: Y})

    return tuple(
        tuple(
            (loss_at(row, column, step) - loss_at(row, column, -step)) / (2 * step)
            for column in range(len(W1[0]))
        )
        for row in range(len(W1))
    )
