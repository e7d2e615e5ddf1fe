"""Wrong variants of a right formula: the slips of hand that a check must be able to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    I,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    KroneckerDelta,
    Mul,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    nan,
    sign,
    zoo,
)
from sympy.core.relational import Ge, Gt, Le, Lt, Relational

from derivations.notation import Sum, substitute
from derivations.prover.matrices.inverse import IsLargest, SquareMatrix

FLIPPED = {Le: Gt, Gt: Le, Ge: Lt, Lt: Ge}
Said = Callable[[Basic], str]


def _short(expr: Basic) -> str:
    text = str(expr)
    return text if len(text) <= 24 else text[:21] + "..."


def mutants(
    expr: Expr, indices: tuple[Idx, ...] = (), said: Said = _short
) -> Iterator[tuple[str, Expr]]:
    """Yield (name of the slip, wrong formula), the whole formula's slips first; none repeats.

    A name quotes the part that went wrong as `said` has it. A variant may happen to be equal to the
    original: that is for a proof to say.
    """
    seen = {expr}
    for name, variant in _all_slips(expr, indices, said):
        if variant not in seen and not variant.has(nan, zoo, I):
            seen.add(variant)
            yield name, variant


def _all_slips(expr: Expr, indices: tuple[Idx, ...], said: Said) -> Iterator[tuple[str, Expr]]:
    yield "sign", -expr
    yield "times 1.001", expr * Rational(1001, 1000)
    if not expr.free_symbols:
        yield "one more", expr + 1
    if len(indices) == 2 and indices[0].upper == indices[1].upper:
        yield "transposed", substitute(expr, dict(zip(indices, reversed(indices), strict=True)))
    for symbol in sorted(_scalars(expr), key=str):
        if symbol.is_integer:
            yield f"{said(symbol)} - 1 for {said(symbol)}", _rename(expr, {symbol: symbol - 1})
        else:
            yield f"{said(symbol)} is 1", substitute(expr, {symbol: Integer(1)})
    for first, second in _exchangeable(expr):
        swapped = {first: second, second: first}
        yield f"{said(first)} and {said(second)} exchanged", _rename(expr, swapped)
    yield from _slips_inside(expr, said)


def _slips_inside(expr: Basic, said: Said) -> Iterator[tuple[str, Basic]]:
    """Every local slip, at every place of the tree, from the outside in."""
    yield from _local_slips(expr, said)
    for place, part in enumerate(expr.args):
        if isinstance(part, (Symbol, Idx, IndexedBase)) or isinstance(expr, (Indexed, Idx)):
            continue
        if isinstance(expr, IsLargest | KroneckerDelta) or (isinstance(expr, Sum) and place > 0):
            continue
        if isinstance(expr, Mul) and part == -1:
            continue
        for name, variant in _slips_inside(part, said):
            args = list(expr.args)
            args[place] = variant
            yield name, _rebuilt(expr, args)


def _local_slips(expr: Basic, said: Said) -> Iterator[tuple[str, Basic]]:
    match expr:
        case Add():
            for term in expr.args:
                yield f"sign of {said(term)}", expr - 2 * term
                yield f"{said(term)} missing", expr - term
        case Mul():
            for factor in expr.args:
                if factor != -1:
                    yield f"factor {said(factor)} missing", expr / factor
        case Pow():
            if expr.exp == 2:
                yield f"{said(expr)} not squared", expr.base
            elif expr.exp == Rational(1, 2):
                yield f"root of {said(expr.base)} missing", expr.base
            elif expr.exp == -1:
                yield f"{said(expr.base)} multiplies", expr.base
        case KroneckerDelta():
            yield "delta is 1", Integer(1)
            first, second = sorted(expr.args, key=lambda place: isinstance(place, Add))
            for step in (-1, 1) if isinstance(second, Add) else ():
                yield "off by one place", KroneckerDelta(first, second + step)
        case IsLargest(matrix=matrix):
            yield "of each entry, not of the largest alone", Integer(1)
            opposite = SquareMatrix(-matrix.function, *matrix.limits)
            yield "smallest and largest exchanged", IsLargest(opposite, expr.args[1])
        case Abs():
            yield f"{said(expr)} without the bars", expr.args[0]
        case sign():
            yield f"{said(expr)} without the sign function", expr.args[0]
        case Relational() if type(expr) in FLIPPED:
            yield f"{said(expr)} turned around", FLIPPED[type(expr)](expr.lhs, expr.rhs)
        case Piecewise() if len(expr.args) == 2:
            (first, _), (second, _) = expr.args
            yield "only the first branch", first
            yield "only the second branch", second


def _scalars(expr: Basic) -> set[Symbol]:
    """The symbols in use as numbers: neither names of arrays and indices, nor mere ranges."""
    if isinstance(expr, Symbol):
        return {expr}
    if isinstance(expr, (Idx, IndexedBase)):
        return set()
    parts = expr.args[:1] if isinstance(expr, Sum) else expr.args
    return set().union(*map(_scalars, parts))


def _exchangeable(expr: Expr) -> Iterator[tuple[Basic, Basic]]:
    """Pairs of scalars, and pairs of arrays of one shape, whose letters are easily mixed up."""
    scalars = sorted((s for s in _scalars(expr) if not s.is_integer), key=str)
    arrays = sorted(expr.atoms(IndexedBase), key=str)
    for names in (scalars, arrays):
        for place, first in enumerate(names):
            for second in names[place + 1 :]:
                if getattr(first, "shape", None) == getattr(second, "shape", None):
                    yield first, second


def _rename(expr: Basic, names: dict) -> Basic:
    if expr in names:
        return names[expr]
    if not expr.args or isinstance(expr, Idx):
        return expr
    if isinstance(expr, Indexed):
        return names.get(expr.base, expr.base)[expr.indices]
    return _rebuilt(expr, [_rename(part, names) for part in expr.args])


def _rebuilt(expr: Basic, args: list[Basic]) -> Basic:
    """The same kind of expression of other parts; a piecewise one is left as long as it is."""
    options = {"evaluate": False} if isinstance(expr, Piecewise) else {}
    return expr.func(*args, **options)
