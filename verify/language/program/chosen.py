"""What expressions choose of an array by labels, as P.gather(1, y[:, None]) and W[:, y[i]] do."""

from __future__ import annotations

import ast
import re
from ast import unparse
from typing import NamedTuple

from verify.language.program.statements import WHOLE

COLUMN = re.compile(
    r"(\w+)(\.(unsqueeze\((dim=)?-?1\)|(view|reshape)\(-1, 1\))|\[:, (None|np\.newaxis)\])"
)
"""Labels as a column, which says of each row which entry is taken."""
GATHERED = {
    "gather": ("array", "axis", "indices"),
    "take_along_axis": ("array", "indices", "axis"),
}
OTHER_NAMES = {"input": "array", "arr": "array", "dim": "axis", "index": "indices"}
"""What functions that take one entry of each row call their arguments."""
AS_VECTOR = ("squeeze()", "squeeze(1)", "squeeze(-1)", "view(-1)", "reshape(-1)", "flatten()")
"""What makes a vector of one column."""


class Chosen(NamedTuple):
    """The entries of an array, one in each row, that labels say."""

    array: ast.expr
    labels: str
    number: str | None = None
    """How many rows, if it is said."""
    is_column: bool = False


class Entry(NamedTuple):
    """The entries of an array at the label of one sample."""

    array: ast.expr
    labels: str
    sample: str
    is_column: bool = False


def entry_of(node: ast.AST) -> Entry | None:
    """What scores[y[i]] is, also as scores[y[i], :], and in P[i, y[i]] that of P[i]; W[:, y[i]]."""
    match node:
        case ast.Subscript(
            value=array, slice=ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index))
        ):
            return Entry(array, name, index)
        case ast.Subscript(value=array, slice=ast.Tuple(elts=[one, other])):
            pass
        case _:
            return None
    match one, other:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)), ast.Slice():
            return Entry(array, name, index) if unparse(other) == WHOLE else None
        case ast.Slice(), ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)):
            return Entry(array, name, index, True) if unparse(one) == WHOLE else None
        case ast.Name(id=row), ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=index)) if (
            row == index
        ):
            entries = ast.Subscript(array, one, ast.Load())
            return Entry(entries, name, index)
    return None


def added_at(node: ast.Call) -> str:
    """The sign of np.add.at and np.subtract.at."""
    return {"add.at": "+=", "subtract.at": "-="}.get(unparse(node.func).partition(".")[2], "")


def gathered(node: ast.Call) -> Chosen | None:
    """Z.gather(1, y[:, None]), torch.gather(Z, 1, y[:, None]), and take_along_axis(Z, ..., 1)."""
    function, operands = node.func, list(node.args)
    names = GATHERED.get(last_name(function), ())
    if isinstance(function, ast.Attribute) and len(operands) + len(node.keywords) == 2:
        operands.insert(0, function.value)
    given = dict(zip(names, operands, strict=False))
    given |= {OTHER_NAMES.get(key.arg, key.arg): key.value for key in node.keywords if key.arg}
    match given:
        case {"array": array, "axis": axis, "indices": indices} if names:
            column = COLUMN.fullmatch(unparse(indices))
            if column and unparse(axis) in ("1", "-1"):
                return Chosen(array, column[1], is_column=True)
    return None


def labels_counted(node: ast.AST) -> str | None:
    """The name of the labels in len(y), y.shape[0] and y.size(0)."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=name)]):
            return name
        case ast.Attribute(value=ast.Name(id=name), attr="shape"):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="size"), args=[_]):
            return name
    return None


def last_name(function: ast.expr) -> str:
    """What a function is called, whatever its module."""
    return unparse(function).rpartition(".")[2]
