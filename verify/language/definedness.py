"""What an operation needs of its operands so that it has a value: rules, and what becomes of them.

A need holds for every index in it. One that is certain, or whose branch is never taken, is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from sympy import (
    Basic,
    Expr,
    I,
    Idx,
    Indexed,
    Piecewise,
    Pow,
    Rational,
    false,
    nan,
    oo,
    true,
    zoo,
)
from sympy.logic.boolalg import Boolean

from derivations.prover.needs import Need, Sign, need_of_power

Needs = tuple[Need, ...]
LARGEST_NUMBER = 1000
"""Digits: the longest number that a text can name has 300, and Python prints 4300 at most."""


def quotient(_: Expr, denominator: Expr) -> Needs:
    """The denominator is not 0."""
    return (Need(denominator, Sign.NONZERO),)


def root(radicand: Expr) -> Needs:
    """The radicand is not negative."""
    return (Need(radicand, Sign.NONNEGATIVE),)


def logarithm(argument: Expr) -> Needs:
    """The argument is positive."""
    return (Need(argument, Sign.POSITIVE),)


def power(base: Expr, exponent: Expr) -> Needs:
    """What the base must be, which depends on the exponent."""
    need = need_of_power(base, exponent)
    return (need,) if need else ()


def union(*several: Iterable[Need]) -> Needs:
    """All needs that are open, each once, under the fewest conditions."""
    tidied = (_tidied(need) for needs in several for need in needs)
    distinct = dict.fromkeys(need for need in tidied if need is not None)
    return tuple(need for need in distinct if not any(_says_more(o, need) for o in distinct))


def moved(needs: Needs, places: dict) -> Needs:
    """The needs at other indices."""
    return union(need.at(places) for need in needs)


def guarded(needs: Needs, condition: Boolean) -> Needs:
    """The needs of a branch that is taken where the condition holds."""
    return union(need.guarded(condition) for need in needs)


def not_negative(*extents: Expr) -> Needs:
    """An axis is as long as its extent says: the rules count n - 2 entries of x[2:] for each n."""
    return tuple(Need(extent, Sign.NONNEGATIVE, is_of_rules=True) for extent in extents)


def is_of_length(need: Need) -> bool:
    """Whether a need asks for a size of so many at least."""
    of_sizes = not need.quantity.has(Indexed)
    of_sizes = of_sizes and all(symbol.is_integer for symbol in need.quantity.free_symbols)
    return of_sizes and need.sign is Sign.NONNEGATIVE


def summed(needs: Needs, index: Idx) -> Needs:
    """The needs of a sum: a range that is empty has no terms, which need nothing, but how long an
    array has to be is needed before any is added.
    """
    is_in_use = index.upper >= index.lower
    return union(
        need if is_of_length(need) or any(part.has(index) for part in (need.quantity, *need.where))
        else need.guarded(is_in_use)
        for need in needs
    )  # fmt: skip


def complaint(entry: Basic, needs: Needs) -> str | None:
    """What is wrong with an entry that has no value or is too large; SymPy would let it cancel."""
    worst = _worst(entry)
    if isinstance(worst, Rational):
        return f"expected numbers of at most {LARGEST_NUMBER} digits"
    if worst is I or any(map(_is_hopeless, needs)):
        return "a root or a logarithm of a negative number"
    if worst is None:
        return None
    where = "in one of the branches" if entry.has(Piecewise) else "whatever the values are"
    return f"a division by zero, {where}"


@cache
def _worst(entry: Basic) -> Basic | None:
    """The first part that no real, short number is."""
    if entry in (zoo, nan, oo, -oo, I):
        return entry
    if isinstance(entry, Rational):
        is_long = max(abs(entry.p), entry.q) >= 10**LARGEST_NUMBER
        return entry if is_long else None
    if isinstance(entry, Pow) and entry.base.is_number and entry.base.is_negative:
        return None if entry.exp.is_integer else I
    if isinstance(entry, Indexed | Idx):  # the shape of a sequence without end is infinite
        return None
    return next((worst for part in entry.args if (worst := _worst(part)) is not None), None)


def _tidied(need: Need) -> Need | None:
    """The need without conditions that always hold; None if it is certain."""
    where = tuple(dict.fromkeys(condition for condition in need.where if condition != true))
    if false in where or need.is_certain:
        return None
    return replace(need, where=where)


def _says_more(other: Need, need: Need) -> bool:
    """Whether the other is the same need under fewer conditions."""
    is_same = (other.quantity, other.sign) == (need.quantity, need.sign)
    return is_same and set(other.where) < set(need.where)


def _is_hopeless(need: Need) -> bool:
    """Whether a number has the wrong sign."""
    return not need.where and need.quantity.is_number and bool(need.quantity.is_negative)
