"""Entries that a condition chooses, in a tree: g[x < 0] = 0, and the sum of x[x > 0]**2."""

from __future__ import annotations

from lark import Token, Tree

from verify.language.kinds import RELATIONS
from verify.language.tree import AnswerSyntaxError, location_of
from verify.language.words.elementwise import ELEMENTWISE, OTHER_NAMES

OF_TRUTH = "OF_TRUTH"
"""The 0 that a name is compared with which stands where a condition is expected."""
ARITHMETIC = ("add", "sub", "mul", "div", "neg", "power")


def is_mask(tree: Tree) -> bool:
    """Whether a tree is a condition on entries."""
    return tree.data in RELATIONS


def assigned_where(mask: Tree, array: Tree, value: Tree) -> Tree:
    """What an array is after g[mask] = value, in which 2*x[mask] is 2*x where the mask holds.

    Raises `AnswerSyntaxError` for values that are not computed entry by entry.
    """
    numbers: list[Tree] = []
    entries = _entries(value, mask, numbers)
    return Tree("masked", [array, mask, entries, *numbers], value.meta)


def with_sums_over_masks(tree: Tree) -> Tree:
    """The tree with a sum over all entries, 0 where the mask fails, for one over x[x > 0]; a mean
    is the sum over how many there are. where(m, a, b) is where(m != 0, a, b).
    """
    children = [with_sums_over_masks(c) if isinstance(c, Tree) else c for c in tree.children]
    if any(new is not old for new, old in zip(children, tree.children, strict=True)):
        tree = Tree(tree.data, children, tree.meta)
    if tree.data != "call":
        return tree
    function, *operands = tree.children
    if _last_name(function) == "where" and [o.data for o in operands[:1]] == ["name"]:
        zero = Tree("number", [Token(OF_TRUTH, "0")], tree.meta)
        test = Tree("compare", [operands[0], Token("COMPARISON", "!="), zero], operands[0].meta)
        return Tree("call", [function, test, *operands[1:]], tree.meta)
    if _last_name(function) not in ("sum", "mean"):
        return tree
    if function.data == "attribute" and not operands:
        operands = [function.children[0]]
    chosen = next(filter(_is_chosen, operands[0].iter_subtrees()), None)
    if chosen is None or len(operands) > 1:
        return tree
    array, mask = chosen.children
    zeros = Tree("call", [_name("zeros_like"), array], tree.meta)
    one = Tree("number", [Token("NUMBER", "1")], tree.meta)
    total, number = (
        Tree("call", [_name("sum"), assigned_where(mask, zeros, summed)], tree.meta)
        for summed in (operands[0], one)
    )
    is_mean = _last_name(function) == "mean"
    return Tree("div", [total, number], tree.meta) if is_mean else total


def truths_in(tree: Tree) -> set[str]:
    """The names that stand where a condition is expected, and are thus 0 or 1."""
    tests = [test.children for test in tree.find_data("compare")]
    return {
        str(first.children[0])
        for first, *_, last in tests
        if last.children and getattr(last.children[0], "type", "") == OF_TRUTH
    }


def _entries(tree: Tree, mask: Tree, numbers: list[Tree]) -> Tree:
    """The tree without the mask; what has no entries by it must be numbers."""
    if _is_chosen(tree) and tree.children[1] == mask:
        return tree.children[0]
    if not any(map(_is_chosen, tree.iter_subtrees())):
        numbers.append(tree)
        return tree
    function, *operands = tree.children
    if tree.data in ARITHMETIC:
        return Tree(tree.data, [_entries(c, mask, numbers) for c in tree.children], tree.meta)
    name = _last_name(function) if tree.data == "call" else ""
    if OTHER_NAMES.get(name, name) in ELEMENTWISE and operands:
        operands = [_entries(c, mask, numbers) for c in operands]
        return Tree("call", [function, *operands], tree.meta)
    message = "entries that a condition chooses are read by it alone: 2*x[x > 0]"
    raise AnswerSyntaxError(message, location_of(tree))


def _is_chosen(tree: Tree) -> bool:
    return tree.data == "subscript" and len(tree.children) == 2 and is_mask(tree.children[1])


def _last_name(function: Tree) -> str:
    return str(function.children[-1]) if function.data in ("name", "attribute") else ""


def _name(name: str) -> Tree:
    return Tree("name", [Token("NAME", name)])
