"""Products of matrices and what belongs to them: outer, diag, trace, inverse."""

from __future__ import annotations

from verify.differentiation.construction import products, sums, totals, transposition
from verify.differentiation.construction.parts import is_zero, number, zeros
from verify.differentiation.nodes import Add, Call, Eye, MatMul, Node, Number, Ones, Transpose


def matmul(*nodes: Node) -> Node:
    """The product of matrices and vectors."""
    front: list[Node] = []
    factors: list[Node] = []
    for place, node in enumerate(nodes):
        scalar, rest = products.scalars_of(node)
        front.append(scalar)
        if isinstance(rest, MatMul) and rest.ndim == 1 and place == 0 and len(nodes) > 1:
            factors += [transposition.transpose(f) for f in reversed(rest.factors)]
        else:
            factors += rest.factors if isinstance(rest, MatMul) else [rest]
    return products.mul(*front, _chain(factors))


def _chain(factors: list[Node]) -> Node:
    for place in range(len(factors) - 1):
        joined = _neighbours(factors[place], factors[place + 1])
        if joined is None:
            continue
        before, after = factors[:place], factors[place + 2 :]
        if joined.shape or not (before or after):
            return matmul(*before, joined, *after)
    if len(factors) == 1:
        return factors[0]
    if factors[0].ndim == 1 and factors[-1].ndim == 2:
        return _chain([transposition.transpose(f) for f in reversed(factors)])
    chain = MatMul(tuple(factors))
    if not chain.shape:
        turned = MatMul(tuple(transposition.transpose(f) for f in reversed(factors)))
        return min(chain, turned, key=_transposes)
    return chain


def _transposes(chain: MatMul) -> tuple[int, str]:
    return sum(isinstance(f, Transpose) for f in chain.factors), repr(chain)


def _neighbours(left: Node, right: Node) -> Node | None:
    """What the product of two neighbours is at once, or None."""
    if isinstance(left, Eye):
        return right
    if isinstance(right, Eye):
        return left
    if is_zero(left) or is_zero(right):
        return zeros((*left.shape[:-1], *right.shape[1:]))
    if left == inverse_of(right) or right == inverse_of(left):
        return Eye(left.shape[0])
    match left, right:
        case Call("outer", (u, v)), _:
            inner = matmul(v, right)
            return products.mul(inner, u) if right.ndim == 1 else outer(u, inner)
        case _, Call("outer", (u, v)):
            inner = matmul(left, u)
            return products.mul(inner, v) if left.ndim == 1 else outer(inner, v)
        case Call("diag", (v,)), Call("diag", (w,)):
            return diag(products.mul(v, w))
        case Call("diag", (v,)), _ if right.ndim == 1:
            return products.mul(v, right)
        case _, Call("diag", (v,)) if left.ndim == 1:
            return products.mul(left, v)
        case Ones(), _:
            return _ones_times(left, transposition.transpose(right))
        case _, Ones():
            return transposition.transpose(_ones_times(transposition.transpose(right), left))
    return None


def _ones_times(ones: Node, other: Node) -> Node:
    """Ones @ other.T: sums over the last axis."""
    row_sums = totals.total(other, (other.ndim - 1,))
    return (
        row_sums
        if ones.ndim == 1
        else products.spread(row_sums, (ones.shape[0], *other.shape[:-1]))
    )


def outer(u: Node, v: Node) -> Node:
    """x_i y_j of two vectors."""
    a, u = products.scalars_of(u)
    b, v = products.scalars_of(v)
    shape = (*u.shape, *v.shape)
    if isinstance(u, Ones):
        return products.mul(a, b, products.spread(v, shape))
    if isinstance(v, Ones):
        return products.mul(a, b, products.spread(transposition.column(u), shape))
    return products.mul(a, b, Call("outer", (u, v), shape))


def diag(vector: Node) -> Node:
    """The diagonal matrix of a vector."""
    front, vector = products.scalars_of(vector)
    (extent,) = vector.shape
    if isinstance(vector, Ones):
        return products.mul(front, Eye(extent))
    return products.mul(front, Call("diag", (vector,), (extent, extent)))


def diagonal(matrix: Node) -> Node:
    """The diagonal of a square matrix."""
    front, matrix = products.scalars_of(matrix)
    match matrix:
        case Call("diag", (vector,)):
            return products.mul(front, vector)
        case Call("outer", (u, v)):
            return products.mul(front, u, v)
        case Eye(extent):
            return products.mul(front, Ones((extent,)))
        case Transpose(inner):
            return products.mul(front, diagonal(inner))
        case MatMul((Call("diag", (vector,)), *rest)):
            return products.mul(front, vector, diagonal(matmul(*rest)))
        case MatMul((*rest, Call("diag", (vector,)))):
            return products.mul(front, vector, diagonal(matmul(*rest)))
        case Add(terms) if all(term.shape == matrix.shape for _, term in terms):
            parts = (products.mul(Number(c), diagonal(term)) for c, term in terms)
            return products.mul(front, sums.add(*parts))
    return products.mul(front, Call("diagonal", (matrix,), matrix.shape[:1]))


def trace(matrix: Node) -> Node:
    """The sum of the diagonal."""
    front, matrix = products.scalars_of(matrix)
    match matrix:
        case Call("diag" | "outer") | Eye():
            return products.mul(front, totals.total(diagonal(matrix)))
    return products.mul(front, Call("trace", (matrix,), ()))


def inverse(matrix: Node) -> Node:
    """The inverse of a square matrix."""
    front, matrix = products.scalars_of(matrix)
    front = products.power(front, number(-1))
    match matrix:
        case Eye():
            return products.mul(front, matrix)
        case Call("inv", (inner,)):
            return products.mul(front, inner)
        case Call("diag", (vector,)):
            return products.mul(front, diag(products.power(vector, number(-1))))
        case MatMul(factors) if all(f.shape == matrix.shape for f in factors):
            return products.mul(front, matmul(*(inverse(f) for f in reversed(factors))))
    return products.mul(front, Call("inv", (matrix,), matrix.shape))


def inverse_of(matrix: Node) -> Node | None:
    """The inverse, of a square matrix."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        return None
    return inverse(matrix)
