"""Functions of entries by their names: what is a softmax or a sigmoid is called so."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from verify.differentiation.construction import products, sums, transposition
from verify.differentiation.construction.parts import is_whole, number, whole_number, zeros
from verify.differentiation.nodes import (
    ONE,
    UNIT,
    ZERO,
    Add,
    Call,
    Elementwise,
    Name,
    Node,
    Number,
    Sum,
    broadcast_shape,
)


def elementwise(name: str, *arguments: Node) -> Node:
    """A function of the entries."""
    if name in ("maximum", "minimum") and isinstance(arguments[0], Number):
        arguments = arguments[::-1]
    shape = broadcast_shape(*(a.shape for a in arguments))
    plain = tuple(map(products.without_ones, arguments))
    if len(plain) == 1:
        match name, plain[0]:
            case "exp" | "cos" | "cosh", Number(value) if value == 0:
                return products.spread(ONE, shape)
            case "abs", Name(facts=facts) if "positive" in facts:
                return products.spread(plain[0], shape)
            case "sign", Name(facts=facts) if "positive" in facts:
                return products.spread(ONE, shape)
            case "log", Number(value) if value == 1:
                return zeros(shape)
            case "log", Call("det", (matrix,)):
                return Call("logdet", (matrix,), ())
            case "log", Call("softmax", (z,)):
                return Call("log_softmax", (z,), z.shape)
            case "log", Elementwise("exp", (inner,)):
                return products.spread(inner, shape)
            case "exp", Elementwise("log", (inner,)):
                return products.spread(inner, shape)
    return products.spread(Elementwise(name, plain), shape)


def softmax(node: Node, axis: int = -1) -> Node:
    """e^{x_i} / sum_j e^{x_j} along one axis, which is the same of x_i - c."""
    if node.ndim == 2 and axis == 0:
        return transposition.transpose(softmax(transposition.transpose(node)))
    if isinstance(node, Add):
        parts = [(c, products.without_ones(term)) for c, term in node.terms]
        rest = [products.mul(number(c), part) for c, part in parts if not _is_one_along_rows(part)]
        if len(rest) < len(parts) and broadcast_shape(*(part.shape for part in rest)) == node.shape:
            node = sums.add(*rest)
    return Call("softmax", (node,), node.shape)


def _is_one_along_rows(node: Node) -> bool:
    return not node.shape or node.shape[-1] == UNIT


def _named(name: str) -> Callable[[Node], Node]:
    return lambda x: Elementwise(name, (x,))


QUOTIENTS: list[tuple[str, Callable[[Node], Node], int, Callable[[Node], Node], int]] = [
    ("sinh", _named("cosh"), -1, _named("tanh"), 1),
    ("sign", lambda x: x, 1, _named("abs"), 1),
    ("sign", _named("abs"), -1, lambda x: x, -1),
]
"""sinh x / cosh x = tanh x, x sign x = |x| and sign x / |x| = 1/x: a function, what stands beside
it, to which power, and what both are, to which power.
"""


def name_functions(exponents: dict[Node, Node]) -> None:
    """1/(1 + e^u) is a sigmoid, e^z / sum e^z a softmax, and what `QUOTIENTS` says."""
    for above, other, power, whole, sign in QUOTIENTS:
        for function in [b for b in exponents if isinstance(b, Elementwise) and b.name == above]:
            beside = other(*function.arguments)
            times = min(
                whole_number(exponents[function]), power * whole_number(exponents.get(beside, ZERO))
            )
            if times > 0:
                _raise(exponents, function, number(-times))
                _raise(exponents, beside, number(-times * power))
                _raise(exponents, whole(*function.arguments), number(times * sign))
    for base, exponent in list(exponents.items()):
        inner = _one_plus_exp(base)
        if inner is not None and is_whole(exponent) and exponent.value < 0:  # type: ignore[attr-defined]
            del exponents[base]
            _raise(
                exponents,
                Elementwise("sigmoid", (products.negative(inner),)),
                products.negative(exponent),
            )
    for base in list(exponents):
        if not (isinstance(base, Elementwise) and base.name == "exp"):
            continue
        (z,) = base.arguments
        if exponents.get(base) is None or not is_whole(exponents[base]):
            continue
        opposite = Elementwise("sigmoid", (products.negative(z),))
        times = min(whole_number(exponents[base]), whole_number(exponents.get(opposite, ZERO)))
        if times > 0:
            _raise(exponents, base, number(-times))
            _raise(exponents, opposite, number(-times))
            _raise(exponents, Elementwise("sigmoid", (z,)), number(times))
        for two in [b for b in exponents if _is_sum_of_two_exps(b, base)]:
            times = min(whole_number(exponents.get(base, ZERO)), -whole_number(exponents[two]))
            if times > 0:
                (other,) = {term for _, term in two.terms} - {base}  # type: ignore[attr-defined]
                _raise(exponents, base, number(-times))
                _raise(exponents, two, number(times))
                difference = sums.subtract(z, other.arguments[0])
                _raise(exponents, Elementwise("sigmoid", (difference,)), number(times))
        for axis in range(z.ndim):
            below: Node = Sum(base, (axis,))
            if z.ndim == 2 and axis == 1:
                below = transposition.column(below)
            times = min(
                whole_number(exponents.get(base, ZERO)), -whole_number(exponents.get(below, ZERO))
            )
            if times > 0:
                _raise(exponents, base, number(-times))
                _raise(exponents, below, number(times))
                _raise(exponents, softmax(z, axis), number(times))


def _raise(exponents: dict[Node, Node], base: Node, by: Node) -> None:
    exponents[base] = sums.add(exponents.get(base, ZERO), by)
    if exponents[base] == ZERO:
        del exponents[base]


def _is_sum_of_two_exps(node: Node, first: Node) -> bool:
    if not isinstance(node, Add) or len(node.terms) != 2 or (Fraction(1), first) not in node.terms:
        return False
    return all(c == 1 and isinstance(t, Elementwise) and t.name == "exp" for c, t in node.terms)


def _one_plus_exp(node: Node) -> Node | None:
    if not isinstance(node, Add) or len(node.terms) != 2:
        return None
    rest = [(c, term) for c, term in node.terms if term != ONE]
    if len(rest) != 1 or (Fraction(1), ONE) not in node.terms or rest[0][0] != 1:
        return None
    term = rest[0][1]
    return term.arguments[0] if isinstance(term, Elementwise) and term.name == "exp" else None
