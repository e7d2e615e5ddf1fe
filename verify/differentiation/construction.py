"""Builds nodes so that equal expressions look equal: like terms meet, scalars stand in front.

Nothing is multiplied out: what a person wrote as a sum stays one.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from sympy import Expr, Integer

from verify.differentiation.nodes import (
    ONE,
    UNIT,
    ZERO,
    Add,
    Call,
    Elementwise,
    Eye,
    MatMul,
    Mul,
    Name,
    NewAxis,
    Node,
    NoMatrixFormError,
    Number,
    Ones,
    Shape,
    Sum,
    Transpose,
    broadcast_shape,
    nodes_of,
)

Power = tuple[Node, Node]


def number(value: int | Fraction | Integer) -> Node:
    """A rational number."""
    return Number(
        Fraction(int(value.p), int(value.q)) if isinstance(value, Expr) else Fraction(value)
    )


def extent_of(extent: Expr) -> Node:
    """A size as a number."""
    return number(extent) if isinstance(extent, Integer) else Name(str(extent))


def zeros(shape: Shape) -> Node:
    """An array of zeros, or the number."""
    return Mul(Fraction(0), ((Ones(shape), ONE),)) if shape else ZERO


def is_zero(node: Node) -> bool:
    """Whether a node is zero by its form."""
    return node == ZERO or (isinstance(node, Mul) and node.coefficient == 0)


def split(node: Node) -> tuple[Fraction, tuple[Power, ...]]:
    """A node as a number times powers."""
    if isinstance(node, Number):
        return node.value, ()
    if isinstance(node, Mul):
        return node.coefficient, node.powers
    return Fraction(1), ((node, ONE),)


# --- sums ----------------------------------------------------------------------------------------


def add(*nodes: Node) -> Node:
    """The sum of arrays, broadcast."""
    shape = broadcast_shape(*(node.shape for node in nodes))
    whole = _collected(_term(node) for node in nodes)
    parts = _collected(part for coefficient, term in whole for part in _parts(coefficient, term))
    terms = _joined_branches(parts)
    if not terms:
        return zeros(shape)
    if len(terms) == 1:
        coefficient, term = terms[0]
        return spread(mul(Number(coefficient), term), shape)
    if all(c < 0 for c, _ in terms):
        return spread(Mul(Fraction(-1), ((Add(tuple((-c, t) for c, t in terms)), ONE),)), shape)
    return spread(Add(tuple(terms)), shape)


def subtract(first: Node, second: Node) -> Node:
    """The difference of two arrays."""
    return add(first, negative(second))


def negative(node: Node) -> Node:
    """The array with its sign changed."""
    return mul(number(-1), node)


def spread(node: Node, shape: Shape) -> Node:
    """A node broadcast to a shape."""
    return node if node.shape == shape else mul(node, Ones(shape))


def _collected(terms: Iterable[tuple[Fraction, Node]]) -> list[tuple[Fraction, Node]]:
    collected: dict[Node, Fraction] = {}
    for coefficient, term in terms:
        collected[term] = collected.get(term, Fraction(0)) + coefficient
    return [(c, term) for term, c in collected.items() if c]


def _term(node: Node) -> tuple[Fraction, Node]:
    coefficient, powers = split(_without_ones(node))
    return coefficient, product(Fraction(1), powers)


def _parts(coefficient: Fraction, term: Node) -> list[tuple[Fraction, Node]]:
    """The terms of a sum within a sum, unless it is multiplied."""
    if isinstance(term, Add) and abs(coefficient) == 1:
        return [(coefficient * c, part) for c, part in term.terms]
    return [(coefficient, term)]


def _without_ones(term: Node) -> Node:
    if isinstance(term, Ones):
        return ONE
    if isinstance(term, Mul) and any(isinstance(base, Ones) for base, _ in term.powers):
        return product(
            term.coefficient, [(b, e) for b, e in term.powers if not isinstance(b, Ones)]
        )
    return term


def _joined_branches(terms: list[tuple[Fraction, Node]]) -> list[tuple[Fraction, Node]]:
    """[c] a + [not c] b is where(c, a, b), with common factors in front."""
    for here, (c1, first) in enumerate(terms):
        for test, yes, _ in _branches(first):
            if yes != ONE:
                continue
            for there, (c2, second) in enumerate(terms):
                other = Elementwise("where", (test, ZERO, ONE))
                if not any(base == other for base, _ in split(second)[1]):
                    continue
                mine = [p for p in split(first)[1] if p != (_indicator(test, True), ONE)]
                theirs = [p for p in split(second)[1] if p != (other, ONE)]
                if len(mine) == len(split(first)[1]) or len(theirs) == len(split(second)[1]):
                    continue
                common = [p for p in mine if p in theirs]
                yes = product(c1, [p for p in mine if p not in common])
                no = product(c2, [p for p in theirs if p not in common])
                joined = mul(product(Fraction(1), common), where(test, yes, no))
                rest = [term for at, term in enumerate(terms) if at not in (here, there)]
                coefficient, powers = split(joined)
                return _joined_branches([*rest, (coefficient, product(Fraction(1), powers))])
    return terms


def _branches(term: Node) -> list[tuple[Node, Node, Node]]:
    return [
        base.arguments  # type: ignore[misc]
        for base, _ in split(term)[1]
        if isinstance(base, Elementwise) and base.name == "where"
    ]


def _indicator(test: Node, holds: bool) -> Node:
    return Elementwise("where", (test, ONE, ZERO) if holds else (test, ZERO, ONE))


def indicator(test: Node, holds: bool = True) -> Node:
    """1 where a condition holds, else 0, or the reverse."""
    return _indicator(test, holds)


def where(test: Node, yes: Node, no: Node) -> Node:
    """`yes` where a condition holds, else `no`."""
    shape = broadcast_shape(test.shape, yes.shape, no.shape)
    yes, no = _without_ones(yes), _without_ones(no)
    if is_zero(yes):
        yes = ZERO
    if is_zero(no):
        no = ZERO
    if yes == no:
        return spread(yes, shape)
    return spread(Elementwise("where", (test, yes, no)), shape)


# --- products ------------------------------------------------------------------------------------


def mul(*nodes: Node) -> Node:
    """The product, entry by entry and broadcast."""
    coefficient = Fraction(1)
    powers: list[Power] = []
    for node in nodes:
        c, p = split(node)
        coefficient *= c
        powers += p
    return product(coefficient, powers)


def divide(first: Node, second: Node) -> Node:
    """The quotient, entry by entry."""
    return mul(first, power(second, number(-1)))


def power(base: Node, exponent: Node) -> Node:
    """A power, entry by entry."""
    return product(Fraction(1), [(base, exponent)])


def root(node: Node) -> Node:
    """The square root."""
    return power(node, number(Fraction(1, 2)))


def product(coefficient: Fraction, powers: Iterable[Power]) -> Node:
    """A number times powers: equal bases meet, and what is softmax or sigmoid is called so."""
    shape = broadcast_shape(*(part.shape for pair in powers for part in pair))
    exponents: dict[Node, Node] = {}
    waiting = list(powers)
    while waiting:
        base, exponent = waiting.pop(0)
        whole = is_whole(exponent)
        if isinstance(base, Ones) or base == ONE:
            continue
        if isinstance(base, Name) and "signs" in base.facts and whole:
            exponent = number(exponent.value % 2)  # type: ignore[attr-defined]
        if isinstance(base, Number) and whole and (base.value or exponent.value > 0):  # type: ignore[attr-defined]
            coefficient *= base.value ** int(exponent.value)  # type: ignore[attr-defined]
        elif isinstance(base, Mul) and whole:
            waiting.append((Number(base.coefficient), exponent))
            waiting += [(b, mul(e, exponent)) for b, e in base.powers]
        else:
            exponents[base] = add(exponents.get(base, ZERO), exponent)
            if isinstance(base, (Mul, Number)) and is_whole(exponents[base]):
                waiting.append((base, exponents.pop(base)))
            elif exponents[base] == ZERO:
                del exponents[base]
    if coefficient == 0:
        return zeros(shape)
    _name_functions(exponents)
    pairs = tuple(exponents.items())
    if broadcast_shape(*(part.shape for pair in pairs for part in pair)) != shape:
        pairs = (*pairs, (Ones(shape), ONE))
    if not pairs:
        return Number(coefficient)
    if coefficient == 1 and len(pairs) == 1 and pairs[0][1] == ONE:
        return pairs[0][0]
    return Mul(coefficient, pairs)


def is_whole(exponent: Node) -> bool:
    """Whether an exponent is a whole number."""
    return isinstance(exponent, Number) and exponent.value.denominator == 1


def _name_functions(exponents: dict[Node, Node]) -> None:
    """1/(1 + e^u) is a sigmoid, and e^z / sum e^z a softmax."""
    for base, exponent in list(exponents.items()):
        inner = _one_plus_exp(base)
        if inner is not None and is_whole(exponent) and exponent.value < 0:  # type: ignore[attr-defined]
            del exponents[base]
            _raise(exponents, Elementwise("sigmoid", (negative(inner),)), negative(exponent))
    for base in list(exponents):
        if not (isinstance(base, Elementwise) and base.name == "exp"):
            continue
        (z,) = base.arguments
        if exponents.get(base) is None or not is_whole(exponents[base]):
            continue
        opposite = Elementwise("sigmoid", (negative(z),))
        times = min(_whole(exponents[base]), _whole(exponents.get(opposite, ZERO)))
        if times > 0:
            _raise(exponents, base, number(-times))
            _raise(exponents, opposite, number(-times))
            _raise(exponents, Elementwise("sigmoid", (z,)), number(times))
        for axis in range(z.ndim):
            below: Node = Sum(base, (axis,))
            if z.ndim == 2 and axis == 1:
                below = column(below)
            times = min(_whole(exponents.get(base, ZERO)), -_whole(exponents.get(below, ZERO)))
            if times > 0:
                _raise(exponents, base, number(-times))
                _raise(exponents, below, number(times))
                _raise(exponents, softmax(z, axis), number(times))


def _whole(exponent: Node) -> int:
    return int(exponent.value) if isinstance(exponent, Number) and is_whole(exponent) else 0


def _raise(exponents: dict[Node, Node], base: Node, by: Node) -> None:
    exponents[base] = add(exponents.get(base, ZERO), by)
    if exponents[base] == ZERO:
        del exponents[base]


def _one_plus_exp(node: Node) -> Node | None:
    if not isinstance(node, Add) or len(node.terms) != 2:
        return None
    rest = [(c, term) for c, term in node.terms if term != ONE]
    if len(rest) != 1 or (Fraction(1), ONE) not in node.terms or rest[0][0] != 1:
        return None
    term = rest[0][1]
    return term.arguments[0] if isinstance(term, Elementwise) and term.name == "exp" else None


def scalars_of(node: Node) -> tuple[Node, Node]:
    """A node as a number times an array without such a factor."""
    coefficient, powers = split(node)
    if not node.shape:
        return node, ONE
    front = [(b, e) for b, e in powers if not b.shape and not e.shape]
    rest = [(b, e) for b, e in powers if b.shape or e.shape]
    return product(coefficient, front), product(Fraction(1), rest)


# --- matrices ------------------------------------------------------------------------------------


def matmul(*nodes: Node) -> Node:
    """The product of matrices and vectors."""
    front: list[Node] = []
    factors: list[Node] = []
    for place, node in enumerate(nodes):
        scalar, rest = scalars_of(node)
        front.append(scalar)
        if isinstance(rest, MatMul) and rest.ndim == 1 and place == 0 and len(nodes) > 1:
            factors += [transpose(f) for f in reversed(rest.factors)]
        else:
            factors += rest.factors if isinstance(rest, MatMul) else [rest]
    return mul(*front, _chain(factors))


def _chain(factors: list[Node]) -> Node:
    for place in range(len(factors) - 1):
        joined = _joined(factors[place], factors[place + 1])
        if joined is None:
            continue
        before, after = factors[:place], factors[place + 2 :]
        if joined.shape or not (before or after):
            return matmul(*before, joined, *after)
    if len(factors) == 1:
        return factors[0]
    if factors[0].ndim == 1 and factors[-1].ndim == 2:
        return _chain([transpose(f) for f in reversed(factors)])
    chain = MatMul(tuple(factors))
    if not chain.shape:
        turned = MatMul(tuple(transpose(f) for f in reversed(factors)))
        return min(chain, turned, key=_transposes)
    return chain


def _transposes(chain: MatMul) -> tuple[int, str]:
    return sum(isinstance(f, Transpose) for f in chain.factors), repr(chain)


def _joined(left: Node, right: Node) -> Node | None:
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
            return mul(inner, u) if right.ndim == 1 else outer(u, inner)
        case _, Call("outer", (u, v)):
            inner = matmul(left, u)
            return mul(inner, v) if left.ndim == 1 else outer(inner, v)
        case Call("diag", (v,)), Call("diag", (w,)):
            return diag(mul(v, w))
        case Call("diag", (v,)), _ if right.ndim == 1:
            return mul(v, right)
        case _, Call("diag", (v,)) if left.ndim == 1:
            return mul(left, v)
        case Ones(), _:
            return _ones_times(left, transpose(right))
        case _, Ones():
            return transpose(_ones_times(transpose(right), left))
    return None


def _ones_times(ones: Node, other: Node) -> Node:
    """Ones @ other.T: sums over the last axis."""
    sums = total(other, (other.ndim - 1,))
    return sums if ones.ndim == 1 else spread(sums, (ones.shape[0], *other.shape[:-1]))


def transpose(node: Node) -> Node:
    """The axes exchanged; a vector stays as it is."""
    if node.ndim < 2:
        return node
    if UNIT in node.shape:
        raise NoMatrixFormError("a transposed row or column has no rule")
    match node:
        case Name() if "symmetric" in node.facts:
            return node
        case Eye() | Call("diag"):
            return node
        case Ones():
            return Ones(node.shape[::-1])
        case Transpose(operand):
            return operand
        case MatMul(factors):
            return matmul(*(transpose(f) for f in reversed(factors)))
        case Call("outer", (u, v)):
            return outer(v, u)
        case Call("inv", (matrix,)):
            return inverse(transpose(matrix))
        case Add():
            return spread(
                add(*(mul(Number(c), _turned(term)) for c, term in node.terms)), node.shape[::-1]
            )
        case Mul():
            powers = [(_turned(base), _turned(exponent)) for base, exponent in node.powers]
            return spread(product(node.coefficient, powers), node.shape[::-1])
        case Elementwise(name, arguments) if name != "==":  # numbers are equal only as computed
            return spread(Elementwise(name, tuple(map(_turned, arguments))), node.shape[::-1])
    return Transpose(node)


def _turned(node: Node) -> Node:
    """A part of a matrix, broadcast to it, with the axes exchanged."""
    if node.shape[-1:] == (UNIT,):
        return as_vector(node)
    return column(node) if node.ndim == 1 else transpose(node)


def column(node: Node) -> Node:
    """A vector as a column of shape (n, 1)."""
    if node.ndim != 1:
        raise NoMatrixFormError("a new axis needs a vector")
    match node:
        case Ones(extents):
            return Ones((*extents, UNIT))
        case Mul():
            return product(
                node.coefficient, [(_as_column(b), _as_column(e)) for b, e in node.powers]
            )
    return NewAxis(node)


def _as_column(node: Node) -> Node:
    return column(node) if node.shape else node


def as_vector(node: Node) -> Node:
    """A column as a vector."""
    match node:
        case NewAxis(operand):
            return operand
        case Ones((extent, _)):
            return Ones((extent,))
        case Mul():
            return product(node.coefficient, [(as_vector(b), as_vector(e)) for b, e in node.powers])
        case Add():
            return add(*(mul(Number(c), as_vector(term)) for c, term in node.terms))
        case Elementwise(name, arguments):
            return Elementwise(name, tuple(map(as_vector, arguments)))
    if not node.shape:
        return node
    raise NoMatrixFormError("an axis of one entry has no rule here")


def outer(u: Node, v: Node) -> Node:
    """x_i y_j of two vectors."""
    a, u = scalars_of(u)
    b, v = scalars_of(v)
    shape = (*u.shape, *v.shape)
    if isinstance(u, Ones):
        return mul(a, b, spread(v, shape))
    if isinstance(v, Ones):
        return mul(a, b, spread(column(u), shape))
    return mul(a, b, Call("outer", (u, v), shape))


def diag(vector: Node) -> Node:
    """The diagonal matrix of a vector."""
    front, vector = scalars_of(vector)
    (extent,) = vector.shape
    if isinstance(vector, Ones):
        return mul(front, Eye(extent))
    return mul(front, Call("diag", (vector,), (extent, extent)))


def diagonal(matrix: Node) -> Node:
    """The diagonal of a square matrix."""
    front, matrix = scalars_of(matrix)
    match matrix:
        case Call("diag", (vector,)):
            return mul(front, vector)
        case Call("outer", (u, v)):
            return mul(front, u, v)
        case Eye(extent):
            return mul(front, Ones((extent,)))
    return mul(front, Call("diagonal", (matrix,), matrix.shape[:1]))


def trace(matrix: Node) -> Node:
    """The sum of the diagonal."""
    front, matrix = scalars_of(matrix)
    match matrix:
        case Call("diag" | "outer") | Eye():
            return mul(front, total(diagonal(matrix)))
    return mul(front, Call("trace", (matrix,), ()))


def inverse(matrix: Node) -> Node:
    """The inverse of a square matrix."""
    front, matrix = scalars_of(matrix)
    front = power(front, number(-1))
    match matrix:
        case Eye():
            return mul(front, matrix)
        case Call("inv", (inner,)):
            return mul(front, inner)
        case Call("diag", (vector,)):
            return mul(front, diag(power(vector, number(-1))))
        case MatMul(factors) if all(f.shape == matrix.shape for f in factors):
            return mul(front, matmul(*(inverse(f) for f in reversed(factors))))
    return mul(front, Call("inv", (matrix,), matrix.shape))


def inverse_of(matrix: Node) -> Node | None:
    """The inverse, of a square matrix."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        return None
    return inverse(matrix)


def softmax(node: Node, axis: int = -1) -> Node:
    """e^{x_i} / sum_j e^{x_j} along one axis."""
    if node.ndim == 2 and axis == 0:
        return transpose(softmax(transpose(node)))
    return Call("softmax", (node,), node.shape)


def elementwise(name: str, *arguments: Node) -> Node:
    """A function of the entries."""
    if name in ("maximum", "minimum") and isinstance(arguments[0], Number):
        arguments = arguments[::-1]
    shape = broadcast_shape(*(a.shape for a in arguments))
    plain = tuple(map(_without_ones, arguments))
    if len(plain) == 1:
        match name, plain[0]:
            case "exp" | "cos" | "cosh", Number(value) if value == 0:
                return spread(ONE, shape)
            case "log", Number(value) if value == 1:
                return zeros(shape)
            case "log", Call("det", (matrix,)):
                return Call("logdet", (matrix,), ())
            case "log", Call("softmax", (z,)):
                return Call("log_softmax", (z,), z.shape)
            case "log", Elementwise("exp", (inner,)):
                return spread(inner, shape)
            case "exp", Elementwise("log", (inner,)):
                return spread(inner, shape)
    return spread(Elementwise(name, plain), shape)


# --- sums along axes -----------------------------------------------------------------------------


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
    front = product(coefficient, constant)
    inner = product(Fraction(1), varying)
    left = tuple(s for axis, s in enumerate(node.shape) if axis not in axes)
    if UNIT in node.shape and node.ndim == 2:
        raise NoMatrixFormError("a sum over a row or a column has no rule")
    summed = [axis - (node.ndim - inner.ndim) for axis in axes]
    count = mul(*(extent_of(node.shape[a]) for a, b in zip(axes, summed, strict=True)
                  if b < 0 or inner.shape[b] == UNIT))  # fmt: skip
    kept = tuple(b for b in summed if b >= 0 and inner.shape[b] != UNIT)
    if front.ndim == 2:
        front = as_vector(front) if left == node.shape[:1] else front
    if inner.ndim == 2 and UNIT in inner.shape:  # a column, summed over its rows or its one entry
        inner, kept = as_vector(inner), (0,) if 0 in kept else ()
    return spread(mul(front, count, _summed(inner, kept)), left)


def _is_constant_along(pair: Power, ndim: int, axes: tuple[int, ...]) -> bool:
    shape = broadcast_shape(*(part.shape for part in pair))
    full = (UNIT,) * (ndim - len(shape)) + shape
    return all(full[axis] == UNIT for axis in axes)


def _summed(node: Node, axes: tuple[int, ...]) -> Node:
    if not axes:
        return node
    _, powers = split(node)
    if isinstance(node, Add):
        apart = add(
            *(mul(Number(c), total(spread(term, node.shape), axes)) for c, term in node.terms)
        )
        if not any(isinstance(part, Sum) for part in nodes_of(apart)):
            return apart
    if node.ndim == 2 and len(axes) == 2:
        for place, (base, exponent) in enumerate(powers):
            if isinstance(base, Eye) and exponent == ONE and len(powers) > 1:
                return trace(product(Fraction(1), powers[:place] + powers[place + 1 :]))
    if isinstance(node, Name) and "normalised" in node.facts and axes == (node.ndim - 1,):
        return spread(ONE, node.shape[:-1])
    if isinstance(node, Ones):
        return spread(
            mul(*(extent_of(node.shape[axis]) for axis in axes)),
            tuple(s for axis, s in enumerate(node.shape) if axis not in axes),
        )
    if node.ndim == 1:
        if len(powers) == 2 and all(e == ONE for _, e in powers):
            return matmul(powers[0][0], powers[1][0])
        if len(powers) == 1 and powers[0][1] == number(2):
            return matmul(powers[0][0], powers[0][0])
        if isinstance(node, Call) and node.name == "softmax":
            return ONE
    is_along_one = node.ndim == 2 and len(axes) == 1
    if is_along_one and (contracted := _as_product(node, powers, axes[0])) is not None:
        return contracted
    match node:
        case Call("diag", (vector,)):
            return total(vector) if len(axes) == 2 else vector
        case Eye(extent):
            return extent_of(extent) if len(axes) == 2 else Ones((extent,))
        case Call("outer", (u, v)):
            sums = [total(part) if axis in axes else part for axis, part in enumerate((u, v))]
            return mul(*sums)
        case Transpose(operand) if len(axes) == 2:
            return total(operand)
        case Transpose(operand):
            return total(operand, (1 - axes[0],))
        case Call("softmax") if axes == (1,):
            return Ones(node.shape[:1])
        case Call("diagonal", (matrix,)):
            return trace(matrix)
    return Sum(node, axes)


def _as_product(node: Node, powers: tuple[Power, ...], axis: int) -> Node | None:
    """sum_j B_ij v_j is B @ v, and sum_i B_ij v_i is B.T @ v."""
    full = [p for p in powers if broadcast_shape(*(x.shape for x in p)) == node.shape]
    others = [p for p in powers if p not in full]
    if not full or not others or not all(_is_constant_along(p, 2, (1 - axis,)) for p in others):
        return None
    vector = product(Fraction(1), others)
    matrix = product(Fraction(1), full)
    return matmul(matrix, vector) if axis == 1 else matmul(transpose(matrix), as_vector(vector))
