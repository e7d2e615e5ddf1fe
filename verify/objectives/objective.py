"""An objective: a function that a person typed, what its names are, and what is assumed of them.

Its derivative in a name is what its definition gives in index notation; a gradient that a person
typed, or that rules wrote in matrix form, is a question about it like those of the claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle, product

from lark import Tree
from sympy import (
    Abs,
    Add,
    And,
    Basic,
    Derivative,
    DiracDelta,
    Expr,
    Ge,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Le,
    Mul,
    Ne,
    Not,
    Or,
    Piecewise,
    Rational,
    Subs,
    Symbol,
    im,
    re,
    sign,
    true,
)
from sympy.core.facts import InconsistentAssumptions
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from derivations.notation import Sum, differentiated, index, substitute
from derivations.prover.facts import Assuming
from derivations.prover.matrices.inverse import IsLargest
from derivations.prover.needs import Need, Sign, needs_of
from derivations.prover.normal_form import normal_form
from derivations.prover.regions import has_branches_below, with_branches_outermost
from derivations.prover.sizes import named, numbers_of, sizes_in
from verify.grading.question import Question
from verify.language.meaning import Meaning
from verify.language.numpy_text import read_numpy
from verify.language.tensor import ONE, ZERO, axis_of, written
from verify.language.vocabulary import Quantity, Vocabulary
from verify.numerics.domain import Domain, Draw, HardRow, normal, scaled
from verify.objectives.assumptions import Assumption, assumptions_in
from verify.objectives.shapes import Reading, Shapes, read_with_shapes

PLACES = "ijklpqrs"
SIZES_TRIED = ((2, 3, 4, 2, 3, 4, 2), (3, 2, 2, 3, 1, 2, 3), (1,), (3,))
"""The sizes at which points are drawn: of the first size, the second, and so on, in turn."""
FAR, FARTHEST = Rational(3, 2), 100
"""A border such as x = 6 that is farther than FAR is seldom crossed by what is drawn around 0."""
NAMES_OF_ORDERS = {1: "gradient", 2: "Hessian"}


class ObjectiveError(ValueError):
    """A question about an objective that cannot be asked; its message says why."""


@dataclass(frozen=True, eq=False)
class Objective:
    """A function of names with shapes, under assumptions."""

    reading: Reading
    assumptions: tuple[Assumption, ...] = ()
    of_free_entries: Mapping[str, Reading] = field(default_factory=dict)
    """The same without the signs that a fact has of a name: its entries vary as if they were free,
    and |Y| has a kink at 0, where an entry that is 0 or 1 may be.
    """

    @property
    def vocabulary(self) -> Vocabulary:
        """The names of the objective."""
        return self.reading.vocabulary

    def question(self, wrt: str, order: int = 1, name: str = "") -> Question:
        """The derivative in a name, as a question; raises `ObjectiveError`.

        Its entry has the axes of the function, then those of the name, once for each order.
        """
        function, places = self.reading.function.number, tuple(self._places_of(wrt, order))
        variable = self._quantity(wrt).symbol
        kinks = tuple(dict.fromkeys([*_kinks(function.entry, variable), *self._free_kinks(wrt)]))
        _, right = self.derivative(wrt, order)
        if right.has(Derivative, Subs, re, im, DiracDelta):
            raise ObjectiveError(f"the derivative in {wrt} is beyond the rules that are known here")
        required = (*function.needs, *needs_of(right))
        right = min(right, *_in_normal_forms(right), key=_length)
        what = NAMES_OF_ORDERS[order] if not function.ndim else "derivative"
        return Question(
            name or f"d/d{wrt}",
            right,
            places,
            self._with_places(places),
            self.domain,
            Assuming((), tuple(self._facts()), self._provided(len(places))),
            f"the {what} in {wrt}",
            required=required,
            kinks=(*kinks, *self._borders(wrt), *_ends(function.needs, variable)),
            crossings=tuple(self._crossing(kink, wrt, order) for kink in kinks),
            signed=frozenset(self._signed()),
            why_shape=self._why_shape(wrt),
            wrt=wrt,
        )

    def derivative(self, wrt: str, order: int = 1) -> tuple[Expr, Expr]:
        """The derivative in a name at the question's places: as a definition, and by rules.

        The definition is the derivative of the function, or of its gradient for order 2.
        """
        function, quantity = self.reading.function.number, self._quantity(wrt)
        at = self._places_of(wrt, order)
        right: Basic = function.at(*(next(at) for _ in function.shape))
        for _ in range(order):
            variable = self._entry(wrt, tuple(next(at) for _ in quantity.shape))
            definition = Derivative(right, variable)
            right = differentiated(right, variable).replace(DiracDelta, lambda *_: ZERO)
        return definition, right

    @property
    def arguments(self) -> dict[str, tuple[Expr, ...]]:
        """The shape of each name that a function of them takes, sizes that no shape shows last."""
        shapes = {name: tuple(q.shape) for name, q in self.vocabulary.quantities.items()}
        shown = {str(size) for shape in shapes.values() for size in shape}
        return shapes | {name: () for name in self.vocabulary.sizes if name not in shown}

    @property
    def matrix_facts(self) -> dict[str, set[str]]:
        """What matrix rules may use of each name, of `verify.differentiation.nodes.FACTS`."""
        facts: dict[str, set[str]] = {}
        for one in self.assumptions:
            if one.kind and one.kind.in_matrices:
                facts.setdefault(one.name, set()).add(one.kind.in_matrices)
            if one.signs.get("positive"):
                facts.setdefault(one.name, set()).add("positive")
        return facts

    @cached_property
    def domain(self) -> Domain:
        """Points that meet the assumptions, over several sizes."""
        quantities = self.vocabulary.quantities
        draw = {name: normal() for name in quantities}
        draw |= {a.name: a.draw for a in self.assumptions if a.name in quantities}
        names = list(self.vocabulary.sizes)
        sizes = [dict(zip(names, cycle(values), strict=False)) for values in SIZES_TRIED]
        sizes = [one for one in _distinct(sizes) if self._allows(one)] or [
            one for one in _all_sizes(names) if self._allows(one)
        ][:3]
        if not sizes:
            raise ObjectiveError("no sizes up to 4 meet what is assumed")
        shapes = {name: tuple(map(str, q.shape)) for name, q in quantities.items()}
        return Domain(shapes, draw, tuple(sizes), tuple(self._beyond_borders(draw, sizes)))

    def _beyond_borders(
        self, draw: Mapping[str, Draw], sizes: list[dict[str, int]]
    ) -> Iterator[HardRow]:
        """Points on both sides of a border far from 0, as x = 6 is for minimum(x, 6)."""
        farthest = max(_borders_in(self.reading.function.number.entry), default=0)
        bounded = {a.name for a in self.assumptions if a.kind is None or a.kind.fact}
        free = [name for name in draw if name not in bounded]
        if FAR < farthest <= FARTHEST and free:
            far = {name: scaled(draw[name], float(FAR * farthest)) for name in free}
            yield from (HardRow("far", one, far) for one in sizes)

    def _quantity(self, wrt: str) -> Quantity:
        if wrt not in self.vocabulary.quantities:
            known = ", ".join(self.vocabulary.quantities) or "none"
            raise ObjectiveError(f"--wrt {wrt}: expected a name of the function: {known}")
        return self.vocabulary.quantities[wrt]

    def _why_shape(self, wrt: str) -> str:
        """Of a function that each entry has for itself: that a name is read as an array."""
        function, quantity = self.reading.function.number, self._quantity(wrt)
        if not quantity.shape or function.shape != quantity.shape:
            return ""
        entries = [one for one in function.entry.atoms(Indexed) if one.base == quantity.symbol]
        if [one.indices for one in entries] != [function.axes] or function.entry.has(Sum):
            return ""
        return f", as {wrt} is {written(quantity.shape)}; with shapes '{wrt}:' it is a number"

    def _places_of(self, wrt: str, order: int) -> Iterator[Idx]:
        """The axes of the function, then those of the name, once for each order."""
        if order not in NAMES_OF_ORDERS:
            raise ObjectiveError(f"order: expected 1 or 2, got {order}")
        shape = self._quantity(wrt).shape
        return self._places([*self.reading.function.number.shape, *list(shape) * order])

    def _crossing(self, kink: Need, wrt: str, order: int) -> Need:
        """The kink, but where its quantity does not change with the entry that is asked for: |s x|
        is 0 around every x at s = 0, and relu(relu(x)) around -1, and neither has a kink there.
        """
        at, rank = self._places_of(wrt, order), len(self._quantity(wrt).shape)
        slopes: Expr = Integer(1)
        for _ in self.reading.function.number.shape:
            next(at)
        for _ in range(order):
            entry = self._entry(wrt, tuple(next(at) for _ in range(rank)))
            slopes *= differentiated(kink.quantity, entry).replace(DiracDelta, lambda *_: ZERO)
        slopes = normal_form(slopes)
        return kink if slopes.is_nonzero else kink.guarded(Ne(slopes, 0))

    def _entry(self, wrt: str, places: tuple[Idx, ...]) -> Symbol | Indexed:
        """The entry of a name at places; an axis of one entry has the first alone."""
        symbol = self._quantity(wrt).symbol
        return symbol[[ONE if k.upper == 1 else k for k in places]] if places else symbol

    def _places(self, extents: list[Expr]) -> Iterator[Idx]:
        taken = {*self.vocabulary.quantities, *self.vocabulary.sizes}
        letters = [letter for letter in PLACES if letter not in taken]
        letters += [f"i{number}" for number in range(1, 20) if f"i{number}" not in taken]
        return (index(letter, extent) for letter, extent in zip(letters, extents, strict=False))

    def _with_places(self, places: tuple[Idx, ...]) -> Vocabulary:
        indices = {str(place.label): place for place in places}
        return Vocabulary(self.vocabulary.quantities, self.vocabulary.sizes, indices)

    def _free_kinks(self, wrt: str) -> Iterator[Need]:
        if wrt in self.of_free_entries:
            reading = self.of_free_entries[wrt]
            free, own = (r.vocabulary.quantities[wrt].symbol for r in (reading, self.reading))
            for kink in _kinks(reading.function.number.entry, free):
                yield kink.at({free: own})

    def _borders(self, wrt: str) -> Iterator[Need]:
        """Where a name is at the bound that it may be at, and a derivative has one side alone."""
        symbol = self._quantity(wrt).symbol
        at = _places_in(symbol)
        for one in self.assumptions:
            bounds = {"nonnegative", "nonpositive"} & one.signs.keys()
            if one.name == wrt and bounds and not (one.kind and one.kind.fact):
                yield Need(symbol[at] if at else symbol, Sign.NONZERO)
        for relation in self._provided().atoms(Ge, Le):
            if relation.has(symbol):
                yield Need(relation.lhs - relation.rhs, Sign.NONZERO)

    def _signed(self) -> Iterator[Symbol | IndexedBase]:
        for assumption in self.assumptions:
            if assumption.signs and assumption.name in self.vocabulary.quantities:
                yield self.vocabulary.quantities[assumption.name].symbol

    def _facts(self) -> Iterator:
        for assumption in self.assumptions:
            if assumption.kind and assumption.kind.fact:
                yield assumption.kind.fact(self.vocabulary.quantities[assumption.name].symbol)

    def _provided(self, places: int = 0) -> Basic:
        """The conditions, for every value of indices that come after so many."""
        conditions = []
        for assumption in self.assumptions:
            if assumption.is_condition or assumption.name in self.vocabulary.sizes:
                conditions.append(self._condition(assumption.words))
                continue
            quantity = self.vocabulary.quantities[assumption.name]
            extents = [Integer(1)] * places + list(quantity.shape)
            at = tuple(self._places(extents))[places:]
            conditions.append(assumption.condition(quantity.symbol, at))
        return And(*conditions)

    def _condition(self, words: str) -> Basic:
        try:
            return Meaning(self.vocabulary).of(read_numpy(words)).entry
        except ValueError as error:
            raise ObjectiveError(f"{words!r}: {error}") from None

    def _allows(self, sizes: Mapping[str, int]) -> bool:
        """Whether the conditions on sizes alone hold."""
        values = {self.vocabulary.sizes[name]: Integer(value) for name, value in sizes.items()}
        conditions = And.make_args(self._provided())
        on_sizes = [c for c in conditions if c.free_symbols and c.free_symbols <= values.keys()]
        return all(substitute(condition, values) == true for condition in on_sizes)


def objective(
    function: str | Tree, shapes: Shapes | None = None, assume: tuple[str, ...] | str = ()
) -> Objective:
    """The objective that a text means; raises `ValueError`, whose message says what is wrong."""
    tree = function if isinstance(function, Tree) else read_numpy(function)
    texts = (assume,) if isinstance(assume, str) else assume
    assumptions = tuple(one for text in texts for one in assumptions_in(text))
    signs: dict[str, dict[str, bool]] = {}
    for one in assumptions:
        if one.name:
            signs[one.name] = {**signs.get(one.name, {}), **one.signs}
    kinds = {one.name: one.kind for one in assumptions if one.kind and one.kind.fact}
    free = [name for name, kind in kinds.items() if "nonnegative" in kind.signs]
    try:
        reading, *others = (
            read_with_shapes(tree, shapes or {}, {n: signs[n] for n in signs if n != name})
            for name in ("", *free)
        )
    except InconsistentAssumptions:
        raise ObjectiveError(f"{', '.join(texts)!r}: nothing can be all of that") from None
    known = reading.vocabulary
    for name in shapes or {}:
        if name not in known.names:
            raise ObjectiveError(f"shapes: the function has no {name}")
    for one in assumptions:
        if one.name and one.name not in known.names:
            raise ObjectiveError(f"{one.words!r}: the function has no {one.name}")
        rank = len(known.quantities[one.name].shape) if one.name in known.quantities else 0
        if one.kind and rank not in one.kind.axes:
            wanted = " or ".join(
                ("a number", "a vector", "a matrix")[axes] for axes in one.kind.axes
            )
            raise ObjectiveError(f"{one.words!r}: expected {wanted}")
    return Objective(reading, assumptions, dict(zip(free, others, strict=True)))


def _length(expr: Expr) -> tuple[int, int]:
    """How many branches hide a Kronecker delta from a sum over it, and how many operations there
    are, where a delta counts for three.
    """
    hidden = sum(part.has(KroneckerDelta) for part in expr.atoms(Piecewise))
    return hidden, expr.count_ops() + 2 * expr.count(KroneckerDelta)


def _in_normal_forms(expr: Expr) -> Iterator[Expr]:
    """Forms in which a sum over a Kronecker delta is one term, and no sum is written out: with
    branches outermost, and multiplied out, unless a divisor has branches.
    """
    sizes = sizes_in(expr)
    whole, numbers = named(expr, sizes), numbers_of(sizes)
    yield with_branches_outermost(whole, normal_form).xreplace(numbers)
    if not has_branches_below(expr):
        yield normal_form(whole).xreplace(numbers)


def _kinks(expr: Basic, variable: Symbol | IndexedBase) -> Iterator[Need]:
    """Where branches meet, in whose quantities the variable is: there is no derivative there."""
    meetings = dict.fromkeys(_meetings(expr, true))
    return (_where_not_flat(kink) for kink in meetings if kink.quantity.has(variable))


def _meetings(expr: Basic, taken: Boolean) -> Iterator[Need]:
    """The quantities that are not 0 off the points where branches meet, each where it is `taken`:
    where it is not, and not at the border of where it is, the branch that has it says nothing.
    """
    if isinstance(expr, Piecewise):
        for value, condition in expr.args:
            yield from _meetings_in(condition, taken)
            yield from _meetings(value, taken & condition)
            taken &= Not(condition)
        return
    if isinstance(expr, Abs | sign):
        yield _where(taken, expr.args[0])
    for part in expr.args:
        yield from _meetings(part, taken)


def _meetings_in(condition: Boolean, taken: Boolean) -> Iterator[Need]:
    """The same of a condition, which changes where its quantity is 0, or where that jumps: |x| is
    no kink in |x| < 1.
    """
    for relation in condition.atoms(Relational):
        if isinstance(relation.lhs, IsLargest):  # constant but where none is it alone
            continue
        quantity = relation.lhs - relation.rhs
        yield _where(taken, quantity)
        for part in quantity.atoms(Piecewise, sign):
            yield from _meetings(part, taken)


def _where(taken: Boolean, quantity: Expr) -> Need:
    kink = Need(quantity, Sign.NONZERO)
    return kink if taken == true else kink.guarded(taken)


def _borders_in(expr: Basic) -> Iterator[Expr]:
    """How far from 0 a quantity is where a branch begins: 3 for x/6 + 1/2 > 0."""
    for part in expr.atoms(Piecewise):
        for relation in (r for _, c in part.args for r in c.atoms(Relational)):
            number, rest = (relation.lhs - relation.rhs).as_coeff_Add()
            slopes = [abs(term.as_coeff_Mul()[0]) for term in Add.make_args(rest)]
            if number and all(slopes):
                yield abs(number) / min(slopes)


def _ends(needs: tuple[Need, ...], variable: Symbol | IndexedBase) -> Iterator[Need]:
    """Where a function ends, as x^(3/2) does at 0: its derivative has one side alone."""
    for need in needs:
        if need.sign is Sign.NONNEGATIVE and need.quantity.has(variable):
            yield _where_not_flat(replace(need, sign=Sign.NONZERO))


def _where_not_flat(kink: Need) -> Need:
    """The kink, but where the quantity is in a branch that is 0: |relu(x)| is smooth around -1, and
    the border of the branch is a kink of its own.
    """
    for factor in Mul.make_args(kink.quantity):
        if isinstance(factor, Piecewise):
            before: list[Basic] = []
            others: list[Basic] = []
            for value, condition in factor.args:
                if value != 0:
                    others.append(And(condition, *map(Not, before)))
                before.append(condition)
            kink = kink if len(others) == len(before) else kink.guarded(Or(*others))
    return kink


def _places_in(variable: Symbol | IndexedBase) -> list[Expr]:
    """A new index for each axis of an array."""
    return [axis_of(extent) or Integer(1) for extent in getattr(variable, "shape", ())]


def _distinct(sizes: list[dict[str, int]]) -> list[dict[str, int]]:
    return [one for place, one in enumerate(sizes) if one not in sizes[:place]]


def _all_sizes(names: list[str]) -> Iterator[dict[str, int]]:
    return (
        dict(zip(names, values, strict=True)) for values in product(range(1, 5), repeat=len(names))
    )
