"""Decimals that stand for a number: an answer with 0.693147 for log(2) is right to six digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from math import e, gcd, log, pi, sqrt

DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
FEWEST_DIGITS = 3
"""With fewer, a decimal is near to many numbers."""
LARGEST = 12
"""Of the whole numbers in a fraction."""
CONSTANTS = {
    "1": 1.0, "log(2)": log(2), "pi": pi, "sqrt(2)": sqrt(2), "sqrt(pi)": sqrt(pi),
    "sqrt(2*pi)": sqrt(2 * pi), "sqrt(2/pi)": sqrt(2 / pi), "sqrt(3)": sqrt(3), "exp(1)": e,
    "log(10)": log(10),
}  # fmt: skip


def rounded(text: str, is_right: Callable[[str], bool]) -> str | None:
    """Which decimals of an answer stand for which numbers, if it is right with these instead."""
    meant = {decimal: number for decimal in DECIMAL.findall(text) if (number := _number(decimal))}
    exact = DECIMAL.sub(lambda match: f"({meant.get(match[0], match[0])})", text)
    if not meant or not is_right(exact):
        return None
    digits = min(map(_digits, meant))
    said = " and ".join(f"{decimal} stands for {number}" for decimal, number in meant.items())
    return f"right to {digits} digits: {said}"


def _number(decimal: str) -> str | None:
    """The simplest number that a decimal is near to, and is not: cut off or rounded."""
    value, places = Fraction(decimal), len(decimal.partition(".")[2])
    if _digits(decimal) < FEWEST_DIGITS:
        return None
    near = (text for text, number in _numbers() if abs(value - number) < Fraction(1, 10**places))
    text = next(near, None)
    return None if text is None or _is_exact(text, value) else text


def _is_exact(text: str, value: Fraction) -> bool:
    return re.fullmatch(r"\d+(/\d+)?", text) is not None and Fraction(text) == value


def _digits(decimal: str) -> int:
    return len(decimal.replace(".", "").lstrip("0"))


@cache
def _numbers() -> list[tuple[str, Fraction]]:
    """Constants, and small fractions of them, the simplest first."""
    return [(text, Fraction(value)) for text, value in sorted(_fractions(), key=_length)]


def _length(number: tuple[str, float]) -> int:
    return len(number[0])


def _fractions() -> Iterator[tuple[str, float]]:
    for text, constant in CONSTANTS.items():
        for above in range(1, LARGEST + 1):
            for below in range(1, LARGEST + 1):
                if gcd(above, below) == 1:
                    front = "" if above == 1 and text != "1" else f"{above}*"
                    over = "" if below == 1 else f"/{below}"
                    number = f"{above}{over}" if text == "1" else f"{front}{text}{over}"
                    yield number, above * constant / below
                    if text != "1":
                        below_text = text if below == 1 else f"({below}*{text})"
                        yield f"{above}/{below_text}", above / (below * constant)
