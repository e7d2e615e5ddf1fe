"""Reads what people hand in, whatever it is; a `ValueError` says what is wrong with it."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO

from verify.grading.workers import Record, Task

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


def answers_in(path: Path) -> Iterator[Task | Record]:
    """The answers of a file, `softmax.jacobian = "(diag(y) - outer(y, y)) / tau"`, one a line.

    A record takes the place of what cannot be graded: of one value, or of the whole file.
    """
    try:
        values = list(_values(text_in(path)))
        if not values:
            raise ValueError("no answers in it")
    except RecursionError:
        yield Record("-", "unreadable", hint="nested too deep")
    except ValueError as error:
        yield Record("-", "unreadable", hint=str(error))
    else:
        for name, value in values:
            if isinstance(value, str):
                yield Task(name, value)
            else:
                got = WORDS.get(type(value), "a date or a time")
                hint = f"expected an expression in quotes, got {got}"
                yield Record(name, "unreadable", hint=hint)


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


def _values(text: str) -> Iterator[tuple[str, Any]]:
    """The values of a TOML text in its order, by their dotted names."""
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"expected at most {MOST_DOTS} dots a line")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # from Python itself, of a number of more digits than it reads
        raise ValueError("expected expressions in quotes, got a number too long to read") from None
    pending: list[tuple[str, Any]] = [*reversed(content.items())]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += ((f"{name}.{key}"[:LONGEST_ID], value[key]) for key in reversed(value))
        else:
            yield name[:LONGEST_ID], value
