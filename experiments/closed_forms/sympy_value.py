"""Values in NumPy of SymPy's matrix and array expressions, of sizes that are symbols."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.tensor.array.expressions import (
    ArrayAdd,
    ArrayContraction,
    ArrayDiagonal,
    ArrayTensorProduct,
    PermuteDims,
)
from sympy.tensor.array.expressions.array_expressions import ArrayElementwiseApplyFunc, OneArray


class NoValueError(ValueError):
    """An expression of a kind that has no rule here."""


def value_of(
    expression: Any, values: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> np.ndarray:
    """The value of an expression; vectors among the `values` are columns."""
    return np.asarray(_Values(values, sizes).of(expression))


class _Values:
    """One walk over an expression: the method named after its class says its value."""

    def __init__(self, values: Mapping[str, np.ndarray], sizes: Mapping[str, int]):
        self.values, self.sizes = values, sizes

    def of(self, expression: Any) -> Any:
        match expression:
            case sp.Symbol() | sp.MatrixSymbol():
                return self.named(str(expression))
            case ElementwiseApplyFunction() | ArrayElementwiseApplyFunc():
                return self.entries(expression.function, self.of(expression.expr))
            case sp.OneMatrix() | OneArray():
                return np.ones(self.shape(expression))
            case sp.ZeroMatrix():
                return np.zeros(self.shape(expression))
            case sp.Identity():
                return np.eye(self.shape(expression)[0])
            case ArrayTensorProduct():
                return reduce(np.multiply.outer, map(self.of, expression.args))
            case PermuteDims():
                return self.of(expression.expr).transpose(expression.permutation.array_form)
            case ArrayContraction():
                return self.contracted(expression, expression.contraction_indices)
            case ArrayDiagonal():
                return self.diagonal(expression, expression.diagonal_indices)
            case sp.Piecewise() | sp.Derivative():
                raise NoValueError(f"no rule for {type(expression).__name__}")
        return self.combined(expression, [self.of(part) for part in expression.args])

    def combined(self, expression: Any, parts: list[Any]) -> Any:
        """The value of an expression from those of its parts."""
        match expression:
            case sp.MatMul():
                return self.product(parts)
            case sp.Add() | sp.MatAdd() | ArrayAdd():
                return reduce(np.add, parts)
            case sp.Mul() | sp.HadamardProduct():
                return reduce(np.multiply, parts)
            case sp.Transpose():
                return parts[0].T
            case sp.Inverse():
                return np.linalg.inv(parts[0])
            case sp.MatPow():
                base, exponent = parts
                if base.shape == (1, 1):
                    return base**exponent
                return np.linalg.matrix_power(base, int(exponent))
            case sp.Pow() | sp.HadamardPower():
                return np.power(parts[0], parts[1])
            case sp.Trace():
                return np.trace(parts[0])
            case sp.Determinant():
                return np.linalg.det(parts[0])
            case sp.DiagMatrix():
                return np.diag(parts[0].ravel())
            case sp.Function() if all(np.ndim(part) == 0 for part in parts):
                return np.float64(expression.func(*parts))
        if not expression.args and expression.is_number:
            return np.float64(expression)
        raise NoValueError(f"no rule for {type(expression).__name__}")

    def named(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        return np.float64(self.sizes[name])

    def shape(self, expression: Any) -> tuple[int, ...]:
        return tuple(int(self.of(extent)) for extent in expression.shape)

    def product(self, parts: list[Any]) -> Any:
        """Numbers times a product of matrices."""
        matrices = [part for part in parts if np.ndim(part)]
        numbers = [part for part in parts if not np.ndim(part)]
        return reduce(np.multiply, numbers, reduce(np.matmul, matrices))

    def entries(self, function: sp.Lambda, array: Any) -> Any:
        """A function of each entry, in which other names may stand."""
        (x,) = function.variables
        others = {s: float(self.named(s.name)) for s in function.expr.free_symbols - {x}}
        run = sp.lambdify(x, function.expr.subs(others), ["scipy", "numpy"])
        return np.vectorize(lambda entry: float(run(entry)), otypes=[float])(array)

    def contracted(self, expression: Any, groups: tuple[tuple[int, ...], ...]) -> Any:
        """The sum over axes that share their index."""
        array = self.of(expression.expr)
        labels = _labels(array.ndim, groups)
        summed = {axis for group in groups for axis in group}
        return np.einsum(array, labels, [axis for axis in labels if axis not in summed])

    def diagonal(self, expression: Any, groups: tuple[tuple[int, ...], ...]) -> Any:
        """The entries at which axes share their index; that index comes last."""
        array = self.of(expression.expr)
        labels = _labels(array.ndim, groups)
        shared = {axis for group in groups for axis in group}
        kept = [axis for axis in labels if axis not in shared]
        return np.einsum(array, labels, [*kept, *(labels[group[0]] for group in groups)])


def _labels(ndim: int, groups: tuple[tuple[int, ...], ...]) -> list[int]:
    """A label for each axis, one for all axes of a group."""
    labels = list(range(ndim))
    for group in groups:
        for axis in group:
            labels[axis] = group[0]
    return labels
