"""Real numbers to judge by: rational ones exact, others in intervals, and "no value" among them.

Nothing is rounded silently. A rational number stays a fraction; any other is an interval that holds
it; where an interval is too wide to decide (is it 0? which is larger?), the result is UNKNOWN and
nobody is judged by it. NO_VALUE (1/0, the root of -1, 0 log 0) goes through every operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from mpmath.ctx_iv import MPIntervalContext

INTERVALS = MPIntervalContext()
INTERVALS.dps = 60
LONGEST_FRACTION = 4000  # bits; longer ones become intervals, or towers of powers never end
LARGEST_EXPONENT = 10**6


@contextmanager
def digits(number: int) -> Iterator[None]:
    """Let intervals have so many decimal digits."""
    before, INTERVALS.dps = INTERVALS.dps, number
    try:
        yield
    finally:
        INTERVALS.dps = before


@dataclass(frozen=True, eq=False)
class Real:
    """A fraction, an interval, or neither: then it has no value, or is not known well enough."""

    number: Any

    def __add__(self, other):
        return ADD(self, other)

    def __sub__(self, other):
        return ADD(self, -other)

    def __mul__(self, other):
        return MULTIPLY(self, other)

    def __truediv__(self, other):
        return divide(self, other)

    def __pow__(self, other):
        return power(self, other)

    def __neg__(self):
        return NEGATE(self)

    @property
    def is_known(self) -> bool:
        """Whether it is a number."""
        return self is not NO_VALUE and self is not UNKNOWN

    @property
    def is_exact(self) -> bool:
        """Whether it is a rational number."""
        return isinstance(self.number, Fraction)

    def __repr__(self):
        if not self.is_known:
            return {"none": "no value", "unknown": "unknown"}[self.number]
        if self.is_exact and self.number.denominator < 10**6:
            return str(self.number)
        return f"{float(interval(self.number).mid):.17g}"


NO_VALUE, UNKNOWN = Real("none"), Real("unknown")


def real(value: Any) -> Real:
    """A whole number, a fraction, a decimal in a text, or an interval."""
    return Real(Fraction(value) if isinstance(value, (int, str)) else value)


def interval(number: Any) -> Any:
    """The interval around a number."""
    if isinstance(number, Fraction):
        return INTERVALS.mpf(number.numerator) / number.denominator
    return number


def strict(function: Callable[..., Any]) -> Callable[..., Real]:
    """Let "no value" and UNKNOWN through, in this order; the function sees numbers alone."""

    def applied(*operands: Real) -> Real:
        if NO_VALUE in operands:
            return NO_VALUE
        if UNKNOWN in operands:
            return UNKNOWN
        result = function(*(operand.number for operand in operands))
        return result if isinstance(result, Real) else Real(_of_bounded_length(result))

    return applied


def _of_bounded_length(number: Any) -> Any:
    if isinstance(number, Fraction):
        bits = max(number.numerator.bit_length(), number.denominator.bit_length())
        return interval(number) if bits > LONGEST_FRACTION else number
    return number


def _together(function: Callable) -> Callable:
    """Two fractions as they are; else both as intervals."""

    def applied(a, b):
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return function(a, b)
        return function(interval(a), interval(b))

    return strict(applied)


ADD = _together(lambda a, b: a + b)
MULTIPLY = _together(lambda a, b: a * b)
NEGATE = strict(lambda a: -a)
ZERO, ONE = real(0), real(1)


def sign_of(number: Any) -> int | None:
    """-1, 0 or 1; None if the interval holds 0."""
    if isinstance(number, Fraction):
        return (number > 0) - (number < 0)
    return 1 if number.a > 0 else -1 if number.b < 0 else None


@strict
def inverse(number):
    """1/x."""
    match sign_of(number):
        case 0:
            return NO_VALUE
        case None:
            return UNKNOWN
    return 1 / number


def divide(a: Real, b: Real) -> Real:
    """a/b."""
    return a * inverse(b)


@strict
def power(base, exponent):
    """Base to the exponent: 0 to the 0 is 1, and only whole powers of negative numbers exist."""
    if abs(interval(exponent)).b > LARGEST_EXPONENT:
        return UNKNOWN
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        whole = int(exponent)
        return (
            Real(_whole_power(base, whole))
            if whole >= 0
            else inverse(power(Real(base), Real(-exponent)))
        )
    match sign_of(base), sign_of(exponent):
        case (None, _):
            return UNKNOWN
        case (0, 1):
            return ZERO
        case (0, -1):
            return NO_VALUE
        case (-1, _):
            return NO_VALUE if isinstance(exponent, Fraction) else UNKNOWN
        case (0, None):
            return UNKNOWN
    if exponent == Fraction(1, 2) and (root := _exact_root(base)) is not None:
        return root
    return exponential(Real(exponent) * logarithm(Real(base)))


def _whole_power(base, exponent: int):
    if isinstance(base, Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits * exponent > LONGEST_FRACTION:
            base = interval(base)
    return base**exponent


def _exact_root(number) -> Fraction | None:
    if not isinstance(number, Fraction):
        return None
    above, below = isqrt(number.numerator), isqrt(number.denominator)
    is_square = above**2 == number.numerator and below**2 == number.denominator
    return Fraction(above, below) if is_square else None


@strict
def exponential(number):
    """e to the x."""
    if number == 0:
        return ONE
    number = interval(number)
    return UNKNOWN if abs(number).b > LARGEST_EXPONENT else INTERVALS.exp(number)


@strict
def sine(number):
    """The sine."""
    return ZERO if number == 0 else INTERVALS.sin(interval(number))


@strict
def cosine(number):
    """The cosine."""
    return ONE if number == 0 else INTERVALS.cos(interval(number))


@strict
def logarithm(number):
    """The natural logarithm."""
    match sign_of(number):
        case None:
            return UNKNOWN
        case 1:
            return ZERO if number == 1 else INTERVALS.log(interval(number))
    return NO_VALUE


@strict
def root(number):
    """The square root, 0 at 0."""
    return power(Real(number), real(Fraction(1, 2)))


@strict
def absolute(number):
    """|x|."""
    return abs(number)


@strict
def sign(number):
    """-1, 0 or 1."""
    found = sign_of(number)
    return UNKNOWN if found is None else real(found)


def tanh(number: Real) -> Real:
    """By its definition in powers of e."""
    powers = exponential(number * real(-2))
    return (ONE - powers) / (ONE + powers)


def sigmoid(number: Real) -> Real:
    """1/(1 + e^-x)."""
    return ONE / (ONE + exponential(-number))


# --- truth: 1 and 0 ------------------------------------------------------------------------------


def _comparison(holds: Callable[[int], bool]) -> Callable[[Real, Real], Real]:
    def compared(a: Real, b: Real) -> Real:
        order = sign(a - b)
        return real(int(holds(int(order.number)))) if order.is_known else order

    return compared


COMPARISONS = {
    "<": _comparison(lambda order: order < 0),
    "<=": _comparison(lambda order: order <= 0),
    ">": _comparison(lambda order: order > 0),
    ">=": _comparison(lambda order: order >= 0),
    "==": _comparison(lambda order: order == 0),
    "!=": _comparison(lambda order: order != 0),
}


def where(condition: Real, yes: Real, no: Real) -> Real:
    """One of two; what the other is does not matter."""
    if not condition.is_known:
        return condition
    return yes if condition.number else no


def both(a: Real, b: Real) -> Real:
    """And; that one is false decides nothing where the other has no value."""
    if a.is_known and b.is_known:
        return a * b
    return NO_VALUE if a is b is NO_VALUE else UNKNOWN


def negation(a: Real) -> Real:
    """Not."""
    return ONE - a


# --- agreement -----------------------------------------------------------------------------------


def differ(a: Real, b: Real, tolerance: str = "0") -> bool:
    """Whether two numbers are certainly further apart than the tolerance, relative to 1 + |b|."""
    if not (a.is_known and b.is_known):
        return False
    if a.is_exact and b.is_exact and tolerance == "0":
        return a.number != b.number
    left, right = interval(a.number), interval(b.number)
    return abs(left - right).a > (INTERVALS.mpf(tolerance) * (1 + abs(right))).b


def agree(a: Real, b: Real) -> bool:
    """Whether two numbers are the same as far as their 20 digits and more tell."""
    if not (a.is_known and b.is_known):
        return False
    left, right = interval(a.number), interval(b.number)
    return abs(left - right).b < (INTERVALS.mpf("1e-20") * (1 + abs(right))).a
