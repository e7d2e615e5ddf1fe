"""Verdicts on generated answers hold before a judge that shares nothing with what says them."""

import tomllib
from pathlib import Path

import pytest
from judge import complaint
from latex import to_latex
from limits import time_limit
from references import REFERENCES
from rewrites import generated

from verify.grading.record import record_of
from verify.grading.workers import Task

BLOCK = 30
SECONDS = 10
PINNED = tomllib.loads((Path(__file__).parent / "pinned.toml").read_text())["answers"]


def pytest_generate_tests(metafunc):
    if "seeds" in metafunc.fixturenames:
        number, first = (metafunc.config.getoption(name) for name in ("--answers", "--seed"))
        first *= 10**6
        blocks = [
            range(at, min(at + BLOCK, first + number)) for at in range(first, first + number, BLOCK)
        ]
        metafunc.parametrize("seeds", blocks, ids=lambda block: f"{block.start}-{block.stop - 1}")


def test_verdicts_on_generated_answers_are_true(seeds):
    complaints = []
    for seed in seeds:
        question_id, text = generated(seed)
        latex = seed % 3 == 0 and in_latex(question_id, text)
        if (found := judged(question_id, text, latex or None, seed % 8)) is not None:
            complaints.append(f"seed {seed}: {question_id}  {latex or text}\n    {found}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("question_id", "text"), PINNED, ids=[name for name, _ in PINNED])
def test_verdicts_that_were_false_are_true(question_id, text):
    assert judged(question_id, text) is None


def in_latex(question_id: str, text: str) -> str | None:
    """The answer in LaTeX, if it is a number made of numbers and sequences."""
    shapes = REFERENCES[question_id].subject.shapes
    sequences = {name for name, axes in shapes.items() if axes == ("t",)}
    is_number = all(not axes or name in sequences for name, axes in shapes.items())
    return to_latex(text, sequences) if is_number else None


def judged(question_id: str, text: str, latex: str | None = None, seed: int = 0) -> str | None:
    """The complaint about the verdict on an answer, which may be written in LaTeX.

    A verdict that takes too long is none: the error makes it undecided.
    """
    with time_limit(SECONDS):
        record = record_of(Task(question_id, latex or text, latex is not None))
    return complaint(record, text, seed)
