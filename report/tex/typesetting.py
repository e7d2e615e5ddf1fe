"""How TeX runs: the same source gives the same bytes, and what goes wrong is said in one line."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from report.tex.texlive import Tex

OVERFULL_LIMIT = 1.0  # points that a box may stick out, about a third of a millimetre
MAX_PASSES = 6
# What one run writes and the next one reads: numbers, contents, bookmarks.
_MEMORY = (".aux", ".toc", ".out")

_ERROR = re.compile(r"^(?:\./)?([^\s:()]+\.(?:tex|sty|aux|toc|out)):(\d+): (.*)$", re.MULTILINE)
_EMERGENCY = re.compile(r"^! (.*)$", re.MULTILINE)
_OPENED = re.compile(r"\((?:\./)?([\w-]+\.tex)\b")
_OVERFULL = re.compile(r"^Overfull \\[hv]box \(([\d.]+)pt too (?:wide|high)\)(.*)$", re.MULTILINE)
_UNDEFINED = re.compile(r"^LaTeX Warning: ((?:Reference|Citation|Label|cref).*?)\.?$", re.MULTILINE)
_NO_GLYPH = re.compile(r"^(Missing character: There is no .*?)!?$", re.MULTILINE)
_PAGES = re.compile(r"Output written on .*? \((\d+) pages?")


class TexError(Exception):
    """TeX stopped, or set something that must not be printed; the message is one line."""


@dataclass(frozen=True)
class Typeset:
    """A finished PDF and its number of pages."""

    pdf: Path
    pages: int


def packages_of(preamble: str) -> list[str]:
    r"""Return the packages that a preamble loads by `\usepackage`."""
    loads = re.findall(r"\\usepackage(?:\[[^\]]*\])?\{([^}]*)\}", preamble)
    return [name.strip() for names in loads for name in names.split(",")]


def typeset(tex: Tex, source: Path, partial: bool = False) -> Typeset:
    """Run pdflatex on `source` until references are settled, and return the PDF beside it.

    Raises `TexError` at the first error, undefined reference, missing glyph, or box that sticks out
    by more than `OVERFULL_LIMIT`. A `partial` document may refer to sections that it leaves out.
    """
    environment = dict(tex.environment) | {
        "SOURCE_DATE_EPOCH": "0",  # a clock would make every build differ
        "FORCE_SOURCE_DATE": "1",
        "max_print_line": "10000",  # else the log is broken at 79 characters, in words and names
    }
    for _ in range(MAX_PASSES):
        before = _memory(source)
        log = _run(source, environment)
        if _memory(source) == before:
            break
    else:
        raise TexError(f"{source.name}: references still move after {MAX_PASSES} runs of pdflatex")
    if complaint := complaint_in(log, partial):
        raise TexError(complaint)
    pages = _PAGES.search(log)
    return Typeset(source.with_suffix(".pdf"), int(pages[1]) if pages else 0)


def error_in(log: str) -> str | None:
    """Return the first error of a log, as `file:line: what: the text before it`."""
    error = _ERROR.search(log)
    if error:
        file, line, message = error.groups()
        context = re.search(rf"^l\.{line} ?(.*)$", log[error.end() :], re.MULTILINE)
        near = f", at `{context[1].strip()[-60:]}`" if context and context[1].strip() else ""
        return f"{file}:{line}: {message.rstrip('.')}{near}"
    emergency = _EMERGENCY.search(log)
    return f"{_file_at(log, emergency.start())}: {emergency[1]}" if emergency else None


def complaint_in(log: str, partial: bool = False) -> str | None:
    """Return the first thing in a log that TeX only warns of, but that must not be printed."""
    for pattern in (_NO_GLYPH,) if partial else (_NO_GLYPH, _UNDEFINED):
        for warning in pattern.finditer(log):
            return f"{_file_at(log, warning.start())}: {warning[1]}"
    for box in _OVERFULL.finditer(log):
        points, where = box.groups()
        if float(points) > OVERFULL_LIMIT:
            where = where.strip() or "on a page"
            return f"{_file_at(log, box.start())}: a box sticks out by {points} pt {where}"
    return None


def _run(source: Path, environment: Mapping[str, str]) -> str:
    """Run pdflatex once in the source's folder and return its log."""
    program = shutil.which("pdflatex", path=environment.get("PATH")) or "pdflatex"
    options = ("-interaction=nonstopmode", "-halt-on-error", "-file-line-error", "-no-shell-escape")
    done = subprocess.run(
        [program, *options, source.name],
        cwd=source.parent,
        env=environment,
        capture_output=True,
        check=False,
    )
    path = source.with_suffix(".log")
    log = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if done.returncode:
        for suffix in _MEMORY:  # half-written, they would make the next run fail too
            source.with_suffix(suffix).unlink(missing_ok=True)
        messages = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise TexError(error_in(log) or f"pdflatex failed: {messages[-1]}")
    return log


def _memory(source: Path) -> list[bytes]:
    paths = (source.with_suffix(suffix) for suffix in _MEMORY)
    return [sha256(path.read_bytes()).digest() if path.exists() else b"" for path in paths]


def _file_at(log: str, position: int) -> str:
    """Return the source file that TeX was reading at a position of its log."""
    opened = _OPENED.findall(log, 0, position)
    return opened[-1] if opened else "report.tex"
