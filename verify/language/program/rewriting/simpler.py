"""Statements that people write, said by simpler ones: the sizes of an array, loops over its rows,
what is added under a condition, and changes of a part of an array.
"""

from __future__ import annotations

import ast
from ast import unparse
from collections import Counter

from verify.language.program.statements import (
    APPENDED,
    LONGEST,
    SIGNS,
    WHOLE,
    MadeUp,
    added_where,
    read_in,
    said,
    said_of_each,
)
from verify.language.tree import AnswerSyntaxError

Statements = ast.stmt | list[ast.stmt]


class Simpler(ast.NodeTransformer):
    """A walk over statements."""

    def __init__(self, made_up: MadeUp):
        self.made_up = made_up
        self.is_in_loop = False
        self.read: Counter[str] = Counter()
        """How often the value of each name is read."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """All of a text."""
        self.read = Counter(read_in(node))
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> Statements:
        """n, d = X.shape is n = X.shape[0], then d = X.shape[1]."""
        self.generic_visit(node)
        match node:
            case ast.Assign(
                targets=[ast.Tuple(elts=[_, _, *_] as names)], value=ast.Attribute(attr="shape")
            ):
                shape = unparse(node.value)
                return [said(f"{unparse(n)} = {shape}[{k}]", node) for k, n in enumerate(names)]
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id=sign), ast.Name(id=name)])],
                value=ast.Call(func=function) as value,
            ) if unparse(function).endswith("slogdet") and sign not in self.read:
                return said(f"{name} = {unparse(value)}[1]", node)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(
                names
            ) == len(values) and all(isinstance(n, ast.Name) for n in names):
                targets, texts = [*map(unparse, names)], [*map(unparse, values)]
                now: list[str] = []
                if not _names_in(*values).isdisjoint(targets):  # all are computed before
                    now = [self.made_up.name("value") for _ in values]
                given = [*zip(now or targets, texts, strict=True)]
                given += zip(targets, now, strict=False)
                return [said(f"{name} = {value}", node) for name, value in given]
            case ast.Assign(targets=[ast.Name(id=first), *others], value=value) if others and all(
                isinstance(other, ast.Name) for other in others
            ):  # a = b = x is one array by two names, and a = b = 0 are two numbers
                same = unparse(value) if isinstance(value, ast.Constant) else first
                others_too = (f"{unparse(other)} = {same}" for other in others)
                return [said(text, node) for text in (f"{first} = {unparse(value)}", *others_too)]
            case ast.Assign(targets=[ast.Subscript() as target], value=value) if added := _added_to(
                unparse(target), value
            ):
                return self.visit(said(f"{unparse(target)} += {added}", node))
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Slice() as whole)],
                value=value,
            ) if unparse(whole) == WHOLE and not self.is_in_loop:
                return said(f"{name} += ({unparse(value)}) - {name}", node)
            case ast.Assign(targets=[target], value=value) if place := self._part(target):
                return said(_added_to_part(*place, "+=", f"({unparse(value)}) -"), node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> Statements:
        """s[1:] += f is s += eye(len(s))[1:].T @ f, where f is as long as s[1:]."""
        self.generic_visit(node)
        match node:
            case ast.AugAssign(
                target=ast.Subscript(value=ast.Name(id=name), slice=ast.Slice() as whole)
            ) if unparse(whole) == WHOLE and not self.is_in_loop:
                node.target = ast.copy_location(ast.Name(name, ast.Store()), node.target)
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as sign, value=value) if (
                place := self._part(target)
            ):
                more = f"({unparse(value)}) + 0*"
                return said(_added_to_part(*place, SIGNS[type(sign)], more), node)
        return node

    def visit_For(self, node: ast.For) -> Statements:
        """for x, y in zip(X, Y): ... is for k in range(len(X)): x = X[k], then y = Y[k], ..."""
        outside, self.is_in_loop = self.is_in_loop, True
        self.generic_visit(node)
        self.is_in_loop = outside
        rows = self._rows(node.target, node.iter)
        if not rows or not rows[2].keys().isdisjoint(_names_in(node.iter)):
            node.body = [_put_at_end(s, unparse(node.target)) for s in node.body]
            return node  # a name would stand for its array and for a row
        index, turns, entries = rows
        if len(entries) == 1 and entries.keys().isdisjoint(self.read):
            entries = {}  # of several arrays the shortest counts
        given = [said(f"{name} = {entry}", node) for name, entry in entries.items()]
        body = [*given, *(_put_at_end(statement, index) for statement in node.body)]
        loop = ast.For(ast.Name(index, ast.Store()), said(turns, node).value, body, node.orelse)
        return ast.copy_location(loop, node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp) -> ast.expr:
        """sum(f(x, y) for x, y in zip(X, Y)) is sum(f(X[k], Y[k]) for k in range(len(X)))."""
        self.generic_visit(node)
        match node.generators:
            case [ast.comprehension(is_async=0) as turn]:
                rows = self._rows(turn.target, turn.iter)
                if rows and rows[2].keys() <= _names_in(node.elt):  # the shortest of all counts
                    index, turns, entries = rows
                    tests = "".join(f" if {_put_in(entries, test)}" for test in turn.ifs)
                    term = _put_in(entries, node.elt)
                    return said_of_each(term, f"{index} in {turns}{tests}", node)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """The same in np.array([f(x) for x in X])."""
        return self.visit_GeneratorExp(node)

    def _rows(self, target: ast.expr, rows: ast.expr) -> tuple[str, str, dict[str, str]] | None:
        """The index and the range of a loop over rows, and which entry each name is."""
        match target, rows:
            case _, ast.Call(func=ast.Name(id="range")):
                return None
            case (
                ast.Tuple(elts=[ast.Name(id=index), row]),
                ast.Call(func=ast.Name(id="enumerate"), args=[arrays], keywords=[]),
            ):
                pass
            case row, arrays:
                index = self.made_up.name("turn")
        match row, arrays:
            case (
                ast.Tuple(elts=names),
                ast.Call(func=ast.Name(id="zip"), args=[_, *_] as columns, keywords=[]),
            ) if len(names) == len(columns):
                pass
            case ast.Name(), _:
                names, columns = [row], [arrays]
            case _:
                return None
        texts = [f"({unparse(column)})" for column in columns]
        entries = {
            unparse(name): f"{text}[{index}]" for name, text in zip(names, texts, strict=True)
        }
        return index, f"range(len{texts[0]})", entries

    def visit_If(self, node: ast.If) -> Statements:
        """In a loop, if c: s += f is s += f if c else 0; a name that is read in one branch alone is
        given its value there as if it was anywhere.
        """
        if not self.is_in_loop:
            return node
        read = [Counter(read_in(ast.Module(branch, []))) for branch in (node.body, node.orelse)]
        own = [{name for name in one if one[name] == self.read[name]} for one in read]
        self.generic_visit(node)
        test = self.made_up.name("test")
        statements = [said(f"{test} = {unparse(node.test)}", node)]
        match node.body, node.orelse:
            case (
                [ast.Assign(targets=[ast.Name(id=name)], value=yes)],
                [ast.Assign(targets=[ast.Name(id=same)], value=no)],
            ) if name == same:
                chosen = f"({unparse(yes)}) if {test} else ({unparse(no)})"
                return [*statements, said(f"{name} = {chosen}", node)]
        branches = (True, node.body, own[0]), (False, node.orelse, own[1])
        for holds, branch, names in branches:
            may_assign = (names | self.made_up.names).__contains__
            added = added_where(test, holds, branch, may_assign)
            if branch and not added:
                return node
            statements += added
        return statements

    def _part(self, target: ast.expr) -> tuple[str, str, int] | None:
        """The name, the part and its axis of s[1:], G[:, 1:], or s[0], which is s[0:1]; none in a
        loop.
        """
        if self.is_in_loop or not isinstance(target, ast.Subscript):
            return None
        match target.slice:
            case ast.Tuple(elts=[one, ast.Slice() as other]) if unparse(other) == WHOLE:
                place, axis = one, 0
            case ast.Tuple(elts=[ast.Slice() as other, one]) if unparse(other) == WHOLE:
                place, axis = one, 1
            case place:
                axis = 0
        match target.value, place:
            case ast.Name(id=name), ast.Slice(step=None) as part if part.lower or part.upper:
                return name, unparse(part), axis
            case ast.Name(id=name), ast.Constant(value=int(at)) if place is target.slice:
                return name, f"{at}:{at + 1}", axis
            case ast.Name(id=name), ast.UnaryOp(ast.USub(), ast.Constant(value=int(at))) if (
                place is target.slice
            ):
                return name, f"-{at}:{1 - at or ''}", axis
        return None


def _put_at_end(statement: ast.stmt, index: str) -> ast.stmt:
    """s.append(f) in each turn of a loop is s[k] = f, of a list that has nothing before."""
    match statement:
        case ast.Expr(
            ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="append"),
                args=[value],
                keywords=[],
            )
        ):
            return said(f"{name}[{index}] = {APPENDED}({unparse(value)})", statement)
    return statement


def _added_to(target: str, value: ast.expr) -> str:
    """f - g in s[k] = s[k] + f - g, and in s[k] = f - g + s[k]; nothing in another value."""
    match value:
        case ast.BinOp(left=first, op=ast.Add(), right=second) if unparse(second) == target:
            return f"({unparse(first)})"
        case ast.BinOp(left=first, op=ast.Add() | ast.Sub() as sign, right=second):
            before = "0" if unparse(first) == target else _added_to(target, first)
            return before and f"({before} {SIGNS[type(sign)][0]} ({unparse(second)}))"
    return ""


def _names_in(*nodes: ast.AST) -> set[str]:
    return {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}


def _put_in(texts: dict[str, str], node: ast.expr) -> str:
    """The text of an expression with texts for names; raises `AnswerSyntaxError` if it is long."""
    names = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in texts]
    if sum(len(texts[name.id]) for name in names) > LONGEST:
        raise AnswerSyntaxError(f"expected at most {LONGEST} characters with all rows put in")
    for name in names:
        name.id = texts[name.id]
    return unparse(node)


def _added_to_part(name: str, part: str, axis: int, sign: str, more: str) -> str:
    if axis:
        return f"{name} {sign} ({more} {name}[:, {part}]) @ eye({name}.shape[1])[{part}]"
    return f"{name} {sign} eye(len({name}))[{part}].T @ ({more} {name}[{part}])"


def text_of(node: ast.expr, source: str) -> str:
    """The text of an expression in its source, or of one that has been said by others."""
    is_made_up = any(getattr(part, "end_lineno", 0) is None for part in ast.walk(node))
    return unparse(node) if is_made_up else ast.get_source_segment(source, node) or ""
