"""A derivation: chains of relations, each step with its reason and proof, as a page prints it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import NamedTuple

from sympy import Basic, Expr, Idx, MatrixExpr, Symbol, oo, true

from derivations.entries import entry
from derivations.latex import Named, to_latex
from derivations.prover.facts import NOTHING, Assuming
from derivations.prover.proof import Proof, Scope, Verdict
from derivations.prover.prove import prove
from derivations.prover.tactics import Tactic, limit_at
from derivations.text import conjuncts

INEQUALITIES = ("<", "<=", ">", ">=")
SIGNS = {"=": "=", ">=": r"\ge", "<=": r"\le", "<": "<", ">": ">", "->": r"\to"}


class Approach(NamedTuple):
    """A variable that tends to a point, from above; from below with the side "-"."""

    variable: Symbol
    point: Expr
    side: str = "+"

    def to_latex(self) -> str:
        r"""t \\to \\infty, or h \\to 0^{+}."""
        point = r"\infty" if self.point is oo else f"{to_latex(self.point)}^{{{self.side}}}"
        return rf"{to_latex(self.variable)} \to {point}"


@dataclass(frozen=True)
class Step:
    """One link of a chain: `expression` stands in `relation` to the one before, `because` of this.

    A step that is taken `toward` a point arrives at a limit, and its relation is "->". A `tactic`
    proves the step; without one, `limit_at` or `prove` does, under `assuming`.
    """

    expression: Basic
    because: str
    assuming: Assuming = NOTHING
    relation: str = "="
    tactic: Tactic | None = None
    toward: Approach | None = None

    @property
    def sign(self) -> str:
        """The relation, "->" for a limit."""
        return "->" if self.toward else self.relation

    def prove(self, before: Expr, after: Expr) -> Proof:
        """Prove this link between two scalar expressions."""
        if self.tactic:
            return self.tactic(before, after)
        if self.toward:
            return limit_at(*self.toward, self.assuming)(before, after)
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
    `start` is. `whole` is the array's name, where the statement is a matrix; `stated` the number of
    steps to what is stated, if not all; a `lemma` is on the way to what other chains state.
    Functions that are `named` are printed by their names.
    """

    name: str
    start: Basic
    steps: tuple[Step, ...]
    indices: tuple[Idx, ...] = ()
    because: str = "by definition"
    whole: str = ""
    stated: int | None = None
    lemma: bool = False
    named: Named = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError(f"{self.name}: a chain needs a step")

    @property
    def closed_form(self) -> Expr:
        """What the chain ends in, in index notation."""
        return self.scalar(self.steps[-1].expression)

    @property
    def provided(self) -> tuple[Basic, ...]:
        """What the steps are provided for, but for what holds near a limit that is taken."""
        parts = {p: None for s in self.steps for p in _conditions_of(s.assuming)}
        variables = [step.toward.variable for step in self.steps if step.toward]
        return tuple(part for part in parts if not part.has(*variables))

    @property
    def conditions(self) -> tuple[str, ...]:
        """What variables tend to and what the steps are provided for, as LaTeX."""
        approaches = [step.toward.to_latex() for step in self.steps if step.toward]
        return tuple(dict.fromkeys([*approaches, *map(to_latex, self.provided)]))

    @property
    def statement(self) -> str:
        """Name, relations and closed form as LaTeX; of equalities in a row, or of inequalities,
        only what they lead to.
        """
        stated: list[tuple[str, Basic]] = []
        for step in self.steps[: self.stated]:
            sign = step.sign
            if stated and sign != "->" and (sign == "=" or stated[-1][0] in INEQUALITIES):
                sign = _composed(stated.pop()[0], sign)
            stated.append((sign, step.expression))
        printed = to_latex if self.whole else self._print
        parts = (f"{SIGNS[sign]} {printed(expression)}" for sign, expression in stated)
        return " ".join([self.whole or self.name, *parts])

    def scalar(self, expression: Basic) -> Expr:
        """An expression of the chain in index notation."""
        if isinstance(expression, MatrixExpr):
            return entry(expression, *self.indices)
        return expression

    def prove(self) -> list[Proof]:
        """The proof of each step, in order; none is for a variable of which a limit is taken."""
        scalars = [self.scalar(e) for e in (self.start, *(step.expression for step in self.steps))]
        pairs = zip(self.steps, scalars, scalars[1:], strict=False)
        variables = {step.toward.variable for step in self.steps if step.toward}
        proofs = (step.prove(before, after) for step, before, after in pairs)
        return [
            replace(p, scope=replace(p.scope, symbols=p.scope.symbols - variables)) for p in proofs
        ]

    def lines(self) -> list[Line]:
        """The definition and the steps, as LaTeX."""
        first = Line(self.name, "=", self._print(self.start), self.because)
        steps = (
            Line("", SIGNS[step.sign], self._print(step.expression), step.because)
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
        text = to_latex(expression, self.named)
        is_entry = self.indices and not isinstance(self.start, MatrixExpr)
        if isinstance(expression, MatrixExpr) and is_entry:
            return rf"\left[{text}\right]_{{{' '.join(map(to_latex, self.indices))}}}"
        return text


@dataclass(frozen=True)
class Derivation:
    """A statement of the homework with everything that makes it true.

    `problem` is the homework's number; `remark` says what the formulas do not.
    """

    id: str
    problem: str
    title: str
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

    @property
    def statement(self) -> str:
        """What the chains state, as LaTeX, each under its conditions; lemmas are left out."""
        stated = [chain for chain in self.chains if not chain.lemma]
        common = [c for c in stated[0].conditions if all(c in s.conditions for s in stated)]
        parts = [
            _under(chain.statement, [c for c in chain.conditions if c not in common])
            for chain in stated
        ]
        return _under(r", \qquad ".join(parts), common)

    def prove(self) -> list[Proof]:
        """The proof of each step, in order."""
        return [proof for chain in self.chains for proof in chain.prove()]

    def verdict_of(self, proofs: list[Proof]) -> tuple[Verdict, Scope]:
        """Proved if every step is, refuted if one is; and for what, beside the conditions that the
        statement has beside a part of it.
        """
        verdict, scope = verdict_of(proofs)
        stated = [chain.provided for chain in self.chains if not chain.lemma]
        partial = {c for one in stated for c in one if not all(c in other for other in stated)}
        parts = {part: None for c in scope.conditions for part in conjuncts(c)}
        return verdict, replace(scope, conditions=tuple(c for c in parts if c not in partial))

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


def _conditions_of(assuming: Assuming) -> list[Basic]:
    is_none = assuming.eventually or assuming.provided == true
    return [] if is_none else conjuncts(assuming.provided)


def _composed(first: str, second: str) -> str:
    """The relation of a to c where a `first` b and b `second` c, which may be an equality."""
    return first if second == "=" or first in "<>" else second


def _under(statement: str, conditions: list[str]) -> str:
    """The statement, followed by its conditions in brackets."""
    listed = r",\ ".join(conditions)
    return rf"{statement} \quad ({listed})" if conditions else statement
