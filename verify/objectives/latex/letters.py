r"""What the letters of an objective in LaTeX stand for: arrays by their habits, sizes and indices.

x_i is an entry of a vector x, or the column of row i of a matrix X, whichever fits; bold letters
are vectors and matrices, and where there are any, other small letters are numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lark import Token, Tree

from verify.language.tree import AnswerSyntaxError, column_of
from verify.language.vocabulary import typed
from verify.objectives.shapes import COUNTS, Shapes, habitual_rank

FREE_INDICES = frozenset("ijkl")
"""Letters that are an index where no sum is over them."""
DIVISORS = frozenset(COUNTS) - {"p", "k"}
"""Letters that count entries where they alone divide: p may be a probability."""


@dataclass
class Use:
    """How one letter is used: by itself, and with how many indices at most."""

    alone: bool = False
    indices: int = 0
    column: int = 1


@dataclass(frozen=True)
class Letters:
    """All letters of a text; `uses` are of those that stand for arrays."""

    uses: Mapping[str, Use]
    bound: frozenset[str]
    sizes: frozenset[str]
    bold: frozenset[str]
    declared: Shapes
    has_exponential: bool = False

    def key(self, name: str) -> str:
        """The array that a letter is of: where x has indices alone, x_i is of X if there is an X."""
        use = self.uses.get(name)
        is_of_capital = name.upper() in self.uses and name not in ("", name.upper())
        return name.upper() if use and not use.alone and is_of_capital else name

    def keys(self) -> list[str]:
        """The arrays, in their order."""
        return list(dict.fromkeys(map(self.key, self.uses)))

    def habit(self, key: str) -> int:
        """How many axes an array has by habit."""
        if (shape := self.shape(key)) is not None:
            return len(shape)
        use = self.uses[key]
        if key in self.bold:
            return 2 if key[0].isupper() else min(2, use.indices + 1)
        if key[0].isupper():
            return 2
        return max(use.indices, 0 if self.bold else habitual_rank(key) if use.alone else 0)

    def name(self, key: str, rank: int) -> str:
        """What it is called in NumPy's notation: X for a matrix of which there is x_i alone."""
        has_another_name = len(key) == 1 and not self.uses[key].alone and key not in self.declared
        return (
            key.upper() if has_another_name and rank == 2 and key.upper() not in self.sizes else key
        )

    def shape(self, key: str) -> tuple[str | int, ...] | None:
        """The shape that is declared of it."""
        return self.declared.get(key, self.declared.get(self.name(key, 2)))

    def are_indices(self, places: list[Token]) -> bool:
        """Whether a subscript is an index, or several, and not a part of the name."""
        return all(str(place) in self.bound | FREE_INDICES for place in places)


def letters_in(tree: Tree, bold: frozenset[str], declared: Shapes) -> Letters:
    """What the letters of a tree are used for; raises `AnswerSyntaxError`."""
    found = Letters({}, frozenset(_bound(tree)), frozenset(_sizes(tree)), bold, declared)
    uses: dict[str, Use] = {}
    has_exponential = any(is_letter(power.children[0], "e") for power in tree.find_data("power"))
    within = {id(part.children[0]) for part in tree.find_data("of_sample")}
    for node in tree.iter_subtrees_topdown():
        if node.data == "of_sample":
            base = node.children[0]
            places = places_of(base.children[1]) if base.data == "subscripted" else []
            name, count = letter_name(base.children[0]), len(places) + 1
        elif node.data == "plain" and id(node) not in within:
            name, count = letter_name(node.children[0]), 0
        elif node.data == "subscripted" and id(node) not in within:
            places = places_of(node.children[1])
            is_indexed = found.are_indices(places)
            name, count = letter_name(node.children[0]), len(places) if is_indexed else 0
            if not is_indexed:
                name = joined(name, places)
        else:
            continue
        if name in found.sizes or name in ("I", "pi") or (name == "e" and has_exponential):
            continue
        use = uses.setdefault(name, Use(column=column_of(node)))
        use.alone |= not count
        use.indices = max(use.indices, count)
    return Letters(uses, found.bound, found.sizes, bold, declared, has_exponential)


def is_letter(tree: Tree, letter: str) -> bool:
    """Whether a tree is that letter alone."""
    return tree.data == "plain" and letter_name(tree.children[0]) == letter


def letter_name(letter: Tree) -> str:
    r"""The name that one types for a letter: `\lambda` is lam, `\hat y` yhat."""
    text = re.sub(
        r"\\(mathrm|text|mathit|operatorname)|\\var(?=epsilon|phi)", "", letter.children[0]
    )
    return typed(re.sub(r"\\(bar|tilde)\s*\{?\s*(\w)\s*\}?", r"\2\1", text))


def places_of(subscript: Tree) -> list[Token]:
    """The parts of a subscript."""
    return [place for place in subscript.children if place != ","]


def joined(name: str, places: list[Token]) -> str:
    """A name with a subscript that is a part of it: w0, x_new."""
    words = "".join(letter_name(Tree("letter", [place])) for place in places)
    return name + words if len(words) == 1 or words.isdigit() else f"{name}_{words}"


def size_in(tree: Tree) -> str | None:
    """The size that an upper end is: a letter, or a whole number."""
    if tree.data == "name":
        return typed(str(tree.children[0]))
    if tree.data == "number" and str(tree.children[0]).isdigit():
        return str(int(tree.children[0]))
    return letter_name(tree.children[0]) if tree.data == "plain" else None


def _bound(tree: Tree) -> Iterator[str]:
    for node in tree.iter_subtrees():
        if node.data in ("over_range", "over_index"):
            yield str(node.children[0])
        elif node.data == "over_two":
            yield from map(str, node.children[:2])
        elif node.data == "under":
            yield str(node.children[0])


def _sizes(tree: Tree) -> Iterator[str]:
    """Letters that count entries: the ends of sums, subscripts of 1 and I, and divisors n, 2n."""
    for node in tree.iter_subtrees():
        if node.data == "over_range":
            yield from _names(node.children[2])
        elif node.data == "under" and len(node.children) == 3:
            yield from _names(node.children[2])
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
