"""Entries and parts of an axis as products with rows of the unit matrix: x[1:] is eye(n)[1:] @ x.

The rules of products differentiate them; what is printed is what a person writes.
"""

from __future__ import annotations

from verify.differentiation import construction as build
from verify.differentiation.construction.parts import whole_number
from verify.differentiation.nodes import Call, MatMul, Node, Transpose
from verify.language.words.parts import Ends, differences, span_of


def entry_along(node: Node, axis: int, place: int) -> Node:
    """The entries at a place along an axis, counted from its end if it is negative."""
    extent = node.shape[axis]
    row = Call("row", (build.number(place),), (extent,))
    return build.matmul(row, node) if axis == 0 else build.matmul(node, row)


def part_along(node: Node, axis: int, ends: Ends) -> Node:
    """The entries along an axis from one to another."""
    extent = node.shape[axis]
    _, size = span_of(ends, extent)
    rows = Call("rows", tuple(build.number(end) for end in ends if end is not None), (size, extent))
    if axis == 0:
        return build.matmul(rows, node)
    return build.matmul(node, build.transpose(rows))


def diff_along(node: Node, axes: tuple[int, ...] | None, n: int = 1) -> Node:
    """The differences of neighbours along one axis, the last if none is named."""
    axis = axes[0] if axes else node.ndim - 1
    parts = (part_along(node, axis, (at, at - n or None)) for at in range(n + 1))
    return build.add(
        *(build.mul(build.number(c), part) for c, part in zip(differences(n), parts, strict=True))
    )


def is_selection(node: Node) -> bool:
    """Whether it is a row of the unit matrix, or several."""
    return isinstance(node, Call) and node.name in ("row", "rows")


def ends_of_rows(node: Call) -> Ends:
    """Where rows of the unit matrix start and stop."""
    start, *stop = map(whole_number, node.arguments)
    return start, stop[0] if stop else None


def places_text(node: Call) -> str:
    """Which rows they are, as one writes it in brackets: 0, 1: or 1:-1."""
    start, stop = ends_of_rows(node)
    return str(start) if node.name == "row" else f"{start or ''}:{stop or ''}"


def apart(node: MatMul) -> list[Node]:
    """The factors, with a part of what follows or goes before as one: X @ w[1:], X[:, 1:] @ w."""
    factors = list(node.factors)
    for at, factor in enumerate(factors):
        if is_selection(factor) and factor.ndim == 2 and at:
            return [*factors[:at], build.matmul(*factors[at:])]
        if isinstance(factor, Transpose) and is_selection(factor.operand) and at > 0:
            return [build.matmul(*factors[: at + 1]), *factors[at + 1 :]]
    return factors


def selected(node: MatMul) -> tuple[Node, list[str]] | None:
    """What entries or a part are taken of, and which, for each axis; None if nothing is."""
    factors, places = list(node.factors), ["", ""]
    if is_selection(factors[0]):
        places[0] = places_text(factors.pop(0))  # type: ignore[arg-type]
    last = factors[-1].operand if isinstance(factors[-1], Transpose) else factors[-1]
    if len(factors) > 1 and is_selection(last) and (last.ndim == 1 or last != factors[-1]):
        places[1] = places_text(last)  # type: ignore[arg-type]
        factors.pop()
    if not any(places):
        return None
    rest = build.matmul(*factors)
    if rest.ndim == 1:
        return rest, [places[0] or places[1]]
    if isinstance(rest, Transpose) and node.ndim < 2:
        rest, places = rest.operand, places[::-1]
    return rest, [places[0] or ":", places[1]] if places[1] else [places[0]]
