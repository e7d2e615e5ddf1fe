"""The marked part of a document in Markdown, as LaTeX: what is said in both is written once."""

from __future__ import annotations

import re
from pathlib import Path

from report.filters import escape

ROOT = Path(__file__).resolve().parents[1]
_MARKED = re.compile(r"<!-- report -->\n(.*?)<!-- end of report -->", re.DOTALL)
_STYLES = ((r"\*\*(.+?)\*\*", "textbf"), (r"\*(.+?)\*", "emph"), (r"`(.+?)`", "texttt"))


def marked_part(path: str) -> str:
    """Return what stands between the two marks of a file, as paragraphs and lists."""
    found = _MARKED.search((ROOT / path).read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{path}: expected a part between <!-- report --> and its end, found none")
    blocks = re.split(r"\n{2,}", found[1].strip())
    return "\n\n".join(_list(block) if block.startswith("- ") else _text(block) for block in blocks)


def _list(block: str) -> str:
    items = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
    lines = [rf"\item {_text(item)}" for item in items]
    return "\n".join((r"\begin{itemize}", *lines, r"\end{itemize}"))


def _text(block: str) -> str:
    latex = escape(" ".join(block.split()))
    for pattern, command in _STYLES:
        latex = re.sub(pattern, rf"\\{command}{{\1}}", latex)
    return latex
