r"""What is done with arrays on paper: powers and inverses, norms, functions, and branches."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from verify.language.tensor import ShapeError
from verify.objectives.latex import code
from verify.objectives.latex.arrays import (
    COLUMN,
    OWN,
    ROW,
    Algebra,
    Array,
    Axis,
    Factor,
    UnclearError,
)
from verify.objectives.latex.code import Code, Level

LITERAL = re.compile(r"[-(]*\d[\d./*()]*")
OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
OF_ENTRIES = {
    **{name: name for name in ("tanh", "sigmoid", "softplus", "relu", "erf", "sign")},
    "sigma": "sigmoid", "ReLU": "relu", "sgn": "sign",
}  # fmt: skip
OF_NUMBERS = {
    **{name: name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "arctan")},
    "ln": "log", "sqrt": "sqrt",
}  # fmt: skip
"""Functions that of a matrix may be another thing than of its entries."""
OF_TWO = {"max": "maximum", "min": "minimum"}
LARGEST_POWER = 4
PARTS = {"<": ("triu", "1"), "<=": ("triu",), ">": ("tril", "-1"), ">=": ("tril",)}
"""What is left of a matrix where its first index compares so with its second."""


class Operations(Algebra):
    """Operations on arrays; raises `ShapeError` where these arrays have no such thing."""

    def alike(self, operation: Callable[..., Code], *arrays: Array) -> Array:
        """An operation on arrays of one kind; 1 + x adds 1 to each entry of a column."""
        factors = [self.one(array) for array in arrays]
        kinds = {a.own: a for a, f in zip(arrays, factors, strict=True) if not _is_literal(f)}
        if len(kinds) > 1:
            first, second, *_ = (array.kind for array in kinds.values())
            raise ShapeError(f"{first} and {second} do not go together here")
        if OWN in kinds and any(map(_is_literal, factors)):
            raise ShapeError("a number and a matrix do not go together here")
        return Array((self.elementwise(operation, *factors),))

    def negative(self, array: Array) -> Array:
        """Minus an array."""
        if len(array.labels) <= 2:
            return self.mapped(code.neg, array)
        first, *others = array.factors
        return replace(array, factors=(replace(first, code=code.neg(first.code)), *others))

    def divide(self, left: Array, right: Array) -> Array:
        """A quotient by a number."""
        if right.own:
            raise ShapeError(f"{left.kind} is not divided by {right.kind}")
        divisor = self.one(right)
        if not divisor.axes:
            return replace(left, divisors=(*left.divisors, divisor.code))
        return Array((self.elementwise(code.div, self.one(left), divisor),))

    def transposed(self, array: Array) -> Array:
        """A row for a column, and back."""
        if not array.own:
            raise ShapeError("a number has no transpose, and T is no exponent here")
        return array.relabelled({ROW: COLUMN, COLUMN: ROW})

    def power(self, array: Array, exponent: Array) -> Array:
        """A power of a number; of a matrix, a product of it with itself, or its inverse."""
        if exponent.own:
            raise ShapeError(f"an exponent is a number, except of e, not {exponent.kind}")
        if array.own == OWN:
            return self._matrix_power(array, self.one(exponent).code.text)
        if array.own:
            raise ShapeError(rf"a power of {array.kind} has no meaning: write x^\top x or \|x\|^2")
        return self.alike(code.power, array, exponent)

    def _matrix_power(self, array: Array, exponent: str) -> Array:
        if exponent == "-1":
            return self.inverse(array)
        if not exponent.isdigit() or not 1 <= int(exponent) <= LARGEST_POWER:
            raise UnclearError(f"expected a power of a matrix from 1 to {LARGEST_POWER}, or -1")
        result = array
        for _ in range(int(exponent) - 1):
            result = self.times(result, array)
        return result

    def inverse(self, array: Array) -> Array:
        """The inverse of a matrix."""
        matrix = self._square(array, "an inverse")
        return Array((replace(matrix, code=code.call("inv", matrix.code)),))

    def diagonal(self, array: Array) -> Array:
        """The diagonal of a matrix, as a column."""
        matrix = self._square(array, "a diagonal")
        return Array((Factor(code.call("diag", matrix.code), (Axis(ROW, matrix.axes[0].size),)),))

    def _square(self, array: Array, what: str) -> Factor:
        if array.own != OWN:
            raise ShapeError(f"{what} is of a matrix, not of {array.kind}")
        factor = self.one(array)
        self.sizes.unify(factor.axes[0].size, factor.axes[1].size)
        return factor

    # --- norms

    def norm(self, array: Array, order: str = "") -> Array:
        """The norm of a column, of order 2, 1 or infinity; of a matrix, that of Frobenius. What it
        is of another order, `power_of_norm` says.
        """
        labels = self._normed(array, order)
        if order == "1":
            return self._totals(self._each("abs", array), labels)
        if order == r"\infty":
            return self.reduced("max", self._each("abs", array), *labels)
        return self.reduced("norm", array, *labels)

    def power_of_norm(self, array: Array, order: Array) -> Array:
        """The sum of the magnitudes of a column to a power: the norm of that order to the same."""
        if array.own not in ({ROW}, {COLUMN}):
            raise UnclearError(f"expected a norm of a column, not of {array.kind}")
        if order.own:
            raise ShapeError(f"the order of a norm is a number, not {order.kind}")
        magnitudes = (self.one(self._each("abs", array)), self.one(order))
        powers = Array((self.elementwise(code.power, *magnitudes),))
        return self._totals(powers, sorted(array.own))

    def squared_norm(self, array: Array, order: str = "") -> Array:
        """The sum of the squares, where the norm is their root."""
        labels = self._normed(array, order)
        if order in ("1", r"\infty"):
            return self.power(self.norm(array, order), Array((Factor(Code("2")),)))
        return self._totals(self.mapped(lambda a: code.power(a, Code("2")), array), labels)

    def squared_distances(self, first: Array, second: Array) -> Array | None:
        """All squared distances of x_i and m_k; None where it is not rows of two matrices."""
        both = (self.one(first), self.one(second))
        rows = [set(factor.labels) - {ROW} for factor in both]
        if rows[0] == rows[1] or any(f.labels.count(ROW) != 1 or len(f.axes) != 2 for f in both):
            return None
        (row,), (other,) = rows
        self.sizes.unify(both[0].axis(ROW).size, both[1].axis(ROW).size)
        distances = code.call("sqdist", both[0].ordered(row, ROW), both[1].ordered(other, ROW))
        return Array((Factor(distances, (both[0].axis(row), both[1].axis(other))),))

    def _normed(self, array: Array, order: str) -> list[str]:
        """The axes of a norm, where it is clear which one is meant."""
        if not array.own:
            raise ShapeError("a norm is of a column or a matrix, not of a number: write |x|")
        if array.own == OWN and order != "F":
            raise UnclearError(r"which norm of a matrix is not clear: write \|X\|_F")
        if array.own != OWN and order not in ("", "1", "2", r"\infty"):
            raise ShapeError(f"there is no norm of order {order} of a column here")
        return sorted(array.own)

    def _totals(self, array: Array, labels: list[str]) -> Array:
        for label in labels:
            array = self.total(array, label)
        return array

    # --- functions

    def function(self, name: str, *arrays: Array) -> Array:
        """A function by its name; raises `ValueError` for one that is not known."""
        if name in OF_TWO and len(arrays) == 2:
            return self.alike(partial(code.call, OF_TWO[name]), *arrays)
        if len(arrays) != 1:
            raise ValueError(
                f"{name}: expected {'two numbers' if name in OF_TWO else '1 argument'}"
            )
        (array,) = arrays
        if name in OF_NUMBERS and array.own == OWN:
            raise UnclearError(f"{name} of a matrix is not clear: write it of entries, X_{{ij}}")
        if simple := OF_NUMBERS.get(name, OF_ENTRIES.get(name)):
            return self._each(simple, array)
        if name in MATRIX_FUNCTIONS:
            return MATRIX_FUNCTIONS[name](self, array)
        raise ValueError(f"unknown function '{name}'")

    def magnitude(self, array: Array) -> Array:
        """What is between bars: the magnitude of a number, the determinant of a matrix."""
        if array.own == OWN:
            return self.determinant(array)
        if array.own:
            raise ShapeError(rf"bars are of a number or a matrix, not of {array.kind}: write \|x\|")
        return self._each("abs", array)

    def determinant(self, array: Array) -> Array:
        """The determinant of a matrix."""
        return Array((Factor(code.call("det", self._square(array, "a determinant").code)),))

    def diag(self, array: Array) -> Array:
        """The diagonal of a matrix, or the matrix with a column on it."""
        if array.own == OWN:
            return self.diagonal(array)
        factor = self.one(array)
        if factor.labels not in ((ROW,), (COLUMN,)):
            raise ShapeError(f"diag is of a column or a matrix, not of {array.kind}")
        axes = (Axis(ROW, factor.axes[0].size), Axis(COLUMN, factor.axes[0].size))
        return Array((Factor(code.call("diag", factor.code), axes),))

    def softmax(self, array: Array) -> Array:
        """The softmax of a column; of a matrix, of each row."""
        if not array.own:
            raise ShapeError("softmax is of a column, not of a number")
        factor = self.one(array)
        along = COLUMN if array.own == OWN else next(iter(array.own))
        axis = () if len(factor.axes) == 1 else (f"axis={factor.labels.index(along)}",)
        return Array((replace(factor, code=code.call("softmax", factor.code, *axis)),))

    def _each(self, name: str, array: Array) -> Array:
        return self.mapped(partial(code.call, name), array)

    # --- branches

    def compared(self, sign: str, left: Array, right: Array) -> Array:
        """A comparison, entry by entry."""

        def comparison(a: Code, b: Code) -> Code:
            return Code(f"{a.text} {sign} {b.text}", Level.COMPARISON)

        return self.alike(comparison, left, right)

    def all_of(self, conditions: list[Array]) -> Array:
        """Conditions joined."""
        if len(conditions) == 1:
            return conditions[0]

        def joined(*links: Code) -> Code:
            return Code(" & ".join(f"({link.text})" for link in links), Level.COMPARISON)

        return self.alike(joined, *conditions)

    def of_pairs(self, array: Array, sign: str, first: str, second: str) -> Array:
        """The entries at two indices that compare so, and 0 at the others."""
        factor = self.one(array)
        if set(factor.labels) != {first, second}:
            raise ShapeError(f"three axes at once: {', '.join(factor.labels)}")
        size = factor.axis(first).size
        self.sizes.unify(size, factor.axis(second).size)
        matrix = factor.ordered(first, second)
        if sign == "!=":
            others = code.sub(Code("1"), code.call("eye", f"§{size}§"))
            chosen = code.mul(matrix, others)
        elif sign in PARTS:
            word, *offset = PARTS[sign]
            chosen = code.call(word, matrix, *offset)
        else:
            raise ValueError(f"expected two indices that are compared, not {sign}")
        return Array((Factor(chosen, (factor.axis(first), factor.axis(second))),))

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """One of two values."""
        return self.alike(partial(code.call, "where"), condition, yes, no)


MATRIX_FUNCTIONS: dict[str, Callable[[Operations, Array], Array]] = {
    **dict.fromkeys(("tr", "Tr", "trace"), Operations.trace),
    "det": Operations.determinant,
    "diag": Operations.diag,
    "softmax": Operations.softmax,
}


def _is_literal(factor: Factor) -> bool:
    return not factor.axes and LITERAL.fullmatch(factor.code.text) is not None
