"""From a parse tree of NumPy's notation to a tree of array expressions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from functools import partial, reduce

from lark import Token, Tree

from verify.differentiation import construction as build
from verify.differentiation import kronecker
from verify.differentiation.along_axis import cumsum, flip, reduced
from verify.differentiation.nodes import (
    ONE,
    ONE_ENTRY,
    ZERO,
    Call,
    Elementwise,
    Eye,
    Name,
    Node,
    NoMatrixFormError,
    Number,
    Ones,
)
from verify.differentiation.reverse import PARTIALS
from verify.differentiation.selection import diff_along, entry_along, part_along
from verify.language.libraries import MODULES
from verify.language.meaning import whole_number
from verify.language.vocabulary import Vocabulary
from verify.language.words.along_axis import INFINITE, OPTIONS, OTHER_OPTIONS
from verify.language.words.at_labels import AT_LABELS, PUT_AT_LABELS
from verify.language.words.functions import OTHER_NAMES, SUBMODULES, is_of_two
from verify.language.words.parts import ONE_NUMBER, ends_of

Facts = Mapping[str, Collection[str]]


def read(
    tree: Tree,
    vocabulary: Vocabulary,
    facts: Facts | None = None,
) -> Node:
    """The expression that a tree means; raises `NoMatrixFormError` for what has no rule.

    `facts` are what is known of each name, of `FACTS`.
    """
    return _Reader(vocabulary, facts or {}).of(tree)


def named(name: str, vocabulary: Vocabulary, facts: Facts) -> Name:
    """A quantity; where it has an axis of one entry, nothing is broadcast along it."""
    shape = tuple(ONE_ENTRY if e == 1 else e for e in vocabulary.quantities[name].shape)
    return Name(name, shape, frozenset(facts.get(name, ())))


class _Reader:
    """A walk over a tree: the method named after a node's kind says what it is."""

    def __init__(self, vocabulary: Vocabulary, facts: Facts):
        self.vocabulary = vocabulary
        self.facts = facts

    def of(self, tree: Tree) -> Node:
        kind = str(tree.data)
        if kind in OPERATIONS:
            return OPERATIONS[kind](*map(self.of, tree.children))
        method = getattr(self, f"read_{kind}", None)
        if method is None:
            raise NoMatrixFormError(f"no rule for '{kind}'")
        return method(*tree.children)

    def read_number(self, token: Token) -> Node:
        return build.number(Fraction(str(token)))

    def read_name(self, token: Token) -> Node:
        name = self.vocabulary.spelled(token)
        if name in self.vocabulary.sizes:
            return Name(name)
        if name in self.vocabulary.quantities:
            return named(name, self.vocabulary, self.facts)
        if token == "pi":
            return Name("pi")
        raise NoMatrixFormError(f"no rule for the name '{token}'")

    def read_compare(self, *parts) -> Node:
        operands = [self.of(part) for part in parts[::2]]
        links = [
            Elementwise(str(sign), (left, right))
            for left, sign, right in zip(operands, parts[1::2], operands[1:], strict=False)
        ]
        return reduce(lambda a, b: Elementwise("&", (a, b)), links)

    def read_chosen(self, yes: Tree, condition: Tree, no: Tree) -> Node:
        return build.where(self.of(condition), self.of(yes), self.of(no))

    def read_changed(self, sign: Token, _: Token, before: Tree, value: Tree) -> Node:
        return OPERATIONS[str(sign)](self.of(before), self.of(value))

    def read_masked(self, before: Tree, mask: Tree, value: Tree, *_: Tree) -> Node:
        return build.where(self.of(mask), self.of(value), self.of(before))

    def read_beside(self, result: Tree, *_: Tree) -> Node:
        return self.of(result)

    def read_attribute(self, operand: Tree, name: Token) -> Node:
        if self._is_module(operand) and name == "pi":
            return Name("pi")
        node = self.of(operand)
        if name == "values":
            return node
        if name in ("T", "mT"):
            return kronecker.transpose(node)
        if name == "size":
            return build.mul(*map(build.extent_of, node.shape))
        raise NoMatrixFormError(f"no rule for '.{name}'")

    def read_subscript(self, operand: Tree, *places: Tree) -> Node:
        if operand.data == "attribute" and operand.children[1] == "shape":
            return build.extent_of(self.of(operand.children[0]).shape[_literal(places[0])])
        node = self.of(operand)
        if node.ndim and not any(map(self._is_new_axis, places)):
            return self._part(node, places)
        kinds = ["None" if self._is_new_axis(place) else str(place.data) for place in places]
        if node.ndim == 1 and kinds == ["whole", "None"]:
            return build.column(node)
        if node.ndim == 1 and kinds in (["None", "whole"], ["None"]):
            return node
        raise NoMatrixFormError("no rule for single entries")

    def _part(self, node: Node, places: tuple[Tree, ...]) -> Node:
        """The last axis first: an entry along one drops it."""
        for axis, place in reversed([*enumerate(places)]):
            number = whole_number(place)
            if place.data == "turned":
                node = flip(node, (axis,))
            elif place.data == "part":
                node = part_along(node, axis, ends_of(str(place.children[0])))
            elif number is not None:
                node = entry_along(node, axis, number)
            elif place.data != "whole":
                raise NoMatrixFormError("no rule for single entries")
        return node

    def read_axes(self, operand: Tree, letters: Token) -> Node:
        return self.of(operand)

    def read_call(self, function: Tree, *arguments: Tree) -> Node:
        if function.data == "attribute" and not self._is_module(function.children[0]):
            operands, name = [function.children[0]], function.children[1]
        else:
            operands, name = [], function.children[-1]
        name = OTHER_NAMES.get(str(name), str(name))
        operands += [a for a in arguments if a.data != "keyword"]
        options = {str(a.children[0]): a.children[1] for a in arguments if a.data == "keyword"}
        if name in CONSTANTS:
            return self._constant(name, operands)
        if is_of_two(name, function, operands):
            return FUNCTIONS[name](*map(self.of, operands))
        if name in ALONG_AXIS:
            known = OPTIONS.get(name, ("axis", "keepdims"))
            named = {**dict(zip(known, operands[1:], strict=False)), **options}
            return self._along_axis(name, self.of(operands[0]), named)
        values = [self.of(operand) for operand in operands]
        if name not in FUNCTIONS or options:
            raise NoMatrixFormError(f"no rule for '{name}'")
        try:
            return FUNCTIONS[name](*values)
        except TypeError:
            raise NoMatrixFormError(f"no rule for '{name}' of {len(values)} arguments") from None

    def _along_axis(self, name: str, node: Node, options: dict[str, Tree]) -> Node:
        values = {OTHER_OPTIONS.get(key, key): _literal(value) for key, value in options.items()}
        keepdims = bool(values.pop("keepdims", False))
        whole = "axis" in values and values["axis"] is None
        axis = values.pop("axis", None)
        if name in ("softmax", "log_softmax"):
            if (whole and node.ndim > 1) or isinstance(axis, tuple):
                raise NoMatrixFormError("a softmax over all entries has no rule")
            soft = build.softmax(node, -1 if axis is None else axis % node.ndim)
            return soft if name == "softmax" else build.elementwise("log", soft)
        axes = (axis,) if isinstance(axis, int) else axis
        if axes is not None:
            axes = tuple(a % node.ndim for a in axes)
        function = partial(ALONG_AXIS[name], **values)
        if name == "squeeze":
            return function(node, axes)
        if axes is None:
            return kronecker.of_all_entries(name, lambda whole: function(whole, None), node)
        result = function(node, axes)
        if not keepdims or not result.shape:
            return result
        return build.column(result) if axes == (1,) else result

    def _constant(self, name: str, operands: list[Tree]) -> Node:
        if len(operands) == 1 and operands[0].data == "tuple":
            operands = list(operands[0].children)
        if name.endswith("_like"):
            shape = self.of(operands[0]).shape
        else:
            shape = tuple(self._extent(operand) for operand in operands)
        if 1 in shape:
            raise NoMatrixFormError("an axis of one entry has no rule")
        if name == "eye":
            return Eye(shape[0])
        return Ones(shape) if name.startswith("ones") else build.zeros(shape)

    def _extent(self, tree: Tree):
        node = self.of(tree)
        for name, size in self.vocabulary.sizes.items():
            more = build.subtract(node, Name(name))
            if isinstance(more, Number) and more.value.denominator == 1:
                return size + int(more.value)
        raise NoMatrixFormError("a size that is no name has no rule")

    def _is_module(self, tree: Tree) -> bool:
        if tree.data == "attribute":
            return tree.children[1] in SUBMODULES and self._is_module(tree.children[0])
        is_module = tree.data == "name" and tree.children[0] in MODULES
        return is_module and self.vocabulary.tensor(str(tree.children[0])) is None

    def _is_new_axis(self, place: Tree) -> bool:
        return bool(place.children) and place.children[-1] in ("None", "newaxis")


def _literal(tree: Tree):
    """The value of an option: a small whole number, several, a truth value, None or a word."""
    if tree.data == "tuple":
        return tuple(map(_literal, tree.children))
    if tree.data == "neg":
        return -_literal(tree.children[0])
    text = str(tree.children[-1]) if tree.children else ""
    if text in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[text]
    return int(text) if text.isdigit() else text.strip("'\"")


# --- what functions are --------------------------------------------------------------------------


def _mean(node: Node, axes, **_) -> Node:
    return build.divide(build.total(node, axes), _count(node, axes))


def _count(node: Node, axes) -> Node:
    axes = range(node.ndim) if axes is None else axes
    return build.mul(*(build.extent_of(node.shape[axis]) for axis in axes))


def _centred(node: Node, axes) -> Node:
    mean = _mean(node, axes)
    return build.subtract(node, build.column(mean) if mean.ndim and axes == (1,) else mean)


def _var(node: Node, axes, ddof: int = 0) -> Node:
    squares = build.total(build.power(_centred(node, axes), build.number(2)), axes)
    return build.divide(squares, build.subtract(_count(node, axes), build.number(ddof)))


def _norm(node: Node, axes, ord=None) -> Node:
    size = build.elementwise("abs", node)
    if ord == INFINITE:
        return reduced("max")(size, axes)
    order = ord if isinstance(ord, int) else 2
    base = node if order % 2 == 0 else size
    sums = build.total(build.power(base, build.number(order)), axes)
    return build.power(sums, build.number(Fraction(1, order)))


def _power(base: Node, exponent: Node) -> Node:
    return build.power(base, exponent)


def _solve(matrix: Node, right: Node) -> Node:
    return build.matmul(build.inverse(matrix), right)


def _det(matrix: Node) -> Node:
    return Call("det", (matrix,), ())


def _sqdist(a: Node, b: Node) -> Node:
    return Call("sqdist", (a, b), (a.shape[0], b.shape[0]))


def _vdot(a: Node, b: Node) -> Node:
    return build.total(build.mul(a, b))


def _diag(node: Node) -> Node:
    return build.diag(node) if node.ndim == 1 else build.diagonal(node)


def _triangle(name: str) -> Callable[..., Node]:
    return lambda node, _, k=0: Call(name, (node, *[build.number(k)] * (k != 0)), node.shape)


def _matmul(a: Node, b: Node) -> Node:
    if not a.shape or not b.shape:
        raise NoMatrixFormError("@ needs vectors or matrices")
    return kronecker.matmul(a, b)


def _of(name: str) -> Callable[..., Node]:
    return partial(kronecker.entrywise, partial(build.elementwise, name))


def _clip(x: Node, low: Node, high: Node) -> Node:
    return build.elementwise("minimum", build.elementwise("maximum", x, low), high)


def _log_of(base: int) -> Callable[[Node], Node]:
    def logarithm(x: Node) -> Node:
        return build.divide(
            build.elementwise("log", x), build.elementwise("log", build.number(base))
        )

    return logarithm


def _exp(x: Node) -> Node:
    return build.elementwise("exp", x)


def _log(x: Node) -> Node:
    return build.elementwise("log", x)


def _above_zero(x: Node) -> Node:
    return Elementwise(">", (x, ZERO))


def _at_labels(values: Node, one_hot: Node) -> Node:
    return build.mul(build.column(values) if values.shape else values, one_hot)


def _reshape(node: Node, *sizes: Node) -> Node:
    """reshape(-1) and reshape(-1, 1)."""
    if len(sizes) == 1:
        return kronecker.ravel(node)
    return node if node.ndim > 1 else build.column(node)


def _heaviside(x: Node, at_zero: Node) -> Node:
    below = Elementwise("<", (x, ZERO))
    return build.where(below, ZERO, build.where(_above_zero(x), ONE, at_zero))


ENTRYWISE: dict[str, Callable[..., Node]] = {
    "add": build.add,
    "sub": build.subtract,
    "mul": build.mul,
    "div": build.divide,
    "neg": build.negative,
    "pos": lambda a: a,
    "power": _power,
    "and_": lambda a, b: Elementwise("&", (a, b)),
    "or_": lambda a, b: Elementwise("|", (a, b)),
    "not_": lambda a: Elementwise("~", (a,)),
}
OPERATIONS: dict[str, Callable[..., Node]] = {
    **{name: partial(kronecker.entrywise, function) for name, function in ENTRYWISE.items()},
    "matmul": _matmul,
}
CONSTANTS = ("eye", "ones", "zeros", "ones_like", "zeros_like")
FUNCTIONS: dict[str, Callable[..., Node]] = {
    **{name: _of(name) for name in PARTIALS if name != "where"},
    "max": _of("maximum"),
    "min": _of("minimum"),
    "copy": lambda x: x,
    "float": lambda x: x,
    ONE_NUMBER: lambda x: x,
    AT_LABELS: _at_labels,
    PUT_AT_LABELS: lambda x, v, one_hot: build.add(
        build.mul(x, build.subtract(ONE, one_hot)), _at_labels(v, one_hot)
    ),
    "expm1": lambda x: build.subtract(_exp(x), ONE),
    "log1p": lambda x: _log(build.add(ONE, x)),
    "log2": _log_of(2),
    "log10": _log_of(10),
    "sqrt": build.root,
    "rsqrt": lambda x: build.power(x, build.number(Fraction(-1, 2))),
    "square": lambda x: build.power(x, build.number(2)),
    "reciprocal": lambda x: build.power(x, build.number(-1)),
    "logaddexp": lambda a, b: _log(build.add(_exp(a), _exp(b))),
    "clip": _clip,
    "heaviside": _heaviside,
    "len": lambda x: build.extent_of(x.shape[0]),
    "where": build.where,
    "add": build.add,
    "subtract": build.subtract,
    "multiply": build.mul,
    "divide": build.divide,
    "power": _power,
    "negative": build.negative,
    "matmul": _matmul,
    "dot": _matmul,
    "inner": lambda a, b: _matmul(a, build.transpose(b)),
    "vdot": _vdot,
    "outer": build.outer,
    "diag": _diag,
    "trace": kronecker.trace,
    "transpose": kronecker.transpose,
    "kron": kronecker.kron,
    "ravel": kronecker.ravel,
    "reshape": _reshape,
    "vec": kronecker.vec,
    "sqdist": _sqdist,
    "inv": build.inverse,
    "det": _det,
    "logdet": lambda matrix: _log(_det(matrix)),
    "solve": _solve,
}
"""What each word of the language is made of."""
ALONG_AXIS: dict[str, Callable[..., Node]] = {
    "sum": build.total,
    "mean": _mean,
    "var": _var,
    "std": lambda node, axes, **options: build.root(_var(node, axes, **options)),
    "norm": _norm,
    "norm1": lambda node, axes: build.total(build.elementwise("abs", node), axes),
    "logsumexp": lambda node, axes: _log(build.total(_exp(node), axes)),
    "softmax": build.softmax,
    "log_softmax": build.softmax,
    "cumsum": cumsum,
    "flip": flip,
    "diff": diff_along,
    "squeeze": lambda node, axes: build.as_vector(node) if node.ndim > 1 else node,
    "tril": _triangle("tril"),
    "triu": _triangle("triu"),
    "prod": reduced("prod"),
    "max": reduced("max"),
    "min": reduced("min"),
}
