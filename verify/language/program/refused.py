"""What is not read of a function's frame: what it imports, its decorators, and its arguments."""

from __future__ import annotations

import ast
from collections.abc import Set
from typing import NamedTuple

from verify.language.defined import NOT_AS_IN_NUMPY
from verify.language.libraries import library_of
from verify.language.program.statements import HARMLESS, arguments_in, is_usual
from verify.language.words.elementwise import NUMBERS


class Refused(NamedTuple):
    """Why something is not read, and the line that it stands in."""

    line: int
    why: str


def refused_import(statement: ast.stmt) -> Refused | None:
    """A name that is imported alone shows no library, whose conventions may be its own."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return None
    for alias in statement.names:
        if alias.asname and not is_usual(statement, alias):
            named = f"{alias.name} has another name than {alias.asname}"
            return Refused(statement.lineno, named)
    if isinstance(statement, ast.ImportFrom):
        library = library_of([*(statement.module or "").split("."), ""])
        if any(alias.name == "*" for alias in statement.names) and library in NOT_AS_IN_NUMPY:
            return Refused(statement.lineno, f"expected the names from {library}")
        for name in {a.name for a in statement.names} & {*NOT_AS_IN_NUMPY.get(library, ())}:
            called = f"expected {statement.module}.{name}(...) where it is called"
            return Refused(statement.lineno, called)
    return None


def refused_decorator(statement: ast.stmt) -> Refused | None:
    """@grad makes another function of one."""
    for decorator in statement.decorator_list if isinstance(statement, ast.FunctionDef) else ():
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(called).rpartition(".")[2] not in HARMLESS:
            what = f"expected no decorator, got {ast.unparse(called)[:20]}"
            return Refused(decorator.lineno, what)
    return None


def refused_argument(function: ast.FunctionDef) -> Refused | None:
    """A name by which the language has a number is none of an argument."""
    names = arguments_in(function.args)
    if taken := {name for name in names if names.count(name) > 1 or name in NUMBERS}:
        return Refused(function.lineno, f"expected another name than {min(taken)} for an argument")
    return None


def hidden_argument(function: ast.FunctionDef | ast.Lambda, given: Set[str]) -> Refused | None:
    """An argument of an answer by whose name its question has another value."""
    if hidden := given & {*arguments_in(function.args)}:
        what = f"{min(hidden)} is given a value in the function: call the argument otherwise"
        return Refused(function.lineno, what)
    return None
