"""What the page has done in a process of its own: plain data there, and what is found back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

from derivations.prover.words import scope_to_text
from verify.grading.workers import Task, Work
from verify.objectives import tasks
from verify.objectives.asked import Asked
from verify.web.findings import (
    Asking,
    ClaimNamed,
    ClaimShown,
    Complaint,
    Derivation,
    Judged,
    Line,
    Mistake,
    Name,
    Understood,
    Verdict,
    complaint,
)


@dataclass(frozen=True)
class Read(Work[Understood | Complaint]):
    """Read a function as it is typed."""

    asked: Asked

    def settled(self) -> Understood | Complaint:
        """What it means, or what is wrong with it."""
        from verify.language.tensor import written

        try:
            objective = self.asked.objective()
        except Exception as error:
            return _complaint(self.asked, error)
        quantities = objective.vocabulary.quantities
        assumed = {one.name: one.words for one in objective.assumptions}
        names = tuple(
            Name(name, written(q.shape) if q.shape else "number", assumed.get(name, ""))
            for name, q in quantities.items()
        )
        shapes = ", ".join(
            f"{name}: {' '.join(map(str, q.shape))}".strip() for name, q in quantities.items()
        )
        translation = self.asked.translation()
        return Understood(_function_as_mathml(self.asked), names, shapes, translation)

    def given_up(self, why: str) -> Complaint:
        """The function is too much."""
        return Complaint("function", why)


@dataclass(frozen=True)
class Grade(Work[Verdict | Complaint]):
    """Grade an answer."""

    task: Task

    def settled(self) -> Verdict | Complaint:
        """The verdict, or what is wrong with the function or the answer."""
        asked = self.task.asked
        if asked:
            try:
                asked.question(self.task.id)
            except Exception as error:
                return _complaint(asked, error)
        record = self.task.settled()
        if record.verdict == "unreadable":
            return complaint("answer", self.task.text, record.hint or "")
        return Verdict(record)

    def given_up(self, why: str) -> Verdict:
        """The answer is too much."""
        return Verdict(self.task.given_up(why))


@dataclass(frozen=True)
class Derive(Work[Derivation | Complaint]):
    """Derive a gradient."""

    asked: Asked

    def settled(self) -> Derivation | Complaint:
        """The gradient and its derivation, or what is wrong with the function."""
        from verify.web.mathematics import to_mathml

        found = tasks.Derivation(self.asked).settled()
        if found.verdict == "unreadable":
            return complaint("function", self.asked.function, found.scope)
        lines = tuple(
            Line("", line.relation, to_mathml(line.latex), line.because, line.verdict)
            for line in found.lines
        )
        return Derivation(found, to_mathml(found.latex), to_mathml(found.entry_latex), lines)

    def given_up(self, why: str) -> Derivation:
        """The derivative is too much."""
        return Derivation(tasks.Derivation(self.asked).given_up(why))


@dataclass(frozen=True)
class Judge(Work[Judged]):
    """Hold a derived gradient against judges that share nothing with its proof."""

    asked: Asked
    gibibytes, importing = tasks.Judging.gibibytes, tasks.Judging.importing

    def settled(self) -> Judged:
        """What they find."""
        return Judged(tasks.Judging(self.asked).settled())

    def given_up(self, why: str) -> Judged:
        """They did not come to an end."""
        return Judged(tasks.Judging(self.asked).given_up(why))


@dataclass(frozen=True)
class ListClaims(Work[list[ClaimNamed]]):
    """Name the claims of the homework, or what there is of them where solutions are hidden."""

    is_hidden: bool = False

    def settled(self) -> list[ClaimNamed]:
        """All claims, in the order of the homework's problems."""
        from verify.claims import claims_matching
        from verify.web.mathematics import to_mathml

        return [
            ClaimNamed(d.id, d.problem, d.title, "" if self.is_hidden else to_mathml(d.statement))
            for d in (claim.derivation for claim in claims_matching())
        ]

    def given_up(self, why: str) -> list[ClaimNamed]:
        """No claims."""
        return []


@dataclass(frozen=True)
class ShowClaim(Work[ClaimShown | Complaint]):
    """Show one of the claims with its derivation and what goes wrong, or only what it asks."""

    id: str
    is_hidden: bool = False

    def settled(self) -> ClaimShown | Complaint:
        """The claim."""
        from verify.claims import claim_named
        from verify.grading.claim_questions import questions_matching
        from verify.web.mathematics import to_mathml, to_prose

        derivation, questions = claim_named(self.id).derivation, questions_matching(self.id)
        askings = tuple(Asking(q.id, q.sought, _names(q.names)) for q in questions)
        about = (derivation.id, derivation.problem, derivation.title, askings)
        if self.is_hidden:
            return ClaimShown(*about)
        proofs = [chain.prove() for chain in derivation.chains]
        verdict, scope = derivation.verdict_of([proof for chain in proofs for proof in chain])
        return ClaimShown(
            *about,
            to_mathml(derivation.statement),
            to_prose(derivation.remark),
            verdict.value,
            scope_to_text(scope),
            tuple(map(_lines, derivation.chains, proofs)),
            tuple(_mistakes(questions)),
        )

    def given_up(self, why: str) -> Complaint:
        """The claim takes too long to be shown."""
        return Complaint("claim", why)


def _names(text: str) -> tuple[str, ...]:
    """The lines below the title, from their first column."""
    return tuple(dedent(text.partition("\n")[2]).split("\n"))


def _complaint(asked: Asked, error: Exception) -> Complaint:
    """What is wrong with a function; SymPy raises what it likes. Raises `MemoryError`."""
    if isinstance(error, MemoryError):
        raise error
    could_not = f"could not be settled ({type(error).__name__})"
    message = str(error) if isinstance(error, ValueError) else could_not
    return complaint("function", asked.function, message.replace("--wrt", "with respect to"))


def _function_as_mathml(asked: Asked) -> str:
    """The function as a textbook writes it: with matrices where rules know how, else its entry."""
    from verify.differentiation.nodes import NoMatrixFormError
    from verify.differentiation.reading import read
    from verify.differentiation.to_latex import to_latex
    from verify.objectives.entry_latex import entry_to_latex
    from verify.web.mathematics import to_mathml

    objective = asked.objective()
    try:
        return to_mathml(to_latex(read(asked.tree(), objective.vocabulary, objective.matrix_facts)))
    except NoMatrixFormError:
        return to_mathml(entry_to_latex(objective.reading.function.entry))


def _lines(chain, proofs) -> tuple[Line, ...]:
    """The lines of a chain, with the proof of the step to each."""
    from verify.web.mathematics import to_mathml, to_prose

    verdicts = ["", *(proof.verdict.value for proof in proofs)]
    return tuple(
        Line(
            to_mathml(line.name, "inline") if line.name else "",
            to_mathml(line.relation, "inline"),
            to_mathml(line.expression),
            to_prose(line.because),
            verdict,
        )
        for line, verdict in zip(chain.lines(), verdicts, strict=True)
    )


def _mistakes(questions) -> Iterator[Mistake]:
    """Wrong answers that people write, then the faults that are planted in the claim by hand."""
    from verify.grading.grade import judged
    from verify.grading.lessons import LESSONS
    from verify.grading.record import recorded
    from verify.objectives.entry_latex import entry_to_latex
    from verify.web.mathematics import to_mathml

    for lesson in LESSONS:
        if any(question.id == lesson.id for question in questions):
            for answer, thought in lesson.mistakes:
                verdict = Verdict(Task(lesson.id, answer).settled())
                yield Mistake(thought, verdict, text=answer)
    for question in questions:
        for fault in question.check.faults:
            mathml = to_mathml(entry_to_latex(fault.expression, question.indices))
            verdict = Verdict(recorded(question, judged(question, fault.expression)))
            yield Mistake(fault.name, verdict, mathml=mathml)
