"""What a tree of NumPy's notation means: the entries of an array, its shapes checked on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add, and_, invert, mul, neg, or_, sub, truediv
from typing import Any

from lark import Token, Tree
from sympy import (
    Basic,
    Eq,
    Expr,
    Idx,
    Integer,
    Ne,
    Number,
    Pow,
    Rational,
    Symbol,
    log,
    preorder_traversal,
)

from derivations.notation import substitute, total
from verify.language import tensor as arrays
from verify.language.tensor import ShapeError, Tensor, elementwise, logical, written
from verify.language.tree import AnswerSyntaxError, column_of
from verify.language.vocabulary import Vocabulary

LARGEST_EXPONENT = 16
TRANSPOSED_VECTOR = ".T leaves a vector as it is: a column times a row is outer(x, y)"
OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "add": lambda a, b: _of_numbers(add, a, b),
    "sub": lambda a, b: _of_numbers(sub, a, b),
    "mul": lambda a, b: elementwise(mul, a, b),
    "div": lambda a, b: elementwise(truediv, a, b),
    "neg": lambda a: elementwise(neg, a),
    "pos": lambda a: a,
    "matmul": arrays.matmul,
    "and_": lambda a, b: logical(and_, a, b),
    "or_": lambda a, b: logical(or_, a, b),
    "not_": lambda a: logical(invert, a),
}
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "==": Eq,
    "!=": Ne,
}
FUNCTIONS: dict[str, tuple[int, Callable[..., Tensor]]] = {
    **{
        name: (count, lambda *operands, entry=entry: elementwise(entry, *operands))
        for name, (count, entry) in arrays.ELEMENTWISE.items()
    },
    "diag": (1, arrays.diag),
    "dot": (2, arrays.matmul),
    "outer": (2, arrays.outer),
    "where": (3, arrays.where),
}
PARTIAL = ("log", "sqrt")
CONSTANTS = ("eye", "ones", "zeros")
KNOWN_FUNCTIONS = ", ".join(sorted([*FUNCTIONS, *arrays.ALONG_AXIS, *CONSTANTS]))


class Meaning:
    """A walk over a tree: an operation, or the method named after a node's kind, says its meaning.

    Raises `AnswerSyntaxError` for what the language does not have, and `ShapeError` for shapes that
    do not fit; both point at a column.
    """

    operations = OPERATIONS

    def __init__(self, vocabulary: Vocabulary):
        self.vocabulary = vocabulary
        self.bound: dict[str, Idx] = {}
        self.offsets: dict[Idx, int] = {}
        self.remarks: list[str] = []
        self.gaps: list[Expr] = []

    def answer(self, tree: Tree) -> Tensor:
        """A whole answer: an array of numbers."""
        return self.value(tree).number

    def loses_gaps(self, entry: Expr) -> bool:
        """Whether a quotient, root or logarithm that may have no value has left no trace in the
        entry, as in x / x: SymPy cancels it at sight.
        """
        kept = {part for part in preorder_traversal(_without_places(entry)) if _may_fail(part)}
        kept |= {part.base for part in kept if part.is_Pow}
        asked = (p for e in self.gaps for p in preorder_traversal(_without_places(e)))
        return any(
            _may_fail(part) and part not in kept and getattr(part, "base", None) not in kept
            for part in asked
        )

    def of(self, tree: Tree) -> Tensor:
        """The meaning of a node; what goes wrong in it is said with its column."""
        try:
            if tree.data in self.operations:
                operands = [self.value(child) for child in tree.children]
                if tree.data == "div":
                    self.gaps.append(1 / operands[1].number.entry)
                return self.operations[tree.data](*operands)
            return getattr(self, str(tree.data))(*tree.children)
        except AnswerSyntaxError:
            raise
        except ShapeError as error:
            text = str(error)
            here = f"column {column_of(tree)}: "
            raise ShapeError(text if text.startswith("column") else here + text) from None
        except (TypeError, ValueError) as error:
            raise AnswerSyntaxError(str(error).split("\n")[0], column_of(tree)) from None

    def value(self, tree: Tree) -> Tensor:
        """The meaning of a node as numbers: an index counts from where its range starts."""
        tensor = self.of(tree)
        if not isinstance(tensor.entry, Idx):
            return tensor
        if tensor.entry not in self.offsets:
            raise ValueError("an index of the answer is a place, not a number")
        return Tensor(tensor.entry + self.offsets[tensor.entry])

    def number(self, token: Token) -> Tensor:
        """A decimal number, exactly."""
        mantissa, _, exponent = token.lower().partition("e")
        if abs(int(exponent or 0)) > 300:
            raise ValueError("expected a decimal exponent of at most 300")
        return Tensor(Rational(mantissa) * Integer(10) ** int(exponent or 0))

    def name(self, token: Token) -> Tensor:
        """A declared name, or the index of a sum."""
        if token in self.bound:
            return Tensor(self.bound[token])
        if (found := self.vocabulary.tensor(token)) is not None:
            return found
        raise ValueError(f"unknown name '{token}'; there are {', '.join(self.vocabulary.names)}")

    def power(self, base: Tree, exponent: Tree) -> Tensor:
        """A power whose exponent, if it is a number, is small."""
        power = self.value(exponent)
        if isinstance(power.entry, Number) and abs(power.entry) > LARGEST_EXPONENT:
            raise ValueError(f"expected an exponent of at most {LARGEST_EXPONENT}")
        result = elementwise(Pow, self.value(base), power)
        self.gaps.append(result.entry)
        return result

    def compare(self, *parts: Any) -> Tensor:
        """A comparison; a chain of them holds where each does. i == j compares two indices."""
        signs = parts[1::2]
        operands = [self.of(part) for part in parts[::2]]
        if not all(isinstance(operand.entry, Idx) for operand in operands):
            operands = [self.value(part).number for part in parts[::2]]
        links = [
            elementwise(RELATIONS[sign], left, right)
            for left, sign, right in zip(operands, signs, operands[1:], strict=False)
        ]
        return reduce(lambda a, b: logical(and_, a, b), links)

    def attribute(self, operand: Tree, name: Token) -> Tensor:
        """The transpose: no other attribute exists."""
        if operand.data == "name" and operand.children[0] in ("np", "numpy", "jnp", "torch"):
            raise ValueError(f"write {name}, without '{operand.children[0]}.'")
        if name != "T":
            raise ValueError(f"'.{name}' is not in the language; the only attribute is .T")
        tensor = self.of(operand)
        if tensor.ndim == 1:
            self.remarks.append(TRANSPOSED_VECTOR)
        return arrays.transpose(tensor)

    def subscript(self, operand: Tree, *places: Tree) -> Tensor:
        """Entries by indices, `:` for a whole axis, None for a new one."""
        base = self.of(operand).number
        if sum(not _is_new_axis(place) for place in places) > base.ndim:
            raise ShapeError(f"too many places for shape {written(base.shape)}")
        axes, chosen = list(base.axes), {}
        kept: list[Idx | None] = []
        for place in places:
            if _is_new_axis(place):
                kept.append(None)
                continue
            axis = axes.pop(0)
            if place.data == "whole":
                kept.append(axis)
            elif axis is not None:
                chosen[axis] = self._index(place, axis.upper)
        return Tensor(substitute(base.entry, chosen), (*kept, *axes))

    def _index(self, place: Tree, extent: Expr) -> Idx:
        index = self.of(place).entry
        if not isinstance(index, Idx):
            known = ", ".join([*self.vocabulary.indices, *self.bound]) or "those of a sum"
            raise ValueError(f"expected an index, : or None; the indices are {known}")
        if index.upper != extent:
            raise ShapeError(f"index {place.children[0]} runs over {index.upper}, not {extent}")
        return index

    def call(self, function: Tree, *arguments: Tree) -> Tensor:
        """A function of the language, by its name."""
        if function.data != "name":
            self.of(function)
            raise ValueError("only functions are called, by their names")
        name = str(function.children[0])
        if arguments and arguments[0].data == "each":
            return self._over_range(name, *arguments)
        options = {
            str(a.children[0]): self._option(str(a.children[0]), a.children[1])
            for a in arguments
            if a.data == "keyword"
        }
        operands = [a for a in arguments if a.data != "keyword"]
        if name in CONSTANTS:
            return self._constant(name, *operands)
        if name in arrays.ALONG_AXIS and 1 <= len(operands) <= 2:
            if len(operands) == 2:
                options["axis"] = self._option("axis", operands.pop())
            return arrays.ALONG_AXIS[name](self.value(operands[0]), **options)
        if name not in FUNCTIONS and name not in arrays.ALONG_AXIS:
            raise ValueError(f"unknown function '{name}'; there are {KNOWN_FUNCTIONS}")
        count, function_ = FUNCTIONS.get(name, (1, None))
        if len(operands) != count or options or function_ is None:
            raise ValueError(f"{name}: expected {count} argument{'s' * (count > 1)}")
        result = function_(*map(self.value, operands))
        if name in PARTIAL:
            self.gaps.append(result.entry)
        return result

    def _option(self, name: str, value: Tree) -> int | bool:
        literal = str(value.children[-1]) if value.children else ""
        if name == "keepdims" and literal in ("True", "False"):
            return literal == "True"
        if name == "axis":
            entry = self.of(value).entry
            if isinstance(entry, Integer) and abs(entry) < 10:
                return int(entry)
        raise ValueError(f"expected axis=0, axis=1 or keepdims=True, got {name}={literal}")

    def _constant(self, name: str, *sizes: Tree) -> Tensor:
        if len(sizes) == 1 and sizes[0].data == "tuple" and name != "eye":
            sizes = tuple(sizes[0].children)
        if not 1 <= len(sizes) <= (1 if name == "eye" else 2):
            raise ValueError(f"{name}: expected sizes, such as {name}(n)")
        shape = tuple(self._size(size) for size in sizes)
        if name == "eye":
            return arrays.eye(*shape)
        return arrays.full(shape, 1 if name == "ones" else 0)

    def _size(self, tree: Tree) -> Expr:
        size = self.of(tree).entry
        if size in self.vocabulary.sizes.values() or (
            isinstance(size, Integer) and 1 <= size <= LARGEST_EXPONENT
        ):
            return size
        known = ", ".join(self.vocabulary.sizes) or "none here"
        raise ValueError(f"expected a size; the sizes are {known}")

    def _over_range(self, name: str, each: Tree, *others: Tree) -> Tensor:
        """sum(f(k) for k in range(n)); in range(1, n + 1) the index counts from 1, as on paper."""
        term, index, *ends = each.children
        index = str(index)
        if name != "sum" or others:
            raise ValueError("'for' belongs in sum(... for k in range(n))")
        is_free = index in self.vocabulary.indices or self.vocabulary.tensor(index) is None
        if index in self.bound or not is_free:
            raise ValueError(f"'{index}' already has a meaning")
        axis = arrays.axis_of(self._range(*ends))
        if axis is None:
            raise ValueError("expected a range of more than one value")
        self.bound[index], self.offsets[axis] = axis, len(ends) - 2
        try:
            summand = self.value(term).number
        finally:
            del self.bound[index]
        return Tensor(total(summand.entry, axis), summand.axes)

    def _range(self, first: Tree, last: Tree | None = None) -> Expr:
        if last is None:
            return self._size(first)
        if last.data == "add" and self.of(first).entry == 1 == self.of(last.children[1]).entry:
            return self._size(last.children[0])
        raise ValueError("expected range(n) or range(1, n + 1)")

    def tuple(self, *_: Tree) -> Tensor:
        """Several values are no answer."""
        raise ValueError("expected one value, got several")

    keyword = each = whole = tuple


def _of_numbers(operation: Callable, first: Tensor, second: Tensor) -> Tensor:
    """NumPy's + of two truth values is not a sum, and its - is an error: both are refused."""
    if first.is_boolean and second.is_boolean:
        raise TypeError("+ and - need a number: join comparisons with & and |")
    return elementwise(operation, first, second)


def _without_places(expr: Basic) -> Basic:
    """The expression with one name for all indices, which differ from place to place."""
    return expr.xreplace(dict.fromkeys(expr.atoms(Idx), Symbol("k", integer=True)))


def _may_fail(part: Basic) -> bool:
    """Whether a power or a logarithm has no value for some of what its argument may be."""
    match part:
        case log():
            return not part.args[0].is_positive
        case Pow(base=base, exp=exponent):
            return not (
                base.is_positive
                or (base.is_nonnegative and exponent.is_nonnegative)
                or (exponent.is_integer and (exponent.is_nonnegative or base.is_nonzero))
            )
    return False


def _is_new_axis(place: Tree) -> bool:
    return place.data == "name" and place.children[0] == "None"
