r"""What a tree of LaTeX means: vectors are columns, products of neighbours are matrix products."""

from __future__ import annotations

import re
from typing import Any

from lark import Token, Tree
from sympy import Ge, Gt, Idx, KroneckerDelta, Le, Lt, Not, Rational, exp, sqrt
from sympy.core.relational import Relational

from derivations.notation import total
from verify.language import tensor as arrays
from verify.language.meaning import FUNCTIONS, OPERATIONS, PARTIAL, Meaning
from verify.language.tensor import ShapeError, Tensor, elementwise, written
from verify.language.vocabulary import ALIASES, Vocabulary, typed

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
}


class LatexMeaning(Meaning):
    """Meaning in the homework's LaTeX; x may be an entry of X, dy one of dY."""

    def __init__(self, vocabulary: Vocabulary, small_letters_are_entries: bool = False):
        super().__init__(vocabulary)
        self.small_letters_are_entries = small_letters_are_entries

    def answer(self, tree: Tree) -> Tensor:
        """A whole answer, a column as a vector."""
        result = super().answer(tree)
        return _as_vector(result) if result.axes[1:] == (None,) else result

    def of(self, tree: Tree) -> Tensor:
        """The meaning of a node; a row times a column is a number."""
        result = super().of(tree)
        return _scalar(result) if result.ndim and set(result.axes) == {None} else result

    def plain(self, letter: Tree) -> Tensor:
        """A name by itself."""
        return self.name(Token("NAME", _typed(letter)))

    def name(self, token: Token) -> Tensor:
        """A declared name, its vectors as columns."""
        if entry := self._entry(typed(str(token))):
            return entry
        found = super().name(Token("NAME", typed(str(token))))
        return Tensor(found.entry, (*found.axes, None)) if found.ndim == 1 else found

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
        name, places = _typed(letter), [p for p in subscript.children if p != ","]
        words = "".join(_word(place) for place in places)
        for joined in (name + words, f"{name}_{words}"):
            if joined in self.vocabulary.quantities or joined in self.vocabulary.sizes:
                return self.name(Token("NAME", joined))
        indices = [self._place(str(place)) for place in places]
        if name == "delta" and len(indices) == 2:
            return Tensor(KroneckerDelta(*indices))
        if name not in self.vocabulary.quantities and name.upper() in self.vocabulary.quantities:
            name = name.upper()
        base = super().name(Token("NAME", name))
        if len(indices) > base.ndim:
            raise ShapeError(f"too many indices for shape {written(base.shape)}")
        for index, axis in zip(indices, base.axes, strict=False):
            if axis is not None and index.upper != axis.upper:
                raise ShapeError(f"an index of {name} runs over {index.upper}, not {axis.upper}")
        rest = base.axes[len(indices) :]
        entry = base.at(*indices, *rest)
        return Tensor(entry, (*rest, None) if rest else ())

    def _reject_entries(self, what: str) -> None:
        """An entry has no transpose, and no sum runs over its place."""
        if self.small_letters_are_entries:
            raise ValueError(f"small letters are entries here, which have no {what}")

    def _place(self, name: str) -> Idx:
        index = self.bound.get(name) or self.vocabulary.indices.get(name)
        if index is None:
            known = ", ".join([*self.vocabulary.indices, *self.bound]) or "those of a sum"
            raise ValueError(f"unknown index '{name}'; the indices are {known}")
        return index

    def partial(self, above: Token, below: Tree, *row: Tree) -> Tensor:
        """The gradient from the layer above, which the claims call dZ or dY; a row, as a column."""
        if above != "L":
            raise ValueError("expected the derivative of the loss L")
        gradient = Tree("letter", [Token("LETTER", f"d{_typed(below)}")])
        return self.subscripted(gradient, *row) if row else self.plain(gradient)

    def fraction(self, digits: Token) -> Tensor:
        r"""\frac12."""
        return Tensor(Rational(*map(int, digits)))

    def times(self, first: Tree, second: Tree) -> Tensor:
        """A number times an array, or a matrix product."""
        left, right = self.value(first), self.value(second)
        if left.ndim and right.ndim:
            return arrays.matmul(left, right)
        return elementwise(lambda a, b: a * b, left, right)

    def transposed(self, operand: Tree, _: Token) -> Tensor:
        """The transpose; a column becomes a row."""
        self._reject_entries("transpose")
        return arrays.transpose(self.of(operand))

    def power(self, base: Tree, exponent: Tree) -> Tensor:
        """A power of a number; e to the power of something."""
        if (
            base.data == "plain"
            and _typed(base.children[0]) == "e"
            and self.vocabulary.tensor("e") is None
        ):
            return elementwise(exp, self.value(exponent))
        if self.value(base).ndim:
            raise ShapeError(f"a power needs a number, got {written(self.value(base).shape)}")
        return super().power(base, exponent)

    def root(self, operand: Tree) -> Tensor:
        """A square root, entry by entry."""
        result = elementwise(sqrt, self.value(operand))
        self.gaps.append(result.entry)
        return result

    def absolute(self, _: Token, operand: Tree, __: Token) -> Tensor:
        """Bars."""
        return FUNCTIONS["abs"][1](self.value(operand))

    def norm(self, _: Token, operand: Tree, __: Token) -> Tensor:
        """Double bars."""
        self._reject_entries("norm")
        return arrays.norm_along(self.value(operand))

    def apply(self, function: Token, *arguments: Tree) -> Tensor:
        """A function by its name in LaTeX; psi_delta clips to [-delta, delta]."""
        operands = [self.value(argument) for argument in arguments]
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
            return arrays.softmax_along(operand, 0 if operand.axes[-1:] == (None,) else -1)
        if name == "diag" and operands[0].axes[1:] == (None,):
            operands[0] = _as_vector(operands[0])
        count, function_ = FUNCTIONS[name]
        if len(operands) != count:
            raise ValueError(f"{name}: expected {count} argument{'s' * (count > 1)}")
        result = function_(*operands)
        if name in PARTIAL:
            self.gaps.append(result.entry)
        return result

    def comparison(self, left: Tree, relation: Token, right: Tree) -> Tensor:
        """A comparison of numbers, or of two indices."""
        return self.compare(left, Token("COMPARISON", RELATIONS.get(relation, relation)), right)

    def indicator(self, _: Token, condition: Tree) -> Tensor:
        """1 where the condition holds, else 0."""
        return self.of(condition).number

    def cases(self, *branches: Tree) -> Tensor:
        """Branches, the last for all other values, whether it says so or repeats which they are."""
        *others, (otherwise, last) = (branch.children for branch in branches)
        if any(isinstance(condition, Token) for _, condition in others):
            raise ValueError(r"expected \text{otherwise} in the last case alone")
        conditions = [self.of(condition) for _, condition in others]
        repeats = [] if isinstance(last, Token) else [self.of(last)]
        if repeats and not (len(conditions) == 1 and _is_opposite(*repeats, *conditions)):
            raise ValueError(r"expected a last case \text{otherwise}")
        result = self.value(otherwise)
        for (value, _), condition in zip(reversed(others), reversed(conditions), strict=True):
            result = arrays.where(condition, self.value(value), result)
        return result

    def over_range(self, index: Token, first: Token, upper: Tree, term: Tree) -> Tensor:
        r"""\sum_{i=1}^{n}."""
        self._reject_entries("sum")
        if first != "1":
            raise ValueError("expected a sum from 1")
        if str(index) in self.bound:
            raise ValueError(f"'{index}' already has a meaning")
        axis = arrays.axis_of(self._size(upper))
        if axis is None:
            raise ValueError("expected a range of more than one value")
        self.bound[str(index)], self.offsets[axis] = axis, 0
        try:
            summand = self.value(term).number
        finally:
            del self.bound[str(index)]
        return Tensor(total(summand.entry, axis), summand.axes)


def _add(sign: int):
    def add(first: Tensor, second: Tensor) -> Tensor:
        if first.shape != second.shape:
            raise ShapeError(f"{written(first.shape)} and {written(second.shape)} cannot be added")
        return elementwise(lambda a, b: a + sign * b, first, second)

    return add


def _divide(first: Tensor, second: Tensor) -> Tensor:
    if second.ndim:
        raise ShapeError(f"a denominator needs a number, got {written(second.shape)}")
    return elementwise(lambda a, b: a / b, first, second)


def _hadamard(first: Tensor, second: Tensor) -> Tensor:
    if first.ndim and second.ndim and first.shape != second.shape:
        raise ShapeError(f"{written(first.shape)} and {written(second.shape)} have no product")
    return elementwise(lambda a, b: a * b, first, second)


LatexMeaning.operations = {
    **OPERATIONS,
    "add": _add(1),
    "sub": _add(-1),
    "mul": _hadamard,
    "div": _divide,
}


def _typed(letter: Tree) -> str:
    name = re.sub(
        r"\\(mathrm|text|mathit|operatorname)|\\var(?=epsilon)", "", str(letter.children[0])
    )
    return typed(name)


def _word(place: Any) -> str:
    return _typed(Tree("letter", [place]))


def _is_opposite(last: Tensor, first: Tensor) -> bool:
    """Whether a condition is plainly the opposite of the other, a limit that both take aside."""
    here = last.at(*first.axes) if last.shape == first.shape else None
    if not isinstance(here, Relational):
        return False
    strict = {Ge: Gt, Le: Lt}.get(type(here), type(here))(*here.args)
    return Not(first.entry).canonical in (here.canonical, strict.canonical)


def _as_vector(column: Tensor) -> Tensor:
    return Tensor(column.entry, column.axes[:1])


def _scalar(tensor: Tensor) -> Tensor:
    return Tensor(tensor.entry)
