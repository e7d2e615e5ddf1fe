r"""Refuses products of neighbours and quotients that people read in two ways: \log x y, a/b c."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lark import Tree

from verify.language.latex.text import letter_name
from verify.language.tree import AnswerSyntaxError, Location, location_of

COUNTS = ("n", "N", "m", "M", "B", "d", "D", "p", "k", "K", "C", "T")
"""Letters that may count entries."""
PRODUCTS = ("times", "dot", "cross", "mul", "neg", "pos")
SYMBOLS = ("plain", "subscripted")
TRANSPOSES = ("t", "H")
WITHOUT_BACKSLASH = re.compile(
    r"(?<![A-Za-z\\{])(sum|prod|exp|log|sin|cos|tan|tanh|max|min|det|sqrt|norm|alpha|beta|gamma"
    r"|delta|epsilon|lambda|sigma|theta|mean|softmax|relu)(?![A-Za-z])"
)
"""Words that are commands in LaTeX: without a backslash they would be products of letters."""
DIVIDED = r"what is divided is not clear: write \frac"


def reject_unclear(tree: Tree, text: str) -> None:
    """Raise `AnswerSyntaxError` for the first product or quotient of a tree that is not clear."""
    if word := WITHOUT_BACKSLASH.search(text):
        what = (
            rf"in LaTeX {word[0]} is a product of letters: write \{word[0]}, or all in NumPy's way"
        )
        raise AnswerSyntaxError(what, Location(word.start() + 1))
    for first, second in neighbours(tree):
        if _is_function_unclear(first, second):
            raise AnswerSyntaxError(_of_what(first), location_of(first))
        if _is_transpose_unclear(first):
            unclear = rf"whether ^{first.children[1].children[0]} is a transpose is not clear"
            raise AnswerSyntaxError(rf"{unclear}: write ^\top", location_of(first))
        if _is_quotient_unclear(first, second, text):
            raise AnswerSyntaxError(DIVIDED, location_of(first))
    for quotient in tree.find_data("div"):
        above, below = quotient.children
        if _is_slash(quotient, text) and _is_open(_last_factor(above)) and not _is_count(below):
            raise AnswerSyntaxError(_of_what(_last_factor(above)), location_of(above))


def neighbours(tree: Tree) -> Iterator[tuple[Tree, Tree]]:
    """The factors that stand next to each other with no sign between them."""
    for product in tree.find_data("times"):
        first, second = product.children
        yield _last_factor(first), second


def _last_factor(tree: Tree) -> Tree:
    while tree.data in PRODUCTS:
        tree = tree.children[-1]
    return tree


def _is_function_unclear(first: Tree, second: Tree) -> bool:
    r"""\log x y, and \log|x| |y|, where both or one may be what the logarithm is of."""
    if first.data != "bare" or second.data in ("bare", "apply"):
        return False
    return _is_open(first) or _argument(first).data == second.data


def _is_transpose_unclear(first: Tree) -> bool:
    r"""x^t A, of a Latin letter or of a matrix in brackets: \beta^t and (1 + r)^t are powers."""
    if first.data != "power" or first.children[1].data != "name":
        return False
    base, exponent = first.children
    letters = [letter_name(node) for node in base.find_data("letter")]
    is_latin = any(len(name) == 1 and (name.isupper() or base.data in SYMBOLS) for name in letters)
    return exponent.children[0] in TRANSPOSES and is_latin


def _is_quotient_unclear(first: Tree, second: Tree, text: str) -> bool:
    r"""a/b c, and \|x\|^2/2 \sigma^2; but 1/2 x and \lambda/2 w^\top w are clear."""
    is_in_brackets = text[: getattr(second.meta, "start_pos", 0)].rstrip().endswith("(")
    if first.data != "div" or not _is_slash(first, text) or is_in_brackets:
        return False
    above, below = first.children
    if _is_count(second) or below.data == second.data:
        return True
    if below.data != "number":
        return second.data in (*SYMBOLS, "transposed")
    is_symbol = second.data in SYMBOLS or _is_power_of(second, *SYMBOLS)
    if above.data == "number":
        return _is_power_of(second, "plain") and _is_greek(second.children[0])
    if above.data in SYMBOLS:
        return is_symbol
    return is_symbol or second.data in ("transposed", "power", "norm", "absolute")


def _is_power_of(tree: Tree, *kinds: str) -> bool:
    return tree.data == "power" and tree.children[0].data in kinds


def _is_greek(plain: Tree) -> bool:
    return any(token.type == "GREEK" for token in plain.scan_values(lambda _: True))


def _is_count(tree: Tree) -> bool:
    return tree.data == "plain" and letter_name(tree.children[0]) in COUNTS


def _is_slash(division: Tree, text: str) -> bool:
    above, below = division.children
    return "/" in text[above.meta.end_pos : below.meta.start_pos]


def _is_open(tree: Tree) -> bool:
    """Whether it is a function that stands before a letter or number without brackets."""
    return tree.data == "bare" and _argument(tree).data in (*SYMBOLS, "number")


def _argument(bare: Tree) -> Tree:
    argument = bare.children[-1]
    while argument.data == "bare":
        argument = argument.children[-1]
    return argument


def _of_what(bare: Tree) -> str:
    function = bare.children[0]
    return f"what {function} is of is not clear: write {function}(...)"
