"""Functions that a text defines for its last one, as def sigmoid(z): ... or f = lambda w: ..., are
put in where they are called. Numbers that are given names before a function are its own.
"""

from __future__ import annotations

import ast
from ast import unparse
from collections import Counter
from collections.abc import Iterator, Mapping
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

DEEPEST = 20
"""Calls within calls."""
Helper = ast.FunctionDef | ast.Lambda
Statements = list[ast.stmt]


class Helpers(ast.NodeTransformer):
    """A walk over statements that knows the functions that stand before them, and `given` ones. As
    in Python, what a function calls is looked up when it is called.
    """

    def __init__(self, given: Mapping[str, Helper | None]) -> None:
        self.known: dict[str, Helper | None] = dict(given)
        """What each helper is; None if its names are others where it is called."""
        self.all: dict[str, Helper | None] = {}
        """Those of the whole text that are the last of their name."""
        self.taken: set[str] = set()
        """Names that are something else in some place of the text."""
        self.bound: list[str] = []
        """The indices of the sums around a call."""
        self.depth = 0

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """All of a text, whose last definition is the function itself if nothing follows it."""
        self.taken = {*assigned_in(node), *arguments_in(node), *_defined_in(node)} - _modules_in(
            node
        )
        statements = [s for s in node.body if not is_text(s)]
        self.all |= dict.fromkeys(_defined_in(node))
        match statements:
            case [*_, ast.FunctionDef(name=name) as last] if not refused_decorator(last):
                self.all[name] = deepcopy(last)
        node.body = self._without_helpers(statements)
        self.all |= self.known
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
                    self.known[name] = None if refused_decorator(statement) else statement
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as helper) if (
                    at < len(statements)
                ):
                    self.known[name] = helper
                case _:
                    kept.append(self.visit(statement))
                    for name in {*assigned_in(statement)} & self.known.keys():
                        del self.known[name]
        return kept

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp) -> ast.expr:
        """A sum binds its indices."""
        outside = self.bound
        self.bound = [*outside, *_bound_in(node)]
        self.generic_visit(node)
        self.bound = outside
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """And so does a list."""
        return self.visit_GeneratorExp(node)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A helper that is not called is no number."""
        is_read = isinstance(node.ctx, ast.Load) and node.id not in self.bound
        if is_read and node.id in self.known:
            raise _error(node, "is a function: expected its arguments in brackets")
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call of a helper is what that returns of its arguments."""
        name = node.func
        if not isinstance(name, ast.Name) or name.id not in self.known:
            if isinstance(name, ast.Name) and name.id in self.taken:
                raise _error(name, "is given another meaning in this text than that of a function")
            return self.generic_visit(node)
        if not (helper := self.known[name.id]):
            raise _error(name, "has names that are others here: write what it is in its place")
        node.args = [self.visit(value) for value in node.args]
        node.keywords = [self.visit(option) for option in node.keywords]
        self.depth += 1
        if self.depth > DEEPEST:
            raise _error(name, "calls itself")
        result = self.visit(self._result(helper, node, name))
        self.depth -= 1
        return said(f"({unparse(result)})", node).value

    def _result(self, helper: Helper, call: ast.Call, name: ast.Name) -> ast.expr:
        """What a helper returns, with its arguments put in; what it calls is looked at later."""
        values = _arguments_of(helper, call, name)
        body = helper.body if isinstance(helper, ast.FunctionDef) else [ast.Return(helper.body)]
        statements = [s for s in body if not is_text(s)]
        own = [one for s in statements for one in assigned_in(s)]
        own = [one for one in own if one not in {*_bound_in(helper)}]
        read = Counter(one for s in statements for one in read_in(s))
        dropped = {one for one in own if not read[one]} | {
            one
            for one, value in values.items()
            if not read[one] and not isinstance(value, ast.Name | ast.Constant)
        }
        if dropped or len(set(own)) < len(own):
            raise _error(name, "has a value that is not used: put it in where it is called")
        for statement in statements:
            if unset := set(own).intersection(read_in(statement)) - values.keys():
                raise _error(name, f"reads {min(unset)} before it has a value")
            match statement:
                case ast.Assign(targets=[ast.Name(id=one)], value=value):
                    values[one] = self._put_in(values, value, name)
                case ast.Return(value=ast.expr() as value) if statement is statements[-1]:
                    return self._put_in(values, value, name)
                case _:
                    break
        raise _error(name, "is more than values for names and one return: put it in where it is")

    def _put_in(self, values: dict[str, ast.expr], value: ast.expr, name: ast.Name) -> ast.expr:
        bound = {*_bound_in(value)}
        names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
        given = [values[one] for one in names & values.keys()]
        outer = {part.id for one in given for part in ast.walk(one) if isinstance(part, ast.Name)}
        if bound & (outer | values.keys()) or names.difference(values, bound) & {*self.bound}:
            raise _error(name, "has an index that is a name in its argument: call one otherwise")
        if any(isinstance(part, ast.Lambda) for part in ast.walk(value)):
            raise _error(name, "has a function of its own: put it in where it is called")
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


def _arguments_of(helper: Helper, call: ast.Call, name: ast.Name) -> dict[str, ast.expr]:
    """What each argument of a helper is in a call."""
    arguments = helper.args
    names = [one.arg for one in arguments.args]
    last = names[len(names) - len(arguments.defaults) :]
    more = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    defaults = [*zip(last, arguments.defaults, strict=True)]
    defaults += [(one.arg, value) for one, value in more if value]
    options = [(option.arg or "**", option.value) for option in call.keywords]
    given = [*zip(names, call.args, strict=False), *options]
    known = [*names, *(one.arg for one in arguments.kwonlyargs)]
    is_plain = not (arguments.posonlyargs or arguments.vararg or arguments.kwarg)
    are_numbers = all(_is_of_no_name(value) for _, value in defaults)
    is_once = len(dict(given)) == len(call.args) + len(call.keywords)
    values = dict(defaults) | dict(given)
    if not (is_plain and are_numbers and is_once and values.keys() == {*known}):
        what = f"takes {', '.join(known) or 'no arguments'}, and numbers by default"
        raise _error(name, what)
    return values


def _bound_in(node: ast.AST) -> Iterator[str]:
    """The names of the indices of sums in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            yield from (one.id for one in ast.walk(part.target) if isinstance(one, ast.Name))


def _free_in(helper: Helper) -> set[str]:
    """The names of a helper that are none of its own, those that it calls included."""
    own = {*arguments_in(helper.args), *assigned_in(helper), *_bound_in(helper)}
    return {part.id for part in ast.walk(helper) if isinstance(part, ast.Name)} - own


def _defined_in(node: ast.AST) -> set[str]:
    return {part.name for part in ast.walk(node) if isinstance(part, ast.FunctionDef)}


def _modules_in(node: ast.AST) -> set[str]:
    """Names of PyTorch's modules, as after criterion = nn.MSELoss()."""
    modules: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)) if (
                "nn." in unparse(function)
            ):
                modules.add(name)
    return modules


def _is_number(statement: ast.stmt) -> bool:
    """Whether a statement gives a name a number, as eps = 1e-8 does."""
    match statement:
        case ast.Assign(targets=[ast.Name()], value=value):
            return _is_of_no_name(value)
    return False


def _is_of_no_name(value: ast.expr) -> bool:
    parts = (ast.Name, ast.Call, ast.Lambda)
    return not any(isinstance(part, parts) for part in ast.walk(value))


def _error(function: ast.Name, what: str) -> AnswerSyntaxError:
    return AnswerSyntaxError.saying(f"line {function.lineno}, {function.id} {what}")
