"""Draws functions over all words of the language, with the shapes of their names, from a seed.

Every function has a value at every point away from kinks: logarithms, roots and divisors are of
expressions that are positive by their form, and what needs numbers below 1 gets a tanh.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Shape = tuple[str, ...]

SIZES = ("n", "d", "m")
NUMBERS = ("2", "3", "0.5", "1/3", "-1", "lam", "pi", "n", "len(y)", "X.size", "X.shape[1]")
BOUNDED = ("tanh", "sin", "cos", "sigmoid", "arctan", "erf", "sign")
GROWING = (
    "abs",
    "relu",
    "softplus",
    "logsigmoid",
    "silu",
    "gelu",
    "leaky_relu",
    "elu",
    "negative",
    "arcsinh",
)
FAST = ("exp", "expm1", "sinh", "cosh", "square")
OF_POSITIVE = ("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal")
BELOW_ONE = ("arcsin", "arccos", "tan", "arctanh")
SIMPLE = (
    "tanh",
    "sin",
    "exp",
    "log",
    "sqrt",
    "abs",
    "sum",
    "mean",
    "maximum",
    "where",
    "outer",
    "diag",
    "max",
    "min",
    "prod",
    "cumsum",
    "flip",
)
"""Words of NumPy itself, which may come with its name."""
NAMES: dict[Shape, tuple[str, ...]] = {
    (): ("lam", "alpha"),
    ("n",): ("y", "b"),
    ("d",): ("w", "x"),
    ("m",): ("c", "v"),
    ("n", "d"): ("X",),
    ("n", "n"): ("A", "S"),
    ("d", "d"): ("B",),
    ("d", "m"): ("W",),
    ("n", "m"): ("Y", "Z"),
}


@dataclass(frozen=True)
class RandomObjective:
    """A function's text, the sizes of its names, and the name to differentiate by."""

    function: str
    shape: Shape
    names: dict[str, Shape]
    wrt: str


def random_objective(seed: int, depth: int = 4, shape: Shape | None = None) -> RandomObjective:
    """A function with a number for its value, unless a shape is asked for."""
    rng = np.random.default_rng(seed)
    for _ in range(100):
        drawing = _Drawing(rng)
        text = drawing.draw(shape or (), depth)
        if any(name in text for name in drawing.used):
            break
    names = {n: s for n, s in drawing.used.items() if re.search(rf"\b{n}\b", text)}
    return RandomObjective(text, shape or (), names, str(rng.choice(sorted(names))))


@dataclass
class _Drawing:
    rng: np.random.Generator
    used: dict[str, Shape] = field(default_factory=dict)

    def draw(self, shape: Shape, depth: int) -> str:
        """An expression of a shape; its text can stand as a factor."""
        if depth <= 0:
            return self.leaf(shape)
        rules: list[Callable[[Shape, int], str]] = [self.entrywise] * 3
        rules += {0: [self.scalar] * 6, 1: [self.vector] * 4, 2: [self.matrix] * 4}[len(shape)]
        return self.choose(rules)(shape, depth - 1)

    def choose(self, options):
        return options[int(self.rng.integers(len(options)))]

    def leaf(self, shape: Shape) -> str:
        if shape not in NAMES:
            if shape[::-1] in NAMES:
                return f"{self.leaf(shape[::-1])}.T"
            return f"outer({self.leaf(shape[:1])}, {self.leaf(shape[1:])})"
        name = self.choose(NAMES[shape])
        self.used[name] = shape
        return name

    def any_shape(self, least: int = 1) -> Shape:
        size = lambda: self.choose(SIZES)  # noqa: E731
        return (size(),) if least == 1 and self.rng.random() < 0.5 else (size(), size())

    def positive(self, shape: Shape, depth: int) -> str:
        inner = self.draw(shape, depth - 1)
        return self.choose(
            [
                f"exp({inner}/4)",
                f"(1 + {inner}**2)",
                f"(2 + tanh({inner}))",
                f"(1 + exp({inner}/3))",
            ]
        )

    def number(self) -> str:
        text = self.choose(NUMBERS)
        for name, shape in {"lam": (), "y": ("n",), "X": ("n", "d")}.items():
            if re.search(rf"\b{name}\b", text):
                self.used[name] = shape
        return f"({text})"

    def untied(self, shape: Shape, depth: int) -> str:
        """An array in which no two entries are alike, so that one alone is the largest."""
        return f"({self.leaf(shape)} + {self.draw(shape, depth - 1)}/7)"

    def condition(self, shape: Shape, depth: int) -> str:
        a, b, c = (self.draw(shape, depth - 1) for _ in range(3))
        return self.choose(
            [f"{a} > {b}", f"{a} <= {b}", f"({a} > 0) & ({b} < 1)", f"({a} > 1) | ~({b} >= {c})"]
        )

    def entrywise(self, shape: Shape, depth: int) -> str:
        a = lambda: self.draw(shape, depth)  # noqa: E731
        positive = lambda: self.positive(shape, depth)  # noqa: E731
        pick = self.choose
        return pick(
            [
                lambda: f"({a()} + {a()})",
                lambda: f"({a()} - {a()})",
                lambda: f"({a()} * {a()})",
                lambda: f"({a()} / {positive()})",
                lambda: f"(-{a()})",
                lambda: f"({self.number()}*{a()})",
                lambda: f"({a()} + {self.draw((), depth)})",
                lambda: f"({self.draw((), depth)} * {a()})",
                lambda: f"{self.word(BOUNDED)}({a()})",
                lambda: f"{self.word(GROWING)}({a()})",
                lambda: f"{self.word(FAST)}({a()}/5)",
                lambda: f"{self.word(OF_POSITIVE)}({positive()})",
                lambda: f"{pick(BELOW_ONE)}(tanh({a()})/2)",
                lambda: f"arccosh(1 + {positive()})",
                lambda: f"({a()}**{pick(['2', '3'])})",
                lambda: f"({positive()}**(-1.5))",
                lambda: f"power({positive()}, {pick(['2', '0.5', '-1'])})",
                lambda: f"{pick(['add', 'subtract', 'multiply'])}({a()}, {a()})",
                lambda: f"divide({a()}, {positive()})",
                lambda: (
                    f"{pick(['maximum', self.of_two('max', shape), 'logaddexp'])}({a()}, {a()})"
                ),
                lambda: f"{pick(['minimum', self.of_two('min', shape)])}({a()}, 1)",
                lambda: f"clip({a()}, -1, {pick(['2', '0.5'])})",
                lambda: f"leaky_relu({a()}, 0.2)",
                lambda: f"elu({a()}, 2)",
                lambda: f"(heaviside({a()}, 0.5) * {a()})",
                lambda: f"{self.word(['where'])}({self.condition(shape, depth)}, {a()}, {a()})",
                lambda: f"arctan2({a()}, {positive()})",
            ]
        )()

    def of_two(self, name: str, shape: Shape) -> str:
        """Python's word for the larger of two numbers, or NumPy's for arrays."""
        return f"{name}imum" if shape else name

    def word(self, words) -> str:
        """One of the words, now and then after the name of a module."""
        word = self.choose(words)
        return f"np.{word}" if word in SIMPLE and self.rng.random() < 0.1 else word

    def scalar(self, shape: Shape, depth: int) -> str:
        some = lambda: self.draw(self.any_shape(), depth)  # noqa: E731

        def dot() -> str:
            (size,) = one = (self.choose(SIZES),)
            other = (self.choose(SIZES),)
            u, v = self.draw(one, depth), self.draw(one, depth)
            if self.rng.random() < 0.5:
                ways = [f"({u} @ {v})", f"dot({u}, {v})", f"inner({u}, {v})", f"({u}).dot({v})"]
                return self.choose(ways)
            return f"({u} @ {self.draw((size, *other), depth)} @ {self.draw(other, depth)})"

        def square() -> str:
            size = self.choose(SIZES)
            return self.draw((size, size), depth)

        def both() -> str:
            shape = self.any_shape()
            u, v = self.draw(shape, depth), self.draw(shape, depth)
            return self.choose([f"vdot({u}, {v})", f"norm({u} - {v})**2", f"sum({u} * {v})"])

        def chosen() -> str:
            yes, no, number = (self.draw((), depth - 1) for _ in range(3))
            return f"({yes} if {number} > 0 else {no})"

        def vector() -> str:
            return self.draw((self.choose(SIZES),), depth)

        def matrix() -> str:
            return self.draw((self.choose(SIZES), self.choose(SIZES)), depth)

        return self.choose(
            [
                lambda: f"sum({self.choose(['tril', 'triu'])}({matrix()}))",
                lambda: f"sum({self.choose(['diff', 'ravel'])}({vector()})**2)",
                lambda: f"sum(append({vector()}, 2)**2)",
                lambda: f"sum(pad({vector()}, (1, 2))**2)",
                lambda: f"sum(kron({matrix()}, {matrix()}))",
                lambda: f"sum(vec({matrix()})**2)",
                lambda: f"{self.word(['sum'])}({some()})",
                lambda: f"{self.word(['max', 'min'])}({self.untied(self.any_shape(), depth)})",
                lambda: f"{self.word(['prod'])}({self.positive(self.any_shape(), depth)})",
                lambda: f"({some()}).sum()",
                lambda: f"sum({some()}**2)",
                lambda: f"{self.word(['mean'])}({some()})",
                lambda: f"{self.choose(['var', 'std'])}({some()})",
                both,
                chosen,
                dot,
                dot,
                lambda: f"norm({some()})",
                lambda: f"norm1({some()})",
                lambda: f"trace({square()})",
                lambda: f"log(sum(exp({self.draw((self.choose(SIZES),), depth)})))",
                lambda: f"logsumexp({some()})",
                lambda: f"log(det({self.definite(self.choose(SIZES), depth)}))",
                lambda: f"logdet({self.definite(self.choose(SIZES), depth)})",
            ]
        )()

    def definite(self, size: str, depth: int) -> str:
        inner = self.draw((size, size), min(depth - 1, 1))
        return f"({inner} @ {inner}.T + 2*eye({size}))"

    def vector(self, shape: Shape, depth: int) -> str:
        other = self.choose(SIZES)
        matrix = lambda s: self.draw(s, depth)  # noqa: E731
        return self.choose(
            [
                lambda: f"({matrix((*shape, other))} @ {self.draw((other,), depth)})",
                lambda: f"({self.draw((other,), depth)} @ {matrix((other, *shape))})",
                lambda: f"matmul({matrix((*shape, other))}, {self.draw((other,), depth)})",
                lambda: f"sum({matrix((*shape, other))}, axis=1)",
                lambda: f"mean({matrix((other, *shape))}, axis=0)",
                lambda: f"{self.reduction()}({matrix((*shape, other))}, axis=1)",
                lambda: f"{self.reduction()}({matrix((other, *shape))}, axis=0)",
                lambda: f"{self.extreme()}({self.untied((*shape, other), depth)}, axis=1)",
                lambda: f"{self.extreme()}({self.untied((other, *shape), depth)}, axis=0)",
                lambda: f"prod({self.positive((*shape, other), depth)}, axis=1)",
                lambda: f"{self.word(['cumsum'])}({self.draw(shape, depth)})",
                lambda: f"cumsum({self.draw(shape, depth)}[::-1])[::-1]",
                lambda: f"{self.word(['flip'])}({self.draw(shape, depth)})",
                lambda: f"{self.choose(['softmax', 'log_softmax'])}({self.draw(shape, depth)})",
                lambda: f"({self.draw(shape, depth)} + ones({shape[0]}))",
                lambda: f"({self.draw(shape, depth)} - zeros_like({self.leaf(shape)}))",
                lambda: f"diag({matrix((*shape, *shape))})",
                lambda: f"(inv({self.definite(*shape, depth)}) @ {self.draw(shape, depth)})",
                lambda: f"solve({self.definite(*shape, depth)}, {self.draw(shape, depth)})",
            ]
        )()

    def reduction(self) -> str:
        return self.choose(["var", "std", "norm", "norm1", "logsumexp"])

    def extreme(self) -> str:
        return self.choose(["max", "min"])

    def matrix(self, shape: Shape, depth: int) -> str:
        rows, columns = shape
        other = self.choose(SIZES)
        a = lambda s=shape: self.draw(s, depth)  # noqa: E731
        rules = [
            lambda: f"({a((rows, other))} @ {a((other, columns))})",
            lambda: f"({a((rows, other))} @ {a((other, columns))})",
            lambda: f"{a(shape[::-1])}.T",
            lambda: f"transpose({a(shape[::-1])})",
            lambda: f"inner({a((rows, other))}, {a((columns, other))})",
            lambda: f"outer({a((rows,))}, {a((columns,))})",
            lambda: f"{self.choose(['softmax', 'log_softmax'])}({a()})",
            lambda: f"{self.choose(['softmax', 'log_softmax'])}({a()}, axis=0)",
            lambda: f"({a()} / (1 + {self.reduction()}({a()}, axis=1, keepdims=True)**2))",
            lambda: f"{self.choose(['cumsum', 'flip'])}({a()}, axis={self.choose('01')})",
            lambda: f"({a()} - {self.extreme()}({self.untied(shape, depth)}, axis=0))",
            lambda: f"({a()} * prod({self.positive(shape, depth)}, axis=1, keepdims=True))",
            lambda: f"({a()} * ones(({rows}, {columns})))",
            lambda: f"({a()} + ones_like({self.leaf(shape)}) - zeros({rows}, {columns}))",
            lambda: f"({a()} + {a((columns,))})",
            lambda: f"({a()} * {a((rows,))}[:, None])",
            lambda: f"({a()} - mean({a()}, axis=1, keepdims=True))",
            lambda: f"({a()} - mean({a()}, axis=0))",
            lambda: f"sqdist({a((rows, other))}, {a((columns, other))})",
        ]
        if rows == columns:
            rules += [
                lambda: f"diag({a((rows,))})",
                lambda: f"inv({self.definite(rows, depth)})",
                lambda: f"({a()} + eye({rows}))",
            ]
        return self.choose(rules)()
