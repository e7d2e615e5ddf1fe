"""Values by cases: where and indicators, and two opposite cases in a sum that are one `where`."""

from __future__ import annotations

from fractions import Fraction

from verify.differentiation.construction import products
from verify.differentiation.construction.parts import is_zero, split
from verify.differentiation.nodes import ONE, ZERO, Elementwise, Node, broadcast_shape


def where(test: Node, yes: Node, no: Node) -> Node:
    """`yes` where a condition holds, else `no`."""
    shape = broadcast_shape(test.shape, yes.shape, no.shape)
    yes, no = products.without_ones(yes), products.without_ones(no)
    if is_zero(yes):
        yes = ZERO
    if is_zero(no):
        no = ZERO
    if yes == no:
        return products.spread(yes, shape)
    return products.spread(Elementwise("where", (test, yes, no)), shape)


def indicator(test: Node, holds: bool = True) -> Node:
    """1 where a condition holds, else 0, or the reverse."""
    return Elementwise("where", (test, ONE, ZERO) if holds else (test, ZERO, ONE))


def join_branches(terms: list[tuple[Fraction, Node]]) -> list[tuple[Fraction, Node]]:
    """[c] a + [not c] b is where(c, a, b), with common factors in front."""
    for here, (c1, first) in enumerate(terms):
        for test, yes, _ in _branches(first):
            if yes != ONE:
                continue
            for there, (c2, second) in enumerate(terms):
                other = Elementwise("where", (test, ZERO, ONE))
                if not any(base == other for base, _ in split(second)[1]):
                    continue
                mine = [p for p in split(first)[1] if p != (indicator(test, True), ONE)]
                theirs = [p for p in split(second)[1] if p != (other, ONE)]
                if len(mine) == len(split(first)[1]) or len(theirs) == len(split(second)[1]):
                    continue
                common = [p for p in mine if p in theirs]
                yes = products.product(c1, [p for p in mine if p not in common])
                no = products.product(c2, [p for p in theirs if p not in common])
                joined = products.mul(products.product(Fraction(1), common), where(test, yes, no))
                rest = [term for at, term in enumerate(terms) if at not in (here, there)]
                coefficient, powers = split(joined)
                return join_branches([*rest, (coefficient, products.product(Fraction(1), powers))])
    return terms


def _branches(term: Node) -> list[tuple[Node, Node, Node]]:
    return [
        base.arguments  # type: ignore[misc]
        for base, _ in split(term)[1]
        if isinstance(base, Elementwise) and base.name == "where"
    ]
