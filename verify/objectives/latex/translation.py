r"""Translates an objective in LaTeX into NumPy's notation, in which it is then read and shown.

Sums over indices become operations on whole arrays: \sum_i (y_i - x_i^\top w)^2 is
sum((y - X @ w)**2). What no such operation says is refused, with its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from verify.language.latex_meaning import RELATIONS
from verify.language.latex_text import (
    LATEX_ONLY,
    bold_letters,
    letter_name,
    read_latex,
    without_bold,
)
from verify.language.tensor import ShapeError
from verify.language.tree import AnswerSyntaxError, column_of
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
    Letters,
    are_indices,
    is_letter,
    joined,
    letters_in,
    places_of,
    size_in,
)
from verify.objectives.latex.operations import OPPOSITE, Operations
from verify.objectives.latex.unclear import reject_unclear
from verify.objectives.shapes import LETTERS, Shapes, choices

LEFT_SIDE = re.compile(
    r"^[\s$]*(\\(mathcal|mathrm|text|operatorname)\s*\{?\s*\w+\s*\}?|\\?[A-Za-z]+)"
    r"(\s*_\s*(\{[^{}=]*\}|\\?\w+))?(\s*(\\left|\\big)?\s*\([^()=]*\))?\s*"
    r"(:=|=|\\coloneqq|\\equiv|\\triangleq)"
)
"""A name of the function and its arguments, and the sign after it."""
ENDING = re.compile(r"(?<=\S)\s*[.,;]\s*(?=[$\s]*$)")
COMMAND = re.compile(r"\\([A-Za-z]+|\|)")
PROGRAM = re.compile(r"(?m)^\s*(def|return|from|import|@)\b|#")
NUMPY_ONLY = re.compile(r"[*@]|[A-Za-z_]{2,}\s*\(")
UNSIZED = re.compile(r"§([^§]+)§")


@dataclass(frozen=True)
class Translated:
    """A text in NumPy's notation, and shapes of its names; one with a dot has no name yet."""

    text: str
    shapes: dict[str, tuple[str | int, ...]]
    ndim: int = 0


def is_translatable(text: str) -> bool:
    """Whether a text is LaTeX, and no lines of Python with LaTeX in a comment."""
    if PROGRAM.search(text):
        return False
    return bool(COMMAND.search(text) or (LATEX_ONLY.search(text) and not NUMPY_ONLY.search(text)))


def translated(text: str, declared: Shapes) -> Translated:
    """What an objective in LaTeX is in NumPy's notation; raises `AnswerSyntaxError`, `ShapeError`.

    The axes of each array are chosen as `read_with_shapes` chooses them: with the fewest departures
    from habit, and so that the objective is a number, if it can be, above all if it is a sum.
    """
    plain = LEFT_SIDE.sub(lambda left: " " * len(left[0]), text)
    plain = ENDING.sub(lambda end: " " * len(end[0]), plain)
    tree = read_latex(plain)
    reject_unclear(tree, without_bold(plain))
    letters = letters_in(tree, bold_letters(plain), declared)
    has_sum = any(node.data.startswith("over_") for node in tree.iter_subtrees())
    best: tuple[int, Translated] | None = None
    first_error: ShapeError | None = None
    for departures, ranks in _choices(letters):
        if best and departures > best[0]:
            break
        try:
            found = _Translation(letters, ranks).result(tree)
        except ShapeError as error:
            if isinstance(error, UnclearError) and not departures:
                raise
            first_error = first_error or error
            continue
        cost = departures + (1 + has_sum) * found.ndim + letters.changed_capitals(ranks, 1)
        is_tie = best is not None and cost == best[0]
        is_number = not found.ndim and not letters.changed_capitals(ranks)
        if best is None or cost < best[0] or (is_tie and is_number):
            best = cost, found
    if best is None:
        raise first_error or ShapeError("no shapes fit")
    return best[1]


def _choices(letters: Letters) -> Iterator[tuple[int, dict[str, int]]]:
    """How many axes each letter has: by habit, with departures, and small letters as numbers."""
    habits = {letter: letters.habit(letter) for letter in letters.uses}
    free = {letter: rank for letter, rank in habits.items() if letters.shape(letter) is None}
    for departures, ranks in choices(free):
        yield departures, {**habits, **ranks}
    numbers = {a: 2 if a[0].isupper() else letters.uses[a].indices for a in free}
    yield len(free), {**habits, **numbers}


class _Translation:
    """A walk over a tree whose letters have so many axes; a node's method says what it is."""

    def __init__(self, letters: Letters, ranks: dict[str, int]):
        self.letters, self.ranks = letters, ranks
        self.sizes = Sizes()
        self.do = Operations(self.sizes)
        self.bound: dict[str, str] = {}
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
            here = "" if said.startswith("column") else f"column {column_of(tree)}: "
            raise type(error)(here + said) from None
        except ValueError as error:
            raise AnswerSyntaxError(str(error), column_of(tree)) from None

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
            self._reject_one_entry(name, str(places[0]))
            return self._named(joined(name, places))
        if name == "pi" or name not in self.letters.uses:
            raise ValueError(f"{name} has no index here")
        if name == "delta" and len(places) == 2 and self.letters.shape(name) is None:
            raise ValueError(r"\delta_{ij} is 1 or 0: write I for its matrix")
        return self._at(self._whole(name), places)

    def _reject_one_entry(self, base: str, place: str) -> None:
        """z_y beside z_k, or x_1 beside x, is one entry; w_0 beside w is another name."""
        if self.ranks.get(base) and place != "0" and len(place) == 1:
            raise ShapeError(f"{base}_{place} is one entry of {base}, and has no name of its own")

    def _at(self, array: Array, places: list[Token]) -> Array:
        """An array at indices: its first axis along the first, and what is left is a column."""
        indices = [str(place) for place in places]
        own = [label for label in (ROW, COLUMN) if label in array.own]
        if len(indices) > len(own):
            raise ShapeError(f"too many indices for {array.kind}: {', '.join(indices)}")
        if taken := set(indices) & array.labels:
            raise ShapeError(f"the index {', '.join(sorted(taken))} stands there already")
        if len(set(indices)) < len(indices):
            array, own, indices = self.do.diagonal(array), [ROW], indices[:1]
        for index, label in zip(indices, own, strict=False):
            if index in self.bound:
                size = next(f.axis(label).size for f in array.factors if label in f.labels)
                self.sizes.unify(self.bound[index], size)
            elif index in self.letters.bound:
                raise ValueError(f"{index} is an index outside its sum")
        return array.relabelled(dict(zip(own, [*indices, ROW], strict=False)))

    def of_sample(self, base: Tree, sample: Token) -> Array:
        """x^{(i)}, the same as x_i."""
        index = Token("LETTER", re.sub(r"\W", "", sample))
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
        return self.do.times(self.of(first), self.of(second))

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
            raise ShapeError(rf"\otimes is of two columns, not of {left.kind} and {right.kind}")
        return self.do.times(left, self.do.transposed(right))

    def transposed(self, operand: Tree, _: Token) -> Array:
        return self.do.transposed(self.of(operand))

    def inverse_transposed(self, operand: Tree, _: Token) -> Array:
        return self.do.transposed(self.do.inverse(self.of(operand)))

    def power(self, base: Tree, exponent: Tree) -> Array:
        if is_letter(base, "e"):
            return self.do.function("exp", self.of(exponent))
        if base.data == "norm" and exponent.data == "number" and exponent.children[0] == "2":
            return self._squared_norm(*base.children)  # type: ignore[arg-type]
        return self.do.power(self.of(base), self.of(exponent))

    def norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Array:
        return self.do.norm(self.of(operand), _order(order))

    def _squared_norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Array:
        if operand.data == "sub" and _order(order) in ("", "2"):
            distances = self.do.squared_distances(*map(self.of, operand.children))
            if distances is not None:
                return distances
        return self.do.squared_norm(self.of(operand), _order(order))

    def absolute(self, _: Token, operand: Tree, __: Token) -> Array:
        return self.do.magnitude(self.of(operand))

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
    def _index(self, index: str, first: str = "", upper: Tree | None = None) -> Iterator[None]:
        """An index and its range: from 1 to n, or from 0 to n - 1."""
        name = str(index)
        if name in self.bound or name in self.letters.sizes:
            raise ValueError(f"the index {name} has a meaning already")
        if first == "0" and upper and upper.data == "sub" and _is_one(upper.children[1]):
            upper, first = upper.children[0], "1"
        if upper and first != "1":
            raise ValueError("expected a range from 1 to n, or from 0 to n - 1")
        self.bound[name] = self._size(upper)
        try:
            yield
        finally:
            del self.bound[name]


def _signs(comparison: Any) -> list[str]:
    return [RELATIONS.get(str(sign), str(sign)) for sign in comparison[1::2]]


def _order(order: Tree | None) -> str:
    return str(order.children[0]) if order else ""


def _is_one(tree: Tree) -> bool:
    return tree.data == "number" and tree.children[0] == "1"
