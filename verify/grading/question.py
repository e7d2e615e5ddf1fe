"""What is asked: the right closed form, the names an answer may use, and points to try it at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from lark import Tree
from sympy import Expr, Idx, IndexedBase, Symbol

from derivations.prover.facts import NOTHING, Assuming, Definition, unfolded
from derivations.prover.needs import Need, needs_of
from derivations.prover.proof import Scope
from verify.language.program.names import NOTHING_SHOWN, Shown
from verify.language.tensor import written
from verify.language.vocabulary import Vocabulary
from verify.numerics.domain import Domain


@dataclass(frozen=True, eq=False)
class Question:
    """One closed form to be found.

    `assuming` says what an answer may use: abbreviations, facts about them, and conditions; `given`
    computes the abbreviations that have values of their own at a point. `mistakes` are wrong forms
    and their names. The right side has a value only where `required` holds, besides what it shows,
    and off `kinks`, each a quantity that is not 0, and borders of what is assumed: no point there
    refutes an answer. A proof leaves out the `crossings` alone, the kinks around which the quantity
    is not 0 everywhere. Of `signed` names a sign is assumed, which the scope says though no side
    may have them any more. `why_shape` says of a surprising shape what it comes from.
    """

    id: str
    right: Expr
    indices: tuple[Idx, ...]
    vocabulary: Vocabulary
    domain: Domain
    assuming: Assuming = NOTHING
    what: str = "the right one"
    given: Mapping[str, Callable] = field(default_factory=dict)
    mistakes: tuple[tuple[str, Expr], ...] = ()
    required: tuple[Need, ...] = ()
    kinks: tuple[Need, ...] = ()
    crossings: tuple[Need, ...] = ()
    signed: frozenset[Symbol | IndexedBase] = frozenset()
    why_shape: str = ""
    wrt: str = ""
    """The name that it is a derivative in, if it is one of an own objective."""
    shown: Shown = NOTHING_SHOWN
    """What an answer may use of the objective's text: its labels, its library and its names."""
    given_again: Mapping[str, Tree | None] = field(default_factory=dict)
    """Names of the vocabulary that the objective's text gives other values to."""

    @property
    def in_arguments(self) -> Question:
        """The question to answers in the arguments' names alone."""
        return replace(self, shown=self.shown._replace(named={}), given_again={})

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What the abbreviations stand for."""
        return self.assuming.definitions

    @property
    def shape(self) -> tuple[Expr, ...]:
        """The shape of the answer, one axis for each free index of the right entry."""
        return tuple(place.upper for place in self.indices)

    @cached_property
    def needs(self) -> frozenset[Need]:
        """What the right side itself needs to have a value."""
        shown = needs_of(self.written_out(self.right))
        return frozenset(need.simplified() for need in (*self.required, *shown))

    @property
    def formula(self) -> Expr:
        """The right form as it is run, in which slips of hand are planted."""
        return self.runnable(self.right)

    @property
    def other_forms(self) -> list[tuple[Expr, Scope]]:
        """What is proved to be equal to the right side by more than rules, and for which scope."""
        return []

    @property
    def expected(self) -> str:
        """The quantity in words, with its shape."""
        return f"{self.what} is {written(self.shape)}{self.why_shape}"

    def written_out(self, expr: Expr) -> Expr:
        """The expression in the inputs alone."""
        return unfolded(expr, self.definitions)

    def runnable(self, expr: Expr) -> Expr:
        """The expression in what has values at a point: inputs, and abbreviations given."""
        others = tuple(d for d in self.definitions if d.name not in self.given)
        return unfolded(expr, others)
