"""How a factor is said that an answer or a gradient has too much."""

from __future__ import annotations

from fractions import Fraction

POWERS = (1, -1, 2, -2, 0.5, -0.5)
SAME = 1e-8


def power_to_text(name: str, power: float) -> str:
    """A power of a scalar, one of `POWERS`."""
    root = f"sqrt({name})" if abs(power) == 0.5 else name if abs(power) == 1 else f"{name}^2"
    return root if power > 0 else f"1/{root}"


def number_to_text(value: float, digits: int = 9) -> str:
    """A fraction of small numbers where it is one, else so many digits."""
    fraction = Fraction(float(value)).limit_denominator(1000)
    if fraction and abs(float(fraction) - value) < SAME * abs(value):
        return str(fraction)
    return f"{value:.{digits}g}"
