"""Where a function written in branches has a derivative all the same: branches that join smoothly.

Differentiation branch by branch says nothing of a point where branches meet: max(a, 0) + min(a, 0)
is a, and has no branch of slope 1 at a = 0. It is right there if value and slope carry over.
"""

from __future__ import annotations

from sympy import Abs, Basic, Derivative, Dummy, Indexed, KroneckerDelta, Piecewise, sign
from sympy.core.relational import Ge, Gt, Le, Lt, Relational

from derivations.prover.matrices.inverse import IsLargest
from derivations.prover.normal_form import is_zero


def has_kinks(expr: Basic) -> bool:
    """False only if each derivative, a first one, is of branches that join smoothly."""
    return any(
        len(derivative.variables) > 1 or not _is_smooth(derivative.expr, derivative.variables[0])
        for derivative in expr.atoms(Derivative)
    )


def _is_smooth(expr: Basic, variable: Basic) -> bool:
    if not _depends(expr, variable):
        return True
    if isinstance(expr, Piecewise):
        return _joins_smoothly(expr, variable)
    if isinstance(expr, (Abs, sign, IsLargest, Derivative, KroneckerDelta, Relational)):
        return False
    return expr == variable or all(_is_smooth(part, variable) for part in expr.args)


def _joins_smoothly(expr: Piecewise, variable: Basic) -> bool:
    """Whether it has one branch for |x| up to a positive threshold, and one beyond that fits."""
    (first, condition), *others = expr.args
    if len(others) != 1 or not isinstance(condition, (Le, Lt, Ge, Gt)):
        return False
    ((second, _),) = others
    small, large = condition.lts, condition.gts
    inner, outer = first, second
    if isinstance(large, Abs):
        small, large, inner, outer = large, small, second, first
    if not isinstance(small, Abs) or not large.is_positive:
        return False
    x = Dummy(real=True)
    inner, outer = (branch.xreplace({small.args[0]: x}) for branch in (inner, outer))
    outside = outer.xreplace({Abs(x): Dummy()})  # |x| is smooth beyond a positive threshold
    parts = ((small.args[0], variable), (inner, x), (outside, x))
    are_smooth = all(_is_smooth(part, symbol) for part, symbol in parts)
    if not are_smooth or any(_depends(part, variable) for part in (inner, outer, large)):
        return False
    gap, edges = inner - outer, (large, -large)
    return all(is_zero(part.subs(x, edge)) for part in (gap, gap.diff(x)) for edge in edges)


def _depends(expr: Basic, variable: Basic) -> bool:
    return expr.has(variable.base if isinstance(variable, Indexed) else variable)
