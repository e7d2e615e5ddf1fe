"""What was understood, said back in index notation: [i = j] y[i] / tau - y[i] y[j] / tau."""

from __future__ import annotations

import re

from sympy import Basic, Idx

from derivations.text import to_text

LONGEST = 300
PLAIN = (
    (r"\\lim_\{(.*?) \\to (.*?)\} (.*)", r"limit of \3 as \1 -> \2"),
    (r"\\frac\{\\partial (.*?)\}\{\\partial (.*)\}", r"d\1/d\2"),
    (r"\\t?frac\{(.*?)\}\{(\S*?)\}", r"\1/\2"),
    (r"\\t?frac\{(.*?)\}\{(.*?)\}", r"\1/(\2)"),
    (r"\\big\|_\{(.*?)\}", r" at \1"),
    (r"\\tilde\s*\{(\w)\}", r"\1~"),
    (r"\\hat (\w)_(\w)", r"\1hat\2"),
    (r"\\(text|mathrm|mathbb|mathbf|operatorname)\{(.*?)\}", r"\2"),
    (r"\\(top|nabla|infty)", lambda m: {"top": "T", "nabla": "grad", "infty": "oo"}[m[1]]),
    (r"\\(dots|ldots)", "..."),
    (r"\\to", "->"),
    (r"\\,", " "),
    (r"(?<=[0a-z])\^([+-])", r"\1"),
    (r"\\var(?=epsilon)", ""),
    (r"\\(?=\w)", ""),
    (r"_\{(\w*\W[^{}]*)\}", r"_(\1)"),
    (r"[{}$]", ""),
)
"""How LaTeX in the derivations' names is written in plain characters, one rule after the other."""


def spoken(expr: Basic, indices: tuple[Idx, ...] = ()) -> str:
    """An entry in plain characters, with a letter for each index; long ones are cut."""
    text = to_text(expr, indices)
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def spoken_latex(text: str) -> str:
    """The name of a quantity, or a few words with mathematics in them, in plain characters."""
    for pattern, plain in PLAIN:
        text = re.sub(pattern, plain, text)
    return " ".join(text.split())
