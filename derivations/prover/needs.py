"""What a value needs: a denominator that is not 0, a radicand that is not negative, and the like.

A real expression has a value at a point if and only if every need of it holds there. SymPy forgets
needs (it takes x/x for 1 and 1/(1/0) for 0), so whoever builds an expression from a text records
them where they arise; `needs_of` reads those that an expression still shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from sympy import (
    Abs,
    Basic,
    Expr,
    Ge,
    Gt,
    Idx,
    Indexed,
    Integer,
    Integral,
    KroneckerDelta,
    Mul,
    Ne,
    Not,
    Piecewise,
    Pow,
    Tuple,
    acos,
    asin,
    atan2,
    cos,
    factor,
    log,
    tan,
    together,
    true,
)
from sympy.logic.boolalg import Boolean

from derivations.notation import Expectation, Sum, is_never_negative, substitute, total
from derivations.prover.matrices.inverse import (
    DeterminantOf,
    InverseEntry,
    IsLargest,
    SquareMatrix,
)


class Sign(StrEnum):
    """What a quantity must be."""

    NONZERO = "!="
    POSITIVE = ">"
    NONNEGATIVE = ">="

    def allows(self, sign: int) -> bool:
        """Whether a quantity of sign -1, 0 or 1 is what it must be."""
        return {"!=": sign != 0, ">": sign > 0, ">=": sign >= 0}[self.value]

    @lru_cache(maxsize=20_000)
    def is_certain(self, quantity: Expr) -> bool:
        """Whether what is assumed of the symbols alone makes the quantity so."""
        return bool(getattr(quantity, f"is_{self.name.lower()}"))


@dataclass(frozen=True)
class Need:
    """A quantity that must have a sign wherever all conditions of `where` hold, for every index.

    One of the rules alone has values elsewhere, too, of which they say nothing.
    """

    quantity: Expr
    sign: Sign
    where: tuple[Boolean, ...] = ()
    is_of_rules: bool = False
    hidden: bool = field(default=False, compare=False)
    """Whether it is broken unseen in a branch that is not taken or a sum without terms."""

    @property
    def relation(self) -> Boolean:
        """The need as a comparison with 0, its conditions aside."""
        return {"!=": Ne, ">": Gt, ">=": Ge}[self.sign](self.quantity, 0, evaluate=False)

    @property
    def is_certain(self) -> bool:
        """Whether it holds at every point, its conditions aside."""
        return self.sign.is_certain(self.quantity)

    def simplified(self) -> Need:
        """Without factors that are certainly not 0, if that is all it asks; |u| > 0 is u != 0."""
        if self.sign is Sign.POSITIVE and isinstance(self.quantity, Abs):
            return replace(self, quantity=self.quantity.args[0], sign=Sign.NONZERO).simplified()
        if self.sign is not Sign.NONZERO:
            return self
        factors = Mul.make_args(factor(self.quantity))
        return replace(self, quantity=Mul(*(f for f in factors if not f.is_nonzero)))

    def map(self, function: Callable[[Basic], Basic]) -> Need:
        """The need with a function applied to its quantity and its conditions."""
        where = tuple(map(function, self.where))
        return replace(self, quantity=function(self.quantity), where=where)

    def at(self, values: dict[Basic, Basic]) -> Need:
        """The need with other indices in place of some."""
        return self.map(lambda part: substitute(part, values))

    def guarded(self, *conditions: Boolean) -> Need:
        """The need of a branch that is taken only where the conditions hold."""
        return replace(self, where=self.where + conditions, hidden=bool(self.hidden or conditions))


def needs_of(expr: Basic) -> Iterator[Need]:
    """The needs that an expression shows, but for those that its symbols' assumptions meet.

    Only the branch that is taken and the places that a sum has need anything. Integrals and
    expectations are taken to exist.
    """
    if isinstance(expr, Piecewise):
        yield from _needs_of_branches(expr)
        return
    if isinstance(expr, Sum | SquareMatrix):
        ranges = [(lower, upper) for _, lower, upper in expr.limits]
        guards = [upper >= low for low, upper in ranges if not (upper - low).is_nonnegative]
        yield from (need.guarded(*guards) for need in needs_of(expr.function))
        return
    if isinstance(expr, (Indexed, Idx, Tuple, Integral, Expectation)) or not expr.args:
        return
    for part in expr.args:
        yield from needs_of(part)
    own = _own_need(expr)
    if own and not own.is_certain:
        yield own


def hides_gaps(expr: Basic) -> bool:
    """Whether a branch that is not taken, or a sum without terms, may lack a value in its parts."""
    return any(need.hidden for need in needs_of(expr))


def may_lack_value(expr: Basic) -> bool:
    """Whether an expression is not known to have a value at every point."""
    return any(True for _ in needs_of(expr))


def need_of_power(base: Expr, exponent: Expr) -> Need | None:
    """What a real power needs of its base; None where all have values.

    An exponent that may be whole or not asks for a base that is not negative: of others nothing is
    said, though some have values.
    """
    if not exponent.is_number and base.is_nonnegative is None:
        base = together(base)  # 1 - 1/(1 + e^-x) is a quotient of positive numbers
    if base.is_positive:
        return None
    where = () if exponent.is_negative else (exponent < 0,)
    if exponent.is_integer:
        return None if is_never_negative(exponent) else Need(base, Sign.NONZERO, where)
    if exponent.is_Rational:
        return Need(base, Sign.NONNEGATIVE if exponent > 0 else Sign.POSITIVE)
    if not (base.is_nonnegative or isinstance(base, KroneckerDelta)):
        return Need(base, Sign.POSITIVE, is_of_rules=True)
    return None if exponent.is_nonnegative else Need(base, Sign.NONZERO, where)


def _own_need(expr: Basic) -> Need | None:
    match expr:
        case log():
            return Need(expr.args[0], Sign.POSITIVE)
        case DeterminantOf():  # the rules for its derivative and its inverse hold where it is not 0
            return Need(expr, Sign.NONZERO, is_of_rules=True)
        case InverseEntry():
            return Need(DeterminantOf(expr.matrix), Sign.NONZERO)
        case IsLargest(matrix=matrix):
            p, _ = matrix.places()
            return Need(total(IsLargest(matrix, p), p), Sign.NONZERO, is_of_rules=True)
        case asin() | acos():
            return Need(1 - expr.args[0] ** 2, Sign.NONNEGATIVE)
        case tan():
            return Need(cos(expr.args[0]), Sign.NONZERO)
        case atan2(args=(y, x)):
            return Need(x**2 + y**2, Sign.NONZERO, is_of_rules=True)
        case Pow(base=base, exp=exponent):
            return need_of_power(base, exponent)
    return None


def _needs_of_branches(expr: Piecewise) -> Iterator[Need]:
    others: list[Boolean] = []
    for value, condition in expr.args:
        yield from (need.guarded(*others) for need in needs_of(condition))
        guards = others if condition == true else [*others, condition]
        yield from (need.guarded(*guards) for need in needs_of(value))
        others.append(Not(condition))
    if expr.args[-1].cond != true:
        yield Need(Integer(0), Sign.NONZERO).guarded(*others)  # where no branch is taken
