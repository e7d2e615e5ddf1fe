"""Products of sums multiplied out, and sums over one denominator."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from verify.differentiation import construction as build
from verify.differentiation.construction.parts import Power, whole_number
from verify.differentiation.nodes import (
    ONE,
    ZERO,
    Add,
    Call,
    Elementwise,
    MatMul,
    Mul,
    Name,
    Node,
    NoMatrixFormError,
    Number,
    Ones,
    Sum,
    Transpose,
    broadcast_shape,
)
from verify.differentiation.tidying.factors import factored

MOST_TERMS = 40
"""What has more of them when it is multiplied out is never the shorter for it."""
TWO = build.number(2)
LARGEST_POWER = 3
"""A sum to a higher power stays one."""


def multiplied_out(node: Node) -> Iterator[Node]:
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
            apart = (next(multiplied_out(term), term) for term in spread_terms)
            scaled = (build.mul(Number(c), part) for (c, _), part in zip(terms, apart, strict=True))
            yield build.spread(build.add(*scaled), node.shape)
        case MatMul(factors):
            for place, factor in enumerate(factors):
                if isinstance(factor, Add):
                    yield _chain_multiplied_out(factor, factors[:place], factors[place + 1 :])


def _chain_multiplied_out(factor: Add, before: tuple, after: tuple) -> Node:
    terms = []
    for c, term in factor.terms:
        chain = (*before, build.spread(term, factor.shape), *after)
        product = _dot(*chain) if _is_dot(chain) else build.matmul(*chain)
        terms.append(build.mul(Number(c), product))
    return build.add(*terms)


def _is_dot(chain: tuple[Node, ...]) -> bool:
    return [factor.ndim for factor in chain] == [1, 1]


def _dot(x: Node, y: Node) -> Node:
    """x @ y; the sum of their product's entries where that is made of fewer factors."""
    product = _joined(build.mul(x, y))
    fewer = _factors(product) < _factors(x) + _factors(y)
    return build.total(product) if fewer else build.matmul(x, y)


def _joined(node: Node) -> Node:
    """A product with factors put into its powers, where there are fewer for it."""
    forms = [form for form in joined_powers(node) if _factors(form) < _factors(node)]
    return _joined(forms[0]) if forms else node


def _factors(node: Node) -> int:
    """How many of its factors are arrays."""
    return sum(bool(base.shape or exponent.shape) for base, exponent in build.split(node)[1])


def one_fraction(node: Node) -> Iterator[Node]:
    """A sum over the denominators of its terms, or all but names, the rest of it multiplied out."""
    if not isinstance(node, Add):
        return
    terms = [build.split(build.mul(Number(c), term)) for c, term in node.terms]
    below = {base: lowest for base in _bases(terms) if (lowest := _lowest(base, terms)) < 0}
    sums = {base: lowest for base, lowest in below.items() if not isinstance(base, Name)}
    for denominators in (below, sums) if sums != below else (below,):
        common = [(base, build.number(power)) for base, power in denominators.items()]
        turned = [(base, build.number(-power)) for base, power in denominators.items()]
        above = [build.product(c, [*powers, *turned]) for c, powers in terms]
        if (numerator := expanded(*above)) is not None:
            whole = build.mul(build.product(Fraction(1), common), numerator)
            yield build.spread(whole, node.shape)


def _bases(terms: list[tuple[Fraction, tuple[Power, ...]]]) -> dict[Node, None]:
    return dict.fromkeys(base for _, powers in terms for base, _ in powers)


def _lowest(base: Node, terms: list[tuple[Fraction, tuple[Power, ...]]]) -> Fraction:
    """The lowest power of a base in a sum, if all others are so many roots of it more."""
    exponents = [dict(powers).get(base, ZERO) for _, powers in terms]
    values = [e.value for e in exponents if isinstance(e, Number)]
    lowest = min(values, default=Fraction(0))
    are_roots = all((value - lowest).denominator <= 2 for value in values)
    return lowest if len(values) == len(terms) and are_roots else Fraction(0)


def expanded(*terms: Node) -> Node | None:
    """The sum of the terms, each multiplied out, whatever is in brackets; None for too many."""
    shape = broadcast_shape(*(term.shape for term in terms))
    parts = [part for term in terms for part in _parts(term)]
    if len(parts) > MOST_TERMS:
        return None
    return build.spread(_without_squares(build.add(*parts)), shape)


def _without_squares(node: Node) -> Node:
    """A sum in which sin(x)**2 + cos(x)**2 is 1."""
    if not isinstance(node, Add):
        return node
    terms = [build.mul(Number(c), term) for c, term in node.terms]
    for here, term in enumerate(terms):
        coefficient, powers = build.split(term)
        for base, exponent in powers:
            if isinstance(base, Elementwise) and base.name == "sin" and exponent == TWO:
                rest = build.product(coefficient, [p for p in powers if p != (base, exponent)])
                other = build.mul(rest, build.power(Elementwise("cos", base.arguments), TWO))
                if other in terms:
                    there = terms.index(other)
                    others = [one for at, one in enumerate(terms) if at not in (here, there)]
                    return _without_squares(build.add(*others, rest))
    return node


def _parts(node: Node) -> list[Node]:
    """The terms of a product of sums."""
    if isinstance(node, Add):
        return [build.mul(Number(c), part) for c, term in node.terms for part in _parts(term)]
    coefficient, powers = build.split(node)
    parts: list[Node] = [Number(coefficient)]
    for base, exponent in powers:
        times = whole_number(exponent)
        if isinstance(base, Add) and 0 < times <= LARGEST_POWER:
            factors = [_parts(base)] * times
        else:
            factors = [[build.power(base, exponent)]]
        for factor in factors:
            parts = [build.mul(part, other) for part in parts for other in factor][: MOST_TERMS + 1]
    return parts


def fraction_in_product(node: Node) -> Iterator[Node]:
    """A sum that is a factor as one fraction, of which something may cancel with other factors."""
    if not isinstance(node, Mul):
        return
    for place, (base, exponent) in enumerate(node.powers):
        if exponent != ONE:
            continue
        rest = build.product(node.coefficient, node.powers[:place] + node.powers[place + 1 :])
        for fraction in one_fraction(base):
            yield from (build.mul(rest, whole) for whole in _numerator_factored(fraction))


def _numerator_factored(fraction: Node) -> Iterator[Node]:
    coefficient, powers = build.split(fraction)
    for place, (base, exponent) in enumerate(powers):
        if exponent == ONE:
            rest = build.product(coefficient, powers[:place] + powers[place + 1 :])
            yield from (build.mul(rest, whole) for whole in factored(base))


def joined_powers(node: Node) -> Iterator[Node]:
    """What is multiplied by a power of a sum, put into the sum: c**2*(1 + x/c)**2 is (c + x)**2;
    roots are one root, exponentials one, and (x/l)**(k - 1)*x/l is (x/l)**k.
    """
    coefficient, powers = build.split(node)
    for place, (base, exponent) in enumerate(powers):
        for other, (factor, times) in enumerate(powers):
            if other == place:
                continue
            rest = [p for at, p in enumerate(powers) if at not in (place, other)]
            yield from (
                build.product(coefficient, [*rest, (whole, exponent)])
                for whole in _with_factor(base, exponent, factor, times)
            )
        if isinstance(base, Mul) and not isinstance(exponent, Number):
            inverse = build.power(base, build.number(-1))
            others = build.product(coefficient, powers[:place] + powers[place + 1 :])
            more = build.power(base, build.add(exponent, ONE))
            yield build.mul(others, more, inverse)


def _with_factor(base: Node, exponent: Node, factor: Node, times: Node) -> Iterator[Node]:
    """The base of a power times another power, if that is one of the same exponent."""
    if not isinstance(exponent, Number) or not isinstance(times, Number):
        return
    ratio = times.value / exponent.value
    match base, factor:
        case Elementwise("exp", (x,)), Elementwise("exp", (y,)):
            yield build.elementwise("exp", build.add(x, build.mul(Number(ratio), y)))
    if isinstance(base, Add) and ratio.denominator == 1 and ratio > 0:
        whole = expanded(build.mul(base, build.power(factor, build.number(ratio))))
        if whole is not None:
            yield whole
    elif abs(ratio) == 1 and exponent.value.denominator == 2:
        yield build.mul(base, build.power(factor, build.number(ratio)))


def sums_apart(node: Node) -> Iterator[Node]:
    """The sum along some axes of each term of a sum."""
    if isinstance(node, Sum) and isinstance(node.operand, Add):
        operand = node.operand
        totals = (
            build.mul(Number(c), build.total(build.spread(term, operand.shape), node.axes))
            for c, term in operand.terms
        )
        yield build.spread(build.add(*totals), node.shape)


def one_vector(node: Node) -> Iterator[Node]:
    """x @ y as the sum of their product's entries."""
    if isinstance(node, MatMul) and _is_dot(node.factors):
        yield _dot(*node.factors)


def triangles(node: Node) -> Iterator[Node]:
    """triu(ones((n, n)), 1)*A as triu(A, 1), and what is transposed of both as that transposed."""
    coefficient, powers = build.split(node)
    for place, (base, exponent) in enumerate(powers):
        is_turned = isinstance(base, Transpose)
        match base.operands[0] if is_turned else base:
            case Call("triu" | "tril" as name, (Ones(), *offset)) if exponent == ONE:
                others = build.product(Fraction(1), powers[:place] + powers[place + 1 :])
                if others.shape == node.shape:
                    entries = build.transpose(others) if is_turned else others
                    part = Call(name, (entries, *offset), entries.shape)
                    yield build.mul(
                        Number(coefficient), build.transpose(part) if is_turned else part
                    )


def or_nothing(forms: Iterator[Node]) -> Iterator[Node]:
    """The forms up to the first that has no rule."""
    try:
        yield from forms
    except NoMatrixFormError:
        return
