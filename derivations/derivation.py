"""A derivation: chains of equalities, each step with its reason and proof, as a page prints it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from sympy import Basic, Expr, Idx, MatrixExpr

from derivations.latex import to_latex
from derivations.notation import entry
from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.proof import Proof, Scope, Verdict
from derivations.prover.prove import prove
from derivations.prover.tactics import Tactic


@dataclass(frozen=True)
class Step:
    """One link of a chain: `expression` stands in `relation` to the one before, `because` of this.

    A `tactic` proves it; without one, `prove` does, under `assuming`.
    """

    expression: Basic
    because: str
    assuming: Assuming = NOTHING
    relation: str = "="
    tactic: Tactic | None = None

    def prove(self, before: Expr, after: Expr) -> Proof:
        """Prove this link between two scalar expressions."""
        if self.tactic:
            return self.tactic(before, after)
        return prove(before, after, self.assuming, self.relation)


class Line(NamedTuple):
    """One line of a chain in LaTeX; the name is empty but on the first."""

    name: str
    relation: str
    expression: str
    because: str


@dataclass(frozen=True)
class Chain:
    """A quantity, its definition `start`, and the steps to its closed form.

    `indices` are the free indices of a quantity that is an array: a step may then be a matrix
    expression, of which the entry at these indices is proved. A chain that starts with an entry is
    printed as entries throughout, one that starts with a matrix as matrices. `because` says what
    `start` is.
    """

    name: str
    start: Basic
    steps: tuple[Step, ...]
    indices: tuple[Idx, ...] = ()
    because: str = "by definition"

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"{self.name}: a chain needs a step")

    @property
    def closed_form(self) -> Expr:
        """What the chain ends in, in index notation."""
        return self.scalar(self.steps[-1].expression)

    def scalar(self, expression: Basic) -> Expr:
        """An expression of the chain in index notation."""
        if isinstance(expression, MatrixExpr):
            return entry(expression, *self.indices)
        return expression

    def prove(self) -> list[Proof]:
        """The proof of each step, in order."""
        scalars = [self.scalar(e) for e in (self.start, *(step.expression for step in self.steps))]
        pairs = zip(self.steps, scalars, scalars[1:], strict=False)
        return [step.prove(before, after) for step, before, after in pairs]

    def lines(self) -> list[Line]:
        """The definition and the steps, as LaTeX."""
        first = Line(self.name, "=", self._print(self.start), self.because)
        signs = {"=": "=", ">=": r"\ge", "<=": r"\le", "<": "<", ">": ">"}
        steps = (
            Line("", signs[step.relation], self._print(step.expression), step.because)
            for step in self.steps
        )
        return [first, *steps]

    def to_latex(self) -> str:
        """The chain as aligned LaTeX lines, each with its reason at the right margin."""
        return " \\\\\n".join(
            rf"{line.name} &{line.relation} {line.expression} \tag*{{{line.because}}}"
            for line in self.lines()
        )

    def _print(self, expression: Basic) -> str:
        text = to_latex(expression)
        is_entry = self.indices and not isinstance(self.start, MatrixExpr)
        if isinstance(expression, MatrixExpr) and is_entry:
            return rf"\left[{text}\right]_{{{' '.join(map(to_latex, self.indices))}}}"
        return text


@dataclass(frozen=True)
class Derivation:
    """A statement of the homework with everything that makes it true.

    `statement` is LaTeX; `problem` the homework's number; `remark` says what the formulas do not.
    """

    id: str
    problem: str
    title: str
    statement: str
    chains: tuple[Chain, ...]
    remark: str = ""

    def __getitem__(self, name: str) -> Chain:
        """The chain of that name; raises `KeyError` that lists the names."""
        for chain in self.chains:
            if chain.name == name:
                return chain
        raise KeyError(f"{self.id}: no chain {name!r}; there are {[c.name for c in self.chains]}")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all chains, in order."""
        return tuple(step for chain in self.chains for step in chain.steps)

    def prove(self) -> list[Proof]:
        """The proof of each step, in order."""
        return [proof for chain in self.chains for proof in chain.prove()]

    def to_latex(self) -> str:
        """The derivation as LaTeX: one aligned block, chain after chain."""
        lines = " \\\\[1ex]\n".join(chain.to_latex() for chain in self.chains)
        return "\\begin{align*}\n" + lines + "\n\\end{align*}"

    def _repr_latex_(self) -> str:
        return self.to_latex()


def verdict_of(proofs: list[Proof]) -> tuple[Verdict, Scope]:
    """The verdict and scope of a whole: proved if every step is, refuted if one is."""
    verdicts = {proof.verdict for proof in proofs}
    scope = reduce(or_, (proof.scope for proof in proofs))
    for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
        if verdict in verdicts:
            return verdict, scope
    return Verdict.PROVED, scope
