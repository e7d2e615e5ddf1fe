"""Values of the language's texts in JAX: of texts that the tests made, never of a reader's."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

NUMPY = """
exp expm1 log log1p log2 log10 sqrt square reciprocal abs sign sin cos tan sinh cosh tanh arcsin
arccos arctan arctan2 logaddexp minimum maximum heaviside clip add subtract multiply divide power
negative where sum prod cumsum flip mean var std matmul dot inner vdot outer diag trace transpose
eye ones_like zeros_like pi
"""
FUNCTIONS = {name: getattr(jnp, name) for name in NUMPY.split()} | {
    "max": lambda *of, **along: jnp.max(*of, **along) if len(of) == 1 else jnp.maximum(*of),
    "min": lambda *of, **along: jnp.min(*of, **along) if len(of) == 1 else jnp.minimum(*of),
    "rsqrt": jax.lax.rsqrt,
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
    arrays = {n: jnp.asarray(v) if isinstance(v, np.ndarray) else v for n, v in names.items()}
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return 1.0 * jnp.asarray(eval(text, FUNCTIONS | arrays))  # a truth value counts as 0 or 1


def derivative(text: str, wrt: str, names: dict, order: int = 1):
    """JAX's derivative of a text at a point."""
    differentiate = {1: jax.jacobian, 2: jax.hessian}[order]
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return differentiate(lambda w: value(text, names | {wrt: w}))(names[wrt])


def difference(mine, right) -> float:
    """The largest difference between two arrays, for their size; infinite for other shapes."""
    mine, right = np.asarray(mine, dtype=float), np.asarray(right, dtype=float)
    if mine.shape != right.shape:
        return np.inf
    return float(np.max(np.abs(mine - right)) / (1 + np.max(np.abs(right))))
