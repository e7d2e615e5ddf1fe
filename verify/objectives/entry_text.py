"""An entry in index notation as text of the language, which its reader reads back."""

from __future__ import annotations

from sympy import Basic, Idx, Indexed, Integer

from derivations.entries import array_of, compared
from derivations.text import Printer


def entry_to_language(entry: Basic, indices: tuple[Idx, ...] = ()) -> str:
    """The entry at the indices, such as sum(X[k, j]*w[k] for k in range(n))."""
    return _Printer(entry, indices).doprint(entry)


class _Printer(Printer):
    def _print_Indexed(self, expr):
        """Places that are no index are counted from 0, or from the end."""
        if all(isinstance(place, Idx) for place in expr.indices):
            return super()._print_Indexed(expr)
        places = zip(expr.indices, expr.base.shape, strict=True)
        return f"{self._print(expr.base)}[{', '.join(self._place(*pair) for pair in places)}]"

    def _place(self, place, extent):
        if isinstance(place, Idx):
            return self._print(place)
        return self._print(place - 1 if place.is_Integer else place - extent - 1)

    def _print_KroneckerDelta(self, expr):
        places = expr.args[:2]
        if not all(isinstance(place, Idx) for place in places):
            extent = next((place.upper for place in places if isinstance(place, Idx)), None)
            if extent is None:
                raise ValueError("[i + 1 = n - k] is not in the language")
            return (
                f"eye({self._print(extent)})[{', '.join(self._place(p, extent) for p in places)}]"
            )
        first, second = map(self._print, places)
        return f"({first} == {second})"

    def _sum(self, expr, labels):
        text = self._print(expr.function)
        for label, (_, low, high) in zip(labels, expr.limits, strict=True):
            if low != 1:
                raise ValueError("a sum that does not begin at 1 is not in the language")
            text = f"sum(({text}) for {self.names[label]} in range({self._print(high)}))"
        return text

    def _over(self, matrix, name, function):
        (place, *_), _ = matrix.limits
        if not isinstance(function, Indexed) or function.indices.count(place) != 1:
            raise ValueError(f"{name} of what is no array is not in the language entry by entry")
        if len(function.indices) == 1:
            return f"{name}({self._print(function.base)})"
        pairs = zip(function.indices, function.base.shape, strict=True)
        places = (":" if at == place else self._place(at, extent) for at, extent in pairs)
        return f"{name}({self._print(function.base)}[{', '.join(places)}])"

    def _print_IsLargest(self, expr):
        return f"({self._is_largest(expr, '==')})"

    def _print_SquareMatrix(self, expr):
        if array_of(expr) is None and array_of(expr.transposed) is None:
            raise ValueError(
                "the inverse of what is no array is not in the language entry by entry"
            )
        return super()._print_SquareMatrix(expr)

    def _print_Piecewise(self, expr):
        *branches, (otherwise, _) = expr.args
        text = self._print(otherwise)
        for value, condition in reversed(branches):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Abs(self, expr):
        return f"abs({self._print(expr.args[0])})"

    def _print_Relational(self, expr):
        self._refuse_numbers_of_places(compared(expr))
        return super()._print_Relational(expr)

    def _print_Equality(self, expr):
        self._refuse_numbers_of_places(expr)
        return f"{self._print(expr.lhs)} == {self._print(expr.rhs)}"

    def _refuse_numbers_of_places(self, relation):
        sides = relation.args
        if any(s.has(Idx) and not s.has(Indexed) and not isinstance(s, Idx) for s in sides):
            raise ValueError("a place counted from the end is not in the language entry by entry")

    def _print_And(self, expr):
        return " & ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Or(self, expr):
        return " | ".join(f"({self._print(part)})" for part in expr.args)

    def _print_asin(self, expr):
        return f"arcsin({self._print(expr.args[0])})"

    def _print_acos(self, expr):
        return f"arccos({self._print(expr.args[0])})"

    def _print_atan(self, expr):
        return f"arctan({self._print(expr.args[0])})"

    def _print_asinh(self, expr):
        return f"arcsinh({self._print(expr.args[0])})"

    def _print_Integer(self, expr: Integer):
        return str(int(expr))
