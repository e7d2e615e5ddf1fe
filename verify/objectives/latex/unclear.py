r"""Refuses products of neighbours that people read in two ways: \log x y, a/b c, f(x)."""

from __future__ import annotations

import re

from lark import Tree

from verify.language.latex_text import letter_name
from verify.language.tree import AnswerSyntaxError, column_of
from verify.objectives.shapes import COUNTS

NAMES_OF_FUNCTIONS = {*"fghLJ", "phi", "psi", "Phi", "ell"}
PRODUCTS = ("times", "dot", "cross", "mul", "neg", "pos")
SYMBOLS = ("plain", "subscripted")
LAYER = re.compile(r"\^\s*\{\s*[(\[]\s*\d+\s*[)\]]\s*\}")


def reject_unclear(tree: Tree, text: str) -> None:
    """Raise `AnswerSyntaxError` for the first product of a tree that is not clear."""
    if layer := LAYER.search(text):
        raise AnswerSyntaxError(f"{layer[0]} is no power: write W_1", layer.start() + 1)
    for division in tree.find_data("div"):
        if all(_starts_with_d(part) for part in division.children):
            raise AnswerSyntaxError("expected no derivative", column_of(division))
    for product in tree.find_data("times"):
        first, second = product.children
        while first.data in PRODUCTS:
            first = first.children[-1]
        is_in_brackets = text[: getattr(second.meta, "start_pos", 0)].rstrip().endswith("(")
        if wrong := _wrong(first, second, is_in_brackets, text):
            raise AnswerSyntaxError(wrong, column_of(first))


def _wrong(first: Tree, second: Tree, is_in_brackets: bool, text: str) -> str:
    """What is not clear about two neighbours."""
    if first.data == "bare" and _is_open(first) and second.data not in ("bare", "apply"):
        function = first.children[0]
        return f"what {function} is of is not clear: write {function}(...)"
    if first.data == "plain" and is_in_brackets:
        name = letter_name(first.children[0])
        if second.data in SYMBOLS or name in NAMES_OF_FUNCTIONS:
            return f"{name}(...): unknown function '{name}'"
    if first.data == "div" and _is_slash(first, text) and not is_in_brackets:
        is_count = second.data == "plain" and letter_name(second.children[0]) in COUNTS
        is_symbol = second.data in (*SYMBOLS, "transposed")
        if is_count or (first.children[1].data != "number" and is_symbol):
            return r"what is divided is not clear: write \frac"
    return ""


def _starts_with_d(tree: Tree) -> bool:
    while tree.data == "times":
        tree = tree.children[0]
    return tree.data == "plain" and tree.children[0].children[0] == "d"


def _is_slash(division: Tree, text: str) -> bool:
    above, below = division.children
    return "/" in text[above.meta.end_pos : below.meta.start_pos]


def _is_open(bare: Tree) -> bool:
    """Whether a function stands before a letter or number without brackets."""
    argument = bare.children[-1]
    while argument.data == "bare":
        argument = argument.children[-1]
    return argument.data in (*SYMBOLS, "number")
