"""Functions that a text defines for its last one, as def sigmoid(z): ... or f = lambda w: ..., are
put in where they are called. Numbers that are given names before a function are its own.
"""

from __future__ import annotations

import ast
from ast import unparse
from collections.abc import Iterator
from copy import deepcopy

from verify.language.program.frame import refused_decorator
from verify.language.program.statements import (
    LONGEST,
    arguments_in,
    assigned_in,
    is_text,
    read_in,
    said,
)
from verify.language.tree import AnswerSyntaxError

Helper = ast.FunctionDef | ast.Lambda
Statements = list[ast.stmt]


class Helpers(ast.NodeTransformer):
    """A walk over statements that knows the functions that stand before them."""

    def __init__(self) -> None:
        self.known: dict[str, Helper | None] = {}
        """What each helper is; None if its names are others where it is called."""
        self.bound: list[str] = []
        """The indices of the sums around a call."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """All of a text, whose last definition is the function itself if nothing follows it."""
        node.body = self._without_helpers([s for s in node.body if not is_text(s)])
        match node.body:
            case [*numbers, ast.FunctionDef() as function] if numbers and all(
                map(_is_number, numbers)
            ):
                own = {*arguments_in(function.args), *assigned_in(function)}
                before = [s for s in numbers if own.isdisjoint(assigned_in(s))]
                function.body = [*before, *function.body]
                node.body = [function]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function, which may have functions of its own; no argument is another's name."""
        outside = self.known
        own = {*arguments_in(node.args), *assigned_in(node)}
        self.known = {
            name: helper if helper and own.isdisjoint(_free_in(helper)) else None
            for name, helper in outside.items()
            if name not in own
        }
        node.body = self._without_helpers(node.body)
        self.known = outside
        return node

    def _without_helpers(self, statements: Statements) -> Statements:
        kept: Statements = []
        for at, statement in enumerate(statements, 1):
            match statement:
                case ast.FunctionDef(name=name) if at < len(statements):
                    self.known[name] = (
                        None if refused_decorator(statement) else self.visit(statement)
                    )
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as helper) if (
                    at < len(statements)
                ):
                    self.known[name] = self.visit(helper)
                case _:
                    kept.append(self.visit(statement))
                    for name in {*assigned_in(statement)} & self.known.keys():
                        del self.known[name]
        return kept

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp) -> ast.expr:
        """A sum binds its indices."""
        outside = self.bound
        targets = [part for turn in node.generators for part in ast.walk(turn.target)]
        self.bound = [*outside, *(part.id for part in targets if isinstance(part, ast.Name))]
        self.generic_visit(node)
        self.bound = outside
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """And so does a list."""
        return self.visit_GeneratorExp(node)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A helper that is not called is no number."""
        if node.id in self.known and isinstance(node.ctx, ast.Load):
            raise _error(node, "is a function: expected its arguments in brackets")
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call of a helper is what that returns of its arguments."""
        if not isinstance(node.func, ast.Name) or node.func.id not in self.known:
            return self.generic_visit(node)
        node.args = [self.visit(value) for value in node.args]
        node.keywords = [self.visit(option) for option in node.keywords]
        if not (helper := self.known[node.func.id]):
            raise _error(node.func, "has names that are others here: write what it is in its place")
        values = _arguments_of(helper, node)
        statements = (
            helper.body if isinstance(helper, ast.FunctionDef) else [ast.Return(helper.body)]
        )
        own = {*assigned_in(helper)}.difference(_bound_in(helper))
        for statement in (s for s in statements if not is_text(s)):
            if unset := own.intersection(read_in(statement)) - values.keys():
                raise _error(node.func, f"reads {min(unset)} before it has a value")
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    values[name] = self._put_in(values, value, node.func)
                case ast.Return(value=ast.expr() as value) if statement is statements[-1]:
                    text = unparse(self._put_in(values, value, node.func))
                    return said(f"({text})", node).value
                case _:
                    break
        raise _error(
            node.func, "is more than values for names and one return: put it in where it is"
        )

    def _put_in(self, values: dict[str, ast.expr], value: ast.expr, name: ast.Name) -> ast.expr:
        bound = {*_bound_in(value)}
        names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
        given = [values[one] for one in names & values.keys()]
        outer = {part.id for one in given for part in ast.walk(one) if isinstance(part, ast.Name)}
        if bound & (outer | values.keys()) or names.difference(values, bound) & {*self.bound}:
            raise _error(name, "has an index that is a name in its argument: call one otherwise")
        result = _Putting(values).visit(deepcopy(value))
        if len(unparse(result)) > LONGEST:
            raise _error(name, f"is longer than {LONGEST} characters with its arguments put in")
        return result


class _Putting(ast.NodeTransformer):
    """A walk that puts values in for names."""

    def __init__(self, values: dict[str, ast.expr]):
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self.values.get(node.id, node))


def _arguments_of(helper: Helper, call: ast.Call) -> dict[str, ast.expr]:
    """What each argument of a helper is in a call."""
    arguments, function = helper.args, call.func
    assert isinstance(function, ast.Name)
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    last = names[len(names) - len(arguments.defaults) :]
    values = dict(zip(last, arguments.defaults, strict=True))
    more = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    values |= {one.arg: value for one, value in more if value}
    options = {option.arg: option.value for option in call.keywords if option.arg}
    given = dict(zip(names, call.args, strict=False)) | options
    known = {*names, *(one.arg for one in arguments.kwonlyargs)}
    is_once = len(given) == len(call.args) + len(call.keywords)
    are_numbers = all(isinstance(value, ast.Constant) for value in values.values())
    if not is_once or not are_numbers or not given.keys() <= known <= (given | values).keys():
        raise _error(function, f"takes {', '.join(names) or 'no arguments'}")
    return values | given


def _bound_in(node: ast.AST) -> Iterator[str]:
    """The names of the indices of sums in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            yield from (one.id for one in ast.walk(part.target) if isinstance(one, ast.Name))
        elif isinstance(part, ast.Lambda):
            yield from arguments_in(part.args)


def _free_in(helper: Helper) -> set[str]:
    """The names of a helper that are none of its own."""
    own = {*arguments_in(helper.args), *assigned_in(helper), *_bound_in(helper)}
    return {part.id for part in ast.walk(helper) if isinstance(part, ast.Name)} - own


def _is_number(statement: ast.stmt) -> bool:
    """Whether a statement gives a name a number, as eps = 1e-8 does."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=value):
            return not any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(value))
    return False


def _error(function: ast.Name, what: str) -> AnswerSyntaxError:
    return AnswerSyntaxError.saying(f"line {function.lineno}, {function.id} {what}")
