"""Renders the table of tested answers: `python docs/answers.py` writes docs/answers.md."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tests" / "verify" / "answers.toml"
PAGE = ROOT / "docs" / "answers.md"
HEADING = """# What the answer checker accepts and refuses

`python -m verify.answer ID EXPRESSION` says of each answer below what stands beside it: every row
is a test. `--list` shows the ids and `--names ID` what an answer may use. This page is written by
`python docs/answers.py` from `tests/verify/answers.toml`.

`--all` grades TOML files, one answer a line: `softmax.jacobian = "(diag(y) - outer(y, y)) / tau"`.
They may come from anybody: regular files alone are read, of at most 100,000 bytes in UTF-8, and an
answer gets 10 seconds (`--seconds`) and, on Linux, 1 GiB. A file or a value that is no answer is a
row of its own. In `--json`, values that are not finite are the strings `inf`, `-inf` and `nan`.
"""


def render(sections: list[dict]) -> str:
    """The page, one table a section."""
    return "\n".join([HEADING, *(_section(**section) for section in sections)])


def _section(title: str, text: str, answers: list[list[str]]) -> str:
    rows = (_row(*answer) for answer in answers)
    head = ["| claim | answer | verdict | what it says |", "|---|---|---|---|"]
    return "\n".join([f"## {title}\n\n{text}\n", *head, *rows, ""])


def _row(claim: str, answer: str, verdict: str, says: str = "") -> str:
    shown = answer.replace("|", "\\|") or " "
    return f"| `{claim}` | `{shown}` | {verdict} | {says} |"


if __name__ == "__main__":
    PAGE.write_text(render(tomllib.loads(TABLE.read_text())["section"]))
