"""A text that can be read in several ways, as a bold 1 of any length: one that fits is meant."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod

from lark import Token
from sympy import Expr

from verify.language.tensor import Tensor
from verify.language.tree import AnswerSyntaxError

MOST_READINGS = 100
Extents = tuple[Expr | None, ...]


def the_fitting_one(
    constants: list[Token],
    options: list[Extents],
    read: Callable[[Extents], Tensor],
    fits: Callable[[Tensor], bool],
) -> Tensor:
    """The reading whose shape fits, of those with a length for most constants; None is for none.

    Where none fits, the first that has a meaning, or the first one's error.
    """
    if prod(map(len, options)) > MOST_READINGS:
        raise AnswerSyntaxError(f"write the length of each {constants[0]} as an index")
    readings: list[tuple[int, Tensor]] = []
    errors: list[ValueError] = []
    for extents in sorted(product(*options), key=lambda extents: extents.count(None)):
        try:
            readings.append((extents.count(None), read(extents)))
        except ValueError as error:
            errors.append(error)
    if not readings:
        raise errors[0]
    fitting = [(numbers, tensor) for numbers, tensor in readings if fits(tensor)]
    if not fitting:
        return readings[0][1]
    (fewest, first), *others = fitting
    if any(numbers == fewest for numbers, _ in others):
        raise AnswerSyntaxError(f"how long {constants[0]} is, is not clear: write it as an index")
    return first
