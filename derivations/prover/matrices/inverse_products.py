"""The inverse of a matrix times the matrix: sum_k inv(M)_ik M_kj is 1 where i = j, else 0.

M is a sum of terms. Where its longest term, T, stands next to the inverse, sum_k inv(M)_ik T_kj
becomes [i = j] - sum_k inv(M)_ik (M - T)_kj, so that no two forms of one product are left. A
symmetric inverse is taken to stand on the left alone: of M = T + T', T' would become T again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sympy import Add, Expr, Idx, KroneckerDelta, Mul, S

from derivations.notation import Sum, substitute, total
from derivations.prover.matching import matches
from derivations.prover.matrices.inverse import InverseEntry, SquareMatrix, SymmetricInverseEntry

Contracted = tuple[list[Expr], list[tuple]]
"""The factors of a product, and what they are summed over."""


def inverse_contracted(factors: Sequence[Expr], limits: Sequence[tuple]) -> Contracted | None:
    """The same sum without the first product of an inverse and its matrix; None if it has none."""
    bound = {k: tuple(ends) for k, *ends in limits}
    for inverse in factors:
        if not isinstance(inverse, InverseEntry):
            continue
        for at in (0, 1):
            k, i = inverse.places[at], inverse.places[1 - at]
            if bound.get(k) != inverse.matrix.ends or k == i or inverse.matrix.has(k):
                continue
            others = [factor for factor in factors if factor is not inverse]
            on_left = at == 0 and not isinstance(inverse, SymmetricInverseEntry)
            if found := _contracted_at(k, i, inverse.matrix, on_left, others, bound):
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
    for binding, used in matches(pattern, factors, {shared: k}, wild | {shared}):
        others = [factor for factor in factors if factor not in used]
        j, images = binding.get(free), {name: binding.get(name) for name, *_ in inner}
        is_whole = all(bound.get(images[name]) == tuple(ends) for name, *ends in inner)
        is_whole = is_whole and len(others) + len(used) == len(factors)
        if not is_whole or j is None or not matrix.has_place(j):
            continue
        summed = {k, *images.values()}
        if len(summed) <= len(inner) or any(p.has(*summed) for p in (*others, i, j, matrix)):
            continue
        if substitute(product, {shared: k, free: j, **images}) != Mul(*used):
            continue
        fresh, _ = matrix.places()
        row, column = (j, fresh) if on_left else (fresh, j)
        taken = SquareMatrix(Sum(product, *inner), *matrix.limits)
        rest = matrix.at(row, column) - coefficient * taken.at(row, column)
        sides = (fresh, i) if on_left else (i, fresh)
        delta = KroneckerDelta(i, j) - total(InverseEntry(matrix, *sides) * rest, fresh)
        left = [(name, *ends) for name, ends in bound.items() if name not in summed]
        return [*others, delta / coefficient], left
    return None


def _leading_term(matrix: SquareMatrix) -> tuple[Expr, Expr, list[tuple]] | None:
    """Its coefficient, which is not 0, its product of factors and what that is summed over."""
    terms, coefficients = [], defaultdict[Expr, Expr](lambda: S.Zero)
    for term in Add.make_args(matrix.function):
        coefficient, body = term.as_independent(*matrix.variables, as_Add=False)
        coefficients[body] += coefficient
    for body, coefficient in coefficients.items():
        is_delta = any(isinstance(factor, KroneckerDelta) for factor in Mul.make_args(body))
        if coefficient.is_nonzero and not is_delta:
            inside = (body.function, list(body.limits)) if isinstance(body, Sum) else (body, [])
            terms.append((coefficient, *inside))
    return max(terms, key=lambda term: (len(term[2]), str(term[1])), default=None)
