"""A claim: a derivation, and what its formulas are checked against and attacked with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
from sympy import Basic, Expr

from derivations.derivation import Chain, Derivation
from derivations.prover.facts import NOTHING, Assuming, Definition, unfolded
from verify.checking.faults import mutants
from verify.numerics.arrays import evaluate
from verify.numerics.domain import Batch, Domain
from verify.oracles.derivatives import Derivative, Oracle, Reference, oracles_of

MUTANTS = 12
"""Generic faults per formula; those planted by hand come on top."""


def only_chain(derivation: Derivation) -> Chain:
    """The chain of a derivation that has one."""
    (chain,) = derivation.chains
    return chain


@dataclass(frozen=True)
class Fault:
    """A wrong formula that every judge must refute, and the mistake it comes from."""

    name: str
    expression: Expr


@dataclass(frozen=True)
class Check:
    """One chain of a derivation, what judges its formula, and the faults planted in it.

    A formula that `differentiates` is judged by all oracles of that derivative, and by `judges`.
    `given` computes abbreviations that the formula keeps, such as y in diag(y) - y y^T; the others
    are written out. `claimed` is another expression of the chain to judge in place of its last one,
    where that is a bare 0.
    """

    chain: Chain
    judges: tuple[Oracle, ...] = ()
    differentiates: Derivative | None = None
    given: Mapping[str, Reference] = field(default_factory=dict)
    claimed: Basic | None = None
    defined: Assuming = NOTHING
    faults: tuple[Fault, ...] = ()

    @property
    def lemma(self) -> bool:
        """Whether the claim does not ask the formula of a reader; it is judged as all others."""
        return self.chain.lemma

    @property
    def oracles(self) -> tuple[Oracle, ...]:
        """All that judge the formula."""
        derivative = self.differentiates
        return (*(oracles_of(derivative) if derivative else ()), *self.judges)

    @cached_property
    def assuming(self) -> Assuming:
        """All that the chain's steps use, less the abbreviations that are given."""
        parts = [self.defined, *(step.assuming for step in self.chain.steps)]
        return Assuming(
            definitions=first_of_each(
                d for part in parts for d in part.definitions if d.name not in self.given
            ),
            facts=tuple({fact: None for part in parts for fact in part.facts}),
        )

    @cached_property
    def formula(self) -> Expr:
        """What is run, judged and attacked, with abbreviations written out."""
        formula = (
            self.chain.closed_form if self.claimed is None else self.chain.scalar(self.claimed)
        )
        return unfolded(formula, self.assuming.definitions)

    @cached_property
    def planted(self) -> list[Fault]:
        """The faults by hand and the first generic ones, in a fixed order."""
        generic = (Fault(name, expr) for name, expr in mutants(self.formula, self.chain.indices))
        return [*self.faults, *islice(generic, MUTANTS)]

    def run(self, expr: Expr, batch: Batch, dtype: type = np.float64) -> np.ndarray:
        """An expression at each point of a batch, (batch, *ranges of the chain's indices)."""
        values = batch.values_with(self.given, dtype)
        return np.asarray(evaluate(expr, values, batch.sizes, self.chain.indices))


@dataclass(frozen=True)
class Claim:
    """A derivation with its domain and the checks of its chains."""

    derivation: Derivation
    domain: Domain
    checks: tuple[Check, ...]

    @property
    def id(self) -> str:
        """The derivation's id, such as softmax.jacobian."""
        return self.derivation.id


def first_of_each(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The first definition of each name: the steps of a chain may define one differently."""
    first: dict[str, Definition] = {}
    for definition in definitions:
        first.setdefault(definition.name, definition)
    return tuple(first.values())
