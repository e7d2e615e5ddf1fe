"""What statements of Python say by their form alone: what they assign, add to, or may change."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from verify.language.libraries import library_of

LONGEST = 20_000
"""Characters of a text, and of what is put into one."""
OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.MatMult: "matmul"}
SIGNS = {ast.Add: "+=", ast.Sub: "-="}
ASSIGNED, APPENDED = "assigned", "_appended"
"""Kinds of changes in a turn of a loop: an entry is given a value, or put at the end of a list."""
NUMBER = re.compile(r"-?\d+(\.\d*)?(e-?\d+)?")
WHOLE = ":"
"""A place that says a whole axis."""
SAME_ARRAY = {
    "transpose", "ravel", "reshape", "flatten", "flip", "squeeze", "view", "diag", "diagonal",
    "vec", "asarray", "array", "detach", "numpy", "broadcast_to", "expand", "einsum", "diff", "max",
    "min", "float", "double",
}  # fmt: skip
"""Functions and methods whose result may be their argument, or a part of it."""
KINDS = {
    ast.For: "a loop that adds to no name or is not over range(n)",
    ast.While: "a loop",
    ast.If: "if with more than sums and their names: where(condition, a, b) is in the language",
    ast.Assign: "a value for entries or names that are not read here",
    ast.AugAssign: "a change of entries that are not read here",
    ast.Expr: "a line that gives no name a value",
    ast.With: "with",
    ast.Try: "try",
    ast.ClassDef: "a class",
    ast.Raise: "raise",
    ast.Assert: "assert with a function that may change something",
}
"""What statements are called that the language does not have."""


class MadeUp:
    """Names that are made up for a text, and are none of its own."""

    def __init__(self, text: str):
        self.text = text
        self.names: set[str] = set()

    def name(self, kind: str) -> str:
        """Another name, which begins with its kind."""
        names = (f"{kind}{number}" for number in count(1))
        name = next(n for n in names if n not in self.text and n not in self.names)
        self.names.add(name)
        return name


def assigned_in(node: ast.AST) -> Iterator[str]:
    """The names that a statement, or a target, gives values to, those of loops inside included."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name | ast.Subscript) and isinstance(part.ctx, ast.Store):
            name = part.value if isinstance(part, ast.Subscript) else part
            yield from [name.id] if isinstance(name, ast.Name) else []


def given_in(node: ast.AST) -> Iterator[str]:
    """The names that statements give values to, but for the indices of loops over ranges."""
    for part in ast.walk(node):
        match part:
            case ast.For(target=ast.Name(), iter=ast.Call(func=ast.Name(id="range"))):
                pass
            case ast.For(target=target):
                yield from assigned_in(target)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                yield from assigned_in(part)


def arguments_in(node: ast.AST) -> list[str]:
    """The names of all arguments of functions in it."""
    return [part.arg for part in ast.walk(node) if isinstance(part, ast.arg)]


def defaults_in(node: ast.AST) -> dict[str, str]:
    """The numbers that arguments are if nothing else is given, as they are written."""
    texts: dict[str, str] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.arguments):
            last = [*part.posonlyargs, *part.args][-len(part.defaults) :] if part.defaults else []
            values = [*part.defaults, *part.kw_defaults]
            arguments = zip([*last, *part.kwonlyargs], values, strict=True)
            texts |= {one.arg: ast.unparse(value) for one, value in arguments if value}
    return {name: text for name, text in texts.items() if NUMBER.fullmatch(text)}


def read_in(node: ast.AST) -> Iterator[str]:
    """The names whose values a statement reads, those that it adds to included."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.AugAssign):
            yield from assigned_in(part.target)


def places_in(loop: ast.For) -> set[str]:
    """The names that say in a loop which entry of an array is meant."""
    subscripts = (node for node in ast.walk(loop) if isinstance(node, ast.Subscript))
    names = (node for place in subscripts for node in ast.walk(place.slice))
    return {node.id for node in names if isinstance(node, ast.Name)}


def given_anew(statement: ast.stmt) -> Iterator[str]:
    """The names that get another value in a statement, however deep, and are not added to."""
    if isinstance(statement, ast.For):
        yield from assigned_in(statement.target)
        for inner in statement.body:
            yield from given_anew(inner)
    elif not increment_of(statement):
        yield from assigned_in(statement)


def increment_of(statement: ast.stmt) -> tuple[str, str, ast.expr, tuple[str, ...]] | None:
    """The name, operation, value and places of s += f, s -= f, s = s + f, s = s - f, s[k] += f,
    s[k] -= f, s[k] = f or, said so, s.append(f).
    """
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub() as sign, value=value):
            return name, OPERATORS[type(sign)], value, ()
        case ast.AugAssign(
            target=ast.Subscript(value=ast.Name(id=name), slice=place),
            op=ast.Add() | ast.Sub() as sign,
            value=value,
        ) if places := _indices(place):
            return name, OPERATORS[type(sign)], value, places
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index))],
            value=ast.Call(func=ast.Name(id=word), args=[value]),
        ) if word == APPENDED:
            return name, APPENDED, value, (index,)
        case ast.Assign(
            targets=[ast.Subscript(value=ast.Name(id=name), slice=place)], value=value
        ) if places := _indices(place):
            return name, ASSIGNED, value, places
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=same), op=ast.Add() | ast.Sub() as sign, right=value),
        ) if same == name:
            return name, OPERATORS[type(sign)], value, ()
    return None


def said_of_each(term: str, turns: str, like: ast.GeneratorExp | ast.ListComp) -> ast.expr:
    """The terms of a sum, or of a list, by what is said of each and of the turns."""
    each = f"({term}) for {turns}"
    return said(f"[{each}]" if isinstance(like, ast.ListComp) else f"({each})", like).value


def where(test: str, holds: bool, value: str) -> str:
    """A value where a test holds, else 0; or the other way round."""
    yes, no = (f"({value})", "0") if holds else ("0", f"({value})")
    return f"({yes} if ({test}) else {no})"


def added_where(
    test: str, holds: bool, body: list[ast.stmt], may_assign: Callable[[str], bool]
) -> list[ast.stmt]:
    """Statements that add in some turns alone; none if they do more than to add, and to give values
    to names that may have them in all turns.
    """
    result: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as sign, value=value):
                added = f"{SIGNS[type(sign)]} {where(test, holds, ast.unparse(value))}"
                result.append(said(f"{ast.unparse(target)} {added}", statement))
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.BinOp(op=ast.Add() | ast.Sub() as sign, right=value),
            ) if increment_of(statement):
                changed = f"{name} {SIGNS[type(sign)][0]} {where(test, holds, ast.unparse(value))}"
                result.append(said(f"{name} = {changed}", statement))
            case ast.Assign(targets=[ast.Name(id=name)]) if may_assign(name):
                result.append(statement)
            case ast.For(target=target, iter=turns, body=inner, orelse=[]) if rest := (
                added_where(test, holds, inner, may_assign)
            ):
                loop = ast.For(target, turns, rest, [])
                result.append(ast.copy_location(loop, statement))
            case _:
                return []
    return result


def _indices(place: ast.expr) -> tuple[str, ...]:
    """The names in s[k] or s[k, l], and in s[k, :]; with `WHOLE` before it that in s[:, k]; none
    for what else stands there.
    """
    parts = place.elts if isinstance(place, ast.Tuple) else [place]
    places = [part.id if isinstance(part, ast.Name) else ast.unparse(part) for part in parts]
    if len(places) == 2 and places[1] == WHOLE:
        places.pop()
    is_read = WHOLE not in places[1:] and all(p == WHOLE or p.isidentifier() for p in places)
    return tuple(places) if is_read and places != [WHOLE] and len({*places}) == len(places) else ()


def arrays_in(value: ast.expr) -> set[str]:
    """The names of the arrays of which a value may be a part, or the same; none for a new one."""
    match value:
        case ast.Name(id=name):
            return {name}
        case ast.IfExp(body=first, orelse=second):
            return arrays_in(first) | arrays_in(second)
        case ast.Attribute(attr="size" | "shape" | "ndim"):
            return set()
        case ast.Subscript(value=array) | ast.Attribute(value=array):
            return arrays_in(array)
        case ast.Call(func=function, args=arguments):
            name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
            if name in SAME_ARRAY:
                own = set() if library_of(ast.unparse(function).split(".")) else {function}
                return set().union(*map(arrays_in, [*own, *arguments]))
        case ast.UnaryOp(op=ast.UAdd(), operand=array):
            return arrays_in(array)
    return set()


def is_text(statement: ast.stmt) -> bool:
    """Whether it is a text by itself, as a docstring is."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def said(text: str, like: ast.stmt | ast.expr) -> Any:
    """A statement by its text, in the place of another: none of its parts is in the text itself."""
    (statement,) = ast.parse(text).body
    for part in ast.walk(statement):
        if isinstance(part, ast.stmt | ast.expr):
            part.lineno, part.col_offset, part.end_lineno = like.lineno, like.col_offset, None
    return statement
