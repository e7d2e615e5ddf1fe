r"""What a tree of LaTeX means: vectors are columns, products of neighbours are matrix products."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from operator import mul
from typing import Any

from lark import Token, Tree
from sympy import Expr, Idx, KroneckerDelta, Rational, exp

from verify.language import tensor as arrays
from verify.language.covering import cover
from verify.language.latex.text import letter_name
from verify.language.meaning import Meaning
from verify.language.readings import the_fitting_one
from verify.language.tensor import (
    ShapeError,
    Tensor,
    UnreadShapeError,
    elementwise,
    extent_of,
    written,
)
from verify.language.tree import AnswerSyntaxError, location_of
from verify.language.vocabulary import ALIASES, Vocabulary, typed
from verify.language.words import along_axis, products
from verify.language.words.functions import FUNCTIONS, OPERATIONS

RELATIONS = {
    r"\le": "<=",
    r"\leq": "<=",
    r"\ge": ">=",
    r"\geq": ">=",
    "=": "==",
    r"\ne": "!=",
    r"\neq": "!=",
}
NAMES = {
    "ln": "log",
    "sgn": "sign",
    "ReLU": "relu",
    "sigma": "sigmoid",
    "max": "maximum",
    "min": "minimum",
    "tr": "trace",
    "Tr": "trace",
}
MOST_FACTORS = 6
"""Of a product that is tried in each order."""
A_NUMBER = "a row times a column is a number; a column times a row is a matrix"


class LatexMeaning(Meaning):
    """Meaning in the homework's LaTeX; x may be an entry of X, dy one of dY.

    A bold 1 is a column of ones and I a unit matrix, as large as makes the answer fit. Bars may be
    those of norms, and neighbours of one shape multiplied entry by entry.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        small_letters_are_entries: bool = False,
        bars_are_norms: bool = False,
        neighbours_are_alike: bool = False,
    ):
        super().__init__(vocabulary)
        self.small_letters_are_entries = small_letters_are_entries
        self.bars_are_norms = bars_are_norms
        self.neighbours_are_alike = neighbours_are_alike
        self.letters: dict[str, Idx] = {}
        self.takes_rows = False
        self.extents: dict[int, Expr | None] = {}

    def answer(self, tree: Tree) -> Tensor:
        """A whole answer, a column as a vector."""
        constants = [token for node in tree.iter_subtrees() for token in self._unsized(node)]
        if not constants:
            return self._read(tree)

        def read(extents: tuple[Expr | None, ...]) -> Tensor:
            self.extents = dict(zip(map(id, constants), extents, strict=True))
            return self._read(tree)

        sizes = tuple(self.vocabulary.sizes.values())
        if not sizes and "I" in constants:
            raise AnswerSyntaxError("unknown name 'I': no size is known here")
        options = [sizes if "I" in token else (*sizes, None) for token in constants]
        return the_fitting_one(constants, options, read, self._fits)

    def _unsized(self, node: Tree) -> list[Token]:
        """The token of a node that is a bold 1 or I without a size."""
        child = node.children[0] if node.children else None
        if node.data == "plain" and isinstance(child, Tree) and self._is_unit(child):
            child = child.children[0]
        elif node.data != "constant" or len(node.children) > 1:
            return []
        return [child] if isinstance(child, Token) else []

    def _is_unit(self, letter: Tree) -> bool:
        return letter.children[0] == "I" and self.vocabulary.tensor("I") is None

    def _fits(self, answer: Tensor) -> bool:
        places = self.vocabulary.indices.values()
        return answer.shape == tuple(place.upper for place in places) or (
            not answer.ndim and any(answer.entry.has(place) for place in places)
        )

    def _read(self, tree: Tree) -> Tensor:
        """The meaning of the tree; of a row that has a name, the matrix of all rows."""
        self.letters, self.takes_rows = {}, False
        result = self.value(tree).number
        axes = [axis for axis in result.axes if axis is not None]
        free = [place for place in self.vocabulary.indices.values() if result.entry.has(place)]
        rows = list(self.vocabulary.indices.values())[:-1]
        if self.takes_rows and result.ndim == 2 and len(axes) == 1 and free == rows != []:
            result = replace(result, axes=(*rows, *axes))
        elif result.axes[1:] == (None,):
            result = _as_vector(result)
        return self.complete(result)

    def of(self, tree: Tree) -> Tensor:
        """The meaning of a node; a row times a column is a number."""
        try:
            result = super().of(tree)
        except ShapeError as error:
            if not self.takes_rows:
                raise
            what = str(error).partition(": ")[2]
            raise AnswerSyntaxError(
                f"{what}; a row as x_n is a column", location_of(tree)
            ) from None
        number = _as_number(result)
        is_product = tree.data in ("times", "dot", "cross") and number.ndim < result.ndim
        if is_product and len(self.vocabulary.indices) > 1:
            self.remarks.append(A_NUMBER)
        return number

    def _reject_kinds(self, name: str, operands: list[Tree]) -> None:
        """On paper truth is 1 and falsehood 0."""

    def plain(self, letter: Tree) -> Tensor:
        """A name by itself; I is the unit matrix, unless it is declared."""
        if self._is_unit(letter):
            return self.constant(letter.children[0])
        return self.name(Token("NAME", letter_name(letter)))

    def constant(self, token: Any, size: Tree | None = None) -> Tensor:
        """A bold 1, or I."""
        extent = self._size(size) if size else self.extents[id(token)]
        if "I" in token:
            return products.eye(extent)
        return Tensor(arrays.ONE) if extent is None else products.full((extent, arrays.ONE), 1)

    def zero(self, _: Token) -> Tensor:
        """A bold 0, of whatever shape."""
        return Tensor(arrays.ZERO)

    def name(self, token: Token) -> Tensor:
        """A declared name, its vectors as columns."""
        if entry := self._entry(typed(str(token))):
            return entry
        found = super().name(Token("NAME", typed(str(token))))
        return replace(found, axes=(*found.axes, None)) if found.ndim == 1 else found

    def _entry(self, name: str) -> Tensor | None:
        """Where every array is as large as the answer, x is an entry of X, and dy one of dY."""
        if not self.small_letters_are_entries:
            return None
        quantities, places = self.vocabulary.quantities, tuple(self.vocabulary.indices.values())
        whole = quantities.get(self.vocabulary.spelled(name))
        if whole is None or whole.name in (name, ALIASES.get(name)):
            return None
        shapes = {quantity.shape for quantity in quantities.values() if quantity.shape}
        if shapes != {tuple(place.upper for place in places)}:
            return None
        return Tensor(whole.symbol[places])

    def subscripted(self, letter: Tree, subscript: Tree) -> Tensor:
        """A name with a number, as beta_1; entries; the row x_i of a matrix X as a column."""
        name, places = letter_name(letter), [p for p in subscript.children if p != ","]
        words = "".join(_word(place) for place in places)
        for joined in (name + words, f"{name}_{words}"):
            if joined in self.vocabulary.quantities or joined in self.vocabulary.sizes:
                return self.name(Token("NAME", joined))
        if self._is_unit(letter) and len(places) == 1:
            return self.constant(letter.children[0], Tree("name", [Token("NAME", words)]))
        if name == "delta" and len(places) == 2:
            return Tensor(KroneckerDelta(*(self._place(str(place)) for place in places)))
        base = self._array(name)
        if len(places) > base.ndim:
            raise ShapeError(f"too many indices for shape {written(base.shape)}")
        indices = [self._place(str(p), extent) for p, extent in zip(places, base.shape)]  # noqa: B905
        for index, axis in zip(indices, base.axes, strict=False):
            if axis is not None and index.upper != (extent := extent_of(axis)):
                what = f"an index of {name} runs over {index.upper}, not {extent}"
                raise UnreadShapeError(what, (index.upper, extent))
        self.takes_rows |= base.ndim > len(indices)
        rest = base.axes[len(indices) :]
        entry = base.placed(*indices, *rest)
        return replace(entry, axes=(*rest, None)) if rest else entry

    def _array(self, name: str) -> Tensor:
        """A declared array, not as a column."""
        return super().name(Token("NAME", self._declared(name)))

    def _declared(self, name: str) -> str:
        """The array that an entry is of: x_i is of X where there is no x."""
        quantities = self.vocabulary.quantities
        return name.upper() if name not in quantities and name.upper() in quantities else name

    def of_sample(self, base: Tree, sample: Token) -> Tensor:
        """The row of a sample, as y^{(n)}; a power in brackets after anything but an array."""
        letter = re.sub(r"\W", "", sample)
        if base.data == "plain":
            name = self.vocabulary.spelled(letter_name(base.children[0]))
            if name in self.vocabulary.quantities and self._array(name).ndim:
                if letter in self.bound:
                    raise ValueError(f"in a sum, write an index for ^{{({letter})}}")
                return self.subscripted(base.children[0], Tree("subscript", [letter]))
        return self.power(base, Tree("name", [Token("LETTER", letter)]))

    def _reject_entries(self, what: str) -> None:
        """An entry has no transpose, and no sum runs over its place."""
        if self.small_letters_are_entries:
            raise ValueError(f"small letters are entries here, which have no {what}")

    def _place(self, name: str, extent: Expr | None = None) -> Idx:
        """An index by its name; a new one is the answer's only index of that extent."""
        if name in self.bound:
            return self.bound[name]
        places = self.vocabulary.indices.values()
        fitting = [place for place in places if place.upper == extent]
        if name in self.vocabulary.indices:
            place = self.vocabulary.indices[name]
        elif len(fitting) == 1 and name.islower() and name not in self.vocabulary.sizes:
            (place,) = fitting
        else:
            known = ", ".join([*self.vocabulary.indices, *self.bound]) or "those of a sum"
            raise ValueError(f"unknown index '{name}'; the indices are {known}")
        others = [other for other, same in self.letters.items() if same == place and other != name]
        if others:
            raise ValueError(f"expected one name for an index, got {others[0]} and {name}")
        self.letters[name] = place
        return place

    def partial(self, above: Token, below: Tree, *row: Tree) -> Tensor:
        """The gradient from the layer above, which the claims call dZ or dY; a row, as a column."""
        if above != "L":
            raise ValueError("expected the derivative of the loss L")
        gradient = Tree("letter", [Token("LETTER", _above(below))])
        return self.subscripted(gradient, *row) if row else self.plain(gradient)

    def fraction(self, digits: Token) -> Tensor:
        r"""\frac12."""
        return Tensor(Rational(*map(int, digits)))

    def times(self, first: Tree, second: Tree) -> Tensor:
        r"""A number times an array, or a matrix product, from the left if it fits: A x^\top x does
        not.
        """
        try:
            left, right = self.value(first), self.value(second)
            product = self._product(left, right)
        except ShapeError:
            factors = [*_factors(first), second]
            if not 2 < len(factors) <= MOST_FACTORS:
                raise
            return self._product_of(list(map(self.value, factors)))
        for tree, other in ((first, right), (second, left)):
            if tree.data == "constant" and other.ndim and not (left.ndim and right.ndim):
                raise ShapeError(f"the length of {tree.children[0]} fits no size")
        return product

    cross = times

    def _product(self, left: Tensor, right: Tensor) -> Tensor:
        are_arrays = bool(left.ndim and right.ndim)
        if are_arrays and not (self.neighbours_are_alike and left.shape == right.shape):
            return products.matmul(left, right)
        return elementwise(mul, left, right)

    def _product_of(self, factors: list[Tensor]) -> Tensor:
        """The product in the first order that fits: all that do are the same."""
        if len(factors) == 1:
            return factors[0]
        for at in range(len(factors) - 1, 0, -1):
            with suppress(ShapeError):
                parts = self._product_of(factors[:at]), self._product_of(factors[at:])
                return _as_number(self._product(*parts))
        raise ShapeError(" and ".join(written(f.shape) for f in factors) + " do not fit")

    def mul(self, first: Tree, second: Tree) -> Tensor:
        r"""The product entry by entry; beside a product it may be meant of one factor alone."""
        try:
            return BY_ENTRIES(self.value(first), self.value(second))
        except ShapeError:
            if "times" not in (first.data, second.data):
                raise
            raise UnreadShapeError(r"what \odot is between is not clear: write brackets") from None

    def dot(self, first: Tree, second: Tree) -> Tensor:
        """A product with a dot; of two columns, their inner product."""
        if all(self.value(operand).axes[1:] == (None,) for operand in (first, second)):
            return self.inner(first, second)
        return self.times(first, second)

    def inner(self, first: Tree, second: Tree) -> Tensor:
        """The inner product of two columns."""
        return products.matmul(*self._columns(ShapeError, "an inner product is of", first, second))

    def outer(self, first: Tree, second: Tree) -> Tensor:
        """The outer product of two columns."""
        return products.outer(*self._columns(ValueError, r"\otimes is for", first, second))

    def _columns(self, error: type[ValueError], what: str, *operands: Tree) -> list[Tensor]:
        """Columns as vectors; another array is an error that says what needs them."""
        columns = [self.value(operand) for operand in operands]
        if any(column.axes[1:] != (None,) for column in columns):
            shapes = " and ".join(written(column.shape) for column in columns)
            raise error(f"{what} two vectors, got {shapes}")
        return list(map(_as_vector, columns))

    def transposed(self, operand: Tree, _: Token) -> Tensor:
        """The transpose; a column becomes a row."""
        self._reject_entries("transpose")
        matrix = self.of(operand)
        if not matrix.ndim:
            raise ValueError("a number has no transpose, and T is no exponent here")
        return products.transpose(matrix)

    def inverse_transposed(self, operand: Tree, _: Token) -> Tensor:
        """The inverse of the transpose."""
        self._reject_entries("transpose")
        matrix = self.value(operand)
        if not matrix.ndim:
            raise ValueError("a number has no transpose: an entry of an inverse is not said by it")
        return products.transpose(products.inv(matrix))

    def power(self, base: Tree, exponent: Tree) -> Tensor:
        """A power, entry by entry; the inverse of a matrix; e to the power of something."""
        if (
            base.data == "plain"
            and letter_name(base.children[0]) == "e"
            and self.vocabulary.tensor("e") is None
        ):
            return elementwise(exp, self.value(exponent))
        operands = self.value(base), self.value(exponent)
        shape = operands[0].shape
        if len(shape) == 2 and shape[0] == shape[1]:
            if operands[1].entry == -1 and not operands[1].ndim:
                return products.inv(operands[0])
            raise ValueError(r"a power of a square matrix: write A A, or A \odot A entry by entry")
        if operands[1].ndim:
            raise ValueError("an exponent is a number, except of e")
        return self.raised(*operands)

    def root(self, operand: Tree) -> Tensor:
        """A square root, entry by entry."""
        return FUNCTIONS["sqrt"][1](self.value(operand))

    def absolute(self, _: Token, operand: Tree, __: Token) -> Tensor:
        """Bars, entry by entry; or of a column its norm, of a matrix its determinant."""
        array = self.value(operand)
        if self.bars_are_norms and array.ndim:
            is_column = array.axes[1:] == (None,)
            return along_axis.norm_along(array) if is_column else products.det(array)
        return FUNCTIONS["abs"][1](array)

    def norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Tensor:
        """Double bars: of a vector or, with an F, of a matrix; with a 1, the sum of magnitudes."""
        self._reject_entries("norm")
        array, kind = self.value(operand), str(order.children[0]) if order else ""
        if array.axes[1:] == (None,) and kind == "1":
            return along_axis.norm1_along(array)
        if kind not in (("2", "") if array.axes[1:] == (None,) else ("F", "")):
            raise ValueError(f"there is no norm of order {kind} of {written(array.shape)} here")
        return along_axis.norm_along(array)

    def positive_part(self, operand: Tree, _: Token) -> Tensor:
        """[z]_+."""
        return FUNCTIONS["relu"][1](self.value(operand))

    def part(self, *_: Any) -> Tensor:
        """An entry of a whole expression is no part of an answer."""
        raise ValueError("an index belongs to a letter, as in x_i")

    def apply(self, function: Token, *arguments: Tree) -> Tensor:
        """A function by its name in LaTeX; psi_delta clips to [-delta, delta]."""
        operands = [self.value(argument) for argument in arguments]
        if function == r"\sigma" and self.vocabulary.tensor("sigma") and len(operands) == 1:
            return self._product(self.name(Token("NAME", "sigma")), operands[0])
        if function.startswith(r"\psi"):
            delta = self.name(Token("NAME", "delta"))
            operands += [elementwise(lambda a: -a, delta), delta]
            name = "clip"
        else:
            name = re.sub(r"\\(operatorname|mathrm|text|mathbf)|[\\{}\s]", "", function)
            name = NAMES.get(name, name)
        if name in ("softmax", "diag"):
            self._reject_entries(name)
        if name == "softmax":
            if len(operands) != 1:
                raise ValueError("softmax: expected 1 argument")
            (operand,) = operands
            return along_axis.softmax_along(operand, 0 if operand.axes[-1:] == (None,) else -1)
        if name == "diag" and operands[0].axes[1:] == (None,):
            operands[0] = _as_vector(operands[0])
        count, function_ = FUNCTIONS[name]
        if len(operands) != count:
            raise ValueError(f"{name}: expected {count} argument{'s' * (count > 1)}")
        result = function_(*operands)
        return replace(result, axes=(*result.axes, None)) if result.ndim == 1 else result

    bare = apply

    def comparison(self, *parts: Any) -> Tensor:
        """A comparison, or a chain of them, of numbers or indices."""
        signs = [RELATIONS.get(sign, str(sign)) for sign in parts[1::2]]
        return self.compared([self.of(part) for part in parts[::2]], signs)

    def indicator(self, _: Token, condition: Tree) -> Tensor:
        """1 where the condition holds, else 0."""
        return self.of(condition).number

    def cases(self, *branches: Tree) -> Tensor:
        """Branches, of which the first whose condition holds is taken.

        The last is for all other values, whether it says so or repeats which they are.
        """
        *others, (otherwise, last) = (branch.children for branch in branches)
        if any(isinstance(condition, Token) for _, condition in others):
            raise ValueError(r"expected \text{otherwise} in the last case alone")
        conditions = [self.of(condition) for _, condition in others]
        result = self.value(otherwise)
        if not isinstance(last, Token):
            repeated = self.of(last)
            if not cover([*conditions, repeated]):
                raise ValueError(r"expected a last case \text{otherwise}, or cases for all values")
            if repeated.needs:
                result = arrays.where(repeated, result, result)
        for (value, _), condition in zip(reversed(others), reversed(conditions), strict=True):
            result = arrays.where(condition, self.value(value), result)
        return result

    def over_range(self, index: Token, first: Token, upper: Tree, term: Tree) -> Tensor:
        r"""\sum_{i=1}^{n}."""
        self._reject_entries("sum")
        if first != "1":
            raise ValueError("expected a sum from 1")
        return self.total(str(index), self._size(upper), 1, term)

    def over_index(self, index: Token, term: Tree) -> Tensor:
        r"""\sum_i over all values that an index has where it is used."""
        self._reject_entries("sum")
        extents = self._extents_of(str(index), term)
        if len(extents) != 1:
            raise ValueError(
                rf"what {index} runs over is not clear: write \sum_{{{index}=1}}^{{n}}"
            )
        (extent,) = extents
        return self.total(str(index), extent, 1, term)

    def over_several(self, first: Token, *others: Any) -> Tensor:
        r"""\sum_{i,j}."""
        kind = "over_several" if len(others) > 2 else "over_index"
        return self.over_index(first, Tree(kind, list(others)))

    def over_pairs(self, first: Token, relation: Token, second: Token, term: Tree) -> Tensor:
        r"""\sum_{j \ne i} over the one that is no index yet, \sum_{i < j} over both."""
        sides = [Tree("plain", [Tree("letter", [side])]) for side in (first, second)]
        taken = Tree("branch", [term, Tree("comparison", [sides[0], relation, sides[1]])])
        nothing = Tree("number", [Token("NUMBER", "0")])
        chosen = Tree("cases", [taken, Tree("branch", [nothing, Token("OTHERWISE", "")])])
        for index in (second, first):
            if str(index) not in self.vocabulary.indices:
                chosen = Tree("over_index", [index, chosen])
        return self.of(chosen)

    def product_over(self, *_: Any) -> Tensor:
        """Products and maxima over an index are no part of an answer."""
        raise ValueError("of operations over an index there are sums alone")

    extreme_over = over_pairs_from = product_over

    def _extents_of(self, index: str, term: Tree) -> set[Expr]:
        """What an index of the term's arrays runs over."""
        extents = set()
        for node in term.iter_subtrees():
            if node.data not in ("subscripted", "partial") or node.children[-1].data == "letter":
                continue
            letter, subscript = node.children[-2:]
            name = letter_name(letter) if node.data == "subscripted" else _above(letter)
            if (array := self.vocabulary.tensor(self._declared(name))) is not None:
                places = [place for place in subscript.children if place != ","]
                pairs = zip(places, array.shape, strict=False)
                extents |= {extent for place, extent in pairs if place == index}
        return extents


def _alike(operation: Callable, refused: Callable[[str], Exception]) -> Callable[..., Tensor]:
    """An operation of numbers, of arrays of one shape, or of a number and each entry."""

    def apply(first: Tensor, second: Tensor) -> Tensor:
        if first.ndim and second.ndim and first.shape != second.shape:
            raise refused(f"{written(first.shape)} and {written(second.shape)}")
        return operation(first, second)

    return apply


BY_ENTRIES = _alike(OPERATIONS["mul"], lambda both: ShapeError(f"{both} have no product"))
LatexMeaning.operations = {
    **{name: operation for name, operation in OPERATIONS.items() if name != "mul"},
    "add": _alike(OPERATIONS["add"], lambda both: ShapeError(f"{both} cannot be added")),
    "sub": _alike(OPERATIONS["sub"], lambda both: ShapeError(f"{both} cannot be added")),
    "div": _alike(OPERATIONS["div"], lambda both: ValueError(f"{both} have no quotient")),
}


def _above(letter: Tree) -> str:
    """What the claims call the gradient from the layer above."""
    return f"d{letter_name(letter)}"


def _word(place: Any) -> str:
    return letter_name(Tree("letter", [place]))


def _factors(product: Tree) -> list[Tree]:
    """The factors that stand side by side."""
    if product.data != "times":
        return [product]
    return [*_factors(product.children[0]), product.children[1]]


def _as_number(tensor: Tensor) -> Tensor:
    """A matrix of one row and one column as a number."""
    return replace(tensor, axes=()) if tensor.ndim and set(tensor.axes) == {None} else tensor


def _as_vector(column: Tensor) -> Tensor:
    return replace(column, axes=column.axes[:1])
