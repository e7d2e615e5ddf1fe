"""All derivations, and what happens to one when a formula of it is broken."""

from dataclasses import replace
from importlib import import_module

from sympy import Expr

from derivations.derivation import Chain, Derivation
from derivations.prover.proof import Verdict

SUBJECTS = ("softmax", "least_squares", "huber", "adam", "momentum", "initialization", "layers")


def derivations_of(subject: str) -> tuple[Derivation, ...]:
    """The derivations of a subject, in order."""
    return import_module(f"derivations.{subject}").DERIVATIONS


def ending_in(chain: Chain, expression: Expr) -> Chain:
    """The chain with another last formula."""
    *steps, last = chain.steps
    return replace(chain, steps=(*steps, replace(last, expression=expression)))


def is_refuted(chain: Chain, expression: Expr) -> bool:
    """Whether the chain is refuted when it ends in that formula."""
    return ending_in(chain, expression).prove()[-1].verdict is Verdict.REFUTED
