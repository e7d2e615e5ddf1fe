r"""What the letters of an objective in LaTeX stand for: arrays by their habits, sizes and indices.

x_i is an entry of a vector x, or the column of row i of a matrix X, whichever fits; bold letters
are vectors and matrices, and where there are any, other small letters are numbers. Behind a matrix
a letter is a vector, as in X\beta.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lark import Token, Tree

from verify.language.latex.text import letter_name
from verify.language.latex.unclear import COUNTS
from verify.language.tree import AnswerSyntaxError, Location, location_of
from verify.language.vocabulary import typed
from verify.objectives.shapes import Shapes, habitual_rank

FREE_INDICES = frozenset("ijkl")
"""Letters that are an index where no sum is over them."""
ORDERS = frozenset("pqrs")
"""Letters that a norm may have as its order."""
DIVISORS = frozenset(COUNTS) - {"p", "k"}
"""Letters that count entries where they alone divide: p may be a probability."""


@dataclass
class Use:
    """How one letter is used: by itself, and with how many indices at most."""

    alone: bool = False
    indices: int = 0


@dataclass(frozen=True)
class Letters:
    """All letters of a text: those that stand for arrays and how they are used, and the others."""

    uses: Mapping[str, Use]
    bound: frozenset[str]
    sizes: frozenset[str]
    bold: frozenset[str]
    multiplied: frozenset[str]
    declared: Shapes
    has_exponential: bool = False

    def habit(self, letter: str) -> int:
        """How many axes it has by habit."""
        if (shape := self.shape(letter)) is not None:
            return len(shape)
        use = self.uses[letter]
        if letter in self.bold:
            return 2 if letter[0].isupper() else min(2, use.indices + 1)
        if letter[0].isupper():
            return 2
        if letter in self.multiplied:
            return max(use.indices, 1)
        return max(use.indices, habitual_rank(letter) if use.alone and not self.bold else 0)

    def name(self, letter: str, rank: int) -> str:
        """What it is called in NumPy's notation: X, if there is x_i alone, the rows of a matrix."""
        is_small = len(letter) == 1 and not self.uses[letter].alone
        is_free = letter not in self.declared and letter.upper() not in self.sizes
        return letter.upper() if rank == 2 and is_small and is_free else letter

    def changed_capitals(self, ranks: Mapping[str, int], *to: int) -> int:
        """How many capital letters are no matrices, but of one of these ranks, or of any."""
        capitals = [a for a in self.uses if a[0].isupper() and self.shape(a) is None]
        return sum(ranks[a] in (to or (0, 1)) for a in capitals)

    def shape(self, letter: str) -> tuple[str | int, ...] | None:
        """The shape that is declared of it."""
        return self.declared.get(letter, self.declared.get(self.name(letter, 2)))


def letters_in(tree: Tree, bold: frozenset[str], declared: Shapes) -> Letters:
    """What the letters of a tree are used for; raises `AnswerSyntaxError`."""
    bound, sizes = frozenset(_bound(tree)), frozenset(_sizes(tree))
    if next(tree.find_data("over_index"), None) is not None:
        for letter in tree.find_data("plain"):
            name = letter_name(letter.children[0])
            if name in "nN" and name not in {*bound, *sizes, *declared}:
                counted = rf"whether {name} counts entries is not clear: write \sum_{{i=1}}^{name}"
                raise AnswerSyntaxError(counted, location_of(letter))
    has_exponential = any(is_letter(power.children[0], "e") for power in tree.find_data("power"))
    no_arrays = {*sizes, "I", "pi", *(("e",) if has_exponential else ())}
    uses: dict[str, Use] = {}
    for name, indices in _used(tree, bound):
        if indices or name not in no_arrays:
            use = uses.setdefault(name, Use())
            use.alone |= not indices
            use.indices = max(use.indices, indices)
    for name in uses.keys() - declared.keys():
        base = name.removesuffix("bar")
        if base in uses and uses[base].indices > uses[name].indices:
            raise AnswerSyntaxError(rf"\bar {base} may be a mean: write it as a sum")
    multiplied = frozenset(_multiplied(tree))
    return Letters(uses, bound, sizes, bold, multiplied, declared, has_exponential)


def are_indices(places: list[Token], bound: frozenset[str]) -> bool:
    """Whether a subscript is an index, or several, and not a part of the name."""
    return all(index_of(place)[0] in bound | FREE_INDICES for place in places)


def index_of(place: Token) -> tuple[str, int]:
    """The letter of an index and how far beside it a place is: i-1 is one before i."""
    if place.type != "NEIGHBOUR":
        return str(place), 0
    return place[0], int(re.sub(r"\s", "", place[1:]))


def _used(tree: Tree, bound: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Each use of a letter, and the number of its indices."""
    within = {id(part.children[0]) for part in tree.find_data("of_sample")}
    for node in tree.iter_subtrees_topdown():
        if node.data == "letter" and node.children[0].type == "WORD":
            word = str(node.children[0])
            raise AnswerSyntaxError(f"unknown word {word}", Location(node.children[0].column or 1))
        if id(node) in within:
            continue
        if node.data == "of_sample":
            letter, *subscript = node.children[0].children
            yield letter_name(letter), 1 + sum(len(places_of(part)) for part in subscript)
        elif node.data == "name" or (node.data == "order" and node.children[0] in ORDERS):
            yield typed(str(node.children[0])), 0
        elif node.data == "plain":
            yield letter_name(node.children[0]), 0
        elif node.data == "subscripted":
            name, places = letter_name(node.children[0]), places_of(node.children[1])
            is_index = are_indices(places, bound)
            yield (name, len(places)) if is_index else (joined(name, places), 0)


def is_letter(tree: Tree, letter: str) -> bool:
    """Whether a tree is that letter alone."""
    return tree.data == "plain" and letter_name(tree.children[0]) == letter


def places_of(subscript: Tree) -> list[Token]:
    """The parts of a subscript."""
    return [place for place in subscript.children if isinstance(place, Token) and place != ","]


def joined(name: str, places: list[Token]) -> str:
    """A name with a subscript that is a part of it: w0, x_new."""
    words = "".join(letter_name(Tree("letter", [place])) for place in places)
    return name + words if len(words) == 1 or words.isdigit() else f"{name}_{words}"


def size_in(tree: Tree) -> str | None:
    """The size that an upper end is: a letter, or a whole number."""
    if tree.data == "name":
        return typed(str(tree.children[0]))
    if tree.data == "number" and str(tree.children[0]).isdigit():
        return str(int(str(tree.children[0])))
    return letter_name(tree.children[0]) if tree.data == "plain" else None


def _bound(tree: Tree) -> Iterator[str]:
    for node in tree.iter_subtrees():
        if node.data in ("over_range", "over_index"):
            yield str(node.children[0])
        elif node.data == "over_several":
            yield from map(str, node.children[:-1])
        elif node.data in ("over_pairs", "over_pairs_from"):
            yield from (str(c) for c in node.children if getattr(c, "type", "") == "LETTER")
        elif node.data == "under":
            yield str(node.children[0])


def _multiplied(tree: Tree) -> Iterator[str]:
    r"""Small letters behind a matrix, as in X\beta, which are vectors by habit."""
    for product in tree.find_data("times"):
        first, second = _last_factor(product.children[0]), product.children[1]
        if first.data in ("plain", "subscripted") and second.data == "plain":
            matrix, name = (letter_name(factor.children[0]) for factor in (first, second))
            yield from [name] if matrix[0].isupper() and name[0].islower() else []


def _last_factor(product: Tree) -> Tree:
    """What stands last in a product."""
    while product.data == "times":
        product = product.children[-1]
    return product


def _sizes(tree: Tree) -> Iterator[str]:
    """Letters that count entries: the ends of sums, subscripts of 1 and I, and divisors n, 2n."""
    for node in tree.iter_subtrees():
        if node.data == "over_range" or (node.data == "under" and len(node.children) == 3):
            yield from _names(node.children[2])
        elif node.data == "over_pairs_from":
            yield letter_name(node.children[6])
        elif node.data == "constant" and len(node.children) == 2:
            yield from _names(node.children[1])
        elif node.data == "subscripted" and letter_name(node.children[0]) == "I":
            yield from (letter_name(Tree("letter", [p])) for p in places_of(node.children[1]))
        elif node.data == "div" and set(names := list(_names(node.children[1]))) <= DIVISORS:
            yield from names


def _names(tree: Tree) -> Iterator[str]:
    for node in tree.iter_subtrees():
        if node.data == "plain":
            yield letter_name(node.children[0])
        elif node.data == "name":
            yield typed(str(node.children[0]))
        elif node.data == "subscripted":
            yield "subscripted"  # no count
