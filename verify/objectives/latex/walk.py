"""A walk over the tree of an objective in LaTeX: what each node is in NumPy's notation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from lark import Token, Tree

from verify.language.latex.meaning import RELATIONS
from verify.language.latex.text import letter_name
from verify.language.tensor import ShapeError
from verify.language.tree import LOCATION, AnswerSyntaxError, location_of
from verify.objectives.latex import code
from verify.objectives.latex.arrays import (
    COLUMN,
    OWN,
    ROW,
    Array,
    Axis,
    Factor,
    Sizes,
    UnclearError,
)
from verify.objectives.latex.code import Code
from verify.objectives.latex.letters import (
    ORDERS,
    Letters,
    are_indices,
    index_of,
    is_letter,
    joined,
    places_of,
    size_in,
)
from verify.objectives.latex.operations import OPPOSITE, Operations
from verify.objectives.shapes import LETTERS

UNSIZED = re.compile(r"§([^§]+)§")
"""A size whose name is not known yet, in a text."""


@dataclass(frozen=True)
class Translated:
    """A text in NumPy's notation, and shapes of its names; one with a dot has no name yet."""

    text: str
    shapes: dict[str, tuple[str | int, ...]]
    ndim: int = 0


class Range(NamedTuple):
    """Where an index runs: along so many entries, without some at the beginning and the end.

    `length` is another size where there are fewer than that.
    """

    size: str
    length: str
    before: int = 0
    behind: int = 0


def in_numpy(tree: Tree, letters: Letters, ranks: dict[str, int]) -> Translated:
    """What a tree is in NumPy's notation where its letters have so many axes.

    Raises `AnswerSyntaxError` for what has no such notation, `ShapeError` for what does not fit.
    """
    return _Walk(letters, ranks).result(tree)


class _Walk:
    """A walk over a tree whose letters have so many axes; a node's method says what it is."""

    def __init__(self, letters: Letters, ranks: dict[str, int]):
        self.letters, self.ranks = letters, ranks
        self.sizes = Sizes()
        self.do = Operations(self.sizes)
        self.bound: dict[str, Range] = {}
        self.unreached: dict[str, int] = {}
        self.unnamed = 0
        self.names = {letter: letters.name(letter, rank) for letter, rank in ranks.items()}
        for letter, name in self.names.items():
            if ranks.get(name, ranks[letter]) != ranks[letter]:
                raise ShapeError(f"column 1: {name} has not as many axes as {letter}")
            for axis, size in enumerate(letters.shape(letter) or ()):
                self.sizes.unify(f"{name}.{axis}", str(size))

    def result(self, tree: Tree) -> Translated:
        """The text, and the shapes that its letters have in it."""
        array = self.of(tree)
        indices = array.labels - OWN
        if len(indices) > (not array.own):
            raise ShapeError(f"column 1: expected a sum over {', '.join(sorted(indices))}")
        factor = self.do.one(array)
        text = factor.ordered(ROW, COLUMN) if array.own == OWN else factor.code
        named = self._with_sizes(text.text)
        shapes: dict[str, tuple[str | int, ...]] = {}
        for letter, rank in self.ranks.items():
            name = self.names[letter]
            sizes = (self.sizes.of(f"{name}.{axis}") for axis in range(rank))
            shapes[name] = tuple(int(size) if size.isdigit() else size for size in sizes)
        return Translated(named, shapes, len(factor.axes))

    def of(self, tree: Tree) -> Array:
        """What a node is; what goes wrong in it is said with its column."""
        try:
            return getattr(self, str(tree.data))(*tree.children)
        except AnswerSyntaxError:
            raise
        except ShapeError as error:
            said = str(error)
            here = "" if LOCATION.match(said) else f"{location_of(tree)}: "
            raise type(error)(here + said) from None
        except ValueError as error:
            raise AnswerSyntaxError(str(error), location_of(tree)) from None

    # --- letters and numbers

    def number(self, token: Token) -> Array:
        return Array((Factor(Code(str(token))),))

    def fraction(self, digits: Token) -> Array:
        return Array((Factor(Code(digits[0])),), (Code(digits[1]),))

    def name(self, token: Token) -> Array:
        return self.plain(Tree("letter", [token]))

    def plain(self, letter: Tree) -> Array:
        name = letter_name(letter)
        if name == "I":
            return self._unit(None)
        if name in self.bound:
            raise ValueError(f"{name} is an index here, and no array")
        return self._named(name)

    def _named(self, name: str) -> Array:
        """What a name stands for, as it is."""
        if name == "pi" or name in self.letters.sizes:
            return Array((Factor(Code(name)),))
        if name == "e" and self.letters.has_exponential:
            raise ValueError("e is the base of exponentials here, and no name as well")
        return self._whole(name)

    def _whole(self, letter: str) -> Array:
        """An array by itself, its axes its own."""
        name, labels = self.names[letter], (ROW, COLUMN)[: self.ranks[letter]]
        axes = tuple(Axis(label, f"{name}.{axis}") for axis, label in enumerate(labels))
        return Array((Factor(Code(name), axes),))

    def subscripted(self, letter: Tree, subscript: Tree, *more: Token) -> Array:
        """Entries, the column of a row, or a name with a subscript."""
        name, places = letter_name(letter), [*more, *places_of(subscript)]
        if name == "I" and len(places) == 1:
            return self._unit(Tree("letter", [places[0]]))
        if not are_indices(places, self.letters.bound):
            if bound := {index_of(place)[0] for place in places} & self.letters.bound:
                what = f"beside the index {min(bound)} stands what is none: write x_i of a name x"
                raise ValueError(f"{name}_{''.join(map(str, places))}: {what}")
            self._reject_one_entry(name, places)
            return self._named(joined(name, places))
        if name == "pi" or name not in self.letters.uses:
            raise ValueError(f"{name} has no index here")
        if name == "delta" and len(places) == 2 and self.letters.shape(name) is None:
            raise ValueError(r"\delta_{ij} is 1 or 0: write I for its matrix")
        return self._at(self._whole(name), places)

    def _reject_one_entry(self, base: str, places: list[Token]) -> None:
        """z_y beside z_k, or x_1 beside x, is one entry; w_0 beside w is another name."""
        place = str(places[0])
        is_letter_or_digit = self.ranks.get(base) and place != "0" and len(place) == 1
        if is_letter_or_digit or any(place.type == "NEIGHBOUR" for place in places):
            raise ShapeError(f"{base}_{place} is one entry of {base}, and has no name of its own")

    def _at(self, array: Array, places: list[Token]) -> Array:
        """An array at indices: its first axis along the first, and what is left is a column."""
        indices = [index_of(place)[0] for place in places]
        own = [label for label in (ROW, COLUMN) if label in array.own]
        if len(indices) > len(own):
            raise ShapeError(f"too many indices for {array.kind}: {', '.join(indices)}")
        if taken := set(indices) & array.labels:
            raise ShapeError(f"the index {', '.join(sorted(taken))} stands there already")
        if len(set(indices)) < len(indices):
            if len(set(places)) > 1:
                raise ValueError(f"entries beside a diagonal are not read: {', '.join(places)}")
            array, own, indices = self.do.diagonal(array), [ROW], indices[:1]
        for place, index, label in zip(places, indices, own, strict=False):
            if index in self.bound:
                array = self._along(array, label, self.bound[index], place)
            elif index in self.letters.bound or index != place:
                raise ValueError(f"{index} is an index outside its sum")
        return array.relabelled(dict(zip(own, [*indices, ROW], strict=False)))

    def _along(self, array: Array, label: str, range_: Range, place: Token) -> Array:
        """The entries of an axis that a place goes through as its index runs."""
        index, beside = index_of(place)
        first, left_out = range_.before + beside, range_.behind - beside
        if min(first, left_out) < 0:
            raise ValueError(f"{place} is outside the array at an end of the sum over {index}")
        (along,) = (factor for factor in array.factors if label in factor.labels)
        self.unreached[index] = min(left_out, self.unreached[index])
        self.sizes.unify(range_.size, along.axis(label).size)
        if range_.size == range_.length:
            return array
        number = along.labels.index(label)
        axes = tuple(Axis(a, range_.length) if a == label else Axis(a, s) for a, s in along.axes)
        entries = Factor(code.part(along.code, number, first, left_out), axes)
        return replace(array, factors=tuple(entries if f is along else f for f in array.factors))

    def of_sample(self, base: Tree, sample: Token) -> Array:
        """x^{(i)}, the same as x_i."""
        index = Token("LETTER", re.sub(r"\W", "", sample))
        if not are_indices([index], self.letters.bound):
            raise ValueError(f"{index} is an index outside its sum")
        if base.data == "subscripted":
            letter, subscript = base.children
            return self.subscripted(letter, subscript, index)
        if base.data != "plain":
            raise ValueError(f"{sample} belongs to a letter")
        return self.subscripted(base.children[0], Tree("subscript", [index]))

    def part(self, array: Tree, subscript: Tree) -> Array:
        """Entries of what is in brackets."""
        places = places_of(subscript)
        if not are_indices(places, self.letters.bound):
            raise ValueError(f"_{''.join(places)} is no index here")
        return self._at(self.of(array), places)

    def constant(self, token: Token, size: Tree | None = None) -> Array:
        """A bold 1 or I."""
        if "I" in token:
            return self._unit(size)
        length = self._size(size)
        return Array((Factor(code.call("ones", f"§{length}§"), (Axis(ROW, length),)),))

    def _unit(self, size: Tree | None) -> Array:
        extent = self._size(size)
        axes = (Axis(ROW, extent), Axis(COLUMN, extent))
        return Array((Factor(code.call("eye", f"§{extent}§"), axes),))

    def _size(self, tree: Tree | None) -> str:
        """The size that is written, or one that is yet to be found."""
        if tree is None:
            self.unnamed += 1
            return f"unnamed{self.unnamed}.0"
        size = letter_name(tree) if tree.data == "letter" else size_in(tree)
        if size is None:
            raise ValueError("expected a letter as a size")
        return size

    def _with_sizes(self, text: str) -> str:
        """The text with a letter for each size that a 1 or I needs."""
        taken = {*self.letters.uses, *self.letters.sizes, *map(self.sizes.of, self.sizes.same)}
        free = (letter for letter in LETTERS if letter not in taken)
        for size in UNSIZED.findall(text):
            if "." in self.sizes.of(size):
                self.sizes.unify(size, next(free))
        return UNSIZED.sub(lambda size: self.sizes.of(size[1]), text)

    def zero(self, _: Token) -> Array:
        raise ValueError("a bold 0 is no part of an objective")

    def partial(self, *_: Any) -> Array:
        raise ValueError("expected the function itself, and no derivative")

    # --- operations

    def add(self, left: Tree, right: Tree) -> Array:
        return self.do.alike(code.add, self.of(left), self.of(right))

    def sub(self, left: Tree, right: Tree) -> Array:
        return self.do.alike(code.sub, self.of(left), self.of(right))

    def mul(self, left: Tree, right: Tree) -> Array:
        return self.do.alike(code.mul, self.of(left), self.of(right))

    def div(self, above: Tree, below: Tree) -> Array:
        return self.do.divide(self.of(above), self.of(below))

    def pos(self, operand: Tree) -> Array:
        return self.of(operand)

    def neg(self, operand: Tree) -> Array:
        return self.do.negative(self.of(operand))

    def times(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        is_small = second.data != "plain" or letter_name(second.children[0])[0].islower()
        if left.own == right.own == {ROW} == right.labels and is_small and self._is_row(first):
            return self.do.dot(left, right)
        return self.do.times(left, right)

    def _is_row(self, tree: Tree) -> bool:
        """Whether it is X_i or a number times it, which before a vector is a row: no column can
        stand there.
        """
        while tree.data == "times" and not self.of(tree.children[0]).own:
            tree = tree.children[1]
        return tree.data == "subscripted" and letter_name(tree.children[0])[0].isupper()

    def dot(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if left.own == right.own == {ROW}:
            return self.do.dot(left, right)
        return self.do.times(left, right)

    def cross(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if left.own and right.own:
            raise UnclearError(r"\times of two arrays is not clear: write \cdot, \odot or nothing")
        return self.do.times(left, right)

    def inner(self, first: Tree, second: Tree) -> Array:
        return self.do.dot(self.of(first), self.of(second))

    def outer(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if not left.own == right.own == {ROW}:
            raise UnclearError(rf"\otimes is of two columns, not of {left.kind} and {right.kind}")
        return self.do.times(left, self.do.transposed(right))

    def transposed(self, operand: Tree, _: Token) -> Array:
        return self.do.transposed(self.of(operand))

    def inverse_transposed(self, operand: Tree, _: Token) -> Array:
        return self.do.transposed(self.do.inverse(self.of(operand)))

    def power(self, base: Tree, exponent: Tree) -> Array:
        if is_letter(base, "e"):
            return self.do.function("exp", self.of(exponent))
        if base.data == "norm" and (order := _other_order(*base.children[3:])):
            powers = self.do.power_of_norm(self.of(base.children[1]), self.of(order))
            if self.do.one(self.of(order)) == self.do.one(self.of(exponent)):
                return powers
        elif base.data == "norm" and exponent.data == "number" and exponent.children[0] == "2":
            return self._squared_norm(*base.children)  # type: ignore[arg-type]
        return self.do.power(self.of(base), self.of(exponent))

    def norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Array:
        if other := _other_order(order):
            powers = self.do.power_of_norm(self.of(operand), self.of(other))
            root = self.do.divide(self.number(Token("NUMBER", "1")), self.of(other))
            return self.do.power(powers, root)
        return self.do.norm(self.of(operand), _order(order))

    def _squared_norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Array:
        if operand.data == "sub" and _order(order) in ("", "2"):
            distances = self.do.squared_distances(*map(self.of, operand.children))
            if distances is not None:
                return distances
        return self.do.squared_norm(self.of(operand), _order(order))

    def absolute(self, _: Token, operand: Tree, __: Token) -> Array:
        array = self.of(operand)
        names = {letter_name(letter) for letter in operand.find_data("letter")}
        is_of_arrays = any(name[0].isupper() or name in self.letters.bold for name in names)
        if is_of_arrays and array.own and array.own != OWN:
            raise UnclearError(rf"bars of {array.kind} are not clear: write \|x\|")
        return self.do.magnitude(array)

    def apply(self, function: Token, *arguments: Tree) -> Array:
        name = re.sub(r"\\(operatorname|mathrm|text|mathbf)|[\\{}\s]", "", function)
        return self.do.function(name, *map(self.of, arguments))

    bare = apply

    def root(self, operand: Tree) -> Array:
        return self.do.function("sqrt", self.of(operand))

    def positive_part(self, operand: Tree, _: Token) -> Array:
        return self.do.function("relu", self.of(operand))

    def comparison(self, *parts: Any) -> Array:
        arrays = [self.of(part) for part in parts[::2]]
        triples = zip(_signs(parts), arrays, arrays[1:], strict=False)
        return self.do.all_of([self.do.compared(*triple) for triple in triples])

    def indicator(self, _: Token, condition: Tree) -> Array:
        one, zero = (self.number(Token("NUMBER", digit)) for digit in "10")
        return self.do.where(self.of(condition), one, zero)

    def cases(self, *branches: Tree) -> Array:
        r"""Branches; the last is \text{otherwise}, or what the other one of two leaves."""
        *others, (result, last) = (branch.children for branch in branches)
        if any(isinstance(condition, Token) for _, condition in others):
            raise ValueError(r"expected \text{otherwise} in the last case alone")
        is_rest = len(others) == 1 and self._is_rest(others[0][1], last)
        if not isinstance(last, Token) and not is_rest:
            raise ValueError(r"expected a last case \text{otherwise}")
        found = self.of(result)
        for value, condition in reversed(others):
            found = self.do.where(self.of(condition), self.of(value), found)
        return found

    def _is_rest(self, first: Tree, second: Tree | Token) -> bool:
        """Whether one comparison holds wherever the other does not."""
        if isinstance(second, Token) or len(first.children) != 3 or len(second.children) != 3:
            return False
        sides = [[self.do.one(self.of(p)) for p in c.children[::2]] for c in (first, second)]
        ((sign,), (other,)) = _signs(first.children), _signs(second.children)
        return sides[0] == sides[1] and OPPOSITE.get(sign) == other

    # --- sums, products and maxima over an index

    def over_range(self, index: Token, first: Token, upper: Tree, term: Tree) -> Array:
        with self._index(index, first, upper):
            return self._total(index, term)

    def over_index(self, index: Token, term: Tree) -> Array:
        with self._index(index):
            return self._total(index, term)

    def over_several(self, first: Token, *others: Any) -> Array:
        kind = "over_several" if len(others) > 2 else "over_index"
        return self.over_index(first, Tree(kind, list(others), others[-1].meta))

    def over_pairs(
        self, first: Token, relation: Token, second: Token, term: Tree, upper: Tree | None = None
    ) -> Array:
        r"""\sum_{i < j} over both, and \sum_i \sum_{j \ne i} over the one that is no index yet."""
        with ExitStack() as stack:
            free = [index for index in (first, second) if str(index) not in self.bound]
            for index in free:
                stack.enter_context(self._index(index, "1", upper))
            pairs = self.of(term)
            missing = {str(first), str(second)} - pairs.labels
            if missing or first == second or not free:
                raise ValueError(f"expected a term with two indices, {first} and {second}")
            sign = RELATIONS.get(str(relation), str(relation))
            array = self.do.of_pairs(pairs, sign, str(first), str(second))
            for index in reversed(free):
                array = self.do.total(array, str(index))
        return array

    def over_pairs_from(self, one: Token, *parts: Any) -> Array:
        r"""\sum_{1 \le i < j \le n}."""
        before, first, relation, second, behind, upper, term = parts
        if one != "1" or {RELATIONS.get(str(sign)) for sign in (before, behind)} != {"<="}:
            raise ValueError(r"expected \sum_{1 \le i < j \le n}")
        return self.over_pairs(first, relation, second, term, upper)

    def product_over(self, under: Tree, term: Tree) -> Array:
        return self._reduced("prod", under, term)

    def extreme_over(self, function: Token, under: Tree, term: Tree) -> Array:
        return self._reduced(function.strip("\\"), under, term)

    def _reduced(self, name: str, under: Tree, term: Tree) -> Array:
        with self._index(*under.children):  # type: ignore[arg-type]
            index = str(under.children[0])
            return self.do.reduced(name, self._with_index(index, term), index)

    def _total(self, index: str, term: Tree) -> Array:
        return self.do.total(self._with_index(index, term), str(index))

    def _with_index(self, index: str, term: Tree) -> Array:
        array = self.of(term)
        if index not in array.labels:
            raise ValueError(f"nothing after the sum has the index {index}")
        return array

    @contextmanager
    def _index(self, index: str, first: str = "1", upper: Tree | None = None) -> Iterator[None]:
        """An index and its range, such as 1 to n, 0 to n - 1, or 2 to n."""
        name = str(index)
        if name in self.bound or name in self.letters.sizes:
            raise ValueError(f"the index {name} has a meaning already")
        behind = 0
        if upper and upper.data == "sub" and upper.children[1].data == "number":
            upper, number = upper.children
            behind = _whole(str(number.children[0]))
        before = _whole(first) - 1
        if before < 0:
            before, behind = 0, behind - 1
        if behind < 0:
            raise ValueError("expected a range from 1 to n, or from 0 to n - 1")
        size = self._size(upper)
        length = self._size(None) if before or behind else size
        self.bound[name] = Range(size, length, before, behind)
        self.unreached[name] = behind
        try:
            yield
            if self.unreached[name]:
                raise ValueError(f"nothing in the sum over {name} has an entry {size}")
        finally:
            del self.bound[name]


def _signs(comparison: Any) -> list[str]:
    return [RELATIONS.get(str(sign), str(sign)) for sign in comparison[1::2]]


def _order(order: Tree | None) -> str:
    return str(order.children[0]) if order else ""


def _other_order(order: Tree | None = None) -> Tree | None:
    """An order of a norm that is a number and neither 1 nor 2, or a letter for one."""
    name = _order(order)
    if order is None or name in ("0", "1", "2") or not (name.isdigit() or name in ORDERS):
        return None
    return Tree("number" if name.isdigit() else "name", order.children)


def _whole(number: Token | str) -> int:
    if not number.isdigit() or len(number) > 2:
        raise ValueError(f"expected a small whole number, got {number}")
    return int(number)
