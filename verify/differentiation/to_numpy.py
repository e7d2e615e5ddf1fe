"""Prints a tree of array expressions in NumPy's notation, with as few brackets as it reads well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from verify.differentiation import construction as build
from verify.differentiation.along_axis import ALONG_ONE_AXIS, axis_of
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
    NoMatrixFormError,
    Number,
    Ones,
    Sum,
    Transpose,
)
from verify.differentiation.selection import apart, is_selection, places_text, selected

SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)
"""How tightly a text holds together."""
LONGEST_SQUARED = 7
"""x @ x up to this length, sum(x**2) beyond."""
LARGEST_DENOMINATOR = 12
"""A fraction up to here, a decimal number beyond, if it ends."""
OPPOSITE = {">": "<=", "<": ">=", ">=": "<", "<=": ">", "==": "!=", "!=": "=="}
CALLED = {"diagonal": "diag"}
HALF = Fraction(1, 2)
Text = tuple[str, int]


def to_numpy(node: Node) -> str:
    """The text of an expression, in the language that it was read from."""
    return Printer().text(node)[0]


class Printer:
    """Texts with their tightness; those of sums and products of matrices also try the transpose.

    `words` says how a function is written elsewhere, with {0} for its first argument; `named` are
    parts that have a name.
    """

    def __init__(
        self,
        words: Callable[[str, list[str]], str] | None = None,
        named: Mapping[Node, str] | None = None,
        turning: bool = True,
    ):
        self.say = words or (lambda name, arguments: f"{name}({', '.join(arguments)})")
        self.named = named or {}
        self.turning = turning
        self.texts: dict[Node, Text] = {node: (name, ATOM) for node, name in self.named.items()}

    @cached_property
    def _turned(self) -> Printer:
        """What prints a transpose, which is not turned back."""
        return Printer(self.say, self.named, turning=False)

    def text(self, node: Node) -> Text:
        """The text of a node, and how tightly it holds together."""
        if node not in self.texts:
            self.texts[node] = self._shorter(node, getattr(self, type(node).__name__.lower())(node))
        return self.texts[node]

    def at_least(self, node: Node, tightness: int) -> str:
        """The text, in brackets where it would fall apart."""
        text, own = self.text(node)
        return text if own >= tightness else f"({text})"

    def _shorter(self, node: Node, plain: Text) -> Text:
        if not self.turning or node.ndim < 2 or not isinstance(node, (Add, Mul)):
            return plain
        if ".T" not in plain[0]:
            return plain
        try:
            text, tightness = self._turned.text(build.transpose(node))
        except NoMatrixFormError:
            return plain
        turned = f"({text}).T" if tightness < ATOM else f"{text}.T"
        return (turned, ATOM) if length(turned) < length(plain[0]) else plain

    # --- leaves

    def number(self, node: Number) -> Text:
        """A rational number."""
        return _rational(node.value)

    def name(self, node: Name) -> Text:
        """A name."""
        return node.name, ATOM

    def ones(self, node: Ones) -> Text:
        """Ones of a shape."""
        sizes = ", ".join(map(str, node.extents))
        return self.say("ones", [sizes if node.ndim == 1 else f"({sizes})"]), ATOM

    def eye(self, node: Eye) -> Text:
        """The unit matrix."""
        return self.say("eye", [str(node.extent)]), ATOM

    # --- sums and products

    def add(self, node: Add) -> Text:
        """Terms that are added stand in front of those that are subtracted."""
        parts = [(c < 0, build.mul(build.number(abs(c)), term)) for c, term in node.terms]
        parts.sort(key=lambda part: part[0])
        text = ""
        for negative, term in parts:
            written = self.at_least(term, PRODUCT)
            text += (" - " if negative else " + ") + written if text else "-" * negative + written
        return text, SUM

    def mul(self, node: Mul) -> Text:
        """Numbers, then powers, over what is divided by."""
        coefficient, powers = node.coefficient, self._with_means(node.powers)
        above, below = [], []
        for base, exponent in powers:
            if isinstance(exponent, Number) and exponent.value < 0:
                below.append((base, build.number(-exponent.value)))
            else:
                above.append((base, exponent))
        size = abs(coefficient)
        numbers, dividers = _as_factors(size)
        sign = "-" if coefficient < 0 else ""
        if not above and not below:
            return sign + _rational(size)[0], SIGNED if sign else ATOM
        arrays = sum(bool(base.shape or e.shape) for base, e in powers)
        above.sort(key=lambda pair: _place(pair[0], bool(arrays)))
        chains = sum(isinstance(base, MatMul) for base, _ in above)
        top = numbers + [
            self._factor(
                *pair, alone=(arrays <= 1 and bool(pair[0].shape)) or (not arrays and chains == 1)
            )
            for pair in above
        ]
        if len(above) > 1 and all(e == ONE and self._indicator(b) for b, e in above):
            top[len(numbers)] = self.at_least(
                above[0][0], POWER
            )  # a product of truths is no number
        if len(above) == 1 and not numbers and not dividers and not below:
            base, exponent = above[0]
            is_truth = exponent == ONE and self._indicator(base) is not None
            # NumPy has no -(x > 0): a truth value counts as a number in a product alone
            text, tightness = self.text(base) if sign and is_truth else self._power(base, exponent)
            if tightness >= PRODUCT:
                return sign + text, (PRODUCT if sign else tightness)
        flipped = _flipped(*above[0]) if sign and not numbers and len(above) == 1 else None
        if flipped and not dividers and not below:
            return self.text(flipped)
        if flipped:
            sign, top = "", [self.at_least(flipped, PRODUCT)]
        bottom = dividers + [self._factor(*pair, alone=False) for pair in below]
        text = sign + ("*".join(top) or "1")
        if len(bottom) == 1 and (dividers or self._power(*below[0])[1] >= POWER):
            text += f"/{bottom[0]}"
        elif len(bottom) == 1:
            text += f"/({self._power(*below[0])[0]})"
        elif bottom:
            text += f"/({'*'.join(bottom)})"
        return text, PRODUCT

    def _factor(self, base: Node, exponent: Node, alone: bool) -> str:
        text, tightness = self._power(base, exponent)
        loose = isinstance(base, MatMul) and exponent == ONE and tightness == PRODUCT
        if tightness >= POWER or (loose and alone):
            return text
        return f"({text})"

    def _power(self, base: Node, exponent: Node) -> Text:
        if exponent == ONE:
            return self._indicator(base) or self.text(base)
        if isinstance(exponent, Number) and exponent.value.denominator == 2:
            if (length := _norm_of(base)) is not None:
                root, odd = self.say("norm", [self.text(length)[0]]), exponent.value.numerator
                return (root, ATOM) if odd == 1 else (f"{root}**{odd}", POWER)
            if exponent.value == HALF:
                return self.say("sqrt", [self.text(base)[0]]), ATOM
        text = self.at_least(exponent, ATOM)
        if isinstance(exponent, Number) and exponent.value.denominator == 2:
            text = repr(float(exponent.value))
        return f"{self.at_least(base, ATOM)}**{text}", POWER

    def _indicator(self, node: Node) -> Text | None:
        """A truth value counts as 0 and 1 in a product."""
        match node:
            case Elementwise("where", (Elementwise() as test, yes, no)) if {yes, no} == {ONE, ZERO}:
                if no == ONE:
                    if test.name not in OPPOSITE:
                        return None
                    test = Elementwise(OPPOSITE[test.name], test.arguments)
                return f"({self.text(test)[0]})", ATOM
        return None

    def _with_means(self, powers: Sequence[tuple[Node, Node]]) -> list[tuple[Node, Node]]:
        """A sum over the number of entries is a mean."""
        exponents = dict(powers)
        for base in list(exponents):
            inner = base.operand if isinstance(base, NewAxis) else base
            if (squared := self._long_squared(inner)) is not None:
                inner = Sum(build.power(squared, build.number(2)), (0,))
            if not isinstance(inner, Sum) or exponents[base] != ONE:
                continue
            sizes = [build.extent_of(inner.operand.shape[axis]) for axis in inner.axes]
            if len(set(sizes)) < len(sizes):
                continue
            if all(exponents.get(size) == build.number(-1) for size in sizes):
                for size in sizes:
                    del exponents[size]
                mean = Call("mean", (inner.operand, *map(build.number, inner.axes)), inner.shape)
                exponents = {
                    (NewAxis(mean) if isinstance(base, NewAxis) else mean) if b == base else b: e
                    for b, e in exponents.items()
                }
        return list(exponents.items())

    def matmul(self, node: MatMul) -> Text:
        """Matrices in their order; a vector times itself is a sum of squares, and entries or a part
        are in brackets.
        """
        if chosen := selected(node):
            return f"{self.at_least(chosen[0], ATOM)}[{', '.join(chosen[1])}]", ATOM
        if (squared := self._long_squared(node)) is not None:
            return self.say("sum", [f"{self.at_least(squared, ATOM)}**2"]), ATOM
        return " @ ".join(self.at_least(factor, ATOM) for factor in apart(node)), PRODUCT

    def _long_squared(self, node: Node) -> Node | None:
        """x of x @ x, if it takes many characters."""
        match node:
            case MatMul((first, second)) if first == second and not node.shape:
                return first if length(self.at_least(first, ATOM)) > LONGEST_SQUARED else None
        return None

    def transpose(self, node: Transpose) -> Text:
        """The operand with .T."""
        return f"{self.at_least(node.operand, ATOM)}.T", ATOM

    def newaxis(self, node: NewAxis) -> Text:
        """The operand as a column."""
        return f"{self.at_least(node.operand, ATOM)}[:, None]", ATOM

    # --- functions

    def sum(self, node: Sum) -> Text:
        """A sum along axes."""
        return self._along("sum", node.operand, node.axes), ATOM

    def _along(self, name: str, operand: Node, axes: tuple[int, ...]) -> str:
        axis = [] if len(axes) == operand.ndim else [f"axis={axes[0]}"]
        return self.say(name, [self.text(operand)[0], *axis])

    def elementwise(self, node: Elementwise) -> Text:
        """A comparison, or a function by its name."""
        texts = [self.text(argument)[0] for argument in node.arguments]
        if node.name in OPPOSITE:
            return f" {node.name} ".join(texts), SUM - 1
        if node.name in ("&", "|"):
            return f" {node.name} ".join(f"({text})" for text in texts), SUM - 1
        if node.name == "~":
            return f"~({texts[0]})", SIGNED
        return self.say(node.name, texts), ATOM

    def call(self, node: Call) -> Text:
        """A function of whole arrays by its name."""
        if node.name == "mean":
            operand, *axes = node.arguments
            return self._along("mean", operand, tuple(int(a.value) for a in axes)), ATOM  # type: ignore[attr-defined]
        if node.name in ALONG_ONE_AXIS:
            return self._along(node.name, node.arguments[0], (axis_of(node),)), ATOM
        if is_selection(node):
            return f"{self.text(Eye(node.extents[-1]))[0]}[{places_text(node)}]", ATOM
        texts = [self.text(argument)[0] for argument in node.arguments]
        for outer, inner in (("log", "det"), ("log", "softmax")):
            if node.name in (outer + inner, f"{outer}_{inner}"):
                return self.logarithm(inner, texts), ATOM
        return self.say(CALLED.get(node.name, node.name), texts), ATOM

    def logarithm(self, inner: str, texts: list[str]) -> str:
        """The logarithm of a determinant or a softmax."""
        return self.say("log", [self.say(inner, texts)])


def _place(base: Node, among_arrays: bool) -> int:
    """Numbers stand in front, then names, then the rest; conditions and sums over chains last."""
    if isinstance(base, Ones) or (isinstance(base, Elementwise) and base.name == "where"):
        return 2
    if among_arrays:
        return int(bool(base.shape))
    return int(isinstance(base, MatMul))


def _flipped(base: Node, exponent: Node) -> Add | None:
    """-(a - b) as b - a."""
    if not isinstance(base, Add) or exponent != ONE or all(c > 0 for c, _ in base.terms):
        return None
    return Add(tuple((-c, term) for c, term in base.terms))


def _norm_of(base: Node) -> Node | None:
    match base:
        case MatMul((first, second)) if first == second and first.ndim == 1:
            return first
        case Sum(Mul(coefficient=c, powers=((inner, exponent),))) if (
            not base.shape and c == 1 and exponent == build.number(2)
        ):
            return inner
    return None


def _rational(value: Fraction) -> Text:
    sign = "-" if value < 0 else ""
    top, bottom = _as_factors(abs(value))
    text = sign + ("*".join(top) or "1") + "".join(f"/{b}" for b in bottom)
    return text, SIGNED if sign else PRODUCT if bottom else ATOM


def _as_factors(value: Fraction) -> tuple[list[str], list[str]]:
    """A positive number as what stands above and below the line."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if value.denominator > LARGEST_DENOMINATOR and rest == 1:
        return [repr(float(value))], []
    top = [] if value.numerator == 1 else [str(value.numerator)]
    return top, [] if value.denominator == 1 else [str(value.denominator)]


def length(text: str) -> int:
    """The characters without spaces."""
    return len(text.replace(" ", ""))
