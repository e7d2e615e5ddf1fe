"""`derive` for a notebook or a program: in this process, of a text or of a Python function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from textwrap import dedent

from verify.objectives.asked import Asked
from verify.objectives.checks import check
from verify.objectives.derive import derive as derive_asked
from verify.objectives.derived import Derived

Shapes = str | Mapping[str, str]


def derive(
    function: str | Callable,
    wrt: str | Sequence[str],
    shapes: Shapes = "",
    assume: str | Sequence[str] = (),
    order: int = 1,
    checks: bool = False,
) -> Derived | list[Derived]:
    """The derivative of a function in one name, or in each of several, with its verdict.

    Args:
        function: an expression or lines in NumPy's notation, LaTeX, or a Python function, whose
            source is read and never run.
        wrt: the name to differentiate in, or several.
        shapes: "X: n d, w: d, lam:" or {"X": "n d", "lam": ""}; else they follow from use.
        assume: such as "S positive definite, s > 0".
        order: 2 for second derivatives.
        checks: whether to hold it against automatic differentiation and planted faults, too.

    Raises:
        ValueError: what cannot be read, with the line and the column.
    """
    text = function if isinstance(function, str) else _source(function)
    sizes = shapes if isinstance(shapes, str) else ", ".join(f"{n}: {s}" for n, s in shapes.items())
    assumed = (assume,) if isinstance(assume, str) else tuple(assume)
    names = [wrt] if isinstance(wrt, str) else list(wrt)
    asked = [Asked(text, name, sizes, assumed, order) for name in names]
    found = [_derived(one, checks) for one in asked]
    return found[0] if isinstance(wrt, str) else found


def _source(function: Callable) -> str:
    try:
        return dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise ValueError("expected a text, or a function whose source is in a file") from None


def _derived(asked: Asked, checks: bool) -> Derived:
    derived = derive_asked(asked)
    return replace(derived, checks=check(asked)) if checks else derived
