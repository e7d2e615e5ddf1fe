"""What stands around the statements that are read: imports, decorators and arguments, of which some
are refused; and what is printed or made sure of, which changes nothing.
"""

from __future__ import annotations

import ast
from ast import unparse
from collections.abc import Set
from typing import NamedTuple

from verify.language.defined import NOT_AS_IN_NUMPY
from verify.language.libraries import library_of
from verify.language.program.statements import arguments_in
from verify.language.words.elementwise import NUMBERS

HARMLESS = ("jit", "njit", "staticmethod", "no_grad", "function", "checkpoint")
"""Decorators that leave a function what it is."""
USUAL = {
    ("numpy", "np"), ("jax.numpy", "jnp"), ("jax.numpy", "np"), ("torch.nn.functional", "F"),
    ("numpy.linalg", "LA"), ("numpy.linalg", "la"), ("torch.nn", "nn"), ("autograd.numpy", "np"),
}  # fmt: skip
"""Modules and the names that they are imported by."""
LOOKING = {
    "print", "isinstance", "len", "type", "all", "any", "isfinite", "isnan", "isinf", "allclose",
    "isclose", "array_equal", "sum", "mean", "norm", "max", "min", "abs", "round", "float", "int",
    "str", "format", "item", "dim", "size", "numel", "callable", "issubdtype",
}  # fmt: skip
"""What may be called in what is printed, or made sure of."""


class Refused(NamedTuple):
    """Why something is not read, and the line that it stands in."""

    line: int
    why: str


def refused_import(statement: ast.stmt) -> Refused | None:
    """A name that is imported alone shows no library, whose conventions may be its own."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return None
    for alias in statement.names:
        if alias.asname and not _is_usual(statement, alias):
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
        if unparse(called).rpartition(".")[2] not in HARMLESS:
            what = f"expected no decorator, got {unparse(called)[:20]}"
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


class Harmless(ast.NodeTransformer):
    """A walk over statements that leaves out those that change nothing."""

    def visit_Assert(self, node: ast.Assert) -> ast.stmt | list[ast.stmt]:
        """What is made sure of changes nothing."""
        return [] if _changes_nothing(node) else node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        """What is printed changes nothing."""
        self.generic_visit(node)
        match node.value:
            case ast.Call(func=ast.Name(id="print")) if _changes_nothing(node):
                return []
        return node

    def visit_With(self, node: ast.With) -> ast.stmt | list[ast.stmt]:
        """with np.errstate(...): ... is what stands in it."""
        self.generic_visit(node)
        match node.items:
            case [ast.withitem(context_expr=ast.Call(func=ast.Attribute(attr="errstate")))]:
                return node.body
        return node


def _changes_nothing(statement: ast.stmt) -> bool:
    """Whether a statement gives no name a value, and calls only what looks at its arguments."""
    calls = [part for part in ast.walk(statement) if isinstance(part, ast.Call)]
    called = {unparse(call.func).rpartition(".")[2] for call in calls}
    has_names = any(isinstance(part, ast.NamedExpr) for part in ast.walk(statement))
    has_out = any(option.arg in (None, "out") for call in calls for option in call.keywords)
    return called <= LOOKING and not has_names and not has_out


def _is_usual(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    """Whether a module has the name that the language knows it by."""
    prefix = f"{statement.module}." if isinstance(statement, ast.ImportFrom) else ""
    return (prefix + alias.name, alias.asname) in USUAL or alias.name == alias.asname
