"""Functions with their right gradients, and faults to plant in these, for gradient checkers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, "n"]
Derivative = Callable[[Vector], np.ndarray]

FAULTS: dict[str, float] = {
    "sign": -2.0,
    "factor 2": 1.0,
    "10 %": 0.1,
    "1 %": 0.01,
    "0.1 %": 1e-3,
    "1e-6": 1e-6,
}
"""How much of the right gradient is added to it."""


@dataclass(frozen=True)
class Problem:
    """A function written once for NumPy, JAX and PyTorch, its right derivative, and a point.

    `function(xp, x)` is given the library; the derivative has shape (*outputs, n).
    """

    name: str
    function: Callable[[Any, Any], Any]
    derivative: Derivative
    point: Vector

    @property
    def is_scalar(self) -> bool:
        """Whether the function has one output."""
        return self.derivative(self.point).ndim == 1


def faulty(derivative: Derivative, fault: str) -> Derivative:
    """The derivative with a fault; `one entry` is 10 % off in the entry of median size alone."""

    def wrong(x: Vector) -> np.ndarray:
        right = derivative(x)
        if fault != "one entry":
            return right * (1 + FAULTS[fault])
        spoiled = right.copy()
        order = np.argsort(np.abs(right), axis=None)
        place = np.unravel_index(order[order.size // 2], right.shape)
        spoiled[place] *= 1.1
        return spoiled

    return wrong


def problems(kind: str, sizes: tuple[int, ...], rng: np.random.Generator) -> list[Problem]:
    """The problems of one kind: the homework's, or random ones of every size."""
    if kind == "homework":
        return _homework(rng)
    return [RANDOM[kind](n, rng) for n in sizes]


def _homework(rng: np.random.Generator) -> list[Problem]:
    """Softmax, affine least squares in A and in b, Huber regression without and with ridge."""
    tau, delta, lam = 0.7, 1.0, 0.5
    A, x, t = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3)
    X, y = rng.normal(size=(8, 4)), 2 * rng.normal(size=8)

    def softmax(xp, z):
        powers = xp.exp(z / tau)
        return powers / xp.sum(powers)

    def softmax_jacobian(z):
        p = softmax(np, z)
        return (np.diag(p) - np.outer(p, p)) / tau

    def least_squares_in_A(xp, a):
        return 0.5 * xp.sum((xp.reshape(a, (3, 4)) @ xp.asarray(x) - xp.asarray(t)) ** 2)

    def least_squares_in_b(xp, b):
        return 0.5 * xp.sum((xp.asarray(A @ x - t) + b) ** 2)

    def huber(xp, w):
        r = xp.asarray(y) - xp.asarray(X) @ w
        size = xp.abs(r)
        return xp.sum(xp.where(size <= delta, 0.5 * r**2, delta * (size - 0.5 * delta)))

    def huber_gradient(w):
        return -X.T @ np.clip(y - X @ w, -delta, delta)

    return [
        Problem("softmax", softmax, softmax_jacobian, rng.normal(size=5)),
        Problem(
            "least squares in A",
            least_squares_in_A,
            lambda a: np.outer(a.reshape(3, 4) @ x - t, x).ravel(),
            A.ravel(),
        ),
        Problem(
            "least squares in b", least_squares_in_b, lambda b: A @ x + b - t, rng.normal(size=3)
        ),
        Problem("Huber", huber, huber_gradient, rng.normal(size=4)),
        Problem(
            "Huber with ridge",
            lambda xp, w: huber(xp, w) + 0.5 * lam * xp.sum(w**2),
            lambda w: huber_gradient(w) + lam * w,
            rng.normal(size=4),
        ),
    ]


def _smooth(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i sin(a_i x_i) + (u^T x)^2 / 2."""
    a, c, u = rng.normal(size=n), rng.normal(size=n), rng.normal(size=n) / np.sqrt(n)

    def function(xp, x):
        waves = xp.sum(xp.asarray(c) * xp.sin(xp.asarray(a) * x))
        return waves + 0.5 * xp.sum(xp.asarray(u) * x) ** 2

    return Problem(
        f"smooth, n = {n}",
        function,
        lambda x: a * c * np.cos(a * x) + u * (u @ x),
        rng.normal(size=n),
    )


def _kinked(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i |x_i - b_i|, every second x_i exactly at its kink, where 0 is a subgradient."""
    b, c = rng.normal(size=n), rng.uniform(0.5, 1.5, size=n)

    def function(xp, x):
        return xp.sum(xp.asarray(c) * xp.abs(x - xp.asarray(b)))

    x = np.where(np.arange(n) % 2, b, b + rng.choice([-1, 1], size=n))
    return Problem(f"kinked, n = {n}", function, lambda x: c * np.sign(x - b), x)


def _badly_scaled(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i x_i^2 / 2 with c_i from 1e-6 to 1e6."""
    c = np.logspace(-6, 6, n)

    def function(xp, x):
        return 0.5 * xp.sum(xp.asarray(c) * x**2)

    return Problem(f"badly scaled, n = {n}", function, lambda x: c * x, rng.normal(size=n))


def _single_precision(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i exp(a_i x_i), computed in float32 by a function that takes float64."""
    a, c = rng.normal(size=n) / 2, rng.normal(size=n)

    def function(xp, x):
        single = {"dtype": xp.float32}
        powers = xp.exp(xp.asarray(a, **single) * xp.asarray(x, **single))
        return xp.sum(xp.asarray(c, **single) * powers)

    return Problem(
        f"float32, n = {n}", function, lambda x: a * c * np.exp(a * x), rng.normal(size=n)
    )


RANDOM: dict[str, Callable[[int, np.random.Generator], Problem]] = {
    "smooth": _smooth,
    "kinked": _kinked,
    "badly scaled": _badly_scaled,
    "float32": _single_precision,
}
