"""The value of an answer in NumPy's notation: Python's parser, and NumPy on arrays of reals.

NumPy itself decides about shapes; an entry that has no value is one, and `where` does not care
about the branch that it does not take.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import reals
from reals import ZERO, Real, real


class ShapeMismatchError(ValueError):
    """NumPy cannot do this, or the result has another shape."""


@dataclass(frozen=True)
class Place:
    """An index: where it stands, from 0, and what it counts as a number; None if it does not."""

    position: int
    number: int | None = None


def _entrywise(function, operands: int):
    applied = np.frompyfunc(function, operands, 1)
    return lambda *arrays: np.asarray(applied(*arrays), dtype=object)


ADDING = np.frompyfunc(reals.ADD, 2, 1, identity=ZERO)
ADD, SUBTRACT = _entrywise(reals.ADD, 2), _entrywise(lambda a, b: a - b, 2)
MULTIPLY, DIVIDE = _entrywise(reals.MULTIPLY, 2), _entrywise(reals.divide, 2)
COMPARISONS = {sign: _entrywise(function, 2) for sign, function in reals.COMPARISONS.items()}
WHERE = _entrywise(reals.where, 3)


def _larger(a: Real, b: Real) -> Real:
    return reals.where(reals.COMPARISONS[">="](a, b), a, b)


def _smaller(a: Real, b: Real) -> Real:
    return reals.where(reals.COMPARISONS["<="](a, b), a, b)


ENTRYWISE = {
    "exp": _entrywise(reals.exponential, 1),
    "log": _entrywise(reals.logarithm, 1),
    "sqrt": _entrywise(reals.root, 1),
    "abs": _entrywise(reals.absolute, 1),
    "sign": _entrywise(reals.sign, 1),
    "tanh": _entrywise(reals.tanh, 1),
    "sigmoid": _entrywise(reals.sigmoid, 1),
    "relu": _entrywise(lambda x: _larger(x, ZERO), 1),
    "square": _entrywise(lambda x: x * x, 1),
    "minimum": _entrywise(_smaller, 2),
    "maximum": _entrywise(_larger, 2),
    "clip": _entrywise(lambda x, low, high: _smaller(_larger(x, low), high), 3),
    "where": WHERE,
}


def array_of(numbers: Any) -> np.ndarray:
    """Nested lists of numbers as an array of reals."""
    plain = np.array(numbers, dtype=object)
    return np.asarray(np.frompyfunc(_as_real, 1, 1)(plain), dtype=object)


def _as_real(number: Any) -> Real:
    return number if isinstance(number, Real) else real(number)


def summed(array: np.ndarray, axis=None, keepdims: bool = False) -> np.ndarray:
    """The sum along one axis or all; of nothing it is 0."""
    axis = tuple(range(array.ndim)) if axis is None else axis
    return np.asarray(ADDING.reduce(array, axis=axis, keepdims=keepdims), dtype=object)


def matmul(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """NumPy's @ of vectors and matrices."""
    if not (1 <= first.ndim <= 2 and 1 <= second.ndim <= 2):
        raise ShapeMismatchError("@ of a number")
    if first.shape[-1] != second.shape[0]:
        raise ShapeMismatchError(f"{first.shape} @ {second.shape}")
    columns = (None,) * (second.ndim - 1)
    return summed(MULTIPLY(first[(..., *columns)], second), axis=first.ndim - 1)


def softmax(array: np.ndarray, axis: int = -1) -> np.ndarray:
    """e^x over its sum along an axis."""
    powers = ENTRYWISE["exp"](array)
    return DIVIDE(powers, summed(powers, axis, keepdims=True))


def value_of(
    tree: ast.Expression,
    names: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    indices: tuple[str, ...],
    shape: tuple[int, ...],
) -> np.ndarray:
    """All entries of an answer; an answer in index notation is read at every place.

    Raises `ShapeMismatchError` for an array of another shape.
    """
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    try:
        if not used & set(indices):
            result = _Reading(names, sizes, {}).value(tree.body)
        else:
            result = np.empty(shape, dtype=object)
            for places in product(*map(range, shape)):
                at = {name: Place(place) for name, place in zip(indices, places, strict=True)}
                result[places] = _Reading(names, sizes, at).value(tree.body)[()]
    except (ValueError, IndexError) as error:
        raise ShapeMismatchError(str(error)) from None
    if result.shape == () and isinstance(result[()], Real):
        result = np.broadcast_to(result, shape)
    if result.shape != shape or not all(isinstance(entry, Real) for entry in result.flat):
        raise ShapeMismatchError(f"{result.shape}, not {shape}")
    return result


class _Reading:
    """A walk over Python's own tree of the text."""

    def __init__(self, names, sizes, places):
        self.names, self.sizes, self.places = names, sizes, dict(places)

    def of(self, node: ast.AST) -> np.ndarray | Place:
        return getattr(self, type(node).__name__)(node)

    def value(self, node: ast.AST) -> np.ndarray:
        found = self.of(node)
        if isinstance(found, Place):
            if found.number is None:
                raise ValueError("a place is no number")
            return array_of(found.number)
        return found

    def Constant(self, node):
        return array_of(str(node.value))

    def Name(self, node):
        if node.id in self.places:
            return self.places[node.id]
        if node.id in self.sizes:
            return array_of(self.sizes[node.id])
        return self.names[node.id]

    def BinOp(self, node):
        return {
            ast.Add: ADD,
            ast.Sub: SUBTRACT,
            ast.Mult: MULTIPLY,
            ast.Div: DIVIDE,
            ast.Pow: _entrywise(reals.power, 2),
            ast.MatMult: matmul,
            ast.BitAnd: _entrywise(reals.both, 2),
            ast.BitOr: _entrywise(_either, 2),
        }[type(node.op)](self.value(node.left), self.value(node.right))

    def UnaryOp(self, node):
        operand = self.value(node.operand)
        match node.op:
            case ast.USub():
                return SUBTRACT(array_of(0), operand)
            case ast.Invert():
                return _entrywise(reals.negation, 1)(operand)
        return operand

    def Compare(self, node):
        operands = [self.of(part) for part in (node.left, *node.comparators)]
        if all(isinstance(operand, Place) for operand in operands):
            operands = [array_of(operand.position) for operand in operands]
        else:
            operands = [self.value(part) for part in (node.left, *node.comparators)]
        links = [
            COMPARISONS[SIGNS[type(sign)]](left, right)
            for left, sign, right in zip(operands, node.ops, operands[1:], strict=False)
        ]
        return reduce(_entrywise(reals.both, 2), links)

    def Attribute(self, node):
        return self.value(node.value).T

    def Subscript(self, node):
        places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        chosen = self.value(node.value)[tuple(map(self._subscript, places))]
        return np.asarray(chosen, dtype=object)

    def _subscript(self, node):
        if isinstance(node, ast.Slice):
            return slice(None)
        if isinstance(node, ast.Constant):
            return None
        return self.of(node).position

    def Call(self, node):
        name = node.func.id
        if node.args and isinstance(node.args[0], ast.GeneratorExp):
            return self._sum_over_range(node.args[0])
        options = {option.arg: ast.literal_eval(option.value) for option in node.keywords}
        if name in ("eye", "ones", "zeros"):
            first = node.args[0]
            axes = first.elts if isinstance(first, ast.Tuple) else node.args
            sizes = [self._size(axis) for axis in axes]
            return array_of(getattr(np, name)(*sizes if name == "eye" else [sizes], dtype=int))
        operands = [self.value(argument) for argument in node.args]
        if name in ENTRYWISE:
            return ENTRYWISE[name](*operands)
        if len(operands) == 2 and name in ("sum", "mean", "softmax"):
            options["axis"] = int(operands.pop()[()].number)
        return getattr(self, f"_{name}")(*operands, **options)

    def _size(self, node):
        return int(self.value(node)[()].number)

    def _sum_over_range(self, node):
        (loop,) = node.generators
        start, *stop = (self._size(end) for end in loop.iter.args)
        first, last = (start, stop[0]) if stop else (0, start)
        before, total = dict(self.places), array_of(0)
        for number in range(first, last):
            self.places[loop.target.id] = Place(number - first, number)
            total = ADD(total, self.value(node.elt))
        self.places = before
        return total

    def _sum(self, array, axis=None, keepdims=False):
        return summed(array, axis, keepdims)

    def _mean(self, array, axis=None, keepdims=False):
        count = array.size if axis is None else array.shape[axis]
        return DIVIDE(summed(array, axis, keepdims), array_of(count))

    def _norm(self, array, axis=None, keepdims=False):
        return ENTRYWISE["sqrt"](summed(MULTIPLY(array, array), axis, keepdims))

    def _softmax(self, array, axis=-1):
        return softmax(array, axis)

    def _dot(self, first, second):
        return matmul(first, second)

    def _outer(self, first, second):
        if first.ndim != 1 or second.ndim != 1:
            raise ValueError("outer of vectors")
        return MULTIPLY(first[:, None], second)

    def _diag(self, array):
        if array.ndim == 2:
            return np.diag(array)
        if array.ndim != 1:
            raise ValueError("diag of a number")
        return np.where(np.eye(len(array), dtype=bool), array, ZERO)


def _either(a: Real, b: Real) -> Real:
    return reals.negation(reals.both(reals.negation(a), reals.negation(b)))


SIGNS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
