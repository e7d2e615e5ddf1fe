"""A factor that several terms of a sum have in common, taken out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from verify.differentiation import construction as build
from verify.differentiation.nodes import (
    ONE,
    Add,
    Call,
    Eye,
    MatMul,
    Node,
    NoMatrixFormError,
    Number,
    Sum,
)


def factored(node: Node) -> Iterator[Node]:
    """The sum with a factor that several terms have in common taken out."""
    if not isinstance(node, Add):
        return
    terms = [build.mul(Number(c), term) for c, term in node.terms]
    for take in PUT:
        groups: dict[object, list[tuple[int, Node]]] = {}
        for at, term in enumerate(terms):
            for key, rest in take(term):
                groups.setdefault(key, []).append((at, rest))
        for key, members in groups.items():
            places = {at for at, _ in members}
            if len(places) < 2 or len(places) < len(members):
                continue
            if take in (_left, _right) and len({rest.ndim for _, rest in members}) > 1:
                continue  # v*(x @ y) - y is no product of a matrix and y, but broadcast
            others = [term for at, term in enumerate(terms) if at not in places]
            shape = node.shape
            try:
                joined = PUT[take](key, build.add(*(rest for _, rest in members)))
                yield build.spread(build.add(*others, joined), shape)
            except NoMatrixFormError:
                continue


Parts = Iterator[tuple[object, Node]]


def _coefficient(term: Node) -> Parts:
    c, powers = build.split(term)
    if powers and abs(c) != 1:
        yield abs(c), build.product(c / abs(c), powers)


def _powers(term: Node) -> Parts:
    c, powers = build.split(term)
    for place, (base, exponent) in enumerate(powers):
        if isinstance(base, Number) or not isinstance(exponent, Number):
            continue
        others = powers[:place] + powers[place + 1 :]
        sign = 1 if exponent.value > 0 else -1
        if others or abs(c) != 1 or base.shape or sign < 0:
            left = build.number(exponent.value - sign)
            yield (base, sign), build.product(c, [*others, (base, left)])


Chain = tuple[Node, tuple[Node, ...]]


def _chains(term: Node) -> Iterator[Chain]:
    """A number and the factors of a product of matrices; of a number, in either order."""
    if term.shape:
        front, rest = build.scalars_of(term)
        if isinstance(rest, MatMul):
            yield front, rest.factors
        return
    c, powers = build.split(term)
    for place, (base, exponent) in enumerate(powers):
        if isinstance(base, MatMul) and exponent == ONE:
            front = build.product(c, powers[:place] + powers[place + 1 :])
            yield front, base.factors
            if base.factors[0] != base.factors[-1]:
                yield front, tuple(build.transpose(f) for f in reversed(base.factors))


def _left(term: Node) -> Parts:
    chains = list(_chains(term))
    for front, (first, *rest) in chains:
        yield first, build.mul(front, build.matmul(*rest))
    if not chains and term.ndim == 2:
        front, whole = build.scalars_of(term)
        yield whole, build.mul(front, Eye(term.shape[1]))


def _right(term: Node) -> Parts:
    chains = list(_chains(term))
    for front, (*rest, last) in chains:
        yield last, build.mul(front, build.matmul(*rest))
    if not chains and term.ndim:
        front, whole = build.scalars_of(term)
        yield whole, build.mul(front, Eye(term.shape[0]))


def _outer_left(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Call) and rest.name == "outer":
        yield rest.arguments[0], build.mul(front, rest.arguments[1])


def _outer_right(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Call) and rest.name == "outer":
        yield rest.arguments[1], build.mul(front, rest.arguments[0])


def _inner_sum(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Sum):
        yield rest.axes, build.mul(front, rest.operand)


def _diagonal(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Call) and rest.name == "diag":
        yield "diag", build.mul(front, rest.arguments[0])


PUT: dict[Callable[[Node], Parts], Callable] = {
    _coefficient: lambda key, inner: build.mul(Number(Fraction(key)), inner),
    _powers: lambda key, inner: build.mul(build.power(key[0], build.number(key[1])), inner),
    _left: lambda key, inner: build.matmul(key, inner),
    _right: lambda key, inner: build.matmul(inner, key),
    _outer_left: lambda key, inner: build.outer(key, inner),
    _outer_right: lambda key, inner: build.outer(inner, key),
    _diagonal: lambda _, inner: build.diag(inner),
    _inner_sum: lambda key, inner: build.total(inner, key),
}
"""How a common factor is put back before the sum of what it leaves of each term."""
