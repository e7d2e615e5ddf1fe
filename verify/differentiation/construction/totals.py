"""Sums along axes: what is constant stands in front, and what is a product of matrices is one."""

from __future__ import annotations

from fractions import Fraction

from verify.differentiation.construction import matrices, products, sums, transposition
from verify.differentiation.construction.parts import (
    Power,
    extent_of,
    is_zero,
    number,
    split,
    zeros,
)
from verify.differentiation.nodes import (
    ONE,
    UNIT,
    ZERO,
    Add,
    Call,
    Eye,
    MatMul,
    Name,
    NewAxis,
    Node,
    NoMatrixFormError,
    Number,
    Ones,
    Sum,
    Transpose,
    broadcast_shape,
    nodes_of,
)


def total(node: Node, axes: tuple[int, ...] | None = None) -> Node:
    """The sum along some axes, or of all entries; they are dropped."""
    axes = tuple(range(node.ndim)) if axes is None else tuple(sorted(axes))
    if not axes:
        return node
    if is_zero(node):
        return zeros(tuple(s for axis, s in enumerate(node.shape) if axis not in axes))
    coefficient, powers = split(node)
    constant = [p for p in powers if _is_constant_along(p, node.ndim, axes)]
    varying = [p for p in powers if p not in constant]
    front = products.product(coefficient, constant)
    inner = products.product(Fraction(1), varying)
    left = tuple(s for axis, s in enumerate(node.shape) if axis not in axes)
    if UNIT in node.shape and node.ndim == 2:
        raise NoMatrixFormError("a sum over a row or a column has no rule")
    summed = [axis - (node.ndim - inner.ndim) for axis in axes]
    counted = [a for a, b in zip(axes, summed, strict=True) if b < 0 or inner.shape[b] == UNIT]
    count = products.mul(*(extent_of(node.shape[axis]) for axis in counted))
    kept = tuple(b for b in summed if b >= 0 and inner.shape[b] != UNIT)
    if front.ndim == 2:
        front = transposition.as_vector(front) if left == node.shape[:1] else front
    if inner.ndim == 2 and UNIT in inner.shape:  # a column, summed over its rows or its one entry
        inner, kept = transposition.as_vector(inner), (0,) if 0 in kept else ()
    return products.spread(products.mul(front, count, _summed(inner, kept)), left)


def _is_constant_along(pair: Power, ndim: int, axes: tuple[int, ...]) -> bool:
    shape = broadcast_shape(*(part.shape for part in pair))
    full = (UNIT,) * (ndim - len(shape)) + shape
    return all(full[axis] == UNIT for axis in axes)


def _summed(node: Node, axes: tuple[int, ...]) -> Node:
    if not axes:
        return node
    _, powers = split(node)
    if isinstance(node, Add):
        spread = [(c, products.spread(term, node.shape)) for c, term in node.terms]
        totals = [products.mul(Number(c), total(term, axes)) for c, term in spread]
        apart = sums.add(*totals)
        if not any(isinstance(part, Sum) for part in nodes_of(apart)):
            return apart
        if any(map(is_zero, totals)):  # as that of x - mean(x) times a number
            left = zip(spread, totals, strict=True)
            rest = (products.mul(Number(c), t) for (c, t), sum_ in left if not is_zero(sum_))
            return total(sums.add(*rest), axes)
    if node.ndim == 2 and len(axes) == 2:
        for place, (base, exponent) in enumerate(powers):
            if isinstance(base, Eye) and exponent == ONE and len(powers) > 1:
                return matrices.trace(
                    products.product(Fraction(1), powers[:place] + powers[place + 1 :])
                )
    is_normalised = isinstance(node, Name) and node.facts & {"normalised", "one-hot"}
    if is_normalised and axes == (node.ndim - 1,):
        return products.spread(ONE, node.shape[:-1])
    if isinstance(node, Ones):
        return products.spread(
            products.mul(*(extent_of(node.shape[axis]) for axis in axes)),
            tuple(s for axis, s in enumerate(node.shape) if axis not in axes),
        )
    if node.ndim == 1:
        if len(powers) == 2 and all(e == ONE for _, e in powers):
            return matrices.matmul(powers[0][0], powers[1][0])
        if len(powers) == 1 and powers[0][1] == number(2):
            return matrices.matmul(powers[0][0], powers[0][0])
        if isinstance(node, Call) and node.name == "softmax":
            return ONE
    is_along_one = node.ndim == 2 and len(axes) == 1
    if is_along_one and (contracted := _as_product(node, powers, axes[0])) is not None:
        return contracted
    match node:
        case MatMul((first, *others)) if axes == (0,):
            return matrices.matmul(total(first, axes), *others)
        case MatMul((*others, last)) if axes == (1,):
            return matrices.matmul(*others, total(last, axes))
        case MatMul((first, *_, last)):
            if is_zero(total(first, (0,))) or is_zero(total(last, (1,))):
                return ZERO
        case Call("diag", (vector,)):
            return total(vector) if len(axes) == 2 else vector
        case Eye(extent):
            return extent_of(extent) if len(axes) == 2 else Ones((extent,))
        case Call("outer", (u, v)):
            factors = [total(part) if axis in axes else part for axis, part in enumerate((u, v))]
            return products.mul(*factors)
        case Transpose(operand) if len(axes) == 2:
            return total(operand)
        case Transpose(operand):
            return total(operand, (1 - axes[0],))
        case Call("softmax") if axes == (1,):
            return Ones(node.shape[:1])
        case Call("diagonal", (matrix,)):
            return matrices.trace(matrix)
    if is_along_one:
        turned = transposition.transpose(node)
        if _turns(turned) < _turns(node):
            return total(turned, (1 - axes[0],))
    return Sum(node, axes)


def _turns(node: Node) -> int:
    return sum(isinstance(part, Transpose | NewAxis) for part in nodes_of(node))


def _as_product(node: Node, powers: tuple[Power, ...], axis: int) -> Node | None:
    """sum_j B_ij v_j is B @ v, and sum_i B_ij v_i is B.T @ v."""
    full = [p for p in powers if broadcast_shape(*(x.shape for x in p)) == node.shape]
    others = [p for p in powers if p not in full]
    if not full or not others or not all(_is_constant_along(p, 2, (1 - axis,)) for p in others):
        return None
    vector = products.product(Fraction(1), others)
    matrix = products.product(Fraction(1), full)
    return (
        matrices.matmul(matrix, vector)
        if axis == 1
        else matrices.matmul(transposition.transpose(matrix), transposition.as_vector(vector))
    )
