"""Draws functions over the whole language, with the shapes of their names, from a seed.

Every function has a value at every point away from kinks: logarithms, roots and divisors are of
expressions that are positive by their form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Shape = tuple[str, ...]

SIZES = ("n", "d", "m")
NUMBERS = ("2", "3", "0.5", "1/3", "-1", "lam")
ELEMENTWISE = ("tanh", "sin", "cos", "sigmoid", "abs", "arctan", "erf", "sign")
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
        if drawing.used:
            break
    return RandomObjective(text, shape or (), drawing.used, str(rng.choice(sorted(drawing.used))))


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
        if text == "lam":
            self.used["lam"] = ()
        return text

    def entrywise(self, shape: Shape, depth: int) -> str:
        a = lambda: self.draw(shape, depth)  # noqa: E731
        return self.choose(
            [
                lambda: f"({a()} + {a()})",
                lambda: f"({a()} - {a()})",
                lambda: f"({a()} * {a()})",
                lambda: f"({a()} / {self.positive(shape, depth)})",
                lambda: f"(-{a()})",
                lambda: f"({self.number()}*{a()})",
                lambda: f"({a()} + {self.draw((), depth)})",
                lambda: f"({self.draw((), depth)} * {a()})",
                lambda: f"{self.choose(ELEMENTWISE)}({a()})",
                lambda: f"({a()}**{self.choose(['2', '3'])})",
                lambda: f"log({self.positive(shape, depth)})",
                lambda: f"sqrt({self.positive(shape, depth)})",
                lambda: f"({self.positive(shape, depth)}**(-1.5))",
                lambda: f"exp({a()}/5)",
                lambda: f"maximum({a()}, {a()})",
                lambda: f"minimum({a()}, 1)",
                lambda: f"where({a()} > {a()}, {a()}, {a()})",
                lambda: f"arctan2({a()}, {self.positive(shape, depth)})",
            ]
        )()

    def scalar(self, shape: Shape, depth: int) -> str:
        some = lambda: self.draw(self.any_shape(), depth)  # noqa: E731

        def dot() -> str:
            (size,) = one = (self.choose(SIZES),)
            other = (self.choose(SIZES),)
            u, v = self.draw(one, depth), self.draw(one, depth)
            if self.rng.random() < 0.5:
                return f"({u} @ {v})"
            return f"({u} @ {self.draw((size, *other), depth)} @ {self.draw(other, depth)})"

        def square() -> str:
            size = self.choose(SIZES)
            return self.draw((size, size), depth)

        return self.choose(
            [
                lambda: f"sum({some()})",
                lambda: f"sum({some()}**2)",
                lambda: f"mean({some()})",
                dot,
                dot,
                lambda: f"norm({some()})",
                lambda: f"norm1({some()})",
                lambda: f"trace({square()})",
                lambda: f"log(sum(exp({self.draw((self.choose(SIZES),), depth)})))",
                lambda: f"log(det({self.definite(self.choose(SIZES), depth)}))",
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
                lambda: f"sum({matrix((*shape, other))}, axis=1)",
                lambda: f"mean({matrix((other, *shape))}, axis=0)",
                lambda: f"softmax({self.draw(shape, depth)})",
                lambda: f"diag({matrix((*shape, *shape))})",
                lambda: f"(inv({self.definite(*shape, depth)}) @ {self.draw(shape, depth)})",
            ]
        )()

    def matrix(self, shape: Shape, depth: int) -> str:
        rows, columns = shape
        other = self.choose(SIZES)
        a = lambda s=shape: self.draw(s, depth)  # noqa: E731
        rules = [
            lambda: f"({a((rows, other))} @ {a((other, columns))})",
            lambda: f"({a((rows, other))} @ {a((other, columns))})",
            lambda: f"{a(shape[::-1])}.T",
            lambda: f"outer({a((rows,))}, {a((columns,))})",
            lambda: f"softmax({a()})",
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
