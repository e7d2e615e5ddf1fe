"""How records are said to a person: a line or a table. Imports nothing that is slow.

What others wrote is shown so that it can neither begin a line nor move a terminal's cursor.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from verify.grading.workers import Record


def said(record: Record) -> str:
    """What was understood, and the verdict in one line."""
    lines = [f"function  {printable(record.translation)}"] if record.translation else []
    lines += [f"where     {printable(record.shapes)}"] if record.shapes else []
    lines += [f"read as   {printable(record.understood)}"] if record.understood else []
    return "\n".join([*lines, f"{record.verdict:<9} {reason(record)}"])


def printable(text: str) -> str:
    """A text on one line: what is no visible character or space is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_name(text: str) -> str:
    """A name as one word: quoted if it could be taken for several, or for other characters."""
    return text if re.fullmatch(r"[\w.\-/]+", text) else repr(text)


def reason(record: Record) -> str:
    """Why: the scope of a proof, or the hint and the counterexample."""
    return printable(_reason(record))


def compared(counterexample: dict[str, Any]) -> tuple[str, str, str, str]:
    """The point, which entry differs if not all are shown, and both values there."""
    where = ", ".join(f"{name} = {_value(v)}" for name, v in counterexample["point"].items())
    entry = counterexample.get("entry")
    which = f" at {entry}" if entry else ""
    return (
        where or "every point",
        which,
        *_distinguished(counterexample["yours"], counterexample["right"]),
    )


def table(graded: list[tuple[str, Record]]) -> str:
    """One line an answer: the file, the claim, the verdict and why."""
    rows = [
        (as_name(path), as_name(record.id), record.verdict, reason(record))
        for path, record in graded
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]])
        for row in rows
    )


def summary(records: list[Record]) -> str:
    """All verdicts, counted."""
    counts = Counter(record.verdict for record in records)
    said_ = ", ".join(f"{number} {verdict}" for verdict, number in counts.most_common())
    return f"{len(records)} answer{'s' * (len(records) != 1)}" + (f": {said_}" if said_ else "")


def _reason(record: Record) -> str:
    match record.verdict:
        case "proved":
            return "; ".join(filter(None, (f"for {record.scope}", record.hint)))
        case "undecided":
            no_proof = ", which is no proof" if record.scope.startswith("agrees") else ""
            return record.scope + no_proof
    return "; ".join(filter(None, (record.hint, _point(record.counterexample))))


def _point(counterexample: dict[str, Any] | None) -> str:
    if counterexample is None:
        return ""
    where, which, yours, right = compared(counterexample)
    return f"at {where}: yours{which} {yours}, right {right}"


def _distinguished(yours: Any, right: Any) -> tuple[str, str]:
    """Both values in as few digits as tell them apart."""
    if yours is None:
        return "has no value", _value(right, 4)
    for digits in range(4, 18):
        first, second = _value(yours, digits), _value(right, digits)
        if first != second:
            break
    return first, second


def _value(value: Any, digits: int = 17) -> str:
    if isinstance(value, list):
        inner = ", ".join(_value(part, digits) for part in value)
        return f"({inner}{',' if len(value) == 1 else ''})"
    return repr(value) if digits >= 17 else f"{value:.{digits}g}"
