"""Arrays whose axes have labels, as code: a letter for an index, ROW and COLUMN for a matrix's own.

x_i of a vector x is x along i; x_i of a matrix X is X along i and ROW, a column for each i. A
product is kept as its factors until a sum or another operation takes an axis away, so that three
axes may meet in one as long as no array ever has more than two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from verify.language.tensor import ShapeError
from verify.objectives.latex import code
from verify.objectives.latex.code import Code

ROW, COLUMN = "row", "column"
SUMMED = "summed"
OWN = frozenset({ROW, COLUMN})
KINDS = {
    frozenset(): "a number", frozenset({ROW}): "a column", frozenset({COLUMN}): "a row",
    OWN: "a matrix",
}  # fmt: skip


class UnclearError(ShapeError):
    """What people read in two ways if its letters are what they are by habit."""


class Axis(NamedTuple):
    """An axis by its label, and the size along it."""

    label: str
    size: str


class Sizes:
    """Sizes that turn out to be the same; `X.0` is the first of X, while it has no name yet."""

    def __init__(self) -> None:
        self.same: dict[str, str] = {}

    def of(self, size: str) -> str:
        """The size that it was found to be."""
        while size in self.same:
            size = self.same[size]
        return size

    def unify(self, first: str, second: str) -> None:
        """Make two sizes one; raises `ShapeError` where both have names."""
        first, second = self.of(first), self.of(second)
        if first == second:
            return
        if "." not in first and "." not in second:
            raise ShapeError(f"expected one size, got {first} and {second}")
        if "." in first:
            first, second = second, first
        self.same[second] = first


@dataclass(frozen=True)
class Factor:
    """Code whose value is an array with these axes, in this order; at most two."""

    code: Code
    axes: tuple[Axis, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The label of each axis."""
        return tuple(axis.label for axis in self.axes)

    def ordered(self, *labels: str) -> Code:
        """The code with its two axes in this order."""
        same = self.labels == labels or len(labels) < 2
        return self.code if same else code.transposed(self.code)

    def axis(self, label: str) -> Axis:
        """The axis of a label."""
        return self.axes[self.labels.index(label)]

    def without(self, label: str) -> tuple[Axis, ...]:
        """The other axes."""
        return tuple(axis for axis in self.axes if axis.label != label)

    def relabelled(self, labels: dict[str, str]) -> Factor:
        """The same code with other labels."""
        return replace(
            self, axes=tuple(Axis(labels.get(a.label, a.label), a.size) for a in self.axes)
        )


@dataclass(frozen=True)
class Array:
    """A product of factors over numbers; an own label is in one factor alone."""

    factors: tuple[Factor, ...]
    divisors: tuple[Code, ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The labels of all axes."""
        return frozenset(label for factor in self.factors for label in factor.labels)

    @property
    def own(self) -> frozenset[str]:
        """What it is on paper: a number, a column, a row or a matrix, for each value of indices."""
        return self.labels & OWN

    @property
    def kind(self) -> str:
        """The same in words."""
        return KINDS[self.own]

    def relabelled(self, labels: dict[str, str]) -> Array:
        """The same array with other labels: ROW for COLUMN and back is a transpose."""
        return replace(self, factors=tuple(f.relabelled(labels) for f in self.factors))


class Algebra:
    """Operations on arrays; raises `ShapeError` for what fits no array of two axes."""

    def __init__(self, sizes: Sizes):
        self.sizes = sizes

    def one(self, array: Array) -> Factor:
        """The product multiplied out."""
        numbers = [f for f in array.factors if not f.axes]
        result, *others = [*numbers, *(f for f in array.factors if f.axes)]
        for other in others:
            if result.code.text == "1":
                result = other
            elif not set(result.labels) & set(other.labels) and result.axes and other.axes:
                result = self._outer(result, other)
            else:
                result = self.elementwise(code.mul, result, other)
        for divisor in array.divisors:
            result = replace(result, code=code.div(result.code, divisor))
        return result

    def elementwise(self, operation: Callable[..., Code], *factors: Factor) -> Factor:
        """An operation entry by entry, each array along its own axes."""
        for factor in factors:
            for axis in factor.axes:
                for other in factors:
                    if axis.label in other.labels:
                        self.sizes.unify(axis.size, other.axis(axis.label).size)
        axes = max((f.axes for f in factors), key=len)
        axes += tuple(
            {a.label: a for f in factors for a in f.axes if a.label not in [b.label for b in axes]}
            .values()
        )  # fmt: skip
        if len(axes) > 2:
            raise ShapeError(f"three axes at once: {', '.join(a.label for a in axes)}")
        labels = tuple(axis.label for axis in axes)
        return Factor(operation(*(_along(f, labels) for f in factors)), axes)

    def mapped(self, operation: Callable[[Code], Code], array: Array) -> Array:
        """An operation on each entry."""
        factor = self.one(array)
        return Array((replace(factor, code=operation(factor.code)),))

    def times(self, left: Array, right: Array) -> Array:
        """The product on paper: rows times columns, or a number times an array."""
        both = (*left.factors, *right.factors)
        divisors = (*left.divisors, *right.divisors)
        if COLUMN in left.own and ROW in right.own:
            (a,) = (f for f in left.factors if COLUMN in f.labels)
            (b,) = (f for f in right.factors if ROW in f.labels)
            others = (f for f in left.factors if COLUMN not in f.labels)
            more = (f for f in right.factors if ROW not in f.labels)
            product = self._contracted(a, COLUMN, b, ROW)
            return Array((*others, product, *more), divisors)
        if left.own & right.own or (COLUMN in left.own and right.own):
            raise ShapeError(f"{left.kind} times {right.kind} has no meaning")
        return Array(both, divisors)

    def dot(self, left: Array, right: Array) -> Array:
        """The inner product of two columns, or of two matrices entry by entry."""
        if left.own != right.own:
            raise ShapeError(f"an inner product of {left.kind} and {right.kind} has no meaning")
        if left.own == OWN:
            entries = Array((self.elementwise(code.mul, self.one(left), self.one(right)),))
            return self.total(self.total(entries, ROW), COLUMN)
        (label,) = left.own
        product = Array((*left.factors, *right.factors), (*left.divisors, *right.divisors))
        return self.total(product, label)

    def trace(self, array: Array) -> Array:
        """The sum of the diagonal of a matrix."""
        if array.own != OWN:
            raise ShapeError(f"a trace is of a matrix, not of {array.kind}")
        first, *others = [f for f in array.factors if set(f.labels) & OWN]
        rest = tuple(f for f in array.factors if not set(f.labels) & OWN)
        if others:
            (second,) = others
            row, column = sorted((first, second), key=lambda f: ROW not in f.labels)
            traced = self._contracted(column, COLUMN, row, ROW)
        else:
            self.sizes.unify(first.axes[0].size, first.axes[1].size)
            traced = Factor(code.call("trace", first.code))
        return Array((*rest, traced), array.divisors)

    def total(self, array: Array, label: str) -> Array:
        """The sum over an axis; all factors along it are multiplied out by it."""
        along = [f for f in array.factors if label in f.labels]
        rest = tuple(f for f in array.factors if label not in f.labels)
        groups: dict[str, Factor] = {}
        for factor in along:
            self.sizes.unify(factor.axis(label).size, along[0].axis(label).size)
            (other, *_) = [*(axis.label for axis in factor.without(label)), ""]
            if other in groups and (other or len(along) > 2):
                factor = self.elementwise(code.mul, groups[other], factor)
            elif other in groups:
                product = self._contracted(groups[other], label, factor, label)
                return Array((*rest, product), array.divisors)
            groups[other] = factor
        vector = groups.pop("", None)
        if len(groups) > 2:
            raise ShapeError(f"more than two indices beside {label}: {', '.join(groups)}")
        factors = list(groups.values())
        if vector and len(factors) == 2:
            factors[0] = self.elementwise(code.mul, factors[0], vector)
        elif vector:
            factors = [vector, *factors]
        if len(factors) == 2:
            result = self._contracted(factors[0], label, factors[1], label)
        else:
            result = _reduced("sum", factors[0], label)
        return Array((*rest, result), array.divisors)

    def reduced(self, name: str, array: Array, *labels: str) -> Array:
        """A word of the language along axes, such as the largest or the norm."""
        result = self.one(array)
        if set(labels) == set(result.labels):
            return Array((Factor(code.call(name, result.code)),))
        for label in labels:
            result = _reduced(name, result, label)
        return Array((result,))

    def _contracted(self, left: Factor, ending: str, right: Factor, beginning: str) -> Factor:
        """The sum over an axis that two factors share, by a matrix product where there is one."""
        self.sizes.unify(left.axis(ending).size, right.axis(beginning).size)
        common = SUMMED
        a, b = left.relabelled({ending: common}), right.relabelled({beginning: common})
        if set(a.without(common)) and set(a.labels) & set(b.labels) != {common}:
            return _reduced("sum", self.elementwise(code.mul, a, b), common)
        for one, other in ((a, b), (b, a)):
            if one.code.text.startswith("ones("):
                return _reduced("sum", other, common)
        axes = a.without(common) + b.without(common)
        if len(axes) == 2 and axes[1].label not in OWN and axes[0].label in OWN:
            a, b, axes = b, a, axes[::-1]  # the rows of X are the x_i
        elif len(axes) == 1 and axes[0].label not in OWN and _is_turned(a, b):
            a, b = b, a  # X @ w, not w @ X.T
        ends = (*(axis.label for axis in a.without(common)), common)
        begins = (common, *(axis.label for axis in b.without(common)))
        return Factor(code.matmul(a.ordered(*ends), b.ordered(*begins)), axes)

    def _outer(self, left: Factor, right: Factor) -> Factor:
        if len(left.axes) + len(right.axes) > 2:
            labels = (*left.labels, *right.labels)
            raise ShapeError(f"three axes at once: {', '.join(labels)}")
        return Factor(code.call("outer", left.code, right.code), left.axes + right.axes)


def _is_turned(a: Factor, b: Factor) -> bool:
    """Whether the one matrix of two factors would have to be transposed to stand where it is."""
    return a.labels[:-1] == (SUMMED,) or b.labels[1:] == (SUMMED,)


def _along(factor: Factor, labels: tuple[str, ...]) -> Code:
    """The code of a factor as it lies along these axes of a larger array."""
    if len(factor.axes) == 1 and len(labels) == 2 and factor.labels[0] == labels[0]:
        return code.column(factor.code)
    return factor.ordered(*labels) if len(factor.axes) == 2 else factor.code


def _reduced(name: str, factor: Factor, label: str) -> Factor:
    rest, text = factor.without(label), factor.code.text
    if rest:
        return Factor(code.call(name, factor.code, f"axis={factor.labels.index(label)}"), rest)
    for axis in (0, 1):  # of sums along both axes one sum is left
        inner, ending = text.removeprefix("sum("), f", axis={axis})"
        if name == "sum" and inner != text and text.endswith(ending) and _is_one_call(text):
            return Factor(Code(f"sum({inner.removesuffix(ending)})"))
    return Factor(code.call(name, factor.code))


def _is_one_call(text: str) -> bool:
    """Whether the first bracket closes at the end."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth and character == ")":
            return place == len(text) - 1
    return False
