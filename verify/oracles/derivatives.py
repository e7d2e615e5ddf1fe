"""Independent judges of a closed form: autodiff, complex step, differences, Taylor's rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from verify.numerics.backends import (
    Backend,
    jax_backend,
    numpy_backend,
    precise_backend,
    torch_backend,
)
from verify.numerics.domain import Batch, Kind

Reference = Callable[..., Any]
"""A function of a backend and named arrays, each (batch, *shape), written from the definition."""

Measure = Callable[[Batch, np.ndarray], np.ndarray | None]


@dataclass(frozen=True)
class Oracle:
    """A judge: `measure(batch, claimed)` is the error at each point, None where it cannot judge.

    `tolerance` None only informs; `why` says where the tolerance comes from.
    """

    name: str
    tolerance: float | None
    why: str
    measure: Measure = field(repr=False)


FEW = 4
"""Points per shape that are worth 40 digits, which cost a thousand times as much as 16."""

Tolerance = tuple[float, str]
"""A bound on the error, and where it comes from."""

AUTODIFF: Tolerance = (1e-12, "both sides are rounded a few times in float64")
ROUNDED: Tolerance = (1e-12, "rounding alone: nothing is approximated")


def agreeing(name: str, expected: Callable[[Batch], Any], tolerance: Tolerance = ROUNDED) -> Oracle:
    """The oracle that knows the values itself and compares them by `scaled_error`."""
    remembered = cache(expected)

    def measure(batch: Batch, claimed: np.ndarray) -> np.ndarray | None:
        right = remembered(batch)
        return None if right is None else scaled_error(claimed, np.asarray(right))

    return Oracle(name, tolerance[0], tolerance[1], measure)


def scaled_error(claimed: np.ndarray, right: np.ndarray) -> np.ndarray:
    """max|a - b| / max(1, max|b|) at each point; infinite where a value is not finite."""
    if claimed.shape != right.shape:
        raise ValueError(f"closed form: expected shape {right.shape}, got {claimed.shape}")
    axes = tuple(range(1, right.ndim))
    with np.errstate(all="ignore"):
        error = np.max(np.abs(claimed - right), axis=axes, initial=0.0)
        error = error / np.maximum(1, np.max(np.abs(right), axis=axes, initial=0.0))
    return np.where(np.isfinite(error), error, np.inf)


@dataclass(frozen=True)
class Derivative:
    """The Jacobian of `function` with respect to the array `wrt`, as data: oracles can judge it.

    The function maps (batch, ...) to (batch, *outputs); a Jacobian is (batch, *outputs, *inputs).
    A function that branches is not analytic and gets differences instead of the complex step.
    """

    function: Reference
    wrt: str
    analytic: bool = True


@cache
def oracles_of(derivative: Derivative) -> tuple[Oracle, ...]:
    """All judges of a derivative, the same ones for all claims about it."""
    function, wrt, analytic = derivative.function, derivative.wrt, derivative.analytic
    step = (
        agreeing("complex step", lambda batch: _complex_step(function, wrt, batch))
        if analytic
        else agreeing(
            "differences",
            lambda batch: (
                _differences(function, wrt, batch) if batch.kind is Kind.ORDINARY else None
            ),
            (1e-8, "rounding eps |f| / h at the step h = eps^(1/3), for ordinary |f|"),
        )
    )
    kink = () if analytic else (_one_sided_oracle(function, wrt),)
    return (
        agreeing("jacfwd", lambda batch: jax_jacobians(function, wrt, batch)[0], AUTODIFF),
        agreeing("jacrev", lambda batch: jax_jacobians(function, wrt, batch)[1], AUTODIFF),
        agreeing("torch", lambda batch: torch_jacobian(function, wrt, batch), AUTODIFF),
        step,
        _precise_oracle(function, wrt, analytic),
        *kink,
        _taylor_oracle(function, wrt),
    )


def nonnegative(name: str = "sign") -> Oracle:
    """The judge of an inequality: nothing below 0, beyond rounding."""
    return Oracle(
        name,
        1e-12,
        "rounding of a quantity that may be exactly 0",
        lambda batch, claimed: np.maximum(0, -claimed).reshape(len(batch), -1).max(axis=1),
    )


# --- automatic differentiation -------------------------------------------------------------------


@cache
def jax_jacobians(function: Reference, wrt: str, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Full Jacobians by forward and by reverse mode, each (batch, *outputs, *inputs)."""
    others = {name: value for name, value in batch.values.items() if name != wrt}
    forward, reverse = _both_modes(function, wrt)(batch.values[wrt], others)
    return np.asarray(forward), np.asarray(reverse)


@cache
def _both_modes(function: Reference, wrt: str):
    """The compiled Jacobians of a function, which serve every batch of a shape."""
    xp = jax_backend()
    import jax

    def at_one_point(x, others):
        values = {name: value[None] for name, value in {**others, wrt: x}.items()}
        return function(xp, **values)[0]

    def both(x, others):
        with jax.disable_jit():  # within this trace: each function of JAX would be one of its own
            return jax.jacfwd(at_one_point)(x, others), jax.jacrev(at_one_point)(x, others)

    return jax.jit(jax.vmap(both))


def torch_jacobian(function: Reference, wrt: str, batch: Batch) -> np.ndarray:
    """The full Jacobian at each point, by PyTorch's autograd, one output at a time."""
    xp = torch_backend()
    import torch

    values = {name: xp.array(value) for name, value in batch.values.items()}
    x = values[wrt].requires_grad_()
    output = function(xp, **values)
    rows = [
        torch.autograd.grad(column.sum(), x, retain_graph=True)[0]
        for column in output.reshape(len(batch), -1).unbind(dim=1)
    ]
    return torch.stack(rows, dim=1).numpy().reshape(*output.shape, *x.shape[1:])


# --- without differentiation ---------------------------------------------------------------------


def _complex_step(function: Reference, wrt: str, batch: Batch, h: float = 1e-30) -> np.ndarray:
    """Im f(x + ih e_k) / h: no subtraction, no cancellation, an h as small as one likes."""
    return _by_columns(
        numpy_backend(), function, wrt, batch.values, lambda f, x, e: np.imag(f(x + 1j * h * e)) / h
    )


def _differences(function: Reference, wrt: str, batch: Batch) -> np.ndarray:
    h = np.finfo(float).eps ** (1 / 3)
    return _by_columns(
        numpy_backend(),
        function,
        wrt,
        batch.values,
        lambda f, x, e: (f(x + h * e) - f(x - h * e)) / (2 * h),
    )


def _precise_differences(function: Reference, wrt: str, batch: Batch) -> np.ndarray:
    """Central differences in 40 digits: at h = 1e-12 truncation and rounding are below 1e-20."""
    h = 1e-12
    xp, values = _in_40_digits(batch)
    return _by_columns(
        xp, function, wrt, values, lambda f, x, e: (f(x + h * e) - f(x - h * e)) / (2 * h)
    )


def _precise_oracle(function: Reference, wrt: str, analytic: bool) -> Oracle:
    expected = cache(lambda batch: _precise_differences(function, wrt, batch))

    def measure(batch: Batch, claimed: np.ndarray) -> np.ndarray | None:
        if batch.kind is Kind.KINK and not analytic:
            return None
        right = expected(batch).astype(np.float64)
        return scaled_error(claimed[: len(right)], right)

    return Oracle("40 digits", AUTODIFF[0], AUTODIFF[1], measure)


def _one_sided_oracle(function: Reference, wrt: str) -> Oracle:
    """At a kink the claimed derivative must lie between the two one-sided ones."""

    @cache
    def sides(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        h = 1e-12
        xp, values = _in_40_digits(batch)
        right = _by_columns(xp, function, wrt, values, lambda f, x, e: (f(x + h * e) - f(x)) / h)
        left = _by_columns(xp, function, wrt, values, lambda f, x, e: (f(x) - f(x - h * e)) / h)
        return right.astype(np.float64), left.astype(np.float64)

    def measure(batch: Batch, claimed: np.ndarray) -> np.ndarray | None:
        if batch.kind is not Kind.KINK:
            return None
        right, left = sides(batch)
        claimed = claimed[: len(right)]
        nearest = np.clip(claimed, np.minimum(left, right), np.maximum(left, right))
        return scaled_error(claimed, nearest)

    return Oracle("one-sided", 1e-9, "a one-sided quotient errs by h f'', with h = 1e-12", measure)


def _taylor_oracle(function: Reference, wrt: str) -> Oracle:
    """The remainder f(x + hv) - f(x) - h Jv of a right derivative falls as h^2: error 2 - rate."""
    steps = (1e-2, 1e-3)

    @cache
    def moved(batch: Batch):
        x = batch.values[wrt]
        v = np.random.default_rng(0).normal(size=x.shape)
        v /= np.sqrt(np.sum(v**2, axis=tuple(range(1, v.ndim)), keepdims=True))
        xp = numpy_backend()
        start, *ends = (function(xp, **{**batch.values, wrt: x + h * v}) for h in (0.0, *steps))
        return v, [end - start for end in ends], np.max(np.abs(start), initial=1.0)

    def measure(batch: Batch, claimed: np.ndarray) -> np.ndarray | None:
        if batch.kind is not Kind.ORDINARY:
            return None
        v, changes, scale = moved(batch)
        flat = claimed.reshape(*changes[0].shape, -1)
        predicted = np.sum(flat * v.reshape(len(v), *[1] * (flat.ndim - 2), -1), axis=-1)
        far, near = (
            np.sum(np.abs(change - h * predicted)) for change, h in zip(changes, steps, strict=True)
        )
        if not np.isfinite(near):
            return np.full(len(v), np.inf)
        if near < 1e-13 * scale * len(v):
            return np.zeros(len(v))  # the function is linear along v, and the prediction exact
        return np.full(len(v), max(0.0, 2 - np.log10(far / near)))

    return Oracle(
        "Taylor rate", 0.1, "curvature of the next order; 0.1 % wrong shows as 0.8", measure
    )


def _in_40_digits(batch: Batch) -> tuple[Backend, dict[str, np.ndarray]]:
    xp = precise_backend()
    return xp, {name: xp.array(value[:FEW]) for name, value in batch.values.items()}


def _by_columns(xp: Backend, function: Reference, wrt: str, values, quotient) -> np.ndarray:
    """A Jacobian (batch, *outputs, *inputs), one input entry at a time."""
    x = values[wrt]
    shape = x.shape[1:]

    def f(moved):
        return function(xp, **{**values, wrt: moved})

    columns = []
    for place in np.ndindex(shape):
        unit = np.zeros((1, *shape))
        unit[(0, *place)] = 1
        columns.append(quotient(f, x, unit))
    stacked = np.stack(columns, axis=-1)
    return stacked.reshape(*stacked.shape[:-1], *shape)
