"""One task: ask about every form of a family, or about every dispute.

Each question goes to another process, which is ended where it takes too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import process_time
from typing import Any

from experiments.closed_forms.cases import Case, disputes, forms
from experiments.closed_forms.design import DISPUTES, MOST, SECONDS
from experiments.closed_forms.result import ClosedFormsRun, Dispute, Form, Judged, Made, Said
from experiments.closed_forms.sympy_rival import Differentiation
from experiments.framework import experiment
from verify.grading.workers import Task, Work, settle_all
from verify.objectives.tasks import Derivation


def run(task: experiment.Task) -> ClosedFormsRun:
    """Every verdict on the cases of one setting, with its seconds."""
    cases = disputes() if task.setting == DISPUTES else forms()
    mine = [case for case in cases if case.family == task.setting][: MOST[task.profile]]
    answers = _answers([work for case in mine for work in _questions(case)])
    found = [_dispute(c, answers) if c.claimed else _form(c, answers) for c in mine]
    return ClosedFormsRun(
        setting=task.setting,
        seed=task.seed,
        forms=[one for one in found if isinstance(one, Form)],
        disputes=[one for one in found if isinstance(one, Dispute)],
    )


@dataclass(frozen=True)
class Timed(Work[tuple[Any, float]]):
    """Work, and the seconds of processor time that it takes where everything is imported."""

    work: Work[Any]

    def settled(self) -> tuple[Any, float]:
        """The result and its seconds."""
        start = process_time()
        found = self.work.settled()
        return found, process_time() - start

    def given_up(self, why: str) -> tuple[Any, float]:
        """What is said where it was not settled, which took as long as was allowed."""
        return self.work.given_up(why), SECONDS


def _questions(case: Case) -> list[Work[Any]]:
    """What is asked about a case: its claim, or its form, wrong ones, and two derivations."""
    asked = case.asked
    texts = [case.claimed] if case.claimed else [case.right, *case.wrong]
    works: list[Work[Any]] = [Task(case.id, text, asked=asked) for text in texts]
    return works if case.claimed else [*works, Derivation(asked), Differentiation(asked)]


def _answers(works: Sequence[Work[Any]]) -> Iterator[tuple[Any, float]]:
    """The answers in the order of the questions."""
    settled = dict(settle_all([Timed(work) for work in works], 1, SECONDS))
    return (settled[place] for place in range(len(works)))


def _form(case: Case, answers: Iterator[tuple[Any, float]]) -> Form:
    given, *wrong = (
        _judged(text, *answer)
        for text, answer in zip((case.right, *case.wrong), answers, strict=False)
    )
    (derived, seconds), (said, seconds_of_sympy) = islice(answers, 2)
    return Form(
        id=case.id,
        source=case.source,
        function=case.function,
        wrt=case.wrt,
        order=case.order,
        given=given,
        derived=Made(
            gradient=derived.gradient,
            is_matrix_form=derived.is_matrix_form,
            verdict=derived.verdict,
            scope=derived.scope,
            length=_length(derived.gradient) / _length(case.right),
            seconds=seconds,
        ),
        wrong=wrong,
        sympy=Said(
            verdict=said.verdict,
            derivative=said.derivative,
            why=said.why,
            seconds=seconds_of_sympy,
        ),
    )


def _dispute(case: Case, answers: Iterator[tuple[Any, float]]) -> Dispute:
    return Dispute(
        id=case.id,
        source=case.source,
        function=case.function,
        wrt=case.wrt,
        claimed=_judged(case.claimed, *next(answers)),
        expected="proved" if case.verdict == "right" else "refuted",
    )


def _judged(formula: str, found: Any, seconds: float) -> Judged:
    return Judged(
        formula=formula,
        verdict=found.verdict,
        scope=found.scope or found.hint or "",
        seconds=seconds,
        counterexample=found.counterexample is not None,
    )


def _length(text: str) -> int:
    """The characters of a formula without its spaces."""
    return len("".join(text.split()))
