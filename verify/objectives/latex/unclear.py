r"""Refuses what an objective cannot have, though it looks like a product: f(x), W^{(1)}, df/dx."""

from __future__ import annotations

import re

from lark import Tree

from verify.language.latex import unclear
from verify.language.latex.text import letter_name
from verify.language.latex.unclear import SYMBOLS
from verify.language.tree import AnswerSyntaxError, Location, location_of

NAMES_OF_FUNCTIONS = {*"fghLJE", "phi", "psi", "Phi", "ell", "rho", "Gamma"}
LAYER = re.compile(r"\^\s*\{\s*[(\[]\s*\d+\s*[)\]]\s*\}")
DERIVATIVE = re.compile(r"[\s$]*\\(nabla|[td]?frac\s*\{\s*\\partial)")


def reject_unclear(tree: Tree, text: str) -> None:
    """Raise `AnswerSyntaxError` for the first part of a tree that is not clear."""
    if layer := LAYER.search(text):
        raise AnswerSyntaxError(f"{layer[0]} is no power: write W_1", Location(layer.start() + 1))
    if DERIVATIVE.match(text):
        raise AnswerSyntaxError("expected the function itself, and no derivative")
    for division in tree.find_data("div"):
        if all(_starts_with_d(part) for part in division.children):
            raise AnswerSyntaxError("expected no derivative", location_of(division))
    if any(applied.children[0] == r"\sigma" for applied in tree.find_data("apply")):
        for letter in tree.find_data("plain"):
            if letter_name(letter.children[0]) == "sigma":
                raise AnswerSyntaxError(r"\sigma is a function and a number", location_of(letter))
    for first, second in unclear.neighbours(tree):
        before = text[: getattr(second.meta, "start_pos", 0)].rstrip()
        if first.data in SYMBOLS and before.endswith(("(", "[")):
            name = letter_name(first.children[0])
            if second.data in SYMBOLS or name in NAMES_OF_FUNCTIONS:
                called = f"{name}(...): unknown function '{name}'"
                raise AnswerSyntaxError(called, location_of(first))
    unclear.reject_unclear(tree, text)


def _starts_with_d(tree: Tree) -> bool:
    while tree.data == "times":
        tree = tree.children[0]
    return tree.data == "plain" and tree.children[0].children[0] == "d"
