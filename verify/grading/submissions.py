"""Reads what people hand in, whatever it is; a `ValueError` says what is wrong with it."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from verify.grading.workers import Record, Task
from verify.objectives.asked import Asked, asked_in

LARGEST = 100_000
LONGEST_ID = 60  # of no question; what is longer is cut, so that it cannot fill a table
MOST_DOTS = 1000  # in a line: TOML's reader takes a minute for a key of 50,000 parts
WORDS = {bool: "true or false", int: "a number", float: "a number", list: "a list"}


def text_in(path: Path) -> str:
    """The text of a regular file; a device may have no end, and a pipe may never begin."""
    try:
        if path.exists() and not path.is_file():
            raise ValueError("expected a regular file")
        with path.open("rb") as file:
            return _decoded(file)
    except OSError as error:
        raise ValueError(error.strerror) from None


def standard_input() -> str:
    """The text of standard input."""
    if sys.stdin is None:
        raise ValueError("it is closed")
    return _decoded(sys.stdin.buffer)


def answers_in(path: Path, questions: Mapping[str, Asked] | None = None) -> Iterator[Task | Record]:
    """The answers of a file, `softmax.jacobian = "(diag(y) - outer(y, y)) / tau"`, one a line, to
    claims, to the questions of a teacher's file, or to those of its own tables.

    A record takes the place of what cannot be graded: of one value, or of the whole file.
    """
    asked = dict(questions or {})
    try:
        values = list(_values(_content(text_in(path)), asked))
        if not values:
            raise ValueError("no answers in it")
    except RecursionError:
        yield Record("-", "unreadable", hint="nested too deep")
    except ValueError as error:
        yield Record("-", "unreadable", hint=str(error))
    else:
        for name, value in values:
            if isinstance(value, str):
                question = name if name in asked else name.rpartition(".")[0]
                yield Task(name, value, asked=asked.get(question))
            else:
                got = WORDS.get(type(value), "a date or a time")
                hint = f"expected an expression in quotes, got {got}"
                yield Record(name, "unreadable", hint=hint)


def questions_in(path: Path) -> dict[str, Asked]:
    """The questions of a teacher's file, by their names; raises `ValueError`."""
    asked: dict[str, Asked] = {}
    try:
        for _ in _values(_content(text_in(path)), asked):
            pass
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not asked:
        raise ValueError('no questions in it, such as [ridge] with function = "..." and wrt = "w"')
    return asked


def _decoded(file: BinaryIO) -> str:
    """The text, whatever marks its beginning and its lines' ends."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"expected at most {LARGEST} bytes")
    try:
        return TextIOWrapper(BytesIO(content), encoding="utf-8-sig").read()
    except UnicodeDecodeError:
        name = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "another encoding"
        raise ValueError(f"expected text in UTF-8, got {name}") from None


def _content(text: str) -> dict[str, Any]:
    """The tables of a TOML text."""
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"expected at most {MOST_DOTS} dots a line")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # from Python itself, of a number of more digits than it reads
        raise ValueError("expected expressions in quotes, got a number too long to read") from None


def _values(content: dict[str, Any], asked: dict[str, Asked]) -> Iterator[tuple[str, Any]]:
    """The answers in their order, by their dotted names; the questions go into `asked`."""
    pending: list[tuple[str, Any]] = [*reversed(content.items())]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict) and isinstance(value.get("function"), str):
            pending += reversed(list(_answers_of(name, value, asked)))
        elif isinstance(value, dict):
            pending += ((f"{name}.{key}"[:LONGEST_ID], value[key]) for key in reversed(value))
        else:
            yield name[:LONGEST_ID], value


def _answers_of(
    name: str, table: dict[str, Any], asked: dict[str, Asked]
) -> Iterator[tuple[str, Any]]:
    """The answers in a question's table; the questions in it go into `asked`."""
    try:
        found = asked_in(table)
    except ValueError as error:
        raise ValueError(f"[{name[:LONGEST_ID]}] {error}") from None
    is_one = isinstance(table["wrt"], str)
    asked |= {name if is_one else f"{name}.{wrt}": one for wrt, one in found.items()}
    if "answer" in table:
        yield name, table["answer"]
    answers = table.get("answers", {})
    if not isinstance(answers, dict):
        raise ValueError(f"[{name[:LONGEST_ID]}] answers: expected a table of names and texts")
    for who, answer in answers.items():
        if isinstance(answer, dict) and not is_one:
            yield from ((f"{name}.{wrt}.{who}"[:LONGEST_ID], one) for wrt, one in answer.items())
        else:
            yield f"{name}.{who}"[:LONGEST_ID], answer
