"""Texts with one error: a sign, a factor, a term, a transpose, an axis, a name or a function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

Change = Callable[[ast.AST], ast.AST | None]
OTHER_FUNCTION = {
    "sin": "cos", "cos": "sin", "tanh": "sigmoid", "sigmoid": "tanh",
    "sinh": "cosh", "cosh": "sinh",
    "exp": "expm1", "log": "log1p", "sqrt": "square", "abs": "sign", "sign": "abs", "erf": "tanh",
    "sum": "mean", "mean": "sum", "maximum": "minimum", "minimum": "maximum", "norm": "norm1",
    "inv": "transpose", "det": "trace", "softmax": "sigmoid",
    "max": "min", "min": "max", "prod": "sum", "cumsum": "flip", "flip": "cumsum",
}  # fmt: skip


def mutants(text: str, names: dict[str, tuple], number: int, seed: int) -> list[str]:
    """So many texts with one error each, drawn from a seed; some may mean the same as before."""
    rng = np.random.default_rng(seed)
    found = list(dict.fromkeys(_all_mutants(text, names)))
    order = rng.permutation(len(found))[:number]
    return [found[int(at)] for at in order]


def _all_mutants(text: str, names: dict[str, tuple]) -> Iterator[str]:
    tree = ast.parse(text, mode="eval")
    changes = [
        _other_sign, _doubled, _first_term, _second_term, _transposed, _other_axis, _other_function,
        _other_name(names),
    ]  # fmt: skip
    for parent in ast.walk(tree):
        for node, put in _children(parent):
            for change in changes:
                if (new := change(node)) is not None:
                    put(new)
                    yield ast.unparse(tree)
                    put(node)


def _children(parent: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], None]]]:
    """The nodes below a node, each with what puts another in its place."""
    for field, value in ast.iter_fields(parent):
        if isinstance(value, ast.AST):
            yield value, partial(setattr, parent, field)
        elif isinstance(value, list):
            yield from ((node, partial(value.__setitem__, at)) for at, node in enumerate(value))


def _other_sign(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.BinOp(op=ast.Add()):
            return ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.BinOp(op=ast.Sub()):
            return ast.BinOp(node.left, ast.Add(), node.right)
        case ast.UnaryOp(op=ast.USub()):
            return node.operand
    return None


def _doubled(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.BinOp | ast.Call) and not _is_shape(node):
        return ast.BinOp(ast.Constant(2), ast.Mult(), node)
    return None


def _is_shape(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ones", "zeros", "eye")


def _first_term(node: ast.AST) -> ast.AST | None:
    return node.left if isinstance(node, ast.BinOp) and not _is_product(node) else None


def _second_term(node: ast.AST) -> ast.AST | None:
    return node.right if isinstance(node, ast.BinOp) and not _is_product(node) else None


def _is_product(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.MatMult | ast.Pow)


def _transposed(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Attribute(attr="T"):
            return node.value
        case ast.BinOp(op=ast.MatMult()):
            return ast.BinOp(ast.Attribute(node.left, "T"), node.op, node.right)
        case ast.Call(func=ast.Name(id="outer"), args=[first, second]):
            return ast.Call(node.func, [second, first], [])
    return None


def _other_axis(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.keyword(arg="axis", value=ast.Constant(value=0 | 1 as axis)):
            return ast.keyword("axis", ast.Constant(1 - axis))
        case ast.Subscript(slice=ast.Tuple(elts=[ast.Slice() as whole, ast.Constant() as new])):
            return ast.Subscript(node.value, ast.Tuple([new, whole]))
    return None


def _other_function(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in OTHER_FUNCTION:
            return ast.Call(ast.Name(OTHER_FUNCTION[name]), node.args, node.keywords)
    return None


def _other_name(names: dict[str, tuple]) -> Change:
    """Another name of the same shape, where there is one."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Name) or node.id not in names:
            return None
        alike = [n for n, shape in names.items() if shape == names[node.id] and n != node.id]
        return ast.Name(alike[0]) if alike else None

    return change
