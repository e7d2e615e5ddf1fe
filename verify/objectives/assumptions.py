"""What is assumed of the names of an objective, read from words: `S positive definite, s > 0`.

An assumption is what SymPy assumes of a symbol, a fact that the prover uses, or a condition; and it
says how values are drawn that meet it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from sympy import And, IndexedBase, Rational, Symbol
from sympy.logic.boolalg import Boolean

from derivations.prover.facts import (
    Fact,
    Normalised,
    OneHot,
    PositiveDefinite,
    Signs,
    Symmetric,
    ZeroOrOne,
)
from verify.numerics.domain import Draw, log_uniform, normal, one_hot, uniform

NAME, NUMBER = r"[A-Za-z]\w*", r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
FILLING = re.compile(
    r"\bof the labels \w+|\b(is|are|being|has|have|a|an|the|rows?|entries|matrix|real)\b"
)
BETWEEN = re.compile(rf"({NAME}) in ([([])({NUMBER}) ?, ?({NUMBER})([)\]])")
CHAIN = re.compile(rf"({NUMBER}) ?(<=?) ?({NAME}) ?(<=?) ?({NUMBER})")
AGAINST = re.compile(rf"({NAME}) ?(<=?|>=?) ?({NUMBER})")
FROM_BEHIND = re.compile(rf"({NUMBER}) ?(<=?|>=?) ?({NAME})")
TURNED = str.maketrans("<>", "><")


@dataclass(frozen=True)
class Kind:
    """One kind of assumption: what it says to SymPy, to the prover, and of the points.

    `axes` are how many a name may have; `in_matrices` is what matrix rules may use.
    """

    draw: Draw
    signs: Mapping[str, bool] = field(default_factory=dict)
    fact: Callable[[IndexedBase | Symbol], Fact] | None = None
    axes: tuple[int, ...] = (0, 1, 2)
    in_matrices: str = ""


def _symmetric(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    drawn = rng.normal(size=shape)
    return (drawn + drawn.swapaxes(-1, -2)) / 2


def _positive_definite(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    drawn = rng.normal(size=shape)
    return drawn @ drawn.swapaxes(-1, -2) / shape[-1] + 0.5 * np.eye(shape[-1])


def _invertible(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Matrices with a positive determinant, far from 0."""
    return rng.normal(scale=0.5, size=shape) / shape[-1] + np.eye(shape[-1])


def _probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    drawn = rng.uniform(0.2, 1, size=shape)
    return drawn / drawn.sum(axis=-1, keepdims=True)


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([-1.0, 1.0], size=shape)


def _zero_or_one(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([0.0, 1.0], size=shape)


KINDS: dict[str, Kind] = {
    "positive": Kind(log_uniform(0.2, 3), {"positive": True}),
    "nonnegative": Kind(uniform(0, 3), {"nonnegative": True}),
    "symmetric": Kind(_symmetric, fact=Symmetric, axes=(2,), in_matrices="symmetric"),
    "positive definite": Kind(
        _positive_definite, fact=PositiveDefinite, axes=(2,), in_matrices="symmetric"
    ),
    "invertible": Kind(_invertible, axes=(2,)),
    "probabilities": Kind(
        _probabilities, {"positive": True}, Normalised, (1, 2), in_matrices="normalised"
    ),
    "one-hot": Kind(one_hot, {"nonnegative": True}, OneHot, (1, 2), in_matrices="one-hot"),
    "signs": Kind(_signs, fact=Signs, in_matrices="signs"),
    "0 or 1": Kind(_zero_or_one, {"nonnegative": True}, ZeroOrOne),
}
"""The kinds that have a name."""
OTHER_NAMES = {
    "pos": "positive", "non-negative": "nonnegative", "sym": "symmetric",
    "spd": "positive definite", "pd": "positive definite",
    "symmetric positive definite": "positive definite",
    "nonsingular": "invertible", "regular": "invertible", "probability": "probabilities",
    "distribution": "probabilities", "one hot": "one-hot", "onehot": "one-hot", "sign": "signs",
    "1 or -1": "signs", "-1 or 1": "signs", "+1 or -1": "signs", "plus or minus 1": "signs",
    "zero or one": "0 or 1", "1 or 0": "0 or 1", "binary": "0 or 1", "boolean": "0 or 1",
}  # fmt: skip


@dataclass(frozen=True)
class Assumption:
    """One thing that is assumed of one name, or a condition in the language on several."""

    words: str
    name: str = ""
    kind: Kind | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    strict: tuple[bool, bool] = (True, True)

    @property
    def is_condition(self) -> bool:
        """Whether it is a comparison that is read as the language reads it."""
        return not self.name

    @property
    def signs(self) -> Mapping[str, bool]:
        """What SymPy assumes of the symbol."""
        if self.kind:
            return self.kind.signs
        if self.low is not None and self.low >= 0:
            return {"positive": True} if self.low > 0 or self.strict[0] else {"nonnegative": True}
        if self.high is not None and self.high <= 0:
            return {"negative": True} if self.high < 0 or self.strict[1] else {"nonpositive": True}
        return {}

    @property
    def draw(self) -> Draw:
        """How values are drawn that meet it, away from its borders."""
        if self.kind:
            return self.kind.draw
        if self.low is not None and self.high is not None:
            gap = float(self.high - self.low)
            return uniform(float(self.low) + gap / 20, float(self.high) - gap / 20)
        if self.low is not None:
            return _beyond(float(self.low), 1)
        return _beyond(float(self.high or 0), -1) if self.high is not None else normal()

    def condition(self, quantity: Symbol | IndexedBase, places: tuple) -> Boolean:
        """The bounds that the symbol's signs do not say."""
        value = quantity[places] if places else quantity
        bounds: list[Boolean] = []
        if self.low:
            low = Rational(self.low)
            bounds.append(value > low if self.strict[0] else value >= low)
        if self.high:
            high = Rational(self.high)
            bounds.append(value < high if self.strict[1] else value <= high)
        return And(*bounds)


def assumptions_in(text: str) -> list[Assumption]:
    """What a text assumes, its parts between commas; raises `ValueError` for what is not known."""
    parts = re.split(r"[,;\n](?![^([]*[)\]])|\band\b", text)
    return [_assumption(" ".join(part.split())) for part in parts if part.strip()]


def _assumption(words: str) -> Assumption:
    if match := BETWEEN.fullmatch(words):
        name, opened, low, high, closed = match.groups()
        return _bounded(words, name, low, high, (opened == "(", closed == ")"))
    if match := CHAIN.fullmatch(words):
        strict = (match[2] == "<", match[4] == "<")
        return _bounded(words, match[3], match[1], match[5], strict)
    if match := AGAINST.fullmatch(words) or FROM_BEHIND.fullmatch(words):
        name, sign, number = match.groups()
        if match.re is FROM_BEHIND:
            name, sign, number = number, sign.translate(TURNED), name
        strict = (len(sign) == 1, len(sign) == 1)
        low, high = (number, None) if sign[0] == ">" else (None, number)
        return _bounded(words, name, low, high, strict)
    if re.search(r"[<>=]", words):
        return Assumption(words)
    name, _, rest = words.partition(" ")
    said = " ".join(FILLING.sub(" ", rest).split()).lower()
    kind = KINDS.get(OTHER_NAMES.get(said, said))
    if not kind or not re.fullmatch(NAME, name):
        known = ", ".join([*KINDS, "in (0, 1)", "> NUMBER"])
        raise ValueError(f"{words!r}: expected a name and one of {known}")
    return Assumption(words, name, kind)


def _bounded(
    words: str,
    name: str,
    low: str | None,
    high: str | None,
    strict: tuple[bool, bool] = (True, True),
) -> Assumption:
    first, last = (Fraction(end) if end else None for end in (low, high))
    if first is not None and last is not None and first >= last:
        raise ValueError(f"{words!r}: expected the smaller number first")
    return Assumption(words, name, None, first, last, strict)


def _beyond(border: float, direction: int) -> Draw:
    return lambda rng, shape: border + direction * np.exp(rng.uniform(-1.5, 1.2, size=shape))
