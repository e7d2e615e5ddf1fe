"""The shape of each name in a text, from its use; where use leaves it open, from the field's habit.

Capital letters are matrices, small ones vectors, Greek names and the like numbers. The reader of
the language itself judges whether a choice fits: sizes that it finds to be different are made one,
and where the ranks do not fit, the choice with the fewest departures from habit that does is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from lark import Token, Tree
from sympy import Expr, Integer, Symbol

from derivations.notation import array, size
from verify.language.meaning import FUNCTIONS_KNOWN, MODULES, Meaning
from verify.language.tensor import ShapeError, Tensor, written
from verify.language.tree import AnswerSyntaxError
from verify.language.vocabulary import Quantity, Vocabulary
from verify.language.words.elementwise import NUMBERS

Shapes = Mapping[str, tuple[str | int, ...]]
"""Per name the sizes of its axes, by name or as numbers: none for a number."""

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon"
    " phi chi psi omega lam lambd lmbda lamda eps gam sig temp lr"
).split()
COUNTS = ("n", "N", "m", "M", "d", "D", "p", "k", "K")
SIZES = ("n", "d", "m", "k", "p", "q", "r", "s", "l", "h")
MOST_DEPARTURES, MOST_TRIED, LARGEST_RANK = 4, 300, 2
"""Names that depart from habit at once, choices that are tried, and axes of an array."""


@dataclass(frozen=True)
class Reading:
    """What a text's names are, and what it is: an array over the names' sizes."""

    vocabulary: Vocabulary
    function: Tensor

    @property
    def shapes(self) -> dict[str, tuple[Expr, ...]]:
        """The shape of each name."""
        return {name: q.shape for name, q in self.vocabulary.quantities.items()}

    def __str__(self) -> str:
        parts = (
            f"{name} {written(shape)}" if shape else f"{name} number"
            for name, shape in self.shapes.items()
        )
        return ", ".join(parts)


def read_with_shapes(
    tree: Tree, declared: Shapes, assumptions: Mapping[str, Mapping[str, bool]]
) -> Reading:
    """The meaning of a text whose names have the shapes that are declared or, failing that, fit.

    `assumptions` are those of each name's symbol, such as `positive`. Raises `AnswerSyntaxError` for
    what is not in the language and `ShapeError` where no shapes fit.
    """
    names = [name for name in names_in(tree) if name not in declared]
    first: ShapeError | None = None
    best: tuple[int, _Choice] | None = None
    for departures, ranks in _choices(names):
        if best and departures >= best[0]:
            break
        choice = _Choice({**declared, **_axes(ranks)})
        try:
            function = choice.settle(tree, assumptions)
        except ShapeError as error:
            first = first or error
            continue
        cost = departures + function.ndim  # an objective is a number, if it can be
        if best is None or cost < best[0]:
            best = cost, choice
    if best is None:
        raise first or ShapeError("no shapes fit")
    return best[1].named(tree, declared, assumptions)


def names_in(tree: Tree) -> list[str]:
    """The names of a text that stand for values, in their order: no function, no module, no index."""
    bound = {str(each.children[1]) for each in tree.find_data("each")}
    called = {id(call.children[0]) for call in tree.find_data("call")}
    found: dict[str, None] = {}
    for name in tree.iter_subtrees_topdown():
        if name.data != "name" or id(name) in called:
            continue
        token = name.children[0]
        if token not in bound and token not in MODULES and token not in ("None", "True", "False"):
            found[str(token)] = None
    return [name for name in found if name not in NUMBERS]


def _rank(name: str) -> int:
    """The habit of the field: capital letters are matrices, small ones vectors, Greek numbers."""
    stem = name.rstrip("_0123456789")
    if stem.lower() in GREEK and not name[0].isupper() or name in COUNTS:
        return 0
    return 2 if name[0].isupper() else 1


def _choices(names: list[str]) -> Iterator[tuple[int, dict[str, int]]]:
    """How many axes each name has, the most habitual choices first."""
    habit = {name: _rank(name) for name in names}
    tried = 0
    for departures in range(min(MOST_DEPARTURES, len(names)) + 1):
        for changed in combinations(names, departures):
            others = ([r for r in range(LARGEST_RANK + 1) if r != habit[n]] for n in changed)
            for ranks in product(*others):
                yield departures, habit | dict(zip(changed, ranks, strict=True))
                tried += 1
                if tried >= MOST_TRIED:
                    return
