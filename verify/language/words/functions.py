"""What an expression may call: names, numbers of arguments and meanings, and what to write instead
of a function that the language does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from operator import add, and_, attrgetter, invert, mul, neg, or_, pos, sub

from lark import Tree

from runs.entry_points import as_typed
from verify.language import tensor as arrays
from verify.language.defined import DEFINED, LOSSES
from verify.language.tensor import Tensor, elementwise, logical
from verify.language.words import along_axis, products
from verify.language.words import elementwise as entries
from verify.language.words.at_labels import (
    AT_LABELS,
    AT_PLACE,
    AT_ROWS,
    PUT_AT_LABELS,
    at_labels,
    at_place,
    at_rows,
    put_at_labels,
)
from verify.language.words.parts import ONE_NUMBER, append, one_number

OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "add": partial(elementwise, add),
    "sub": partial(elementwise, sub),
    "mul": partial(elementwise, mul),
    "div": arrays.divide,
    "neg": partial(elementwise, neg),
    "pos": partial(elementwise, pos),
    "matmul": products.matmul,
    "and_": partial(logical, and_),
    "or_": partial(logical, or_),
    "not_": partial(logical, invert),
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Tensor]]] = {
    **{
        name: (count, partial(elementwise, entry, needs=entries.NEEDS.get(name)))
        for name, (count, entry) in entries.ELEMENTWISE.items()
    },
    **products.PRODUCTS,
    AT_LABELS: (2, at_labels),
    AT_PLACE: (2, at_place),
    AT_ROWS: (2, at_rows),
    PUT_AT_LABELS: (3, put_at_labels),
    "add": (2, OPERATIONS["add"]),
    "subtract": (2, OPERATIONS["sub"]),
    "negative": (1, OPERATIONS["neg"]),
    "array": (1, attrgetter("number")),
    "asarray": (1, attrgetter("number")),
    "where": (3, arrays.where),
    "copy": (1, lambda tensor: tensor),
    "float": (1, attrgetter("number")),
    "append": (2, append),
    ONE_NUMBER: (1, one_number),
    "max": (2, lambda a, b: _larger("maximum", a, b)),
    "min": (2, lambda a, b: _larger("minimum", a, b)),
}
"""Name, number of arguments, and the function of arrays."""
OTHER_NAMES = {
    **entries.OTHER_NAMES, **products.OTHER_NAMES, **along_axis.OTHER_NAMES, "identity": "eye",
    "clone": "copy", "ln": "log", "tr": "trace", "double": "float", "view": "reshape",
    "diagflat": "diag", "inverse": "inv",
}  # fmt: skip
CONSTANTS = ("eye", "ones", "zeros")
LIKE = {"ones_like": 1, "zeros_like": 0}
SHAPING = ("len", "reshape")
NO_METHODS = {"where", *CONSTANTS, *LIKE}
SUBMODULES = ("linalg", "special", "nn", "functional", "numpy", "scipy")
CALLED = {*FUNCTIONS, *along_axis.ALONG_AXIS, *CONSTANTS, *LIKE, *SHAPING}
KNOWN_FUNCTIONS = sorted(
    (CALLED | {*DEFINED, *LOSSES}) - {AT_LABELS, AT_PLACE, AT_ROWS, PUT_AT_LABELS, ONE_NUMBER}
)
INSTEAD = {
    "argmax": "x == max(x)",
    "concatenate": "append(x, y)",
    "hstack": "append(x, y)",
    "matrix_power": "A @ A",
    "multi_dot": "A @ B @ C",
    "pinv": "inv(X.T @ X) @ X.T",
    "roll": "append(x[-1], x[:-1])",
    "slogdet": "slogdet(A)[1]",
    "tensordot": "einsum('ij,jk->ik', A, B)",
}
"""What is to be written for a function that the language does not have."""


def own_name(name: str) -> str:
    """What a function is called in the language."""
    return OTHER_NAMES.get(name, str(name))


def expected(name: str) -> str:
    """That a function takes so many arguments."""
    count, _ = FUNCTIONS.get(name, (1, None))
    return f"{name}: expected {count} argument{'s' * (count > 1)}"


def unknown_function(name: str) -> str:
    """What to write instead of a function, or which are near."""
    if name in INSTEAD:
        return f"'{name}' is not in the language: write {INSTEAD[name]}"
    close = get_close_matches(name, KNOWN_FUNCTIONS)
    nearest = f"; the nearest: {', '.join(close)}" if close else ""
    return f"unknown function '{name}'{nearest}; all are listed by '{as_typed('derive')} --help'"


def is_of_two(name: str, function: Tree, operands: Sequence[Tree]) -> bool:
    """Whether max or min is Python's of two numbers, and not one along an axis: np.max(X, 1)."""
    names_axis = len(operands) == 2 and operands[1].data in ("number", "neg", "tuple")
    is_of_numpy = names_axis and function.data != "name"
    return name in ("max", "min") and len(operands) == 2 and not is_of_numpy


def is_of_arrays_in_torch(name: str, function: Tree, operands: Sequence[Tree]) -> bool:
    """Whether it is torch.max(a, b), the larger entry of each two."""
    is_of_torch = function.data == "attribute" and function.children[0].children[:1] == ["torch"]
    return is_of_torch and is_of_two(name, function, operands)


def _larger(name: str, *numbers: Tensor) -> Tensor:
    """Python's max and min, which compare two numbers."""
    if any(number.ndim for number in numbers):
        raise TypeError(f"expected two numbers; of arrays it is {name}(x, y)")
    return FUNCTIONS[name][1](*numbers)
