"""What was understood, said back in index notation: [i = j] y[i] / tau - y[i] y[j] / tau."""

from __future__ import annotations

import re
from string import ascii_lowercase

from sympy import Basic, Expr, Idx
from sympy.printing.str import StrPrinter

from verify.language.vocabulary import typed

LETTERS = "klmpq" + ascii_lowercase
LONGEST = 300
PLAIN = (
    (r"\\lim_\{(.*?) \\to (.*?)\} (.*)", r"limit of \3 as \1 -> \2"),
    (r"\\frac\{\\partial (.*?)\}\{\\partial (.*)\}", r"d\1/d\2"),
    (r"\\t?frac\{(.*?)\}\{(\S*?)\}", r"\1/\2"),
    (r"\\t?frac\{(.*?)\}\{(.*?)\}", r"\1/(\2)"),
    (r"\\big\|_\{(.*?)\}", r" at \1"),
    (r"\\tilde\s*\{(\w)\}", r"\1~"),
    (r"\\hat (\w)_(\w)", r"\1hat\2"),
    (r"\\(text|mathrm|mathbb|mathbf|operatorname)\{(.*?)\}", r"\2"),
    (r"\\(top|nabla|infty)", lambda m: {"top": "T", "nabla": "grad", "infty": "oo"}[m[1]]),
    (r"\\(dots|ldots)", "..."),
    (r"\\to", "->"),
    (r"\\,", " "),
    (r"(?<=[0a-z])\^([+-])", r"\1"),
    (r"\\var(?=epsilon)", ""),
    (r"\\(?=\w)", ""),
    (r"_\{(\w*\W[^{}]*)\}", r"_(\1)"),
    (r"[{}$]", ""),
)
"""How LaTeX in the derivations' names is written in plain characters, one rule after the other."""


def spoken(expr: Expr, indices: tuple[Idx, ...] = ()) -> str:
    """An entry in plain characters, with a letter for each index; long ones are cut."""
    text = _Printer(expr, indices).doprint(expr)
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def spoken_latex(text: str) -> str:
    """The name of a quantity, or a few words with mathematics in them, in plain characters."""
    for pattern, plain in PLAIN:
        text = re.sub(pattern, plain, text)
    return " ".join(text.split())


class _Printer(StrPrinter):
    def __init__(self, expr: Expr, indices: tuple[Idx, ...]):
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

    def _print_IndexedBase(self, expr):
        return typed(str(expr.label))

    def _print_Indexed(self, expr):
        places = ", ".join(map(self._print, expr.indices))
        return f"{typed(str(expr.base.label))}[{places}]"

    def _print_KroneckerDelta(self, expr):
        return f"[{' = '.join(sorted(map(self._print, expr.args[:2])))}]"

    def _print_Sum(self, expr):
        labels = [k.label if isinstance(k, Idx) else k for k in expr.variables]
        for label in labels:
            self.names[label] = self._letter()
        ends = zip(labels, expr.limits, strict=True)
        ranges = ", ".join(f"{self.names[k]} = {low}..{high}" for k, (_, low, high) in ends)
        text = f"sum({self._print(expr.function)}, {ranges})"
        for label in labels:
            del self.names[label]
        return text

    def _print_Piecewise(self, expr):
        (value, condition), *rest = expr.args
        if value == 1 and [other for other, _ in rest] == [0]:
            return f"[{self._print(condition)}]"
        *branches, (otherwise, _) = expr.args
        said = [
            f"{self._print(value)} if {self._print(condition)}" for value, condition in branches
        ]
        return f"({', '.join(said)}, else {self._print(otherwise)})"

    def _print_Derivative(self, expr):
        return f"derivative in {self._print(expr.variables[0])} of {self._print(expr.expr)}"

    def _print_Integral(self, expr):
        ((variable, low, high),) = expr.limits
        ends = f"{self._print(variable)} = {self._print(low)}..{self._print(high)}"
        return f"integral of {self._print(expr.function)}, {ends}"

    def _print_Expectation(self, expr):
        return f"E[{self._print(expr.expression)}]"

    def _print_Abs(self, expr):
        return f"|{self._print(expr.args[0])}|"
