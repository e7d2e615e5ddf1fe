"""Comparisons without what stands on both sides, or does not decide."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from verify.differentiation import construction as build
from verify.differentiation.nodes import ZERO, Add, Elementwise, Name, Node, Number
from verify.differentiation.tidying.expansion import expanded

TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def shorter_comparisons(node: Node) -> Iterator[Node]:
    """The comparison without terms that are on both sides, and of x alone for minimum(x, 6) < 6."""
    if not isinstance(node, Elementwise) or node.name not in TURNED:
        return
    left, right = node.arguments
    apart = [side for one in node.arguments if (side := expanded(one)) is not None]
    difference = expanded(build.subtract(left, right))
    if difference is not None and _terms(difference) < sum(map(_terms, apart)):
        yield _by_sides(node.name, difference)
    if isinstance(right, Number):
        yield from _without_bound(node.name, left, right)
    if right == ZERO:
        yield from _without_factors(node.name, left)


def shorter_branches(node: Node) -> Iterator[Node]:
    """What is 0 where a condition fails, without the condition beside it."""
    coefficient, powers = build.split(node)
    for base, _ in powers:
        match base:
            case Elementwise("where", (test, yes, no)) if ZERO in (yes, no):
                own = build.indicator(test, no == ZERO)
                rest = [power for power in powers if power[0] != own]
                if base != own and len(rest) < len(powers):
                    yield build.spread(build.product(coefficient, rest), node.shape)


def _terms(node: Node) -> int:
    return len(node.terms) if isinstance(node, Add) else int(not build.is_zero(node))


def _by_sides(sign: str, difference: Node) -> Node:
    """What is added on one side, what is subtracted and numbers on the other."""
    terms = difference.terms if isinstance(difference, Add) else ((Fraction(1), difference),)
    whole = [build.mul(Number(c), term) for c, term in terms]
    added = [term for term in whole if build.split(term)[0] > 0 and not isinstance(term, Number)]
    others = [build.negative(term) for term in whole if term not in added]
    if not added:
        return Elementwise(TURNED[sign], (build.add(*others), ZERO))
    return Elementwise(sign, (build.add(*added), build.add(*others) if others else ZERO))


def _without_bound(sign: str, left: Node, right: Number) -> Iterator[Node]:
    """minimum(x, 1) > 0 where x > 0, as 1 > 0; maximum(x, 0) > 0 where x > 0, as 0 is not."""
    match left:
        case Elementwise("minimum" | "maximum" as name, (inner, Number(bound))):
            holds = bound > right.value if sign[0] == ">" else bound < right.value
            holds = holds or (sign[-1] == "=" and bound == right.value)
            if holds is ((name == "minimum") is (sign[0] == ">")):
                yield Elementwise(sign, (inner, right))


def _without_factors(sign: str, left: Node) -> Iterator[Node]:
    """a*x > 0 where x > 0, for a positive a; and exp(x) - 1 > 0 there, too."""
    coefficient, powers = build.split(left)
    deciding = [power for power in powers if not _is_positive(power[0])]
    if deciding and (len(deciding) < len(powers) or abs(coefficient) != 1):
        signed = sign if coefficient > 0 else TURNED[sign]
        yield Elementwise(signed, (build.product(Fraction(1), deciding), ZERO))
    match left:
        case Add(((one, Elementwise("exp", (inner,))), (other, Number()))) if one == 1 == -other:
            yield Elementwise(sign, (inner, ZERO))


def _is_positive(base: Node) -> bool:
    match base:
        case Name(facts=facts):
            return "positive" in facts
        case Elementwise(name):
            return name in ("exp", "cosh", "sigmoid")
    return False
