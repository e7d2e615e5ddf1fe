"""What keeps a function from overflowing, left out of it before it is differentiated."""

from __future__ import annotations

from verify.differentiation import construction as build
from verify.differentiation.nodes import ONE, ZERO, Add, Elementwise, Node, Number
from verify.differentiation.tidying.search import rebuilt


def without_guards(node: Node) -> Node:
    """max(u, 0) + log(1 + e^-|u|), in which no exponential is large, as log(1 + e^u)."""
    operands = list(map(without_guards, node.operands))
    if operands != [*node.operands]:
        node = rebuilt(node, operands)
    if not isinstance(node, Add):
        return node
    for coefficient, term in node.terms:
        match term:
            case Elementwise("maximum", (u, zero)) if zero == ZERO:
                small = _log_one_plus_exp(build.negative(build.elementwise("abs", u)))
                if (coefficient, small) in node.terms:
                    whole = (coefficient, _log_one_plus_exp(u))
                    others = [t for t in node.terms if t[1] not in (term, small)]
                    terms = (build.mul(Number(c), part) for c, part in [*others, whole])
                    return without_guards(build.spread(build.add(*terms), node.shape))
    return node


def _log_one_plus_exp(u: Node) -> Node:
    return build.elementwise("log", build.add(ONE, build.elementwise("exp", u)))
