"""Two arithmetics that values are computed in: long decimal numbers, and intervals that enclose.

A point may hold `Fraction`s, integers and mpmath's numbers. In an interval arithmetic the true
value lies between the ends whatever is rounded, and a comparison that the ends do not settle
raises `UndefinedError`, as an operation without a real value does.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import mpmath
from mpmath import libmp
from mpmath.ctx_iv import MPIntervalContext

Value = Any
"""A number of one of the arithmetics, a whole number, or a truth value."""


LARGEST_EXACT_POWER = 1000  # of whole numbers, whose digits grow with it
LARGEST_WHOLE = 10**1000
INFINITE = (libmp.finf, libmp.fninf, libmp.fnan)


class UndefinedError(Exception):
    """No finite real value, or none that this precision settles."""


class NotEnclosedError(Exception):
    """A value that is only approximated, as a difference quotient or an integral is."""


class Decimals:
    """Numbers of so many digits; what two of them differ by may be rounding."""

    def __init__(self, digits: int):
        self.context = mpmath.MPContext()
        self.context.dps = digits
        self.step = self.context.mpf(10) ** -(3 * digits // 10)
        self.tanh, self.erf = self.context.tanh, self.context.erf
        self.sin, self.cos, self.tan = self.context.sin, self.context.cos, self.context.tan

    def number(self, value: Value) -> Value:
        """A number of any kind in this arithmetic; whole numbers stay what they are."""
        return value if isinstance(value, int) else self.real(value)

    def real(self, value: Value) -> Value:
        """A number of any kind as one that can be divided."""
        if isinstance(value, Fraction):
            return self.context.mpf(value.numerator) / value.denominator
        return self.context.mpf(value)

    def less(self, first: Value, second: Value) -> bool:
        """Whether first < second."""
        return bool(first < second)

    def equal(self, first: Value, second: Value) -> bool:
        """Whether the two are the same number."""
        return bool(first == second)

    def is_finite(self, value: Value) -> bool:
        """Whether it is a number and not infinite."""
        return bool(self.context.isfinite(value))

    def exp(self, value: Value) -> Value:
        """e to the power of the value."""
        return _without_overflow(self.context.exp, value)

    def log(self, value: Value) -> Value:
        """The natural logarithm of a positive number."""
        if not self.less(0, value):
            raise UndefinedError(f"logarithm of {value}")
        return self.context.log(self.real(value))

    def sinh(self, value: Value) -> Value:
        """(e^x - e^-x)/2."""
        return (self.exp(value) - self.exp(-value)) / 2

    def cosh(self, value: Value) -> Value:
        """(e^x + e^-x)/2."""
        return (self.exp(value) + self.exp(-value)) / 2

    def asinh(self, value: Value) -> Value:
        """The logarithm of x + (x^2 + 1)^(1/2)."""
        return self.log(value + self.power(value * value + 1, self.real(1) / 2))

    def atan2(self, y: Value, x: Value) -> Value:
        """The angle of the point (x, y) in (-pi, pi]; the origin has none."""
        if self.equal(y * y + x * x, 0):
            raise UndefinedError("the angle of the origin")
        return self.context.atan2(self.real(y), self.real(x))

    def atan(self, value: Value) -> Value:
        """The angle whose tangent is the value."""
        return self.atan2(value, 1)

    def asin(self, value: Value) -> Value:
        """The angle whose sine is the value."""
        return self.atan2(value, self.power(1 - value * value, self.real(1) / 2))

    def acos(self, value: Value) -> Value:
        """The angle whose cosine is the value."""
        return self.atan2(self.power(1 - value * value, self.real(1) / 2), value)

    def sign(self, value: Value) -> int:
        """-1, 0 or 1."""
        if self.equal(value, 0):
            return 0
        return 1 if self.less(0, value) else -1

    def whole(self, value: Value) -> int | None:
        """The integer that the value is; None if it is none."""
        if isinstance(value, int):
            return value
        _reject_endless(value)
        return int(value) if value == int(value) else None

    def power(self, base: Value, exponent: Value) -> Value:
        """A real power; 0 to the power 0 is 1."""
        whole = self.whole(exponent)
        if whole is None:
            if self.equal(base, 0) and self.less(0, exponent):
                return 0
            return self.exp(exponent * self.log(base))
        if 0 <= whole <= LARGEST_EXACT_POWER:
            return _without_overflow(pow, base, whole)
        if whole < 0 and self.equal(base, 0):
            raise UndefinedError("division by zero")
        return _without_overflow(pow, self.real(base), whole)


class Intervals(Decimals):
    """Intervals whose ends have so many digits."""

    def __init__(self, digits: int):
        self.context = MPIntervalContext()
        self.context.dps = digits
        self.sin, self.cos, self.tan = self.context.sin, self.context.cos, self.context.tan

    def less(self, first: Value, second: Value) -> bool:
        """Whether first < second; `UndefinedError` where the intervals leave it open."""
        truth = first < second
        if truth is None:
            raise UndefinedError("a comparison that this precision does not settle")
        return bool(truth)

    def equal(self, first: Value, second: Value) -> bool:
        """Whether the two are the same number; `UndefinedError` where that is open."""
        difference = self.real(first - second)
        if 0 not in difference:
            return False
        if difference.delta != 0:
            raise UndefinedError("an equality that this precision does not settle")
        return True

    def is_finite(self, value: Value) -> bool:
        """Whether both ends are finite."""
        return isinstance(value, int) or all(end not in INFINITE for end in value._mpi_)

    def whole(self, value: Value) -> int | None:
        """The integer that the interval is; `UndefinedError` for one that contains others."""
        if isinstance(value, int):
            return value
        _reject_endless(value)
        low, high = value._mpi_
        first, last = libmp.to_int(low, "c"), libmp.to_int(high, "f")
        if first > last:
            return None
        if low != high:
            raise UndefinedError("an exponent that this precision does not settle")
        return first

    def tanh(self, value: Value) -> Value:
        """1 - 2/(e^2x + 1)."""
        return 1 - 2 / (self.exp(2 * value) + 1)

    def erf(self, value: Value) -> Value:
        """No enclosure of the error function is at hand."""
        raise NotEnclosedError


@cache
def decimals(digits: int) -> Decimals:
    """The decimal arithmetic of so many digits."""
    return Decimals(digits)


@cache
def intervals(digits: int) -> Intervals:
    """The interval arithmetic of so many digits."""
    return Intervals(digits)


def _reject_endless(value: Value) -> None:
    """A number whose digits no memory holds is not asked whether it is whole."""
    if not abs(value) <= LARGEST_WHOLE:
        raise UndefinedError("a number out of range")


def _without_overflow(function: Callable, *arguments: Value) -> Value:
    try:
        return function(*arguments)
    except (OverflowError, MemoryError, ValueError) as error:
        raise UndefinedError(f"out of range: {error}") from None
