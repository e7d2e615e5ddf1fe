"""Whether cases cover everything: by the signs of what their conditions compare."""

from __future__ import annotations

from functools import reduce
from itertools import product
from operator import or_

from sympy import Abs, Expr, Ge, Gt, Le, Lt, expand, false, true
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from verify.language.tensor import Tensor, aligned

MOST_QUANTITIES = 6


def cover(conditions: list[Tensor]) -> bool:
    """Whether some condition holds whatever signs the differences have that they compare.

    A condition that holds always or never is no case.
    """
    entries = [condition.entry for condition in aligned(conditions)[1]]
    if any(entry in (true, false) for entry in entries):
        return False
    some = reduce(or_, map(_without_bars, entries))
    relations = {relation: expand(relation.lhs - relation.rhs) for relation in _relations(some)}
    quantities = list(dict.fromkeys(map(_unsigned, relations.values())))
    return len(quantities) <= MOST_QUANTITIES and all(
        _holds(some, relations, dict(zip(quantities, signs, strict=True)))
        for signs in product((-1, 0, 1), repeat=len(quantities))
    )


def _holds(condition: Boolean, relations: dict, signs: dict[Expr, int]) -> bool:
    """Whether a condition holds where the differences in it have the given signs."""
    truth = {}
    for relation, difference in relations.items():
        positive = _unsigned(difference)
        sign = signs[positive] if positive == difference else -signs[positive]
        truth[relation] = relation.func(sign, 0)
    return condition.xreplace(truth) == true


def _unsigned(difference: Expr) -> Expr:
    return -difference if difference.could_extract_minus_sign() else difference


def _without_bars(condition: Boolean) -> Boolean:
    """The condition with |x| < a as x < a and -x < a."""
    opened = {relation: _opened(relation) for relation in _relations(condition)}
    return condition.xreplace(opened)


def _opened(relation: Relational) -> Boolean:
    if not isinstance(relation, Le | Lt | Ge | Gt):
        return relation
    less = Lt if isinstance(relation, Lt | Gt) else Le
    small, large = relation.lts, relation.gts
    if isinstance(small, Abs):
        return less(small.args[0], large) & less(-small.args[0], large)
    if isinstance(large, Abs):
        return less(small, large.args[0]) | less(small, -large.args[0])
    return relation


def _relations(condition: Boolean) -> list[Relational]:
    return sorted(condition.atoms(Relational), key=str)
