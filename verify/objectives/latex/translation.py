r"""Translates an objective in LaTeX into NumPy's notation, in which it is then read and shown.

Sums over indices become operations on whole arrays: \sum_i (y_i - x_i^\top w)^2 is
sum((y - X @ w)**2). What no such operation says is refused, with its column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import partial

from verify.language.latex.text import LATEX_ONLY, bold_letters, read_latex, without_bold
from verify.language.tensor import ShapeError
from verify.objectives.latex.arrays import UnclearError
from verify.objectives.latex.letters import Letters, letters_in
from verify.objectives.latex.unclear import reject_unclear
from verify.objectives.latex.walk import Translated, in_numpy
from verify.objectives.shapes import Shapes, choices

LEFT_SIDE = re.compile(
    r"^[\s$]*(\\(mathcal|mathrm|text|operatorname|hat|bar)\s*\{?\s*\\?\w+\s*\}?|\\?[A-Za-z]+)"
    r"(\s*[_^]\s*(\{[^{}=]*\}|\*|\\?\w+))?(\s*(\\left|\\big)?\s*\([^()=]*\))?\s*"
    r"(:=|=|\\coloneqq|\\equiv|\\triangleq)"
)
"""A name of the function and its arguments, and the sign after it."""
UNDER = r"\{(?:[^{}]|\{[^{}]*\})*\}|\\?[A-Za-z]+"
EXTREME = (
    r"\\(?:operatorname\*?|mathrm|text)\s*\{[^{}]*\}|\\arg\s*\\(?:min|max)|\\(?:arg)?(?:min|max)"
)
SOUGHT = re.compile(
    rf"^[\s$]*(?:(?P<which>{EXTREME})\s*(?:\\limits\s*)?_\s*(?P<names>{UNDER})"
    rf"|\\underset\s*(?P<under>{UNDER})\s*\{{\s*(?P<what>{EXTREME})\s*\}})"
)
"""The letters that a minimum or a maximum of the whole is sought over."""
ENDING = re.compile(r"(?<=\S)\s*[.,;]\s*(?=[$\s]*$)")
COMMAND = re.compile(r"\\([A-Za-z]+|\|)")
PROGRAM = re.compile(r"(?m)^\s*(def|return|from|import|@)\b|#")
NUMPY_ONLY = re.compile(r"[*@]|[A-Za-z_]{2,}\s*\(")


def is_translatable(text: str) -> bool:
    """Whether a text is LaTeX, and no lines of Python with LaTeX in a comment."""
    if PROGRAM.search(text):
        return False
    return bool(COMMAND.search(text) or (LATEX_ONLY.search(text) and not NUMPY_ONLY.search(text)))


def translated(text: str, declared: Shapes) -> Translated:
    """What an objective in LaTeX is in NumPy's notation; raises `AnswerSyntaxError`, `ShapeError`.

    The axes of each array are chosen as `read_with_shapes` chooses them: with the fewest departures
    from habit, and so that the objective is a number, if it can be, above all if it is a sum.
    """
    plain = LEFT_SIDE.sub(lambda left: " " * len(left[0]), text)
    plain = SOUGHT.sub(partial(_without_sought, text=plain), plain)
    plain = ENDING.sub(lambda end: " " * len(end[0]), plain)
    tree = read_latex(plain)
    reject_unclear(tree, without_bold(plain))
    letters = letters_in(tree, bold_letters(plain), declared)
    has_sum = any(node.data.startswith("over_") for node in tree.iter_subtrees())
    best: tuple[int, Translated] | None = None
    first_error: ShapeError | None = None
    most, is_doubtful = math.inf, False
    for departures, ranks in _choices(letters):
        if departures > most:
            break
        try:
            found = in_numpy(tree, letters, ranks)
        except UnclearError as error:
            first_error, most = first_error or error, departures
            continue
        except ShapeError as error:
            first_error = first_error or error
            continue
        cost = departures + (1 + has_sum) * found.ndim + letters.changed_capitals(ranks, 1)
        is_tie = best is not None and cost == best[0]
        is_number = not found.ndim and not letters.changed_capitals(ranks)
        if best is None or cost < best[0] or (is_tie and is_number):
            best, most = (cost, found), min(cost, most)
            is_doubtful = has_sum and _is_doubtful(letters, ranks, found.ndim)
    if best is None or (first_error and is_doubtful):
        raise first_error or ShapeError("no shapes fit")
    return best[1]


INDEX = r"_\s*(?:{0}(?![A-Za-z])|\{{[^{{}}]*{0}[^{{}}]*\}})|\^\s*\{{\s*[(\[]\s*{0}\s*[)\]]\s*\}}"
"""A letter in a subscript, beside others or not, or of a sample: x_i, A_{{ij}}, x^{{(i)}}."""


def _without_sought(sought: re.Match, text: str) -> str:
    r"""Spaces for \min_w before an objective, whose letter is no index as it is in \max_i x_i."""
    which, letters = sought["which"] or sought["what"], sought["names"] or sought["under"]
    letter = re.search(r"\\?[A-Za-z]+", letters)
    index = INDEX.format(re.escape(letter[0])) if letter else ""
    is_index = "arg" not in which and (not letter or re.search(index, text[sought.end() :]))
    is_extreme = re.search("min|max", which) is not None
    return " " * len(sought[0]) if is_extreme and not is_index else sought[0]


def _is_doubtful(letters: Letters, ranks: dict[str, int], ndim: int) -> bool:
    r"""Whether a small letter is a number against its habit, and either the whole is none or a
    capital is a vector: in \sum_i (y_i - w X_i)^2 people mean a row times a vector.
    """
    numbers = [a for a in letters.uses if letters.habit(a) == 1 and ranks[a] == 0]
    return bool(numbers) and (ndim > 0 or letters.changed_capitals(ranks, 1) > 0)


def _choices(letters: Letters) -> Iterator[tuple[int, dict[str, int]]]:
    """How many axes each letter has: by habit, with departures, and small letters as numbers; bold
    ones are none.
    """
    habits = {letter: letters.habit(letter) for letter in letters.uses}
    free = {letter: rank for letter, rank in habits.items() if letters.shape(letter) is None}
    bold = letters.bold & free.keys()
    for departures, ranks in choices(free):
        if all(ranks[letter] for letter in bold):
            yield departures, {**habits, **ranks}
    numbers = {a: 2 if a[0].isupper() else letters.uses[a].indices for a in free.keys() - bold}
    yield len(free), {**habits, **numbers}
