"""Prints a tree of array expressions in LaTeX, as a textbook writes matrices."""

from __future__ import annotations

from fractions import Fraction

from sympy import Symbol

from derivations.latex import to_latex as symbol_to_latex
from verify.differentiation import construction as build
from verify.differentiation.along_axis import ALONG_ONE_AXIS
from verify.differentiation.nodes import (
    ONE,
    ZERO,
    Add,
    Call,
    Elementwise,
    Eye,
    MatMul,
    Mul,
    Name,
    NewAxis,
    Node,
    Number,
    Ones,
    Sum,
    Transpose,
)
from verify.differentiation.selection import ends_of_rows, is_selection
from verify.language.words.parts import span_of

SUM, CIRCLED, PRODUCT, POWER, ATOM = range(5)
"""How tightly a text holds together."""
GREEK = {"lam": r"\lambda", "eps": r"\varepsilon", "pi": r"\pi", "sig": r"\sigma", "gam": r"\gamma"}
WORDS = {
    "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "tan": r"\tan",
    "sinh": r"\sinh", "cosh": r"\cosh", "tanh": r"\tanh", "arcsin": r"\arcsin",
    "arccos": r"\arccos", "arctan": r"\arctan", "det": r"\det", "sigmoid": r"\sigma",
    "trace": r"\operatorname{tr}", "maximum": r"\max", "minimum": r"\min",
    "max": r"\max", "min": r"\min", "prod": r"\prod",
}  # fmt: skip
SIGNS = {"<=": r"\le", ">=": r"\ge", "!=": r"\ne", "==": "=", "&": r"\land", "|": r"\lor"}
HALF = build.number(Fraction(1, 2))
Text = tuple[str, int]


def to_latex(node: Node) -> str:
    """The LaTeX of an expression; a product entry by entry of arrays is a circled dot."""
    return _text(node)[0]


def _text(node: Node) -> Text:
    match node:
        case Number(value=value):
            return _fraction(value), ATOM if value >= 0 else SUM
        case Name(name=name):
            return _name(name), ATOM
        case Ones(extents=extents):
            return rf"\mathbf{{1}}_{{{' '.join(map(symbol_to_latex, extents))}}}", ATOM
        case Eye(extent=extent):
            return f"I_{{{symbol_to_latex(extent)}}}", ATOM
        case Add(terms=terms):
            return _sum(terms), SUM
        case Mul():
            return _product(node)
        case MatMul() if (vector := _squared(node)) is not None:
            return rf"\lVert {to_latex(vector)} \rVert^{{2}}", POWER
        case MatMul(factors=factors):
            return _chain(factors), PRODUCT
        case Transpose(operand=operand):
            return rf"{_at_least(operand, ATOM)}^{{\top}}", POWER
        case NewAxis(operand=operand):
            return rf"{_at_least(operand, PRODUCT)}\,\mathbf{{1}}^{{\top}}", PRODUCT
        case Sum(operand=operand, axes=axes):
            return _total(operand, axes), CIRCLED
        case Elementwise(name=name, arguments=arguments):
            return _function(name, arguments)
        case Call() if is_selection(node):
            return _rows(node), ATOM
        case Call(name=name, arguments=arguments):
            return _called(name, arguments)
    raise TypeError(f"no LaTeX for {type(node).__name__}")


def _rows(node: Call) -> str:
    """Rows of the unit matrix, counted from 1: a unit vector, or all from one to another."""
    before, size = span_of(ends_of_rows(node), node.shape[-1])
    first, last = symbol_to_latex(before + 1), symbol_to_latex(before + size)
    return rf"\mathbf{{e}}_{{{first}}}" if node.name == "row" else f"I_{{{first}:{last}}}"


def _at_least(node: Node, tightness: int) -> str:
    text, own = _text(node)
    return text if own >= tightness else rf"\left({text}\right)"


def _name(name: str) -> str:
    return GREEK.get(name) or symbol_to_latex(Symbol(name))


def _fraction(value: Fraction) -> str:
    size = abs(value)
    text = (
        str(size) if size.denominator == 1 else rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}"
    )
    return "-" + text if value < 0 else text


def _sum(terms: tuple[tuple[Fraction, Node], ...]) -> str:
    text = ""
    for coefficient, term in sorted(terms, key=lambda pair: pair[0] < 0):
        part = _at_least(build.mul(build.number(abs(coefficient)), term), CIRCLED)
        sign = "-" if coefficient < 0 else "+"
        text += f" {sign} {part}" if text else ("-" if coefficient < 0 else "") + part
    return text


def _product(node: Mul) -> Text:
    above: list[tuple[Node, Node]] = []
    below: list[tuple[Node, Node]] = []
    for base, exponent in node.powers:
        if isinstance(exponent, Number) and exponent.value < 0 and not base.shape:
            below.append((base, build.number(-exponent.value)))
        else:
            above.append((base, exponent))
    above.sort(key=lambda power: bool(power[0].shape))
    numbers = [power for power in above if not power[0].shape]
    arrays = [power for power in above if power[0].shape]
    size, sign = abs(node.coefficient), "-" if node.coefficient < 0 else ""
    if below:
        top = [str(size.numerator)] if size.numerator != 1 else []
        bottom = [str(size.denominator)] if size.denominator != 1 else []
        over = r"\, ".join([*top, *_side_by_side(numbers)]) or "1"
        is_alone = len(below) == 1 and not bottom
        under = r"\, ".join([*bottom, *_side_by_side(below, least=SUM if is_alone else PRODUCT)])
        front = [rf"\frac{{{over}}}{{{under}}}"]
    else:
        front = [_fraction(size)] if size != 1 or not above else []
        front += _side_by_side(numbers, is_followed=bool(arrays))
    joined = r"\, ".join([*front, r" \odot ".join(_side_by_side(arrays))] if arrays else front)
    if sign:
        return sign + joined, SUM
    last, _ = above[-1] if above else (ONE, ONE)
    if len(arrays) > 1 or (isinstance(last, Sum) and (arrays or not below)):
        return joined, CIRCLED
    alone = len(node.powers) == 1 and size == 1 and not below
    return joined, POWER if alone else PRODUCT


def _side_by_side(
    powers: list[tuple[Node, Node]], is_followed: bool = False, least: int = PRODUCT
) -> list[str]:
    """Factors that hold together so tightly; a total needs no brackets where it is the last."""
    texts = [_power(base, exponent, least) for base, exponent in powers]
    if powers and not is_followed and isinstance(powers[-1][0], Sum):
        texts[-1] = _power(*powers[-1], min(least, CIRCLED))
    return texts


def _power(base: Node, exponent: Node, least: int = PRODUCT) -> str:
    if exponent == ONE:
        return _at_least(base, least)
    if isinstance(exponent, Number) and (vector := _squared(base)) is not None:
        power = 2 * exponent.value
        return rf"\lVert {to_latex(vector)} \rVert" + (f"^{{{power}}}" if power != 1 else "")
    if exponent == HALF:
        return rf"\sqrt{{{to_latex(base)}}}"
    circle = r"\circ " if base.shape else ""
    return rf"{_at_least(base, ATOM)}^{{{circle}{to_latex(exponent)}}}"


def _squared(node: Node) -> Node | None:
    """The vector whose product with itself a number is."""
    match node:
        case MatMul(factors=(first, second)) if not node.shape and first == second:
            return first
    return None


def _chain(factors: tuple[Node, ...]) -> str:
    """A product of matrices; a vector in front of one lies."""
    texts = [_at_least(factor, PRODUCT) for factor in factors]
    if factors[0].ndim == 1:
        texts[0] = rf"{_at_least(factors[0], ATOM)}^{{\top}}"
    return r"\, ".join(texts)


def _total(operand: Node, axes: tuple[int, ...]) -> str:
    return rf"\textstyle\sum{_which(operand, axes)} {_at_least(operand, PRODUCT)}"


def _which(operand: Node, axes: tuple[int, ...]) -> str:
    """Over what of a matrix a function runs, as a subscript."""
    if len(axes) == operand.ndim:
        return ""
    return rf"_{{\text{{{'rows' if axes == (0,) else 'columns'}}}}}"


def _function(name: str, arguments: tuple[Node, ...]) -> Text:
    texts = list(map(to_latex, arguments))
    match name:
        case "abs":
            return rf"\left|{texts[0]}\right|", ATOM
        case "where":
            test, yes, no = texts
            if arguments[1:] == (ONE, ZERO):
                return rf"\mathbf{{1}}[{test}]", ATOM
            return (
                rf"\begin{{cases}} {yes} & {test} \\ {no} & \text{{else}} \end{{cases}}",
                PRODUCT,
            )
        case "~":
            return rf"\lnot {_at_least(arguments[0], ATOM)}", PRODUCT
        case "<" | "<=" | ">" | ">=" | "==" | "!=" | "&" | "|":
            return f" {SIGNS.get(name, name)} ".join(texts), SUM
    return _applied(name, texts)


def _called(name: str, arguments: tuple[Node, ...]) -> Text:
    texts = list(map(to_latex, arguments))
    match name:
        case "inv" if isinstance(arguments[0], Transpose):
            return rf"{_at_least(arguments[0].operand, ATOM)}^{{-\top}}", POWER
        case "inv":
            return rf"{_at_least(arguments[0], ATOM)}^{{-1}}", POWER
        case "outer":
            first, second = (_at_least(argument, ATOM) for argument in arguments)
            return rf"{first}\, {second}^{{\top}}", PRODUCT
        case "logdet":
            return rf"\log\det\left({texts[0]}\right)", PRODUCT
        case "diagonal":
            return _applied("diag", texts)
        case _ if name in ALONG_ONE_AXIS:
            which = _which(arguments[0], (int(arguments[1].value),))  # type: ignore[attr-defined]
            return rf"{_word(name)}{which}\left({texts[0]}\right)", ATOM
    return _applied(name, texts)


def _applied(name: str, texts: list[str]) -> Text:
    return rf"{_word(name)}\left({', '.join(texts)}\right)", ATOM


def _word(name: str) -> str:
    return WORDS.get(name) or rf"\operatorname{{{name.replace('_', ' ')}}}"
