"""Builds functions along one axis, which is their second argument: Call("max", (X, 1))."""

from __future__ import annotations

from collections.abc import Callable

from verify.differentiation import construction as build
from verify.differentiation.nodes import Call, Node

Axes = tuple[int, ...] | None
ALONG_ONE_AXIS = ("cumsum", "flip", "max", "min", "prod")


def cumsum(node: Node, axes: Axes = None) -> Node:
    """Each entry with all before it added; only a vector need not name the axis."""
    (axis,) = range(node.ndim) if axes is None else axes
    return Call("cumsum", (node, build.number(axis)), node.shape)


def flip(node: Node, axes: Axes = None) -> Node:
    """The entries in reverse order, along some axes or all."""
    for axis in range(node.ndim) if axes is None else axes:
        node = _flipped(node, axis)
    return node


def reduced(name: str) -> Callable[[Node, Axes], Node]:
    """The largest, the smallest or the product of the entries, along some axes or all."""

    def reduced_along(node: Node, axes: Axes = None) -> Node:
        for axis in sorted(range(node.ndim) if axes is None else axes, reverse=True):
            left = node.shape[:axis] + node.shape[axis + 1 :]
            node = Call(name, (node, build.number(axis)), left)
        return node

    return reduced_along


def axis_of(node: Call) -> int:
    """The axis of a function along one."""
    return int(node.arguments[1].value)  # type: ignore[attr-defined]


def _flipped(node: Node, axis: int) -> Node:
    match node:
        case Call("flip", (operand, _)) if axis_of(node) == axis:
            return operand
    return Call("flip", (node, build.number(axis)), node.shape)
