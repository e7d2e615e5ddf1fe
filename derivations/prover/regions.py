"""Proves that an expression with branches is zero, one region after the other.

A region is one choice of signs for the factors of all conditions, so that every branch is decided
in it. Signs that cannot occur together are found by linear arithmetic over the monomials; what is
left covers every case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, reduce
from math import lcm
from operator import mul

from sympy import (
    Abs,
    Add,
    Basic,
    Dummy,
    Expr,
    Function,
    Idx,
    Indexed,
    Integer,
    Max,
    Min,
    Mul,
    Piecewise,
    Poly,
    Pow,
    Sum,
    Symbol,
    Tuple,
    expand_mul,
    factor_list,
    false,
    fraction,
    nan,
    oo,
    sign,
    together,
    true,
    zoo,
)
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import And, Or
from sympy.polys.polyerrors import PolynomialError

from derivations.prover.cases import feasible
from derivations.prover.normal_form import is_zero, normal_form, split_by_range

BRANCHING = (Abs, sign, Relational)
TRUTH = {
    Le: lambda s: s <= 0, Lt: lambda s: s < 0, Ge: lambda s: s >= 0, Gt: lambda s: s > 0,
    Eq: lambda s: s == 0, Ne: lambda s: s != 0,
}  # fmt: skip
UNDEFINED = (zoo, nan, oo, -oo)
MOST_REGIONS = 400


class UndefinedHereError(Exception):
    """The expression has no value in the region."""


class TooManyError(Exception):
    """More regions than are worth looking at."""


def vanishes_in_regions(expr: Expr) -> tuple[bool, bool]:
    """Whether the expression is proved to be 0 wherever it is defined, and if that is everywhere.

    (False, ...) says nothing.
    """
    rest, summands = split_by_range(expand_mul(_without_extrema(expr), deep=False))
    search = _Search()
    try:
        proved = all(search.vanishes(part, _Region()) for part in (rest, *summands))
    except (TooManyError, PolynomialError):
        return False, False
    return proved and search.defined_somewhere, not search.undefined_somewhere


def divides_by_zero(expr: Expr) -> bool:
    """Whether an expression with branches may have no value at a zero of a denominator.

    A branch of 0 hides that from the search, as SymPy takes 0 times anything for 0.
    """
    return expr.has(Piecewise) and vanishes_in_regions(1 - _has_value(expr)) != (True, True)


def _has_value(expr: Basic) -> Basic:
    """1 where no denominator is 0 in the branches that are taken, else 0."""
    if isinstance(expr, Piecewise):
        return Piecewise(*((_has_value(value), condition) for value, condition in expr.args))
    if not isinstance(expr, Add | Mul | Pow | Sum | Function):
        return Integer(1)
    parts = [_has_value(part) for part in expr.args if isinstance(part, Expr)]
    if expr.is_Pow and expr.exp.is_negative and not expr.base.is_nonzero:
        parts.append(sign(expr.base) ** 2)
    return Mul(*parts)


def is_undefined(expr: Basic) -> bool:
    """Whether infinity or 0/0 stands in the expression; a sequence without end does not count."""
    if isinstance(expr, Indexed):
        return False
    return expr in UNDEFINED or any(map(is_undefined, expr.args))


@dataclass(frozen=True)
class _Region:
    """What is known: factors with the sign that each has."""

    signs: tuple[tuple[Expr, int], ...] = ()

    def where(self, factor: Expr, sign_: int) -> _Region:
        return _Region((*self.signs, (factor, sign_)))

    @cache  # noqa: B019 - regions are few, and each is asked about many times
    def is_possible(self) -> bool:
        """Whether linear arithmetic leaves a point; monomials are free but for known signs."""
        polys = [
            (Poly(factor, *sorted(factor.free_symbols, key=str)), s) for factor, s in self.signs
        ]
        monomials: dict[Expr, None] = {}
        rows = []
        for poly, s in polys:
            terms = {
                reduce(mul, (g**e for g, e in zip(poly.gens, powers, strict=True)), Integer(1)): c
                for powers, c in poly.terms()
            }
            monomials |= dict.fromkeys(m for m in terms if m != 1)
            rows.append((terms, s))
        names = list(monomials)
        constraints = []
        for terms, s in rows:
            scale = lcm(*(int(c.q) for c in terms.values()))
            numbers = tuple(int(terms.get(m, 0) * scale) for m in (*names, Integer(1)))
            opposite = tuple(-number for number in numbers)
            both = [(numbers, False), (opposite, False)]
            constraints += {1: [(numbers, True)], -1: [(opposite, True)], 0: both}[s]
        for place, monomial in enumerate(names):
            unit = tuple(int(place == other) for other in range(len(names) + 1))
            if monomial.is_nonnegative:
                constraints.append((unit, bool(monomial.is_positive)))
        return not constraints or feasible(frozenset(constraints))


class _Search:
    """A walk through the regions that remembers which atoms stand for which names."""

    def __init__(self) -> None:
        self.names: dict[Expr, Dummy] = {}
        self.factors: dict[Expr, tuple[int, list[tuple[Expr, int]]]] = {}
        self.zeros: dict[Expr, bool] = {}
        self.visited = 0
        self.undefined_somewhere = self.defined_somewhere = False

    def vanishes(self, expr: Expr, region: _Region) -> bool:
        self.visited += 1
        if self.visited > MOST_REGIONS:
            raise TooManyError
        try:
            expr, undecided = self.decided(expr, region)
        except UndefinedHereError:
            self.undefined_somewhere = True
            return True
        if undecided is None:
            return self.vanishes_here(expr, region)
        return all(
            self.vanishes(expr, narrower)
            for sign_ in (1, 0, -1)
            if (narrower := region.where(undecided, sign_)).is_possible()
        )

    def decided(self, expr: Expr, region: _Region) -> tuple[Expr, Expr | None]:
        """The expression with the branches that the region decides, and a factor that is open."""
        for _ in range(MOST_REGIONS):
            found, undecided, undefined = self.signs_in(expr, region)
            settled = _settled(expr, found)
            if settled == expr:
                if undefined.intersection(_evaluated(expr)):
                    raise UndefinedHereError
                return expr, undecided
            expr = settled
        raise TooManyError

    def signs_in(
        self, expr: Expr, region: _Region
    ) -> tuple[dict[Basic, Basic], Expr | None, set[Basic]]:
        """What the region decides of the innermost branches, a factor that is open, and those of
        them that have no value: they may yet turn out to be in a branch that is not taken.
        """
        found: dict[Basic, Basic] = {}
        undecided, undefined = None, set()
        bound = {index for inner in expr.atoms(Sum) for index in inner.variables}
        for part in sorted(expr.atoms(*BRANCHING), key=_size):
            # No one sign holds of what has an index that belongs to a sum inside.
            if _has_branches_inside(part) or part in (true, false) or _names(part) & bound:
                continue
            try:
                sign_ = self.sign_of(_questioned(part), region)
            except UndefinedHereError:
                undefined.add(part)
                continue
            if isinstance(sign_, Expr):
                undecided = undecided or sign_
            else:
                found[part] = _value(part, sign_)
        return found, undecided, undefined

    def sign_of(self, question: Expr, region: _Region) -> int | Expr:
        """The sign of a quotient of polynomials, or a factor of it whose sign is open."""
        result, factors = self.factored(question)
        known = dict(region.signs)
        for factor, power in factors:
            if factor in known:
                possible = [known[factor]]
            else:
                possible = [s for s in (1, 0, -1) if region.where(factor, s).is_possible()]
            if len(possible) > 1:
                return factor
            if possible == [0] and power < 0:
                raise UndefinedHereError
            result *= possible[0] ** abs(power)
        return result

    def factored(self, question: Expr) -> tuple[int, list[tuple[Expr, int]]]:
        """The sign of a quotient's coefficient, and its factors with their powers."""
        if question not in self.factors:
            parts = fraction(together(self.named(normal_form(question))))
            lists = [factor_list(part) if part.free_symbols else (part, []) for part in parts]
            (above, numerator), (below, denominator) = lists
            powers = [(factor, int(power)) for factor, power in numerator]
            powers += [(factor, -int(power)) for factor, power in denominator]
            self.factors[question] = int(sign(above) * sign(below)), powers
        return self.factors[question]

    def named(self, expr: Expr) -> Expr:
        """Polynomials need names for sums, entries and functions."""
        if isinstance(expr, Symbol) or expr.is_Rational:
            return expr
        if expr.is_Add or expr.is_Mul or (expr.is_Pow and expr.exp.is_Integer):
            return expr.func(*map(self.named, expr.args))
        known = {"positive": True} if expr.is_positive else {"nonnegative": expr.is_nonnegative}
        known = {name: True for name, value in known.items() if value}
        return self.names.setdefault(expr, Dummy(str(expr), **({"real": True} | known)))

    def vanishes_here(self, expr: Expr, region: _Region) -> bool:
        """Whether the branch that is taken in the region is zero there."""
        here = expr
        for atom, value in self.equalities(region):
            try:
                here = _settled(here, {atom: value})
            except UndefinedHereError:
                self.undefined_somewhere = True
                return True
        found = self.is_zero(expr) or self.is_zero(here)
        self.defined_somewhere |= found
        return found

    def is_zero(self, expr: Expr) -> bool:
        """Whether a branch is zero; many regions share one."""
        if expr not in self.zeros:
            self.zeros[expr] = is_zero(expr)
        return self.zeros[expr]

    def equalities(self, region: _Region) -> Iterator[tuple[Expr, Expr]]:
        """For each factor that is 0 in the region, a symbol or entry and what it is there."""
        original = {name: atom for atom, name in self.names.items()}
        for factor in (factor for factor, sign_ in region.signs if sign_ == 0):
            for name in sorted(factor.free_symbols, key=str):
                atom, slope = original.get(name, name), factor.diff(name)
                if isinstance(atom, Indexed | Symbol) and slope.is_Rational:
                    yield atom, (name - factor / slope).expand().xreplace(original)
                    break


def _settled(expr: Basic, values: dict[Basic, Basic]) -> Basic:
    """The expression with values put in, branch by branch as they are taken.

    Raises `UndefinedHereError` for a division by zero, but not for one in a branch that may not be
    taken: that branch stays as it is. SymPy itself takes 1/(1/0) for 0.
    """
    if expr in UNDEFINED:
        raise UndefinedHereError
    if expr in values:
        return values[expr]
    if not expr.args or isinstance(expr, (Indexed, Idx, Tuple)):
        return expr
    if isinstance(expr, Piecewise):
        return _settled_branches(expr, values)
    if isinstance(expr, (And, Or)):
        return expr.func(*(_settled_if_defined(part, values) for part in expr.args))
    settled = expr.func(*(_settled(part, values) for part in expr.args))
    if settled in UNDEFINED:
        raise UndefinedHereError
    return settled


def _settled_branches(expr: Piecewise, values: dict[Basic, Basic]) -> Basic:
    open_: list[tuple[Basic, Basic]] = []
    for value, condition in expr.args:
        settle = _settled_if_defined if open_ else _settled
        condition = settle(condition, values)
        if condition == false:
            continue
        open_.append((settle(value, values) if condition == true else value, condition))
        if condition == true:
            break
    if len(open_) == 1 and open_[0][1] == true:
        return open_[0][0]
    return Piecewise(*((_settled_if_defined(value, values), c) for value, c in open_))


def _settled_if_defined(expr: Basic, values: dict[Basic, Basic]) -> Basic:
    try:
        return _settled(expr, values)
    except UndefinedHereError:
        return expr


def _evaluated(expr: Basic) -> Iterator[Basic]:
    """The parts that a value needs, whichever of the open branches is taken."""
    yield expr
    for part in (expr.args[0].cond,) if isinstance(expr, Piecewise) else expr.args:
        yield from _evaluated(part)


@cache
def _size(part: Basic) -> tuple[int, str]:
    return part.count_ops(), str(part)


@cache
def _has_branches_inside(part: Basic) -> bool:
    return any(p.has(Piecewise, *BRANCHING) for p in part.args)


@cache
def _names(part: Basic) -> set[Basic]:
    return part.free_symbols


def _questioned(part: Basic) -> Expr:
    """The quantity whose sign decides the part."""
    return part.args[0] - part.args[1] if isinstance(part, Relational) else part.args[0]


def _value(part: Basic, sign_: int) -> Basic:
    """What the part is when the quantity in question has the given sign."""
    if isinstance(part, Relational):
        return true if TRUTH[type(part)](sign_) else false
    return sign_ * part.args[0] if isinstance(part, Abs) else Integer(sign_)


def _without_extrema(expr: Expr) -> Expr:
    return expr.replace(lambda e: isinstance(e, Max | Min), lambda e: e.rewrite(Piecewise))
