"""Expressions in plain characters, as one types them: [i = j]*y[i]/tau - y[i]*y[j]/tau."""

from __future__ import annotations

import re
from string import ascii_lowercase

from sympy import And, Basic, Idx, default_sort_key
from sympy.printing.str import StrPrinter

from derivations.entries import array_of, compared, extreme_in, extreme_of
from derivations.notation import Sum, substitute
from derivations.prover.matrices.inverse import IsLargest, diagonal_of

LETTERS = "klmpq" + ascii_lowercase
TYPED = {"lambda": "lam"}


def to_text(expr: Basic, indices: tuple[Idx, ...] = ()) -> str:
    """An expression in plain characters, with a letter for each index that has no name."""
    return Printer(expr, indices).doprint(expr)


def conjuncts(condition: Basic) -> list[Basic]:
    """The conditions that one condition consists of, in a fixed order."""
    return sorted(And.make_args(condition), key=default_sort_key)


def typed(name: str) -> str:
    r"""The name that one types: `\beta_1` is beta1, `\hat m_2` is mhat2, lambda is lam."""
    hat = re.sub(r"\\hat\s*\{?\s*(\w)\}?", r"\1hat", name)
    bare = re.sub(r"[\\{}^\s]|_(?=\{?\w\}?$)", "", hat)
    return TYPED.get(bare, bare).replace("'", "_prime")


class Printer(StrPrinter):
    """How each kind of expression is typed; another text changes what it writes otherwise."""

    printmethod = None  # an expression's own way, as that of an entry, comes before these else

    def __init__(self, expr: Basic, indices: tuple[Idx, ...]):
        super().__init__({"order": None})
        free = {str(s) for s in expr.free_symbols} | {str(place.label) for place in indices}
        self.letters = [letter for letter in LETTERS if letter not in free]
        self.names: dict[Basic, str] = {}

    def _letter(self) -> str:
        """One that no index in sight has."""
        return next(letter for letter in self.letters if letter not in self.names.values())

    def _print_Symbol(self, expr):
        return self.names.get(expr) or typed(expr.name)

    def _print_Dummy(self, expr):  # the label of an index, perhaps of a sum that is not in sight
        return self.names.setdefault(expr, self._letter())

    def _print_Idx(self, expr):
        return self._print(expr.label)

    def _print_IndexedBase(self, expr):
        return typed(str(expr.label))

    def _print_Indexed(self, expr):
        places = ", ".join(map(self._print, expr.indices))
        return f"{typed(str(expr.base.label))}[{places}]"

    def _print_KroneckerDelta(self, expr):
        return f"[{' = '.join(sorted(map(self._print, expr.args[:2])))}]"

    def _print_Sum(self, expr):
        if (matrix := extreme_of(expr)) is not None:
            return self._over(matrix, *extreme_in(matrix))
        labels = [k.label if isinstance(k, Idx) else k for k in expr.variables]
        for label in labels:
            self.names[label] = self._letter()
        text = self._sum(expr, labels)
        for label in labels:
            del self.names[label]
        return text

    def _sum(self, expr, labels) -> str:
        ends = zip(labels, expr.limits, strict=True)
        ranges = ", ".join(f"{self.names[k]} = {low}..{high}" for k, (_, low, high) in ends)
        return f"sum({self._print(expr.function)}, {ranges})"

    def _over(self, matrix, name, function):
        """A function of the entries of a matrix's diagonal: max(x[k], k = 1..n)."""
        (place, low, high), _ = matrix.limits
        label = getattr(place, "label", place)
        self.names[label] = self._letter()
        text = f"{name}({self._print(function)}, {self.names[label]} = {low}..{high})"
        del self.names[label]
        return text

    def _print_IsLargest(self, expr):
        return f"[{self._is_largest(expr, '=')}]"

    def _is_largest(self, expr, sign):
        (matrix, at), (name, entry) = expr.args, extreme_in(expr.matrix)
        own = substitute(entry, {matrix.variables[0]: at})
        return f"{self._print(own)} {sign} {self._over(matrix, name, entry)}"

    def _print_SquareMatrix(self, expr):
        if array_of(expr) is not None:
            return self._print(array_of(expr))
        if array_of(expr.transposed) is not None:
            return f"{self._print(array_of(expr.transposed))}.T"
        for label in expr.variables:
            self.names[getattr(label, "label", label)] = self._letter()
        return f"[{self._print(expr.function)}]"

    def _print_DeterminantOf(self, expr):
        if (diagonal := diagonal_of(expr.matrix)) is not None:
            return self._over(expr.matrix, "prod", diagonal)
        return f"det({self._print(expr.matrix)})"

    def _print_InverseEntry(self, expr):
        return f"inv({self._print(expr.matrix)})[{', '.join(map(self._print, expr.places))}]"

    def _print_SymmetricInverseEntry(self, expr, **options):
        return self._print_InverseEntry(expr, **options)

    def _print_Piecewise(self, expr):
        (value, condition), *rest = expr.args
        if value == 1 and [other for other, _ in rest] == [0]:
            return f"[{self._print(condition)}]"
        *branches, (otherwise, _) = expr.args
        cases = [f"{self._print(value)} if {self._print(when)}" for value, when in branches]
        return f"({', '.join(cases)}, else {self._print(otherwise)})"

    def _print_Derivative(self, expr):
        return f"derivative in {self._print(expr.variables[0])} of {self._print(expr.expr)}"

    def _print_Integral(self, expr):
        ((variable, low, high),) = expr.limits
        ends = f"{self._print(variable)} = {self._print(low)}..{self._print(high)}"
        return f"integral of {self._print(expr.function)}, {ends}"

    def _print_Expectation(self, expr):
        return f"E[{self._print(expr.expression)}]"

    def _print_Relational(self, expr):
        expr = compared(expr)
        return f"{self._print(expr.lhs)} {expr.rel_op} {self._print(expr.rhs)}"

    def _print_Equality(self, expr):
        expr = compared(expr)
        return f"{self._print(expr.lhs)} = {self._print(expr.rhs)}"

    def _print_Unequality(self, expr):
        if isinstance(expr.lhs, Sum) and isinstance(mark := expr.lhs.function, IsLargest):
            return f"{self._over(mark.matrix, *extreme_in(mark.matrix))} is attained once"
        return f"{self._print(expr.lhs)} != {self._print(expr.rhs)}"

    def _print_And(self, expr):
        return " and ".join(map(self._print, conjuncts(expr)))

    def _print_Abs(self, expr):
        return f"|{self._print(expr.args[0])}|"
