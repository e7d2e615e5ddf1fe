"""Products entry by entry, and powers: equal bases meet, and numbers are multiplied out."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from verify.differentiation.construction import choices, functions, sums
from verify.differentiation.construction.parts import (
    Power,
    is_whole,
    number,
    split,
    whole_number,
    zeros,
)
from verify.differentiation.nodes import (
    ONE,
    ZERO,
    Elementwise,
    Mul,
    Name,
    Node,
    Number,
    Ones,
    Shape,
    broadcast_shape,
)


def mul(*nodes: Node) -> Node:
    """The product, entry by entry and broadcast."""
    coefficient = Fraction(1)
    powers: list[Power] = []
    for node in nodes:
        c, p = split(node)
        coefficient *= c
        powers += p
    return product(coefficient, powers)


def negative(node: Node) -> Node:
    """The array with its sign changed."""
    return mul(number(-1), node)


def divide(first: Node, second: Node) -> Node:
    """The quotient, entry by entry."""
    return mul(first, power(second, number(-1)))


def power(base: Node, exponent: Node) -> Node:
    """A power, entry by entry."""
    return product(Fraction(1), [(base, exponent)])


def root(node: Node) -> Node:
    """The square root."""
    return power(node, number(Fraction(1, 2)))


def spread(node: Node, shape: Shape) -> Node:
    """A node broadcast to a shape."""
    return node if node.shape == shape else mul(node, Ones(shape))


def product(coefficient: Fraction, powers: Iterable[Power]) -> Node:
    """A number times powers: equal bases meet, and what is softmax or sigmoid is called so."""
    shape = broadcast_shape(*(part.shape for pair in powers for part in pair))
    exponents: dict[Node, Node] = {}
    waiting = list(powers)
    while waiting:
        base, exponent = waiting.pop(0)
        whole = is_whole(exponent)
        if isinstance(base, Ones) or base == ONE:
            continue
        if isinstance(base, Name) and "signs" in base.facts and whole:
            exponent = number(exponent.value % 2)  # type: ignore[attr-defined]
        times = whole_number(exponent)
        if isinstance(base, Elementwise) and base.name == "abs" and times and times % 2 == 0:
            (base,) = base.arguments
        if isinstance(base, Number) and whole and (base.value or exponent.value > 0):  # type: ignore[attr-defined]
            coefficient *= base.value ** int(exponent.value)  # type: ignore[attr-defined]
        elif isinstance(base, Mul) and whole:
            waiting.append((Number(base.coefficient), exponent))
            waiting += [(b, mul(e, exponent)) for b, e in base.powers]
        else:
            exponents[base] = sums.add(exponents.get(base, ZERO), exponent)
            if isinstance(base, (Mul, Number)) and is_whole(exponents[base]):
                waiting.append((base, exponents.pop(base)))
            elif exponents[base] == ZERO:
                del exponents[base]
    if coefficient == 0:
        return zeros(shape)
    pairs = tuple(exponents.items())
    if (chosen := choices.chosen(pairs)) != pairs:
        return product(coefficient, [*chosen, (Ones(shape), ONE)])
    functions.name_functions(exponents)
    pairs = tuple(exponents.items())
    if broadcast_shape(*(part.shape for pair in pairs for part in pair)) != shape:
        pairs = (*pairs, (Ones(shape), ONE))
    if not pairs:
        return Number(coefficient)
    if coefficient == 1 and len(pairs) == 1 and pairs[0][1] == ONE:
        return pairs[0][0]
    return Mul(coefficient, pairs)


def without_ones(term: Node) -> Node:
    """A term before it is broadcast."""
    if isinstance(term, Ones):
        return ONE
    if isinstance(term, Mul) and any(isinstance(base, Ones) for base, _ in term.powers):
        return product(
            term.coefficient, [(b, e) for b, e in term.powers if not isinstance(b, Ones)]
        )
    return term


def scalars_of(node: Node) -> tuple[Node, Node]:
    """A node as a number times an array without such a factor."""
    coefficient, powers = split(node)
    if not node.shape:
        return node, ONE
    front = [(b, e) for b, e in powers if not b.shape and not e.shape]
    rest = [(b, e) for b, e in powers if b.shape or e.shape]
    return product(coefficient, front), product(Fraction(1), rest)
