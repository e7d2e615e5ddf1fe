"""Runs a tree of array expressions at many points at once, in NumPy, JAX or PyTorch.

It knows nothing of index notation: what it finds is independent of the proof and of its reading.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from sympy import Expr

from verify.differentiation.along_axis import ALONG_ONE_AXIS, axis_of
from verify.differentiation.construction.parts import whole_number
from verify.differentiation.nodes import (
    Add,
    Call,
    Elementwise,
    Eye,
    MatMul,
    Mul,
    Name,
    NewAxis,
    Node,
    NoMatrixFormError,
    Number,
    Ones,
    Sum,
    Transpose,
)
from verify.differentiation.selection import ends_of_rows, is_selection

COMPARED: dict[str, Callable] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne, "&": operator.and_, "|": operator.or_,
}  # fmt: skip
BENT = {
    *COMPARED,
    "~",
    "abs",
    "sign",
    "relu",
    "maximum",
    "minimum",
    "max",
    "min",
    "where",
    "arctan2",
}
"""Functions that are not analytic, or not of complex numbers: no complex step judges them."""


def to_array(node: Node, values: Mapping[str, Any], sizes: Mapping[str, int], xp: Any) -> Any:
    """The values of an expression, (batch, *shape), from arrays (batch, *shape) by name.

    `xp` is `numpy`, `jax.numpy` or `torch`. Raises `NoMatrixFormError` for what has no rule here.
    """
    return _Runner(values, sizes, xp).of(node)


class _Runner:
    """One walk over a tree; what occurs twice is run once."""

    def __init__(self, values: Mapping[str, Any], sizes: Mapping[str, int], xp: Any):
        self.values, self.sizes, self.xp = values, sizes, xp
        self.like = next(iter(values.values()))
        self.known: dict[Node, Any] = {}

    def of(self, node: Node) -> Any:
        if node not in self.known:
            self.known[node] = getattr(self, type(node).__name__.lower())(node)
        return self.known[node]

    def aligned(self, node: Node, ndim: int) -> Any:
        """The values with new axes behind the batch, so that they broadcast to so many axes."""
        value = self.of(node)
        return value.reshape(len(value), *[1] * (ndim - node.ndim), *value.shape[1:])

    def number(self, node: Number):
        return self.constant(float(node.value))

    def name(self, node: Name):
        if node.name in self.values:
            return self.values[node.name]
        value = self.xp.pi if node.name == "pi" else self.size(node.name)
        return self.constant(float(value))

    def size(self, name: str) -> int:
        return int(name) if name.isdigit() else self.sizes[name]

    def constant(self, value: float, *shape: int):
        """A number, or an array of it, at each point."""
        return self.xp.zeros((len(self.like), *shape), dtype=self.like.dtype) + value

    def ones(self, node: Ones):
        return self.constant(1.0, *map(self.extent, node.extents))

    def eye(self, node: Eye):
        size = self.extent(node.extent)
        return self.constant(0.0, size, size) + self.xp.eye(size, dtype=self.like.dtype)

    def extent(self, size) -> int:
        return int(size.subs({s: self.size(s.name) for s in size.free_symbols}))

    def add(self, node: Add):
        return sum(float(c) * self.aligned(term, node.ndim) for c, term in node.terms)

    def mul(self, node: Mul):
        result = self.constant(float(node.coefficient)).reshape(-1, *[1] * node.ndim)
        for base, exponent in node.powers:
            result = result * self.power(base, exponent, node.ndim)
        return result

    def power(self, base: Node, exponent: Node, ndim: int):
        value = self.aligned(base, ndim)
        if not isinstance(exponent, Number):
            return value ** self.aligned(exponent, ndim)
        if exponent.value.denominator == 2:
            return self.xp.sqrt(value) ** exponent.value.numerator
        whole = exponent.value.denominator == 1
        return value ** (int(exponent.value) if whole else float(exponent.value))

    def matmul(self, node: MatMul):
        first, *rest = node.factors
        result, ndim = self.of(first), first.ndim
        for factor in rest:
            other = self.of(factor)
            left = result[:, None, :] if ndim == 1 else result
            right = other[:, :, None] if factor.ndim == 1 else other
            result = self.xp.matmul(left, right)
            result = result[:, 0] if ndim == 1 else result
            result = result[..., 0] if factor.ndim == 1 else result
            ndim = ndim + factor.ndim - 2
        return result

    def transpose(self, node: Transpose):
        return self.xp.swapaxes(self.of(node.operand), 1, 2)

    def sum(self, node: Sum):
        return self.xp.sum(self.of(node.operand), axis=tuple(1 + axis for axis in node.axes))

    def newaxis(self, node: NewAxis):
        return self.of(node.operand)[..., None]

    def elementwise(self, node: Elementwise):
        parts = [self.aligned(argument, node.ndim) for argument in node.arguments]
        if node.name in COMPARED:
            return COMPARED[node.name](*parts)
        return self.function(node.name)(*parts)

    def function(self, name: str) -> Callable:
        """An elementwise function, from the library or put together from it."""
        xp = self.xp
        own: dict[str, Callable] = {
            "~": operator.invert,
            "sigmoid": lambda x: 1 / (1 + xp.exp(-x)),
            "logsigmoid": lambda x: -xp.log(1 + xp.exp(-x)),
            "softplus": lambda x: xp.log(1 + xp.exp(x)),
            "relu": lambda x: xp.where(x > 0, x, 0 * x),
            "erf": self.erf,
        }
        if name not in own and not hasattr(xp, name):
            raise NoMatrixFormError(f"no rule to run '{name}'")
        return own.get(name) or getattr(xp, name)

    def erf(self, x):
        if hasattr(self.xp, "erf"):
            return self.xp.erf(x)
        scipy = "jax.scipy" if self.xp.__name__.startswith("jax") else "scipy"
        return import_module(f"{scipy}.special").erf(x)

    def call(self, node: Call):
        if node.name in ALONG_ONE_AXIS:
            return self.along_axis(node.name, self.of(node.arguments[0]), 1 + axis_of(node))
        if node.name in ("tril", "triu"):
            matrix, *above = node.arguments
            return getattr(self.xp, node.name)(self.of(matrix), *map(whole_number, above))
        if is_selection(node):
            start, stop = ends_of_rows(node)
            return self.rows(node.extents[-1], start if node.name == "row" else slice(start, stop))
        parts = [self.of(argument) for argument in node.arguments]
        method = getattr(self, f"call_{node.name}", None)
        if method is None:
            raise NoMatrixFormError(f"no rule to run '{node.name}'")
        return method(*parts)

    def rows(self, extent: Expr, places: int | slice):
        """A row of the unit matrix, or several."""
        rows = self.xp.eye(self.extent(extent), dtype=self.like.dtype)[places]
        return self.constant(0.0, *rows.shape) + rows

    def along_axis(self, name: str, x, axis: int):
        if name == "flip":
            return self.xp.flip(x, (axis,))
        return getattr(self.xp, {"max": "amax", "min": "amin"}.get(name, name))(x, axis)

    def call_inv(self, matrix):
        return self.xp.linalg.inv(matrix)

    def call_det(self, matrix):
        return self.xp.linalg.det(matrix)

    def call_logdet(self, matrix):
        return self.xp.log(self.xp.linalg.det(matrix))

    def call_trace(self, matrix):
        return self.xp.einsum("bii->b", matrix)

    def call_diagonal(self, matrix):
        return self.xp.einsum("bii->bi", matrix)

    def call_diag(self, vector):
        return vector[:, :, None] * self.xp.eye(vector.shape[1], dtype=vector.dtype)

    def call_outer(self, a, b):
        return a[:, :, None] * b[:, None, :]

    def call_softmax(self, x):
        powers = self.xp.exp(x)
        return powers / self.xp.sum(powers, axis=-1)[..., None]

    def call_log_softmax(self, x):
        return x - self.xp.log(self.xp.sum(self.xp.exp(x), axis=-1))[..., None]

    def call_sqdist(self, a, b):
        return self.xp.sum((a[:, :, None, :] - b[:, None, :, :]) ** 2, axis=-1)
