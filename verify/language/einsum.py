"""`einsum` in other words of the language: products, transposes, diagonals and sums.

A letter that is not in the result is summed over: within one array, entry by entry of arrays with
the same letters, or as a product of matrices.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import reduce

from lark import Token, Tree

SUBSCRIPTS = re.compile(r"([a-zA-Z]*(?:,[a-zA-Z]*)*)(?:->([a-zA-Z]*))?")
Say = Callable[..., Tree]
"""The tree of a text, with trees for the names in it."""
Term = tuple[Tree, str]
"""An array and a letter for each of its axes, all of them different."""


def contracted(subscripts: str, arrays: list[Tree], say: Say) -> Tree:
    """The sum that the subscripts mean; raises `ValueError` for what has more than two axes."""
    match = SUBSCRIPTS.fullmatch(subscripts.replace(" ", ""))
    if not match:
        raise ValueError(f"einsum: expected letters, as in 'ij,jk->ik', got {subscripts!r}")
    letters = match[1].split(",")
    if len(letters) != len(arrays):
        raise ValueError(f"einsum: expected {len(letters)} arrays, got {len(arrays)}")
    counts = Counter(match[1].replace(",", ""))
    result = match[2]
    if result is None:  # as in NumPy: the letters that occur once, in their order
        result = "".join(sorted(letter for letter in counts if counts[letter] == 1))
    if len(set(result)) < len(result) or not set(result) <= counts.keys():
        raise ValueError(f"einsum: expected letters of the arrays, each once, got {result!r}")
    if any(len(axes) > 2 for axes in [*letters, result]):
        raise ValueError("einsum: an array of more than two axes is not in the language")
    terms = [
        _on_diagonal(Tree("axes", [array, Token("LETTERS", repr(own))], array.meta), own, say)
        for array, own in zip(arrays, letters, strict=True)
    ]
    while summed := _letters_of(terms) - set(result):
        terms = _without_one_letter(terms, summed, say)
    return _spread(_merged(terms, say), result, say)


def _letters_of(terms: list[Term]) -> set[str]:
    return {letter for _, letters in terms for letter in letters}


def _on_diagonal(array: Tree, letters: str, say: Say) -> Term:
    if len(letters) == 2 and letters[0] == letters[1]:
        return say("diag(x)", x=array), letters[0]
    return array, letters


def _turned(term: Term, letters: str, say: Say) -> Tree:
    """The array with its axes in the order of the letters."""
    array, own = term
    return array if own == letters else say("x.T", x=array)


def _merged(terms: list[Term], say: Say) -> list[Term]:
    """The terms with the same letters multiplied entry by entry."""
    merged: dict[frozenset[str], Term] = {}
    for term in terms:
        key = frozenset(term[1])
        if key in merged:
            first, letters = merged[key]
            term = say("x*y", x=first, y=_turned(term, letters, say)), letters
        merged[key] = term
    return list(merged.values())


def _without_one_letter(terms: list[Term], summed: set[str], say: Say) -> list[Term]:
    """The terms summed over the letter that the fewest of them have."""
    terms = _merged(terms, say)
    letter = min(sorted(summed), key=lambda one: sum(one in letters for _, letters in terms))
    having = sorted((term for term in terms if letter in term[1]), key=lambda term: len(term[1]))
    others = [term for term in terms if letter not in term[1]]
    if len(having) > 2 and len(having[0][1]) == 1:
        (vector, _), matrix, *rest = having
        own = matrix[1].replace(letter, "") + letter
        having = [(say("x*v", x=_turned(matrix, own, say), v=vector), own), *rest]
    if len(having) > 2:
        raise ValueError("einsum: a product of more than two axes is not in the language")
    left, *right = (letters.replace(letter, "") for _, letters in having)
    if not right:
        ((array, letters),) = having
        text = "sum(x)" if len(letters) == 1 else f"sum(x, axis={letters.index(letter)})"
        return [*others, (say(text, x=array), left)]
    first, second = (
        _turned(having[0], left + letter, say),
        _turned(having[1], letter + right[0], say),
    )
    return [*others, (say("x @ y", x=first, y=second), left + right[0])]


def _spread(terms: list[Term], result: str, say: Say) -> Tree:
    """The product of the terms, each broadcast to the letters of the result."""
    arrays = {letters: array for array, letters in terms}
    if len(result) == 2 and set(arrays) <= {*result, ""}:
        arrays[result] = say("outer(x, y)", x=arrays.pop(result[0]), y=arrays.pop(result[1]))
    parts = []
    for letters, array in arrays.items():
        is_column = len(result) == 2 and letters == result[0]
        array = array if len(letters) < 2 else _turned((array, letters), result, say)
        parts.append(say("x[:, None]", x=array) if is_column else array)
    return reduce(lambda first, second: say("x*y", x=first, y=second), parts)
