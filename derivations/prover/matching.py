"""Where a product of entries stands among factors, up to the names of its indices.

A match is a proposal: who uses one puts the names in and compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Basic, Expr, Idx, Integer

from derivations.notation import SymmetricEntry
from derivations.prover.matrices.inverse import SymmetricInverseEntry

Binding = dict[Basic, Basic]


def matches(
    pattern: Sequence[Expr], factors: list[Expr], binding: Binding, wild: set[Basic]
) -> Iterator[tuple[Binding, list[Expr]]]:
    """What the wild names may stand for, beside what is bound already, and the factors that the
    pattern then is.
    """
    if not pattern:
        yield binding, []
        return
    for at, factor in enumerate(factors):
        rest = factors[:at] + factors[at + 1 :]
        for extended in _unified(pattern[0], factor, binding, wild):
            for found, used in matches(pattern[1:], rest, extended, wild):
                yield found, [factor, *used]


def _unified(pattern: Basic, expr: Basic, binding: Binding, wild: set[Basic]) -> Iterator[Binding]:
    """The bindings under which a pattern is an expression."""
    if pattern in wild:
        if binding.get(pattern, expr) == expr and isinstance(expr, Idx | Integer):
            yield binding | {pattern: expr}
    elif not pattern.has(*wild):
        if pattern == expr:
            yield binding
    elif type(pattern) is type(expr) and len(pattern.args) == len(expr.args):
        whole, *places = pattern.args
        orders = [pattern.args]
        if isinstance(pattern, SymmetricEntry | SymmetricInverseEntry):
            orders.append((whole, *places[::-1]))
        for order in orders:
            yield from _unified_in_turn(order, expr.args, binding, wild)


def _unified_in_turn(patterns, parts, binding: Binding, wild: set[Basic]) -> Iterator[Binding]:
    if not patterns:
        yield binding
        return
    for extended in _unified(patterns[0], parts[0], binding, wild):
        yield from _unified_in_turn(patterns[1:], parts[1:], extended, wild)
