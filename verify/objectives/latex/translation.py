r"""Translates an objective in LaTeX into NumPy's notation, in which it is then read and shown.

Sums over indices become operations on whole arrays: \sum_i (y_i - x_i^\top w)^2 is
sum((y - X @ w)**2). What no such operation says is refused, with its column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lark import Token, Tree

from verify.language.latex_text import LATEX_ONLY, bold_letters, read_latex
from verify.language.tensor import ShapeError
from verify.language.tree import AnswerSyntaxError, column_of
from verify.objectives.latex import code
from verify.objectives.latex.arrays import COLUMN, OWN, ROW, Algebra, Array, Axis, Factor, Sizes
from verify.objectives.latex.code import Code, Level
from verify.objectives.latex.letters import (
    Letters,
    is_letter,
    joined,
    letter_name,
    letters_in,
    places_of,
    size_in,
)
from verify.objectives.shapes import COUNTS, LETTERS, Shapes, choices

LEFT_SIDE = re.compile(
    r"^[\s$]*(\\(mathcal|mathrm|text|operatorname)\s*\{?\s*\w+\s*\}?|\\?[A-Za-z]+)"
    r"(\s*_\s*(\{[^{}=]*\}|\\?\w+))?(\s*(\\left|\\big)?\s*\([^()=]*\))?\s*"
    r"(:=|=|\\coloneqq|\\equiv|\\triangleq)"
)
"""A name of the function and its arguments, and the sign after it."""
LAYER = re.compile(r"\^\s*\{\s*[(\[]\s*\d+\s*[)\]]\s*\}")
ENDING = re.compile(r"(?<=\S)\s*[.,;]\s*(?=[$\s]*$)")
COMMAND = re.compile(r"\\([A-Za-z]+|\|)")
PROGRAM = re.compile(r"(?m)^\s*(def|return|from|import|@)\b|#")
NUMPY_ONLY = re.compile(r"[*@]|[A-Za-z_]{2,}\s*\(")
LITERAL = re.compile(r"[-(]*\d[\d./*()]*")
UNSIZED = re.compile(r"§([^§]+)§")
RELATIONS = {r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=", "=": "==", r"\ne": "!=",
             r"\neq": "!="}  # fmt: skip
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
ELEMENTWISE = {
    **{name: name for name in ("tanh", "sigmoid", "softplus", "relu", "erf", "sign")},
    "sigma": "sigmoid", "ReLU": "relu", "sgn": "sign",
}  # fmt: skip
OF_NUMBERS = {
    **{name: name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "arctan")},
    "ln": "log",
}
"""Functions that are another thing of a matrix than of its entries."""
NAMES_OF_FUNCTIONS = {*"fghLJ", "phi", "psi", "Phi", "ell"}
LARGEST_POWER = 4
TWICE = {"max": "maximum", "min": "minimum"}


@dataclass(frozen=True)
class Translated:
    """A text in NumPy's notation, and shapes of its names; one with a dot has no name yet."""

    text: str
    shapes: dict[str, tuple[str | int, ...]]
    ndim: int = 0


def is_translatable(text: str) -> bool:
    """Whether a text is LaTeX, and no lines of Python with LaTeX in a comment."""
    if PROGRAM.search(text):
        return False
    return bool(COMMAND.search(text) or (LATEX_ONLY.search(text) and not NUMPY_ONLY.search(text)))


def translated(text: str, declared: Shapes) -> Translated:
    """What an objective in LaTeX is in NumPy's notation; raises `AnswerSyntaxError`, `ShapeError`.

    The axes of each array are chosen as `read_with_shapes` chooses them: with the fewest departures
    from habit, and so that the objective is a number, if it can be.
    """
    if layer := LAYER.search(text):
        raise AnswerSyntaxError(f"{layer[0]} is no power: write W_1", layer.start() + 1)
    plain = LEFT_SIDE.sub(lambda left: " " * len(left[0]), text)
    tree = read_latex(ENDING.sub(lambda end: " " * len(end[0]), plain))
    letters = letters_in(tree, bold_letters(plain), declared)
    habits = {key: letters.habit(key) for key in letters.keys()}
    free = {key: rank for key, rank in habits.items() if letters.shape(key) is None}
    best: tuple[int, Translated] | None = None
    first_error: ShapeError | None = None
    numbers = {key: 2 if key[0].isupper() else letters.uses[key].indices for key in free}
    for departures, ranks in [*choices(free), (len(free), numbers)]:
        if best and departures > best[0]:
            break
        try:
            found = _Translation(plain, letters, {**habits, **ranks}).result(tree)
        except ShapeError as error:
            first_error = first_error or error
            continue
        cost = departures + found.ndim
        is_number_as_well = best is not None and departures == 1 and cost == best[0] and not found.ndim
        if best is None or cost < best[0] or is_number_as_well:
            best = cost, found
    if best is None:
        raise first_error or ShapeError("no shapes fit")
    return best[1]


class _Translation:
    """A walk over a tree whose letters have so many axes; a node's method says what it is."""

    def __init__(self, text: str, letters: Letters, ranks: dict[str, int]):
        self.text, self.letters, self.ranks = text, letters, ranks
        self.sizes = Sizes()
        self.algebra = Algebra(self.sizes)
        self.bound: dict[str, str] = {}
        self.unsized = 0
        for key, rank in ranks.items():
            name = letters.name(key, rank)
            for axis, size in enumerate(letters.shape(key) or ()):
                self.sizes.unify(f"{name}.{axis}", str(size))

    def result(self, tree: Tree) -> Translated:
        """The text, and the shapes that its letters have in it."""
        array = self.of(tree)
        indices = array.labels - OWN
        if len(indices) > (not array.own):
            over = ", ".join(sorted(indices))
            raise ShapeError(f"column 1: expected a sum over {over}, which is free here")
        factor = self.algebra.one(array)
        text = self._with_sizes((factor.ordered(ROW, COLUMN) if array.own == OWN else factor.code).text)
        shapes: dict[str, tuple[str | int, ...]] = {}
        for key, rank in self.ranks.items():
            name = self.letters.name(key, rank)
            found = (self.sizes.of(f"{name}.{axis}") for axis in range(rank))
            shapes[name] = tuple(int(size) if size.isdigit() else size for size in found)
        return Translated(text, shapes, len(factor.axes))

    def of(self, tree: Tree) -> Array:
        """What a node is; what goes wrong in it is said with its column."""
        try:
            return getattr(self, str(tree.data))(*tree.children)
        except AnswerSyntaxError:
            raise
        except ShapeError as error:
            said = str(error)
            here = "" if said.startswith("column") else f"column {column_of(tree)}: "
            raise ShapeError(here + said) from None
        except ValueError as error:
            raise AnswerSyntaxError(str(error), column_of(tree)) from None

    # --- letters and numbers

    def number(self, token: Token) -> Array:
        return _number(str(token))

    def fraction(self, digits: Token) -> Array:
        return Array((Factor(Code(digits[0])),), (Code(digits[1]),))

    def name(self, token: Token) -> Array:
        return self.plain(Tree("letter", [token]))

    def plain(self, letter: Tree) -> Array:
        name = letter_name(letter)
        if name == "I":
            return self._unit(None)
        if name in self.bound:
            raise ValueError(f"{name} is an index here, and no number")
        return self._of_name(name)

    def _of_name(self, name: str) -> Array:
        if name == "pi" or name in self.letters.sizes:
            return _number(name)
        if name == "e" and self.letters.has_exponential:
            raise ValueError("e is the base of exponentials here, and cannot be a name as well")
        if name.startswith((r"text", "mathrm")) or name not in self.letters.uses:
            raise ValueError(f"unknown word '{name}'")
        return self._whole(self.letters.key(name))

    def _whole(self, key: str) -> Array:
        """An array by itself, its axes its own."""
        rank = self.ranks[key]
        name = self.letters.name(key, rank)
        labels = (ROW, COLUMN)[:rank]
        axes = tuple(Axis(label, f"{name}.{axis}") for axis, label in enumerate(labels))
        return Array((Factor(Code(name), axes),))

    def subscripted(self, letter: Tree, subscript: Tree, *more: Token) -> Array:
        """Entries, the column of a row, or a name with a subscript."""
        name, places = letter_name(letter), [*more, *places_of(subscript)]
        if name == "I" and len(places) == 1:
            return self._unit(Tree("letter", [places[0]]))
        if not self.letters.are_indices(places):
            self._reject_entry(name, joined(name, places), str(places[0]))
            return self._of_name(joined(name, places))
        if name in self.letters.sizes or name in ("pi", "e") and name not in self.letters.uses:
            raise ValueError(f"{name} cannot have an index here")
        return self._at(self._whole(self.letters.key(name)), places)

    def _reject_entry(self, base: str, name: str, place: str) -> None:
        """z_y beside z_k, or x_1 beside x, is one entry, which the language does not have."""
        key = self.letters.key(base)
        if place != "0" and len(place) == 1 and self.ranks.get(key, 0):
            raise ShapeError(f"{base}_{place} is one entry of {base}, which the language does not have")

    def _at(self, array: Array, places: list[Token]) -> Array:
        """An array at indices: its first axis along the first, and what is left is a column."""
        indices = [str(place) for place in places]
        own = [label for label in (ROW, COLUMN) if label in array.own]
        if len(indices) > len(own):
            raise ShapeError(f"too many indices for {array.kind}: {', '.join(indices)}")
        if taken := set(indices) & array.labels:
            raise ShapeError(f"the index {', '.join(sorted(taken))} stands there already")
        if len(set(indices)) < len(indices):
            array, own = self._diagonal(array), [ROW]
            indices = indices[:1]
        for index, label in zip(indices, own, strict=False):
            size = next(f.axis(label).size for f in array.factors if label in f.labels)
            if index in self.bound:
                self.sizes.unify(self.bound[index], size)
            elif index in self.letters.bound:
                raise ValueError(f"{index} is an index outside its sum")
        labels = dict(zip(own, [*indices, ROW], strict=False))
        return array.relabelled(labels)

    def _diagonal(self, array: Array) -> Array:
        factor = self.algebra.one(array)
        self.sizes.unify(factor.axes[0].size, factor.axes[1].size)
        return Array((Factor(code.call("diag", factor.code), (Axis(ROW, factor.axes[0].size),)),))

    def of_sample(self, base: Tree, sample: Token) -> Array:
        """x^{(i)}, the same as x_i."""
        index = Token("LETTER", re.sub(r"\W", "", sample))
        if base.data == "subscripted":
            return self.subscripted(*base.children, index)
        if base.data != "plain":
            raise ValueError(f"{sample} belongs to a letter")
        return self.subscripted(base.children[0], Tree("subscript", [index]))

    def part(self, array: Tree, subscript: Tree) -> Array:
        """Entries of what is in brackets."""
        places = places_of(subscript)
        if not self.letters.are_indices(places):
            raise ValueError(f"_{''.join(places)} is no index here")
        return self._at(self.of(array), places)

    def constant(self, token: Token, size: Tree | None = None) -> Array:
        if "I" in token:
            return self._unit(size)
        length = self._named_size(size)
        return Array((Factor(code.call("ones", f"§{length}§"), (Axis(ROW, length),)),))

    def _unit(self, size: Tree | None) -> Array:
        extent = self._named_size(size)
        axes = (Axis(ROW, extent), Axis(COLUMN, extent))
        return Array((Factor(code.call("eye", f"§{extent}§"), axes),))

    def _named_size(self, tree: Tree | None) -> str:
        if tree is None:
            self.unsized += 1
            return f"any{self.unsized}.0"
        size = letter_name(tree) if tree.data == "letter" else size_in(tree)
        if size is None:
            raise ValueError("expected a letter as a size")
        return size

    def _with_sizes(self, text: str) -> str:
        """The text with a letter for each size that a 1 or I needs."""
        taken = {*self.letters.uses, *self.letters.sizes, *map(self.sizes.of, self.sizes.same)}
        free = (letter for letter in LETTERS if letter not in taken)
        for size in dict.fromkeys(UNSIZED.findall(text)):
            if "." in self.sizes.of(size):
                self.sizes.unify(size, next(free))
        return UNSIZED.sub(lambda size: self.sizes.of(size[1]), text)

    def zero(self, _: Token) -> Array:
        raise ValueError("a bold 0 is no part of an objective")

    def partial(self, *_: Any) -> Array:
        raise ValueError("expected the function itself, and no derivative")

    # --- arithmetic

    def add(self, left: Tree, right: Tree) -> Array:
        return self._alike(code.add, self.of(left), self.of(right))

    def sub(self, left: Tree, right: Tree) -> Array:
        return self._alike(code.sub, self.of(left), self.of(right))

    def mul(self, left: Tree, right: Tree) -> Array:
        return self._alike(code.mul, self.of(left), self.of(right))

    def _alike(self, operation: Callable[..., Code], *arrays: Array) -> Array:
        """An operation on arrays of one kind; 1 + x adds 1 to each entry of a column."""
        factors = [self.algebra.one(array) for array in arrays]
        kinds = {a.own: a for a, f in zip(arrays, factors, strict=True) if not _is_literal(f)}
        if len(kinds) > 1:
            first, second = (array.kind for array in kinds.values())
            raise ShapeError(f"{first} and {second} do not go together here")
        if OWN in kinds and len(kinds) < len(arrays) and any(map(_is_literal, factors)):
            raise ShapeError("a number and a matrix do not go together here")
        return Array((self.algebra.elementwise(operation, *factors),))

    def pos(self, operand: Tree) -> Array:
        return self.of(operand)

    def neg(self, operand: Tree) -> Array:
        array = self.of(operand)
        if len(array.labels) <= 2:
            return self.algebra.mapped(code.neg, array)
        first, *others = array.factors
        return replace(array, factors=(replace(first, code=code.neg(first.code)), *others))

    def times(self, first: Tree, second: Tree) -> Array:
        self._reject_unclear(first, second)
        return self.algebra.times(self.of(first), self.of(second))

    def dot(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if left.own == right.own == {ROW}:
            return self.algebra.dot(left, right)
        return self.algebra.times(left, right)

    def cross(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if left.own and right.own:
            raise ShapeError(r"\times of two arrays is not clear: write \cdot, \odot or nothing")
        return self.algebra.times(left, right)

    def inner(self, first: Tree, second: Tree) -> Array:
        return self.algebra.dot(self.of(first), self.of(second))

    def outer(self, first: Tree, second: Tree) -> Array:
        left, right = self.of(first), self.of(second)
        if not left.own == right.own == {ROW}:
            raise ShapeError(rf"\otimes is for two columns, got {left.kind} and {right.kind}")
        return self.algebra.times(left, _transposed(right))

    def div(self, above: Tree, below: Tree) -> Array:
        left, right = self.of(above), self.of(below)
        if right.own:
            raise ShapeError(f"{left.kind} is not divided by {right.kind}")
        divisor = self.algebra.one(right)
        if not divisor.axes:
            return replace(left, divisors=(*left.divisors, divisor.code))
        return Array((self.algebra.elementwise(code.div, self.algebra.one(left), divisor),))

    def _reject_unclear(self, first: Tree, second: Tree) -> None:
        r"""Products of neighbours that people read in two ways: \log x y, a/b c, f(x)."""
        last = first
        while last.data in ("times", "dot", "cross", "mul") or _is_sign(last):
            last = last.children[-1]
        name = letter_name(last.children[0]) if last.data == "plain" else ""
        is_symbol = second.data in ("plain", "subscripted")
        starts_bracket = self._is_after_bracket(second)
        if last.data == "bare" and _is_open(last) and second.data not in ("bare", "apply"):
            function = last.children[0]
            raise AnswerSyntaxError(f"what {function} is of is not clear: write {function}(...)", column_of(last))
        if name and starts_bracket and (is_symbol or name in NAMES_OF_FUNCTIONS):
            raise AnswerSyntaxError(f"{name}(...): unknown function '{name}'", column_of(last))
        if last.data == "div" and self._is_slash(last) and not starts_bracket:
            below = last.children[1]
            is_count = second.data == "plain" and letter_name(second.children[0]) in COUNTS
            if is_count or (below.data != "number" and second.data in ("plain", "subscripted", "transposed")):
                raise AnswerSyntaxError(r"what is divided is not clear: write \frac", column_of(last))

    def _is_after_bracket(self, tree: Tree) -> bool:
        before = self.text[: getattr(tree.meta, "start_pos", 0)].rstrip()
        return before.endswith("(")

    def _is_slash(self, division: Tree) -> bool:
        above, below = division.children
        return "/" in self.text[above.meta.end_pos : below.meta.start_pos]

    # --- powers, transposes, norms

    def transposed(self, operand: Tree, _: Token) -> Array:
        return _transposed(self.of(operand))

    def inverse_transposed(self, operand: Tree, _: Token) -> Array:
        return _transposed(self._inverse(self.of(operand)))

    def power(self, base: Tree, exponent: Tree) -> Array:
        if is_letter(base, "e"):
            return self._function("exp", self.of(exponent))
        literal = str(exponent.children[0]) if exponent.data == "number" else ""
        if base.data == "norm" and literal == "2" and (squared := self._squared_norm(base)):
            return squared
        array, raised = self.of(base), self.of(exponent)
        if raised.own:
            raise ShapeError(f"an exponent is a number, except of e, not {raised.kind}")
        if array.own == OWN:
            if exponent.data == "neg" and str(exponent.children[0].children[0]) == "1":
                return self._inverse(array)
            if not literal.isdigit() or not 1 <= int(literal) <= LARGEST_POWER:
                raise ShapeError(f"expected a power of a matrix from 1 to {LARGEST_POWER}, or -1")
            result = array
            for _ in range(int(literal) - 1):
                result = self.algebra.times(result, array)
            return result
        if array.own:
            raise ShapeError(rf"a power of {array.kind} has no meaning: write x^\top x or \|x\|^2")
        return self._alike(code.power, array, raised)

    def _inverse(self, array: Array) -> Array:
        return Array((replace(self._square(array, "an inverse"), code=self._inv(array)),))

    def _inv(self, array: Array) -> Code:
        return code.call("inv", self.algebra.one(array).code)

    def _square(self, array: Array, what: str) -> Factor:
        if array.own != OWN:
            raise ShapeError(f"{what} is of a matrix, not of {array.kind}")
        factor = self.algebra.one(array)
        self.sizes.unify(factor.axes[0].size, factor.axes[1].size)
        return factor

    def norm(self, _: Token, operand: Tree, __: Token, order: Tree | None = None) -> Array:
        array, kind = self._normed(operand, order)
        labels = sorted(array.own)
        if kind == "1":
            absolute = self.algebra.mapped(partial(code.call, "abs"), array)
            return self._total(absolute, labels)
        if kind == r"\infty":
            absolute = self.algebra.mapped(partial(code.call, "abs"), array)
            return self.algebra.reduced("max", absolute, *labels)
        return self.algebra.reduced("norm", array, *labels)

    def _squared_norm(self, norm: Tree) -> Array | None:
        """The sum of the squares; of x_i - m_k the squared distances of rows."""
        operand, order = norm.children[1], norm.children[3] if len(norm.children) > 3 else None
        if operand.data == "sub":
            sides = [self.of(side) for side in operand.children]
            labels = [side.labels - OWN for side in sides]
            if labels[0] != labels[1] and all(s.own == {ROW} and len(s.labels) == 2 for s in sides):
                return self._distances(*map(self.algebra.one, sides))
        array, kind = self._normed(operand, order)
        if kind not in ("", "2", "F"):
            return None
        squares = self.algebra.mapped(lambda a: code.power(a, Code("2")), array)
        return self._total(squares, sorted(array.own))

    def _distances(self, first: Factor, second: Factor) -> Array:
        rows = [next(label for label in f.labels if label != ROW) for f in (first, second)]
        self.sizes.unify(first.axis(ROW).size, second.axis(ROW).size)
        codes = [f.ordered(row, ROW) for f, row in zip((first, second), rows, strict=True)]
        axes = (first.axis(rows[0]), second.axis(rows[1]))
        return Array((Factor(code.call("sqdist", *codes), axes),))

    def _total(self, array: Array, labels: list[str]) -> Array:
        for label in labels:
            array = self.algebra.total(array, label)
        return array

    def _normed(self, operand: Tree, order: Tree | None) -> tuple[Array, str]:
        array, kind = self.of(operand), str(order.children[0]) if order else ""
        if not array.own:
            raise ShapeError(r"a norm is of a column or a matrix, not of a number: write |x|")
        if array.own == OWN and kind != "F":
            raise ShapeError(r"which norm of a matrix is not clear: write \|X\|_F, or a sum over entries")
        if array.own != OWN and kind not in ("", "1", "2", r"\infty"):
            raise ValueError(f"there is no norm of order {kind} of a column here")
        return array, kind

    def absolute(self, _: Token, operand: Tree, __: Token) -> Array:
        array = self.of(operand)
        if array.own == OWN:
            return self._function("det", array)
        if array.own:
            raise ShapeError(rf"bars are of a number or a matrix, not of {array.kind}: write \|x\|")
        return self.algebra.mapped(partial(code.call, "abs"), array)

    # --- functions

    def apply(self, function: Token, *arguments: Tree) -> Array:
        name = re.sub(r"\\(operatorname|mathrm|text|mathbf)|[\\{}\s]", "", function)
        return self._function(name, *map(self.of, arguments))

    bare = apply

    def root(self, operand: Tree) -> Array:
        return self._of_entries("sqrt", self.of(operand))

    def positive_part(self, operand: Tree, _: Token) -> Array:
        return self._function("relu", self.of(operand))

    def _function(self, name: str, *arrays: Array) -> Array:
        if name in TWICE and len(arrays) == 2:
            return self._alike(partial(code.call, TWICE[name]), *arrays)
        if len(arrays) != 1:
            raise ValueError(f"{name}: expected {2 if name in TWICE else 1} of arguments, got {len(arrays)}")
        (array,) = arrays
        if name in OF_NUMBERS:
            return self._of_entries(OF_NUMBERS[name], array)
        if name in ELEMENTWISE:
            return self.algebra.mapped(partial(code.call, ELEMENTWISE[name]), array)
        if name in ("tr", "Tr", "trace", "det"):
            factor = self._square(array, name) if len(array.labels) < 3 else None
            if name != "det":
                return self.algebra.trace(array)
            return Array((Factor(code.call("det", factor.code if factor else "")),))
        if name == "diag" and array.own == OWN:
            return self._diagonal(array)
        if name == "diag" and array.own and not array.labels - OWN:
            factor = self.algebra.one(array)
            size = factor.axes[0].size
            return Array((Factor(code.call("diag", factor.code), (Axis(ROW, size), Axis(COLUMN, size))),))
        if name == "softmax" and array.own:
            return self._softmax(array)
        if name in ("diag", "softmax"):
            raise ShapeError(f"{name} is of a column, not of {array.kind}")
        raise ValueError(f"unknown function '{name}'")

    def _of_entries(self, name: str, array: Array) -> Array:
        if array.own == OWN:
            raise ShapeError(
                f"{name} of a matrix is not clear: of its entries it is {name} of X_{{ij}}"
            )
        return self.algebra.mapped(partial(code.call, name), array)

    def _softmax(self, array: Array) -> Array:
        """Along a column; of a matrix, along each row."""
        factor = self.algebra.one(array)
        along = COLUMN if array.own == OWN else next(iter(array.own))
        axis = () if len(factor.axes) == 1 else (f"axis={factor.labels.index(along)}",)
        return Array((replace(factor, code=code.call("softmax", factor.code, *axis)),))

    def comparison(self, *parts: Any) -> Array:
        signs = [RELATIONS.get(str(sign), str(sign)) for sign in parts[1::2]]
        arrays = [self.of(part) for part in parts[::2]]
        links = [
            self._alike(partial(_compared, sign), left, right)
            for left, sign, right in zip(arrays, signs, arrays[1:], strict=False)
        ]
        if len(links) == 1:
            return links[0]
        joined_ = (f"({self.algebra.one(link).code.text})" for link in links)
        if any(link.labels for link in links):
            raise ValueError("expected one comparison of entries at a time")
        return Array((Factor(Code(" & ".join(joined_), Level.COMPARISON)),))

    def indicator(self, _: Token, condition: Tree) -> Array:
        return self.algebra.mapped(lambda test: code.call("where", test, "1", "0"), self.of(condition))

    def cases(self, *branches: Tree) -> Array:
        r"""Branches; the last is \text{otherwise}, or what the other one of two leaves."""
        *others, (result, last) = (branch.children for branch in branches)
        if any(isinstance(condition, Token) for _, condition in others):
            raise ValueError(r"expected \text{otherwise} in the last case alone")
        if not isinstance(last, Token) and not (len(others) == 1 and self._is_rest(others[0][1], last)):
            raise ValueError(r"expected a last case \text{otherwise}")
        found = self.of(result)
        for value, condition in reversed(others):
            found = self._alike(partial(code.call, "where"), self.of(condition), self.of(value), found)
        return found

    def _is_rest(self, first: Tree, second: Tree) -> bool:
        """Whether one condition holds wherever the other does not."""
        sides = [[self.algebra.one(self.of(part)).code for part in c.children[::2]] for c in (first, second)]
        signs = [RELATIONS.get(str(c.children[1]), str(c.children[1])) for c in (first, second)]
        return len(sides[0]) == 2 and sides[0] == sides[1] and OPPOSITE.get(signs[0]) == signs[1]

    # --- sums, products, maxima

    def over_range(self, index: Token, first: Token, upper: Tree, term: Tree) -> Array:
        with self._index(index, self._range(first, upper)):
            return self._summed(self.of(term), str(index))

    def over_index(self, index: Token, term: Tree) -> Array:
        with self._index(index, None):
            return self._summed(self.of(term), str(index))

    def over_two(self, first: Token, second: Token, term: Tree) -> Array:
        with self._index(first, None), self._index(second, None):
            return self._summed(self._summed(self.of(term), str(second)), str(first))

    def product_over(self, under: Tree, term: Tree) -> Array:
        return self._reduced_over("prod", under, term)

    def extreme_over(self, function: Token, under: Tree, term: Tree) -> Array:
        return self._reduced_over(function.strip("\\"), under, term)

    def _reduced_over(self, name: str, under: Tree, term: Tree) -> Array:
        index, *ends = under.children
        with self._index(index, self._range(*ends) if ends else None):
            return self.algebra.reduced(name, self._with_index(self.of(term), str(index)), str(index))

    def _summed(self, array: Array, index: str) -> Array:
        return self.algebra.total(self._with_index(array, index), index)

    def _with_index(self, array: Array, index: str) -> Array:
        if index not in array.labels:
            raise ValueError(f"nothing in the term has the index {index}")
        return array

    def _range(self, first: Token, upper: Tree) -> str:
        """The size of a range from 1 to n, or from 0 to n - 1."""
        if first == "0" and upper.data == "sub" and str(upper.children[1].children[0]) == "1":
            size = size_in(upper.children[0])
        else:
            size = size_in(upper) if first == "1" else None
        if size is None:
            raise ValueError("expected a sum from 1 to a letter, or from 0 to a letter - 1")
        return size

    @contextmanager
    def _index(self, index: Token, size: str | None) -> Iterator[None]:
        name = str(index)
        if name in self.bound:
            raise ValueError(f"{name} is the index of two sums at once")
        if name in self.letters.sizes:
            raise ValueError(f"{name} is a size, and cannot be an index as well")
        self.unsized += 1
        self.bound[name] = size or f"any{self.unsized}.0"
        try:
            yield
        finally:
            del self.bound[name]


def _number(text: str) -> Array:
    return Array((Factor(Code(text)),))


def _is_literal(factor: Factor) -> bool:
    return not factor.axes and LITERAL.fullmatch(factor.code.text) is not None


def _transposed(array: Array) -> Array:
    if not array.own:
        raise ShapeError("a number has no transpose, and T is no exponent here")
    return array.relabelled({ROW: COLUMN, COLUMN: ROW})


def _compared(sign: str, left: Code, right: Code) -> Code:
    return Code(f"{left.text} {sign} {right.text}", Level.COMPARISON)


def _is_sign(tree: Tree) -> bool:
    return tree.data in ("neg", "pos")


def _is_open(bare: Tree) -> bool:
    """Whether a function stands before a letter or number without brackets."""
    argument = bare.children[-1]
    while argument.data == "bare":
        argument = argument.children[-1]
    return argument.data in ("plain", "subscripted", "number")
