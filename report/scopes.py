"""Scopes of proofs in the homework's notation: `every d, n` with its letters as formulas."""

from __future__ import annotations

import re

_RELATION = re.compile(r"[|\w\[\]]+(?: [<=>]+ [|\w\[\]]+)+")


def scope(text: str) -> str:
    """Return a scope such as `every d, n; |r[i]| < delta` in LaTeX."""
    return "; ".join(_part(part.strip()) for part in text.split(";"))


def _part(text: str) -> str:
    if text.startswith("every ") and text != "every value":
        return f"every ${_formula(text.removeprefix('every '))}$"
    if text.startswith("by induction on "):
        return f"by induction on ${_formula(text.removeprefix('by induction on '))}$"
    return _RELATION.sub(lambda found: f"${_formula(found[0])}$", text)


def _formula(text: str) -> str:
    text = re.sub(r"(\w+)\[(\w+)\]", r"\1_{\2}", text)
    text = re.sub(r"(\w)_([a-z]{2,})", r"\1_{\\mathrm{\2}}", text)
    return re.sub(r"\b(delta|mu|ell|tau|beta|lambda|epsilon)\b", r"\\\1", text)
