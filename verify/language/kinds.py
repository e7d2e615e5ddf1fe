"""What NumPy stores an array's entries as: + and -, and what is assigned to them, depend on it."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

from lark import Tree

from verify.language.words.parts import ONE_NUMBER


class Kind(IntEnum):
    """Truth values, whole numbers or floats; the larger is that of both together."""

    TRUTH = 0
    WHOLE = 1
    FLOAT = 2


FLOATS = {
    "zeros", "ones", "eye", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "rsqrt",
    "tanh", "sin", "cos", "tan", "sinh", "cosh", "sigmoid", "softplus", "softmax", "log_softmax",
    "logsumexp", "mean", "std", "var", "norm", "divide", "reciprocal", "det", "inv", "solve",
    "logdet", "arctan", "arcsin", "arccos", "arctan2", "logaddexp", "erf", "logsigmoid",
    "float",
}  # fmt: skip
"""Functions whose results are floats, whatever they are of."""
OF_ALL = {
    "add", "subtract", "multiply", "power", "matmul", "maximum", "minimum", "clip", "append",
    "outer", "dot", "inner", "vdot", "kron", ONE_NUMBER,
}  # fmt: skip
"""Functions whose results are stored as all their arguments together."""
COUNTED = {"sum", "prod", "cumsum", "trace", "square", "len", "heaviside"}
"""Functions that count truth values."""
RELATIONS = ("compare", "and_", "or_", "not_")
JOINED = "+ and - need a number: join comparisons with & and |"
COUNTED_TOGETHER = "a product of arrays needs numbers: count truth values with sum(a & b)"
OF_TRUTH = {
    **dict.fromkeys(("add", "sub", "subtract", "neg", "negative", "pos", "diff"), JOINED),
    **dict.fromkeys(("matmul", "dot", "inner", "vdot", "einsum"), COUNTED_TOGETHER),
    **dict.fromkeys(("**", "power"), "a power needs a number: one of a truth value has 8 bits"),
}
"""What NumPy has otherwise for truth values, or not at all."""


class Kinds:
    """The kind of each tree, looked at once; `of_name` says that of a name that no sum binds."""

    def __init__(self, of_name: Callable[[str], Kind], own_name: Callable[[Tree], tuple[Any, ...]]):
        self.of_name, self.own_name = of_name, own_name
        self.known: dict[tuple[int, frozenset[str]], tuple[Tree, Kind]] = {}

    def of(self, tree: Tree, bound: frozenset[str] = frozenset()) -> Kind:
        """The kind of a tree; the lowest that it may have."""
        key = id(tree), bound
        if key not in self.known:
            self.known[key] = tree, self._of(tree, bound)
        return self.known[key][1]

    def complaint(self, name: str, operands: list[Tree]) -> str | None:
        """What is otherwise in NumPy, or an error, because no operand is a float."""
        if not operands:
            return None
        kinds = [self.of(operand) for operand in operands]
        first = kinds[:1] if name in ("diff", "**", "power") else kinds
        if name in OF_TRUTH and max(first) == Kind.TRUTH:
            return OF_TRUTH[name]
        if name == "reciprocal" and max(kinds) < Kind.FLOAT:
            return "the reciprocal of a whole number is a whole one in NumPy: write 1/x"
        is_power = name == "power" or (name == "**" and any(map(self._is_of_numpy, operands)))
        if is_power and max(kinds) < Kind.FLOAT and operands[-1].data not in ("number", "name"):
            return "a whole number has no power below 0 in NumPy: write 2.0**x"
        return None

    def _is_of_numpy(self, tree: Tree) -> bool:
        """Whether it may be a number of NumPy's, and not of Python's."""
        calls = {self.own_name(call.children[0])[0] for call in tree.find_data("call")}
        return bool(calls - {"len"}) or any(tree.find_data("compare"))

    def _of(self, tree: Tree, bound: frozenset[str]) -> Kind:
        children = tree.children
        match str(tree.data):
            case "number":
                return Kind.WHOLE if str(children[0]).isdigit() else Kind.FLOAT
            case "name":
                name = str(children[0])
                return Kind.WHOLE if name in bound else self.of_name(name)
            case "each":
                return self.of(children[0], bound | {str(children[1])})
            case "div":
                return Kind.FLOAT
            case "power":
                return max(Kind.WHOLE, *(self.of(child, bound) for child in children))
            case "chosen":
                return min(self.of(children[0], bound), self.of(children[2], bound))
            case "attribute":
                return self._of_attribute(children[0], children[1], bound)
            case "subscript":
                return self.of(children[0], bound)
            case "call":
                return self._of_call(children[0], children[1:], bound)
            case kind if kind in RELATIONS:
                return Kind.TRUTH
            case "changed" | "filled" | "masked":
                return self.of(next(c for c in children if isinstance(c, Tree)), bound)
        parts = [self.of(child, bound) for child in children if isinstance(child, Tree)]
        return max(parts, default=Kind.TRUTH)

    def _of_attribute(self, operand: Tree, name: Any, bound: frozenset[str]) -> Kind:
        if name in ("size", "shape"):
            return Kind.WHOLE
        if name in ("T", "mT", "values"):
            return self.of(operand, bound)
        return Kind.FLOAT  # np.pi

    def _of_call(self, function: Tree, arguments: list, bound: frozenset[str]) -> Kind:
        name, *receiver = self.own_name(function)
        operands = [*receiver, *(a for a in arguments if a.data != "keyword")]
        if name in FLOATS:
            return Kind.FLOAT
        if name == "len":
            return Kind.WHOLE
        if name == "where":
            operands = operands[1:]
        elif name not in OF_ALL and name not in ("max", "min"):
            operands = operands[:1]
        kinds = [self.of(operand, bound) for operand in operands]
        if name in ("max", "min"):  # of an array along an axis, or of two numbers
            return min(kinds, default=Kind.TRUTH)
        return max(kinds + [Kind.WHOLE] * (name in COUNTED), default=Kind.TRUTH)
