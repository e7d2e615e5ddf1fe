"""Numbers as the report prints them: significant digits, spread over seeds, units, plain names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}


def escape(text: object) -> str:
    """Return plain text with TeX's special characters escaped."""
    return "".join(_SPECIAL.get(character, character) for character in str(text))


def count(value: int) -> str:
    """Return a whole number with its thousands apart: 11959 is 11 959."""
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


def bound(value: float) -> str:
    """Return an error or a limit as one digit and a power of ten, rounded up: it stays a bound."""
    if value == 0:
        return r"\num{0}"
    exponent = math.floor(math.log10(value))
    digit = math.ceil(value / 10**exponent - 1e-9)
    return rf"\num{{{digit if digit < 10 else 1}e{exponent + (digit > 9)}}}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share such as 0.1135 as a percentage with `digits` decimals."""
    return rf"\qty{{{100 * share:.{digits}f}}}{{\percent}}"


def spread(values: Sequence[float], scale: float = 1.0) -> str:
    """Return mean and standard deviation over seeds, both rounded to what the latter supports."""
    scaled = [scale * value for value in values]
    if len(scaled) < 2:
        return sig(scaled[0])
    return rf"\num{{{_rounded_spread(fmean(scaled), stdev(scaled))}}}"


def spread_percent(shares: Sequence[float]) -> str:
    """Return shares over seeds as `96.7 +- 0.3 %`."""
    scaled = [100 * share for share in shares]
    if len(scaled) < 2:
        return percent(shares[0])
    return rf"\qty{{{_rounded_spread(fmean(scaled), stdev(scaled))}}}{{\percent}}"


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


def number_word(value: int) -> str:
    """Return small whole numbers as words, as prose has them."""
    names = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    return names[value] if 0 <= value < len(names) else count(value)


FILTERS = {
    function.__name__: function
    for function in (
        escape,
        count,
        sig,
        fixed,
        bound,
        percent,
        spread,
        spread_percent,
        seconds,
        words,
        number_word,
    )
}


def _rounded_spread(mean: float, deviation: float) -> str:
    """Round a deviation to one digit, to two where it starts with a 1, and the mean to match."""
    if deviation == 0:
        return f"{mean:.2f} +- 0"
    exponent = math.floor(math.log10(deviation))
    leading = round(deviation / 10**exponent, 1)
    decimals = max(-exponent + (leading < 2), 0)
    return f"{mean:.{decimals}f} +- {deviation:.{decimals}f}"
