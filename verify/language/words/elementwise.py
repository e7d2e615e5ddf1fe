"""Functions of entries, by the names that NumPy, JAX and PyTorch have for them."""

from __future__ import annotations

from collections.abc import Callable
from operator import mul, truediv

from sympy import (
    Abs,
    Expr,
    Pow,
    acos,
    asin,
    asinh,
    atan,
    atan2,
    cos,
    cosh,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from derivations.prover.needs import Need, Sign
from verify.language.definedness import Needs, logarithm, power, quotient, root
from verify.language.tensor import ONE, ZERO, branches, choose


def maximum(a: Expr, b: Expr) -> Expr:
    """The larger of two numbers; of x and 0 by the condition x > 0, as in a relu."""
    a, b = (b, a) if a.is_number else (a, b)
    return choose(a > b, a, b)


def minimum(a: Expr, b: Expr) -> Expr:
    """The smaller of two numbers, of x and 1 by the condition x < 1."""
    a, b = (b, a) if a.is_number else (a, b)
    return choose(a < b, a, b)


def clip(x: Expr, low: Expr, high: Expr) -> Expr:
    """NumPy's min(max(x, low), high): `high` wins where the bounds are the wrong way round."""
    return branches((high, (x > high) | (low > high)), (low, x < low), (x, True))


def sign_of(x: Expr) -> Expr:
    """-1, 0 or 1: an odd function, of x or -x as SymPy's own are."""
    return -sign(-x) if x.could_extract_minus_sign() else sign(x)


def sigmoid(x: Expr) -> Expr:
    """1/(1 + e^-x)."""
    return 1 / (1 + exp(-x))


def relu(x: Expr) -> Expr:
    """max(x, 0)."""
    return choose(x > 0, x, ZERO)


def softplus(x: Expr) -> Expr:
    """log(1 + e^x)."""
    return log(1 + exp(x))


def arccosh(x: Expr) -> Expr:
    """log(x + (x^2 - 1)^(1/2)): SymPy's own has a derivative in two roots."""
    return log(x + sqrt(x**2 - 1))


def arctanh(x: Expr) -> Expr:
    """Half of log((1 + x)/(1 - x))."""
    return (log(1 + x) - log(1 - x)) / 2


def heaviside(x: Expr, at_zero: Expr) -> Expr:
    """0 below zero, 1 above, `at_zero` at it."""
    return branches((ZERO, x < 0), (ONE, x > 0), (at_zero, True))


ELEMENTWISE: dict[str, tuple[int, Callable[..., Expr]]] = {
    "exp": (1, exp),
    "expm1": (1, lambda x: exp(x) - 1),
    "log": (1, log),
    "log1p": (1, lambda x: log(1 + x)),
    "log2": (1, lambda x: log(x) / log(2)),
    "log10": (1, lambda x: log(x) / log(10)),
    "sqrt": (1, sqrt),
    "rsqrt": (1, lambda x: 1 / sqrt(x)),
    "square": (1, lambda x: x**2),
    "reciprocal": (1, lambda x: 1 / x),
    "abs": (1, Abs),
    "sign": (1, sign_of),
    "sin": (1, sin),
    "cos": (1, cos),
    "tan": (1, tan),
    "sinh": (1, sinh),
    "cosh": (1, cosh),
    "tanh": (1, tanh),
    "arcsin": (1, asin),
    "arccos": (1, acos),
    "arctan": (1, atan),
    "arctan2": (2, atan2),
    "arcsinh": (1, asinh),
    "arccosh": (1, arccosh),
    "arctanh": (1, arctanh),
    "erf": (1, erf),
    "sigmoid": (1, sigmoid),
    "logsigmoid": (1, lambda x: -softplus(-x)),
    "softplus": (1, softplus),
    "relu": (1, relu),
    "logaddexp": (2, lambda a, b: log(exp(a) + exp(b))),
    "minimum": (2, minimum),
    "maximum": (2, maximum),
    "heaviside": (2, heaviside),
    "clip": (3, clip),
    "multiply": (2, mul),
    "divide": (2, truediv),
    "power": (2, Pow),
}
"""Name, number of arguments, and the function of their entries."""
OTHER_NAMES = {
    "absolute": "abs", "fabs": "abs", "expit": "sigmoid", "log_sigmoid": "logsigmoid",
    "fmax": "maximum", "fmin": "minimum",
    "clamp": "clip", "sub": "subtract", "mul": "multiply",
    "div": "divide", "true_divide": "divide", "pow": "power", "neg": "negative", "sgn": "sign",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh",
}  # fmt: skip
"""Names of other libraries, and what they are called here."""


def _within_one(x: Expr) -> Needs:
    return (Need(1 - x**2, Sign.NONNEGATIVE),)


NEEDS: dict[str, Callable[..., Needs]] = {
    "log": logarithm,
    "log1p": lambda x: logarithm(1 + x),
    "log2": logarithm,
    "log10": logarithm,
    "sqrt": root,
    "rsqrt": lambda x: (Need(x, Sign.POSITIVE),),
    "reciprocal": lambda x: quotient(ONE, x),
    "tan": lambda x: quotient(ONE, cos(x)),
    "arcsin": _within_one,
    "arccos": _within_one,
    "arccosh": lambda x: (Need(x - 1, Sign.NONNEGATIVE),),
    "arctanh": lambda x: (Need(1 - x**2, Sign.POSITIVE),),
    "arctan2": lambda y, x: (Need(x**2 + y**2, Sign.NONZERO, is_of_rules=True),),
    "divide": quotient,
    "power": power,
}
"""What a function of entries needs, by name; the others have a value everywhere."""
NUMBERS = {"pi": pi}
"""Numbers that have a name."""
