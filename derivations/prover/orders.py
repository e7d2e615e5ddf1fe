"""In which orders to name summation indices, so that two forms of one sum get the same names.

Any order gives the same sum, so that nothing rests on which are proposed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from sympy import Expr, Idx, Symbol

from derivations.notation import substitute

FEW = 3  # indices whose orders are all compared


def orders(factors: Sequence[Expr], limits: list[tuple]) -> Iterator[tuple[Idx, ...]]:
    """All orders of a few indices; of more, those that what tells them apart leaves."""
    indices = [k for k, *_ in limits]
    if len(indices) <= FEW:
        return permutations(indices)
    return _orders(factors, limits, dict.fromkeys(indices, 0))


def _orders(
    factors: Sequence[Expr], limits: list[tuple], ranks: dict[Idx, int]
) -> Iterator[tuple[Idx, ...]]:
    """The orders of summation indices by what tells them apart: the factors that each stands in,
    and what tells apart the others there. Where nothing does, each in turn is taken to come first.
    """
    for _ in limits:
        marks = {k: Symbol(f"kind_{rank}", integer=True) for k, rank in ranks.items()}
        signs = {}
        for k, *ends in limits:
            seen_from = marks | {k: Symbol("here", integer=True)}
            around = sorted(str(substitute(f, seen_from)) for f in factors if f.has(k))
            signs[k] = (ranks[k], str(ends), around)
        in_order = sorted(signs.values())
        refined = {k: in_order.index(sign) for k, sign in signs.items()}
        if refined == ranks:
            break
        ranks = refined
    alike = [k for k in ranks if list(ranks.values()).count(ranks[k]) > 1]
    if not alike:
        yield tuple(sorted(ranks, key=ranks.__getitem__))
    lowest = min((ranks[k] for k in alike), default=0)
    for first in (k for k in alike if ranks[k] == lowest):
        apart = {
            k: rank + (k in alike and k != first and rank == lowest) for k, rank in ranks.items()
        }
        yield from _orders(factors, limits, apart)
