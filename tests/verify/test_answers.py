"""The table of answers: every row is a test, and the page that shows it is up to date."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from sympy import Rational, Symbol, gamma

from verify.grading import record
from verify.grading.claim_questions import question_named, questions_matching
from verify.grading.grade import judged
from verify.grading.record import record_of
from verify.grading.words import reason
from verify.grading.workers import Task
from verify.language.spoken import spoken

HERE = Path(__file__).parent
SECTIONS = tomllib.loads((HERE / "answers.toml").read_text())["section"]
ROWS = [([*row, ""])[:4] for section in SECTIONS for row in section["answers"]]
DOCS = HERE.parents[1] / "docs"


@pytest.mark.parametrize(("claim", "answer", "verdict", "says"), ROWS)
def test_answer_gets_its_verdict(claim, answer, verdict, says):
    found = record_of(Task(claim, answer))
    assert found.verdict == verdict, reason(found)
    assert says in reason(found)


@pytest.mark.parametrize("question", questions_matching(), ids=lambda question: question.id)
def test_every_closed_form_is_accepted_as_an_answer_and_its_double_is_not(question):
    assert judged(question, question.right).verdict == "proved"
    assert judged(question, 2 * question.right + 1).verdict == "refuted"


@pytest.mark.parametrize("question", questions_matching(), ids=lambda question: question.id)
def test_a_hint_is_in_the_words_of_the_language(question):
    for fault in question.check.planted:
        grade = judged(question, fault.expression)
        assert grade.verdict in ("refuted", "proved"), fault.name
        hint = (grade.hint or "").replace(fault.name if fault in question.check.faults else "", "")
        assert not re.search(r"Piecewise|Abs|Sum|Delta\(|\b_\w|\.\.\. ", hint), hint


@pytest.mark.parametrize(
    ("unknown", "verdict"),
    [
        (Symbol("unheard_of", real=True), "refuted"),
        (Symbol("n_out", integer=True), "refuted"),
        (gamma(Rational(1, 3)), "undecided"),
    ],
)
def test_a_closed_form_that_cannot_be_run_gets_a_verdict(unknown, verdict):
    question = question_named("huber.derivative")
    assert judged(question, question.right + unknown).verdict == verdict


def test_whatever_goes_wrong_inside_a_student_gets_a_verdict(monkeypatch):
    def broken(question, text, latex):
        raise NotImplementedError

    monkeypatch.setattr(record, "grade", broken)
    found = record_of(Task("softmax.jacobian", "y"))
    assert reason(found) == "could not be settled (NotImplementedError)"


def test_what_is_asked_is_told_in_plain_characters_and_differs_within_a_claim():
    asked = [(question.claim.id, question.sought) for question in questions_matching()]
    assert len(set(asked)) == len(asked)
    assert not any(set(text) & set("\\\\{}$") for _, text in asked)
    for question in questions_matching():
        assert f"find: {question.sought}" in question.names
        assert question.start != spoken(question.right, question.indices)


def test_the_table_is_long_enough():
    assert len(ROWS) >= 150
    assert {verdict for _, _, verdict, _ in ROWS} == {
        "proved", "refuted", "undecided", "unreadable"
    }  # fmt: skip


def test_the_page_shows_the_table():
    spec = importlib.util.spec_from_file_location("docs_answers", DOCS / "answers.py")
    answers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(answers)
    assert (DOCS / "answers.md").read_text() == answers.render(SECTIONS), (
        "renew it with: python docs/answers.py"
    )
