"""What is asked of an objective, as plain data: its text, the name, shapes and assumptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Tree

    from verify.grading.question import Question
    from verify.language.program.names import Shown
    from verify.objectives.objective import Objective
    from verify.objectives.shapes import Shapes

SIZE = r"(?:[A-Za-z_]\w*|[1-9]\d*)"
SHAPE = re.compile(rf"\s*([A-Za-z_]\w*)\s*:\s*({SIZE}(?: +{SIZE})*)?\s*", re.ASCII)
LATEX_NAME = re.compile(r"\\[A-Za-z]+(?:\s*\{\w\}|(?<=hat|bar) \w)?(?:_(?:\w|\{\w+\}))?")
TABLE = {"function", "wrt", "shapes", "assume", "order", "answer", "answers"}


@dataclass(frozen=True)
class Asked:
    """A derivative that is asked for: `shapes` is written as `X: n d, w: d, lam:`.

    Names in LaTeX become those that one types: `\\lambda` is lam, and u of rows u_i the matrix U.
    """

    function: str
    wrt: str
    shapes: str = ""
    assume: tuple[str, ...] = ()
    order: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "wrt", _typed(self.wrt))
        object.__setattr__(self, "shapes", _typed(self.shapes))
        object.__setattr__(self, "assume", tuple(map(_typed, self.assume)))
        if "\\" in self.function and len(self.wrt) == 1:
            object.__setattr__(self, "wrt", _translated(self))

    def tree(self) -> Tree:
        """The function's tree; raises `ValueError`, of what is not in the language."""
        return _source(self.function, self.shapes).tree

    def translation(self) -> str:
        """What a function in LaTeX is in NumPy's notation; nothing of another."""
        return _source(self.function, self.shapes).translation

    def objective(self) -> Objective:
        """The function with its shapes and assumptions; raises `ValueError`."""
        return _objective(self.function, self.shapes, self.assume)

    def question(self, name: str = "") -> Question:
        """The question that this is; raises `ValueError`, whose message says what is wrong."""
        return _question(self, name)


def _typed(text: str) -> str:
    if "\\" not in text:
        return text
    from derivations.text import typed

    return LATEX_NAME.sub(lambda name: typed(name[0]), text)


def _translated(asked: Asked) -> str:
    """The name by which a letter stands in the translation of a function in LaTeX."""
    try:
        names = {str(n.children[0]) for n in asked.tree().find_data("name")}
    except ValueError:  # which is raised again where the function is asked for
        return asked.wrt
    is_of_rows = re.search(rf"(?<![A-Za-z\\]){asked.wrt}(?![A-Za-z])", asked.function)
    is_known = asked.wrt in names or asked.wrt.upper() not in names
    return asked.wrt.upper() if is_of_rows and not is_known else asked.wrt


@lru_cache(maxsize=64)
def _question(asked: Asked, name: str) -> Question:
    from verify.language.program.masks import truths_in

    source = _source(asked.function, asked.shapes)
    if asked.wrt in (*source.shown.labels, *source.shown.labels.values()):
        raise ValueError(f"--wrt {asked.wrt}: expected numbers, got labels")
    if asked.wrt in truths_in(source.tree):
        raise ValueError(f"--wrt {asked.wrt}: expected numbers, got what is 0 or 1")
    question = asked.objective().question(asked.wrt, asked.order, name)
    named, declared = source.shown.named, question.vocabulary.names
    again = {given: tree for given, tree in named.items() if given in declared}
    new = {given: tree for given, tree in named.items() if given not in declared}
    return replace(question, shown=source.shown._replace(named=new), given_again=again)


@lru_cache(maxsize=64)
def _objective(function: str, shapes: str, assume: tuple[str, ...]) -> Objective:
    from verify.language.program.masks import truths_in
    from verify.objectives.assumptions import assumptions_in
    from verify.objectives.objective import objective

    source = _source(function, shapes)
    labels = [f"{matrix} one-hot of the labels {y}" for y, matrix in source.shown.labels.items()]
    known = {one.name for text in assume for one in assumptions_in(text)}
    truths = [f"{name} 0 or 1" for name in sorted(truths_in(source.tree) - known)]
    with source.errors():
        return objective(source.tree, source.shapes, (*assume, *labels, *truths))


@dataclass(frozen=True)
class Source:
    """A function's tree, the shapes of its names, and what it is in NumPy's notation."""

    tree: Tree
    shapes: Shapes
    shown: Shown
    """What its text shows: labels, whose one-hot matrices are in the tree instead, and names."""
    translation: str = ""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Errors with the translation that they are in, whose columns are not the text's."""
        from verify.language.tree import LOCATION

        try:
            yield
        except ValueError as error:
            if not self.translation or not (place := LOCATION.match(str(error))):
                raise
            message = str(error)[place.end() :]
            raise ValueError(f"read as {self.translation}: {message}") from None


@lru_cache(maxsize=64)
def _source(function: str, shapes: str) -> Source:
    from verify.language.numpy_text import read_numpy
    from verify.language.program.names import NOTHING_SHOWN
    from verify.language.tree import AnswerSyntaxError
    from verify.objectives.latex.translation import is_translatable, translated
    from verify.objectives.shapes import as_number

    declared = shapes_in(shapes)
    try:
        tree, shown = _read(function, declared)
        numbers: Shapes = dict.fromkeys(shown.defaults, ())
        known = _with_matrices(shown.labels, {**numbers, **declared})
        return Source(as_number(tree, known), known, shown)
    except AnswerSyntaxError:
        if not is_translatable(function):
            raise
    found = translated(function, declared)
    return Source(read_numpy(found.text), {**found.shapes, **declared}, NOTHING_SHOWN, found.text)


def _read(function: str, declared: Shapes) -> tuple[Tree, Shown]:
    """A function; of several values that it returns the only one that is a number."""
    from verify.language.program.reading import read_function
    from verify.language.program.text import with_one_value
    from verify.objectives.shapes import read_with_shapes

    texts, numbers = with_one_value(function), []
    for text in texts if len(texts) > 1 else ():
        with suppress(ValueError):
            tree, shown = read_function(text, declared)
            known = _with_matrices(shown.labels, declared)
            if not read_with_shapes(tree, known, {}).function.ndim:
                numbers.append((tree, shown))
    return numbers[0] if len(numbers) == 1 else read_function(function, declared)


def _with_matrices(labels: Mapping[str, str], declared: Shapes) -> Shapes:
    """The shapes with those of one-hot matrices instead of their labels': as many rows as there are
    labels, none for a single one, and K classes if nothing else says how many.
    """
    others = {name: shape for name, shape in declared.items() if name not in labels}
    rows = {name: declared.get(name, (f"{matrix}.0",)) for name, matrix in labels.items()}
    return others | {matrix: (*rows[name], f"{matrix}.K") for name, matrix in labels.items()}


def shapes_in(text: str) -> dict[str, tuple[str | int, ...]]:
    """Shapes by name, read from `X: n d, w: d, lam:`; raises `ValueError`."""
    shapes: dict[str, tuple[str | int, ...]] = {}
    for part in re.split(r"[,;\n]", text):
        if not part.strip():
            continue
        match = SHAPE.fullmatch(part)
        if not match:
            raise ValueError(f"shapes: expected 'X: n d, w: d, lam:', got {part.strip()[:40]!r}")
        sizes = match[2].split() if match[2] else []
        if len(sizes) > 2:
            raise ValueError(f"shapes: expected at most two sizes of {match[1]}, got {len(sizes)}")
        if match[1] in shapes:
            raise ValueError(f"shapes: {match[1]} is said twice, {match[0].strip()!r} as well")
        shapes[match[1]] = tuple(int(s) if s.isdigit() else s for s in sizes)
    return shapes


def asked_in(table: Mapping[str, Any]) -> dict[str, Asked]:
    """What one table of a teacher's file asks, by the name that it is asked for in.

    Raises `ValueError`, whose message says which value is not what it must be.
    """
    for key in table:
        if key not in TABLE:
            raise ValueError(f"{key[:40]!r}: expected one of {', '.join(sorted(TABLE))}")
    names = table.get("wrt")
    names = [names] if isinstance(names, str) else names
    if not isinstance(table.get("function"), str):
        raise ValueError("function: expected a text in quotes")
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ValueError("wrt: expected a name in quotes, or a list of them")
    assume = table.get("assume", [])
    assume = [assume] if isinstance(assume, str) else assume
    if not isinstance(assume, list) or not all(isinstance(one, str) for one in assume):
        raise ValueError("assume: expected a list of texts in quotes")
    order = table.get("order", 1)
    if type(order) is not int or order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, got {order!r}")
    shapes = _shapes_as_text(table.get("shapes", {}))
    return {name: Asked(table["function"], name, shapes, tuple(assume), order) for name in names}


def _shapes_as_text(shapes: Any) -> str:
    if isinstance(shapes, str):
        return shapes
    if not isinstance(shapes, dict) or not all(isinstance(s, str) for s in shapes.values()):
        raise ValueError('shapes: expected a table such as {X = "n d", lam = ""}')
    return ", ".join(f"{name}: {sizes}" for name, sizes in shapes.items())
