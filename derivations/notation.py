"""The alphabet of the derivations: indices with ranges, arrays, sums."""

from __future__ import annotations

from functools import cached_property, lru_cache

from sympy import (
    Basic,
    Dummy,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    Piecewise,
    Pow,
    S,
    Symbol,
    Tuple,
    acos,
    asin,
    atan,
    default_sort_key,
    oo,
    sympify,
)
from sympy.concrete.expr_with_intlimits import ExprWithIntLimits
from sympy.concrete.expr_with_limits import AddWithLimits, ExprWithLimits

for angle in (acos, asin, atan):
    # SymPy 1.14 takes the angle of every whole number for irrational; but atan(0) is 0.
    angle._prop_handler.pop("rational", None)


class WithRanges(ExprWithLimits):
    """What has indices with ranges: whoever asks for its free names, as every assumption does, is
    answered at once. SymPy's own way builds its function anew each time.
    """

    @cached_property
    def _free_names(self) -> frozenset[Basic]:
        free = self.function.free_symbols
        for k, *ends in self.limits:
            free = (free - {k}).union(*(end.free_symbols for end in ends))
        return frozenset(free)

    @property
    def free_symbols(self) -> set[Basic]:
        """The names that are free in it: a set of its own, since SymPy changes what it is given."""
        return set(self._free_names)


class Sum(WithRanges, AddWithLimits, ExprWithIntLimits):
    """A sum that stays as it is written and may be empty: `Sum(f, (k, 1, t))`, innermost first.

    SymPy 1.14 moves a branch out of an inner sum although its condition uses that sum's index,
    which is then free, takes every sum for one that has terms when it is asked for its sign, and
    makes e^(a sum) a product over an index that renaming does not see. So this is none of its sums.
    """

    def __new__(cls, function: Expr, *limits: tuple, **assumptions: bool):
        """A sum of a sum is one over both indices, one over no place at all is 0, and one without
        an index is its term.
        """
        function = sympify(function)
        for end in (end for _, *ends in limits for end in ends):
            # SymPy's own canonical names, _0 and _1, have no assumptions
            if not sympify(end).is_integer and not str(end).startswith("_"):
                raise ValueError(f"sum: expected ends that are whole numbers, got {end}")
        if any((upper - lower).is_negative for _, lower, upper in limits):
            return S.Zero
        for k, *ends in limits:  # a name has the range that it is summed over
            if isinstance(k, Idx) and (k.lower, k.upper) != tuple(ends):
                ranged = {k: with_range(Dummy(k.name, integer=True), *ends)}
                function = substitute(function, ranged)
                limits = tuple((ranged.get(n, n), *e) for n, *e in limits)
        if not limits:
            return function
        if isinstance(function, cls):
            if any(sympify(end).has(*function.variables) for _, *ends in limits for end in ends):
                function = with_bounds_apart(function)  # the ends mean another index of that name
            function, limits = function.function, (*function.limits, *limits)
        total = Expr.__new__(cls, function, *(Tuple(*limit) for limit in limits))
        total.is_commutative = function.is_commutative
        return total

    def ends_have(self, *names: Basic) -> bool:
        """Whether a range depends on one of some names."""
        return any(end.has(*names) for _, *ends in self.limits for end in ends)

    def has_terms(self) -> bool:
        """Whether no range is empty, whatever the sizes are."""
        return all((upper - lower).is_nonnegative for _, lower, upper in self.limits)

    @cached_property
    def _summand(self) -> Expr:
        """The summand, in which beta^(t - k) with k <= t is not negative, as 0^0 is 1."""
        powers = [p for p in self.function.atoms(Pow) if p.base.is_nonnegative]
        names = {p: Dummy(nonnegative=True) for p in powers if is_never_negative(p.exp)}
        return self.function.xreplace(names)

    def _eval_factor(self, **hints):
        return self

    def _eval_derivative(self, variable):
        return self.func(self.function.diff(variable), *self.limits)

    def _eval_is_zero(self):
        return self.function.is_zero or None

    def _eval_is_extended_nonnegative(self):
        return self._summand.is_nonnegative or None

    def _eval_is_extended_nonpositive(self):
        return self.function.is_nonpositive or None

    def _eval_is_positive(self):
        return (self.function.is_positive and self.has_terms()) or None

    def _eval_is_negative(self):
        return (self.function.is_negative and self.has_terms()) or None

    def _eval_is_extended_real(self):
        return self._summand.is_real or None

    def _eval_is_finite(self):
        ends = all(upper.is_finite for *_, upper in self.limits)
        return (ends and self._summand.is_finite) or None


class SymmetricEntry(Indexed):
    """An entry of a symmetric array: its two places are sorted, whatever is put in for them."""

    def __new__(cls, base: IndexedBase, *places: Expr) -> SymmetricEntry:
        """The entry at the places in SymPy's order."""
        return super().__new__(cls, base, *sorted(places, key=order_of_places))


def size(name: str) -> Symbol:
    """A dimension: a positive integer that stays a symbol, so that a proof holds for each value."""
    return Symbol(name, integer=True, positive=True)


def index(name: str, upper: Expr) -> Idx:
    """An index that runs from 1 to `upper`."""
    return Idx(name, (1, upper))


def array(name: str, *shape: Expr, **assumptions: bool) -> IndexedBase:
    """A real array of the given symbolic shape; `array("X", n, d)[i, j]` is one of its entries."""
    symbol = Symbol(name, **({"real": True} | assumptions))
    return IndexedBase(symbol, shape=shape)


def time(name: str) -> Symbol:
    """A step number: 0, 1, 2, ..., where 0 stands for the state before the first step."""
    return Symbol(name, integer=True, nonnegative=True)


def sequence(name: str) -> IndexedBase:
    """A real sequence without end; `sequence("g")[t]` is its term at step t."""
    return array(name, oo)


def total(term: Expr, *indices: Idx) -> Expr:
    """The sum of `term` over the full range of each index, the last one innermost."""
    for k in reversed(indices):
        term = Sum(term, (k, k.lower, k.upper))
    return term


def indicator(condition) -> Expr:
    """1 where the condition holds, else 0."""
    return Piecewise((1, condition), (0, True))


class Expectation(Expr):
    """E[expr] over the arrays that are random in it: `Expectation(x[i] ** 2, x)`."""

    @property
    def expression(self) -> Expr:
        """What is averaged."""
        return self.args[0]

    @property
    def random(self) -> tuple[IndexedBase, ...]:
        """The arrays that it is averaged over."""
        return self.args[1:]


def substitute(expr: Basic, values: dict) -> Basic:
    """Replace symbols, indices or entries wherever they are free; no sum captures a name."""
    if expr in values:
        return values[expr]
    if isinstance(expr, ExprWithLimits):
        return _substitute_below(expr, values)
    if not expr.args or isinstance(expr, Idx):
        return expr
    start = 1 if isinstance(expr, IndexedBase) else 0  # a symbol of its name is another thing
    parts = [*expr.args[:start], *(substitute(part, values) for part in expr.args[start:])]
    return expr if parts == [*expr.args] else expr.func(*parts)


def _substitute_below(expr: ExprWithLimits, values: dict, apart: bool = False) -> Expr:
    """Substitute in a sum or an integral, whose own names are not free, and are new ones if it is
    to be kept apart.
    """
    bound = [k for k, *_ in expr.limits]
    values = {old: new for old, new in values.items() if not old.has(*bound)}
    if not values and not apart:
        return expr
    captured = apart or any(new.has(*bound) for new in values.values())
    renaming: dict = {}
    limits: list = []
    for k, *ends in reversed(expr.limits):
        ends = [substitute(end, values | renaming) for end in ends]
        renaming[k] = with_range(k, *ends)
        if captured or (renaming[k] != k and expr.function.has(renaming[k])):
            renaming[k] = with_range(Dummy(k.name, integer=k.is_integer), *ends)
        limits.insert(0, (renaming[k], *ends))
    return expr.func(substitute(expr.function, values | renaming), *limits)


def is_never_negative(expr: Expr) -> bool:
    """Whether an expression is at least 0 over the ranges of its indices, in which it is linear."""
    for place in expr.atoms(Idx):
        slope = expr.coeff(place)
        rest = expr - slope * place
        if rest.has(place) or not slope.is_number:
            return False
        expr = rest + slope * (place.lower if slope.is_positive else place.upper)
    return expr.is_nonnegative is True


def order_of_places(place: Expr) -> tuple:
    """SymPy's order, which also tells two indices of one name apart."""
    return default_sort_key(place.label if isinstance(place, Idx) else place)


def places_of(*expressions: Basic) -> frozenset[Idx]:
    """The indices that are free in expressions."""
    return frozenset().union(*map(_places_of, expressions))


@lru_cache(maxsize=20_000)
def _places_of(expr: Basic) -> frozenset[Idx]:
    return frozenset(symbol for symbol in expr.free_symbols if isinstance(symbol, Idx))


def differentiated(expr: Expr, variable: Symbol | Indexed) -> Expr:
    """SymPy's derivative in an entry at fresh places, which then become the variable's own. A sum
    of 0 is taken away before, of whose square it finds no derivative.
    """
    places = {p: with_range(Dummy(integer=True), p.lower, p.upper) for p in variable.atoms(Idx)}
    nothing = {total_: S.Zero for total_ in expr.atoms(Sum) if total_.function == 0}
    derivative = expr.xreplace(nothing).diff(substitute(variable, places))
    return substitute(derivative, {fresh: place for place, fresh in places.items()})


def with_bounds_apart(expr: Basic) -> Basic:
    """The same with a new name for each summation index, so that none is also free elsewhere."""
    if not expr.args or isinstance(expr, Idx) or not expr.has(Sum):
        return expr
    if not isinstance(expr, Sum):
        return expr.func(*map(with_bounds_apart, expr.args))
    apart = _substitute_below(expr, {}, apart=True)
    return Sum(with_bounds_apart(apart.function), *apart.limits)


def with_range(name: Idx | Symbol, lower: Expr, upper: Expr) -> Idx | Symbol:
    """An integer name as an index that runs from `lower` to `upper`; any other name as it is."""
    label = name.label if isinstance(name, Idx) else name
    return Idx(label, (lower, upper)) if label.is_integer else label
