"""An entry in index notation as LaTeX, in which each bound index has a letter of its own."""

from __future__ import annotations

from string import ascii_lowercase

from sympy import Basic, Idx, IndexedBase, Symbol, Tuple
from sympy.concrete.expr_with_limits import ExprWithLimits

from derivations.latex import to_latex
from derivations.notation import substitute, with_range

LETTERS = "klmpqrs" + ascii_lowercase


def entry_to_latex(entry: Basic, indices: tuple[Idx, ...] = ()) -> str:
    """The LaTeX of an entry at the indices."""
    free = {str(symbol) for symbol in entry.free_symbols} | {str(place.label) for place in indices}
    return to_latex(_lettered(entry, frozenset(free)))


def _lettered(expr: Basic, taken: frozenset[str]) -> Basic:
    """The same with a new letter for each bound index, none of which is taken."""
    if not expr.args or isinstance(expr, Idx | IndexedBase):
        return expr
    if not isinstance(expr, ExprWithLimits):
        return expr.func(*(_lettered(part, taken) for part in expr.args))
    function, limits = expr.function, []
    for index, *ends in expr.limits:
        letter = next(letter for letter in LETTERS if letter not in taken)
        taken |= {letter}
        place = with_range(Symbol(letter, integer=True), *ends)
        function = substitute(function, {index: place})
        limits.append(Tuple(place, *(_lettered(end, taken) for end in ends)))
    return expr.func(_lettered(function, taken), *limits)
