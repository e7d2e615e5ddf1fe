"""Transposes, moved inward; a vector as a column, and a column as a vector."""

from __future__ import annotations

from verify.differentiation.construction import matrices, products, sums
from verify.differentiation.nodes import (
    UNIT,
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
    Transpose,
)


def transpose(node: Node) -> Node:
    """The axes exchanged; a vector stays as it is."""
    if node.ndim < 2:
        return node
    if UNIT in node.shape:
        raise NoMatrixFormError("a transposed row or column has no rule")
    match node:
        case Name() if "symmetric" in node.facts:
            return node
        case Eye() | Call("diag"):
            return node
        case Ones():
            return Ones(node.shape[::-1])
        case Transpose(operand):
            return operand
        case MatMul(factors):
            return matrices.matmul(*(transpose(f) for f in reversed(factors)))
        case Call("outer", (u, v)):
            return matrices.outer(v, u)
        case Call("sqdist", (a, b)):
            return Call("sqdist", (b, a), node.shape[::-1])
        case Call("inv", (matrix,)):
            return matrices.inverse(transpose(matrix))
        case Add():
            return products.spread(
                sums.add(*(products.mul(Number(c), _turned(term)) for c, term in node.terms)),
                node.shape[::-1],
            )
        case Mul():
            powers = [(_turned(base), _turned(exponent)) for base, exponent in node.powers]
            return products.spread(products.product(node.coefficient, powers), node.shape[::-1])
        case Elementwise(name, arguments) if name != "==":  # numbers are equal only as computed
            return products.spread(
                Elementwise(name, tuple(map(_turned, arguments))), node.shape[::-1]
            )
    return Transpose(node)


def _turned(node: Node) -> Node:
    """A part of a matrix, broadcast to it, with the axes exchanged."""
    if node.shape[-1:] == (UNIT,):
        return as_vector(node)
    return column(node) if node.ndim == 1 else transpose(node)


def column(node: Node) -> Node:
    """A vector as a column of shape (n, 1)."""
    if node.ndim != 1:
        raise NoMatrixFormError("a new axis needs a vector")
    match node:
        case Ones(extents):
            return Ones((*extents, UNIT))
        case Mul():
            return products.product(
                node.coefficient, [(_as_column(b), _as_column(e)) for b, e in node.powers]
            )
    return NewAxis(node)


def _as_column(node: Node) -> Node:
    return column(node) if node.shape else node


def as_vector(node: Node) -> Node:
    """A column as a vector."""
    match node:
        case NewAxis(operand):
            return operand
        case Ones((extent, _)):
            return Ones((extent,))
        case Mul():
            return products.product(
                node.coefficient, [(as_vector(b), as_vector(e)) for b, e in node.powers]
            )
        case Add():
            return sums.add(*(products.mul(Number(c), as_vector(term)) for c, term in node.terms))
        case Elementwise(name, arguments):
            return Elementwise(name, tuple(map(as_vector, arguments)))
    if not node.shape:
        return node
    raise NoMatrixFormError("an axis of one entry has no rule here")
