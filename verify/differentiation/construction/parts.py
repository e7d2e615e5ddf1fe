"""What the other modules are written with: numbers, zeros, and a node as a number times powers."""

from __future__ import annotations

from fractions import Fraction

from sympy import Expr, Integer

from verify.differentiation.nodes import ONE, ZERO, Add, Mul, Name, Node, Number, Ones, Shape

Power = tuple[Node, Node]


def number(value: int | Fraction | Integer) -> Node:
    """A rational number."""
    return Number(
        Fraction(int(value.p), int(value.q)) if isinstance(value, Expr) else Fraction(value)
    )


def extent_of(extent: Expr) -> Node:
    """A size as a number; n - 1 is a sum."""
    more, size = extent.as_coeff_Add()
    if not size:
        return number(extent)
    name = Name(str(size))
    return Add(((Fraction(1), name), (Fraction(int(more)), ONE))) if more else name


def zeros(shape: Shape) -> Node:
    """An array of zeros, or the number."""
    return Mul(Fraction(0), ((Ones(shape), ONE),)) if shape else ZERO


def is_zero(node: Node) -> bool:
    """Whether a node is zero by its form."""
    return node == ZERO or (isinstance(node, Mul) and node.coefficient == 0)


def is_whole(exponent: Node) -> bool:
    """Whether an exponent is a whole number."""
    return isinstance(exponent, Number) and exponent.value.denominator == 1


def whole_number(exponent: Node) -> int:
    """A whole exponent as an integer; 0 for any other."""
    return int(exponent.value) if isinstance(exponent, Number) and is_whole(exponent) else 0


def split(node: Node) -> tuple[Fraction, tuple[Power, ...]]:
    """A node as a number times powers."""
    if isinstance(node, Number):
        return node.value, ()
    if isinstance(node, Mul):
        return node.coefficient, node.powers
    return Fraction(1), ((node, ONE),)
