"""What a proof holds for, in words: in plain characters, or with formulas in LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Abs, Basic, Expr, Ge, Gt, IndexedBase, Le, Lt, Ne, Pow, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from derivations.latex import to_latex
from derivations.prover.facts import (
    Fact,
    Independent,
    Normalised,
    OneHot,
    PositiveDefinite,
    SecondMoment,
    Signs,
    Symmetric,
    White,
    ZeroOrOne,
)
from derivations.prover.needs import Need
from derivations.prover.proof import Scope
from derivations.text import to_text

Printed = Callable[[Basic], str]
SIGNS = {"positive": Gt, "negative": Lt, "nonnegative": Ge, "nonpositive": Le}


def scope_to_text(scope: Scope, gaps: str | None = None) -> str:
    """In plain characters, `gaps` in words of one's own: every n, tau > 0, by induction."""
    return _in_words(scope, to_text, gaps)


def scope_to_latex(scope: Scope) -> str:
    r"""As text with formulas: every $n$, $\tau > 0$, by induction."""
    return _in_words(scope, lambda part: f"${to_latex(part)}$", None)


def sizes_of(scope: Scope) -> list[str]:
    """The names of the sizes that it holds for every value of."""
    return sorted(symbol.name for symbol in scope.symbols if label(symbol).is_integer)


def fact_to_text(fact: Fact) -> str:
    """What is assumed of an array, in plain characters."""
    return _assumed(fact, to_text)


def _in_words(scope: Scope, printed: Printed, gaps: str | None) -> str:
    ranges = ", ".join(_ranges(scope, printed))
    conditions = " and ".join(dict.fromkeys(printed(_as_written(c)) for c in scope.conditions))
    parts = [f"every {ranges or 'value'}"] if ranges or not conditions else [conditions]
    if ranges and conditions:
        parts.append(f"where {conditions}")
    if scope.off_kinks:
        parts.append("off kinks")
    if scope.gaps:
        parts.append(gaps or _said_of_gaps(scope.gaps, printed))
    if scope.facts:
        facts = dict.fromkeys(_assumed(fact, printed) for fact in scope.facts)
        parts.append("with " + " and ".join(facts))
    return ", ".join([*parts, *scope.warrants])


def _ranges(scope: Scope, printed: Printed) -> list[str]:
    """The sizes; then what else has a sign that is assumed, but for 0 and 1 of one-hot rows."""
    ordered = sorted(scope.symbols, key=str)
    ranges = [printed(s) for s in ordered if label(s).is_integer]
    one_hot = [fact.base for fact in scope.facts if isinstance(fact, ZeroOrOne)]
    numbers = [s for s in ordered if not label(s).is_integer and s not in one_hot]
    for sign, relation in SIGNS.items():
        if symbols := [s for s in numbers if getattr(label(s), f"is_{sign}")]:
            *names, last = symbols
            ranges += [*map(printed, names), printed(relation(last, 0, evaluate=False))]
        numbers = [s for s in numbers if s not in symbols]
    return ranges


def _said_of_gaps(gaps: Iterable[Need], printed: Printed) -> str:
    """What must not be 0 or negative; gaps that depend on branches are not spelled out."""
    if any(need.where for need in gaps):
        return "wherever both sides are defined"
    relations = (printed(_as_written(need.relation)) for need in gaps)
    return "where " + " and ".join(dict.fromkeys(relations))


def _as_written(condition: Boolean) -> Boolean:
    """A comparison as one writes it: n >= 3, and not n - 3 >= 0; x != 0, and not |x| != 0."""
    if isinstance(condition, Ne) and condition.rhs == 0:
        return Ne(_without_root(condition.lhs), 0, evaluate=False)
    if isinstance(condition, Relational) and condition.rhs == 0:
        number, symbol = condition.lhs.as_coeff_Add()
        if number and symbol.is_Symbol:
            return condition.func(symbol, -number, evaluate=False)
    return condition


def _without_root(quantity: Expr) -> Expr:
    """A quantity that is 0 where one is, of which it is a root or the magnitude."""
    if isinstance(quantity, Abs) or (isinstance(quantity, Pow) and quantity.exp.is_positive):
        return _without_root(quantity.args[0])
    return quantity


def _assumed(fact: Fact, printed: Printed) -> str:
    """The kinds before those that they are kinds of."""
    match fact:
        case OneHot(base):
            return f"{printed(base)} one-hot"
        case ZeroOrOne(base):
            return f"{printed(base)} being 0 or 1"
        case Normalised(base):
            return f"the entries of {printed(base)} summing to 1"
        case PositiveDefinite(base):
            return f"{printed(base)} symmetric positive definite"
        case Symmetric(base):
            return f"{printed(base)} symmetric"
        case Signs(base):
            return f"the entries of {printed(base)} being 1 or -1"
        case Independent(first, second):
            return f"{printed(first)} independent of {printed(second)}"
        case White(base, variance):
            return f"uncorrelated {printed(base)} of mean 0 and variance {printed(variance)}"
        case SecondMoment(base, value):
            return f"{printed(base)} of mean square {printed(value)}"
    raise TypeError(f"fact: expected one that has words, got {fact}")


def label(symbol: Symbol | IndexedBase) -> Symbol:
    """The symbol that carries what is assumed."""
    return symbol.label if isinstance(symbol, IndexedBase) else symbol
