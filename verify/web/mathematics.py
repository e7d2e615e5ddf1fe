"""LaTeX of our own as MathML, which a browser sets without help."""

from __future__ import annotations

import re
from html import unescape
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

SIGNS, BEFORE_SIGNS, NORM = "-−+", "([{=<>≤≥∑⊙,→", "‖"
IN_DOLLARS = re.compile(r"\$([^$]+)\$")


def to_mathml(latex: str, display: str = "block") -> Markup:
    """The MathML of a formula, every character escaped; where there is none, the LaTeX itself."""
    try:
        element = convert_to_element(latex, display=display)
    except Exception:  # the converter raises what it likes
        return Markup("<code>{}</code>").format(latex)
    for part in element.iter():
        part.text = unescape(part.text or "")  # the converter writes characters as entities
        _mend(part)
    for part in element.iter():
        _mend_signs(part)
    return Markup(tostring(element, encoding="unicode"))


def to_prose(text: str) -> Markup:
    """A sentence with formulas between dollars."""
    words = IN_DOLLARS.split(text)
    parts = [to_mathml(w, "inline") if n % 2 else escape(w) for n, w in enumerate(words)]
    return Markup("").join(parts)


def _mend(part: Element) -> None:
    """What browsers set otherwise than the converter means."""
    if part.tag == "mo" and (part.text or "")[:1].isalpha():
        part.set("rspace", "0")  # diag and sign name functions, which stand close to a bracket
        part.set("lspace", "0.17em")
    if part.get("mathvariant") == "bold":
        part.set("class", "bold")  # MathML Core knows no variant but normal
    if part.text == NORM:
        part.set("stretchy", "false")


def _mend_signs(row: Element) -> None:
    """A minus behind a bracket or a relation is a sign, and stands close to what follows."""
    before = None
    for part in row:
        is_sign = part.tag == "mo" and (part.text or " ") in SIGNS
        if is_sign and (
            before is None or (before.tag == "mo" and (before.text or " ") in BEFORE_SIGNS)
        ):
            part.set("form", "prefix")
        before = part
