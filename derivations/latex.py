"""LaTeX of expressions in the homework's spelling and in the order that a person writes.

SymPy keeps terms and factors in an order of its own; here a factor that varies less stands in
front, sums stand last, and a difference begins with what is positive.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    Expr,
    Indexed,
    Integer,
    KroneckerDelta,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Number,
    OneMatrix,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    default_sort_key,
    exp,
    true,
)
from sympy.printing.latex import LatexPrinter

from derivations.entries import array_of, compared, extreme_in, extreme_of
from derivations.notation import Sum, substitute
from derivations.prover.matrices.inverse import IsLargest, diagonal_of
from derivations.text import conjuncts

Named = Sequence[tuple[str, Callable[[Expr], Expr]]]
"""Functions of one argument, each with its name in LaTeX."""
GREEK = {"epsilon": "varepsilon", "eps": "varepsilon", "lam": "lambda"}
"""How names are written that are typed otherwise."""


def to_latex(expression, named: Named = ()) -> str:
    """LaTeX of an expression: 1[i = j], e^{z_i / tau}, diag(y) - y y^T.

    Cases that are a function of `named` at one argument are printed by its name, as that function.
    """
    return _Printer(named).doprint(expression)


class _Printer(LatexPrinter):
    """SymPy's LaTeX, but for names, brackets and order."""

    def __init__(self, named: Named = ()):
        super().__init__()
        self.named = named

    # --- names

    def _print_Symbol(self, expr, style="plain"):
        name = GREEK.get(expr.name, expr.name)
        if len(name) == 2 and name[0] == "d":
            return rf"\mathrm{{d}}{name[1]}"
        if name.endswith("'"):
            return f"{self._deal_with_super_sub(name[:-1])}^{{\\prime}}"
        stem, _, subscript = name.partition("_")
        if len(subscript) > 1 and subscript.isalpha():
            return rf"{self._deal_with_super_sub(stem)}_{{\mathrm{{{subscript}}}}}"
        return self._deal_with_super_sub(name)

    def _print_MatrixSymbol(self, expr):
        return self._print(Symbol(expr.name))

    def _print_Idx(self, expr):
        return self._print(expr.label)

    def _print_IndexedBase(self, expr):
        return self._print(expr.label)

    def _print_Indexed(self, expr, exp=None):
        places = " ".join(self._print(place) for place in expr.indices)
        base, _, prime = self._print(expr.base).partition("^")
        above = "".join(filter(None, (prime.strip("{}"), exp)))
        return f"{base}_{{{places}}}" + (f"^{{{above}}}" if above else "")

    def _helper_print_standard_power(self, expr, template):
        if isinstance(expr.base, Indexed):  # a prime and a power share the place above
            return self._print_Indexed(expr.base, self._print(expr.exp))
        return super()._helper_print_standard_power(expr, template)

    def _print_OneMatrix(self, expr):
        return r"\mathbf{1}"

    # --- functions

    def _print_ExpBase(self, expr, exp=None):
        power = rf"e^{{{self._print_in_line(expr.args[0])}}}"
        return rf"\left({power}\right)^{{{exp}}}" if exp else power

    def _print_in_line(self, expr):
        """An exponent, with a slash for its fraction line."""
        if _is_negative(expr):
            return f"-{self._print_in_line(-expr)}"
        above, below = _fraction(expr)
        for factor in above:
            if factor.is_Add and all(map(_is_negative, factor.args)):
                opposite = expr.xreplace({factor: -factor})
                alone = opposite.is_Add
                return f"-{self._factor(opposite) if alone else self._print_in_line(opposite)}"
        if not below:
            return self._print(expr)
        divisor = self._product(below)
        divisor = rf"({divisor})" if len(below) > 1 else divisor
        return rf"{self._product(above, closed=False)} / {divisor}"

    def _print_KroneckerDelta(self, expr, exp=None):
        i, j = (self._print(place) for place in sorted(expr.args, key=str))
        return self._raised(rf"\mathbf{{1}}[{i} = {j}]", exp)

    def _print_Abs(self, expr, exp=None):
        return self._raised(rf"\left|{self._print(expr.args[0])}\right|", exp)

    def _print_sign(self, expr, exp=None):
        return self._raised(rf"\operatorname{{sign}}({self._print(expr.args[0])})", exp)

    def _print_Expectation(self, expr, exp=None):
        return self._raised(rf"\mathbb{{E}}\left[{self._print(expr.expression)}\right]", exp)

    def _raised(self, text, exp):
        return rf"{text}^{{{exp}}}" if exp else text

    def _print_Piecewise(self, expr):
        """Cases, or an indicator, behind the factors that all branches have in common."""
        for name, function in self.named:
            for argument in sorted(expr.atoms(Indexed, Symbol), key=default_sort_key):
                if function(argument) == expr:
                    return f"{name}({self._print(argument)})"
        values = [value for value, _ in expr.args if value != 0]
        common = set.intersection(*(set(Mul.make_args(value)) for value in values))
        branches = [(value / Mul(*common), condition) for value, condition in expr.args]
        front = Mul(*common)
        if [value for value, _ in branches] == [1, 0]:
            text = rf"\mathbf{{1}}[{self._print(expr.args[0].cond)}]"
        else:
            rows = (f"{self._print(value)} & {self._condition(cond)}" for value, cond in branches)
            text = r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
        return text if front == 1 else rf"{self._factor(front, followed=True)} \, {text}"

    def _condition(self, condition):
        return r"\text{otherwise}" if condition == true else self._print(condition)

    def _print_Relational(self, expr):
        """A comparison, begun with the side that varies."""
        if isinstance(expr.lhs, Sum) and isinstance(mark := expr.lhs.function, IsLargest):
            return rf"{self._extreme(mark.matrix)} \text{{ is attained once}}"
        expr = compared(expr)
        if not _varies(expr.lhs) and (_varies(expr.rhs) or isinstance(expr.rhs, Abs)):
            expr = expr.reversed
        if _is_negative(expr.lhs):
            expr = expr.reversed.func(-expr.lhs, -expr.rhs, evaluate=False)
        return super()._print_Relational(expr)

    def _print_And(self, expr):
        return r",\ ".join(map(self._print, conjuncts(expr)))

    # --- matrices

    def _print_Transpose(self, expr):
        inner = self._print(expr.arg)
        plain = isinstance(expr.arg, MatrixSymbol)
        return rf"{inner}^{{\top}}" if plain else rf"\left({inner}\right)^{{\top}}"

    def _print_DiagMatrix(self, expr):
        return rf"\operatorname{{diag}}({self._print(expr.args[0])})"

    def _print_HadamardProduct(self, expr):
        return r" \odot ".join(self._factor(factor) for factor in expr.args)

    def _print_MatAdd(self, expr):
        return self._print_Add(expr)

    def _print_MatMul(self, expr):
        if _is_negative(expr):
            return f"- {self._factor(_opposite(expr))}"
        coefficient, matrices = expr.as_coeff_matrices()
        front = [] if coefficient == 1 else [self._factor(coefficient)]
        return " ".join([*front, *map(self._factor, matrices)])

    def _print_Tuple(self, expr):
        entries = ", ".join(map(self._print, expr))
        return entries if len(expr) == 1 else rf"\left({entries}\right)"

    # --- sums and products

    def _print_Sum(self, expr):
        if (matrix := extreme_of(expr)) is not None:
            return self._extreme(matrix)
        signs = [
            rf"\sum_{{{self._print(k)}={self._print(lower)}}}^{{{self._print(upper)}}}"
            for k, lower, upper in reversed(expr.limits)
        ]
        return " ".join([*signs, self._factor(expr.function)])

    def _print_SquareMatrix(self, expr):
        if array_of(expr) is not None:
            return self._print(array_of(expr))
        if array_of(expr.transposed) is not None:
            return rf"{self._print(array_of(expr.transposed))}^{{\top}}"
        places = " ".join(map(self._print, expr.variables))
        return rf"\left[{self._print(expr.function)}\right]_{{{places}}}"

    def _extreme(self, matrix):
        name, entry = extreme_in(matrix)
        return rf"\{name}_{{{self._print(matrix.variables[0])}}} {self._factor(entry)}"

    def _print_IsLargest(self, expr, exp=None):
        (matrix, at), (_, entry) = expr.args, extreme_in(expr.matrix)
        own = self._print(substitute(entry, {matrix.variables[0]: at}))
        return self._raised(rf"\mathbf{{1}}[{own} = {self._extreme(matrix)}]", exp)

    def _print_DeterminantOf(self, expr, exp=None):
        if (diagonal := diagonal_of(expr.matrix)) is not None:
            (k, low, high), _ = expr.matrix.limits
            ends = rf"_{{{self._print(k)}={self._print(low)}}}^{{{self._print(high)}}}"
            text = rf"\prod{ends} {self._factor(diagonal)}"
            return rf"\left({text}\right)^{{{exp}}}" if exp else text
        power = rf"^{{{exp}}}" if exp else ""
        return rf"\det{power}\left({self._print(expr.matrix)}\right)"

    def _print_InverseEntry(self, expr, exp=None):
        power = rf"^{{{exp}}}" if exp else ""
        places = " ".join(map(self._print, expr.places))
        matrix = expr.matrix
        is_transposed = array_of(matrix) is None and array_of(matrix.transposed) is not None
        name = self._print(matrix.transposed if is_transposed else matrix)
        above = r"-\top" if is_transposed else "-1"
        return rf"\left({name}^{{{above}}}\right)_{{{places}}}{power}"

    def _print_SymmetricInverseEntry(self, expr, **options):
        return self._print_InverseEntry(expr, **options)

    def _print_Derivative(self, expr):
        variable = self._print(expr.variables[0])
        if _is_short(expr.expr):
            return rf"\frac{{\partial {self._print(expr.expr)}}}{{\partial {variable}}}"
        return rf"\frac{{\partial}}{{\partial {variable}}} {self._factor(expr.expr)}"

    def _print_Add(self, expr, order=None):
        first, *rest = sorted(expr.args, key=_place_of_term)
        text = self._print(first)
        for term in rest:
            sign, size = ("-", self._factor(_opposite(term))) if _is_negative(term) else ("+", "")
            text = f"{_closed(text)} {sign} {size or self._print(term)}"
        return text

    def _print_Mul(self, expr):
        if _is_negative(expr):
            return f"- {self._factor(-expr)}"
        above, below = _fraction(expr)
        if not below:
            return self._product(above)
        long = [factor for factor in above if factor.has(Sum, Piecewise)]
        if long and not any(factor.has(Sum, Piecewise) for factor in below):
            short = [factor for factor in above if factor not in long]
            return f"{self._over(short, below)} {self._product(long, closed=False)}"
        return self._over(above, below)

    def _over(self, above, below):
        return rf"\frac{{{self._product(above)}}}{{{self._product(below)}}}"

    def _product(self, factors, closed=True):
        """Factors side by side; a single one needs no brackets where nothing else is in sight."""
        if closed and len(factors) == 1:
            return self._print(factors[0])
        *front, last = sorted(factors, key=_place_of_factor) or [Integer(1)]
        texts = [*(self._factor(f, followed=True) for f in front), self._factor(last)]
        return re.sub(r"(?<!\\,) \\mathbf\{1\}\[", r" \\, \\mathbf{1}[", " ".join(texts))

    def _factor(self, expr, followed=False):
        """An expression, in brackets where it would be read otherwise as a factor."""
        text = self._print(expr)
        is_sum = isinstance(expr, (Add, MatAdd)) or _is_negative(expr)
        if followed and not is_sum and not _runs_on(expr):
            return _closed(text)
        return rf"\left({text}\right)" if is_sum or followed else text


# --- order ---------------------------------------------------------------------------------------


def _fraction(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """The factors above and below the line; square roots are gathered into one."""
    above, below, root_above, root_below = [], [], Integer(1), Integer(1)
    for factor in Mul.make_args(expr):
        base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, Integer(1))
        if exponent == Rational(1, 2):
            root_above *= base
        elif exponent == -Rational(1, 2):
            root_below *= base
        elif factor.is_Rational:
            above.append(Integer(factor.p))
            below.append(Integer(factor.q))
        elif exponent.is_negative:
            below.append(base**-exponent)
        else:
            above.append(factor)
    if root_above.is_Integer and root_above in below:  # sqrt(2) / 2 = 1 / sqrt(2)
        below.remove(root_above)
        root_above, root_below = Integer(1), root_above * root_below
    if root_above != 1:
        above.append(_root(root_above / root_below))
    elif root_below != 1:
        below.append(_root(root_below))
    return [f for f in above if f != 1], [f for f in below if f != 1]


def _root(radicand: Expr) -> Expr:
    return Pow(radicand, Rational(1, 2), evaluate=False)


def _runs_on(expr: Expr) -> bool:
    """Whether a factor behind the expression would seem to belong to it."""
    if isinstance(expr, Derivative):
        return not _is_short(expr.expr)
    if expr.is_Mul:
        return any(map(_runs_on, expr.args))
    return isinstance(expr, Sum)


def _closed(text: str) -> str:
    """A text that something follows: cases at its end would seem to have that in their last one."""
    begin, end = r"\begin{cases}", r"\end{cases}"
    if not text.endswith(end):
        return text
    start = text.rfind(begin)
    start = start if text.count(end, start) == 1 else 0  # of cases within cases, the whole text
    return rf"{text[:start]}\left({text[start:]}\right)"


def _is_short(expr: Expr) -> bool:
    return isinstance(expr, (Symbol, Indexed, exp))


def _is_negative(expr: Expr) -> bool:
    coefficient, _ = expr.as_coeff_mmul() if isinstance(expr, MatMul) else expr.as_coeff_Mul()
    return coefficient.is_negative is True


def _opposite(term: Expr) -> Expr:
    return (-term).doit() if isinstance(term, MatrixExpr) else -term


def _varies(expr: Expr) -> bool:
    return expr.has(Indexed) or any(_is_data(symbol) for symbol in expr.free_symbols)


def _is_data(symbol: Basic) -> bool:
    """Whether a symbol is r, or a term of a sequence such as g_1, and no constant as beta_1 is."""
    stem, _, number = str(symbol).partition("_")
    return len(stem.removesuffix("hat")) == 1 and (number.isdigit() or stem in "grxyz")


def _place_of_term(term: Expr) -> tuple:
    """Numbers, sums, products, single letters, epsilon; what is subtracted comes last."""
    is_product = isinstance(term, (Mul, MatMul))
    kinds = (
        isinstance(term, (Number, OneMatrix)),
        str(term).startswith("epsilon"),
        isinstance(term, Sum),
        is_product and any(place.is_Add for e in term.atoms(Indexed) for place in e.indices),
        is_product and not term.has(Sum) and not any(factor.is_Add for factor in term.args),
        is_product,
        not term.is_Symbol,
        True,
    )
    kind, text = kinds.index(True), str(term)
    if _is_negative(term):
        return True, len(text), text
    return False, len(kinds) if kind == 1 else kind, text


def _place_of_factor(factor: Expr) -> tuple:
    """Numbers, constants, entries, indicators, functions, brackets; sums come last."""
    base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, Integer(1))
    varies = _varies(base) or base.has(Sum)
    is_plain = not base.is_Add and not base.is_Function
    kinds = (
        base.is_number,
        not varies and is_plain and exponent.is_Integer,
        not varies and is_plain,
        not varies and base.is_Add,
        isinstance(base, (Symbol, Indexed)),
        isinstance(base, KroneckerDelta),
        not base.has(Sum, Piecewise) and not base.is_Add,
        not base.has(Sum, Piecewise),
        not isinstance(factor, (Sum, Derivative)),
        True,
    )
    name = str(base)
    is_greek = len(name.partition("_")[0]) > 1
    first = name.startswith("d") if varies else base.is_integer
    return kinds.index(True), not first, not is_greek, name.lower()
