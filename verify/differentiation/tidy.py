"""Writes an expression shorter: common factors stand before a sum, and what cancels is gone.

Each change is kept only if the text gets shorter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from functools import cache

from verify.differentiation import construction as build
from verify.differentiation.nodes import (
    ONE,
    Add,
    Call,
    Elementwise,
    Eye,
    MatMul,
    Mul,
    NewAxis,
    Node,
    NoMatrixFormError,
    Number,
    Shape,
    Sum,
    Transpose,
)
from verify.differentiation.to_numpy import length, to_numpy

Cost = Callable[[Node], tuple[int, int]]


def tidy(node: Node, own: Collection[Node] = ()) -> Node:
    """The expression in fewer characters, if a few changes of its form make it so.

    `own` are the parts of the function itself: they stay as their author wrote them.
    """
    return _tidied(node, own, cache(_cost))


def _tidied(node: Node, own: Collection[Node], cost: Cost) -> Node:
    if node in own:
        return node
    node = rebuilt(node, [_tidied(operand, own, cost) for operand in node.operands])
    best = min(_shorter(node, cost), key=cost, default=node)
    return node if best == node else _tidied(best, own, cost)


def _shorter(node: Node, cost: Cost) -> Iterator[Node]:
    """The node and its other forms that are better.

    What is multiplied out must need fewer words, not only fewer brackets.
    """
    yield node
    words, characters = cost(node)
    yield from (form for form in _factored(node) if cost(form) < (words, characters))
    for change in (_multiplied_out, _over_one_divisor):
        yield from (form for form in change(node) if cost(form)[0] < words)


def _cost(node: Node) -> tuple[int, int]:
    """How many names and numbers an expression is written with, and how many characters."""
    text = to_numpy(node)
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


# --- candidates ----------------------------------------------------------------------------------


def _multiplied_out(node: Node) -> Iterator[Node]:
    """The products of the terms of a sum that is a factor; of a sum of such, of all at once."""
    match node:
        case Mul(coefficient, powers):
            for place, (base, exponent) in enumerate(powers):
                if isinstance(base, Add) and exponent == ONE:
                    rest = build.product(coefficient, powers[:place] + powers[place + 1 :])
                    terms = (build.mul(Number(c), term, rest) for c, term in base.terms)
                    yield build.spread(build.add(*terms), node.shape)
        case Add(terms):
            spread_terms = (build.spread(term, node.shape) for _, term in terms)
            apart = (next(_multiplied_out(term), term) for term in spread_terms)
            scaled = (build.mul(Number(c), part) for (c, _), part in zip(terms, apart, strict=True))
            yield build.spread(build.add(*scaled), node.shape)
        case MatMul(factors):
            for place, factor in enumerate(factors):
                if isinstance(factor, Add):
                    yield _chain_multiplied_out(factor, factors[:place], factors[place + 1 :])


def _chain_multiplied_out(factor: Add, before: tuple, after: tuple) -> Node:
    terms = []
    for c, term in factor.terms:
        chain = build.matmul(*before, build.spread(term, factor.shape), *after)
        terms.append(build.mul(Number(c), chain))
    return build.add(*terms)


def _over_one_divisor(node: Node) -> Iterator[Node]:
    """The terms of a sum over the lowest power of a sum that divides some of them: what cancels in
    1/u - x/u^2, where u is 1 + x, is then gone.
    """
    if not isinstance(node, Add):
        return
    terms = [build.split(build.mul(Number(c), term)) for c, term in node.terms]
    powers = [(base, e.value) for _, pairs in terms for base, e in pairs if isinstance(e, Number)]
    for divisor in dict.fromkeys(b for b, e in powers if isinstance(b, Add) and e < 0):
        lowest = min(exponent for base, exponent in powers if base == divisor)
        above = [_times(term, divisor, -lowest, node.shape) for term in terms]
        whole = [term for term in above if term is not None]
        if len(whole) == len(terms):
            over = build.power(divisor, build.number(lowest))
            yield build.spread(build.mul(build.add(*whole), over), node.shape)


def _times(
    term: tuple[Fraction, Sequence], divisor: Add, power: Fraction, shape: Shape
) -> Node | None:
    """A term times a power of a sum, multiplied out; None where it is no small whole power."""
    coefficient, pairs = term
    own = sum(e.value for base, e in pairs if base == divisor)
    times = power + own
    if times not in (0, 1, 2):
        return None
    result = build.product(coefficient, [(b, e) for b, e in pairs if b != divisor])
    for _ in range(int(times)):
        result = build.add(*(build.mul(Number(c), part, result) for c, part in divisor.terms))
    return build.spread(result, shape)


def _factored(node: Node) -> Iterator[Node]:
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
        if others or abs(c) != 1 or base.shape:
            sign = 1 if exponent.value > 0 else -1
            left = build.number(exponent.value - sign)
            yield (base, sign), build.product(c, [*others, (base, left)])


def _chain(term: Node) -> tuple[Node, tuple[Node, ...]] | None:
    """A number and the factors of a product of matrices, or of the only one that is a number."""
    front, rest = build.scalars_of(term)
    if isinstance(rest, MatMul):
        return front, rest.factors
    c, powers = build.split(term)
    numbers = [base for base, e in powers if isinstance(base, MatMul) and e == ONE]
    if term.shape or len(numbers) != 1:
        return None
    return build.product(c, [(b, e) for b, e in powers if b != numbers[0]]), numbers[0].factors


def _left(term: Node) -> Parts:
    if chain := _chain(term):
        front, (first, *rest) = chain
        yield first, build.mul(front, build.matmul(*rest))
    elif term.ndim == 2:
        front, whole = build.scalars_of(term)
        yield whole, build.mul(front, Eye(term.shape[1]))


def _right(term: Node) -> Parts:
    if chain := _chain(term):
        front, (*rest, last) = chain
        yield last, build.mul(front, build.matmul(*rest))
    elif term.ndim:
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


def _inner_diag(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Call) and rest.name == "diag":
        yield rest.name, build.mul(front, rest.arguments[0])


def _inner_sum(term: Node) -> Parts:
    front, rest = build.scalars_of(term)
    if isinstance(rest, Sum):
        yield rest.axes, build.mul(front, rest.operand)


PUT: dict[Callable[[Node], Parts], Callable] = {
    _coefficient: lambda key, inner: build.mul(Number(Fraction(key)), inner),
    _powers: lambda key, inner: build.mul(build.power(key[0], build.number(key[1])), inner),
    _left: lambda key, inner: build.matmul(key, inner),
    _right: lambda key, inner: build.matmul(inner, key),
    _outer_left: lambda key, inner: build.outer(key, inner),
    _outer_right: lambda key, inner: build.outer(inner, key),
    _inner_diag: lambda _, inner: build.diag(inner),
    _inner_sum: lambda key, inner: build.total(inner, key),
}
"""How a common factor is put back before the sum of what it leaves of each term."""
