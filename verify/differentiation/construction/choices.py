"""What a one-hot row chooses: Y*f(sum(Y*P, axis=1)) is Y*f(P), since both are 0 where Y is."""

from __future__ import annotations

from verify.differentiation.construction import products
from verify.differentiation.construction.parts import Power
from verify.differentiation.nodes import ONE, MatMul, Mul, Name, NewAxis, Node, Sum


def chosen(powers: tuple[Power, ...]) -> tuple[Power, ...]:
    """The factors of a product, in which each row of a one-hot array has chosen its entries."""
    for base, exponent in powers:
        if isinstance(base, Name) and "one-hot" in base.facts and exponent == ONE:
            powers = tuple((_at_one(other, base), e) for other, e in powers)
    return powers


def _at_one(node: Node, one_hot: Name) -> Node:
    """A sum over a row is the entry that the row chooses."""
    own = (one_hot, ONE)
    match node:
        case NewAxis(Sum(Mul(coefficient, powers), (1,))) if own in powers:
            return products.product(coefficient, [power for power in powers if power != own])
        case MatMul((first, second)) if one_hot in (first, second) and first.ndim == second.ndim:
            return second if first == one_hot else first
    return node
