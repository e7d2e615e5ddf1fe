"""Loops over x[i] and x[i - 1], said by loops over parts of arrays: in `for i in range(1, n)` they
are the entries of x[1:] and x[:-1] at i, counted from 0.
"""

from __future__ import annotations

import ast
import re
from ast import unparse
from collections.abc import Iterator

from verify.language.program.statements import SIGNS, said, said_of_each
from verify.language.words.at_labels import AT_PLACE

OVER_NEIGHBOURS = re.compile(r"\brange\s*\(([^()]*(\([^()]*\))?[^()]*-|\s*[1-9]\d*\s*,)")
"""A range that leaves out first or last entries."""


class Neighbours(ast.NodeTransformer):
    """A walk over loops and sums whose ranges leave out first or last entries."""

    def visit_For(self, node: ast.For) -> ast.AST:
        """A loop, whose indices count as they do in Python."""
        self.generic_visit(node)
        turns = _turns_of(node.target, node.iter, node.body)
        if turns and turns.is_needed:
            node.body = [turns.visit(statement) for statement in node.body]
            node.iter = said(turns.range, node.iter).value
        return node

    def visit_GeneratorExp(self, node: ast.GeneratorExp | ast.ListComp) -> ast.AST:
        """A sum over a range from 1, whose indices may count as on paper: not if it has x[i - 1]
        there.
        """
        self.generic_visit(node)
        match node.generators:
            case [ast.comprehension(target=target, iter=turns_, ifs=[])]:
                turns = _turns_of(target, turns_, [node.elt])
                if turns and turns.is_needed and turns.has_first:
                    term = unparse(turns.visit(node.elt))
                    return said_of_each(term, f"{turns.index} in {turns.range}", node)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """The same in np.array([x[i] - x[i - 1] for i in range(1, n)])."""
        return self.visit_GeneratorExp(node)


class _Turns(ast.NodeTransformer):
    """Says the turns `for i in range(first, size - left_out)` by an index from 0."""

    def __init__(self, index: str, first: int, size: str, left_out: int, steps: set[int]) -> None:
        self.index, self.first, self.size, self.left_out = index, first, size, left_out
        self.has_first = first + min(steps, default=0) == 0
        self.is_needed = bool(first or left_out or steps - {0})
        self.range = f"range({size} - {first + left_out})" if first + left_out else f"range({size})"

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """x[i + 1] is x[1:][i]."""
        node.value = self.visit(node.value)
        places = [*_places_of(node)]
        parts, own = zip(*map(self._part, places), strict=True)
        if set(parts) == {":"}:
            return self.generic_visit(node)
        return said(f"({unparse(node.value)})[{', '.join(parts)}][{', '.join(own)}]", node).value

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """g[i - 1] += f adds f at one place of g."""
        match node:
            case ast.AugAssign(target=ast.Subscript(value=array, slice=place), op=sign) if (
                _step(place, self.index) is not None
            ):
                part, own = self._part(place)
                at = f"eye({self.size})[{part}][{own}]"
                value = f"{AT_PLACE}({unparse(self.visit(node.value))}, {at})"
                return said(f"{unparse(array)} {SIGNS[type(sign)]} {value}", node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """The index as a number."""
        is_index = node.id == self.index and self.first and isinstance(node.ctx, ast.Load)
        return said(f"({self.index} + {self.first})", node).value if is_index else node

    def _part(self, place: ast.expr) -> tuple[str, str]:
        """Which part of an axis a place goes through, and the place in that part."""
        step = _step(place, self.index)
        if step is None:
            return ":", unparse(self.visit(place))
        before, behind = self.first + step, self.left_out - step
        return f"{before or ''}:{-behind or ''}", self.index


def _turns_of(target: ast.expr, turns: ast.expr, body: list) -> _Turns | None:
    """What says the turns of a loop anew, if they leave out some entries, and if it can."""
    match target, turns:
        case (
            ast.Name(id=index),
            ast.Call(func=ast.Name(id="range"), args=[*start, end], keywords=[]),
        ) if len(start) < 2:
            pass
        case _:
            return None
    first, size, left_out = start[0] if start else ast.Constant(0), end, ast.Constant(0)
    match end:
        case ast.BinOp(left=size, op=ast.Sub(), right=ast.Constant() as left_out):
            pass
    match first, size, left_out.value:
        case ast.Constant(value=int(begin)), part, int(rest) if isinstance(
            part, ast.Name | ast.Call | ast.Subscript | ast.Constant
        ):
            steps = [*_steps(body, index)]
            if all(step is not None and -begin <= step <= rest for step in steps):
                beside = {step for step in steps if step is not None}
                return _Turns(index, begin, unparse(size), rest, beside)
    return None


def _steps(body: list[ast.AST], index: str) -> Iterator[int | None]:
    """How far beside an index the places are in which it stands; None for one that is not read, as
    in what is assigned there or changed by other signs than + and -.
    """
    for part in (part for node in body for part in ast.walk(node)):
        match part:
            case ast.Subscript():
                places = [*_places_of(part)]
                yield from (_step(place, index) for place in places if _has(place, index))
                is_changed = isinstance(part.ctx, ast.Store) and _has(part.slice, index)
                yield from [None] if is_changed and len(places) > 1 else []
            case ast.Assign(targets=targets):
                yield from [None] if any(_has(target, index) for target in targets) else []
            case ast.AugAssign(op=sign) if type(sign) not in SIGNS:
                yield None


def _step(place: ast.expr, index: str) -> int | None:
    """0 for i, 1 for i + 1 and -1 for i - 1; None for what else a place is."""
    match place:
        case ast.Name(id=name) if name == index:
            return 0
        case ast.BinOp(
            left=ast.Name(id=name),
            op=ast.Add() | ast.Sub() as sign,
            right=ast.Constant(value=int(step)),
        ) if name == index:
            return step if isinstance(sign, ast.Add) else -step
    return None


def _places_of(node: ast.Subscript) -> Iterator[ast.expr]:
    yield from node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _has(node: ast.AST, index: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == index for part in ast.walk(node))
