"""The text of a program: its comments, its margin, and how places in it are said in errors."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from contextlib import suppress

from verify.language.program.statements import arguments_in
from verify.language.tree import AnswerSyntaxError


class ProgramText:
    """A text that is made whole where it is cut out of a function or stands behind a margin."""

    def __init__(self, text: str):
        self.text, self.lines_before, self.columns_before = text.strip("\n"), 0, 0
        is_whole = re.search(r"(?m)\A\s*(def|import|from|@)\b|^def\b", self.text)
        if re.search(r"(?m)^\s*return\b", self.text) and not is_whole:
            if not self.text[0].isspace():
                self.text, self.columns_before = re.sub(r"(?m)^", " ", self.text), 1
            self.text, self.lines_before = f"def _():\n{self.text}", 1
        elif self.text[:1].isspace():
            self.text, self.lines_before = f"if 1:\n{self.text}", 1

    @property
    def has_lines(self) -> bool:
        """Whether it has more than one line, so that places need one."""
        return "\n" in self.text.strip()

    def parsed(self) -> ast.Module:
        """By Python's own parser; raises `AnswerSyntaxError`."""
        try:
            return ast.parse(self.text)
        except SyntaxError as error:
            column = max(1, (error.offset or 1) - self.columns_before)
            raise self.error(error.lineno or 1, f"column {column}: {error.msg}") from None

    def column_of(self, node: ast.stmt | ast.expr) -> int:
        """The column in which a part of it begins, counted from 1."""
        return node.col_offset + 1 - self.columns_before

    def line_of(self, line: int) -> int:
        """A line, as it was counted before the text was made whole."""
        return line - self.lines_before

    def error(self, line: int, message: str) -> AnswerSyntaxError:
        """What is wrong in a line."""
        return AnswerSyntaxError.saying(f"line {self.line_of(line)}, {message}")


def is_broken_over_lines(text: str) -> bool:
    """Whether a text is one expression, if only brackets were around its lines; raises
    `AnswerSyntaxError` if they may be several statements as well.
    """
    try:
        if isinstance(ast.parse(f"(\n{text}\n)", mode="eval").body, ast.Lambda):
            return False
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    with suppress(SyntaxError):
        if len(ast.parse(text.strip()).body) > 1:
            raise AnswerSyntaxError("one expression or several lines: write brackets around it")
    return True


def own_arguments(text: str) -> set[str]:
    """The arguments of the function that a text ends in."""
    match _statements(text):
        case [*_, ast.FunctionDef(args=arguments)]:
            return {*arguments_in(arguments)}
    return set()


def with_one_value(text: str) -> list[str]:
    """A text that ends in `return a, b` with each of the values alone; any other as it is."""
    match _last(text):
        case ast.Return(value=ast.Tuple(elts=[_, _, *_] as values)) as last:
            return [_ending_in(text, last, ast.unparse(value)) for value in values]
    return [text]


def with_result(text: str, form: str) -> str:
    """A text with another result, by its own: ({}).T is its transpose."""
    match _last(text):
        case (ast.Return(value=ast.expr() as value) | ast.Expr(value=value)) as last:
            return _ending_in(text, last, form.format(ast.unparse(value)))
    return text


def _last(text: str) -> ast.stmt | None:
    """The last statement of a text, or of the function that it ends in."""
    statements = _statements(text)
    while statements and isinstance(statements[-1], ast.FunctionDef):
        statements = statements[-1].body
    return statements[-1] if statements else None


def _ending_in(text: str, last: ast.stmt, value: str) -> str:
    lines = text.strip("\n").encode().split(b"\n")
    before = b"\n".join([*lines[: last.lineno - 1], lines[last.lineno - 1][: last.col_offset]])
    return f"{before.decode()}{'return ' * isinstance(last, ast.Return)}({value})"


def _statements(text: str) -> list[ast.stmt]:
    """What Python's parser finds in a text; nothing if it is none."""
    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(text.strip("\n")).body
    return []


def without_comments(text: str) -> str:
    """The text with spaces for its comments and for the ends of lines that go on."""
    lines = text.split("\n")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column].rstrip(" ")
    except (tokenize.TokenError, SyntaxError):
        return text
    return "\n".join(lines)
