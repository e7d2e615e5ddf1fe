"""A typed tree of array expressions: each node knows its shape, and equal nodes compare equal.

Sums and products are flat, and without order when they are compared. A product is a number times
powers; scalars stand in products, never inside a matrix product. Build nodes by `construction`,
which keeps them so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache

from sympy import Expr, Integer

from derivations.notation import size

Shape = tuple[Expr, ...]
UNIT = Integer(1)
"""The size of an axis that broadcasting may stretch."""
ONE_ENTRY = size("1")
"""That of an axis of one entry that is like any other: a size whose name is its value."""
FACTS = ("symmetric", "normalised", "one-hot", "signs", "positive")
"""A matrix equals its transpose; an array sums to 1 along its last axis; one entry there is 1, and
all others are 0; entries are 1 or -1; they are above 0.
"""


class NoMatrixFormError(ValueError):
    """What has no rule here: the derivative is then written entry by entry, never left out."""


@dataclass(frozen=True)
class Node:
    """An array expression."""

    @cached_property
    def shape(self) -> Shape:
        """The size of each axis; () is a number."""
        match self:
            case Name(extents=extents) | Ones(extents=extents) | Call(extents=extents):
                return extents
            case Eye(extent=extent):
                return (extent, extent)
            case Add() | Mul() | Elementwise():
                return broadcast_shape(*(operand.shape for operand in self.operands))
            case MatMul(factors=(first, *_, last)):
                return (*first.shape[:-1], *last.shape[1:])
            case Transpose(operand=operand):
                return operand.shape[::-1]
            case Sum(operand=operand, axes=axes):
                return tuple(s for axis, s in enumerate(operand.shape) if axis not in axes)
            case NewAxis(operand=operand):
                return (*operand.shape, UNIT)
        return ()

    @cached_property
    def operands(self) -> tuple[Node, ...]:
        """The expressions that it is made of."""
        match self:
            case Add(terms=terms):
                return tuple(term for _, term in terms)
            case Mul(powers=powers):
                return tuple(part for power in powers for part in power)
            case MatMul(factors=operands) | Elementwise(arguments=operands):
                return operands
            case Call(arguments=operands):
                return operands
            case Transpose(operand=operand) | Sum(operand=operand) | NewAxis(operand=operand):
                return (operand,)
        return ()

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)


@dataclass(frozen=True)
class Number(Node):
    """A rational number."""

    value: Fraction


@dataclass(frozen=True)
class Name(Node):
    """A quantity, a size, or pi; `facts` are of `FACTS`."""

    name: str
    extents: Shape = ()
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ones(Node):
    """An array of ones: what a number is broadcast to."""

    extents: Shape


@dataclass(frozen=True)
class Eye(Node):
    """The unit matrix."""

    extent: Expr


@dataclass(frozen=True)
class Add(Node):
    """A sum of numbers times terms, broadcast; compared without order."""

    terms: tuple[tuple[Fraction, Node], ...] = field(compare=False)
    unordered: frozenset = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "unordered", frozenset(self.terms))
        object.__setattr__(self, "_hash", hash((Add, self.unordered)))

    def __hash__(self):
        return self._hash  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Mul(Node):
    """A number times powers, entry by entry and broadcast; compared without order."""

    coefficient: Fraction
    powers: tuple[tuple[Node, Node], ...] = field(compare=False)
    unordered: frozenset = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "unordered", frozenset(self.powers))
        object.__setattr__(self, "_hash", hash((Mul, self.coefficient, self.unordered)))

    def __hash__(self):
        return self._hash  # type: ignore[attr-defined]


@dataclass(frozen=True)
class MatMul(Node):
    """A product of at least two matrices; the first and the last may be vectors."""

    factors: tuple[Node, ...]


@dataclass(frozen=True)
class Transpose(Node):
    """A matrix with its axes exchanged."""

    operand: Node


@dataclass(frozen=True)
class Sum(Node):
    """The sum along some axes, which are dropped."""

    operand: Node
    axes: tuple[int, ...]


@dataclass(frozen=True)
class NewAxis(Node):
    """A vector as a column of shape (n, 1)."""

    operand: Node


@dataclass(frozen=True)
class Elementwise(Node):
    """A function of the entries, broadcast: exp(x), maximum(x, y), x > 0, where(x > 0, x, y)."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function of whole arrays: inv, det, trace, diag, outer, softmax, sqdist."""

    name: str
    arguments: tuple[Node, ...]
    extents: Shape


ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


@lru_cache(maxsize=10_000)
def broadcast_shape(*shapes: Shape) -> Shape:
    """The shape that NumPy's broadcasting gives; raises `NoMatrixFormError` where none fits."""
    result: list[Expr] = [UNIT] * max(map(len, shapes), default=0)
    for shape in shapes:
        for axis, extent in enumerate(shape, start=len(result) - len(shape)):
            if result[axis] not in (UNIT, extent) and extent != UNIT:
                raise NoMatrixFormError("what is broadcast along an axis of one entry has no rule")
            result[axis] = result[axis] if extent == UNIT else extent
    return tuple(result)


def nodes_of(root: Node) -> list[Node]:
    """Every node once, each behind its operands."""
    seen: dict[Node, None] = {}

    def visit(node: Node) -> None:
        if node not in seen:
            for operand in node.operands:
                visit(operand)
            seen[node] = None

    visit(root)
    return list(seen)


def contains(node: Node, part: Node) -> bool:
    """Whether an expression has a part."""
    return node == part or any(contains(operand, part) for operand in node.operands)
