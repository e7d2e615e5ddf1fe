"""A function as people paste it, an expression, several lines or a `def`: one tree of the language.

Python's own parser finds the statements and nothing is run: each right side is read as an
expression of the language, and put in wherever its name is used.
"""

from __future__ import annotations

import ast
import re

from lark import Token, Tree

from verify.language.defined import NOT_AS_IN_NUMPY
from verify.language.numpy_text import read_numpy
from verify.language.tree import AnswerSyntaxError, reject_too_deep

LONGEST, MOST_STATEMENTS, MOST_PARTS = 20_000, 100, 20_000
"""Characters and statements of a text, and parts of its tree with all names put in."""
IS_PROGRAM = re.compile(
    r"\n|;|^\s*((def|return|from|import)\b|lambda\b[\w\s,]*:|\w+\s*(:\s*\w+\s*)?=(?!=))"
)
OF_TORCH = re.compile(r"\b(import|from) +torch\b|\btorch *\.")
OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
KINDS = {
    ast.For: "a loop",
    ast.While: "a loop",
    ast.If: "if: where(condition, a, b) is in the language",
    ast.With: "with",
    ast.Try: "try",
    ast.ClassDef: "a class",
    ast.Assert: "assert",
    ast.Raise: "raise",
}
"""What statements are called that the language does not have."""


def read_function(text: str) -> Tree:
    """The tree of a text; raises `AnswerSyntaxError`, whose message names the line and column."""
    if len(text) > LONGEST:
        raise AnswerSyntaxError(f"expected at most {LONGEST} characters, got {len(text)}")
    return _Program(text).result() if IS_PROGRAM.search(text.strip()) else read_numpy(text)


class _Program:
    """Statements in their order, and what each name stands for."""

    def __init__(self, text: str):
        self.text, self.lines_before, self.columns_before = text.strip("\n"), 0, 0
        self.known: dict[str, Tree] = {}
        self.is_of_torch = OF_TORCH.search(text) is not None

    def result(self) -> Tree:
        """What the last line, or `return`, is."""
        body = self._body(self._parsed().body)
        if not body:
            raise AnswerSyntaxError("expected an expression, got nothing")
        if len(body) > MOST_STATEMENTS:
            raise AnswerSyntaxError(f"expected at most {MOST_STATEMENTS} statements")
        *assignments, last = body
        for statement in assignments:
            self._assign(statement)
        if isinstance(last, ast.Assign | ast.AnnAssign | ast.AugAssign):
            return self._assign(last)
        if isinstance(last, ast.Return | ast.Expr) and last.value is not None:
            return self._read(last.value)
        raise self._refused(last)

    def _parsed(self) -> ast.Module:
        is_whole = re.match(r"\s*(def|import|from|@)\b", self.text)
        if re.search(r"(?m)^\s*return\b", self.text) and not is_whole:
            if not self.text[0].isspace():
                self.text, self.columns_before = re.sub(r"(?m)^", " ", self.text), 1
            self.text, self.lines_before = f"def _():\n{self.text}", 1  # cut out of a function
        elif self.text[:1].isspace():
            self.text, self.lines_before = f"if 1:\n{self.text}", 1
        try:
            return ast.parse(self.text)
        except SyntaxError as error:
            column = max(1, (error.offset or 1) - self.columns_before)
            raise self._at(error.lineno or 1, f"column {column}: {error.msg}") from None
        except (ValueError, RecursionError, MemoryError):
            raise AnswerSyntaxError("nested too deep, or no text") from None

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements that say something: those of the one function, if there is one."""
        body = [s for s in statements if not _is_text(s) and not isinstance(s, ast.Pass)]
        for statement in body:
            self._reject_import(statement)
        body = [s for s in body if not isinstance(s, ast.Import | ast.ImportFrom)]
        if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
            return self._body(body[0].body)
        if len(body) == 1 and self.lines_before and isinstance(body[0], ast.If):
            return self._body(body[0].body)
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                raise self._at(statement.lineno, "expected one function and nothing beside it")
        return body

    def _reject_import(self, statement: ast.stmt) -> None:
        """A name that is imported alone shows no library, whose conventions may be its own."""
        if isinstance(statement, ast.ImportFrom):
            library = (statement.module or "").partition(".")[0]
            for name in {a.name for a in statement.names} & {*NOT_AS_IN_NUMPY.get(library, ())}:
                called = f"expected {statement.module}.{name}(...) where it is called"
                raise self._at(statement.lineno, f"column 1: {called}")

    def _assign(self, statement: ast.stmt) -> Tree:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.known[name] = self._read(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                self.known[name] = self._read(value)
            case ast.AugAssign(target=ast.Name(id=name), op=operator, value=value) if (
                type(operator) in OPERATORS
            ):
                before = self.known.get(name, _name(name))
                self._reject_second_name(statement, name, _array_of(before))
                kind = OPERATORS[type(operator)]
                self.known[name] = self._bounded(Tree(kind, [before, self._read(value)]))
            case _:
                raise self._refused(statement)
        return self.known[name]

    def _reject_second_name(self, statement: ast.stmt, name: str, array: str | None) -> None:
        """After y = x, y += 1 changes x, too, as an array has both names."""
        if array is None:
            return
        others = [known for known, tree in self.known.items() if _array_of(tree) == array]
        if names := {*others, array} - {name}:
            column = statement.col_offset + 1 - self.columns_before
            changed = f"this changes {min(names)}, too: write {name} = {name} + ..."
            raise self._at(statement.lineno, f"column {column}: {changed}")

    def _read(self, value: ast.expr) -> Tree:
        if isinstance(value, ast.Lambda):
            value = value.body
        segment = ast.get_source_segment(self.text, value) or ""
        try:
            spaces = " " * (value.col_offset - self.columns_before)
            tree = read_numpy(spaces + segment, self.is_of_torch)
        except AnswerSyntaxError as error:
            raise self._at(value.lineno, str(error)) from None
        return self._bounded(self._with_names_put_in(tree, frozenset()))

    def _with_names_put_in(self, tree: Tree, bound: frozenset[str]) -> Tree:
        if tree.data == "name" and tree.children[0] not in bound:
            return self.known.get(str(tree.children[0]), tree)
        if tree.data == "each":
            bound |= {str(tree.children[1])}
        children = list(tree.children)
        keep = 1 if tree.data in ("call", "keyword") and _is_name(children[0]) else 0
        parts = [
            self._with_names_put_in(c, bound) if isinstance(c, Tree) and place >= keep else c
            for place, c in enumerate(children)
        ]
        return Tree(tree.data, parts, tree.meta)

    def _bounded(self, tree: Tree) -> Tree:
        sizes: dict[int, int] = {}
        for part in tree.iter_subtrees():  # the inner ones first, each once
            sizes[id(part)] = 1 + sum(sizes.get(id(child), 0) for child in part.children)
        if sizes[id(tree)] > MOST_PARTS:
            raise AnswerSyntaxError(f"expected at most {MOST_PARTS} parts with all names put in")
        reject_too_deep(tree)
        return tree

    def _at(self, line: int, message: str) -> AnswerSyntaxError:
        return AnswerSyntaxError.saying(f"line {line - self.lines_before}, {message}")

    def _refused(self, statement: ast.stmt) -> AnswerSyntaxError:
        what = KINDS.get(type(statement), "this statement")
        column = statement.col_offset + 1 - self.columns_before
        return self._at(
            statement.lineno,
            f"column {column}: expected 'name = expression' or 'return expression', got {what}",
        )


def _array_of(tree: Tree) -> str | None:
    """The name of the array that a tree is, whole or in part; None for a new one."""
    while tree.data == "subscript" or (tree.data == "attribute" and tree.children[1] == "T"):
        tree = tree.children[0]
    return str(tree.children[0]) if tree.data == "name" else None


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _is_name(tree: Tree | Token) -> bool:
    return (isinstance(tree, Tree) and tree.data == "name") or isinstance(tree, Token)


def _name(name: str) -> Tree:
    return Tree("name", [Token("NAME", name)])
