"""Numbers as the report prints them: significant digits, spread over seeds, units, plain names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import PurePath
from statistics import fmean, stdev

from sympy import Expr, sympify

from derivations.latex import to_latex
from experiments.framework.results import Measure
from report.code import bare, blocks

_UNITS = {"%": r"\percent", "s": r"\second", "ms": r"\milli\second"}
MINUS = re.compile(r"(?<![\w)}])-(?=[\w(\\])")
"""A sign, and no hyphen."""
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}


def escape(text: object) -> str:
    """Return plain text with TeX's special characters escaped."""
    return "".join(_SPECIAL.get(character, character) for character in str(text))


def as_point(text: str) -> str:
    """Return what is said of a point with minus signs, and no comma behind one entry."""
    return MINUS.sub("$-$", escape(text.replace(",)", ")")))


def origin(source: str) -> str:
    """Return where data came from; of a given file only the name, for its folder is private."""
    path = PurePath(source)
    return rf"the given \texttt{{{escape(path.name)}}}" if path.is_absolute() else escape(source)


def count(value: int) -> str:
    """Return a whole number with its thousands apart: 11959 is printed 11,959."""
    if value != int(value):
        raise ValueError(f"count: expected a whole number, got {value}")
    return rf"\num{{{int(value)}}}"


def sig(value: float, digits: int = 3) -> str:
    """Return a number to `digits` significant digits, as a power of ten where that reads better."""
    if not math.isfinite(value):
        raise ValueError(f"sig: expected a finite number, got {value}")
    if value == 0:
        return r"\num{0}"
    rounded = f"{value:.{digits - 1}e}"
    exponent = int(rounded.partition("e")[2])
    if -3 <= exponent < 5:
        return rf"\num{{{float(rounded):.{max(digits - 1 - exponent, 0)}f}}}"
    return rf"\num{{{rounded}}}"


def fixed(value: float, decimals: int = 2) -> str:
    """Return a number with a fixed number of decimals, for columns aligned at the point."""
    return rf"\num{{{value:.{decimals}f}}}"


def column(value: float, decimals: int = 2) -> str:
    """Return a number bare, for a column that siunitx aligns at the point."""
    return f"{value:.{decimals}f}"


def spread_column(values: Sequence[float], decimals: int = 2) -> str:
    """Return mean and standard deviation bare, for a column that siunitx aligns at the point."""
    if len(values) < 2:
        return column(values[0], decimals)
    return f"{fmean(values):.{decimals}f} +- {stdev(values):.{decimals}f}"


def bound(value: float) -> str:
    """Return an error or a limit as one digit and a power of ten, rounded up: it stays a bound."""
    if value == 0:
        return r"\num{0}"
    exponent = math.floor(math.log10(value))
    digit = math.ceil(value / 10**exponent - 1e-9)
    return rf"\num{{{digit if digit < 10 else 1}e{exponent + (digit > 9)}}}"


def decimal(value: Expr | int, digits: int = 4) -> str:
    """Return an exact number: whole as it is, any other with a fixed number of decimals."""
    number = sympify(value)
    return to_latex(number) if number.is_Integer else fixed(to_number(number), digits)


def to_number(value: Expr) -> float:
    """Return an exact number as a floating-point one, without cancellation."""
    return float(value.evalf(40))


def percent(value: float, decimals: int = 1) -> str:
    """Return a number of per cent: 11.35 is 11.35 %."""
    return rf"\qty{{{value:.{decimals}f}}}{{\percent}}"


def share(value: float, decimals: int = 1) -> str:
    """Return a share of one in per cent: 0.1135 is 11.35 %."""
    return percent(100 * value, decimals)


def spread(values: Sequence[float], unit: str = "") -> str:
    """Return mean and standard deviation over seeds, both rounded to what the latter supports."""
    mean, deviation = fmean(values), stdev(values) if len(values) > 1 else 0.0
    digits = _rounded_spread(mean, deviation) if len(values) > 1 else f"{mean:.4g}"
    return rf"\qty{{{digits}}}{{{_UNITS[unit]}}}" if unit else rf"\num{{{digits}}}"


def measure(measured: Measure, decimals: int | None = None) -> str:
    """Return a recorded quantity with its spread over seeds and its unit.

    Both are rounded to what the spread supports, or to as many `decimals` as in a table beside it.
    """
    if decimals is None:
        return spread(measured.values, measured.unit)
    return rf"\qty{{{spread_column(measured.values, decimals)}}}{{{_UNITS[measured.unit]}}}"


def seconds(value: float) -> str:
    """Return a duration as a person would say it."""
    if value < 60:
        return rf"\qty{{{value:.{1 if value < 10 else 0}f}}}{{\second}}"
    minutes, rest = divmod(round(value), 60)
    return rf"\qty{{{minutes}}}{{\minute}}~\qty{{{rest}}}{{\second}}"


def plain_seconds(value: float) -> str:
    """Return a duration for the terminal."""
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {value % 60:.0f} s"


def words(items: Sequence[object], last: str = "and") -> str:
    """Return `a, b and c`."""
    texts = [str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def pick(items: Sequence[str], indices: Sequence[int]) -> list[str]:
    """Return the items at the given places."""
    return [items[index] for index in indices]


def places_below(values: Sequence[float], others: Sequence[float]) -> int:
    """Return the number of places at which a value is below the other one."""
    return sum(value < other for value, other in zip(values, others, strict=True))


def number_word(value: int) -> str:
    """Return small whole numbers as words, as prose has them."""
    names = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[value] if 0 <= value < len(names) else count(value)


FILTERS = {
    function.__name__: function
    for function in (
        escape,
        as_point,
        origin,
        count,
        sig,
        fixed,
        column,
        spread_column,
        bound,
        decimal,
        to_latex,
        to_number,
        percent,
        share,
        spread,
        measure,
        seconds,
        words,
        pick,
        places_below,
        number_word,
        fmean,
        bare,
        blocks,
    )
}


def _rounded_spread(mean: float, deviation: float) -> str:
    """Round a deviation to one digit, to two where it starts with a 1, and the mean to match."""
    exponent = math.floor(math.log10(abs(mean))) if mean else 0
    if exponent < -3 or exponent >= 5:
        return f"{_rounded_spread(mean / 10.0**exponent, deviation / 10.0**exponent)}e{exponent}"
    if deviation == 0:
        return "0" if mean == 0 else f"{mean:.{max(3 - exponent, 0)}f} +- 0"
    exponent = math.floor(math.log10(deviation))
    leading = round(deviation / 10.0**exponent, 1)
    decimals = max(-exponent + (leading < 2), 0)
    return f"{mean:.{decimals}f} +- {deviation:.{decimals}f}"
