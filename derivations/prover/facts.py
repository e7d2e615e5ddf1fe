"""What a proof may take for granted: abbreviations, facts about arrays, and conditions.

Each fact rewrites a normal form; `imposing` makes it true at a point, `words` says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import ClassVar

from sympy import (
    Abs,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Integral,
    KroneckerDelta,
    Limit,
    Mul,
    Piecewise,
    Pow,
    Symbol,
    Tuple,
    exp,
    true,
)
from sympy.concrete.expr_with_limits import ExprWithLimits

from derivations.notation import (
    Expectation,
    Sum,
    SymmetricEntry,
    substitute,
    with_bounds_apart,
    with_range,
)
from derivations.prover.needs import may_lack_value
from derivations.prover.normal_form import normal_form

SIGNS = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer")
NOT_AT_A_POINT = (Derivative, Integral, Limit, Expectation)
"""What an expression is at one point says nothing of these."""


@dataclass(frozen=True)
class Definition:
    """An abbreviation: a symbol, or an entry such as r[i] for every i, stands for `body`."""

    head: Symbol | Indexed
    body: Expr

    @property
    def name(self) -> str:
        """The name of the symbol or array that is defined."""
        return str(self.head.base if isinstance(self.head, Indexed) else self.head)

    def __post_init__(self) -> None:
        places = self.head.indices if isinstance(self.head, Indexed) else ()
        if len(set(places)) < len(places) or not all(isinstance(place, Idx) for place in places):
            raise ValueError(f"definition of {self.head}: expected distinct indices")
        loose = self.body.atoms(Idx) & self.body.free_symbols - set(places)
        if loose:
            raise ValueError(f"definition of {self.head}: {loose.pop()} is free in its body alone")
        for sign in SIGNS:
            if getattr(self.head, f"is_{sign}") and not getattr(self.body, f"is_{sign}"):
                raise ValueError(f"definition of {self.head}: a body not known to be {sign}")


@dataclass(frozen=True)
class OfArray:
    """Something that is known of an array, or of a number."""

    base: IndexedBase | Symbol

    def is_own(self, part: Basic) -> bool:
        """Whether it is an entry of the array."""
        return isinstance(part, Indexed) and part.base == self.base

    def own(self, parts: Iterable[Basic]) -> list[Indexed]:
        """The entries of the array among some parts."""
        return [*filter(self.is_own, parts)]


class Normalised(OfArray):
    """The entries of an array sum to 1 along its last axis."""

    def rewrite(self, form: Expr) -> Expr:
        """Replace each full sum over the last axis by 1, beside factors without its index, and the
        entry of an axis of one.
        """
        return at_points(form, self._without_row)

    def _without_row(self, s: Basic) -> Basic:
        """sum_lk Y_lk f(l) = sum_l f(l), for k over the whole last axis; all else as it is."""
        if self.is_own(s) and self.base.shape[-1] == 1:
            return Integer(1)
        for entry in self.own(Mul.make_args(s.function) if isinstance(s, Sum) else ()):
            rest, (*places, k) = s.function / entry, entry.indices
            others = [limit for limit in s.limits if limit != (k, 1, self.base.shape[-1])]
            if len(others) < len(s.limits) and not Tuple(rest, *places, *others).has(k):
                return self._without_row(Sum(rest, *others))
        return s


class TwoValued(OfArray):
    """Each entry of an array, or a number, is one of two numbers."""

    pair: ClassVar[tuple[int, int]]

    def rewrite(self, form: Expr) -> Expr:
        """Of a power, a size, an exponential or a condition, what it is at each of the two."""
        return at_points(form, self._at_both)

    def _at_both(self, expr: Basic) -> Basic:
        """f(x) = f(a) + (f(b) - f(a)) (x - a)/(b - a) for an x that is a or b."""
        a, b = self.pair
        for atom in self._own_in(expr):
            first, second = (substitute(expr, {atom: Integer(value)}) for value in self.pair)
            return first + (second - first) * (atom - a) / (b - a)
        return expr

    def _own_in(self, expr: Basic) -> list[Basic]:
        """The entries that are factors of an exponent, or the one that all else depends on."""
        is_power = isinstance(expr, Pow) and expr.exp.is_Integer
        is_power = is_power and (expr.exp.is_positive or 0 not in self.pair)
        parts = Mul.make_args(expr.args[0]) if isinstance(expr, exp) else ()
        if is_power or isinstance(expr, Abs | Piecewise):
            one, *others = expr.atoms(Indexed) or {self.base}
            is_alone = not others and expr.atoms(Symbol, Idx) <= one.atoms(Symbol, Idx)
            parts = [one] if is_alone and not expr.has(ExprWithLimits, Derivative) else ()
        return [part for part in parts if part == self.base or self.is_own(part)]


class Signs(TwoValued):
    """Each entry of an array, or a number, is 1 or -1."""

    pair = (-1, 1)


class ZeroOrOne(TwoValued):
    """Each entry of an array, or a number, is 0 or 1."""

    pair = (0, 1)


class OneHot(Normalised, ZeroOrOne):
    """Along the last axis of an array one entry is 1 and all others are 0."""

    def rewrite(self, form: Expr) -> Expr:
        """The rules of both kinds, and Y_lj f(Y_lk) = Y_lj f([j = k])."""
        form = Normalised.rewrite(self, ZeroOrOne.rewrite(self, form))
        return at_points(form, self._at_one)

    def _at_one(self, term: Basic) -> Basic:
        """A product as it is where an entry is 1, if it has a value where that entry is 0."""
        for own in self.own(term.args) if term.is_Mul and not term.has(*NOT_AT_A_POINT) else ():
            rest, (*row, place) = with_bounds_apart(term / own), own.indices
            others = [e for e in self.own(rest.atoms(Indexed)) if [*e.indices[:-1]] == row]
            deltas = {e: KroneckerDelta(place, e.indices[-1]) for e in others}
            if deltas and not may_lack_value(rest := normal_form(rest.xreplace(deltas))):
                return own * rest
        return term

    def at_its_one(self, quantity: Expr) -> Expr:
        """A quantity where some entry of each row is 1: what holds for each such entry holds."""
        for entry in self.own(quantity.atoms(Indexed)):
            place = with_range(Dummy(integer=True), Integer(1), self.base.shape[-1])
            own = self.base[(*entry.indices[:-1], place)]
            quantity = self._at_one(own * quantity) / own
        return quantity


@dataclass(frozen=True)
class Symmetric(OfArray):
    """A matrix that is its own transpose."""

    def __post_init__(self) -> None:
        if len(self.base.shape) != 2 or self.base.shape[0] != self.base.shape[1]:
            raise ValueError(f"symmetric {self.base}: expected a square matrix")

    def rewrite(self, form: Expr) -> Expr:
        """S_ij = S_ji."""
        return at_points(form, lambda e: SymmetricEntry(*e.args) if self.is_own(e) else e)


class PositiveDefinite(Symmetric):
    """A symmetric matrix S with x'Sx > 0 for every x other than 0."""


def at_points(form: Basic, change: Callable[[Basic], Basic]) -> Basic:
    """Change the outermost parts of a form that can be, but for what is still to be differentiated
    or integrated: a fact holds at points, not beside them.
    """
    if (changed := change(form)) != form:
        return changed
    if not form.args or isinstance(form, (Derivative, Integral, Limit, IndexedBase, Idx)):
        return form
    return form.func(*(at_points(part, change) for part in form.args))


@dataclass(frozen=True)
class Independent:
    """The entries of one random array are independent of those of another."""

    first: IndexedBase
    second: IndexedBase

    def rewrite(self, form: Expr) -> Expr:
        """E[f(first) g(second)] = E[f(first)] E[g(second)]."""
        return at_points(form, self._split)

    def _split(self, part: Basic) -> Basic:
        is_of_both = set(getattr(part, "random", ())) == {self.first, self.second}
        factors = Mul.make_args(part.expression) if is_of_both else ()
        first, second = ([f for f in factors if f.has(base)] for base in (self.first, self.second))
        if not is_of_both or set(first) & set(second):
            return part
        return Expectation(Mul(*first), self.first) * Expectation(Mul(*second), self.second)


@dataclass(frozen=True)
class White(OfArray):
    """Random entries of mean zero and one variance, uncorrelated with each other."""

    variance: Expr

    def rewrite(self, form: Expr) -> Expr:
        """E[W_p W_q] = variance delta_pq, and E[W_p] = 0."""
        return at_points(form, self._moment)

    def _moment(self, part: Basic) -> Basic:
        places: list[tuple] = []
        is_own = getattr(part, "random", ()) == (self.base,)
        for factor in Mul.make_args(part.expression) if is_own else ():
            entry, power = factor.as_base_exp()
            if not isinstance(entry, Indexed) or power not in (1, 2):
                return part
            places += [entry.indices] * int(power)
        if len(places) != 2:
            return Integer(0) if len(places) == 1 else part
        return self.variance * Mul(*(KroneckerDelta(p, q) for p, q in zip(*places, strict=True)))


@dataclass(frozen=True)
class SecondMoment(OfArray):
    """Random entries, each of which has the same mean square; they may depend on each other."""

    value: Expr

    def rewrite(self, form: Expr) -> Expr:
        """E[x_i^2] = value."""
        entries = self.own(form.atoms(Indexed))
        return form.xreplace({Expectation(x**2, self.base): self.value for x in entries})


Fact = Normalised | TwoValued | Symmetric | Independent | White | SecondMoment
"""Something that is known of an array."""


@dataclass(frozen=True)
class Assuming:
    """What a proof may use.

    `provided` restricts the statement, for every value of the indices in it. `eventually` says that
    the restriction holds near a limit that a later step takes, so that nothing is left out.
    """

    definitions: tuple[Definition, ...] = ()
    facts: tuple[Fact, ...] = ()
    provided: Basic = true
    eventually: bool = False

    @property
    def known_of(self) -> tuple[Basic, ...]:
        """The arrays and values that the facts speak of."""
        return tuple(part for fact in self.facts for part in vars(fact).values())

    def __post_init__(self) -> None:
        names = [definition.name for definition in self.definitions]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"definitions: two of {min(twice)}")
        facts = [fact for fact in self.facts if not isinstance(fact, Independent)]
        for first, second in combinations(facts, 2):
            is_kind = isinstance(first, type(second)) or isinstance(second, type(first))
            if first.base == second.base and not is_kind:
                raise ValueError(f"facts: expected one of {first.base}, got two")
        uses = {d.name: _names_in(d.body) & set(names) for d in self.definitions}
        for _ in names:
            uses = {n: used.union(*(uses[other] for other in used)) for n, used in uses.items()}
        if circular := [name for name, used in uses.items() if name in used]:
            raise ValueError(f"definitions: {min(circular)} is defined by itself")


NOTHING = Assuming()


def _names_in(expr: Expr) -> set[str]:
    return {str(atom) for atom in expr.atoms(Symbol, IndexedBase)}


def unfold(expr: Expr, definitions: tuple[Definition, ...]) -> Expr:
    """Write abbreviations out, in order, each with the indices that it is used with.

    Raises `ValueError` where SymPy 1.14 moves a branch out of a sum in a condition.
    """
    for definition in definitions:
        head = definition.head
        if isinstance(head, Symbol):
            expr = substitute(expr, {head: definition.body})
            continue
        bound = {str(k) for s in expr.atoms(Sum) if s.has(head.base) for k in s.variables}
        if bound & _names_in(definition.body):
            expr = with_bounds_apart(expr)  # no sum captures a name of the body
        for used in [entry for entry in expr.atoms(Indexed) if entry.base == head.base]:
            places = dict(zip(head.indices, used.indices, strict=True))
            written_out = _replace_entry(expr, used, substitute(definition.body, places))
            if written_out.atoms(Idx) & written_out.free_symbols - expr.free_symbols:
                raise ValueError(f"{head}: a branch inside a sum inside a condition")
            expr = written_out
    return expr


@lru_cache(maxsize=2000)
def unfolded(expr: Expr, definitions: tuple[Definition, ...]) -> Expr:
    """Write abbreviations out until none is left, whatever their order.

    Those that are defined by each other would never end: each is written out as often as there are
    definitions.
    """
    for _ in definitions:
        expr = unfold(expr, definitions)
    return expr


def _replace_entry(expr: Expr, entry: Indexed, body: Expr) -> Expr:
    """Replace an entry also below sums that bind its indices: there the body means that entry."""
    if expr == entry:
        return body
    if not expr.args or isinstance(expr, Idx) or not expr.has(entry):
        return expr
    return expr.func(*(_replace_entry(part, entry, body) for part in expr.args))
