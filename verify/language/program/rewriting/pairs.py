"""Loops over pairs and over what a condition lets through, said by loops over whole ranges: a term
that is left out is 0 there.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from collections.abc import Iterator
from contextlib import contextmanager

from verify.language.program.statements import MadeUp, added_where, said, where

OVER_PAIRS = re.compile(r"(?s)\bfor\b.*\bfor\b|\bfor\b.*\bif\b")
"""What stands in an expression that is a sum over pairs, or over what a condition lets through."""


class Pairs(ast.NodeTransformer):
    """A walk over statements in which the ranges of the loops around are known."""

    def __init__(self, made_up: MadeUp) -> None:
        self.made_up = made_up
        self.ranges: dict[str, str] = {}
        """The indices of loops around, and n of range(n)."""

    def visit_For(self, node: ast.For) -> ast.AST:
        """for j in range(i): s += f is for j in range(n): s += f if j < i else 0; the same of what
        stands behind `if i == j: continue`.
        """
        for at, statement in enumerate(node.body):
            match statement:
                case ast.If(test=test, body=[ast.Continue()], orelse=[]):
                    if rest := self._added_where(unparse(test), False, node.body[at + 1 :]):
                        return self.visit_For(_with_body(node, [*node.body[:at], *rest]))
        whole, own = self._whole(node.target, node.iter)
        if own and (body := self._added_where(own, True, node.body)):
            node = _with_body(node, body)
            node.iter = said(whole, node.iter).value
        with self._inside(node.target, node.iter):
            return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The same in sum(f for j in range(i)) and sum(f for j in range(n) if j != i); and
        sum(f for i in range(n) for j in range(n)) is a sum of sums.
        """
        match node:
            case ast.Call(
                func=ast.Name(id="sum") | ast.Attribute(attr="sum"),
                args=[ast.GeneratorExp(generators=turns) | ast.ListComp(generators=turns) as terms],
                keywords=[],
            ):
                turn, value = turns[0], unparse(terms.elt)
                if len(turns) > 1:
                    value = f"sum({unparse(ast.GeneratorExp(terms.elt, turns[1:]))})"
                whole, own = self._whole(turn.target, turn.iter)
                tests = [*map(unparse, turn.ifs), *([own] if own else [])]
                for test in tests:
                    value = where(test, True, value)
                total = f"sum({value} for {unparse(turn.target)} in {whole})"
                if isinstance(terms, ast.ListComp) and isinstance(node.func, ast.Attribute):
                    total = f"{unparse(node.func)}({total})"  # of all entries of what is listed
                if tests or len(turns) > 1:
                    node = said(total, node).value
                with self._inside(turn.target, turn.iter):
                    return self.generic_visit(node)
        return self.generic_visit(node)

    def _added_where(self, test: str, holds: bool, body: list[ast.stmt]) -> list[ast.stmt]:
        """Statements that add where a test holds, whose outcome has a name: they may change what it
        is made of. None if they do more than to add.
        """
        name = self.made_up.name("test")
        added = added_where(name, holds, body, lambda _: True)
        return [said(f"{name} = {test}", body[0]), *added] if added else []

    @contextmanager
    def _inside(self, target: ast.expr, turns: ast.expr) -> Iterator[None]:
        before = dict(self.ranges)
        match target, turns:
            case ast.Name(id=index), ast.Call(func=ast.Name(id="range"), args=[number]):
                self.ranges[index] = unparse(number)
        try:
            yield
        finally:
            self.ranges = before

    def _whole(self, target: ast.expr, turns: ast.expr) -> tuple[str, str]:
        """The whole range of a loop from or to an index around it, and which turns are its own; of
        another loop its range, and nothing.
        """
        match target, turns:
            case ast.Name(id=index), ast.Call(func=ast.Name(id="range"), args=[*start, end]) if (
                len(start) < 2
            ):
                pass
            case _:
                return unparse(turns), ""
        match start[0] if start else end:
            case ast.Name(id=other) if other in self.ranges and other != index:
                sign = ">=" if start else "<"
            case ast.BinOp(left=ast.Name(id=other), op=ast.Add(), right=ast.Constant(1)) if (
                other in self.ranges and other != index
            ):
                sign = ">" if start else "<="
            case _:
                return unparse(turns), ""
        number = unparse(end) if start else self.ranges[other]
        return f"range({number})", f"{index} {sign} {other}"


def _with_body(loop: ast.For, body: list[ast.stmt]) -> ast.For:
    return ast.copy_location(ast.For(loop.target, loop.iter, body, loop.orelse), loop)
