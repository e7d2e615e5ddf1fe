"""What a tree of NumPy's notation means: the entries of an array, its shapes checked on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import and_
from typing import Any

from lark import Token, Tree
from sympy import (
    Eq,
    Expr,
    Idx,
    Indexed,
    Integer,
    Ne,
    Number,
    Pow,
    Rational,
    Symbol,
    exp,
)

from verify.language import tensor as arrays
from verify.language.definedness import complaint, union
from verify.language.definedness import power as needs_of_power
from verify.language.kinds import Kind, Kinds
from verify.language.libraries import BUILTINS, MODULES
from verify.language.numpy_text import BUILTIN
from verify.language.tensor import (
    ShapeError,
    Span,
    Tensor,
    UnreadShapeError,
    elementwise,
    logical,
    written,
)
from verify.language.tree import LOCATION, AnswerSyntaxError, location_of
from verify.language.vocabulary import Vocabulary
from verify.language.words import along_axis, products
from verify.language.words import elementwise as entries
from verify.language.words.at_labels import (
    OWN,
    PUT_AT_LABELS,
)
from verify.language.words.functions import (
    CALLED,
    CONSTANTS,
    FUNCTIONS,
    LIKE,
    NO_METHODS,
    OPERATIONS,
    SUBMODULES,
    expected,
    is_of_arrays_in_torch,
    is_of_two,
    own_name,
    unknown_function,
)
from verify.language.words.order import flips_as_sums
from verify.language.words.parts import ends_of, part_of, place_of
from verify.language.words.reductions import is_extreme, without_maxima_that_cancel

LARGEST_EXPONENT = 16
TRANSPOSED_VECTOR = ".T leaves a vector as it is: a column times a row is outer(x, y)"
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "==": Eq,
    "!=": Ne,
}
COMPUTED = {
    *OPERATIONS, "power", "call", "chosen", "subscript", "attribute", "filled", "changed", "masked",
    "beside",
}  # fmt: skip
"""Nodes that are numbers even where their entry is an index: k + 1, where k counts from 0."""
UNSAID = Integer(-1)
"""The size in a shape that follows from the others."""
OF_ARRAYS = ("dot", "inner", "vdot", "outer", "matmul")
"""Products that are not written of numbers."""
OF_ENTRIES = ("array", "asarray", "stack")
"""What makes an array of [f(k) for k in range(n)]."""


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
        self.marks_extremes = False
        self.sums_a_number = False
        """Whether a word that is meant for arrays is one of a number."""
        self.kinds = Kinds(self._kind_of_name, self._called)

    def answer(self, tree: Tree) -> Tensor:
        """A whole answer: an array of numbers, or in the answer's indices one number."""
        try:
            return self.complete(self.value(tree).number)
        except RecursionError:
            raise AnswerSyntaxError("nested too deep to be read") from None

    def complete(self, answer: Tensor) -> Tensor:
        """The answer, unless it mixes arrays with entries: in an index it is a number for each."""
        if any(isinstance(axis, tuple) for axis in answer.axes):
            raise AnswerSyntaxError("kron, ravel and vec are in the language below a sum alone")
        indices = self.vocabulary.indices.values()
        places = [str(k) for k in indices if answer.entry.has(k) and k not in answer.axes]
        if answer.ndim and places:
            raise AnswerSyntaxError(
                f"an answer in the index {' and '.join(places)} is a number for each,"
                f" yours is {written(answer.shape)}"
            )
        try:
            answer = flips_as_sums(answer)
        except TypeError as error:
            raise AnswerSyntaxError(str(error)) from None
        return answer if self.marks_extremes else without_maxima_that_cancel(answer)

    def of(self, tree: Tree) -> Tensor:
        """The meaning of a node; what goes wrong in it is said with its place."""
        try:
            if tree.data in self.operations:
                self._reject_kinds(str(tree.data), tree.children)
                result = self.operations[tree.data](*map(self.value, tree.children))
            else:
                result = getattr(self, str(tree.data))(*tree.children)
            if wrong := complaint(result.entry, result.needs):
                raise ValueError(wrong)
            return result
        except AnswerSyntaxError:
            raise
        except ShapeError as error:
            text = str(error)
            here = "" if LOCATION.match(text) else f"{location_of(tree)}: "
            raise error.saying(here + text) from None
        except (TypeError, ValueError) as error:
            raise AnswerSyntaxError(str(error).split("\n")[0], location_of(tree)) from None

    def value(self, tree: Tree) -> Tensor:
        """The meaning of a node as numbers: an index counts from where its range starts."""
        return self.of(tree) if tree.data in COMPUTED else self._counted(self.of(tree))

    def _kind_of_name(self, name: str) -> Kind:
        found = None if name in self.bound else self.vocabulary.tensor(name)
        is_float = (found is not None and found.entry.has(Indexed, Symbol)) or (
            found is None and name in entries.NUMBERS
        )
        is_size = name in self.vocabulary.sizes or name in self.vocabulary.indices
        return Kind.FLOAT if is_float and not is_size else Kind.WHOLE

    def _reject_kinds(self, name: str, operands: list[Tree]) -> None:
        """NumPy's + of arrays of truth values is no sum, and its - an error."""
        if wrong := self.kinds.complaint(name, operands):
            raise TypeError(wrong)

    def _counted(self, tensor: Tensor) -> Tensor:
        if not isinstance(tensor.entry, Idx):
            return tensor
        if tensor.entry not in self.offsets:
            raise ValueError("an index of the answer is a place, not a number")
        return replace(tensor, entry=tensor.entry + self.offsets[tensor.entry])

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
        if token in entries.NUMBERS:
            return Tensor(entries.NUMBERS[token])
        name = token.removeprefix(OWN)
        raise ValueError(f"unknown name '{name}'; there are {', '.join(self.vocabulary.names)}")

    def power(self, base: Tree, exponent: Tree) -> Tensor:
        """A power whose exponent, if it is a number, is small."""
        self._reject_kinds("**", [base, exponent])
        return self.raised(self.value(base), self.value(exponent))

    def raised(self, base: Tensor, exponent: Tensor) -> Tensor:
        """A power, entry by entry."""
        _require_small(exponent.entry, LARGEST_EXPONENT)
        result = elementwise(Pow, base, exponent, needs=needs_of_power)
        _require_small(result.entry.as_base_exp()[1], LARGEST_EXPONENT**2)
        return result

    def compare(self, *parts: Any) -> Tensor:
        """A comparison; a chain of them, which needs numbers, holds where each does."""
        are_places = not any(part.data in COMPUTED for part in parts[::2])
        operands = [self.of(part) if are_places else self.value(part) for part in parts[::2]]
        if len(operands) > 2 and any(operand.ndim for operand in operands):
            raise TypeError("a chain of comparisons needs numbers: join those of arrays with &")
        starts = {self.offsets.get(operand.entry) for operand in operands}
        if are_places and {0, -1} <= starts:
            raise ValueError("expected indices whose ranges both start from 0, or both from 1")
        if are_places:
            return self.compared(operands, parts[1::2])
        return self._linked([operand.number for operand in operands], parts[1::2])

    def compared(self, operands: list[Tensor], signs: Sequence[str]) -> Tensor:
        """A chain of comparisons, entry by entry; indices are compared as places."""
        if not all(isinstance(operand.entry, Idx) for operand in operands):
            operands = [self._counted(operand).number for operand in operands]
        return self._linked(operands, signs)

    def _linked(self, operands: list[Tensor], signs: Sequence[str]) -> Tensor:
        links = [
            elementwise(partial(self._related, sign), left, right)
            for left, sign, right in zip(operands, signs, operands[1:], strict=False)
        ]
        return reduce(partial(logical, and_), links)

    def _related(self, sign: str, first: Any, second: Any) -> Any:
        if sign == "==" and (extreme := is_extreme(first, second)) is not None:
            self.marks_extremes = True  # where two are the largest, several are marked
            return extreme
        return arrays.related(RELATIONS[sign](first, second))

    def chosen(self, yes: Tree, condition: Tree, no: Tree) -> Tensor:
        """`yes if condition else no`, of one condition."""
        test = self.of(condition)
        if test.ndim or not test.is_boolean:
            raise TypeError("expected a comparison of numbers between 'if' and 'else'")
        return arrays.where(test, self.value(yes), self.value(no))

    def attribute(self, operand: Tree, name: Token) -> Tensor:
        """The transpose, the number of entries, or a number that a module names."""
        if self._is_module(operand) and name in (numbers := {**entries.NUMBERS, "e": exp(1)}):
            return Tensor(numbers[name])
        if name == "values" and self._is_extreme_of_torch(operand):
            return self.of(operand)
        if name not in ("T", "mT", "size"):
            raise ValueError(f"'.{name}' is not in the language; the attributes are .T and .size")
        tensor = self.value(operand)
        if name == "size":
            return arrays.extent_at(tensor, *range(tensor.ndim))
        if tensor.ndim == 1:
            self.remarks.append(TRANSPOSED_VECTOR)
        return products.transpose(tensor)

    def subscript(self, operand: Tree, *places: Tree) -> Tensor:
        """Entries by indices or numbers, `:` for a whole axis, `1:` and `:-1` for a part of it,
        None for a new one; one extent of a shape.
        """
        if operand.data == "attribute" and operand.children[1] == "shape":
            return self._extent(operand.children[0], *places)
        if whole_number(places[0]) is not None and self._is_pair_of_torch(operand):
            raise ValueError(
                "PyTorch's max and min along an axis are pairs: write .values or axis="
            )
        base = self.value(operand).number
        if not base.ndim:
            raise TypeError("a number has no places")
        if sum(not self._is_new_axis(place) for place in places) > base.ndim:
            raise ShapeError(f"too many places for shape {written(base.shape)}")
        chosen: dict[Span, Expr] = {}
        kept: list[Span] = []
        at = 0
        for place in places:
            if self._is_new_axis(place):
                kept.append(None)
                continue
            if place.data == "part":
                base = part_of(base, at, ends_of(str(place.children[0])))
            axis, extent = base.axes[at], base.shape[at]
            if place.data in ("whole", "turned", "part"):
                kept.append(axis)
                if place.data == "turned" and axis is not None:
                    chosen[axis] = arrays.from_the_end(arrays.single(axis))
            elif (number := whole_number(place)) is not None:
                chosen[axis], needs = place_of(extent, number)
                base = replace(base, needs=union(base.needs, needs))
            else:
                index = self._index(place, extent)
                chosen |= {axis: index} if axis else {}
            at += 1
        return base.with_places(chosen, (*kept, *base.axes[at:]))

    def _index(self, place: Tree, extent: Expr) -> Idx:
        index = self.of(place).entry
        if not isinstance(index, Idx) or place.data != "name":
            known = ", ".join([*self.vocabulary.indices, *self.bound]) or "those of a sum"
            what = f"expected an index, : or None; the indices are {known}"
            if place.data == "name" and self.vocabulary.tensor(str(place.children[0])):
                name = place.children[0]
                what += f"; if {name} is one label, its shape is '{name}:';"
                what += f" what many labels choose is one_hot({name}, K) @ ..."
            raise ValueError(what)
        if index.upper != extent:
            message = f"index {place.children[0]} runs over {index.upper}, not {extent}"
            raise UnreadShapeError(message, (index.upper, extent))
        return index

    def axes(self, operand: Tree, letters: Token) -> Tensor:
        """An array that has an axis for each letter in quotes."""
        self._reject_kinds("einsum", [operand])
        array = self.value(operand)
        if array.ndim != len(letters.strip("'")):
            raise ShapeError(f"{letters} is not for an array of shape {written(array.shape)}")
        if None in array.axes:
            raise UnreadShapeError("an axis of 1 is not stretched here")
        return array

    def call(self, function: Tree, *arguments: Tree) -> Tensor:
        """A function of the language, by its name, after a module's or as a method."""
        name, *receiver = self._called(function)
        operands = [*receiver, *(a for a in arguments if a.data != "keyword")]
        is_of_entries = name in OF_ENTRIES and [o.data for o in operands] == ["listed"]
        if not is_of_entries and not receiver:
            operands = [self._as_array(name, operand, function) for operand in operands]
        if name not in CALLED and not is_of_entries:
            raise ValueError(unknown_function(name))
        keywords = [(str(a.children[0]), a.children[1]) for a in arguments if a.data == "keyword"]
        is_over_range = any(operand.data == "each" for operand in operands)
        is_along_axis = name in along_axis.ALONG_AXIS and not is_of_two(name, function, operands)
        if keywords and (is_over_range or not is_along_axis):
            raise ValueError(f"{expected(name)} and no {keywords[0][0]}")
        if is_over_range:
            return self._over_range(name, *operands)
        if is_of_arrays_in_torch(name, function, operands):
            name = f"{name}imum"
        if is_of_entries:
            return self._stacked(*operands[0].children)
        self._reject_kinds(name, operands)
        if name in CONSTANTS:
            return self._constant(name, *operands)
        if is_along_axis and operands:
            if getattr(function.children[0], "type", "") == BUILTIN and not keywords:
                self._reject_python(name, *operands)
            return self._along_axis(name, operands, keywords)
        if name == "reshape":
            return self._ravelled(*operands)
        count, function_ = FUNCTIONS.get(name, (1, None))
        values = [self.value(operand) for operand in operands]
        self.sums_a_number |= name in OF_ARRAYS and not all(value.ndim for value in values)
        if name == PUT_AT_LABELS:
            self._reject_changes_of_kind(operands[0], values[0])
        if len(values) != count:
            raise ValueError(expected(name))
        if name in LIKE:
            return products.full(values[0].shape, LIKE[name])
        return function_(*values) if function_ else self._length(values[0])

    def _as_array(self, name: str, operand: Tree, function: Tree) -> Tree:
        """A list that a function takes, as an array; Python's own sum goes over its rows."""
        if operand.data != "listed" or name not in CALLED:
            return operand
        array = Tree("call", [Tree("name", [Token("NAME", "array")]), operand], operand.meta)
        if function.data == "name" and name in BUILTINS and self.value(array).ndim > 1:
            raise ValueError(f"{name} of a list of arrays: write np.{name}(..., axis=0)")
        return array

    def _reject_python(self, name: str, operand: Tree, *others: Tree) -> None:
        """Python's own function has no axis, and goes over the rows of a matrix."""
        if others:
            raise ValueError(f"Python's {name} has no axis: write np.{name}(...)")
        if self.value(operand).ndim > 1:
            what = f"Python's {name} of a matrix goes over its rows: write np.{name}(...)"
            raise ValueError(what)

    def _along_axis(self, name: str, operands: list[Tree], keywords: list) -> Tensor:
        array, *unnamed = operands
        known = along_axis.OPTIONS.get(name, ("axis", "keepdims"))
        most = along_axis.UNNAMED.get(name, len(known))
        if len(unnamed) > most:
            raise ValueError(f"{name}: expected at most {1 + most} arguments without a name")
        named = [(along_axis.OTHER_OPTIONS.get(key, key), value) for key, value in keywords]
        named = [*zip(known, unnamed, strict=False), *named]
        for key, _ in named:
            if key not in known:
                raise ValueError(f"{name}: expected no {key}")
        options = {key: self._option(key, value) for key, value in named}
        if len(options) < len(named):
            raise ValueError(f"{name}: expected each option once")
        operand = self.value(array)
        self.sums_a_number |= not operand.ndim and not operand.entry.has(Indexed)
        return along_axis.ALONG_AXIS[name](operand, **options)

    def _ravelled(self, array: Tree, *shape: Tree) -> Tensor:
        sizes = shape[0].children if len(shape) == 1 and shape[0].data == "tuple" else shape
        known, before = [whole_number(size) for size in sizes], self.value(array)
        if known == [-1]:
            return products.ravel(before)
        given = [
            self.value(size).entry if k != -1 else UNSAID
            for size, k in zip(sizes, known, strict=True)
        ]
        pairs = [*zip(given, before.shape, strict=False)]
        others = [(own, extent) for own, extent in pairs if own not in (UNSAID, extent)]
        if len(given) == before.ndim and not others and given.count(UNSAID) < 2:
            return before
        is_fitting = before.ndim > 0 and (given[0] == UNSAID or not others)
        if len(given) == 2 and given[1] == 1 and is_fitting:
            return arrays.column_of(before)
        known_ones = "reshape(-1), the rows one after the other, reshape(-1, 1)"
        what = f"expected {known_ones}, or the shape that it has"
        names = [pair for pair in others if pair[0].is_Symbol]
        raise UnreadShapeError(what, names[0]) if names else ValueError(what)

    def _length(self, array: Tensor) -> Tensor:
        if not array.ndim:
            raise ValueError("len: expected an array, got a number")
        return arrays.extent_at(array, 0)

    def _extent(self, operand: Tree, *places: Tree) -> Tensor:
        array = self.of(operand)
        at = self.of(places[0]).entry if len(places) == 1 and places[0].data != "whole" else None
        if not isinstance(at, Integer) or not -array.ndim <= at < array.ndim:
            raise ValueError(f"shape: expected one of its {array.ndim} places, such as shape[0]")
        return arrays.extent_at(array, int(at))

    def _called(self, function: Tree) -> tuple[Any, ...]:
        """The name of a function as it is called here, and the array whose method it is."""
        if function.data == "name":
            return (own_name(str(function.children[0])),)
        if function.data != "attribute":
            self.of(function)
            raise ValueError("only functions are called, by their names")
        receiver, name = function.children[0], str(function.children[1])
        if self._is_module(receiver):
            return (own_name(name),)
        if own_name(name) not in {*FUNCTIONS, *along_axis.ALONG_AXIS, "reshape"} - NO_METHODS:
            raise ValueError(
                f"'.{name}()' is not in the language; there are .sum(), .mean() and"
                " the functions of one array"
            )
        return own_name(name), receiver

    def _is_extreme_of_torch(self, tree: Tree) -> bool:
        """Whether PyTorch gives values and their places: X.max(dim=1).values."""
        return tree.data == "call" and self._called(tree.children[0])[0] in ("max", "min")

    def _is_pair_of_torch(self, tree: Tree) -> bool:
        """Whether it is X.max(1), whose [0] is a row in NumPy and all values in PyTorch."""
        if not self._is_extreme_of_torch(tree):
            return False
        _, *operands = self._called(tree.children[0])
        names = [str(a.children[0]) for a in tree.children[1:] if a.data == "keyword"]
        operands += tree.children[1 : len(tree.children) - len(names)]
        return "axis" not in names and ("dim" in names or len(operands) > 1)

    def _is_module(self, tree: Tree) -> bool:
        """Whether a name is a module's, as np or np.linalg, and no array's."""
        if tree.data == "attribute":
            module, name = tree.children
            return name in SUBMODULES and self._is_module(module)
        is_module = tree.data == "name" and tree.children[0] in MODULES
        return is_module and self.vocabulary.tensor(str(tree.children[0])) is None

    def _is_new_axis(self, place: Tree) -> bool:
        if place.data == "attribute":
            module, name = place.children
            return name == "newaxis" and self._is_module(module)
        return place.data == "name" and place.children[0] == "None"

    def _option(self, name: str, value: Tree) -> int | tuple[int, ...] | bool | str | None:
        literal = str(value.children[-1]) if value.children else ""
        if literal == "None" and name in ("axis", "ord"):
            return None
        if name == "keepdims" and literal in ("True", "False"):
            return literal == "True"
        if name in ("axis", "pad_width") and value.data == "tuple":
            return tuple(self._small(place) for place in value.children)
        if name == "ord" and value.data == "string":
            return literal[1:-1]
        if name == "ord" and literal in (along_axis.INFINITE, "Inf", "infty"):
            return along_axis.INFINITE
        if name in ("axis", "ord", "ddof", "k", "n") and value.data != "string":
            return self._small(value)
        wanted = "(1, 0)" if name == "pad_width" else "axis=0, axis=1 or keepdims=True"
        raise ValueError(f"expected {wanted}, got {name}={literal}")

    def _small(self, tree: Tree) -> int:
        entry = self.of(tree).entry
        if not isinstance(entry, Integer) or abs(entry) >= 10:
            raise ValueError("expected a small whole number, such as axis=0")
        return int(entry)

    def _constant(self, name: str, *sizes: Tree) -> Tensor:
        if len(sizes) == 1 and sizes[0].data == "tuple" and name != "eye":
            sizes = tuple(sizes[0].children)
        if not 1 <= len(sizes) <= (1 if name == "eye" else 2):
            raise ValueError(f"{name}: expected sizes, such as {name}(n)")
        shape = tuple(self._extent_of(self.value(size).entry) for size in sizes)
        if name == "eye":
            return products.eye(*shape)
        return products.full(shape, 1 if name == "ones" else 0)

    def _extent_of(self, extent: Expr) -> Expr:
        """A size, a small number, or n - 1 or n + 2, which are never negative."""
        more, size = extent.as_coeff_Add()
        is_sum = size and (more > 0 or extent.is_nonnegative)
        return self._as_size(size) + more if is_sum else self._as_size(extent)

    def _size(self, tree: Tree) -> Expr:
        return self._as_size(self.of(tree).entry)

    def _as_size(self, size: Expr) -> Expr:
        if size in self.vocabulary.sizes.values() or (
            isinstance(size, Integer) and 1 <= size <= LARGEST_EXPONENT
        ):
            return size
        known = ", ".join(self.vocabulary.sizes) or "none here"
        raise ValueError(f"expected a size; the sizes are {known}")

    def _over_range(self, name: str, each: Tree, *others: Tree) -> Tensor:
        """sum(f(k) for k in range(n)); in range(1, n + 1) the index counts from 1, as on paper."""
        if name != "sum" or others:
            raise ValueError("'for' belongs in sum(... for k in range(n))")
        term, index, *ends = each.children
        extent, first = self._range(*ends)
        return self.total(str(index), extent, first, term)

    def total(self, index: str, extent: Expr, first: int, term: Tree) -> Tensor:
        """The sum of a term over an index that counts from `first`."""
        axis, tensor = self._at_each(index, extent, first, term)
        return arrays.sum_over(tensor, axis)

    def _at_each(self, index: str, extent: Expr, first: int, term: Tree) -> tuple[Idx, Tensor]:
        """An index that counts from `first`, and a term at it; no size loses its name."""
        if index in self.bound or index in self.vocabulary.sizes:
            raise ValueError(f"'{index}' already has a meaning")
        axis = arrays.axis_of(extent)
        if axis is None:
            raise ValueError("expected a range of more than one value")
        self.bound[index], self.offsets[axis] = axis, first - 1
        try:
            return axis, self.value(term).number
        finally:
            del self.bound[index]

    def _stacked(self, *each: Tree) -> Tensor:
        """[f(k) for k in range(n)]: an array whose first axis has an entry for each index."""
        if not each:
            raise ValueError("an empty list is no array of floats: write np.zeros(n)")
        term, index, *ends = each[0].children
        axis, tensor = self._at_each(str(index), *self._range(*ends), term)
        return replace(tensor, axes=(axis, *tensor.axes))

    def filled(self, array: Tree, all_entries: Tree) -> Tensor:
        """What an array is when all its entries are assigned."""
        before, entries = self.value(array), self.value(all_entries)
        if before.shape != entries.shape:
            shapes = f"{written(entries.shape)} in one of shape {written(before.shape)}"
            raise UnreadShapeError(f"entries are assigned as an array of shape {shapes}")
        self._reject_changes_of_kind(array, before)
        return entries

    def masked(self, array: Tree, mask: Tree, value: Tree, *numbers: Tree) -> Tensor:
        """What an array is when its entries where a mask holds are assigned."""
        before, test, entries = self.value(array), self.of(mask), self.value(value)
        if not before.ndim:
            raise TypeError("a number has no places")
        if any(self.value(number).ndim for number in numbers):
            raise ShapeError("expected a number, or entries that the same condition chooses")
        for one in (test, entries) if entries.ndim else (test,):
            arrays.require_same_shape(one, before, "entries are chosen by")
        self._reject_changes_of_kind(array, before)
        return arrays.where(test, entries, before)

    def changed(self, sign: Token, place: Token, array: Tree, value: Tree) -> Tensor:
        """What a name stands for after s += f, which keeps an array's shape and kind, and after
        turns of s = s + f.
        """
        if self.kinds.of(array) == Kind.TRUTH:
            raise TypeError("truth values are not added to: write 1.0*(...)")
        before, change = self.value(array), self.value(value)
        if place == "at_places" and change.shape != before.shape:
            shapes = f"{written(change.shape)} in one of shape {written(before.shape)}"
            raise ValueError(f"what is added at a place is no array of shape {shapes}")
        result = self.operations[str(sign)](before, change)
        if place != "anew" and before.ndim:
            if result.shape != before.shape:
                shapes = f"{written(result.shape)} in one of shape {written(before.shape)}"
                raise UnreadShapeError(f"what is changed is no array of shape {shapes}")
            self._reject_changes_of_kind(array, before)
        return result

    def _reject_changes_of_kind(self, array: Tree, before: Tensor) -> None:
        if before.ndim and self.kinds.of(array) != Kind.FLOAT:
            raise TypeError("an array of whole numbers keeps no fractions: write 1.0*(...)")

    def beside(self, result: Tree, *others: Tree) -> Tensor:
        """A value, where others were computed that it does not need."""
        for other in others:
            self.of(other)
        return self.of(result)

    def listed(self, *_: Tree) -> Tensor:
        """A list is no array by itself."""
        raise ValueError("a list belongs in np.array([...])")

    def _range(self, start: Tree, stop: Tree | None = None) -> tuple[Expr, int]:
        """How many values a range has, and the first."""
        if stop is None:
            more, size = self.of(start).entry.as_coeff_Add()  # of n - 2 values there may be none
            return self._as_size(size) + more if size else self._as_size(more), 0
        first, end = self.of(start).entry, self.value(stop).entry
        if first not in (0, 1):
            raise ValueError("expected range(n), range(0, n) or range(1, n + 1)")
        return self._as_size(end - first), int(first)

    def tuple(self, *_: Tree) -> Tensor:
        """Several values are no answer."""
        raise ValueError("expected one value, got several")

    def string(self, text: Token) -> Tensor:
        """A text is no value."""
        raise ValueError(f"expected a number or an array, got {text}")

    keyword = each = whole = turned = part = tuple


def whole_number(place: Tree) -> int | None:
    """The number that a place is; None for an index."""
    sign, place = (-1, place.children[0]) if place.data == "neg" else (1, place)
    text = str(place.children[0]) if place.data == "number" else ""
    return sign * int(text) if text.isdigit() and len(text) < 3 else None


def _require_small(exponent: Expr, largest: int) -> None:
    if isinstance(exponent, Number) and abs(exponent) > largest:
        raise ValueError(f"expected an exponent of at most {largest}")
