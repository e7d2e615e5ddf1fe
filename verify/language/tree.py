"""Reads a text by a grammar into a tree that is bounded in size; nothing is known of names yet."""

from __future__ import annotations

import re
from copy import copy
from typing import NamedTuple

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput

LONGEST = 2000
DEEPEST = 80
DIGITS, LETTERS = 30, 40
COMMAND_OR_CHARACTER = re.compile(r"\\[A-Za-z]+|.", re.DOTALL)
INSTEAD = {
    **dict.fromkeys("^\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}", "a power is x**2"),
    **dict.fromkeys("\N{MINUS SIGN}\N{EN DASH}", "a minus is -"),
    **dict.fromkeys("\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}", "a product is x*y"),
    **dict.fromkeys("|", "a size is abs(x), a length is norm(x)"),
    **dict.fromkeys("'\N{PRIME}", "a transpose is A.T"),
    "=": "expected the right side alone",
}
"""How else what people type is said here."""
LOCATION = re.compile(r"(line \d+, )?column \d+: ")
"""How a message begins that says where."""


class Location(NamedTuple):
    """A column of a text, or of one line of it, each counted from 1."""

    column: int = 1
    line: int | None = None

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}" if self.line else f"column {self.column}"


BEGINNING = Location()


class AnswerSyntaxError(ValueError):
    """A text that is not in the language; its message points at the place."""

    def __init__(self, message: str, location: Location = BEGINNING):
        super().__init__(f"{location}: {message}")

    @classmethod
    def saying(cls, message: str) -> AnswerSyntaxError:
        """The error with a message that says the place itself."""
        error = cls("")
        error.args = (message,)
        return error


def parse(parser: Lark, text: str) -> Tree:
    """The tree of a text; raises `AnswerSyntaxError`. The parser does not recurse."""
    if len(text) > LONGEST:
        raise AnswerSyntaxError(f"expected at most {LONGEST} characters, got {len(text)}")
    line = "".join(" " if c.isspace() else c for c in text)
    if not line.strip():
        raise AnswerSyntaxError("expected an expression, got nothing")
    try:
        tree = parser.parse(line)
    except UnexpectedInput as error:
        raise _pointed(error, line) from None
    reject_too_deep(tree)
    return tree


def location_of(tree: Tree) -> Location:
    """Where a tree begins."""
    return Location(getattr(tree.meta, "column", 1), getattr(tree.meta, "line_of_program", None))


def in_line(tree: Tree, line: int) -> Tree:
    """The tree of one line of a program, in which every part knows its line."""
    meta = copy(tree.meta)
    meta.line_of_program = line  # type: ignore[attr-defined]
    parts = [in_line(part, line) if isinstance(part, Tree) else part for part in tree.children]
    return Tree(tree.data, parts, meta)


def _pointed(error: UnexpectedInput, line: str) -> AnswerSyntaxError:
    if isinstance(error, UnexpectedCharacters):
        character = COMMAND_OR_CHARACTER.match(line, error.column - 1)[0]  # type: ignore[index]
        return AnswerSyntaxError(_unexpected(character), Location(error.column))
    token = getattr(error, "token", None)
    if token is None or token.type == "$END":
        return AnswerSyntaxError("the expression ends too early", Location(len(line.rstrip()) + 1))
    return AnswerSyntaxError(_unexpected(token), Location(token.column))


def _unexpected(text: str) -> str:
    instead = f": {INSTEAD[str(text)]}" if str(text) in INSTEAD else ""
    return f"unexpected {_quoted(text)}{instead}"


def _quoted(text: str) -> str:
    r"""In quotes, with one backslash for one."""
    return repr(str(text)).replace("\\\\", "\\")


def reject_too_deep(tree: Tree) -> None:
    """Raise `AnswerSyntaxError` for a tree of too many levels, or of too long names."""
    depth: dict[int, int] = {}
    for part in tree.iter_subtrees():  # the inner ones first
        depth[id(part)] = 1 + max((depth.get(id(child), 0) for child in part.children), default=0)
        if depth[id(part)] > DEEPEST:
            raise AnswerSyntaxError(f"expected at most {DEEPEST} levels", location_of(part))
        for token in part.children:
            longest = LETTERS if isinstance(token, Token) and token[0].isalpha() else DIGITS
            if isinstance(token, Token) and len(token) > longest:
                raise AnswerSyntaxError(
                    f"expected at most {longest} characters a number or name",
                    Location(token.column or 1),
                )
