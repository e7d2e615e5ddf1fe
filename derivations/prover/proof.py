"""What a proof says: a verdict, its scope as data, and a point where the statement is refuted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

from sympy import Basic, Expr, Idx, IndexedBase, Symbol
from sympy.logic.boolalg import Boolean

from derivations.prover.facts import Fact
from derivations.prover.needs import Need
from derivations.prover.points.counterexamples import Counterexample


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

    def __or__(self, other: Scope) -> Scope:
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        both = (tuple(dict.fromkeys(a + b)) if type(a) is tuple else a | b for a, b in pairs)
        return Scope(*both)  # type: ignore[arg-type]


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
    ranged = [part for e in expressions for part in e.atoms(Basic) if hasattr(part, "limits")]
    bound = {k for part in ranged for k in part.variables}
    symbols = set().union(*(expr.atoms(Symbol) for expr in expressions))
    return frozenset(bases | (symbols - labels - bound))


def mapped(part: Any, change: Callable[[Basic], Basic]) -> Any:
    """A statement, a scope or the like with each expression in it changed."""
    if isinstance(part, Basic):
        return change(part)
    if isinstance(part, tuple | frozenset):
        return type(part)(mapped(one, change) for one in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {f.name: mapped(getattr(part, f.name), change) for f in fields(part)}
        return replace(part, **changed)
    return part
