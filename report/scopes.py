"""Scopes of proofs in the homework's notation: `every d, n` with its letters as formulas."""

from __future__ import annotations

import re

_LETTER = r"[A-Za-z](?:_\w+)?|delta|mu|ell|tau|beta|lambda|epsilon"
_OPERAND = r"[|\w\[\]]+"
_FORMULA = re.compile(rf"{_OPERAND}(?: [<=>]+ {_OPERAND})+|(?<!\w)(?:{_LETTER})(?!\w)")


def scope(text: str) -> str:
    """Return a scope such as `every d, n; |r[i]| < delta` in LaTeX."""
    return _FORMULA.sub(lambda found: f"${_formula(found[0])}$", text)


def _formula(text: str) -> str:
    text = re.sub(r"(\w+)\[(\w+)\]", r"\1_{\2}", text)
    text = re.sub(r"(\w)_([a-z]{2,})", r"\1_{\\mathrm{\2}}", text)
    return re.sub(r"\b(delta|mu|ell|tau|beta|lambda|epsilon)\b", r"\\\1", text)
