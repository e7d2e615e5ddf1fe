"""Builds functions along the last axis of an array; along another one the matrix is transposed."""

from __future__ import annotations

from collections.abc import Callable

from verify.differentiation import construction as build
from verify.differentiation.nodes import Call, Node, NoMatrixFormError

Axes = tuple[int, ...] | None


def cumsum(node: Node, axes: Axes = None) -> Node:
    """Each entry with all before it added."""
    return _along(lambda rows: Call("cumsum", (rows,), rows.shape), node, axes)


def flip(node: Node, axes: Axes = None) -> Node:
    """The entries in reverse order, along one axis or all."""
    for axis in range(node.ndim) if axes is None else axes:
        node = _along(_flipped, node, (axis,))
    return node


def reduced(name: str) -> Callable[[Node, Axes], Node]:
    """The largest, the smallest or the product of the entries, along one axis or of all."""

    def reduced_along(node: Node, axes: Axes = None) -> Node:
        for axis in reversed(range(node.ndim) if axes is None else axes):
            rows = build.transpose(node) if axis == 0 else node
            node = Call(name, (rows,), rows.shape[:-1])
        return node

    return reduced_along


def _flipped(rows: Node) -> Node:
    match rows:
        case Call("flip", (operand,)):
            return operand
    return Call("flip", (rows,), rows.shape)


def _along(function: Callable[[Node], Node], node: Node, axes: Axes) -> Node:
    """The function of the rows, or of the columns of a matrix as rows."""
    if node.ndim == 2 and axes == (0,):
        return build.transpose(function(build.transpose(node)))
    if node.ndim == 0 or (axes or (0,)) != (node.ndim - 1,):
        raise NoMatrixFormError("a function along one axis needs an array and the axis")
    return function(node)
