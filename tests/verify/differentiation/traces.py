"""JAX's traces run by NumPy: JAX says what to compute, and nothing is compiled for each shape.

What NumPy has no word for here is left to JAX.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from warnings import catch_warnings, simplefilter

import jax
import numpy as np
from jax.extend.core import Literal
from scipy.linalg import LinAlgWarning, lu_factor


def traced(function: Callable[..., Any], *arguments: Any) -> Any:
    """The value of a function of arrays, by the operations that JAX takes from it."""
    try:
        trace = jax.make_jaxpr(function)(*arguments)
    except jax.errors.ConcretizationTypeError as error:  # a TypeError, as those of wrong texts are
        raise AssertionError("a truth value was asked for, of which a trace has none") from error
    with np.errstate(all="ignore"):
        (result,) = _run(trace.jaxpr, trace.consts, arguments)
    return result


def _run(jaxpr, constants, arguments) -> list[Any]:
    values = dict(zip(jaxpr.constvars, constants, strict=True))
    values |= dict(zip(jaxpr.invars, jax.tree.leaves(arguments), strict=True))

    def read(variable):
        is_literal = isinstance(variable, Literal)
        return variable.val if is_literal else values[variable]

    for equation in jaxpr.eqns:
        operands = [np.asarray(read(variable)) for variable in equation.invars]
        results = _apply(equation, operands)
        values |= dict(zip(equation.outvars, results, strict=True))
    return [read(variable) for variable in jaxpr.outvars]


def _apply(equation, operands) -> list[Any]:
    name, parameters = equation.primitive.name, equation.params
    if name == "custom_linear_solve":
        return _solve(operands, **parameters)
    if name == "cond":
        which, *others = operands
        branch = parameters["branches"][int(np.clip(which, 0, len(parameters["branches"]) - 1))]
        return _run(branch.jaxpr, branch.consts, others)
    if name == "lu" and operands[0].ndim == 2:
        return _lu(operands[0])
    if name == "split":
        ends = np.cumsum(parameters["sizes"])[:-1]
        return np.split(operands[0], ends, axis=parameters["axis"])
    inner = parameters.get("call_jaxpr", parameters.get("jaxpr"))
    if name in CALLS and inner is not None:
        return _run(inner.jaxpr, inner.consts, operands)
    if name in ELEMENTWISE:
        return [ELEMENTWISE[name](*operands)]
    if name in SHAPING:
        return [SHAPING[name](*operands, **parameters)]
    result = equation.primitive.bind(*operands, **parameters)
    return result if equation.primitive.multiple_results else [result]


def _solve(operands, *, const_lengths, jaxprs) -> list[Any]:
    """What is said to solve a linear system is done; its other parts say how to differentiate."""
    before = const_lengths.matvec + const_lengths.vecmat
    own = operands[before : before + const_lengths.solve]
    right = operands[sum(const_lengths) :]
    return _run(jaxprs.solve.jaxpr, jaxprs.solve.consts, [*own, *right])


def _lu(matrix) -> list[Any]:
    """Both factors in one matrix, the rows that were exchanged, and the order this leaves."""
    with catch_warnings():
        simplefilter("ignore", LinAlgWarning)  # JAX factors a singular matrix in silence, too
        factors, pivots = lu_factor(matrix, check_finite=False)
    order = np.arange(len(matrix))
    for at, pivot in enumerate(pivots):
        order[[at, pivot]] = order[[pivot, at]]
    return [factors, pivots.astype(np.int32), order.astype(np.int32)]


def _triangular_solve(matrix, right, *, left_side, lower, transpose_a, conjugate_a, unit_diagonal):
    half = np.tril(matrix) if lower else np.triu(matrix)
    if unit_diagonal:
        half = half - half * np.eye(half.shape[-1]) + np.eye(half.shape[-1])
    if transpose_a:
        half = half.swapaxes(-1, -2)
    try:
        if left_side:
            return np.linalg.solve(half, right)
        return np.linalg.solve(half.swapaxes(-1, -2), right.swapaxes(-1, -2)).swapaxes(-1, -2)
    except np.linalg.LinAlgError:  # where JAX has infinite values
        return np.full_like(right, np.nan)


def _select(which, *cases, **_):
    return np.choose(np.broadcast_to(which, cases[0].shape).astype(int), cases)


def _broadcast(operand, *, shape, broadcast_dimensions, **_):
    opened = [1] * len(shape)
    for axis, extent in zip(broadcast_dimensions, operand.shape, strict=True):
        opened[axis] = extent
    return np.broadcast_to(operand.reshape(opened), shape)


def _iota(*, dtype, shape, dimension, **_):
    opened = [-1 if axis == dimension else 1 for axis in range(len(shape))]
    return np.broadcast_to(np.arange(shape[dimension], dtype=dtype).reshape(opened), shape)


def _dot(left, right, *, dimension_numbers, **_):
    (left_summed, right_summed), (left_batch, right_batch) = dimension_numbers
    left_axes = list(range(left.ndim))
    right_axes = [left.ndim + axis for axis in range(right.ndim)]
    for mine, other in zip((*left_summed, *left_batch), (*right_summed, *right_batch), strict=True):
        right_axes[other] = mine
    free = [a for a in left_axes if a not in (*left_summed, *left_batch)]
    free += [a for a in right_axes if a >= left.ndim]
    return np.einsum(left, left_axes, right, right_axes, [*left_batch, *free])


def _slice(operand, *, start_indices, limit_indices, strides):
    strides = strides or [1] * operand.ndim
    return operand[tuple(map(slice, start_indices, limit_indices, strides))]


def _pad(operand, filling, *, padding_config):
    """Less than nothing at an end is cut off there."""
    lows, highs, betweens = zip(*padding_config, strict=True) if padding_config else ((), (), ())
    inner = [n + (n - 1) * gap for n, gap in zip(operand.shape, betweens, strict=True)]
    ends = [(max(low, 0), max(high, 0)) for low, high in zip(lows, highs, strict=True)]
    padded = np.full([low + n + high for n, (low, high) in zip(inner, ends, strict=True)], filling)
    places = [
        slice(low, low + n, gap + 1) for n, (low, _), gap in zip(inner, ends, betweens, strict=True)
    ]
    padded[tuple(places)] = operand
    kept = [
        slice(max(-low, 0), n - max(-high, 0))
        for n, low, high in zip(padded.shape, lows, highs, strict=True)
    ]
    return padded[tuple(kept)]


def _reshape(operand, *, new_sizes, dimensions, **_):
    """JAX may name an order of axes to be taken first."""
    return (operand if dimensions is None else operand.transpose(dimensions)).reshape(new_sizes)


def _reduced(operation, operand, *, axes, **_):
    return operation(operand, axis=tuple(axes))


def _accumulated(operation, operand, *, axis, reverse):
    if not reverse:
        return operation(operand, axis=axis)
    return np.flip(operation(np.flip(operand, axis), axis=axis), axis)


CALLS = ("jit", "pjit", "custom_jvp_call", "custom_vjp_call", "closed_call", "remat")
ELEMENTWISE = {
    "add": np.add, "add_any": np.add, "sub": np.subtract, "mul": np.multiply, "neg": np.negative,
    "div": np.divide,
    "max": np.maximum, "min": np.minimum, "pow": np.power, "exp": np.exp, "log": np.log,
    "log1p": np.log1p, "expm1": np.expm1, "sqrt": np.sqrt, "square": np.square, "abs": np.abs,
    "sign": np.sign, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
    "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh,
    "atan2": np.arctan2, "is_finite": np.isfinite, "eq": np.equal, "ne": np.not_equal,
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "and": np.bitwise_and, "or": np.bitwise_or, "not": np.invert, "rsqrt": lambda x: x**-0.5,
}  # fmt: skip
SHAPING: dict[str, Callable[..., Any]] = {
    "select_n": _select,
    "broadcast_in_dim": _broadcast,
    "iota": _iota,
    "dot_general": _dot,
    "slice": _slice,
    "concatenate": lambda *arrays, dimension: np.concatenate(arrays, dimension),
    "pad": _pad,
    "reduce_sum": partial(_reduced, np.sum),
    "reduce_max": partial(_reduced, np.max),
    "reduce_min": partial(_reduced, np.min),
    "reduce_or": partial(_reduced, np.any),
    "integer_pow": lambda x, *, y: x**y if y >= 0 else 1 / x**-y,
    "convert_element_type": lambda x, *, new_dtype, **_: x.astype(new_dtype),
    "reshape": _reshape,
    "transpose": lambda x, *, permutation: x.transpose(permutation),
    "squeeze": lambda x, *, dimensions: np.squeeze(x, dimensions),
    "stop_gradient": lambda x, **_: x,
    "copy": lambda x, **_: x,
    "cumsum": partial(_accumulated, np.cumsum),
    "cumprod": partial(_accumulated, np.cumprod),
    "triangular_solve": _triangular_solve,
    "rev": lambda x, *, dimensions: np.flip(x, dimensions),
    "tile": lambda x, *, reps: np.tile(x, reps),
}
