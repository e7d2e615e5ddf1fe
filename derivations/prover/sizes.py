"""Statements about arrays of any size, proposed for one whose sizes are numbers.

A statement about arrays of shape (3, 2) may be one about (m, n) with 3 and 2 put in. What is
proposed needs no trust: `prove.py` asks whether the statement is an instance of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import combinations_with_replacement

from sympy import Basic, Expr, Idx, Indexed, IndexedBase, Integer, Pow, Rational, Tuple, sign

from derivations.notation import size
from derivations.prover.facts import Assuming
from derivations.prover.needs import Need
from derivations.prover.proof import mapped

Statement = tuple[Expr, Expr, Assuming, tuple[Need, ...]]
Named = Mapping[Basic, Expr]
NONE: Named = {}


def generalised(statement: Statement) -> Iterator[tuple[Statement, Named]]:
    """The same statement of arrays of any sizes, and the number that each name stands for.

    There is none without such a size. A coefficient may come from one, as 1/3 in the mean of three
    numbers, or not: it is first left as it is.
    """
    left, right, assuming, _ = statement
    sizes = sizes_in(left, right, assuming.provided)
    seen: list[Statement] = []
    for coefficients in (NONE, _as_coefficients(sizes)) if sizes else ():
        one = mapped(statement, partial(named, sizes=sizes, coefficients=coefficients))
        if one not in seen:
            seen.append(one)
            yield one, numbers_of(sizes)


def numbers_of(sizes: Named) -> Named:
    """The number of each name."""
    return {name: number for number, name in sizes.items()}


def sizes_in(*expressions: Basic) -> Named:
    """A name for each number above 1 that is the size of an axis."""
    ends = {end for e in expressions for base in e.atoms(IndexedBase) for end in base.shape or ()}
    ends |= {place.upper for e in expressions for place in e.atoms(Idx)}
    numbers = sorted(end for end in ends if isinstance(end, Integer) and end > 1)
    return {number: size(f"size {number}") for number in numbers}


def named(expr: Basic, sizes: Named, coefficients: Named = NONE) -> Basic:
    """An expression with names for sizes, and for some of its coefficients."""
    if isinstance(expr, Rational) and coefficients:
        above, below = (coefficients.get(Integer(abs(n)), abs(n)) for n in (expr.p, expr.q))
        return sign(expr) * above / below
    if not expr.args:
        return expr
    parts = [named(part, sizes, coefficients) for part in expr.args]
    match expr:
        case Tuple():  # a shape, or a range
            parts = [sizes.get(part, named(part, sizes)) for part in expr.args]
        case Indexed():  # its places count entries, however many there are
            parts[1:] = [named(part, sizes) for part in expr.args[1:]]
        case Pow():
            parts[1] = named(expr.exp, sizes)
    return expr if parts == [*expr.args] else expr.func(*parts)


def _as_coefficients(sizes: Named) -> Named:
    """Numbers that are sizes, or products of two of them, as such."""
    pairs = combinations_with_replacement(sizes, 2)
    return {Integer(m * n): sizes[m] * sizes[n] for m, n in pairs} | dict(sizes)
