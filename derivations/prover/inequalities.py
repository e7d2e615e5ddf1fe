"""Whether linear inequalities with integer coefficients have a common point."""

from __future__ import annotations

from math import gcd

Constraint = tuple[tuple[int, ...], bool]
"""Coefficients, the constant last, of a sum that is > 0 (True) or >= 0 (False)."""


def feasible(rows: frozenset[Constraint]) -> bool:
    """Whether some point meets all the constraints: Fourier-Motzkin elimination, exactly."""
    width = len(next(iter(rows))[0]) if rows else 1
    for column in range(width - 1):
        remaining = {row for row in rows if row[0][column] == 0}
        lower = [row for row in rows if row[0][column] > 0]
        upper = [row for row in rows if row[0][column] < 0]
        for low, low_strict in lower:
            for high, high_strict in upper:
                pairs = zip(low, high, strict=True)
                combined = tuple(-high[column] * a + low[column] * b for a, b in pairs)
                remaining.add(_reduced(combined, low_strict or high_strict))
        rows = frozenset(remaining)
    return all(row[-1] > 0 or (row[-1] == 0 and not strict) for row, strict in rows)


def _reduced(numbers: tuple[int, ...], strict: bool) -> Constraint:
    divisor = gcd(*numbers) or 1
    return tuple(number // divisor for number in numbers), strict
