"""Reverse mode: from the derivative with respect to a node to those with respect to its operands.

The rule of a node says the adjoint of each operand; M. Giles, "Collected matrix derivative results
for forward and reverse mode algorithmic differentiation" (2008), derives those of matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from verify.differentiation import construction as build
from verify.differentiation.along_axis import axis_of, cumsum, flip
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
    Shape,
    Sum,
    Transpose,
    contains,
    nodes_of,
)

Adjoints = list[tuple[Node, Node]]
"""Operands, each with what it adds to its adjoint."""


def gradient_of(function: Node, wrt: Node, seed: Node = ONE) -> Node:
    """The derivative of a number with respect to an array, in the array's shape.

    For an array `function`, that of the sum of its entries times those of `seed`.
    """
    return adjoints_of(function, wrt, seed).get(wrt, build.zeros(wrt.shape))


def adjoints_of(function: Node, wrt: Node, seed: Node = ONE) -> dict[Node, Node]:
    """The adjoint of each node on the way from `wrt` to the function, the function's first."""
    pending: dict[Node, Node] = {function: build.spread(seed, function.shape)}
    order = nodes_of(function)
    adjoints: dict[Node, Node] = {}
    while pending:
        node = _last(order, pending)
        adjoint = pending.pop(node)
        # What arrives later only adds to it: adjoints are linear, so nothing is lost.
        adjoints[node] = build.add(adjoints[node], adjoint) if node in adjoints else adjoint
        if node == wrt or build.is_zero(adjoint):
            continue
        for operand, part in operand_adjoints(node, adjoint):
            if not contains(operand, wrt):
                continue
            part = unbroadcast(part, operand.shape)
            pending[operand] = build.add(pending[operand], part) if operand in pending else part
            if operand not in order:  # made by a rule, such as the rest of a chain of matrices
                inner = [n for n in nodes_of(operand) if n not in order]
                order[order.index(node) : order.index(node)] = inner
    return adjoints


def _last(order: list[Node], waiting: Collection[Node]) -> Node:
    return next(node for node in reversed(order) if node in waiting)


def operand_adjoints(node: Node, adjoint: Node) -> Adjoints:
    """The rule of a node."""
    match node:
        case Name():
            return []
        case Add():
            return [(term, build.mul(build.number(c), adjoint)) for c, term in node.terms]
        case Mul():
            return list(_of_product(node, adjoint))
        case MatMul((first, *rest)):
            return _of_matmul(first, build.matmul(*rest), adjoint)
        case Transpose(operand):
            return [(operand, build.transpose(adjoint))]
        case NewAxis(operand):
            return [(operand, build.as_vector(adjoint))]
        case Sum(operand, axes):
            if axes == (1,):
                adjoint = build.column(adjoint)
            return [(operand, build.spread(adjoint, operand.shape))]
        case Elementwise(name, arguments) if name in PARTIALS:
            partials = PARTIALS[name](*arguments)
            return [
                (argument, build.mul(adjoint, partial))
                for argument, partial in zip(arguments, partials, strict=True)
            ]
        case Call(name, arguments) if name in RULES:
            return list(zip(arguments, RULES[name](node, adjoint), strict=True))
        case Elementwise(name, _) | Call(name, _):
            raise NoMatrixFormError(f"no rule for the derivative of '{name}'")
    return []


def unbroadcast(adjoint: Node, shape: Shape) -> Node:
    """The adjoint of broadcasting: the sum over the axes that it added."""
    extra = adjoint.ndim - len(shape)
    if extra:
        adjoint = build.total(adjoint, tuple(range(extra)))
    if adjoint.shape == shape:
        return adjoint
    if shape[-1:] == (UNIT,) and adjoint.ndim == 2:
        return build.column(build.total(adjoint, (1,)))
    return build.spread(adjoint, shape)


def _of_product(node: Mul, adjoint: Node):
    """d(x^a y^b) = a x^(a-1) y^b dx + ...; an exponent takes log x."""
    for place, (base, exponent) in enumerate(node.powers):
        others = [p for at, p in enumerate(node.powers) if at != place]
        rest = build.product(node.coefficient, others)
        lowered = build.power(base, build.subtract(exponent, ONE))
        yield base, build.mul(adjoint, rest, exponent, lowered)
        if exponent.operands or isinstance(exponent, Name):
            whole = build.power(base, exponent)
            yield exponent, build.mul(adjoint, rest, build.elementwise("log", base), whole)


def _of_matmul(first: Node, second: Node, adjoint: Node) -> Adjoints:
    """d(A B) = dA B + A dB (Giles, 2.2.2), for matrices and vectors."""
    match first.ndim, second.ndim:
        case 1, 1:
            return [(first, build.mul(adjoint, second)), (second, build.mul(adjoint, first))]
        case 2, 1:
            to_first = build.outer(adjoint, second)
        case 1, 2:
            to_second = build.outer(first, adjoint)
            return [(first, build.matmul(second, adjoint)), (second, to_second)]
        case _:
            to_first = build.matmul(adjoint, build.transpose(second))
    return [(first, to_first), (second, build.matmul(build.transpose(first), adjoint))]


# --- functions of the entries --------------------------------------------------------------------


def _f(name: str, x: Node) -> Node:
    return build.elementwise(name, x)


def _square(x: Node) -> Node:
    return build.power(x, build.number(2))


def _minus(x: Node, y: Node) -> Node:
    return build.subtract(x, y)


def _choice(test: Node) -> list[Node]:
    return [build.indicator(test), build.indicator(test, holds=False)]


def _of_arctan2(y: Node, x: Node) -> list[Node]:
    below = build.power(build.add(_square(x), _square(y)), build.number(-1))
    return [build.mul(x, below), build.negative(build.mul(y, below))]


def _inverse_root(x: Node) -> Node:
    return build.power(x, build.number(Fraction(-1, 2)))


def _of_erf(x: Node) -> list[Node]:
    front = build.mul(build.number(2), _inverse_root(Name("pi")))
    return [build.mul(front, _f("exp", build.negative(_square(x))))]


PARTIALS: dict[str, Callable[..., list[Node]]] = {
    "exp": lambda x: [_f("exp", x)],
    "log": lambda x: [build.power(x, build.number(-1))],
    "abs": lambda x: [_f("sign", x)],
    "sign": lambda x: [ZERO],
    "sin": lambda x: [_f("cos", x)],
    "cos": lambda x: [build.negative(_f("sin", x))],
    "tan": lambda x: [build.add(ONE, _square(_f("tan", x)))],
    "sinh": lambda x: [_f("cosh", x)],
    "cosh": lambda x: [_f("sinh", x)],
    "tanh": lambda x: [_minus(ONE, _square(_f("tanh", x)))],
    "arcsin": lambda x: [_inverse_root(_minus(ONE, _square(x)))],
    "arccos": lambda x: [build.negative(_inverse_root(_minus(ONE, _square(x))))],
    "arctan": lambda x: [build.power(build.add(ONE, _square(x)), build.number(-1))],
    "arctan2": _of_arctan2,
    "arcsinh": lambda x: [_inverse_root(build.add(_square(x), ONE))],
    "arccosh": lambda x: [_inverse_root(_minus(_square(x), ONE))],
    "arctanh": lambda x: [build.power(_minus(ONE, _square(x)), build.number(-1))],
    "erf": _of_erf,
    "sigmoid": lambda x: [build.mul(_f("sigmoid", x), _minus(ONE, _f("sigmoid", x)))],
    "logsigmoid": lambda x: [_f("sigmoid", build.negative(x))],
    "softplus": lambda x: [_f("sigmoid", x)],
    "relu": lambda x: [build.indicator(Elementwise(">", (x, ZERO)))],
    "maximum": lambda x, y: _choice(Elementwise(">", (x, y))),
    "minimum": lambda x, y: _choice(Elementwise("<", (x, y))),
    "where": lambda test, yes, no: [ZERO, *_choice(test)],
}
"""The partial derivatives by each argument; those of kinks and jumps hold away from them."""


# --- functions of whole arrays -------------------------------------------------------------------


def _of_inv(node: Call, adjoint: Node) -> list[Node]:
    """d inv(A) = -inv(A) dA inv(A) (Giles, 2.2.3)."""
    turned = build.transpose(node)
    return [build.negative(build.matmul(turned, adjoint, turned))]


def _of_det(node: Call, adjoint: Node) -> list[Node]:
    """d det(A) = det(A) tr(inv(A) dA) (Giles, 2.2.4)."""
    return [build.mul(adjoint, node, build.transpose(build.inverse(*node.arguments)))]


def _of_logdet(node: Call, adjoint: Node) -> list[Node]:
    """d log det(A) = tr(inv(A) dA)."""
    return [build.mul(adjoint, build.transpose(build.inverse(*node.arguments)))]


def _of_trace(node: Call, adjoint: Node) -> list[Node]:
    return [build.mul(adjoint, Eye(node.arguments[0].shape[0]))]


def _of_triangle(node: Call, adjoint: Node) -> list[Node]:
    _, *above = node.arguments
    return [Call(node.name, (adjoint, *above), node.shape), *[ZERO] * len(above)]


def _of_outer(node: Call, adjoint: Node) -> list[Node]:
    u, v = node.arguments
    return [build.matmul(adjoint, v), build.matmul(build.transpose(adjoint), u)]


def _of_softmax(node: Call, adjoint: Node) -> list[Node]:
    """d y = y (dz - sum(y dz)), and the same for the adjoint: the Jacobian is symmetric."""
    return [build.mul(node, _minus(adjoint, _last_sum(build.mul(node, adjoint))))]


def _of_log_softmax(node: Call, adjoint: Node) -> list[Node]:
    (operand,) = node.arguments
    soft = build.softmax(operand)
    return [_minus(adjoint, build.mul(_last_sum(adjoint), soft))]


def _last_sum(node: Node) -> Node:
    sums = build.total(node, (node.ndim - 1,))
    return build.column(sums) if sums.ndim else sums


def _of_sqdist(node: Call, adjoint: Node) -> list[Node]:
    """d |a_i - b_j|^2 = 2 (a_i - b_j) (da_i - db_j)."""
    turned = build.transpose(adjoint)

    def half(weights: Node, own: Node, other: Node) -> Node:
        sums = build.matmul(build.diag(build.total(weights, (1,))), own)
        return build.mul(build.number(2), _minus(sums, build.matmul(weights, other)))

    a, b = node.arguments
    return [half(adjoint, a, b), half(turned, b, a)]


def _of_cumsum(node: Call, adjoint: Node) -> list[Node]:
    """Each entry and all after it: the sum of what it was added to."""
    axes = (axis_of(node),)
    return [flip(cumsum(flip(adjoint, axes), axes), axes), ZERO]


def _of_extreme(node: Call, adjoint: Node) -> list[Node]:
    """d max(x) = dx where x is the largest, if that is one entry alone."""
    operand, _ = node.arguments
    is_largest = Elementwise("==", (operand, _repeated(node, node)))
    return [build.mul(_repeated(adjoint, node), build.indicator(is_largest)), ZERO]


def _of_prod(node: Call, adjoint: Node) -> list[Node]:
    """d prod(x) = prod(x) sum_k dx_k/x_k, where no entry is 0."""
    return [build.divide(_repeated(build.mul(adjoint, node), node), node.arguments[0]), ZERO]


def _repeated(values: Node, node: Call) -> Node:
    """The values of a function along one axis, broadcast along it."""
    return build.column(values) if values.ndim and axis_of(node) == 1 else values


RULES: dict[str, Callable[[Call, Node], list[Node]]] = {
    "inv": _of_inv,
    "det": _of_det,
    "logdet": _of_logdet,
    "trace": _of_trace,
    "diag": lambda node, adjoint: [build.diagonal(adjoint)],
    "diagonal": lambda node, adjoint: [build.diag(adjoint)],
    "tril": _of_triangle,
    "triu": _of_triangle,
    "outer": _of_outer,
    "softmax": _of_softmax,
    "log_softmax": _of_log_softmax,
    "sqdist": _of_sqdist,
    "max": _of_extreme,
    "min": _of_extreme,
    "prod": _of_prod,
    "cumsum": _of_cumsum,
    "flip": lambda node, adjoint: [flip(adjoint, (axis_of(node),)), ZERO],
}
"""The adjoints of the arguments, from the node and its adjoint."""
