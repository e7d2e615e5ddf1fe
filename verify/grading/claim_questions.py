"""What a claim asks of a reader: each of its closed forms is a question."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from itertools import takewhile

from sympy import And, Basic, Expr, Idx, IndexedBase, Symbol, oo, true

from derivations.prover.facts import Assuming, Definition
from derivations.prover.normal_form import is_zero
from derivations.prover.proof import Scope, Warrant
from runs.entry_points import as_typed
from verify.checking.claim import Check, Claim, first_of_each
from verify.claims import claims_matching
from verify.grading.question import Question
from verify.language.spoken import spoken, spoken_latex
from verify.language.tensor import written
from verify.language.vocabulary import Quantity, Vocabulary, typed

SHORT_NAME = re.compile(r"(\\hat\s*)?[A-Za-z]_\w")
SAYS_NOTHING = ("by definition", "as above")


@dataclass(frozen=True, eq=False)
class ClaimQuestion(Question):
    """A question that a claim's chain answers."""

    claim: Claim = field(kw_only=True)
    check: Check = field(kw_only=True)

    @property
    def formula(self) -> Expr:
        """What the claim itself runs, judges and attacks."""
        return self.check.formula

    @cached_property
    def other_forms(self) -> list[tuple[Expr, Scope]]:
        """What the derivation proves to be equal to the right side by more than rules, the nearest
        first, and for which scope.
        """
        chain = self.check.chain
        before = [chain.scalar(e) for e in (chain.start, *(s.expression for s in chain.steps[:-1]))]
        forms: list[tuple[Expr, Scope]] = []
        scope = Scope()
        for form, step, proof in reversed(
            list(zip(before, chain.steps, chain.prove(), strict=True))
        ):
            if step.sign != "=" or not proof.holds or Warrant.LIMIT in proof.scope.warrants:
                break
            scope |= proof.scope
            if scope.warrants:
                forms.append((form, scope))
        return forms if chain.closed_form == self.right else []

    @property
    def sought(self) -> str:
        """The quantity to be found: its name, what it belongs to, and of which limit."""
        chain = self.check.chain
        because = [] if chain.because in SAYS_NOTHING else [chain.because]
        approaches = [step.toward for step in chain.steps if step.toward]
        limits = [f"as {a.variable} -> {a.point}" for a in approaches]
        parts = [*map(spoken_latex, [chain.name, *because]), *limits]
        return ", ".join(dict.fromkeys(parts))

    @property
    def start(self) -> str:
        """What the quantity is by definition, unless that gives the answer away."""
        chain = self.check.chain
        start = chain.scalar(chain.start)
        provided = self.assuming.provided
        where = "" if provided == true else f", where {spoken(provided, self.indices)}"
        limit = "the limit of " if any(step.toward for step in chain.steps) else ""
        return "" if start == self.right else limit + spoken(start, self.indices) + where

    @property
    def names(self) -> str:
        """What is asked, and what an answer may use, with shapes and definitions, line by line."""
        bodies = {typed(d.name): f" = {spoken(d.body)}" for d in self.definitions}
        lines = [f"{self.id}: {self.claim.derivation.title}, {written(self.shape)}"]
        lines += [f"  find: {self.sought}"] + [f"      = {self.start}"] * bool(self.start)
        for name, quantity in self.vocabulary.quantities.items():
            shape = written(quantity.shape) if quantity.shape else "number"
            sign = ", positive" if quantity.is_positive else ""
            lines.append(f"  {name:<8} {shape}{sign}{bodies.get(name, '')}")
        lines += [f"  {name:<8} size{bodies.get(name, '')}" for name in self.vocabulary.sizes]
        lines += [f"  {name:<8} index of an entry" for name in self.vocabulary.indices]
        return "\n".join(lines)


def question_named(question_id: str) -> ClaimQuestion:
    """The question of that id; raises `ValueError`, which says what there is."""
    claim_id = ".".join(question_id.split(".")[:2])
    plain = re.fullmatch(r"[\w.]+", question_id)
    found = {q.id: q for q in questions_matching(claim_id)} if plain else {}
    if question_id in found:
        return found[question_id]
    if found:
        raise ValueError(f"{question_id}: expected one of {', '.join(found)}")
    close = get_close_matches(question_id[:60], [q.id for q in questions_matching()])
    nearest = f"; the nearest: {', '.join(close)}" if close else ""
    raise ValueError(
        f"{question_id[:60]!r}: no such claim{nearest}; see {as_typed('answer')} --list"
    )


@cache
def questions_matching(pattern: str = "*") -> list[ClaimQuestion]:
    """All questions of the claims whose id matches a shell pattern."""
    return [question for claim in claims_matching(pattern) for question in _questions(claim)]


def _questions(claim: Claim) -> list[ClaimQuestion]:
    """One question if the claim has one closed form; else one a chain, by its name or number."""
    checks = [check for check in claim.checks if not check.lemma]
    asked = [(number, c) for number, c in enumerate(checks, start=1) if _asked(c) is not None]
    questions = [_question(claim.id, claim, check) for _, check in asked]
    if all(_ask_the_same(questions[0], other) for other in questions[1:]):
        return questions[:1]
    by_place: dict[str, ClaimQuestion] = {}
    for number, check in asked:
        name = check.chain.name
        place = typed(name) if SHORT_NAME.fullmatch(name) else str(number)
        by_place[place] = _question(f"{claim.id}.{place}", claim, check)
    return list(by_place.values())


def _asked(check: Check) -> Expr | None:
    """What is to be found: the last of the equal forms; None where a bound is all that there is."""
    if check.claimed is not None:
        return check.chain.scalar(check.claimed)
    equal = list(takewhile(lambda step: step.relation == "=", check.chain.steps))
    return check.chain.scalar(equal[-1].expression) if equal else None


def _ask_the_same(first: ClaimQuestion, second: ClaimQuestion) -> bool:
    if first.check.chain is second.check.chain:
        return True
    return first.indices == second.indices and is_zero(first.right - second.right)


def _question(question_id: str, claim: Claim, check: Check) -> ClaimQuestion:
    chain = check.chain
    right, start = _asked(check), chain.scalar(chain.start)
    parts = [check.defined, *(step.assuming for step in chain.steps)]
    all_definitions = first_of_each(d for p in parts for d in p.definitions if d.body != start)
    definitions = _in_use([right, start], all_definitions)
    conditions = (step.assuming.provided for step in chain.steps)
    in_sight = [right, start, *(e for d in definitions for e in (d.head, d.body))]
    known = {*claim.domain.shapes, *check.given, *(d.name for d in definitions)}
    return ClaimQuestion(
        question_id,
        right,
        chain.indices,
        _vocabulary(in_sight, known, chain.indices),
        claim.domain,
        Assuming(definitions, check.assuming.facts, And(*conditions)),
        _in_words(claim),
        check.given,
        tuple((fault.name, fault.expression) for fault in check.faults),
        claim=claim,
        check=check,
    )


def _in_words(claim: Claim) -> str:
    """The quantity, as the claim's title says it."""
    title = claim.derivation.title.replace("Gradient", "gradient")
    title = title.replace("Derivative", "derivative")
    is_noun = title.startswith(("gradient", "Jacobian", "derivative"))
    return f"the {title}" if is_noun else "the right one"


def _in_use(expressions: list[Expr], definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
    """The definitions that the expressions need, those of their bodies included."""
    names = {str(atom) for expr in expressions for atom in expr.atoms(Symbol, IndexedBase)}
    needed = tuple(d for d in definitions if d.name in names)
    bodies = [d.body for d in needed if d.body not in expressions]
    return _in_use([*expressions, *bodies], definitions) if bodies else needed


def _vocabulary(expressions: list[Expr], known: set[str], indices: tuple[Idx, ...]) -> Vocabulary:
    """The names in the expressions that have values."""
    bases = sorted(set().union(*(e.atoms(IndexedBase) for e in expressions)), key=str)
    places = set().union(*(e.atoms(Idx) for e in expressions))
    labels = {base.label for base in bases} | {place.label for place in places}
    symbols = set().union(*(e.atoms(Symbol) for e in expressions)) - labels
    extents = [*(x for base in bases for x in base.shape), *(place.upper for place in places)]
    sizes = {s for s in symbols.union(*(x.free_symbols for x in extents)) if s.is_integer}
    time = next((s for s in sizes if not s.is_positive), None)
    named: dict[Basic, Quantity] = {
        base: Quantity(base, tuple(time if extent is oo else extent for extent in base.shape))
        for base in bases
    }
    named |= {symbol: Quantity(symbol) for symbol in sorted(symbols - sizes, key=str)}
    return Vocabulary(
        {
            typed(str(name)): quantity
            for name, quantity in named.items()
            if str(name) in known and typed(str(name)).isidentifier()
        },
        {typed(size.name): size for size in sorted(sizes, key=str)},
        {str(place.label): place for place in indices},
    )
