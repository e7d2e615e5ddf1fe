"""SymPy's own matrix calculus on the same functions: what `diff` says, and whether it is right.

A function is written as a SymPy user would write it for sizes that are symbols: vectors are
columns, sums are products with ones, functions of entries are `applyfunc`, products of entries are
`hadamard_product`, and a sum of such products is a trace. A number that is a product of a row and
a column can be written as a matrix of one entry or as a trace, and SymPy knows rules for the one
that it lacks for the other: both are tried. SymPy is right if it is with either, and silently wrong
if with one it is and with none it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.tensor.array.array_derivatives import ArrayDerivative

from experiments.closed_forms.sympy_value import value_of
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
from verify.differentiation.reading import read
from verify.grading.points import run
from verify.grading.workers import Work
from verify.numerics.domain import Batch
from verify.objectives.asked import Asked

POINTS, SEED = 4, 0
TOLERANCE = 1e-6
"""Relative to the largest entry: rounding is far below, a wrong formula far above."""
WHAT_COUNTS = ("right", "silently wrong", "no answer")
"""Of two verdicts, the first that occurs."""
UNARY: dict[str, Any] = {
    "exp": sp.exp, "log": sp.log, "abs": sp.Abs, "sign": sp.sign, "sin": sp.sin, "cos": sp.cos,
    "tan": sp.tan, "sinh": sp.sinh, "cosh": sp.cosh, "tanh": sp.tanh, "arcsin": sp.asin,
    "arccos": sp.acos, "arctan": sp.atan, "erf": sp.erf,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)), "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "logsigmoid": lambda x: -sp.log(1 + sp.exp(-x)), "relu": lambda x: sp.Max(0, x),
}  # fmt: skip
BINARY: dict[str, Any] = {
    "maximum": sp.Max, "minimum": sp.Min, "arctan2": sp.atan2,
    ">": sp.Gt, "<": sp.Lt, ">=": sp.Ge, "<=": sp.Le,
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What SymPy says of a derivative, and what that is worth."""

    verdict: str
    derivative: str = ""
    why: str = ""


@dataclass(frozen=True)
class Differentiation(Work[Answer]):
    """The derivative of an objective by SymPy's `diff`."""

    asked: Asked

    def settled(self) -> Answer:
        """What counts of both writings."""
        answers = [_answer(self.asked, as_trace) for as_trace in (False, True)]
        return min(answers, key=lambda answer: WHAT_COUNTS.index(answer.verdict))

    def given_up(self, why: str) -> Answer:
        """A derivative that did not come."""
        return Answer("no answer", why=why)


def _answer(asked: Asked, as_trace: bool) -> Answer:
    try:
        function, wrt = written(asked, as_trace)
    except (NoMatrixFormError, ValueError) as error:
        return Answer("no answer", why=f"no translation: {error}")
    try:
        derivative = function
        for _ in range(asked.order):
            derivative = derivative.diff(wrt)
    except Exception as error:  # whatever a rule of SymPy that does not fit runs into
        return Answer("no answer", why=type(error).__name__)
    if derivative.has(sp.Derivative, ArrayDerivative):
        return Answer("no answer", str(derivative), "left unevaluated")
    try:
        is_right = agrees(asked, derivative)
    except Exception as error:  # a kind of expression that has no value here
        return Answer("no answer", str(derivative), f"no value ({type(error).__name__})")
    return Answer("right" if is_right else "silently wrong", str(derivative))


# --- the function in SymPy's words ---------------------------------------------------------------


def written(asked: Asked, as_trace: bool) -> tuple[Any, Any]:
    """The function of an objective, and the name to differentiate by."""
    objective = asked.objective()
    positive = {
        one.name: dict(one.signs) for one in objective.assumptions if one.name and one.signs
    }
    writer = _Writer(as_trace, positive)
    function = writer.of(read(asked.tree(), objective.vocabulary))
    name = objective.vocabulary.spelled(asked.wrt)
    shape = tuple(objective.vocabulary.quantities[name].shape)
    return function, writer.name(Name(name, shape))


class _Writer:
    """A walk over a tree of array expressions: vectors are columns, numbers are numbers."""

    def __init__(self, as_trace: bool, signs: Mapping[str, Mapping[str, bool]]):
        self.as_trace, self.signs = as_trace, signs

    def of(self, node: Node) -> Any:
        return getattr(self, type(node).__name__.lower())(node)

    def number(self, node: Number) -> Any:
        return sp.Rational(node.value.numerator, node.value.denominator)

    def name(self, node: Name) -> Any:
        if node.name == "pi":
            return sp.pi
        if not node.extents:
            assumed = self.signs.get(node.name, {"real": True})
            return sp.Symbol(str(node.name), **assumed)
        return sp.MatrixSymbol(str(node.name), *_two(node.extents))

    def ones(self, node: Ones) -> Any:
        return sp.OneMatrix(*_two(node.extents)) if node.extents else sp.S.One

    def eye(self, node: Eye) -> Any:
        return sp.Identity(node.extent)

    def transpose(self, node: Transpose) -> Any:
        return self.of(node.operand).T

    def newaxis(self, node: NewAxis) -> Any:
        return self.of(node.operand)

    def matmul(self, node: MatMul) -> Any:
        first, *rest = node.factors
        parts = [self.of(first).T if first.ndim == 1 else self.of(first), *map(self.of, rest)]
        product = reduce(lambda a, b: a * b, parts)
        if not node.shape:
            return self.one_entry(product)
        return product.T if first.ndim == 1 else product

    def one_entry(self, product: Any) -> Any:
        """A number that SymPy has as a matrix of one entry."""
        return sp.Trace(product) if self.as_trace else product

    def sum(self, node: Sum) -> Any:
        operand, shape = node.operand, node.operand.shape
        if len(node.axes) == len(shape):
            return self.total(operand)
        matrix = self.of(operand)
        if node.axes == (0,):
            return matrix.T * sp.OneMatrix(shape[0], 1)
        return matrix * sp.OneMatrix(shape[1], 1)

    def total(self, node: Node) -> Any:
        """The sum of all entries; of products of two, a trace."""
        if (
            isinstance(node, Mul)
            and node.ndim
            and all(b.shape == node.shape for b, _ in node.powers)
        ):
            exponents = [getattr(e, "value", None) for _, e in node.powers]
            bases = [self.of(base) for base, _ in node.powers]
            factor = self.number(Number(node.coefficient))
            if exponents == [2]:
                return factor * self.one_entry_or_trace(bases[0], bases[0])
            if exponents == [1, 1]:
                return factor * self.one_entry_or_trace(*bases)
        array = self.of(node)
        rows, columns = array.shape
        product = sp.OneMatrix(1, rows) * array
        return self.one_entry(product * sp.OneMatrix(columns, 1) if columns != 1 else product)

    def one_entry_or_trace(self, a: Any, b: Any) -> Any:
        """sum_ij a_ij b_ij."""
        return self.one_entry(a.T * b) if a.shape[1] == 1 else sp.Trace(a.T * b)

    def add(self, node: Add) -> Any:
        terms = [(self.number(Number(c)), self.of(term)) for c, term in node.terms]
        shape = self.shape_of([term for _, term in terms], node)
        return reduce(lambda a, b: a + b, (c * self.broadcast(t, shape) for c, t in terms))

    def mul(self, node: Mul) -> Any:
        parts = [self.power(base, exponent) for base, exponent in node.powers]
        numbers = [part for part in parts if not _is_matrix(part)]
        matrices = [part for part in parts if _is_matrix(part)]
        factor = reduce(lambda a, b: a * b, numbers, self.number(Number(node.coefficient)))
        if not matrices:
            return factor
        shape = self.shape_of(matrices, node)
        return factor * sp.hadamard_product(*(self.broadcast(m, shape) for m in matrices))

    def power(self, base: Node, exponent: Node) -> Any:
        power, below = self.of(exponent), self.of(base)
        if _is_matrix(power):
            raise NoMatrixFormError("a power whose exponent is an array")
        if not _is_matrix(below):
            return below**power
        return below if power == 1 else sp.HadamardPower(below, power)

    def elementwise(self, node: Elementwise) -> Any:
        leaves = [leaf for leaf in _arrays_in(node) if _is_matrix(self.of(leaf))]
        if len(node.arguments) == 1:
            leaves = [node.arguments[0]]
        if len(set(leaves)) > 1:
            return self.of_two(node)
        if not leaves or not _is_matrix(array := self.of(leaves[0])):
            return self.entry(node, {})
        x = sp.Dummy("x", real=True)
        return ElementwiseApplyFunction(sp.Lambda(x, self.entry(node, {leaves[0]: x})), array)

    def of_two(self, node: Elementwise) -> Any:
        """The larger or the smaller of two arrays, by the positive part of their difference."""
        signs = {"maximum": 1, "minimum": -1}
        if node.name not in signs:
            raise NoMatrixFormError(f"{node.name} of several arrays")
        a, b = (self.broadcast(self.of(part), _two(node.shape)) for part in node.arguments)
        x, sign = sp.Dummy("x", real=True), signs[node.name]
        positive = sp.Lambda(x, sp.Max(0, x))
        return b + sign * ElementwiseApplyFunction(positive, sign * (a - b))

    def entry(self, node: Node, known: Mapping[Node, Any]) -> Any:
        """The expression of one entry, where an array's is known."""
        if node in known:
            return known[node]
        match node:
            case Elementwise(name="where", arguments=parts):
                condition, yes, no = (self.entry(part, known) for part in parts)
                return sp.Piecewise((yes, condition), (no, True))
            case Elementwise(name=name, arguments=parts):
                rules = UNARY if len(parts) == 1 else BINARY
                if name not in rules:
                    raise NoMatrixFormError(f"no word for {name}")
                return rules[name](*(self.entry(part, known) for part in parts))
            case Add(terms=terms):
                return sp.Add(*(self.number(Number(c)) * self.entry(t, known) for c, t in terms))
            case Mul(coefficient=factor, powers=powers):
                factors = [self.entry(b, known) ** self.entry(e, known) for b, e in powers]
                return sp.Mul(self.number(Number(factor)), *factors)
        return self.of(node)

    def call(self, node: Call) -> Any:
        parts = [self.of(argument) for argument in node.arguments]
        match node.name, parts:
            case "inv", [matrix]:
                return sp.Inverse(matrix)
            case "det", [matrix]:
                return sp.Determinant(matrix)
            case "logdet", [matrix]:
                return sp.log(sp.Determinant(matrix))
            case "trace", [matrix]:
                return sp.Trace(matrix)
            case "outer", [a, b]:
                return a * b.T
            case "diag", [array] if node.ndim == 2:
                return sp.DiagMatrix(array)
            case "softmax", [array]:
                powers = array.applyfunc(sp.exp)
                if node.ndim == 1 and self.as_trace:
                    return powers / sp.Trace(sp.OneMatrix(1, array.shape[0]) * powers)
                return sp.hadamard_product(powers, sp.HadamardPower(_spread_sums(powers, node), -1))
            case "log_softmax", [array]:
                powers = array.applyfunc(sp.exp)
                if node.ndim == 1 and self.as_trace:
                    total = sp.Trace(sp.OneMatrix(1, array.shape[0]) * powers)
                    return array - sp.log(total) * sp.OneMatrix(*array.shape)
                return array - _spread_sums(powers, node).applyfunc(sp.log)
        raise NoMatrixFormError(f"no word for {node.name}")

    def shape_of(self, parts: list[Any], node: Node) -> tuple[Any, Any] | None:
        """The shape of a matrix that is put together from parts; None of a number."""
        if node.ndim:
            return _two(node.shape)
        return (1, 1) if any(map(_is_matrix, parts)) else None

    def broadcast(self, part: Any, shape: tuple[Any, Any] | None) -> Any:
        """A number, a row for each row, or a column for each column, as a matrix of a shape."""
        if shape is None or (_is_matrix(part) and part.shape == shape):
            return part
        rows, columns = shape
        if not _is_matrix(part):
            return part * sp.OneMatrix(rows, columns)
        if part.shape == (1, 1):
            return sp.OneMatrix(rows, 1) * part * sp.OneMatrix(1, columns)
        if part.shape == (rows, 1):
            return part * sp.OneMatrix(1, columns)
        return sp.OneMatrix(rows, 1) * part.T


def _spread_sums(powers: Any, node: Node) -> Any:
    """The sum along the last axis of an array, at each of its entries."""
    rows, columns = powers.shape
    if node.ndim == 1:
        return sp.OneMatrix(rows, rows) * powers
    return powers * sp.OneMatrix(columns, columns)


def _arrays_in(node: Node) -> Iterator[Node]:
    """The arrays that functions of entries are taken of."""
    if isinstance(node, Elementwise | Add | Mul):
        for operand in node.operands:
            yield from _arrays_in(operand)
    else:
        yield node


def _is_matrix(part: Any) -> bool:
    return isinstance(part, sp.MatrixExpr)


def _two(shape: tuple[Any, ...]) -> tuple[Any, Any]:
    return (shape[0], 1) if len(shape) == 1 else (shape[0], shape[1])


# --- what the derivative is worth ----------------------------------------------------------------


def agrees(asked: Asked, derivative: Any) -> bool:
    """Whether a derivative has the right values at points of unlike sizes.

    SymPy's Jacobian of a vector may have either the function's entries or the variable's first.
    """
    question = asked.question()
    is_vector = asked.objective().reading.function.number.ndim > 0
    for batch in question.domain.batches(POINTS, SEED)[:2]:
        right = np.squeeze(run(question, question.formula, batch)[0])
        mine = np.squeeze(value_of(derivative, _first(batch), batch.sizes))
        layouts = [mine, mine.T] if is_vector else [mine]
        scale = TOLERANCE * (1 + np.max(np.abs(right)))
        if not any(
            one.shape in (right.shape, ()) and np.all(np.abs(one - right) <= scale)
            for one in layouts
        ):
            return False
    return True


def _first(batch: Batch) -> dict[str, np.ndarray]:
    """The first point of a batch, with vectors as columns."""
    first = {name: np.asarray(array[0]) for name, array in batch.values.items()}
    return {name: array[:, None] if array.ndim == 1 else array for name, array in first.items()}
