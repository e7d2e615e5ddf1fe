"""Values of the language's texts in JAX: of texts that the tests made, never of a reader's."""

from __future__ import annotations

import ast

import jax
import jax.numpy as jnp
import numpy as np

from tests.verify.differentiation.traces import traced

jax.config.update("jax_enable_x64", True)

NUMPY = """
exp expm1 log log1p log2 log10 sqrt square reciprocal abs sign sin cos tan sinh cosh tanh arcsin
arccos arctan arctan2 logaddexp minimum maximum heaviside clip add subtract multiply divide power
negative where sum prod cumsum flip mean var std matmul dot inner vdot outer diag trace transpose
eye ones_like zeros_like pi arcsinh arccosh arctanh tril triu diff append pad kron ravel
"""
FUNCTIONS = {name: getattr(jnp, name) for name in NUMPY.split()} | {
    "max": lambda *of, **along: jnp.max(*of, **along) if len(of) == 1 else jnp.maximum(*of),
    "min": lambda *of, **along: jnp.min(*of, **along) if len(of) == 1 else jnp.minimum(*of),
    "rsqrt": jax.lax.rsqrt,
    "vec": lambda matrix: matrix.T.ravel(),
    "erf": jax.scipy.special.erf,
    "sigmoid": lambda x: jax.nn.sigmoid(jnp.asarray(x, float)),
    "logsigmoid": jax.nn.log_sigmoid,
    "softplus": jax.nn.softplus,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "silu": jax.nn.silu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "softmax": jax.nn.softmax,
    "log_softmax": jax.nn.log_softmax,
    "logsumexp": jax.nn.logsumexp,
    "norm": jnp.linalg.norm,
    "norm1": lambda x, axis=None, keepdims=False: jnp.sum(jnp.abs(x), axis=axis, keepdims=keepdims),
    "inv": jnp.linalg.inv,
    "det": jnp.linalg.det,
    "logdet": lambda matrix: jnp.linalg.slogdet(matrix)[1],
    "solve": jnp.linalg.solve,
    "ones": lambda *shape: jnp.ones(shape[0] if isinstance(shape[0], tuple) else shape),
    "zeros": lambda *shape: jnp.zeros(shape[0] if isinstance(shape[0], tuple) else shape),
    "sqdist": lambda a, b: jnp.sum((a[:, None] - b[None]) ** 2, -1),
    "np": jnp,
    "jnp": jnp,
}


def value(text: str, names: dict):
    """The value of a text at a point."""
    return _computed(lambda evaluated, point: evaluated(point), text, names)


def derivative(text: str, wrt: str, names: dict, order: int = 1):
    """JAX's derivative of a text at a point."""
    differentiate = {1: jax.jacobian, 2: jax.hessian}[order]

    def differentiated(evaluated, point):
        return differentiate(lambda w: evaluated(point | {wrt: w}))(point[wrt])

    return _computed(differentiated, text, names)


def _computed(function, text: str, names: dict) -> np.ndarray:
    """A function of a text's evaluation and of a point's arrays; sizes are whole numbers."""
    sizes = {name: number for name, number in names.items() if isinstance(number, int)}
    point = {n: np.asarray(array, float) for n, array in names.items() if n not in sizes}
    taken = ast.unparse(_Taken(names).visit(ast.parse(text, mode="eval")))

    def evaluated(arrays: dict):
        result = eval(taken, FUNCTIONS | sizes | arrays)
        return 1.0 * jnp.asarray(result)  # a truth value counts as 0 or 1

    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return traced(lambda arrays: function(evaluated, arrays), point)


class _Taken(ast.NodeTransformer):
    """Leaves the branch that is taken at a point: a trace has no truth values."""

    def __init__(self, names: dict):
        self.names = names

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        holds = value(ast.unparse(node.test), self.names)
        return self.visit(node.body if holds else node.orelse)


def difference(mine, right) -> float:
    """The largest difference between two arrays, for their size; infinite for other shapes."""
    mine, right = np.asarray(mine, dtype=float), np.asarray(right, dtype=float)
    if mine.shape != right.shape:
        return np.inf
    return float(np.max(np.abs(mine - right)) / (1 + np.max(np.abs(right))))
