"""Derives the gradient of an objective: by any means, and only what is proved is said to be.

Rules on the text's own tree give a matrix form; it is read back by the reader of answers and must
be proved equal to the derivative of the definition in index notation. Where none is, the entry of
that derivative is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from derivations.prover.proof import Verdict
from derivations.prover.prove import prove
from verify.differentiation.gradient import Candidate, gradient
from verify.differentiation.nodes import NoMatrixFormError
from verify.grading.grade import Grade, grade, judged
from verify.grading.question import Question
from verify.language.spoken import spoken
from verify.language.tensor import written
from verify.objectives.asked import Asked
from verify.objectives.derived import Derived, Line
from verify.objectives.entry_latex import entry_to_latex
from verify.objectives.entry_text import entry_to_language

BOTH = "wherever both sides are defined"


def derive(asked: Asked) -> Derived:
    """The derivative that is asked for, proved. Raises `ValueError` for what cannot be asked."""
    start = perf_counter()
    objective, question = asked.objective(), asked.question()
    found, candidate = _best(asked, question)
    forms = [question.right, *([found.entry] if found.entry is not None else [])]
    entry = min(forms, key=lambda form: len(spoken(form, question.indices)))
    latex = entry_to_latex(entry, question.indices)
    return Derived(
        wrt=asked.wrt,
        verdict=found.verdict.value,
        scope=found.scope,
        translation=asked.translation(),
        gradient=candidate.text if candidate else _entry_text(question),
        is_matrix_form=candidate is not None,
        places=tuple(question.vocabulary.indices),
        entry=spoken(entry, question.indices),
        latex=candidate.latex if candidate else latex,
        entry_latex=latex,
        code=candidate.code(objective.arguments, question.shown.labels) if candidate else {},
        shape=written(question.shape) if question.shape else "number",
        shapes=objective.vocabulary.shapes,
        sizes={name: " ".join(map(str, shape)) for name, shape in objective.arguments.items()},
        assume=tuple(one.words for one in objective.assumptions),
        lines=tuple(_lines(asked, question, found)),
        seconds=perf_counter() - start,
    )


def _entry_text(question: Question) -> str:
    """The entry in the language, or in words where the language has none for it."""
    try:
        return entry_to_language(question.right, question.indices)
    except ValueError:
        return spoken(question.right, question.indices)


def _best(asked: Asked, question: Question) -> tuple[Grade, Candidate | None]:
    """The shortest matrix form that is proved; else the entry, by its definition."""
    objective = asked.objective()
    try:
        candidates = gradient(
            asked.tree(), objective.vocabulary, asked.wrt, asked.order, objective.matrix_facts
        )
    except NoMatrixFormError:
        candidates = []
    for candidate in candidates:
        found = grade(question.in_arguments, candidate.text, gaps=BOTH)
        if found.verdict is Verdict.PROVED:
            return found, candidate
    return judged(question, question.right, gaps=BOTH), None


def _lines(asked: Asked, question: Question, found: Grade) -> Iterator[Line]:
    """The definition, its derivative by rules, and the entry of the matrix form, each proved; a
    line that would look like the one before it is left out.
    """
    definition, derivative = asked.objective().derivative(asked.wrt, asked.order)
    needs = (*question.required, *question.crossings)
    proof = prove(question.right, derivative, question.assuming, needs=needs)
    lines = [
        (definition, "by definition", Verdict.PROVED),
        (derivative, "by the sum, product and chain rules", Verdict.PROVED),
        (question.right, "sums over Kronecker deltas", proof.verdict),
    ]
    if found.entry is not None:
        lines.append((found.entry, "the entry of the matrix form", found.verdict))
    before = ""
    for expression, because, verdict in lines:
        text = spoken(expression, question.indices)
        if text != before:
            latex = entry_to_latex(expression, question.indices)
            yield Line("=", text, latex, because, verdict.value)
        before = text
