"""A derivation's lines one by one, for a layout that fits any width of expression."""

from __future__ import annotations

import re

from derivations.derivation import Chain

_LINE = re.compile(
    r"^(?P<name>.*?)&(?P<relation>=|\\ge|<) (?P<right>.*) && \\text\{(?P<why>.*)\}$", re.DOTALL
)


def lines(chain: Chain) -> list[tuple[str, str, str, str]]:
    """Return name (first line only), relation, expression and reason of each line of a chain."""
    found = []
    for line in chain.to_latex().split(" \\\\\n"):
        match = _LINE.match(line)
        if match is None:
            raise ValueError(
                f"chain {chain.name}: expected `... &= ... && \\text{{...}}`, got {line}"
            )
        found.append((match["name"].strip(), match["relation"], match["right"], match["why"]))
    return found
