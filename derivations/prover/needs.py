"""What a value needs: a denominator that is not 0, a radicand that is not negative, and the like.

A real expression has a value at a point if and only if every need of it holds there. SymPy forgets
needs (it takes x/x for 1 and 1/(1/0) for 0), so whoever builds an expression records them where
they arise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from sympy import Basic, Expr
from sympy.logic.boolalg import Boolean

from derivations.notation import substitute


class Sign(StrEnum):
    """What a quantity must be."""

    NONZERO = "!="
    POSITIVE = ">"
    NONNEGATIVE = ">="


@dataclass(frozen=True)
class Need:
    """A quantity that must have a sign wherever all conditions of `where` hold, for every index."""

    quantity: Expr
    sign: Sign
    where: tuple[Boolean, ...] = ()

    def at(self, values: dict[Basic, Basic]) -> Need:
        """The need with other indices in place of some."""
        quantity = substitute(self.quantity, values)
        return Need(quantity, self.sign, tuple(substitute(c, values) for c in self.where))

    def guarded(self, condition: Boolean) -> Need:
        """The need of a branch that is taken only where the condition holds."""
        return replace(self, where=(*self.where, condition))
