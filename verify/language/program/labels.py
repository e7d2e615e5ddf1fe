"""Integer labels as people use them, said by their one-hot matrix: P[arange(n), y] and eye(K)[y].

In the language a name that holds labels is the matrix whose row i has 1 at the label of sample i.
"""

from __future__ import annotations

import ast
import re
from ast import unparse

from verify.language.program.statements import said
from verify.language.tree import AnswerSyntaxError

LABELLED = re.compile(r"\[[^\[\]]*range\s*\(|(eye|identity)\s*\([^()]*\)\s*\[\s*\w|one_hot\s*\(")
"""What stands in an expression that uses labels."""
CHOSEN = "einsum('ij,ij->i', {array}, {labels})"
"""The entry of each row that its label says."""
READ = "P[arange(n), {0}], eye(K)[{0}], one_hot({0}, K) and len({0})"


class Labels(ast.NodeTransformer):
    """A walk over statements that leaves the one-hot matrix wherever labels stood."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        """The names that hold labels."""
        self.ranges: dict[str, str] = {}
        """The names of arange(n), and n."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """All of a text; raises `AnswerSyntaxError` where labels are used as numbers."""
        for part in ast.walk(node):
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if (
                    number := self._number_of_rows(call)
                ):
                    self.ranges[name] = number
        for part in ast.walk(node):
            if isinstance(part, ast.expr) and (labels := self._labels(part)):
                self.names.add(labels)
        return self.generic_visit(node) if self.names else node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """P[arange(n), y] = c; a name for arange(n) has nothing left to say."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in self.ranges:
                return None
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name)) as target]) if (
                labels := self._labels(target)
            ):
                number = self._number(node.value, node)
                return said(f"{name} = {name}*(1 - {labels}) + {number}*{labels}", node)
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """P[arange(n), y] -= 1 is P -= 1*y."""
        match node:
            case ast.AugAssign(
                target=ast.Subscript(value=ast.Name(id=name)) as target,
                op=ast.Add() | ast.Sub() as sign,
                value=value,
            ) if labels := self._labels(target):
                operator = "+=" if isinstance(sign, ast.Add) else "-="
                return said(f"{name} {operator} {self._number(value, node)}*{labels}", node)
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """P[arange(n), y] and eye(K)[y]."""
        if not (labels := self._labels(node)):
            return self.generic_visit(node)
        array = unparse(self.visit(node.value))
        match node.slice:
            case ast.Tuple(elts=[rows, _]):
                chosen = CHOSEN.format(array=array, labels=labels)
                number = self._number_of_rows(rows)
                own = (f"len({labels})", f"{labels}.shape[0]")
                return said(chosen if number in own else f"ones({number})*{chosen}", node).value
        return said(f"({labels} @ {array})", node).value

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """The logarithm of the entries that labels choose is chosen from the logarithms."""
        match node:
            case ast.Call(func=function, args=[ast.Subscript(value=array) as entries]) if _last(
                function
            ) == "log" and self._labels(entries):
                logarithms = ast.Call(function, [array], node.keywords)
                return self.visit(
                    ast.copy_location(ast.Subscript(logarithms, entries.slice, ast.Load()), node)
                )
            case ast.Call() if labels := self._labels(node):
                classes = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
                return said(f"({labels} @ eye({unparse(classes[0])}))", node).value
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name()]):
                return node
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """The shape of the labels, whose first size alone is read."""
        return node if node.attr == "shape" else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Labels that are left are used as numbers."""
        if node.id in self.names:
            what = f"{node.id} holds labels, which are read in {READ.format(node.id)}"
            raise AnswerSyntaxError.saying(f"line {node.lineno}, {what}")
        return node

    def _labels(self, node: ast.AST) -> str | None:
        """The name of the labels that an expression uses, if it does."""
        match node:
            case ast.Subscript(slice=ast.Tuple(elts=[rows, ast.Name(id=name)])) if (
                self._number_of_rows(rows)
            ):
                return name
            case ast.Subscript(
                value=ast.Call(func=function, args=[_]), slice=ast.Name(id=name)
            ) if _last(function) in ("eye", "identity"):
                return name
            case ast.Call(func=function, args=[ast.Name(id=name), *classes], keywords=keywords) if (
                _last(function) == "one_hot" and len(classes) + len(keywords) == 1
            ):
                return name
        return None

    def _number_of_rows(self, node: ast.expr) -> str | None:
        """n of arange(n), range(n), list(range(n)) or a name for one of them."""
        match node:
            case ast.Call(func=ast.Name(id="list"), args=[inner], keywords=[]):
                return self._number_of_rows(inner)
            case ast.Call(func=function, args=[number], keywords=[]) if _last(function) in (
                "arange",
                "range",
            ):
                return unparse(number)
            case ast.Name(id=name):
                return self.ranges.get(name)
        return None

    def _number(self, value: ast.expr, node: ast.stmt) -> str:
        """The number that is put in, or added, at the labels."""
        match value:
            case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
                return f"({unparse(value)})"
            case ast.BinOp(left=ast.Constant(), op=ast.Div(), right=ast.Name() | ast.Call()):
                return f"({unparse(value)})"
        what = f"expected a number at the labels, got {unparse(value)[:20]}"
        raise AnswerSyntaxError.saying(f"line {node.lineno}, column 1: {what}")


def _last(function: ast.expr) -> str:
    """What a function is called, whatever its module."""
    return unparse(function).rpartition(".")[2]
