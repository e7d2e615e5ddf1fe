"""Values of SymPy's matrix and array expressions at a point, in NumPy.

SymPy's own printer for NumPy does not know all that its `diff` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import sympy
from sympy import matrices as mat
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.tensor.array import expressions as arr
from sympy.tensor.array.expressions import array_expressions as more


class NoValueError(Exception):
    """The expression has a part that is no value, such as a derivative left as it is."""


def value(expression: Any, point: Mapping[str, Any]) -> np.ndarray:
    """The value at a point, by name: vectors are columns. Raises `NoValueError`."""
    return np.asarray(_Walk(point).of(sympy.sympify(expression)), dtype=float)


class _Walk:
    def __init__(self, point: Mapping[str, Any]):
        self.point = point

    def of(self, e: Any) -> Any:
        if e.is_Number or e.is_NumberSymbol:
            return float(e)
        for kind, rule in RULES.items():
            if isinstance(e, kind):
                return rule(self, e)
        if isinstance(e, sympy.Function) and len(e.args) == 1:
            return _function(e.func)(self.of(e.args[0]))
        raise NoValueError(type(e).__name__)

    def all(self, parts) -> list[Any]:
        return [self.of(part) for part in parts]

    def shape(self, shape) -> tuple[int, ...]:
        return tuple(int(self.of(s)) for s in shape)

    def symbol(self, e) -> Any:
        array = np.asarray(self.point[str(e)], dtype=float)
        return array[:, None] if array.ndim == 1 else array

    def product(self, e) -> Any:
        return reduce(
            lambda a, b: a @ b if np.ndim(a) == np.ndim(b) == 2 else a * b, self.all(e.args)
        )

    def elementwise(self, e) -> Any:
        return _function(e.function)(self.of(e.expr))

    def element(self, e) -> Any:
        return self.of(e.parent)[self.shape(e.indices)]

    def power(self, e) -> Any:
        base, exponent = self.of(e.base), self.of(e.exp)
        return np.linalg.matrix_power(base, int(exponent)) if np.ndim(base) else base**exponent

    def contraction(self, e) -> Any:
        return self._joined(e.expr, e.contraction_indices, keep=False)

    def diagonal(self, e) -> Any:
        return self._joined(e.expr, e.diagonal_indices, keep=True)

    def _joined(self, inner, groups, keep: bool) -> Any:
        array = self.of(inner)
        labels = list(range(array.ndim))
        for group in groups:
            for axis in group:
                labels[axis] = group[0]
        joined = {axis for group in groups for axis in group}
        output = [axis for axis in range(array.ndim) if axis not in joined]
        output += [group[0] for group in groups] if keep else []
        return np.einsum(array, labels, output)


def _function(function: Any) -> Callable[[Any], Any]:
    entry = sympy.Dummy("t")
    run = sympy.lambdify(entry, function(entry), ["scipy", "numpy"])
    return lambda x: np.broadcast_to(run(x), np.shape(x))


RULES: dict[Any, Callable[[_Walk, Any], Any]] = {
    mat.MatrixSymbol: _Walk.symbol,
    sympy.Symbol: lambda w, e: float(w.point[str(e)]),
    mat.Identity: lambda w, e: np.eye(*w.shape(e.shape)),
    mat.ZeroMatrix: lambda w, e: np.zeros(w.shape(e.shape)),
    mat.OneMatrix: lambda w, e: np.ones(w.shape(e.shape)),
    arr.ZeroArray: lambda w, e: np.zeros(w.shape(e.shape)),
    mat.Transpose: lambda w, e: w.of(e.arg).T,
    mat.Inverse: lambda w, e: np.linalg.inv(w.of(e.arg)),
    mat.MatPow: lambda w, e: np.linalg.matrix_power(w.of(e.base), int(w.of(e.exp))),
    mat.Trace: lambda w, e: np.trace(w.of(e.arg)),
    mat.Determinant: lambda w, e: np.linalg.det(w.of(e.arg)),
    mat.DiagMatrix: lambda w, e: np.diag(np.ravel(w.of(e.args[0]))),
    mat.KroneckerProduct: lambda w, e: reduce(np.kron, w.all(e.args)),
    mat.HadamardProduct: lambda w, e: np.multiply.reduce(w.all(e.args)),
    mat.HadamardPower: lambda w, e: w.of(e.base) ** w.of(e.exp),
    ElementwiseApplyFunction: _Walk.elementwise,
    sympy.matrices.expressions.matexpr.MatrixElement: _Walk.element,
    (sympy.MatMul, sympy.Mul): _Walk.product,
    (sympy.MatAdd, sympy.Add, arr.ArrayAdd): lambda w, e: sum(w.all(e.args)),
    arr.ArrayTensorProduct: lambda w, e: reduce(np.multiply.outer, w.all(e.args)),
    arr.ArrayContraction: _Walk.contraction,
    arr.ArrayDiagonal: _Walk.diagonal,
    arr.PermuteDims: lambda w, e: np.transpose(w.of(e.expr), e.permutation.array_form),
    more.Reshape: lambda w, e: np.reshape(w.of(e.expr), w.shape(e.shape)),
    sympy.Pow: _Walk.power,
}
