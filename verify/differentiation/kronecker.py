"""Kronecker products and raveled matrices, which are gone once they are summed or multiplied.

(A x B) vec(X) = vec(B X A.T), of whose rows and columns the sums are those of matrices (K. Petersen
and M. Pedersen, "The Matrix Cookbook" (2012), 10.2).
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Mul

from verify.differentiation import construction as build
from verify.differentiation.nodes import Call, Node

MULTIPLICATIVE = ("sum", "mean", "norm", "norm1")
"""Functions of all entries whose value at a Kronecker product is the product of their values."""


def kron(a: Node, b: Node) -> Node:
    """A_ij B_kl in row (i, k) and column (j, l)."""
    return Call("kron", (a, b), tuple(Mul(*pair) for pair in zip(a.shape, b.shape, strict=True)))


def ravel(matrix: Node) -> Node:
    """The rows of a matrix one after the other."""
    return Call("ravel", (matrix,), (Mul(*matrix.shape),)) if matrix.ndim == 2 else matrix


def vec(matrix: Node) -> Node:
    """The columns of a matrix one after the other."""
    return ravel(build.transpose(matrix))


def entrywise(function: Callable[..., Node], *operands: Node) -> Node:
    """A function of the entries: where they are raveled, of those of the matrices."""
    inner = list(map(_unraveled, operands))
    result = function(*inner)
    return result if inner == [*operands] else ravel(result)


def of_all_entries(name: str, function: Callable[[Node], Node], operand: Node) -> Node:
    """A function for which the order of the entries does not matter."""
    match operand:
        case Call("kron", (a, b)) if name in MULTIPLICATIVE:
            return build.mul(function(a), function(b))
    return function(_unraveled(operand))


def transpose(matrix: Node) -> Node:
    """The transpose; that of a Kronecker product is one of the transposes."""
    match matrix:
        case Call("kron", (a, b)):
            return kron(build.transpose(a), build.transpose(b))
    return build.transpose(matrix)


def trace(matrix: Node) -> Node:
    """The trace; that of a Kronecker product is the product of the traces."""
    match matrix:
        case Call("kron", (a, b)):
            return build.mul(build.trace(a), build.trace(b))
    return build.trace(matrix)


def matmul(first: Node, second: Node) -> Node:
    """The product of two matrices or vectors."""
    match first, second:
        case Call("kron", (a, b)), Call("kron", (c, d)) if a.shape[1] == c.shape[0]:
            return kron(build.matmul(a, c), build.matmul(b, d))
        case Call("kron", (a, b)), Call("ravel", (x,)):
            return ravel(build.matmul(a, x, build.transpose(b)))
        case Call("ravel"), Call("kron"):
            return matmul(transpose(second), first)
        case Call("ravel", (x,)), Call("ravel", (y,)):
            return build.total(build.mul(x, y))
    return build.matmul(first, second)


def _unraveled(node: Node) -> Node:
    match node:
        case Call("ravel", (matrix,)):
            return matrix
    return node
