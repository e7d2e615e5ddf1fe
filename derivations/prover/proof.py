"""What a proof says: a verdict, its scope as data, and a point where the statement is refuted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sympy import Basic, Expr, Idx, IndexedBase, Symbol
from sympy.logic.boolalg import Boolean

from derivations.latex import to_latex
from derivations.prover.counterexamples import Counterexample
from derivations.prover.facts import Fact
from derivations.prover.needs import Need
from derivations.text import to_text

T = TypeVar("T")


class Verdict(StrEnum):
    """What is known of a statement."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Warrant(StrEnum):
    """What a proof rests on beside the rules of the normal form, the regions and the signs."""

    INDUCTION = "by induction"
    LIMIT = "by SymPy's limit"
    PRIMITIVE = "by a primitive without jumps"
    ENUMERATION = "by trying all sign patterns"
    ASSUMED = "by a theorem that is cited"


@dataclass(frozen=True)
class Scope:
    """For what a statement is proved.

    `symbols` are the sizes, numbers and arrays that it holds for every value of, within the sign
    that is assumed of each; `conditions` restrict them; `gaps` are needs of the two sides that are
    not known to hold everywhere, so that it is proved where they do; `off_kinks` leaves out points
    without a derivative; `facts` are assumed.
    """

    symbols: frozenset[Symbol | IndexedBase] = frozenset()
    conditions: tuple[Boolean, ...] = ()
    gaps: tuple[Need, ...] = ()
    off_kinks: bool = False
    facts: tuple[Fact, ...] = ()
    warrants: tuple[Warrant, ...] = ()

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of the sizes."""
        return tuple(sorted(s.name for s in self.symbols if _label(s).is_integer))

    def __or__(self, other: Scope) -> Scope:
        return Scope(
            self.symbols | other.symbols,
            _joined(self.conditions, other.conditions),
            _joined(self.gaps, other.gaps),
            self.off_kinks or other.off_kinks,
            _joined(self.facts, other.facts),
            _joined(self.warrants, other.warrants),
        )

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, gaps: str | None = None) -> str:
        """In plain characters, `gaps` in words of one's own: every n, tau > 0, by induction."""
        return self._written(to_text, gaps)

    def to_latex(self) -> str:
        r"""As text with formulas: every $n$, $\tau > 0$, by induction."""
        return self._written(lambda part: f"${to_latex(part)}$", None)

    def _written(self, printed: Callable[[Basic], str], gaps: str | None) -> str:
        ranges = ", ".join(self._ranges(printed))
        conditions = " and ".join(map(printed, self.conditions))
        parts = [f"every {ranges or 'value'}"] if ranges or not conditions else [conditions]
        if ranges and conditions:
            parts.append(f"where {conditions}")
        if self.off_kinks:
            parts.append("off kinks")
        if self.gaps:
            parts.append(gaps or _said_of_gaps(self.gaps, printed))
        if self.facts:
            parts.append("with " + " and ".join(fact.written(printed) for fact in self.facts))
        return ", ".join([*parts, *self.warrants])

    def _ranges(self, printed: Callable[[Basic], str]) -> list[str]:
        """The sizes; then what else is positive, and what is not negative."""
        ordered = sorted(self.symbols, key=str)
        numbers = [s for s in ordered if not _label(s).is_integer]
        positive = [s for s in numbers if _label(s).is_positive]
        others = [s for s in numbers if _label(s).is_nonnegative and s not in positive]
        ranges = [printed(s) for s in ordered if _label(s).is_integer]
        for symbols, sign in ((positive, ">"), (others, ">=")):
            if symbols:
                names = ", ".join(map(printed, symbols))
                ranges.append(f"{names} {sign} 0" if printed is to_text else f"{names} ${sign} 0$")
        return ranges


@dataclass(frozen=True)
class Proof:
    """A verdict with its scope; a counterexample if refuted, and why if undecided."""

    verdict: Verdict
    scope: Scope = Scope()
    counterexample: Counterexample | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether the statement is proved."""
        return self.verdict is Verdict.PROVED

    def __str__(self) -> str:
        return str(self.counterexample or self.why or self.scope)


def proved(scope: Scope) -> Proof:
    """The verdict of rules."""
    return Proof(Verdict.PROVED, scope)


def refuted(counterexample: Counterexample) -> Proof:
    """The verdict of a point."""
    return Proof(Verdict.REFUTED, counterexample=counterexample)


def undecided(why: str) -> Proof:
    """The verdict where neither rules nor points settle the question."""
    return Proof(Verdict.UNDECIDED, why=why)


def symbols_of(*expressions: Expr) -> frozenset[Symbol | IndexedBase]:
    """The sizes, numbers and arrays in expressions; no summation variable, and no index."""
    bases = set().union(*(expr.atoms(IndexedBase) for expr in expressions))
    places = set().union(*(expr.atoms(Idx) for expr in expressions))
    labels = {base.label for base in bases} | {place.label for place in places}
    bound = {
        k for e in expressions for s in e.atoms(Basic) if hasattr(s, "limits") for k in s.variables
    }
    symbols = set().union(*(expr.atoms(Symbol) for expr in expressions))
    return frozenset(bases | (symbols - labels - bound))


def _label(symbol: Symbol | IndexedBase) -> Symbol:
    return symbol.label if isinstance(symbol, IndexedBase) else symbol


def _joined(first: tuple[T, ...], second: tuple[T, ...]) -> tuple[T, ...]:
    return first + tuple(part for part in second if part not in first)


def _said_of_gaps(gaps: Iterable[Need], printed: Callable[[Basic], str]) -> str:
    """What must not be 0 or negative; gaps that depend on branches are not spelled out."""
    if any(need.where for need in gaps):
        return "wherever both sides are defined"
    return "where " + " and ".join(dict.fromkeys(printed(need.relation) for need in gaps))
