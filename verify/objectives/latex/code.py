"""Text in NumPy's notation with no more brackets than it needs."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    """What holds a text together, the loosest first."""

    COMPARISON = 0
    SUM = 1
    MATMUL = 2
    PRODUCT = 3
    NEGATIVE = 4
    POWER = 5
    ATOM = 6


class Code(NamedTuple):
    """A text, and what holds it together."""

    text: str
    level: Level = Level.ATOM

    def at_least(self, level: Level) -> str:
        """The text, in brackets unless it is held together as tightly as that."""
        return self.text if self.level >= level else f"({self.text})"


def add(a: Code, b: Code) -> Code:
    """a + b."""
    return Code(f"{a.text} + {b.at_least(Level.MATMUL)}", Level.SUM)


def sub(a: Code, b: Code) -> Code:
    """a - b."""
    return Code(f"{a.text} - {b.at_least(Level.MATMUL)}", Level.SUM)


def neg(a: Code) -> Code:
    """-a."""
    return Code(f"-{a.at_least(Level.MATMUL)}", Level.NEGATIVE)


def mul(a: Code, b: Code) -> Code:
    """a*b."""
    return Code(f"{a.at_least(Level.PRODUCT)}*{b.at_least(Level.POWER)}", Level.PRODUCT)


def div(a: Code, b: Code) -> Code:
    """a/b."""
    return Code(f"{a.at_least(Level.PRODUCT)}/{b.at_least(Level.POWER)}", Level.PRODUCT)


def matmul(a: Code, b: Code) -> Code:
    """a @ b."""
    return Code(f"{a.at_least(Level.MATMUL)} @ {b.at_least(Level.POWER)}", Level.MATMUL)


def power(a: Code, b: Code) -> Code:
    """a**b."""
    return Code(f"{a.at_least(Level.ATOM)}**{b.at_least(Level.ATOM)}", Level.POWER)


def call(name: str, *arguments: Code | str) -> Code:
    """name(a, b)."""
    return Code(f"{name}({', '.join(a if isinstance(a, str) else a.text for a in arguments)})")


def transposed(a: Code) -> Code:
    """a.T, once."""
    if a.level is Level.ATOM and a.text.endswith(".T"):
        return Code(a.text.removesuffix(".T"))
    return Code(f"{a.at_least(Level.ATOM)}.T")


def column(a: Code) -> Code:
    """a[:, None], along which the columns of a matrix lie."""
    return Code(f"{a.at_least(Level.ATOM)}[:, None]")


def part(a: Code, axis: int, first: int, left_out: int) -> Code:
    """a[1:], a[:-1] or a[:, 1:]: from an entry on, without so many at the end."""
    entries = f"{first or ''}:{-left_out if left_out else ''}"
    return Code(f"{a.at_least(Level.ATOM)}[{':, ' * axis}{entries}]")
