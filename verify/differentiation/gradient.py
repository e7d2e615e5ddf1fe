"""The derivative of a function in matrix form: a few candidates, the shortest first.

None of them is trusted: whoever prints one reads its text back and has it proved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lark import Tree

from verify.differentiation.jacobian import jacobian_of
from verify.differentiation.nodes import Node, Shape, nodes_of
from verify.differentiation.reading import named, read
from verify.differentiation.tidying import tidy, without_guards
from verify.differentiation.to_code import LIBRARIES, to_code
from verify.differentiation.to_latex import to_latex
from verify.differentiation.to_numpy import length, to_numpy
from verify.language.program.labels import NO_LABELS, Matrices
from verify.language.vocabulary import Vocabulary


@dataclass(frozen=True)
class Candidate:
    """A derivative as a tree of array expressions."""

    node: Node

    @property
    def text(self) -> str:
        """The derivative in the language that the function was read from."""
        return to_numpy(self.node)

    @property
    def latex(self) -> str:
        """The derivative as a textbook writes it."""
        return to_latex(self.node)

    def code(self, arguments: Mapping[str, Shape], labels: Matrices = NO_LABELS) -> dict[str, str]:
        """A function of the arguments to paste, for each library, of labels for their matrices."""
        return {name: to_code(self.node, arguments, name, labels) for name in LIBRARIES}


def gradient(
    tree: Tree,
    vocabulary: Vocabulary,
    wrt: str,
    order: int = 1,
    facts: Mapping[str, Collection[str]] | None = None,
) -> list[Candidate]:
    """The derivative of what a tree means with respect to a name, in matrix form.

    Order 2 is the derivative's derivative. `facts` are what is known of names, of `FACTS`. Raises
    `NoMatrixFormError` where no rule applies.
    """
    function = read(tree, vocabulary, facts)
    name = vocabulary.spelled(wrt)
    variable = named(name, vocabulary, facts or {})
    derivative = without_guards(function)
    for _ in range(order):
        derivative = jacobian_of(derivative, variable)
    forms = dict.fromkeys([tidy(derivative, frozenset(nodes_of(function))), derivative])
    return sorted(map(Candidate, forms), key=lambda candidate: length(candidate.text))
