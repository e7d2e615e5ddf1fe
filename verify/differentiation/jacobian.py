"""The matrix of a derivative: of a vector by a vector, of a number's gradient once more.

Reverse mode gives J.T v for a vector v that stands for anything; it is linear in v, and its form
says what the matrix J.T is.
"""

from __future__ import annotations

from verify.differentiation import construction as build
from verify.differentiation.nodes import (
    ONE,
    Add,
    Eye,
    MatMul,
    Mul,
    Name,
    Node,
    NoMatrixFormError,
    Number,
    contains,
)
from verify.differentiation.reverse import gradient_of

DIRECTION = "direction of the derivative"
"""A name that no text has."""


def jacobian_of(function: Node, wrt: Node) -> Node:
    """df_i/dx_j: the shape of the function, then that of the argument."""
    if not function.shape:
        return gradient_of(function, wrt)
    direction = Name(DIRECTION, function.shape)
    pulled_back = gradient_of(function, wrt, direction)
    if not wrt.shape:
        return gradient_of(pulled_back, direction)
    if function.ndim > 1 or wrt.ndim > 1:
        raise NoMatrixFormError("a derivative with more than two axes is written entry by entry")
    return build.transpose(_matrix(pulled_back, direction))


def _matrix(linear: Node, v: Node) -> Node:
    """M of a vector M @ v."""
    extent = linear.shape[0]
    if build.is_zero(linear):
        return build.zeros((extent, *v.shape))
    match linear:
        case _ if linear == v:
            return Eye(extent)
        case Add(terms):
            whole = (build.spread(term, linear.shape) for _, term in terms)
            parts = (
                build.mul(Number(c), _matrix(term, v))
                for (c, _), term in zip(terms, whole, strict=True)
            )
            return build.add(*parts)
        case MatMul((*front, last)) if not any(contains(f, v) for f in front):
            return build.matmul(*front, _matrix(last, v))
        case Mul(coefficient, powers):
            varying = [p for p in powers if contains(p[0], v)]
            if len(varying) != 1 or varying[0][1] != ONE:
                raise NoMatrixFormError("no matrix form")
            rest = build.product(coefficient, [p for p in powers if p not in varying])
            inner = varying[0][0]
            if not inner.shape:
                rest = build.spread(rest, linear.shape)
                return build.outer(rest, gradient_of(inner, v))
            if not rest.shape:
                return build.mul(rest, _matrix(inner, v))
            if isinstance(inner, Add):
                parts = (build.mul(Number(c), rest, term) for c, term in inner.terms)
                return build.add(*(_matrix(part, v) for part in parts))
            return build.matmul(build.diag(rest), _matrix(inner, v))
    raise NoMatrixFormError("no matrix form of the derivative")
