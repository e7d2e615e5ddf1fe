"""What each question asks, from the homework's text: its inputs, where they lie, and its answer.

Nothing here comes from the derivations. Entries are summed in plain loops; a limit is its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random
from typing import Any

import numpy as np
from reader import array_of
from reals import COMPARISONS as COMPARE
from reals import ONE, ZERO, Real, absolute, exponential, logarithm, real, root, sign, where
from reals import sigmoid as sigmoid_of

Values = dict[str, Any]
Draw = Callable[[Random], Fraction]
ORDINARY = [Fraction(x) for x in (0, 0, 0, 1, 1, -1, 2, -2, 3, -3, 5, -5, 7, 0.5, -0.5, -1.5, 0.25)]
POSITIVE = [number for number in ORDINARY if number > 0] + [Fraction(3, 2), Fraction(4)]
RATES = [Fraction(x) for x in (0, 0.5, 0.25, 0.75)] + [Fraction(9, 10), Fraction(99, 100)]
NONNEGATIVE = [*RATES, Fraction(1), Fraction(3), Fraction(3, 2)]
REAL_RATES = NONNEGATIVE + [-number for number in RATES] + [Fraction(-1), Fraction(-2)]
SMALL = [Fraction(1, 100), Fraction(1), Fraction(1, 2), Fraction(1, 1000)]
HALF = Fraction(1, 2)
WHOLE = [Fraction(number) for number in (-2, -1, -1, 0, 0, 1, 1, 2, 3)]


@dataclass(frozen=True)
class Subject:
    """Inputs with the sizes of their axes, how they are drawn, and what follows from them.

    `draws` has a list of numbers for every name; `completed` adds the abbreviations; `holds` says
    whether a point lies inside the conditions.
    """

    shapes: Mapping[str, tuple[str, ...]]
    draws: Mapping[str, list[Fraction]]
    completed: Callable[[Values], Values] = lambda values: {}
    holds: Callable[[Values], bool] = lambda values: True


@dataclass(frozen=True)
class Reference:
    """A question: the right entry at a place, and right answers to start from."""

    subject: Subject
    right: Callable[..., Real]
    shape: tuple[str, ...] = ()
    indices: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes."""
        named = dict.fromkeys(
            s for axes in (*self.subject.shapes.values(), self.shape) for s in axes
        )
        return tuple(named)

    def draw(self, rng: Random, sizes: Mapping[str, int] | None = None) -> Values:
        """A point inside the conditions, abbreviations included."""
        while True:
            values: Values = dict(sizes or {name: _size(name, rng) for name in self.sizes})
            drawn: list[Fraction] = []
            for name, axes in self.subject.shapes.items():
                array = np.empty([values[axis] for axis in axes], dtype=object)
                for place in np.ndindex(array.shape):
                    array[place] = _number(self.subject.draws.get(name, ORDINARY), drawn, rng)
                values[name] = array_of(array)
            values |= self.subject.completed(values)
            if self.subject.holds(values):
                return values

    def right_values(self, values: Values) -> np.ndarray:
        """The right array at a point."""
        shape = tuple(values[size] for size in self.shape)
        result = np.empty(shape, dtype=object)
        for places in product(*map(range, shape)):
            result[places] = self.right(values, *places)
        return result


def _size(name: str, rng: Random) -> int:
    return rng.choice((0, 1, 2, 3)) if name in ("t", "ell", "r") else rng.choice((1, 2, 2, 3))


def _number(numbers: list[Fraction], drawn: list[Fraction], rng: Random) -> Fraction:
    """A number of the list, at times one that was drawn before."""
    again = [number for number in drawn if number in numbers]
    number = rng.choice(again if again and rng.random() < 0.2 else numbers)
    drawn.append(abs(number))
    return number


def at(values: Values, name: str, *places: int) -> Real:
    """One entry, from 0."""
    return values[name][places]


def total(terms) -> Real:
    """A plain sum."""
    result = ZERO
    for term in terms:
        result = result + term
    return result


def is_positive(*names: str) -> Callable[[Values], bool]:
    """Whether all entries of these are positive."""
    return lambda values: all(
        entry.is_known and (entry.number > 0) is True
        for name in names
        for entry in values[name].flat
    )


def is_rate(*names: str) -> Callable[[Values], bool]:
    """Whether these lie in [0, 1)."""
    return lambda values: all(0 <= values[name][()].number < 1 for name in names)


def is_nonnegative(*names: str) -> Callable[[Values], bool]:
    """Whether none of these is negative."""
    return lambda values: all(values[name][()].number >= 0 for name in names)


def all_of(*conditions: Callable[[Values], bool]) -> Callable[[Values], bool]:
    """Whether every condition holds."""
    return lambda values: all(condition(values) for condition in conditions)


def loop(size: str, values: Values) -> range:
    """The places along an axis."""
    return range(values[size])


# --- softmax -------------------------------------------------------------------------------------


def probabilities(values: Values) -> Values:
    """y = softmax(z / tau): weights give exact probabilities, and logits that fit them."""
    if "y" in values:
        whole = total(values["y"].flat)
        y = array_of([weight / whole for weight in values["y"]])
        if "z" in values:
            return {"y": y}
        tau = values["tau"][()]
        return {"y": y, "z": array_of([tau * logarithm(weight) for weight in values["y"]])}
    powers = [exponential(z / values["tau"][()]) for z in values["z"]]
    return {"y": array_of([power / total(powers) for power in powers])}


SOFTMAX = Subject(
    {"y": ("n",), "tau": (), "v": ("n",)},
    {"y": POSITIVE, "tau": POSITIVE},
    probabilities,
    is_positive("y", "tau"),
)
SHIFTED = Subject({"z": ("n",), "tau": (), "c": ()}, {"tau": POSITIVE}, holds=is_positive("tau"))
ANY_POSITIVE = Subject(
    {"y": ("n",), "tau": ()}, {"y": POSITIVE, "tau": POSITIVE}, holds=is_positive("y", "tau")
)
CONSTANT = Subject(
    {"y": ("n",), "tau": (), "c": ()},
    SOFTMAX.draws,
    lambda p: {**probabilities(p), "v": array_of([at(p, "c")] * p["n"])},
    SOFTMAX.holds,
)
HOT = Subject({"z": ("n",), "tau": ()}, {"tau": POSITIVE}, holds=is_positive("tau"))
TIED = Subject(
    {"M": (), "a": (), "b": ("r",), "tau": (), "unused_p": ("p",)},
    {"a": POSITIVE, "b": [Fraction(0), *POSITIVE], "tau": POSITIVE},
    lambda p: {"z": array_of([at(p, "M") - at(p, "a") - excess for excess in p["b"]])},
    is_positive("a", "tau"),
)


def jacobian(p: Values, i: int, j: int) -> Real:
    """dy_i/dz_j = y_i ([i = j] - y_j) / tau."""
    return at(p, "y", i) * (real(int(i == j)) - at(p, "y", j)) / at(p, "tau")


def shifted(p: Values, i: int) -> Real:
    """The softmax of z / tau."""
    powers = [exponential(z / at(p, "tau")) for z in p["z"]]
    return powers[i] / total(powers)


REFERENCES: dict[str, Reference] = {
    "softmax.jacobian": Reference(
        SOFTMAX, jacobian, ("n", "n"), ("i", "j"),
        (
            "(diag(y) - outer(y, y)) / tau",
            "y[:, None] * (eye(n) - y) / tau",
            "y[i] * ((i == j) - y[j]) / tau",
            "where(i == j, y[i] * (1 - y[i]), -y[i] * y[j]) / tau",
            "(diag(softmax(z / tau)) - outer(y, softmax(z / tau))) / tau",
        ),
    ),
    "softmax.row_sums": Reference(
        SOFTMAX, lambda p, i: ZERO, ("n",), ("i",),
        ("zeros(n)", "0", "y * (1 - sum(y)) / tau", "y[i] - y[i] * sum(y)"),
    ),
    "softmax.symmetry": Reference(
        ANY_POSITIVE, jacobian, ("n", "n"), ("i", "j"),
        ("(diag(y) - outer(y, y)) / tau", "((i == j) - y[i]) * y[j] / tau"),
    ),
    "softmax.psd": Reference(
        SOFTMAX,
        lambda p: total(
            at(p, "v", i) * jacobian(p, i, j) * at(p, "v", j)
            for i, j in product(loop("n", p), repeat=2)
        ),
        texts=(
            "(sum(y * v ** 2) - dot(y, v) ** 2) / tau",
            "sum(y * (v - y @ v) ** 2) / tau",
            "v @ (diag(y) - outer(y, y)) @ v / tau",
        ),
    ),
    "softmax.shift": Reference(
        SHIFTED, shifted, ("n",), ("i",),
        (
            "softmax(z / tau)",
            "exp((z + c) / tau) / sum(exp((z + c) / tau))",
            "exp(z[i] / tau) / sum(exp(z[k] / tau) for k in range(n))",
        ),
    ),
    "softmax.kernel.1": Reference(
        CONSTANT, lambda p, i: ZERO, ("n",), ("i",), ("0", "y * (v - v @ y) / tau", "c - y @ v"),
    ),
    "softmax.limits.1": Reference(
        HOT, lambda p, i: real(Fraction(1, p["n"])), ("n",), ("i",), ("1 / n", "ones(n) / n"),
    ),
    "softmax.limits.3": Reference(
        TIED, lambda p: real(Fraction(1, p["p"])), texts=("1 / p", "1 / (p + r - r)"),
    ),
}  # fmt: skip

# --- affine least squares ------------------------------------------------------------------------

AFFINE = Subject({"A": ("d", "m"), "b": ("d",), "t": ("d",), "x": ("m",)}, {})


def affine_residual(p: Values, row: int) -> Real:
    """(A x + b - t)_row."""
    return (
        total(at(p, "A", row, k) * at(p, "x", k) for k in loop("m", p))
        + at(p, "b", row)
        - at(p, "t", row)
    )


REFERENCES |= {
    "least_squares.grad_A": Reference(
        AFFINE, lambda p, i, j: affine_residual(p, i) * at(p, "x", j), ("d", "m"), ("p", "q"),
        (
            "outer(A @ x + b - t, x)",
            "(A @ x + b - t)[:, None] * x",
            "A @ outer(x, x) + outer(b - t, x)",
            "(sum(A[p, k] * x[k] for k in range(m)) + b[p] - t[p]) * x[q]",
        ),
    ),
    "least_squares.grad_b": Reference(
        AFFINE, affine_residual, ("d",), ("p",),
        ("A @ x + b - t", "sum(A * x, axis=1) + b - t", "b - t + x @ A.T"),
    ),
}  # fmt: skip

# --- Huber ---------------------------------------------------------------------------------------


def clipped(r: Real, delta: Real) -> Real:
    """psi_delta(r): r up to delta, then delta with the sign of r."""
    return where(COMPARE["<="](absolute(r), delta), r, delta * sign(r))


def residuals(p: Values, weights: str) -> list[Real]:
    """r_i = y_i - w^T x_i."""
    return [
        at(p, "y", i) - total(at(p, "X", i, j) * at(p, weights, j) for j in loop("d", p))
        for i in loop("n", p)
    ]


def regression(p: Values) -> Values:
    """The residuals and what is made of them."""
    r = residuals(p, "w" if "w" in p else "u")
    delta = at(p, "delta")
    inside = [COMPARE["<="](absolute(one), delta) for one in r]
    return {
        "r": array_of(r),
        "psi": array_of([clipped(one, delta) for one in r]),
        "a": array_of(inside),
        "s": array_of([where(i, ZERO, sign(one)) for i, one in zip(inside, r, strict=True)]),
        "omega": array_of(
            [where(i, ONE, delta / absolute(one)) for i, one in zip(inside, r, strict=True)]
        ),
    }


def gradient(p: Values, j: int) -> Real:
    """-sum_i psi(r_i) X_ij."""
    return -total(
        clipped(r, at(p, "delta")) * at(p, "X", i, j) for i, r in enumerate(residuals(p, "w"))
    )


def monotone(p: Values) -> Real:
    """(grad L(u) - grad L(v))^T (u - v)."""
    at_u, at_v = residuals(p, "u"), residuals(p, "v")
    delta = at(p, "delta")
    return total(
        -(clipped(at_u[i], delta) - clipped(at_v[i], delta))
        * at(p, "X", i, j)
        * (at(p, "u", j) - at(p, "v", j))
        for i in loop("n", p)
        for j in loop("d", p)
    )


def objective(p: Values) -> Real:
    """sum_i of r^2/2 up to delta, delta (|r| - delta/2) beyond."""
    delta = at(p, "delta")
    return total(
        where(
            COMPARE["<="](absolute(r), delta),
            r * r * real(HALF),
            delta * (absolute(r) - delta * real(HALF)),
        )
        for r in residuals(p, "w")
    )


def small_minimiser(p: Values) -> Real:
    """Where the slope, straight between the thresholds of four residuals, crosses 0."""
    rows = list(zip(map(Fraction, (1, 2, 4, 9)), map(Fraction, (1, 2, 12, 9)), strict=True))

    def slope(w: Fraction) -> Fraction:
        return -sum(x * min(max(y - x * w, Fraction(-1)), Fraction(1)) for x, y in rows)

    thresholds = sorted((y + side) / x for x, y in rows for side in (-1, 1))
    low = max(w for w in thresholds if slope(w) < 0)
    high = min(w for w in thresholds if slope(w) >= 0)
    return real(low - slope(low) * (high - low) / (slope(high) - slope(low)))


def norm_lost(p: Values) -> Real:
    """|u|^2 - |v|^2."""
    return total(entry * entry for entry in p["u"]) - total(entry * entry for entry in p["v"])


def suboptimality(p: Values) -> Values:
    """By how much v is worse than u at lambda, and u worse than v at lambda + p."""
    lost, lost_at_lam = at(p, "Lu") - at(p, "Lv"), at(p, "lam") * real(HALF) * norm_lost(p)
    further = at(p, "p") * real(HALF) * norm_lost(p)
    return {
        "eu": array_of(lost + lost_at_lam + further),
        "ev": array_of(-lost - lost_at_lam),
    }


def _sizes_of_residuals(compared: str) -> Callable[[Values], bool]:
    def holds(p: Values) -> bool:
        return all(
            COMPARE[compared](absolute(r), at(p, "delta")).number == 1 for r in residuals(p, "w")
        )

    return holds


POSITIVE_DELTA = is_positive("delta")
SCALAR = Subject({"r": (), "delta": ()}, {"delta": POSITIVE}, holds=POSITIVE_DELTA)
NEAR = Subject(
    {"delta": (), "h": ()},
    {"delta": POSITIVE, "h": POSITIVE},
    holds=all_of(is_positive("delta", "h"), lambda p: p["h"][()].number < p["delta"][()].number),
)
INPUTS: dict[str, tuple[str, ...]] = {"X": ("n", "d"), "w": ("d",), "y": ("n",), "delta": ()}
NUMBERS = {"X": WHOLE, "w": WHOLE, "y": WHOLE, "u": WHOLE, "v": WHOLE, "delta": POSITIVE}
REGRESSION = Subject(INPUTS, NUMBERS, regression, POSITIVE_DELTA)
INLIERS = Subject(INPUTS, NUMBERS, regression, all_of(POSITIVE_DELTA, _sizes_of_residuals("<")))
OUTLIERS = Subject(INPUTS, NUMBERS, regression, all_of(POSITIVE_DELTA, _sizes_of_residuals(">")))
RIDGE = Subject(
    INPUTS | {"lam": ()},
    NUMBERS | {"lam": POSITIVE},
    regression,
    all_of(POSITIVE_DELTA, is_positive("lam")),
)
TWO_POINTS = Subject(
    {"X": ("n", "d"), "u": ("d",), "v": ("d",), "y": ("n",), "delta": (), "lam": ()},
    RIDGE.draws,
    regression,
    RIDGE.holds,
)
SHRINKING = Subject(
    {"u": ("d",), "v": ("d",), "Lu": (), "Lv": (), "lam": (), "p": ()},
    {**NUMBERS, "lam": POSITIVE, "p": POSITIVE},
    suboptimality,
    all_of(is_positive("lam", "p"), is_nonnegative("eu", "ev")),
)
DIRECTION = Subject(
    {"c": (), "lam": (), "s": ()},
    {"lam": POSITIVE, "s": POSITIVE},
    lambda p: {"w0": array_of(at(p, "c") / at(p, "s"))},
    is_positive("lam", "s"),
)

REFERENCES |= {
    "huber.derivative": Reference(
        SCALAR, lambda p: clipped(at(p, "r"), at(p, "delta")),
        texts=(
            "clip(r, -delta, delta)",
            "where(abs(r) <= delta, r, delta * sign(r))",
            "sign(r) * minimum(abs(r), delta)",
            "(abs(r + delta) - abs(r - delta)) / 2",
            "r - relu(r - delta) + relu(-r - delta)",
            "delta * r / maximum(delta, abs(r))",
            "where(r > delta, delta, where(r < -delta, -delta, r))",
            "r * minimum(1, delta / abs(r))",
        ),
    ),
    "huber.c1.1": Reference(NEAR, lambda p: at(p, "delta"), texts=("delta",)),
    "huber.c1.2": Reference(
        NEAR, lambda p: at(p, "delta"),
        texts=("delta", "maximum(delta, h)"),
    ),
    "huber.c1.3": Reference(NEAR, lambda p: -at(p, "delta"), texts=("-delta",)),
    "huber.c1.4": Reference(NEAR, lambda p: -at(p, "delta"), texts=("-delta",)),
    "huber.not_c2.1": Reference(NEAR, lambda p: ZERO, texts=("0",)),
    "huber.not_c2.2": Reference(NEAR, lambda p: ONE, texts=("1", "delta / delta")),
    "huber.not_c2.3": Reference(NEAR, lambda p: ONE, texts=("1", "(delta + h - delta) / h")),
    "huber.not_c2.4": Reference(NEAR, lambda p: ZERO, texts=("0",)),
    "huber.gradient": Reference(
        REGRESSION, gradient, ("d",), ("j",),
        (
            "-X.T @ clip(y - X @ w, -delta, delta)",
            "-X.T @ psi",
            "-sum(psi[:, None] * X, axis=0)",
            "-X.T @ where(abs(r) <= delta, r, delta * sign(r))",
            "-sum(where(abs(r[i]) <= delta, r[i], delta * sign(r[i])) * X[i, j] for i in range(n))",
            "-X.T @ (r * (abs(r) <= delta)) - delta * X.T @ (sign(r) * (abs(r) > delta))",
        ),
    ),
    "huber.limits.1": Reference(
        INLIERS, gradient, ("d",), ("j",),
        ("-X.T @ r", "-X.T @ clip(r, -delta, delta)", "X.T @ (X @ w - y)"),
    ),
    "huber.limits.2": Reference(
        OUTLIERS, lambda p, j: gradient(p, j) / at(p, "delta"), ("d",), ("j",),
        ("-X.T @ sign(r)", "-X.T @ (r / abs(r))", "-X.T @ clip(r, -delta, delta) / delta"),
    ),
    "huber.partition": Reference(
        REGRESSION, gradient, ("d",), ("j",),
        ("-X.T @ (a * r + delta * s)", "-X.T @ (a * (y - X @ w)) - delta * X.T @ s"),
    ),
    "huber.irls": Reference(
        REGRESSION, gradient, ("d",), ("j",),
        ("-X.T @ (omega * r)", "-X.T @ diag(omega) @ r", "-X.T @ clip(r, -delta, delta)"),
    ),
    "huber.ridge_gradient": Reference(
        RIDGE, lambda p, j: gradient(p, j) + at(p, "lam") * at(p, "w", j), ("d",), ("j",),
        ("-X.T @ psi + lam * w", "lam * w - X.T @ clip(y - X @ w, -delta, delta)"),
    ),
    "huber.minimiser": Reference(Subject({}, {}), small_minimiser, texts=("45 / 43",)),
    "huber.minimiser_exists": Reference(
        REGRESSION, objective,
        texts=(
            "sum(where(abs(r) <= delta, r ** 2 / 2, delta * (abs(r) - delta / 2)))",
            "sum(a * r ** 2 / 2 + (1 - a) * (delta * s * r - delta ** 2 / 2))",
        ),
    ),
    "huber.ridge_shrinks.1": Reference(
        SHRINKING, norm_lost, texts=("sum(u ** 2) - sum(v ** 2)", "2 * (eu + ev) / p"),
    ),
    "huber.ridge_shrinks.2": Reference(
        DIRECTION,
        lambda p: at(p, "c") * at(p, "s") / (at(p, "lam") + at(p, "s") * at(p, "s")),
        texts=("c * s / (lam + s ** 2)", "s ** 2 * w0 / (lam + s ** 2)", "w0 / (1 + lam / s ** 2)"),
    ),
    "huber.strongly_convex": Reference(
        TWO_POINTS,
        lambda p: monotone(p)
        + at(p, "lam") * total((at(p, "u", j) - at(p, "v", j)) ** real(2) for j in loop("d", p)),
        texts=(
            "lam * sum((u - v) ** 2) + sum((X @ (u - v)) * (clip(y - X @ v, -delta, delta) - psi))",
        ),
    ),
}  # fmt: skip

# --- Adam ----------------------------------------------------------------------------------------


def adam_run(p: Values, gradients: list[Real], epsilon: Real) -> list[Values]:
    """Adam's recursion line by line, from m = v = 0: all quantities after each step."""
    beta1, beta2 = at(p, "beta1"), at(p, "beta2")
    m, v, steps = ZERO, ZERO, []
    for step, g in enumerate(gradients, start=1):
        m = beta1 * m + (ONE - beta1) * g
        v = beta2 * v + (ONE - beta2) * g * g
        mhat, vhat = (
            moment / (ONE - beta ** real(step)) for moment, beta in ((m, beta1), (v, beta2))
        )
        move = at(p, "alpha") * mhat / (root(vhat) + epsilon)
        steps.append({"m": m, "v": v, "mhat": mhat, "vhat": vhat, "move": move})
    return steps


def two_steps(p: Values) -> Values:
    """m1, v1, ..., w2 by their definitions."""
    first, second = adam_run(p, [at(p, "g1"), at(p, "g2")], at(p, "epsilon"))
    named = {"m0": ZERO, "v0": ZERO, "w2": at(p, "w1") - first["move"]}
    named["w3"] = named["w2"] - second["move"]
    for number, step in (("1", first), ("2", second)):
        named |= {name + number: step[name] for name in ("m", "v", "mhat", "vhat", "move")}
    return {name: array_of(value) for name, value in named.items()}


SETTINGS = {"alpha": POSITIVE, "beta1": RATES, "beta2": RATES, "epsilon": SMALL}
INSIDE = all_of(is_positive("alpha", "epsilon"), is_rate("beta1", "beta2"))
HYPERPARAMETERS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("alpha", "beta1", "beta2", "epsilon"), ()
)
STEPS = Subject({"g1": (), "g2": (), "w1": (), **HYPERPARAMETERS}, SETTINGS, two_steps, INSIDE)
AT_ZERO = Subject(STEPS.shapes, {**SETTINGS, "g1": [Fraction(0)]}, two_steps, INSIDE)


def _one_sided(sign_of_g: int) -> Subject:
    inside = all_of(is_positive("alpha"), lambda p: p["g1"][()].number * sign_of_g > 0)
    return Subject({"g1": (), "alpha": ()}, SETTINGS, holds=inside)


def step_value(name: str) -> Callable[[Values], Real]:
    """One of the quantities after two steps."""
    return lambda p: two_steps(p)[name][()]


def _step(name: str, *texts: str) -> Reference:
    return Reference(STEPS, step_value(name), texts=texts)


REFERENCES |= {
    "adam.step1.m1": _step("m1", "(1 - beta1) * g1", "g1 - beta1 * g1"),
    "adam.step1.v1": _step("v1", "(1 - beta2) * g1 ** 2", "v0 * beta2 + g1 * g1 - beta2 * g1 ** 2"),
    "adam.step1.mhat1": _step("mhat1", "g1", "m1 / (1 - beta1)"),
    "adam.step1.vhat1": _step("vhat1", "g1 ** 2", "v1 / (1 - beta2)"),
    "adam.step1.w2": _step(
        "w2",
        "w1 - alpha * g1 / (abs(g1) + epsilon)",
        "w1 - alpha * mhat1 / (sqrt(vhat1) + epsilon)",
        "w1 - alpha * g1 / (sqrt(g1 ** 2) + epsilon)",
        "w1 - alpha * sign(g1) * abs(g1) / (abs(g1) + epsilon)",
        "w1 - alpha * sign(g1) + alpha * epsilon * sign(g1) / (abs(g1) + epsilon)",
        "w1 - alpha * g1 * (abs(g1) - epsilon) / (g1 ** 2 - epsilon ** 2)",
    ),
    "adam.step2.m2": _step(
        "m2", "(1 - beta1) * (beta1 * g1 + g2)", "beta1 * m1 + (1 - beta1) * g2"
    ),
    "adam.step2.v2": _step(
        "v2", "(1 - beta2) * (beta2 * g1 ** 2 + g2 ** 2)", "beta2 * v1 + (1 - beta2) * g2 ** 2"
    ),
    "adam.step2.mhat2": _step("mhat2", "(beta1 * g1 + g2) / (1 + beta1)", "m2 / (1 - beta1 ** 2)"),
    "adam.step2.vhat2": _step(
        "vhat2", "(beta2 * g1 ** 2 + g2 ** 2) / (1 + beta2)", "v2 / (1 - beta2 ** 2)"
    ),
    "adam.step2.w3": _step(
        "w3",
        "w2 - alpha * mhat2 / (sqrt(vhat2) + epsilon)",
        "w2 - alpha * (beta1 * g1 + g2) / (1 + beta1)"
        " / (sqrt((beta2 * g1 ** 2 + g2 ** 2) / (1 + beta2)) + epsilon)",
    ),
    "adam.step_size": Reference(
        STEPS, lambda p: absolute(step_value("move1")(p)),
        texts=("alpha * abs(g1) / (abs(g1) + epsilon)", "alpha * abs(g1 / (abs(g1) + epsilon))"),
    ),
    "adam.epsilon.1": Reference(AT_ZERO, lambda p: ZERO, texts=("0", "-alpha * g1 / epsilon")),
    "adam.epsilon.2": Reference(
        _one_sided(1), lambda p: -at(p, "alpha"), texts=("-alpha", "-alpha * sign(g1)")
    ),
    "adam.epsilon.3": Reference(
        _one_sided(-1), lambda p: at(p, "alpha"), texts=("alpha", "-alpha * g1 / abs(g1)")
    ),
}  # fmt: skip


def weighted(p: Values, rate: str, power: int = 1, name: str = "g") -> Real:
    """sum_k rate^(t - k) g_k^power, from the recursion."""
    result = ZERO
    for g in p[name]:
        result = at(p, rate) * result + g ** real(power)
    return result


RUN: dict[str, tuple[str, ...]] = {"g": ("t",), **HYPERPARAMETERS}
MOMENTS = Subject(
    {"g": ("t",), "gamma": (), "beta1": (), "beta2": ()},
    {"beta1": NONNEGATIVE, "beta2": NONNEGATIVE},
    holds=is_nonnegative("beta1", "beta2"),
)
STARTED = all_of(INSIDE, is_positive("c"), lambda p: p["t"] > 0)
SCALED = Subject({**RUN, "c": ()}, {**SETTINGS, "c": POSITIVE}, holds=STARTED)
NOT_SILENT = Subject(
    SCALED.shapes, SCALED.draws, holds=all_of(STARTED, lambda p: weighted(p, "beta2", 2).number > 0)
)
BOUNDED = Subject(
    {"beta1": (), "beta2": (), "unused_t": ("t",)},
    {"beta1": RATES, "beta2": RATES},
    lambda p: {"rho": array_of(at(p, "beta1") * at(p, "beta1") / at(p, "beta2"))},
    all_of(is_rate("beta1", "beta2"), is_positive("beta2"), is_rate("rho")),
)
AFTER_SILENCE = Subject(
    BOUNDED.shapes, BOUNDED.draws, holds=all_of(is_rate("beta1", "beta2"), is_positive("beta2"))
)
MOVED = Subject({"Delta": ("t",), "w1": ()}, {})


def after_silence(p: Values) -> Real:
    """The limit of (1 - beta1)^2 (1 - beta2^t) / ((1 - beta2) (1 - beta1^t)^2)."""
    return (ONE - at(p, "beta1")) ** real(2) / (ONE - at(p, "beta2"))


def _weights(rate: str) -> Callable[[Values], Real]:
    def right(p: Values) -> Real:
        ones = {**p, "g": array_of([1] * p["t"])}
        return (ONE - at(p, rate)) * weighted(ones, rate)

    return right


def _scaled_move(epsilon: Callable[[Values], Real]) -> Callable[[Values], Real]:
    def right(p: Values) -> Real:
        gradients = [at(p, "c") * g for g in p["g"]]
        steps = adam_run(p, gradients, epsilon(p))
        return steps[-1]["move"] if steps else ZERO / ZERO

    return right


REFERENCES |= {
    "adam.moments.mt": Reference(
        MOMENTS, lambda p: (ONE - at(p, "beta1")) * weighted(p, "beta1"),
        texts=(
            "(1 - beta1) * sum(beta1 ** (t - k) * g[k] for k in range(1, t + 1))",
            "(1 - beta1) * sum(beta1 ** (t - 1 - k) * g[k] for k in range(t))",
        ),
    ),
    "adam.moments.vt": Reference(
        MOMENTS, lambda p: (ONE - at(p, "beta2")) * weighted(p, "beta2", 2),
        texts=("(1 - beta2) * sum(beta2 ** (t - k) * g[k] ** 2 for k in range(1, t + 1))",),
    ),
    "adam.moments.3": Reference(
        MOMENTS, _weights("beta1"),
        texts=("1 - beta1 ** t", "(1 - beta1) * sum(beta1 ** (t - k) for k in range(1, t + 1))"),
    ),
    "adam.moments.4": Reference(MOMENTS, _weights("beta2"), texts=("1 - beta2 ** t",)),
    "adam.moments.5": Reference(
        MOMENTS, lambda p: at(p, "gamma") * _weights("beta1")(p),
        texts=("gamma * (1 - beta1 ** t)", "gamma - gamma * beta1 ** t"),
    ),
    "adam.scale.1": Reference(
        SCALED, _scaled_move(lambda p: at(p, "epsilon")),
        texts=(
            "alpha * (1 - beta1) * sum(beta1 ** (t - k) * g[k] for k in range(1, t + 1)) / "
            "((1 - beta1 ** t) * (sqrt((1 - beta2) * sum(beta2 ** (t - k) * g[k] ** 2 "
            "for k in range(1, t + 1)) / (1 - beta2 ** t)) + epsilon / c))",
        ),
    ),
    "adam.scale.2": Reference(
        NOT_SILENT, _scaled_move(lambda p: ZERO),
        texts=(
            "alpha * (1 - beta1) * sum(beta1 ** (t - k) * g[k] for k in range(1, t + 1)) / "
            "((1 - beta1 ** t) * sqrt((1 - beta2) * sum(beta2 ** (t - k) * g[k] ** 2 "
            "for k in range(1, t + 1)) / (1 - beta2 ** t)))",
        ),
    ),
    "adam.scale.3": Reference(
        MOVED, lambda p: at(p, "w1") - total(p["Delta"]), texts=("w1 - sum(Delta)",)
    ),
    "adam.step_bound.2": Reference(
        BOUNDED, lambda p: after_silence(p) / (ONE - at(p, "rho")),
        texts=(
            "(1 - beta1) ** 2 / ((1 - beta2) * (1 - rho))",
            "beta2 * (1 - beta1) ** 2 / ((1 - beta2) * (beta2 - beta1 ** 2))",
        ),
    ),
    "adam.step_bound.3": Reference(
        AFTER_SILENCE, after_silence, texts=("(1 - beta1) ** 2 / (1 - beta2)",)
    ),
}  # fmt: skip

# --- momentum ------------------------------------------------------------------------------------

MOMENTUM = Subject({"g": ("t",), "mu": (), "alpha": (), "c": ()}, {"mu": REAL_RATES})
DAMPED = Subject(MOMENTUM.shapes, MOMENTUM.draws, holds=lambda p: at(p, "mu").number != 1)
SUM = "sum(mu ** (t - k) * g[k] for k in range(1, t + 1))"
REFERENCES |= {
    "momentum.unrolled.ut": Reference(
        MOMENTUM, lambda p: weighted(p, "mu"),
        texts=(SUM, "sum(mu ** (t - 1 - k) * g[k] for k in range(t))"),
    ),
    "momentum.unrolled.2": Reference(
        Subject({"u": ("t",), "w1": (), "alpha": ()}, {}),
        lambda p: at(p, "w1") - at(p, "alpha") * total(p["u"]),
        texts=("w1 - alpha * sum(u)", "w1 - sum(alpha * u)"),
    ),
    "momentum.scale": Reference(
        MOMENTUM, lambda p: at(p, "c") * weighted(p, "mu"),
        texts=(f"c * {SUM}", SUM.replace("g[k]", "c * g[k]")),
    ),
    "momentum.steady_state": Reference(
        Subject(
            {"g": (), "mu": (), "unused_t": ("t",)},
            {"mu": REAL_RATES},
            holds=lambda p: abs(at(p, "mu").number) < 1,
        ),
        lambda p: at(p, "g") / (ONE - at(p, "mu")), texts=("g / (1 - mu)",),
    ),
    "momentum.conventions.dt": Reference(
        MOMENTUM, lambda p: (ONE - at(p, "mu")) * weighted(p, "mu"), texts=(f"(1 - mu) * {SUM}",)
    ),
    "momentum.conventions.2": Reference(
        DAMPED, lambda p: at(p, "alpha") * weighted(p, "mu"), texts=(f"alpha * {SUM}",)
    ),
    "momentum.conventions.vt": Reference(
        MOMENTUM, lambda p: -at(p, "alpha") * weighted(p, "mu"), texts=(f"-alpha * {SUM}",)
    ),
}  # fmt: skip

# --- initialisation ------------------------------------------------------------------------------


def one_hot(p: Values) -> Values:
    """Rows with one 1: where the first of the largest entries is."""
    Y = p["Y"]
    rows = [[entry.number for entry in row] for row in Y]
    return {
        "Y": array_of([[int(c == row.index(max(row))) for c in range(len(row))] for row in rows])
    }


def zeros(**axes: tuple[str, ...]) -> Callable[[Values], Values]:
    """Arrays of zeros; their sizes are those of other inputs."""
    return lambda p: {
        name: array_of(np.zeros([p[axis] for axis in shape], dtype=int))
        for name, shape in axes.items()
    }


def _zero(axes: tuple[str, ...], **of_zeros: tuple[str, ...]) -> Subject:
    return Subject({"X": ("N", "n"), "unused_m": axes}, {}, zeros(**of_zeros))


def _signal(name: str, size: str, **derived: Callable[[Values], Real]) -> Subject:
    shapes: dict[str, tuple[str, ...]] = {name: (), "sigma": (), f"unused_{size}": (size,)}
    names = [key for key in ("sigma", name) if key not in derived]
    for key in derived:
        shapes.pop(key)
    return Subject(
        shapes,
        dict.fromkeys(shapes, POSITIVE),
        lambda p: {key: array_of(value(p)) for key, value in derived.items()},
        is_positive(*names),
    )


def _inverse_root(size: str, factor: int) -> Callable[[Values], Real]:
    return lambda p: root(real(Fraction(factor, p[size])))


def _depth(gain: Fraction) -> Callable[[Values], Real]:
    def right(p: Values) -> Real:
        q = at(p, "q0")
        for _ in range(p["ell"]):
            q = real(p["n_in"]) * at(p, "sigma") * at(p, "sigma") * q * real(gain)
        return q

    return right


DEPTH = Subject(
    {"q0": (), "sigma": (), "unused_n_in": ("n_in",), "unused_ell": ("ell",)},
    {"q0": POSITIVE, "sigma": POSITIVE},
    holds=is_positive("q0", "sigma"),
)
REFERENCES |= {
    "initialization.xavier.1": Reference(
        _signal("q", "n_in"),
        lambda p: real(p["n_in"]) * at(p, "sigma") ** real(2) * at(p, "q"),
        texts=("n_in * sigma ** 2 * q",),
    ),
    "initialization.xavier.2": Reference(
        _signal("r", "n_out"),
        lambda p: real(p["n_out"]) * at(p, "sigma") ** real(2) * at(p, "r"),
        texts=("n_out * sigma ** 2 * r",),
    ),
    "initialization.xavier.3": Reference(
        _signal("q", "n_in", sigma=_inverse_root("n_in", 1)), lambda p: at(p, "q"),
        texts=("q", "n_in * sigma ** 2 * q"),
    ),
    "initialization.xavier.6": Reference(
        DEPTH, _depth(Fraction(1)), texts=("q0 * (n_in * sigma ** 2) ** ell",)
    ),
    "initialization.he.2": Reference(
        _signal("q", "n_in"),
        lambda p: real(p["n_in"]) * at(p, "sigma") ** real(2) * at(p, "q") * real(HALF),
        texts=("n_in * sigma ** 2 * q / 2",),
    ),
    "initialization.he.3": Reference(
        _signal("q", "n_in", sigma=_inverse_root("n_in", 2)), lambda p: at(p, "q"),
        texts=("q", "n_in * sigma ** 2 * q / 2"),
    ),
    "initialization.he.4": Reference(
        DEPTH, _depth(HALF), texts=("q0 * (n_in * sigma ** 2 / 2) ** ell",)
    ),
    "initialization.xavier.4": Reference(
        _signal("r", "n_out", sigma=_inverse_root("n_out", 1)), lambda p: at(p, "r"),
        texts=("r", "n_out * sigma ** 2 * r"),
    ),
    "initialization.xavier.5": Reference(
        Subject(
            {"unused_n_in": ("n_in",), "unused_n_out": ("n_out",)},
            {},
            lambda p: {"sigma": array_of(root(real(Fraction(2, p["n_in"] + p["n_out"]))))},
        ),
        lambda p: ONE, texts=("1", "(n_in + n_out) * sigma ** 2 / 2"),
    ),
    "initialization.he.1": Reference(
        Subject({"q": ()}, {"q": POSITIVE}, holds=is_positive("q")),
        lambda p: at(p, "q") * real(HALF), texts=("q / 2",),
    ),
    "initialization.flow.1": Reference(
        _signal("a", "n_in"),
        lambda p: real(p["n_in"]) * at(p, "sigma") ** real(2) * at(p, "a"),
        texts=("n_in * sigma ** 2 * a",),
    ),
    "initialization.flow.2": Reference(
        Subject({"q": ()}, {"q": POSITIVE}, holds=is_positive("q")),
        lambda p: ONE, texts=("1", "q / q"),
    ),
    "initialization.flow.3": Reference(
        Subject({}, {}, lambda p: {"n_in": 256, "sigma": array_of(Fraction(1, 100))}),
        lambda p: real(Fraction(4, 25)), texts=("4 / 25", "sqrt(n_in) * sigma"),
    ),
    "initialization.flow.4": Reference(
        _signal("q", "n_in", sigma=_inverse_root("n_in", 1)), lambda p: root(real(HALF)),
        texts=("1 / sqrt(2)", "sqrt(n_in / 2) * sigma"),
    ),
    "initialization.flow.5": Reference(
        _signal("q", "n_in", sigma=_inverse_root("n_in", 2)), lambda p: ONE,
        texts=("1", "sqrt(n_in / 2) * sigma"),
    ),
    "initialization.zero.1": Reference(
        _zero(("m",), W=("m", "n"), b=("m",)), lambda p, s, j: ZERO, ("N", "m"), ("s", "j"),
        ("0", "zeros((N, m))", "b[j]", "sum(W[j, k] for k in range(n))"),
    ),
    "initialization.zero.2": Reference(
        _zero(("m",), H=("N", "n")), lambda p, j, k: ZERO, ("m", "n"), ("j", "k"),
        ("0", "sum(H[l, k] for l in range(N))"),
    ),
    "initialization.zero.3": Reference(
        _zero(("m",), dZ=("N", "m")), lambda p, j: ZERO, ("m",), ("j",), ("0", "sum(dZ, axis=0)"),
    ),
    "initialization.zero.4": Reference(
        _zero(("m",), dZ=("N", "m")), lambda p, j, k: ZERO, ("m", "n"), ("j", "k"),
        ("0", "dZ.T @ X"),
    ),
    "initialization.zero.5": Reference(
        Subject({"Y": ("N", "C")}, {}, zeros(Z=("N", "C"), beta=("C",))),
        lambda p, c: real(Fraction(1, p["C"])) - total(p["Y"][:, c]) / real(p["N"]),
        ("C",), ("c",),
        ("1 / C - mean(Y, axis=0)", "1 / C - sum(Y, axis=0) / N", "mean(softmax(Z) - Y, axis=0)"),
    ),
}  # fmt: skip

# --- layers --------------------------------------------------------------------------------------


def labels(p: Values) -> Values:
    """One-hot labels and the predictions."""
    predictions = [[exponential(z) for z in row] for row in p["Z"]]
    Yhat = array_of([[e / total(row) for e in row] for row in predictions])
    return {**one_hot(p), "Yhat": Yhat}


LINEAR = Subject({"X": ("N", "d"), "W": ("m", "d"), "b": ("m",), "dZ": ("N", "m")}, {})
ENTRYWISE = Subject({"X": ("N", "d"), "dY": ("N", "d")}, {})
LOGITS = Subject({"Z": ("N", "C"), "Y": ("N", "C")}, {}, labels)


def sigmoid_slope(p: Values, s: int, j: int) -> Real:
    """dY sigma(X) (1 - sigma(X))."""
    y = sigmoid_of(at(p, "X", s, j))
    return at(p, "dY", s, j) * y * (ONE - y)


REFERENCES |= {
    "layers.linear_dW": Reference(
        LINEAR,
        lambda p, q, j: total(at(p, "dZ", s, q) * at(p, "X", s, j) for s in loop("N", p)),
        ("m", "d"), ("q", "j"),
        ("dZ.T @ X", "(X.T @ dZ).T", "sum(dZ[s, q] * X[s, j] for s in range(N))"),
    ),
    "layers.linear_db": Reference(
        LINEAR, lambda p, q: total(at(p, "dZ", s, q) for s in loop("N", p)), ("m",), ("q",),
        ("sum(dZ, axis=0)", "dZ.T @ ones(N)", "N * mean(dZ, axis=0)"),
    ),
    "layers.linear_dX": Reference(
        LINEAR,
        lambda p, s, j: total(at(p, "dZ", s, q) * at(p, "W", q, j) for q in loop("m", p)),
        ("N", "d"), ("p", "j"), ("dZ @ W", "(W.T @ dZ.T).T"),
    ),
    "layers.relu": Reference(
        ENTRYWISE,
        lambda p, s, j: where(COMPARE[">"](at(p, "X", s, j), ZERO), at(p, "dY", s, j), ZERO),
        ("N", "d"), ("p", "j"),
        ("dY * (X > 0)", "where(X > 0, dY, 0)", "dY * maximum(sign(X), 0)", "dY * relu(X) / X"),
    ),
    "layers.sigmoid": Reference(
        ENTRYWISE, sigmoid_slope, ("N", "d"), ("p", "j"),
        (
            "dY * sigmoid(X) * (1 - sigmoid(X))",
            "dY * exp(-X) / (1 + exp(-X)) ** 2",
            "dY * (1 - tanh(X / 2) ** 2) / 4",
            "dY * sigmoid(X) * sigmoid(-X)",
        ),
    ),
    "layers.softmax_cross_entropy": Reference(
        LOGITS,
        lambda p, s, c: (labels(p)["Yhat"][s, c] - one_hot(p)["Y"][s, c]) / real(p["N"]),
        ("N", "C"), ("p", "q"),
        (
            "(softmax(Z) - Y) / N",
            "(Yhat - Y) / N",
            "(exp(Z) / sum(exp(Z), axis=1, keepdims=True) - Y) / N",
            "where(Y == 1, Yhat - 1, Yhat) / N",
        ),
    ),
}  # fmt: skip


@cache
def point(question_id: str, seed: int) -> tuple[Values, np.ndarray]:
    """A point of a question, and the right values there."""
    values = REFERENCES[question_id].draw(Random(f"{question_id} {seed}"))
    return values, REFERENCES[question_id].right_values(values)
