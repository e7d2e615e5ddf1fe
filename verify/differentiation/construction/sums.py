"""Sums: like terms meet, and a sum within a sum is one, unless it is multiplied."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from verify.differentiation.construction import branches, products
from verify.differentiation.construction.parts import split, zeros
from verify.differentiation.nodes import ONE, Add, Mul, Node, Number, broadcast_shape


def add(*nodes: Node) -> Node:
    """The sum of arrays, broadcast."""
    shape = broadcast_shape(*(node.shape for node in nodes))
    whole = _collected(_term(node) for node in nodes)
    parts = _collected(part for coefficient, term in whole for part in _parts(coefficient, term))
    terms = branches.join_branches(parts)
    if not terms:
        return zeros(shape)
    if len(terms) == 1:
        coefficient, term = terms[0]
        return products.spread(products.mul(Number(coefficient), term), shape)
    if all(c < 0 for c, _ in terms):
        return products.spread(
            Mul(Fraction(-1), ((Add(tuple((-c, t) for c, t in terms)), ONE),)), shape
        )
    return products.spread(Add(tuple(terms)), shape)


def subtract(first: Node, second: Node) -> Node:
    """The difference of two arrays."""
    return add(first, products.negative(second))


def _collected(terms: Iterable[tuple[Fraction, Node]]) -> list[tuple[Fraction, Node]]:
    collected: dict[Node, Fraction] = {}
    for coefficient, term in terms:
        collected[term] = collected.get(term, Fraction(0)) + coefficient
    return [(c, term) for term, c in collected.items() if c]


def _term(node: Node) -> tuple[Fraction, Node]:
    coefficient, powers = split(products.without_ones(node))
    return coefficient, products.product(Fraction(1), powers)


def _parts(coefficient: Fraction, term: Node) -> list[tuple[Fraction, Node]]:
    """The terms of a sum within a sum, unless it is multiplied."""
    if isinstance(term, Add) and abs(coefficient) == 1:
        return [(coefficient * c, part) for c, part in term.terms]
    return [(coefficient, term)]
