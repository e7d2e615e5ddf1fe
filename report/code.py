"""Code of the project as the report prints it: read from its files, one function a block."""

from __future__ import annotations

import importlib
import inspect
import operator
import re
from collections.abc import Mapping
from textwrap import dedent

BEGINNING = re.compile(r"\n{2,}(?=[ \t]*(?:def|class|@))")
"""Between two functions."""
METHOD = re.compile(r"^\s+def ", re.MULTILINE)


def source(module: str, *names: str) -> str:
    """Return the code of functions or classes such as `Linear.forward`, or of the whole module."""
    imported = importlib.import_module(module)
    parts = [operator.attrgetter(name)(imported) for name in names] or [imported]
    codes = map(inspect.getsource, parts)
    return "\n\n".join(dedent(code).rstrip() for code in codes)


def bare(code: str) -> str:
    """Return code without its docstrings: of what triple quotes part, every second piece."""
    kept = "".join(code.split('"""')[::2])
    return re.sub(r"\n[ \t]+(?=\n)", "", kept)


def blocks(code: str, beside: Mapping[str, str] | None = None) -> list[str]:
    """Return code by function, each a block that no page breaks, with formulas beside its lines.

    Args:
        code: to print; what a class begins with stays with its first method.
        beside: the formula in LaTeX of a line that ends in some text.

    Raises:
        ValueError: for a text that no line, or more than one, ends in.
    """
    for ending, formula in (beside or {}).items():
        times = f"{code}\n".count(f"{ending}\n")
        if times != 1:
            raise ValueError(f"beside: expected one line that ends in {ending!r}, got {times}")
        annotated = rf"{ending}(*@\hfill\color{{accent}}${formula}$@*)"
        code = f"{code}\n".replace(f"{ending}\n", f"{annotated}\n")
    joined: list[str] = []
    for block in BEGINNING.split(code.strip("\n")):
        if joined and joined[-1].startswith("class ") and not METHOD.search(joined[-1]):
            joined[-1] += f"\n\n{block}"
        else:
            joined.append(block)
    return joined
