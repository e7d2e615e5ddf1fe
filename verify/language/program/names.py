"""What the names of a program stand for: their values, and the arrays that they may share."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lark import Token, Tree

from verify.language.program.labels import NO_LABELS, Matrices
from verify.language.program.statements import arrays_in
from verify.language.tree import AnswerSyntaxError, location_of


class Shown(NamedTuple):
    """What a text shows beside its tree."""

    labels: Matrices = NO_LABELS
    """The names that it uses as integer labels, and the one-hot matrices in what is read."""
    of_methods: str = ""
    """The library whose methods it has, if it shows one."""
    named: Mapping[str, Tree | None] = MappingProxyType({})
    """What the names stand for at its end that it gives values to; None for what hangs on the turn
    of a loop.
    """
    arrays: Mapping[str, frozenset[str]] = MappingProxyType({})
    """The arrays that each may stand for: names of the question, or where one was made."""
    defaults: Mapping[str, str] = MappingProxyType({})
    """The numbers that arguments are if nothing else is given, as they are written."""
    functions: Mapping[str, ast.FunctionDef | ast.Lambda | None] = MappingProxyType({})
    """The functions that it defines for its last one; None for those with names of their own."""


NOTHING_SHOWN = Shown()


class Given(NamedTuple):
    """A value that a name was given in a line, maybe in a turn of a loop."""

    name: str
    value: Tree
    line: int
    is_in_loop: bool


class Names:
    """The names of a program, as they stand after each of its statements."""

    def __init__(self, question: Shown):
        self.values = {name: tree for name, tree in question.named.items() if tree is not None}
        self.varying = question.named.keys() - self.values.keys()
        """Names that have another value in each turn of a loop."""
        self.unset: set[str] = set()
        """Names that a function gives values to, and which have none before that."""
        self.own: set[str] = set()
        """Names that the text gives values to, indices aside."""
        self.arrays = {name: set(arrays) for name, arrays in question.arrays.items()}
        """The arrays that a name may stand for: a name of the question, or where one was made."""
        self.read_later: set[str] = set()
        """Names that are read after the statement at hand."""
        self.defaults: dict[str, str] = {}
        """The numbers that arguments of its function are if nothing else is given."""
        self.functions: dict[str, ast.FunctionDef | ast.Lambda | None] = {}
        """The functions that the text defines for its last one."""
        self.given: list[Given] = []
        self.loops = 0
        """How many loops are around the statement at hand."""

    def give(self, name: str, value: Tree, statement: ast.stmt) -> None:
        """A value to a name."""
        self.values[name] = value
        self.given.append(Given(name, value, statement.lineno, self.loops > 0))

    def forget(self, own: set[str]) -> None:
        """The values of names that a function has for itself, whatever they are outside."""
        self.unset = own
        self.values = {name: value for name, value in self.values.items() if name not in own}
        self.varying -= own

    def give_array(self, name: str, value: ast.expr | ast.stmt) -> None:
        """The arrays of a value to a name, and those of none a new one."""
        place = f"{name} {value.lineno}:{value.col_offset}"
        self.arrays[name] = self._arrays_of(value) or {place}

    def share(self, name: str, value: ast.expr) -> None:
        """The arrays of a value with a list that it is put into."""
        self.arrays[name] = self.arrays.get(name, {name}) | self._arrays_of(value)

    def _arrays_of(self, value: ast.expr | ast.stmt) -> set[str]:
        named = arrays_in(value) if isinstance(value, ast.expr) else set()
        return set().union(*(self.arrays.get(array, {array}) for array in named))

    def sharing(self, name: str) -> set[str]:
        """The names that change, too, where an array does, if they are read again: after y = x,
        y += 1 changes x.
        """
        own = self.arrays.get(name, {name})
        others = {other for other, arrays in self.arrays.items() if arrays & own}
        others |= {array for array in own if array.isidentifier() and array not in self.arrays}
        return (others if self.loops else others & self.read_later) - {name}

    def put_in(self, tree: Tree, bound: frozenset[str] = frozenset()) -> Tree:
        """A tree with the values of its names; raises `AnswerSyntaxError` for one that has none.

        `bound` are the indices of the sums around it.
        """
        if tree.data == "name" and tree.children[0] not in bound:
            return self._value_of(tree, bound)
        if tree.data == "each":
            bound |= {str(tree.children[1])}
        children = list(tree.children)
        keep = 1 if tree.data in ("call", "keyword") and _is_name(children[0]) else 0
        parts = [
            self.put_in(c, bound) if isinstance(c, Tree) and place >= keep else c
            for place, c in enumerate(children)
        ]
        return Tree(tree.data, parts, tree.meta)

    def _value_of(self, tree: Tree, bound: frozenset[str]) -> Tree:
        name = str(tree.children[0])
        if name in self.varying:
            what = f"what {name} is depends on the turn of a loop"
            raise AnswerSyntaxError(what, location_of(tree))
        if name in self.unset - self.values.keys():
            raise AnswerSyntaxError(f"{name} has no value yet", location_of(tree))
        value = self.values.get(name, tree)
        if other := bound.intersection(names_in(value)):
            what = f"{name} has been given another {min(other)} than that of this sum"
            raise AnswerSyntaxError(what, location_of(tree))
        return value

    def at_the_end(self) -> dict[str, Tree | None]:
        """What the program's own names stand for after its last line."""
        return {name: None if name in self.varying else self.values.get(name) for name in self.own}

    def arrays_at_the_end(self) -> dict[str, frozenset[str]]:
        """The arrays that each name may stand for, and which are not the caller's by their place
        in this text.
        """
        return {
            name: frozenset(a if a.isidentifier() else f"function {a}" for a in own)
            for name, own in self.arrays.items()
        }


def names_in(tree: Tree) -> set[str]:
    """The names that a tree has."""
    return {str(name.children[0]) for name in tree.find_data("name")}


def _is_name(tree: Tree | Token) -> bool:
    return (isinstance(tree, Tree) and tree.data == "name") or isinstance(tree, Token)
