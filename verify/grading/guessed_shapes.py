"""Where shapes were guessed, an answer shows which were meant: no answer is wrong by a guess."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from derivations.prover.proof import Verdict
from verify.grading.grade import SHAPES, Grade, grade, is_latex, is_one_for_each
from verify.grading.question import Question
from verify.language.program.reading import read_answer
from verify.language.program.text import with_one_value
from verify.language.tree import AnswerSyntaxError
from verify.objectives.asked import Asked, shapes_in

MOST_GRADED = 4
"""Other shapes with which an answer is graded."""


def grade_as_meant(
    question: Question, asked: Asked, text: str, latex: bool = False
) -> tuple[Question, Grade]:
    """The verdict on an answer, and the question with the shapes that it is one on: those guessed,
    or others with which an answer is proved that does not fit them.

    Raises `AnswerSyntaxError` for a text that is not in the language.
    """
    unread, found = None, None
    try:
        found = grade(question, text, latex)
        if not _misfits(question, found):
            return question, found
    except AnswerSyntaxError as error:
        unread = error
    for other in islice(_others(question, asked, text, latex), MOST_GRADED):
        with suppress(ValueError):
            meant = grade(other, text)
            if meant.verdict is Verdict.PROVED:
                return other, meant
    if found is None:
        raise unread or AnswerSyntaxError("expected an answer")
    return question, found


def _misfits(question: Question, found: Grade) -> bool:
    """Whether an answer is refuted for its shape, or is one number where an array is asked for."""
    is_number = bool(question.shape) and not is_one_for_each(question, found)
    return found.verdict is Verdict.REFUTED and (found.scope == SHAPES or is_number)


def _others(question: Question, asked: Asked, text: str, latex: bool) -> Iterator[Question]:
    """The question with other shapes of the names whose shapes nobody declared."""
    from verify.objectives.shapes import others_that_fit  # which claims do without

    declared = {**dict.fromkeys(question.shown.defaults, ()), **shapes_in(asked.shapes)}
    if asked.order > 1 or latex or is_latex(text) or "\\" in asked.function:
        return
    answers = []
    for value in with_one_value(text):
        with suppress(ValueError):
            answers.append(read_answer(value, question.shown))
    for answer in answers:
        for names in others_that_fit(asked.tree(), answer, asked.wrt, declared, {}):
            shapes = {n: " ".join(map(str, q.shape)) for n, q in names.quantities.items()}
            said = ", ".join(f"{name}: {sizes}" for name, sizes in shapes.items())
            if names.shapes != question.vocabulary.shapes:
                with suppress(ValueError):
                    yield replace(asked, shapes=said).question(question.id)
