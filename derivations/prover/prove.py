"""Prove that two expressions are equal, or that one is at least the other, for every size.

*Proved* is said only because rules reduce a difference to nothing or show its sign, *refuted* only
because of a point, given with the verdict, where the two sides have values that break the relation;
all else is *undecided*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial, reduce
from itertools import starmap
from operator import methodcaller

from sympy import (
    And,
    Derivative,
    Dummy,
    Expr,
    Gt,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Lt,
    S,
    Symbol,
    exp,
    expand_trig,
    true,
)
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.simplify.fu import TR2

from derivations.notation import places_of, substitute, with_range
from derivations.prover.facts import NOTHING, Assuming, Definition, OneHot, unfold, unfolded
from derivations.prover.kinks import has_kinks
from derivations.prover.needs import Need, Sign, hides_gaps, needs_of
from derivations.prover.normal_form import is_zero, normal_form
from derivations.prover.points.counterexamples import find_counterexample
from derivations.prover.points.drawing import POINTS_DRAWN, has_value_at, points_of
from derivations.prover.proof import (
    Proof,
    Scope,
    mapped,
    proved,
    refuted,
    symbols_of,
    undecided,
)
from derivations.prover.regions import (
    MOST_PLACES,
    Given,
    has_branches_below,
    has_sign,
    meets,
    vanishes,
)
from derivations.prover.sizes import Statement, generalised

SIGNS = {"=": None, ">=": Sign.NONNEGATIVE, ">": Sign.POSITIVE}
"""The sign of the difference that a relation asks for, the larger side first."""


def prove(
    left: Expr,
    right: Expr,
    assuming: Assuming = NOTHING,
    relation: str = "=",
    needs: tuple[Need, ...] = (),
) -> Proof:
    """Prove or refute a relation of two scalar expressions in index notation, for all sizes.

    `needs` are those of the left side that it no longer shows. Raises `TypeError` for a matrix
    (compare its entries instead) and `ValueError` for an unknown relation.
    """
    for side in (left, right):
        if not isinstance(side, Expr) or getattr(side, "is_Matrix", False):
            raise TypeError(f"prove: expected a scalar expression, got {type(side).__name__}")
    if relation in ("<", "<="):
        left, right, relation = right, left, relation.replace("<", ">")
    if relation not in SIGNS:
        raise ValueError(f"relation: expected one of =, >=, >, <=, <, got {relation!r}")
    statement = (left, right, assuming, needs)
    return proved_for_every_size(statement, relation) or _settled(statement, relation)


def proved_for_every_size(statement: Statement, relation: str = "=") -> Proof | None:
    """The proof of a statement with sizes in numbers, by that of one with names of which it is an
    instance; None without.
    """
    for general, numbers in generalised(statement):
        proof, put_in = _settled(general, relation), methodcaller("xreplace", numbers)
        if proof.holds and mapped(general, put_in) == statement:
            scope = replace(proof.scope, symbols=proof.scope.symbols - numbers.keys())
            return replace(proof, scope=mapped(scope, put_in))
    return None


def _settled(statement: Statement, relation: str) -> Proof:
    """The verdict on a statement as it is."""
    left, right, assuming, needs = statement
    sides = unfolded(left, assuming.definitions), unfolded(right, assuming.definitions)
    forgotten = tuple(need.map(lambda e: unfolded(e, assuming.definitions)) for need in needs)
    stated = assuming
    assuming = replace(stated, provided=unfolded(stated.provided, stated.definitions))
    sign = SIGNS[relation]
    # No point imposes a fact on a body.
    tells = {d.name for d in assuming.definitions}.isdisjoint(map(str, assuming.known_of))
    if counterexample := find_counterexample(*sides, assuming, sign, forgotten):
        return refuted(counterexample) if tells else undecided("no point is known to be inside")
    all_needs = tuple(dict.fromkeys([*forgotten, *(n for side in sides for n in needs_of(side))]))
    points = points_of([*sides], assuming, needs=forgotten)
    if not any(has_value_at(sides, all_needs, point) for point in points):
        return undecided("no point found where both sides have values")
    both = And(stated.provided, assuming.provided)
    given = _given(replace(assuming, provided=both), (*all_needs, *needs), places_of(left, right))
    differences = _written_in_ways(left - right, sides[0] - sides[1], stated)
    if _hold(differences, sign, given):
        return proved(_scope((left, right, *sides), stated, replace(given, needs=all_needs)))
    more = (*sides, assuming, sign, forgotten, POINTS_DRAWN)  # a kink takes more points to hit
    if tells and (counterexample := find_counterexample(*more)):
        return refuted(counterexample)
    return undecided(f"agrees at {POINTS_DRAWN} points")


def _given(assuming: Assuming, needs: tuple[Need, ...], fixed: frozenset[Idx]) -> Given:
    def reduced(expr: Expr) -> Expr:
        form = normal_form(expr)
        for fact in assuming.facts:
            form = normal_form(fact.rewrite(form))
        return form

    return Given(reduced, cache(partial(is_zero, reduce=reduced)), assuming.provided, needs, fixed)


def _written_in_ways(stated: Expr, written_out: Expr, assuming: Assuming) -> tuple[Expr, ...]:
    """A difference with all abbreviations written out, as it is stated, and with one written out;
    hyperbolic functions as exponentials, and those of angles by sines and cosines of single ones;
    numbers beyond a bound as it and a positive one, those below one as those from 0 to infinity.
    """
    if stated.has(Derivative):  # of an abbreviation, which hides what it depends on
        stated, assuming = written_out, replace(assuming, definitions=())
    ways = [written_out, stated, *(unfold(stated, (d,)) for d in assuming.definitions)]
    powers = {f: f.rewrite(exp, deep=False) for f in written_out.atoms(HyperbolicFunction)}
    ways.append(expand_trig(TR2(written_out.xreplace(powers))))
    for ranges in _other_numbers(assuming, places_of(stated)):
        ways += [unfold(way, ranges) for way in (written_out, stated) if not way.has(Derivative)]
    return tuple(dict.fromkeys(ways))


def _other_numbers(assuming: Assuming, fixed: frozenset[Idx]) -> list[tuple[Definition, ...]]:
    """What a condition says of a number, or of every entry of an array, said by what is assumed of
    another: x = c + p for x > c >= 0; and x = c p/(1 + p) for 0 <= x < c.
    """
    strict = [c for c in And.make_args(assuming.provided) if isinstance(c, Lt | Gt)]
    strict = [c for c in strict if all(_is_told_whole(side, fixed) for side in c.args)]
    above = {c.gts: c.lts for c in strict if c.lts.is_number and c.lts.is_nonnegative}
    below = {c.lts: c.gts for c in strict if c.gts.is_number and c.gts.is_positive}
    beyond = {x: c + _another(x, True) for x, c in above.items()}
    within = {
        x: c * (p := _another(x, x in above or x.is_positive)) / (1 + p)
        for x, c in below.items()
        if x.is_nonnegative
    }
    return [tuple(starmap(Definition, one.items())) for one in (beyond, beyond | within) if one]


def _is_told_whole(side: Expr, fixed: frozenset[Idx]) -> bool:
    """Whether a condition, which holds for every index in it that is not the statement's own, is
    one on all entries of an array, if it is one on an entry. None is used on a whole number.
    """
    if not isinstance(side, Indexed):
        return side.is_number or (isinstance(side, Symbol) and not side.is_integer)
    whole = zip(side.indices, side.base.shape, strict=True)
    return len(set(side.indices)) == len(side.indices) and all(
        isinstance(place, Idx) and place not in fixed and (place.lower, place.upper) == (1, extent)
        for place, extent in whole
    )


def _another(x: Expr, positive: bool | None) -> Expr:
    """A number, or an entry of an array of the same shape, that is positive, or at least 0."""
    name = Dummy("p", nonnegative=True, positive=positive or None)
    return IndexedBase(name, shape=x.base.shape)[x.indices] if isinstance(x, Indexed) else name


def _hold(differences: tuple[Expr, ...], sign: Sign | None, given: Given) -> bool:
    """Whether a difference, written in one of several ways, is what it must be."""
    if sign is not None:
        return any(has_sign(difference, sign, given) for difference in differences)
    proofs: list[Callable[[Expr], bool]] = [given.is_zero, partial(vanishes, given=given)]
    if any(has_branches_below(difference) for difference in differences):
        proofs.reverse()
    if any(proves(difference) for proves in proofs for difference in differences):
        return True
    return any(
        all(given.is_zero(reduce(substitute, case, difference)) for case in cases)
        for difference in differences[:2]
        for cases in _cases(difference, given)
    )


def _cases(difference: Expr, given: Given) -> Iterator[list[tuple[dict, ...]]]:
    """What may be put in, one after the other, for each of some cases that are all there are: time
    0, where sums are empty, and every later time; the first place of an axis that has two or more,
    its last one, and those between; each place of an axis that has a few.
    """
    times = [s for s in symbols_of(difference) if isinstance(s, Symbol) and s.is_positive is None]
    times = [s for s in times if s.is_integer and s.is_nonnegative]
    if len(times) == 1 and hides_gaps(difference):
        later = Dummy("later", integer=True, nonnegative=True) + 1
        yield [({times[0]: at},) for at in (S.Zero, later)]
    for place in given.fixed:
        first, last = place.args[1]
        if first == 1 and last.is_Integer and last <= MOST_PLACES:
            yield [({place: Integer(at)},) for at in range(1, int(last) + 1)]
        elif last.is_Symbol and Need(last - 2, Sign.NONNEGATIVE) in given.needs:
            longer = {last: Dummy("n", integer=True, positive=True) + 1}
            between = with_range(Dummy(integer=True), first + 1, last - 1)
            yield [({place: first}, longer), ({place: last}, longer), ({place: between},)]


def _scope(expressions: tuple[Expr, ...], assuming: Assuming, given: Given) -> Scope:
    """What was proved: for which symbols, under which conditions, and where it is defined."""
    heads = {definition.head for definition in assuming.definitions}
    heads |= {head.base for head in heads if isinstance(head, Indexed)}
    restricted = assuming.provided != true and not assuming.eventually
    conditions = (assuming.provided,) if restricted else ()
    others = _other_numbers(assuming, given.fixed)

    one_hot = [fact for fact in assuming.facts if isinstance(fact, OneHot)]

    def is_met(need: Need) -> bool:
        at_ones = (replace(need, quantity=fact.at_its_one(need.quantity)) for fact in one_hot)
        in_other_numbers = (need.map(partial(unfold, definitions=one)) for one in others)
        return any(meets(one, given) for one in (need, *in_other_numbers, *at_ones))

    return Scope(
        symbols=symbols_of(*expressions, *conditions) - heads,
        conditions=conditions,
        gaps=tuple(dict.fromkeys(n.simplified() for n in given.needs if not is_met(n))),
        off_kinks=any(map(has_kinks, expressions)),
        facts=assuming.facts,
    )
