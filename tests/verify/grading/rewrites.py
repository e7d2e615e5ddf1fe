"""Answers by the thousand: right forms, rewritten and damaged at random places of their trees.

A rewriting keeps the value (perhaps not everywhere), a damage changes it (perhaps nowhere): which
of the two an answer is in the end, the judge finds out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import count
from random import Random

from reader import ENTRYWISE
from references import REFERENCES

from verify.grading.claim_questions import question_named

# In templates, e is the part that is rewritten, s and u are numbers, K is a fresh index, n a size.
SAME = """
    e + 0 ; e - 0 ; 1 * e ; e / 1 ; -(-e) ; e + e - e ; (e + e) / 2 ; 2 * e - e ; e * 2 ** 0
    e + s - s ; (e - s) + s ; e - (s - s) ; e * exp(s) * exp(-s) ; e * exp(0) ; e ** 1 ; e * s / s
    s * e / s ; e / (s / s) ; e * (s / u) * (u / s) ; e * (s + 1) / (s + 1)
    e * (s ** 2 - 1) / ((s - 1) * (s + 1)) ; (e * s + e * u) / (s + u) ; e / s * s
    e / (1 / s) / s ; clip(e, -abs(e), abs(e)) ; clip(e, e, e) ; maximum(e, e) ; minimum(e, e + 1)
    maximum(e, e - 1) ; maximum(e, s) + minimum(e, s) - s ; relu(e) - relu(-e) ; abs(e) * sign(e)
    sign(e) * sqrt(e ** 2) ; e ** 2 / e ; e * e / e ; e * abs(e) / abs(e) ; e / abs(e) * abs(e)
    1 / (1 / e) ; e - e / e + 1 ; log(exp(e)) ; exp(log(e)) ; sqrt(e) ** 2
    (e ** 2 - s ** 2) / (e - s) - s ; sqrt(e * e) * sign(e) ; (e ** 2 - s ** 2) / (e + s) + s
    (sqrt(e) * sqrt(e)) ; e * (e - s) / (e - s) ; e / (e + s) * (e + s) ; where(s == s, e, u)
    where(s <= s + 1, e, 7) ; where(s ** 2 >= 0, e, s) ; where(exp(s) > 0, e, 0 * e)
    where(s > u, e, e) ; where(s > u, e, 0) + where(s <= u, e, 0) ; e * (s > u) + e * (s <= u)
    where(abs(s) >= s, e, -e) ; where(~(s < u), e, e) ; where((s > u) | (s <= u), e, 2 * e)
    where(s != u, e, e + s - u) ; where(s == u, e + s - u, e) ; where(s > 0, e, e * s / s)
    where(s != 0, e * s / s, e) ; where(s > 0, e * log(s) / log(s), e) ; where(e > s, e, e)
    where(e == 0, 0, e) ; where(e >= 0, abs(e), -abs(e)) ; where(e != 0, e ** 2 / e, 0)
    e + sum(s for K in range(n)) - n * s ; e * sum(1 / n for K in range(n)) ; e - (n - n)
    e * n / n
"""
NOTHING = """
    0 ; s - s ; 0 * s ; (s + 1) ** 2 - s ** 2 - 2 * s - 1 ; sqrt(s ** 2) - abs(s)
    abs(s) - s * sign(s) ; log(exp(s)) - s ; exp(s) * exp(-s) - 1 ; sigmoid(s) + sigmoid(-s) - 1
    tanh(s) - 2 * sigmoid(2 * s) + 1 ; maximum(s, u) + minimum(s, u) - s - u
    relu(s) - relu(-s) - s ; exp(s + u) - exp(s) * exp(u)
    where(s > u, 1, 0) + where(s <= u, 1, 0) - 1 ; sum(s for K in range(n)) - n * s
    abs(s * u) - abs(s) * abs(u)
    (s + u) ** 3 - s ** 3 - 3 * s ** 2 * u - 3 * s * u ** 2 - u ** 3
    sign(s * u) - sign(s) * sign(u) ; 1 - (s > u) - (s <= u)
    clip(s, -1, 1) - maximum(minimum(s, 1), -1) ; sign(s) * abs(s) - s ; 0 * log(s) ; 0 * sqrt(s)
    0 / s ; 1 / (1 / s) - s ; exp(log(s)) - s ; sqrt(s) ** 2 - s ; 1 / s - 1 / s
    (s ** 2 - u ** 2) / (s - u) - s - u ; s / s - 1 ; log(s ** 2) - 2 * log(abs(s))
    log(s ** 2) - 2 * log(s) ; 1 / (1 + 1 / (s - s)) ; 0 * log(0) ; 1 / (1 / 0)
    abs(sqrt(s)) ** 2 - s ; sqrt(-s) ** 2 + s ; sqrt(s) * sqrt(u) - sqrt(s * u)
    sqrt(-1) ** 2 + 1 ; s ** 0.5 - sqrt(s) ; s ** -1 * s - 1 ; 0 * s ** -1
    log(s * u) - log(s) - log(u) ; log(s / u) - log(s) + log(u) ; sqrt(s / u) - sqrt(s) / sqrt(u)
    abs(s) / s - sign(s) ; s / abs(s) - sign(s) ; 1 / (s - u) + 1 / (u - s)
    (s ** 3) ** (1 / 3) - s ; exp(-abs(1 / 0)) ; 1 / (1 + 1 / ((s + 1) ** 2 - s ** 2 - 2 * s - 1))
    (s ** 2) ** 0.5 - abs(s) ; where(s > 0, 0, 1 / (s - s)) ; where(s >= 0, 0, sqrt(s) - sqrt(s))
    0 * where(s > 0, 1, 1 / s)
"""
ALMOST_NOTHING = """
    abs(s) - s ; sqrt(s ** 2) - s ; log(exp(s)) - abs(s) ; (s > 5) * 1 ; where(s > 3, 1, 0)
    where(s == u, 1, 0) ; sign(s) ** 2 - 1 ; clip(s, -1, 1) - s ; 0 ** (s ** 2) ; s ** 2 - s
    relu(s) - s ; maximum(s, 0) - s ; where(s > 0, 0, 1) ; where(s < 0, s, 0) ; (s == 0) * 1
    where(s * u > 0, 0, s) ; s ** 0 - sign(s) ** 2 ; where(abs(s) > u, 0, abs(s) - u) ; 1e-9 * s
    (s - u) * (s == u) ; minimum(s, u) - s ; 0.5 * (abs(s) - s) ; where(s == 5, 1, 0)
    where(s == 1 / 2, u, 0) ; sum(s for K in range(n)) - s ; s * (n - 1)
"""
CONDITIONS = """
    s > 0 ; s >= 0 ; s == s ; s > u ; s <= u ; abs(s) > u ; s != u ; s ** 2 > 0 ; sqrt(s) >= 0
    s / s == 1 ; log(s) == log(s) ; 1 / s != 0 ; sqrt(-s) == sqrt(-s) ; s < 5 ; s != 5
    abs(s) == s ; sqrt(s ** 2) == s ; (s > 0) | (s < 0) ; (s >= u) & (s <= u) ; ~(s > u)
    exp(s) > 1 ; s * u >= 0 ; 1 / (s - u) ** 2 > 0 ; (s > 0) | (1 / s < u)
    (s > 0) & (log(s) > u)
"""
BY_CONDITION = """
    where(c, e, e) ; where(c, e, 2 * e) ; where(c, e, s) ; where(c, -e, e) ; e * (c)
    where(c, e, 1 / (s - s)) ; where(~(c), 0, e) ; where(c, e, e * s / s)
"""
CHANGED = """
    -e ; 2 * e ; e + 1 ; e * s ; e / s ; e - s ; abs(e) ; e ** 2 ; sqrt(e) ; e / 2 ; 0 * e ; 1 / e
    exp(e) ; sign(e) ; minimum(e, s) ; relu(e) ; clip(e, -1, 1) ; e * 1.000001 ; e + 1e-7
    e + 1e-30
"""
ADDED = "e + z ; e - z ; e * (1 + z) ; e / (1 + z) ; e * exp(z) ; e ** (1 + z)"
CONSTANTS = "1 ; 2 ; 5 ; 1 / 2 ; -1 ; 3"
COMPOSED = "s + u ; s * u ; s ** 2 ; abs(s) ; -s ; s - u ; s ** 2 + 1 ; s / u ; exp(-s) ; sqrt(s)"


# Drawn less often than others: a proof of theirs takes seconds.
COSTLY = ("adam.scale.1", "adam.scale.2", "adam.step2.w3", "softmax.psd", "huber.gradient")
COSTLY += ("huber.limits", "huber.partition", "huber.irls", "huber.minimiser_exists")
COSTLY += ("huber.ridge", "huber.strongly_convex")
WEIGHTS = [1 if question_id.startswith(COSTLY) else 4 for question_id in REFERENCES]


def _parsed(templates: str) -> list[ast.expr]:
    parts = (part.strip() for line in templates.strip().splitlines() for part in line.split(" ; "))
    return [_tree(part) for part in parts]


def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


TREES = {
    name: _parsed(templates)
    for name, templates in {
        "same": SAME,
        "nothing": NOTHING,
        "almost nothing": ALMOST_NOTHING,
        "conditions": CONDITIONS,
        "by condition": BY_CONDITION,
        "changed": CHANGED,
        "added": ADDED,
        "constants": CONSTANTS,
        "composed": COMPOSED,
    }.items()
}


def generated(seed: int) -> tuple[str, str]:
    """A question's id and an answer to it."""
    rng = Random(seed)
    question_id = rng.choices(list(REFERENCES), WEIGHTS)[0]
    tree = _tree(rng.choice(REFERENCES[question_id].texts))
    writer = _Writer(question_id, rng)
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        tree = writer.rewritten(tree)
    return question_id, text_of(tree)


def text_of(tree: ast.expr) -> str:
    """The text of a tree; a sum over a range without the double brackets of Python's own."""
    return ast.unparse(_SingleBrackets().visit(_copied(tree)))


class _SingleBrackets(ast.NodeTransformer):
    def visit_GeneratorExp(self, node):
        self.generic_visit(node)
        (loop,) = node.generators
        ranged = f"{ast.unparse(loop.target)} in {ast.unparse(loop.iter)}"
        return ast.Name(f"{ast.unparse(node.elt)} for {ranged}")


class _Filled(ast.NodeTransformer):
    """A template with its letters replaced."""

    def __init__(self, parts: dict[str, ast.expr]):
        self.parts = parts

    def visit_Name(self, node):
        return _copied(self.parts[node.id]) if node.id in self.parts else node


def _copied(tree: ast.expr) -> ast.expr:
    return _tree(ast.unparse(tree))


class _Writer:
    """Rewrites answers to one question."""

    def __init__(self, question_id: str, rng: Random):
        vocabulary = question_named(question_id).vocabulary
        self.rng, self.fresh = rng, (f"k{number}" for number in count(1))
        self.indices = set(vocabulary.indices)
        self.sizes = list(vocabulary.sizes)
        known = REFERENCES[question_id].draw(Random(0))
        quantities = vocabulary.quantities.items()
        self.arrays = {name: quantity.shape for name, quantity in quantities if name in known}
        self.numbers = [_tree(name) for name in self.sizes]
        self.numbers += [
            _tree(name if not axes else f"sum({name})") for name, axes in self.arrays.items()
        ]

    def rewritten(self, tree: ast.expr) -> ast.expr:
        """One rewriting at a random place."""
        path = self.rng.choice(list(_places(tree, self.indices)))
        return _replaced(tree, path, self._another(_at(tree, path)))

    def _another(self, part: ast.expr) -> ast.expr:
        draw = self.rng.random()
        if draw < 0.3:
            return self._filled("same", e=part)
        if draw < 0.45:
            return self._reordered(part)
        if draw < 0.65:
            return self._filled("added", e=part, z=self._filled("nothing"))
        if draw < 0.75:
            return self._filled("added", e=part, z=self._filled("almost nothing"))
        if draw < 0.87:
            return self._filled("by condition", e=part, c=self._filled("conditions"))
        return self._filled("changed", e=part) if draw < 0.93 else self._damaged(part)

    def _filled(self, kind: str, **parts: ast.expr) -> ast.expr:
        """A template of that kind, with numbers for its letters."""
        sizes = self.sizes or ["1"]
        letters = {"s": self._number(), "u": self._number(), "K": _tree(next(self.fresh))}
        template = self.rng.choice(TREES[kind])
        if not self.sizes:
            while any(isinstance(node, ast.GeneratorExp) for node in ast.walk(template)):
                template = self.rng.choice(TREES[kind])
        size = _tree(self.rng.choice(sizes))
        return _Filled({"n": size, **letters, **parts}).visit(_copied(template))

    def _number(self) -> ast.expr:
        draw = self.rng.random()
        if draw < 0.2 or not self.numbers:
            return self.rng.choice(TREES["constants"])
        if draw < 0.8:
            return self.rng.choice(self.numbers)
        return _Filled({"s": self.rng.choice(self.numbers), "u": self._number()}).visit(
            _copied(self.rng.choice(TREES["composed"]))
        )

    def _reordered(self, part: ast.expr) -> ast.expr:
        """Sums and products the other way round, or multiplied out."""
        match part:
            case ast.BinOp(left, ast.Add() | ast.Mult() as op, right) if self.rng.random() < 0.5:
                return ast.BinOp(right, op, left)
            case ast.BinOp(
                ast.BinOp(a, ast.Add() | ast.Sub() as op, b), ast.Mult() | ast.Div() as outer, c
            ):
                return ast.BinOp(ast.BinOp(a, outer, c), op, ast.BinOp(b, outer, c))
            case ast.BinOp(
                a, ast.Mult() | ast.MatMult() as outer, ast.BinOp(b, ast.Add() | ast.Sub() as op, c)
            ):
                return ast.BinOp(ast.BinOp(a, outer, b), op, ast.BinOp(a, outer, c))
            case ast.BinOp(a, ast.Sub(), b):
                return ast.UnaryOp(ast.USub(), ast.BinOp(b, ast.Sub(), a))
            case ast.BinOp(a, ast.Div(), b):
                return ast.BinOp(a, ast.Mult(), ast.BinOp(b, ast.Pow(), _tree("-1")))
            case ast.BinOp(a, ast.Pow(), ast.Constant(2)):
                return ast.BinOp(a, ast.Mult(), a)
            case ast.Call(ast.Name("where"), [ast.Compare(a, [op], [b]) as condition, yes, no]):
                return _Filled({"C": condition, "Y": yes, "Z": no}).visit(
                    _tree("where(~(C), Z, Y)")
                )
            case ast.Call(ast.Name("sqrt"), [a]):
                return ast.BinOp(a, ast.Pow(), _tree("1 / 2"))
        return self._filled("same", e=part)

    def _damaged(self, part: ast.expr) -> ast.expr:
        """A part lost, swapped, or taken for another."""
        match part:
            case ast.BinOp(a, op, b) if self.rng.random() < 0.7:
                other = {
                    ast.Add: ast.Sub(),
                    ast.Sub: ast.Add(),
                    ast.Mult: ast.Div(),
                    ast.Div: ast.Mult(),
                }
                return self.rng.choice(
                    [a, b, ast.BinOp(b, op, a), ast.BinOp(a, other.get(type(op), op), b)]
                )
            case ast.Call(ast.Name("where"), [condition, yes, no]):
                return _Filled({"C": condition, "Y": yes, "Z": no}).visit(_tree("where(C, Z, Y)"))
            case ast.Call(ast.Name(), [ast.GeneratorExp() as each]):
                text = text_of(part).replace("range(1, t + 1)", "range(t)")
                return _tree(text.replace("t - k", "t + 1 - k")) if each else part
            case ast.Call(ast.Name(name), [argument]) if name in ENTRYWISE:
                return argument
            case ast.Name(name) if name in self.arrays:
                same = [other for other, shape in self.arrays.items() if shape == self.arrays[name]]
                return _tree(self.rng.choice(same))
            case ast.Constant(int() as number):
                return ast.Constant(number + 1)
        return self._filled("changed", e=part)


# --- places in a tree ----------------------------------------------------------------------------

Path = tuple[tuple[str, int | None], ...]


def _places(tree: ast.expr, indices: set[str], path: Path = ()) -> Iterator[Path]:
    """The parts of an answer that are numbers or arrays of them, as paths of fields."""
    is_index = isinstance(tree, ast.Name) and tree.id in indices
    if not is_index and not isinstance(tree, ast.GeneratorExp):
        yield path
    for field, place in _fields_with_numbers(tree):
        yield from _places(_child(tree, field, place), indices, (*path, (field, place)))


def _fields_with_numbers(node: ast.expr) -> list[tuple[str, int | None]]:
    match node:
        case ast.BinOp(op=ast.Pow()):
            return [("left", None)]
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return []
        case ast.BinOp():
            return [("left", None), ("right", None)]
        case ast.UnaryOp(ast.USub()):
            return [("operand", None)]
        case ast.Attribute():
            return [("value", None)]
        case ast.GeneratorExp():
            return [("elt", None)]
        case ast.Call(ast.Name("eye" | "ones" | "zeros")):
            return []
        case ast.Call(ast.Name("where"), [_, _, _]):
            return [("args", 1), ("args", 2)]
        case ast.Call(ast.Name(name), [ast.GeneratorExp()]):
            return [("args", 0)]
        case ast.Call(ast.Name(name), arguments):
            last = len(arguments) if name in ENTRYWISE or name in ("dot", "outer") else 1
            return [("args", place) for place in range(last)]
    return []


def _child(node: ast.AST, field: str, place: int | None) -> ast.expr:
    child = getattr(node, field)
    return child if place is None else child[place]


def _at(tree: ast.expr, path: Path) -> ast.expr:
    for field, place in path:
        tree = _child(tree, field, place)
    return tree


def _replaced(tree: ast.expr, path: Path, part: ast.expr) -> ast.expr:
    if not path:
        return part
    tree = _copied(tree)
    parent = _at(tree, path[:-1])
    field, place = path[-1]
    if place is None:
        setattr(parent, field, part)
    else:
        getattr(parent, field)[place] = part
    return tree
