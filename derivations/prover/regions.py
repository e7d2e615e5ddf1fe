"""Proves what holds of an expression with branches, one region after the other.

A region is one choice of signs for the factors of all conditions, so that every branch is decided
in it. Signs that cannot occur together are found by linear arithmetic over the monomials; what is
left covers every case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, reduce
from itertools import islice, product
from math import lcm
from operator import mul

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Ge,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Integral,
    KroneckerDelta,
    Le,
    Mul,
    Piecewise,
    Poly,
    Pow,
    Rational,
    Symbol,
    Tuple,
    exp,
    expand,
    expand_mul,
    factor,
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
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, BooleanAtom, Or
from sympy.polys.polyerrors import PolynomialError

from derivations.notation import Expectation, Sum, places_of, substitute, with_bounds_apart
from derivations.prover.facts import Definition, at_points, unfold
from derivations.prover.inequalities import Constraint, feasible
from derivations.prover.matrices.inverse import SquareMatrix
from derivations.prover.needs import Need, Sign, hides_gaps
from derivations.prover.normal_form import split_by_range

BRANCHING = (Abs, sign, Relational, KroneckerDelta)
BRANCHES = (*BRANCHING, Piecewise)
UNDEFINED = (zoo, nan, oo, -oo)
MOST_PLACES = 8  # of a need in an expression; each may double the regions
MOST_REGIONS = 400  # a search that needs more than about 100 has not been met
OUTSIDE = Dummy("outside")
Values = dict[Basic, Basic]
Names = dict[Basic, Definition]
Powers = list[tuple[Expr, int]]
AT_LEAST_ZERO = 2

Reduce = Callable[[Expr], Expr]
"""The normal form of an expression, with what is known of its arrays put in."""


class UndefinedHereError(Exception):
    """The expression may have no value in the region."""


class TooManyError(Exception):
    """More regions than are worth looking at."""


def vanishes(expr: Expr, given: Given) -> bool:
    """Whether an expression is proved to be 0 wherever the needs hold; False says nothing."""
    return _everywhere(expr, given, lambda _: lambda part, region: given.is_zero(part))


def has_sign(expr: Expr, sign_: Sign, given: Given) -> bool:
    """Whether a quantity is proved to have a sign wherever the needs hold; False says nothing."""
    holds = _everywhere if sign_ is Sign.NONNEGATIVE else _holds
    return holds(expr, given, lambda search: search.sign_question(sign_))


def meets(need: Need, given: Given) -> bool:
    """Whether a need is proved to hold wherever the statement is provided for."""
    if need.is_certain:
        return True
    inside, alone = _within(need.quantity, And(*need.where)), replace(given, needs=())
    return _holds(inside, alone, lambda search: search.sign_question(need.sign))


@dataclass(frozen=True)
class Given:
    """What a search may use: rules, the condition of the statement, the needs of its sides, and the
    indices that are the statement's own.
    """

    reduce: Reduce
    is_zero: Callable[[Expr], bool]
    provided: Boolean = true
    needs: tuple[Need, ...] = ()
    fixed: frozenset[Idx] = frozenset()


def _everywhere(expr: Expr, given: Given, goal: Callable[[_Search], Goal]) -> bool:
    """Whether the goal is reached by what lies outside all sums, and by each common summand; or by
    the expression as a whole.
    """
    expr = with_bounds_apart(_with_opaque_parts_named(expr, given.reduce))
    for form in _ways(expr, given.reduce):
        splits = [*split_by_range(expand_mul(form, deep=False))]
        if any(all(_holds(p, given, goal) for p in parts if p != 0) for parts in splits):
            return True
    return len(splits[0]) > 1 and expr.has(Piecewise) and _holds(expr, given, goal)


def _ways(expr: Expr, reduce_: Reduce) -> Iterator[Expr]:
    """An expression as it stands, with its branches outermost, and so multiplied out before."""
    yield expr
    yield with_branches_outermost(expr, reduce_)
    yield with_branches_outermost(expr if hides_gaps(expr) else reduce_(expr), reduce_)


def _holds(expr: Expr, given: Given, goal: Callable[[_Search], Goal]) -> bool:
    expr = with_bounds_apart(_with_opaque_parts_named(expr, given.reduce))
    needs = tuple(one for need in given.needs for one in _needs_in_sight(need, expr, given.fixed))
    places = _places_in_sight(given.provided, places_of(given.provided), expr)
    provided = And(*(substitute(given.provided, moved) for moved in places))
    expr = with_bounds_apart(_within(expr, provided))  # |r_i| < delta is said of each r_i in sight
    search = _Search(replace(given, needs=needs))
    try:
        return search.everywhere(expr, search.ranges_of(expr), goal(search))
    except (TooManyError, PolynomialError, TypeError):
        return False


def with_branches_outermost(expr: Expr, reduce_: Reduce) -> Expr:
    """The normal form in which what branches is an entry like any other, and each sum over an index
    of a branch stands outside the sums over other indices.
    """
    names: Names = {}
    expr = expr.replace(Piecewise, lambda *branches: _by_deltas(branches, reduce_))
    form = _with_names(expr, (Piecewise, Abs, sign), names)
    if hides_gaps(form):
        return expr
    form = reduce_(form)
    bases = {name.head.base for name in names.values() if isinstance(name.head, Indexed)}
    sums = {s: _nested(s, bases) for s in form.atoms(Sum) if len(s.limits) > 1}
    return unfold(form.xreplace(sums), tuple(names.values()))


def _by_deltas(branches: tuple[Tuple, ...], reduce_: Reduce) -> Expr:
    """Piecewise((d a + b, p), (d c, True)) = d Piecewise((a, p), (c, True)) + Piecewise((b, p),
    (0, True)): a sum has a value if all its terms have, and 0 is d 0.
    """
    groups: dict[Expr, list[Expr]] = {}
    for at, (value, _) in enumerate(branches):
        for term in Add.make_args(reduce_(value) if value.has(KroneckerDelta) else value):
            deltas = Mul(*(f for f in Mul.make_args(term) if isinstance(f, KroneckerDelta)))
            groups.setdefault(deltas, [Integer(0)] * len(branches))[at] += term / deltas
    conditions = [condition for _, condition in branches]
    return Add(*(d * Piecewise(*zip(v, conditions, strict=True)) for d, v in groups.items()))


def _with_names(expr: Basic, kinds: tuple[type[Basic], ...], names: Names) -> Basic:
    """The expression with a name, an entry if it has indices, for each part of these kinds."""
    if isinstance(expr, kinds):
        if expr not in names:
            places = tuple(sorted(places_of(expr), key=str))
            label = Dummy("part", real=True)
            shape = tuple(place.upper for place in places)
            head = IndexedBase(label, shape=shape)[places] if places else label
            names[expr] = Definition(head, expr)
        return names[expr].head
    if not expr.args or isinstance(expr, (Indexed, Idx)):
        return expr
    return expr.func(*(_with_names(part, kinds, names) for part in expr.args))


def _nested(total: Sum, bases: set[IndexedBase]) -> Expr:
    """The sum with the indices of certain arrays outside, and those of all others inside."""
    entries = [entry for entry in total.function.atoms(Indexed) if entry.base in bases]
    outer = [limit for limit in total.limits if any(limit[0] in e.indices for e in entries)]
    inner = [limit for limit in total.limits if limit not in outer]
    if not outer or not inner or total.ends_have(*total.variables):
        return total
    factors = Mul.make_args(total.function)
    summed = [factor_ for factor_ in factors if factor_.has(*(k for k, *_ in inner))]
    shared = [factor_ for factor_ in factors if factor_ not in summed]
    return Sum(Mul(*shared, Sum(Mul(*summed), *inner)), *outer)


def _within(expr: Expr, condition: Boolean) -> Expr:
    """The expression where the condition holds, and a mark elsewhere.

    SymPy 1.14 moves a branch inside a sum inside a condition out of that sum, whose index is then
    free; such a condition is left away, and more is asked than need be.
    """
    if condition == true or any(total.has(*BRANCHES) for total in condition.atoms(Sum)):
        return expr
    return Piecewise((expr, condition), (OUTSIDE, True))


def _needs_in_sight(need: Need, expr: Expr, fixed: frozenset[Idx]) -> Iterator[Need]:
    """A need; if it is one of every entry, then of each entry in sight."""
    parts = Tuple(need.quantity, *need.where)
    for moved in _places_in_sight(parts, places_of(parts) - fixed, expr):
        yield need.at(moved)


def _places_in_sight(statement: Basic, general: frozenset[Idx], expr: Expr) -> Iterator[Values]:
    """What holds for every value of general indices holds for the indices that an entry has in the
    expression, if they have the same range, no sum binds them, and all else of the entry agrees;
    of a sum's own entries none does, and it holds for all that have the same range. Without general
    indices it holds as it stands.
    """
    is_found = False
    bound = {index for inner in expr.atoms(Sum, SquareMatrix) for index in inner.variables}
    in_sight = expr.atoms(Indexed)
    for entry in statement.atoms(Indexed):
        if not general or not general <= set(entry.indices):
            continue
        for used in in_sight:
            moved: Values = {}
            if used.base == entry.base and not used.free_symbols & bound:
                for place, seen in zip(entry.indices, used.indices, strict=True):
                    is_alike = type(seen) is type(place) is Idx and seen.args[1:] == place.args[1:]
                    if place in general and is_alike and moved.get(place, seen) == seen:
                        moved[place] = seen
                    elif place != seen:
                        break
                else:
                    is_found = True
                    yield moved
    if not is_found:
        among = [[p for p in places_of(expr) if p.args[1:] == g.args[1:]] for g in general]
        for places in islice(product(*among), MOST_PLACES):
            yield dict(zip(general, places, strict=True))


def _with_opaque_parts_named(expr: Expr, reduce_: Reduce) -> Expr:
    """The expression with names for what a point's values do not settle part by part: derivatives
    that are left when they have been carried out, integrals and expectations.
    """
    carried_out = at_points(expr, lambda e: reduce_(e) if isinstance(e, Derivative) else e)
    return _with_names(carried_out, (Derivative, Integral, Expectation), {})


# --- regions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Region:
    """What is known: factors with the sign that each has, `AT_LEAST_ZERO` where that is all."""

    signs: tuple[tuple[Expr, int], ...] = ()

    def where(self, factor_: Expr, sign_: int) -> _Region:
        return _Region((*self.signs, (factor_, sign_)))

    @cache  # noqa: B019 - regions are few, and each is asked about many times
    def is_possible(self) -> bool:
        """Whether linear arithmetic leaves a point; monomials are free but for known signs."""
        rows = [(_coefficients(factor_), sign_) for factor_, sign_ in self.signs]
        monomials = dict.fromkeys(m for terms, _ in rows for m in terms if m != 1)
        for m in monomials:
            signs = (1, m.is_nonnegative, m.is_positive), (-1, m.is_nonpositive, m.is_negative)
            rows += [({m: s}, 1 if more else AT_LEAST_ZERO) for s, is_so, more in signs if is_so]
            rows += [({m: -1, 1: 1}, AT_LEAST_ZERO)] * isinstance(m, _AtMostOne)
        constraints: list[Constraint] = []
        for terms, sign_ in rows:
            scale = lcm(*(int(c.denominator) for c in terms.values()))
            numbers = tuple(int(terms.get(m, 0) * scale) for m in (*monomials, Integer(1)))
            if sign_ in (1, 0, AT_LEAST_ZERO):
                constraints.append((numbers, sign_ == 1))
            if sign_ in (-1, 0):
                constraints.append((tuple(-number for number in numbers), sign_ == -1))
        return not constraints or feasible(frozenset(constraints))


@cache
def _coefficients(polynomial: Expr) -> dict[Expr, Rational]:
    """Of each monomial of a polynomial its coefficient."""
    poly = Poly(polynomial, *sorted(polynomial.free_symbols, key=str))
    return {
        reduce(mul, (g**e for g, e in zip(poly.gens, powers, strict=True)), Integer(1)): c
        for powers, c in poly.terms()
    }


class _AtMostOne(Dummy):
    """A name for a quantity that never exceeds 1."""


Goal = Callable[[Expr, _Region], "bool | Expr"]
"""Whether it is reached by a decided expression in a region, or a factor whose sign it asks for."""


class _Search:
    """A walk through the regions that remembers which atoms stand for which names."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.names: dict[Expr, Dummy] = {}
        self.factors: dict[Expr, tuple[int, Powers]] = {}
        self.visited = 0

    def everywhere(self, expr: Expr, region: _Region, goal: Goal) -> bool:
        """Whether the goal is reached in every part of a region where the needs hold."""
        self.visited += 1
        if self.visited > MOST_REGIONS:
            raise TooManyError
        try:
            expr, open_factor = self.decided(expr, region)
        except UndefinedHereError:
            return self.lacks_value(region) is True
        if expr == OUTSIDE:
            return True
        if open_factor is None:
            open_factor = self.reached(expr, region, goal) or self.lacks_value(region)
            if isinstance(open_factor, bool):
                return open_factor
        parts = (region.where(open_factor, sign_) for sign_ in (1, 0, -1))
        return all(self.everywhere(expr, part, goal) for part in parts if self.is_possible(part))

    def is_possible(self, region: _Region) -> bool:
        """Whether linear arithmetic leaves a point, and each atom of two numbers one of them."""
        return region.is_possible() and all(values for _, values in self.either(region))

    def lacks_value(self, region: _Region) -> bool | Expr:
        """Whether a need is broken all over the region: nothing is claimed of it then. Where that
        hangs on a condition, a factor whose sign is open.
        """
        broken = [self.is_broken(need, region) for need in self.given.needs]
        return True in broken or next(filter(None, broken), False)

    def is_broken(self, need: Need, region: _Region) -> bool | Expr:
        try:
            conditions = [self.decided(condition, region) for condition in need.where]
            if any(condition == false for condition, _ in conditions):
                return False
            quantity, open_factor = self.decided(need.quantity, region)
            sign_ = open_factor or self.sign_of(quantity, region)
        except UndefinedHereError:
            return False
        if not isinstance(sign_, int) or need.sign.allows(sign_):
            return False
        return next((f or False for condition, f in conditions if condition != true), True)

    def ranges_of(self, expr: Expr) -> _Region:
        """What is known before any branch is decided: that indices stay within their ranges."""
        places = sorted(places_of(expr), key=str)
        distances = (d for place in places for d in (place - place.lower, place.upper - place))
        return _Region(tuple((self.named(expand(d)), AT_LEAST_ZERO) for d in distances))

    # --- goals

    def reached(self, expr: Expr, region: _Region, goal: Goal) -> bool | Expr:
        """The goal, asked of the expression as it stands and with the region's equalities."""
        reached, here = goal(expr, region), expr
        for atom, value in self.equalities(region) if reached is not True else ():
            here = substitute(here, {atom: value})
        is_other = here != expr and not is_undefined(here)
        return (is_other and goal(here, region) is True) or reached

    def sign_question(self, wanted: Sign) -> Goal:
        """The goal that a quantity has a sign."""

        def goal(expr: Expr, region: _Region) -> bool | Expr:
            if hides_gaps(expr):
                return False
            if _is_certain(expr, wanted):
                return True
            with suppress(UndefinedHereError):
                found = self.sign_of(expr, region)
                return found if isinstance(found, Expr) else wanted.allows(found)
            return False

        return goal

    # --- decisions

    def decided(self, expr: Basic, region: _Region) -> tuple[Basic, Expr | None]:
        """The expression with the branches that the region decides, and a factor that is open."""
        for _ in range(MOST_REGIONS):
            values, open_factor, undefined = self.signs_in(expr, region)
            settled = _settled(expr, values)
            if settled == expr:
                if undefined and undefined.intersection(_evaluated(expr)):
                    raise UndefinedHereError
                return expr, open_factor
            expr = settled
        raise TooManyError

    def signs_in(self, expr: Basic, region: _Region) -> tuple[Values, Expr | None, set[Basic]]:
        """What the region decides of the innermost branches, a factor that is open, and those of
        them that have no value: they may yet turn out to be in a branch that is not taken.
        """
        values: Values = {}
        open_factor, undefined = None, set()
        for part in _innermost_branches(expr):
            try:
                sign_ = self.sign_of(_questioned(part), region)
            except UndefinedHereError:
                undefined.add(part)
                continue
            if isinstance(sign_, Expr):
                open_factor = open_factor or sign_
            else:
                values[part] = _value(part, sign_)
        return values, open_factor, undefined

    def sign_of(self, question: Expr, region: _Region) -> int | Expr:
        """The sign of a quotient of polynomials, or a factor of it whose sign is open."""
        result, factors = self.factored(question)
        known = dict(region.signs)
        for factor_, power in factors:
            possible = [known.get(factor_, AT_LEAST_ZERO)]
            if possible == [AT_LEAST_ZERO]:
                possible = [s for s in (1, 0, -1) if region.where(factor_, s).is_possible()]
            if len(possible) > 1:
                return factor_
            if not possible or (possible == [0] and power < 0):
                raise UndefinedHereError
            result *= possible[0] ** abs(power)
        return result

    def factored(self, question: Expr) -> tuple[int, Powers]:
        """The sign of a quotient's coefficient, and its factors with their powers."""
        if question not in self.factors:
            form = self.given.reduce(question)
            if is_undefined(form):
                raise UndefinedHereError
            parts = fraction(together(self.named(form)))
            lists = [factor_list(part) if part.free_symbols else (part, []) for part in parts]
            (above, numerator), (below, denominator) = lists
            powers = [(factor_, int(power)) for factor_, power in numerator]
            powers += [(factor_, -int(power)) for factor_, power in denominator]
            self.factors[question] = self.with_exponents(int(sign(above) * sign(below)), powers)
        return self.factors[question]

    def with_exponents(self, coefficient: int, powers: Powers) -> tuple[int, Powers]:
        """The same with u in place of e^u - 1, which has its sign."""
        exponents = {name - 1: e.args[0] for e, name in self.names.items() if isinstance(e, exp)}
        result: Powers = []
        for factor_, power in powers:
            is_own = factor_ not in exponents
            own, factors = (1, [(factor_, 1)]) if is_own else self.factored(exponents[factor_])
            coefficient *= own ** abs(power)
            result += [(inner, inner_power * power) for inner, inner_power in factors]
        return coefficient, result

    def named(self, expr: Expr) -> Expr:
        """Polynomials need names for sums, entries and functions."""
        if isinstance(expr, Symbol) or expr.is_Rational:
            return expr
        if expr.is_Add or expr.is_Mul or (expr.is_Pow and expr.exp.is_Integer):
            return expr.func(*map(self.named, expr.args))
        if expr not in self.names:
            is_root = expr.is_Pow and expr.exp.is_Rational  # never negative where it has a value
            never_negative = is_root or expr.is_nonnegative
            is_positive = expr.is_positive or (is_root and expr.exp.is_negative)
            sign_ = "positive" if is_positive else "nonnegative" if never_negative else "real"
            below = expr.is_nonpositive and {"nonpositive": True, "negative": expr.is_negative}
            kind = _AtMostOne if _is_at_most_one(expr) else Dummy
            self.names[expr] = kind(str(expr), **(below or {sign_: True}))
        return self.names[expr]

    def either(self, region: _Region) -> Iterator[tuple[Expr, list[Expr]]]:
        """Of each atom that is one of two numbers by what is known, which it may be."""
        for atom, name in self.names.items():
            own = {f: s for f, s in region.signs if f.free_symbols == {name} and abs(s) <= 1}
            for pair in ((Integer(0), Integer(1)), (Integer(-1), Integer(1))) if own else ():
                if self.given.is_zero((atom - pair[0]) * (atom - pair[1])):
                    yield atom, [v for v in pair if own == {f: sign(f.subs(name, v)) for f in own}]

    def equalities(self, region: _Region) -> Iterator[tuple[Expr, Expr]]:
        """For each factor that is 0 in the region, a symbol or entry and what it is there."""
        original = {name: atom for atom, name in self.names.items()}
        yield from ((atom, *values) for atom, values in self.either(region) if len(values) == 1)
        for factor_ in (factor_ for factor_, sign_ in region.signs if sign_ == 0):
            for name in sorted(factor_.free_symbols, key=str):
                atom, slope = original.get(name, name), factor_.diff(name)
                if isinstance(atom, Indexed | Symbol | Idx) and slope.is_Rational:
                    value = (name - factor_ / slope).expand().xreplace(original)
                    kind = Idx if isinstance(atom, Idx) else Expr
                    if isinstance(value, kind) and (value.is_integer or not atom.is_integer):
                        yield atom, value
                        break


# --- settling ------------------------------------------------------------------------------------


def is_undefined(expr: Basic) -> bool:
    """Whether infinity or 0/0 stands in the expression; a sequence without end does not count."""
    parts = () if isinstance(expr, Indexed) else expr.args
    return expr in UNDEFINED or any(map(is_undefined, parts))


def _settled(expr: Basic, values: Values) -> Basic:
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


def _settled_branches(expr: Piecewise, values: Values) -> Basic:
    open_: list[tuple[Basic, Basic]] = []
    for value, condition in expr.args:
        settle = _settled_if_defined if open_ else _settled
        condition = settle(condition, values)
        if condition == false:
            continue
        open_.append((settle(value, values) if condition == true else value, condition))
        if condition == true:
            break
    if not open_:  # no branch is taken
        raise UndefinedHereError
    return Piecewise(*((_settled_if_defined(value, values), c) for value, c in open_))


def _settled_if_defined(expr: Basic, values: Values) -> Basic:
    with suppress(UndefinedHereError):
        return _settled(expr, values)
    return expr


def _evaluated(expr: Basic) -> Iterator[Basic]:
    """The parts that a value needs, whichever of the open branches is taken."""
    yield expr
    for part in (expr.args[0].cond,) if isinstance(expr, Piecewise) else expr.args:
        yield from _evaluated(part)


@cache
def _is_certain(expr: Expr, wanted: Sign) -> bool:
    """Whether some form of an expression shows its sign; many regions share one."""
    return any(wanted.is_certain(form(expr)) for form in (lambda e: e, expand, factor))


@cache
def _innermost_branches(expr: Basic) -> list[Basic]:
    """Branches with none inside, the simplest first; many regions share an expression. No one sign
    holds of what has an index that belongs to a sum inside.
    """
    bound = {index for inner in expr.atoms(Sum, SquareMatrix) for index in inner.variables}
    return [
        part
        for part in sorted(expr.atoms(*BRANCHING), key=lambda part: (part.count_ops(), str(part)))
        if not any(map(_has_branches, part.args))
        and not isinstance(part, BooleanAtom)
        and part.free_symbols.isdisjoint(bound)
        and not hides_gaps(part)
    ]


def _has_branches(expr: Basic) -> bool:
    """Whether a part branches, but for those of matrices: a determinant is one number."""
    is_matrix = isinstance(expr, SquareMatrix)
    return isinstance(expr, BRANCHES) or (not is_matrix and any(map(_has_branches, expr.args)))


def has_branches_below(expr: Expr) -> bool:
    """Whether a divisor has branches, which to multiply out takes long."""
    return any(p.exp.is_negative and p.base.has(Piecewise) for p in expr.atoms(Pow))


def _questioned(part: Basic) -> Expr:
    """The quantity whose sign decides the part."""
    is_pair = isinstance(part, Relational | KroneckerDelta)
    return part.args[0] - part.args[1] + _step(part) if is_pair else part.args[0]


def _step(part: Basic) -> int:
    """1 for i - j >= 1 and -1 for i - j <= -1, which for whole numbers say i - j > 0 and < 0."""
    step, difference = {Ge: 1, Le: -1}.get(part.func, 0), part.args[0] - part.args[1]
    return step if difference.is_integer and difference.as_coeff_Add()[0] == -step else 0


def _value(part: Basic, sign_: int) -> Basic:
    """What the part is when the quantity in question has the given sign."""
    if isinstance(part, Relational):
        return part.func(sign_, _step(part))
    if isinstance(part, KroneckerDelta):
        return Integer(sign_ == 0)
    return sign_ * part.args[0] if isinstance(part, Abs) else Integer(sign_)


def _is_at_most_one(expr: Expr) -> bool:
    """Whether a function never exceeds 1: an indicator, or e to a power that is not positive."""
    if isinstance(expr, Piecewise):
        return all(value.is_number and value <= 1 for value, _ in expr.args)
    is_small_power = isinstance(expr, exp) and bool(expr.args[0].is_nonpositive)
    return isinstance(expr, KroneckerDelta) or is_small_power
