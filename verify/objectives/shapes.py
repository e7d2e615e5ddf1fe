"""The shape of each name in a text, from its use; where use leaves it open, from the field's habit.

Capital letters are matrices, small ones vectors, Greek names, n and the like numbers. The reader of
the language itself judges whether a choice fits: sizes that it finds to be different are made one,
and where the ranks do not fit, the choice with the fewest departures from habit that does is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations, count, islice, product

from lark import Token, Tree
from sympy import Expr, Integer, Symbol

from derivations.notation import array, size
from verify.language.latex.unclear import COUNTS
from verify.language.libraries import library_of
from verify.language.meaning import Meaning
from verify.language.tensor import ShapeError, Tensor
from verify.language.vocabulary import Quantity, Vocabulary
from verify.language.words.along_axis import INFINITE
from verify.language.words.elementwise import ELEMENTWISE, NUMBERS
from verify.language.words.functions import CONSTANTS

Shapes = Mapping[str, tuple[str | int, ...]]
"""Per name the sizes of its axes, by name or as numbers: none for a number."""
Signs = Mapping[str, Mapping[str, bool]]
"""Per name what SymPy assumes of its symbol."""

GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu",
    "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "pi",
    "lam", "lamb", "lambd", "lmbda", "lamda", "eps", "gam", "sig", "temp", "lr",
    "reg", "weight_decay", "wd", "margin", "smoothing", "temperature", "decay", "rate", "strength",
}  # fmt: skip
NO_NAMES = {*NUMBERS, INFINITE, "newaxis", "None", "True", "False"}
ROWS = COUNTS[:5]
LETTERS = (*"ndmkpqrshl", *(f"n{number}" for number in range(1, 100)))
"""Names that may count entries, those that count the rows of a matrix, and letters for sizes."""
MAKES_COLUMNS = ("None", "newaxis", "reshape", "view", "keepdims", "keepdim")
"""Words by which an axis of 1 comes about."""
UNLIKELY = 2
"""Departures from habit that are more likely than the sum of a number."""
MOST_DEPARTURES, MOST_TRIED, LARGEST_RANK = 4, 300, 2
"""Names that depart from habit at once, choices that are tried, and axes of an array."""
MOST_BY_ANSWERS, MOST_OF_ANSWERS = 2, 80
"""The same names and choices where an answer says that they depart."""


@dataclass(frozen=True)
class Reading:
    """What a text's names are, and what it is: an array over the names' sizes."""

    vocabulary: Vocabulary
    function: Tensor


def read_with_shapes(tree: Tree, declared: Shapes, signs: Signs) -> Reading:
    """The meaning of a text whose names have the shapes that are declared or, failing that, fit.

    `signs` are what is assumed of each name's symbol, such as `positive`. Raises `ValueError`: for
    what is not in the language `AnswerSyntaxError`, `ShapeError` where no shapes fit.
    """
    arrays, counts = _arrays_and_counts(tree, declared)
    first_error: tuple[ValueError, _Choice] | None = None
    best: tuple[int, int, _Choice] | None = None
    habits = {name: habitual_rank(name) for name in arrays if name not in declared}
    for departures, ranks in choices(habits, [habits.keys(), habits.keys() - _of_arrays(tree)]):
        if best and (departures, 0) >= best[:2]:
            break
        is_other_array = any(rank and rank != habits[name] for name, rank in ranks.items())
        if best and not best[-1].sums_a_number and is_other_array:
            continue  # a row times a row is a number as well, but seldom meant
        choice = _Choice({name: ranks.get(name, 0) for name in arrays}, declared, counts)
        try:
            function = choice.fitted(tree, signs)
        except ValueError as error:
            first_error = first_error or (error, choice)
            if "unknown" in str(error):
                break
            continue
        cost = departures + function.ndim + UNLIKELY * choice.sums_a_number
        if best is None or (cost, function.ndim) < best[:2]:  # it is a number, if it can be
            best = cost, function.ndim, choice
    if best is None and first_error:
        misfit, choice = first_error
        Meaning(choice.named(signs)).answer(tree)  # the same error, with letters for the sizes
        raise misfit
    if best is None:
        raise ShapeError("no shapes fit")
    vocabulary = best[-1].named(signs)
    return Reading(vocabulary, Meaning(vocabulary).answer(tree))


def others_that_fit(
    function: Tree, answer: Tree, wrt: str, declared: Shapes, signs: Signs
) -> Iterator[Vocabulary]:
    """What the names may be as well by an answer, which has the shape of what the function, a
    number, is differentiated in: a capital letter stays a matrix, or the transpose of an answer
    would be right of a vector.
    """
    arrays, counts = _arrays_and_counts(function, declared)
    habits = {name: habitual_rank(name) for name in arrays if name not in declared}
    own = Tree("name", [Token("NAME", wrt)])
    like_own = Tree("call", [Tree("name", [Token("NAME", "vdot")]), answer, own], answer.meta)
    tried = [
        (departures, ranks)
        for departures, ranks in islice(choices(habits), MOST_OF_ANSWERS)
        if 0 < departures <= MOST_BY_ANSWERS and (habits.get(wrt) != 2 or ranks[wrt] == 2)
    ]
    for _, ranks in sorted(tried, key=partial(_distance, habits)):
        rank = ranks.get(wrt, len(declared.get(wrt, ())))
        choice = _Choice({name: ranks.get(name, 0) for name in arrays}, declared, counts)
        with suppress(ValueError):
            both = Tree("beside", [function, like_own if rank else answer], function.meta)
            value = choice.fitted(both, signs)
            vocabulary = choice.named(signs)
            is_alike = Meaning(vocabulary).answer(answer).ndim == rank
            extents = {e for q in vocabulary.quantities.values() for e in q.shape}
            is_general = all(e.is_Symbol or e in {*chain(*declared.values())} for e in extents)
            if is_alike and is_general and not value.ndim and not choice.sums_a_number:
                yield vocabulary


def as_number(tree: Tree, declared: Shapes) -> Tree:
    """A matrix of one entry, such as r.T @ r of a column r, as the number meant: its sum."""
    has_columns = any(tree.scan_values(lambda token: token in MAKES_COLUMNS))
    if has_columns or any(1 in shape for shape in declared.values()):
        with suppress(ValueError):
            if read_with_shapes(tree, declared, {}).function.axes == (None, None):
                return Tree("call", [Tree("name", [Token("NAME", "sum")]), tree], tree.meta)
    return tree


def _arrays_and_counts(tree: Tree, declared: Shapes) -> tuple[list[str], dict[str, list[str]]]:
    """The names of values, and those of counts with the names of what they count."""
    names = names_in(tree)
    sizes = {part for shape in declared.values() for part in shape if isinstance(part, str)}
    counts = {name: among for name, among in _counts(tree).items() if name not in declared}
    counts |= {name: [] for name in names if name in sizes - counts.keys()}
    return [name for name in names if name not in counts], counts


def names_in(tree: Tree) -> list[str]:
    """The names that stand for values, in their order: no function, module or index of a sum."""
    bound = {str(each.children[1]) for each in tree.find_data("each")}
    called = {id(call.children[0]) for call in tree.find_data("call")}
    modules = {
        id(part)
        for attribute in tree.find_data("attribute")
        for part in attribute.iter_subtrees()
        if part.data == "name" and library_of([str(part.children[0]), str(attribute.children[1])])
    }
    found = [
        str(name.children[0])
        for name in tree.iter_subtrees_topdown()
        if name.data == "name" and id(name) not in called | modules
    ]
    return [name for name in dict.fromkeys(found) if name not in bound | NO_NAMES]


def _counts(tree: Tree) -> dict[str, list[str]]:
    """Names that count entries, and the names of what they count: a divisor of such names alone,
    the size of a constant array, or the range of a sum.
    """
    all_names = set(names_in(tree))
    divided = ((division.children[1], division.children[0]) for division in tree.find_data("div"))
    places = [  # not of p/(1 - p), nor where there is no other name
        (divisor, counted)
        for divisor, counted in divided
        if set(names_in(divisor)) != all_names
        and not (divisor.data == "sub" and divisor.children[0].data == "number")
    ]
    for call in tree.find_data("call"):
        function, *arguments = call.children
        if function.data in ("name", "attribute") and function.children[-1] in CONSTANTS:
            places += [(argument, tree) for argument in arguments]
    for term, _, *ends in (each.children for each in tree.find_data("each")):
        places += [(end, term) for end in ends]
    counts: dict[str, list[str]] = {}
    for place, counted in places:
        names = names_in(place)
        if set(names) <= set(COUNTS):
            counts |= {name: names_in(counted) for name in names if name not in counts}
    return counts


def habitual_rank(name: str) -> int:
    """How many axes a name has by habit."""
    stem = name.rstrip("_0123456789")
    if stem in GREEK or stem.lower() in ("lambda", "n"):
        return 0
    return 2 if name[0].isupper() else 1


def _of_arrays(tree: Tree) -> set[str]:
    """The names in what is meant for arrays: products, parts, and all but functions of entries."""
    kinds = {"matmul", "subscript", "attribute"}
    parts = [part for kind in kinds for part in tree.find_data(kind)]
    calls = tree.find_data("call")
    parts += [call for call in calls if call.children[0].children[-1] not in ELEMENTWISE]
    return {name for part in parts for name in names_in(part)}


def choices(
    habit: Mapping[str, int], numbers: Sequence[Set[str]] = ()
) -> Iterator[tuple[int, dict[str, int]]]:
    """How many axes each name has, with the number of departures from habit, the fewest first; it
    is one that several are `numbers`.
    """
    tried = count(1)
    for departures in range(min(MOST_DEPARTURES, len(habit)) + 1):
        for together in numbers if departures == 1 else ():
            yield 1, {name: 0 if name in together else rank for name, rank in habit.items()}
        for changed in combinations(habit, departures):
            others = ([r for r in range(LARGEST_RANK + 1) if r != habit[n]] for n in changed)
            for ranks in product(*others):
                yield departures, dict(habit) | dict(zip(changed, ranks, strict=True))
                if next(tried) >= MOST_TRIED:
                    return


def _distance(habit: Mapping[str, int], tried: tuple[int, Mapping[str, int]]) -> tuple[int, ...]:
    """How far a choice is from habit: of two as far, that with fewer axes is the farther one."""
    departures, ranks = tried
    return departures, sum(abs(habit[n] - r) for n, r in ranks.items()), -sum(ranks.values())


class _Choice:
    """Names with so many axes each; which sizes are the same is found out by reading."""

    def __init__(self, ranks: Mapping[str, int], declared: Shapes, counts: Mapping[str, list[str]]):
        self.axes: dict[str, tuple[Expr, ...]] = {}
        for name, rank in ranks.items():
            shape = declared.get(name, tuple(f"{name}.{axis}" for axis in range(rank)))
            self.axes[name] = tuple(Integer(s) if isinstance(s, int) else size(s) for s in shape)
        self.counts, self.counted = {name: size(name) for name in counts}, counts
        self.same: dict[Expr, Expr] = {}
        self.sums_a_number = False
        """Whether a word that is meant for arrays is one of a number."""

    def fitted(self, tree: Tree, signs: Signs) -> Tensor:
        """The meaning, sizes made one until all fit; raises `ShapeError` where none do."""
        while True:
            meaning = Meaning(self._vocabulary(signs))
            try:
                function = meaning.answer(tree)
                self.sums_a_number = meaning.sums_a_number
                return function
            except ShapeError as error:
                if len(error.sizes) < 2 or not self._unify(*error.sizes[:2]):
                    raise

    def named(self, signs: Signs) -> Vocabulary:
        """The names, with a letter for each size: one declared or in the text, or the field's."""
        sizes = [self._size(s) for shape in self.axes.values() for s in shape]
        names = (s for extent in sizes for s in sorted(extent.free_symbols, key=str))
        unnamed = [s for s in dict.fromkeys(names) if "." in s.name]
        taken = {*self.axes, *self.counts, *(str(s) for s in sizes)}
        for name in [c for c in self.counts if self.counts[c] not in sizes]:
            shapes = [self.axes[among] for among in self.counted[name] if among in self.axes]
            counted = max(shapes, key=len, default=())
            ends = [self._size(s) for s in counted][:: 1 if name in ROWS else -1]
            place = next((end for end in [*ends, *unnamed] if end in unnamed), None)
            if place is not None:
                self.same[place] = self.counts[name]
                unnamed.remove(place)
        for place in unnamed:
            wanted = place.name.partition(".")[2]  # a letter, or the number of the axis
            wishes = (wanted, *LETTERS) if wanted.isalpha() else LETTERS
            letter = next(letter for letter in wishes if letter not in taken)
            self.same[place] = size(letter)
            taken.add(letter)
        return self._vocabulary(signs)

    def _unify(self, first: Expr, second: Expr) -> bool:
        """Make two sizes one; False where both are given."""
        difference = first - second
        for one in sorted(difference.free_symbols, key=lambda s: (s.name[-1].isalpha(), str(s))):
            slope = difference.coeff(one)
            if "." in one.name and abs(slope) == 1:
                self.same[one] = one - slope * difference
                return True
        return False

    def _size(self, size_: Expr) -> Expr:
        while size_.free_symbols & self.same.keys():
            size_ = size_.xreplace(self.same)
        return size_

    def _vocabulary(self, signs: Signs) -> Vocabulary:
        quantities = {}
        for name, axes in self.axes.items():
            shape, known = tuple(map(self._size, axes)), {"real": True, **signs.get(name, {})}
            symbol = array(name, *shape, **known) if shape else Symbol(name, **known)
            quantities[name] = Quantity(symbol, shape)
        sizes = {s for q in quantities.values() for extent in q.shape for s in extent.free_symbols}
        sizes |= set(self.counts.values())
        return Vocabulary(quantities, {s.name: s for s in sorted(sizes, key=str)})
