"""The inverse of a matrix times the matrix: sum_k inv(M)_ik M_kj is 1 where i = j, else 0.

M is a sum of terms. Where its longest term, T, stands next to the inverse, sum_k inv(M)_ik T_kj
becomes [i = j] - sum_k inv(M)_ik (M - T)_kj, so that no two forms of one product are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sympy import Add, Basic, Expr, Idx, Integer, KroneckerDelta, Mul

from derivations.matrices import InverseEntry, SquareMatrix, SymmetricInverseEntry
from derivations.notation import Sum, SymmetricEntry, substitute, total

Binding = dict[Basic, Basic]


class Contracted(NamedTuple):
    """What a product of factors, summed over some limits, is instead."""

    factors: list[Expr]
    limits: list[tuple]


def inverse_contracted(factors: Sequence[Expr], limits: Sequence[tuple]) -> Contracted | None:
    """The same sum without the first product of an inverse and its matrix; None if it has none."""
    bound = {k: tuple(ends) for k, *ends in limits}
    for inverse in factors:
        if not isinstance(inverse, InverseEntry):
            continue
        for at in (0, 1):
            k, i = inverse.places[at], inverse.places[1 - at]
            if k not in bound or k == i or inverse.matrix.has(k):
                continue
            others = [factor for factor in factors if factor is not inverse]
            if found := _contracted_at(k, i, inverse.matrix, at == 0, others, bound):
                return found
    return None


def _contracted_at(
    k: Idx, i: Expr, matrix: SquareMatrix, on_left: bool, factors: list[Expr], bound: dict
) -> Contracted | None:
    """sum_k M_jk inv(M)_ki if the matrix is on the left, else sum_k inv(M)_ik M_kj."""
    if (leading := _leading_term(matrix)) is None:
        return None
    coefficient, product, inner = leading
    shared, free = matrix.variables[::-1] if on_left else matrix.variables
    wild = {free, *(name for name, *_ in inner)}
    pattern = Mul.make_args(product)
    for binding, used in _matches(pattern, factors, {shared: k}, wild | {shared}):
        others = [factor for factor in factors if not any(factor is one for one in used)]
        images = [binding.get(name) for name, *_ in inner]
        j = binding.get(free)
        if j is None or len({k, j, *images}) < 2 + len(images):
            continue
        if any(
            bound.get(image) != tuple(ends) for image, (_, *ends) in zip(images, inner, strict=True)
        ):
            continue
        if any(part.has(k, *images) for part in (*others, i, j, matrix)):
            continue
        if substitute(product, binding) != Mul(*used):
            continue
        fresh, _ = matrix.places()
        row, column = (j, fresh) if on_left else (fresh, j)
        rest = matrix.at(row, column) - coefficient * substitute(
            Sum(product, *inner) if inner else product,
            dict(zip(matrix.variables, (row, column), strict=True)),
        )
        sides = (fresh, i) if on_left else (i, fresh)
        delta = KroneckerDelta(i, j) - total(InverseEntry(matrix, *sides) * rest, fresh)
        left = [(name, *ends) for name, ends in bound.items() if name not in (k, *images)]
        return Contracted([*others, delta / coefficient], left)
    return None


def _leading_term(matrix: SquareMatrix) -> tuple[Expr, Expr, list[tuple]] | None:
    """Its coefficient, which is not 0, its product of factors and what that is summed over."""
    terms = []
    for term in Add.make_args(matrix.function):
        coefficient, body = term.as_independent(*matrix.variables, as_Add=False)
        if coefficient.is_nonzero and not any(isinstance(f, KroneckerDelta) for f in body.args):
            is_sum = isinstance(body, Sum)
            terms.append(
                (coefficient, body.function, list(body.limits))
                if is_sum
                else (coefficient, body, [])
            )
    return max(terms, key=lambda term: (len(term[2]), str(term[1])), default=None)


def _matches(
    pattern: Sequence[Expr], factors: list[Expr], binding: Binding, wild: set[Basic]
) -> Iterator[tuple[Binding, list[Expr]]]:
    """What the wild names may stand for, and the factors that the pattern then is."""
    if not pattern:
        yield binding, []
        return
    for at, factor in enumerate(factors):
        rest = factors[:at] + factors[at + 1 :]
        for extended in _unified(pattern[0], factor, binding, wild):
            for found, used in _matches(pattern[1:], rest, extended, wild):
                yield found, [factor, *used]


def _unified(pattern: Basic, expr: Basic, binding: Binding, wild: set[Basic]) -> Iterator[Binding]:
    """The bindings under which a pattern is an expression."""
    if pattern in wild:
        if binding.get(pattern, expr) == expr and isinstance(expr, Idx | Integer):
            yield binding | {pattern: expr}
    elif not pattern.has(*wild):
        if pattern == expr:
            yield binding
    elif type(pattern) is type(expr) and len(pattern.args) == len(expr.args):
        whole, *places = pattern.args
        orders = [pattern.args]
        if isinstance(pattern, SymmetricEntry | SymmetricInverseEntry):
            orders.append((whole, *places[::-1]))
        for order in orders:
            yield from _unified_in_turn(order, expr.args, binding, wild)


def _unified_in_turn(patterns, parts, binding: Binding, wild: set[Basic]) -> Iterator[Binding]:
    if not patterns:
        yield binding
        return
    for extended in _unified(patterns[0], parts[0], binding, wild):
        yield from _unified_in_turn(patterns[1:], parts[1:], extended, wild)
