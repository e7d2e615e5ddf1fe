"""Functions with their right gradients, and faults to plant in these, for gradient checkers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from jaxtyping import Float

from experiments.checkers.design import FAULTS
from verify.checking.claim import Check
from verify.claims import claims_matching
from verify.numerics.backends import jax_functions, numpy_backend, torch_backend
from verify.numerics.domain import Batch, Domain, Kind
from verify.oracles.derivatives import Derivative

Vector = Float[np.ndarray, "n"]
Gradient = Callable[[Vector], np.ndarray]

SAMPLES = 5
BACKENDS: dict[Any, Callable[[], Any]] = {
    np: numpy_backend,
    jnp: jax_functions,
    torch: torch_backend,
}


@dataclass(frozen=True)
class Problem:
    """A function written once for NumPy, JAX and PyTorch, its right gradient, and a point.

    `function(xp, x)` is given the library; the gradient has shape (*outputs, n).
    """

    name: str
    function: Callable[[Any, Any], Any]
    gradient: Gradient
    point: Vector

    @cached_property
    def compiled(self) -> Callable[[Any], Any]:
        """The function in JAX, compiled once for all who check it."""
        return jax.jit(lambda x: self.function(jnp, x))

    @cached_property
    def is_scalar(self) -> bool:
        """Whether the function has one output."""
        return self.gradient(self.point).ndim == 1


def faulty(gradient: Gradient, fault: str) -> Gradient:
    """The gradient with a fault; `one entry` is 10 % off in one entry alone.

    That entry has the median size of those that are not 0, which no factor makes wrong.
    """

    def wrong(x: Vector) -> np.ndarray:
        right = gradient(x)
        if fault != "one entry":
            return right * (1 + FAULTS[fault])
        spoiled = right.copy()
        order = np.argsort(np.abs(right), axis=None)[-np.count_nonzero(right) :]
        place = np.unravel_index(order[order.size // 2], right.shape)
        spoiled[place] *= 1.1
        return spoiled

    return wrong


def problems(
    kind: str, sizes: tuple[int, ...], rng: np.random.Generator, claims: str = "*"
) -> list[Problem]:
    """The problems of one kind: those of the claims of a pattern, or random ones of every size."""
    if kind == "claims":
        return list(_of_claims(claims, rng))
    return [RANDOM[kind](n, rng) for n in sizes]


def _of_claims(pattern: str, rng: np.random.Generator) -> Iterator[Problem]:
    """Each claim that is a derivative, at an ordinary point and, where it has any, at a kink."""
    for claim in claims_matching(pattern):
        derivatives = [(c, c.differentiates) for c in claim.checks if c.differentiates]
        for check, derivative in derivatives[:1]:  # the others are of the same function
            for batches in _points(claim.domain, derivative.wrt, rng):
                problems_at = (_of_claim(claim.id, check, derivative, batch) for batch in batches)
                # No factor makes a gradient of zeros wrong.
                yield from islice((p for p in problems_at if p.gradient(p.point).any()), 1)


def _points(domain: Domain, wrt: str, rng: np.random.Generator) -> tuple[list[Batch], list[Batch]]:
    """The points, those with the most entries first, and the kinks, of which there may be none."""
    batches = domain.batches(points=1, seed=int(rng.integers(2**31)))
    ordinary = [batch for batch in batches if batch.kind is Kind.ORDINARY]
    kinks = [batch for batch in batches if batch.kind is Kind.KINK]
    return sorted(ordinary, key=lambda batch: -batch.values[wrt].size), kinks[::-1]


def _of_claim(name: str, check: Check, derivative: Derivative, batch: Batch) -> Problem:
    """The claim's reference function, and the closed form that its derivation ends in."""
    wrt = derivative.wrt
    shape = batch.values[wrt].shape

    def function(xp, x):
        backend = BACKENDS[xp]()
        values = {name: backend.array(value) for name, value in batch.values.items()}
        return derivative.function(backend, **{**values, wrt: xp.reshape(x, shape)})[0]

    def gradient(x: Vector) -> np.ndarray:
        (jacobian,) = check.run(check.formula, batch.at(**{wrt: x.reshape(shape)}))
        outputs = jacobian.shape[: jacobian.ndim - len(shape) + 1]
        return jacobian.reshape(*outputs, x.size).copy()

    where = ", at a kink" if batch.kind is Kind.KINK else ""
    return Problem(name + where, function, gradient, batch.values[wrt].ravel())


def _smooth(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i x_i^3 + (u^T x)^2 / 2."""
    c, u = rng.normal(size=n), rng.normal(size=n) / np.sqrt(n)

    def function(xp, x):
        cubes = xp.sum(xp.asarray(c) * x * x * x)
        return cubes + 0.5 * xp.sum(xp.asarray(u) * x) ** 2

    return Problem(
        f"smooth, n = {n}", function, lambda x: 3 * c * x**2 + u * (u @ x), rng.normal(size=n)
    )


def _kinked(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i |x_i - b_i|, every tenth x_i exactly at its kink, where 0 is a subgradient."""
    b, c = rng.normal(size=n), rng.uniform(0.5, 1.5, size=n)

    def function(xp, x):
        return xp.sum(xp.asarray(c) * xp.abs(x - xp.asarray(b)))

    x = np.where(np.arange(n) % 10 == 1, b, b + rng.choice([-1, 1], size=n))
    return Problem(f"kinked, n = {n}", function, lambda x: c * np.sign(x - b), x)


def _network(n: int, rng: np.random.Generator) -> Problem:
    """sum_k (w2^T tanh(w1 s_k) - y_k)^2 / 2 by the weights (w1, w2), backpropagated."""
    s, y, half = rng.normal(size=SAMPLES), rng.normal(size=SAMPLES), n // 2

    def function(xp, x):
        hidden = xp.tanh(xp.outer(xp.asarray(s), x[:half]))
        return 0.5 * xp.sum((hidden @ x[half:] - xp.asarray(y)) ** 2)

    def gradient(x: Vector) -> np.ndarray:
        hidden = np.tanh(np.outer(s, x[:half]))
        error = hidden @ x[half:] - y
        by_hidden = np.outer(error, x[half:]) * (1 - hidden**2)
        return np.concatenate([s @ by_hidden, error @ hidden])

    return Problem(f"network, n = {n}", function, gradient, rng.normal(size=n) / np.sqrt(half))


def _tied(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i max(x_2i, x_2i+1), where every fifth pair is a tie, of which the first is taken.

    Two entries are at a kink together there: all subgradients are c_i shared between them.
    """
    c = rng.uniform(0.5, 1.5, size=n // 2)

    def function(xp, x):
        return xp.sum(xp.asarray(c) * xp.maximum(x[::2], x[1::2]))

    def gradient(x: Vector) -> np.ndarray:
        is_first = x[::2] >= x[1::2]
        return np.stack([c * is_first, c * ~is_first], axis=1).ravel()

    x = rng.normal(size=n)
    x[1::10] = x[::10]
    return Problem(f"tied, n = {n}", function, gradient, x)


def _near_a_border(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i (x_i log x_i - x_i): not a number below 0, and x_i from 1e-9 on."""
    c = rng.uniform(0.5, 1.5, size=n)

    def function(xp, x):
        return xp.sum(xp.asarray(c) * (x * xp.log(x) - x))

    x = 10 ** rng.uniform(-9, -1, size=n)
    return Problem(f"near a border, n = {n}", function, lambda x: c * np.log(x), x)


def _badly_scaled(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i x_i^2 / 2 with c_i from 1e-6 to 1e6."""
    c = np.logspace(-6, 6, n)

    def function(xp, x):
        return 0.5 * xp.sum(xp.asarray(c) * x**2)

    return Problem(f"badly scaled, n = {n}", function, lambda x: c * x, rng.normal(size=n))


def _any_unit(n: int, rng: np.random.Generator) -> Problem:
    """sum_i c_i sin(x_i / s_i), each x_i as large as its unit s_i, from 1e-150 to 1e150."""
    c, unit = rng.normal(size=n), np.logspace(-150, 150, n)

    def function(xp, x):
        return xp.sum(xp.asarray(c) * xp.sin(x / xp.asarray(unit)))

    return Problem(
        f"any unit, n = {n}",
        function,
        lambda x: c * np.cos(x / unit) / unit,
        unit * rng.normal(size=n),
    )


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
    "network": _network,
    "kinked": _kinked,
    "tied": _tied,
    "near a border": _near_a_border,
    "badly scaled": _badly_scaled,
    "any unit": _any_unit,
    "float32": _single_precision,
}
