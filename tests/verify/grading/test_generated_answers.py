"""Verdicts on generated answers hold before a judge that shares nothing with what says them."""

import signal
import tomllib
from contextlib import contextmanager
from pathlib import Path

import pytest
from judge import complaint
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
        if (found := judged(question_id, text, seed % 8)) is not None:
            complaints.append(f"seed {seed}: {question_id}  {text}\n    {found}")
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("question_id", "text"), PINNED, ids=[name for name, _ in PINNED])
def test_verdicts_that_were_false_are_true(question_id, text):
    assert judged(question_id, text) is None


def judged(question_id: str, text: str, seed: int = 0) -> str | None:
    """The complaint about the verdict on an answer."""
    with time_limit(SECONDS):
        record = record_of(Task(question_id, text))
    return complaint(record, text, seed)


@contextmanager
def time_limit(seconds: float):
    """A verdict that takes more processor time is none: the error makes it undecided."""

    def interrupt(signum, frame):
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
