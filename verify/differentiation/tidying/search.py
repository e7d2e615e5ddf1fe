"""Writes an expression shorter: common factors stand before a sum, and what cancels is gone.

Each change is kept only if the text gets shorter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import cache, partial

from verify.differentiation import construction as build
from verify.differentiation.nodes import (
    Add,
    Call,
    Elementwise,
    MatMul,
    Mul,
    NewAxis,
    Node,
    Number,
    Sum,
    Transpose,
)
from verify.differentiation.tidying.comparisons import shorter_branches, shorter_comparisons
from verify.differentiation.tidying.expansion import (
    fraction_in_product,
    joined_powers,
    multiplied_out,
    one_fraction,
    one_vector,
    or_nothing,
    sums_apart,
    triangles,
)
from verify.differentiation.tidying.factors import factored
from verify.differentiation.to_numpy import Printer, length

Cost = Callable[[Node], tuple[int, int]]


def tidy(node: Node, own: Collection[Node] = ()) -> Node:
    """The expression in fewer characters, if a few changes of its form make it so.

    `own` are the parts of the function itself: they stay as their author wrote them.
    """
    return _tidied(node, own, cache(partial(_cost, Printer())))


def _tidied(node: Node, own: Collection[Node], cost: Cost) -> Node:
    if node in own:
        return node
    node = rebuilt(node, [_tidied(operand, own, cost) for operand in node.operands])
    best = min(_shorter(node, cost), key=cost, default=node)
    return node if best == node else _tidied(best, own, cost)


def _shorter(node: Node, cost: Cost) -> Iterator[Node]:
    """The node and its other forms that are better.

    Where no common factor was taken out, there must be fewer words, not only fewer brackets.
    """
    yield node
    words, characters = cost(node)
    yield from (form for form in factored(node) if cost(form) < (words, characters))
    for forms in FORMS:
        for form in or_nothing(forms(node)):
            others = (form, *factored(form)) if form.shape == node.shape else ()
            yield from (other for other in others if cost(other)[0] < words)


FORMS = (
    multiplied_out,
    one_fraction,
    fraction_in_product,
    joined_powers,
    sums_apart,
    one_vector,
    triangles,
    shorter_comparisons,
    shorter_branches,
)
"""Other forms of an expression, which must need fewer words."""


def _cost(printer: Printer, node: Node) -> tuple[int, int]:
    """How many names and numbers an expression is written with, and how many characters."""
    text, _ = printer.text(node)
    return len(re.findall(r"[\w.]+", text)), length(text)


def rebuilt(node: Node, operands: list[Node]) -> Node:
    """A node with other operands."""
    match node:
        case Add(terms):
            scaled = (build.mul(Number(c), o) for (c, _), o in zip(terms, operands, strict=True))
            return build.spread(build.add(*scaled), node.shape)
        case Mul(coefficient, _):
            return build.product(coefficient, list(zip(operands[::2], operands[1::2], strict=True)))
        case MatMul():
            return build.matmul(*operands)
        case Transpose():
            return build.transpose(operands[0])
        case Sum(_, axes):
            return build.total(operands[0], axes)
        case NewAxis():
            return build.column(operands[0])
        case Elementwise(name, _):
            if name == "where":
                return build.where(*operands)
            return build.elementwise(name, *operands)
        case Call(name, _):
            return BUILDERS.get(name, lambda *o: Call(name, tuple(o), node.shape))(*operands)
    return node


BUILDERS: dict[str, Callable[..., Node]] = {
    "inv": build.inverse,
    "trace": build.trace,
    "diag": build.diag,
    "diagonal": build.diagonal,
    "outer": build.outer,
    "softmax": build.softmax,
}
