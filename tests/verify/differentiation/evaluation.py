"""Values of the language's texts in JAX: of texts that the tests made, never of a reader's."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

NAMES = [
    "exp",
    "log",
    "sqrt",
    "abs",
    "sign",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "arcsin",
    "arccos",
    "arctan",
    "arctan2",
    "maximum",
    "minimum",
    "where",
    "outer",
    "diag",
    "trace",
    "sum",
    "mean",
    "eye",
    "pi",
    "kron",
]
FUNCTIONS = {name: getattr(jnp, name) for name in NAMES} | {
    "inv": jnp.linalg.inv,
    "det": jnp.linalg.det,
    "erf": jax.scipy.special.erf,
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.softmax,
    "relu": jax.nn.relu,
    "norm": lambda x: jnp.sqrt(jnp.sum(x**2)),
    "norm1": lambda x: jnp.sum(jnp.abs(x)),
    "ones": lambda *shape: jnp.ones(shape[0] if isinstance(shape[0], tuple) else shape),
    "sqdist": lambda a, b: jnp.sum((a[:, None] - b[None]) ** 2, -1),
}


def value(text: str, names: dict):
    """The value of a text at a point."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return eval(text, FUNCTIONS | names)


def derivative(text: str, wrt: str, names: dict, order: int = 1):
    """JAX's derivative of a text at a point."""
    differentiate = {1: jax.jacobian, 2: jax.hessian}[order]
    return differentiate(lambda w: value(text, names | {wrt: w}))(names[wrt])


def difference(mine, right) -> float:
    """The largest difference between two arrays, for their size; infinite for other shapes."""
    if jnp.shape(mine) != jnp.shape(right):
        return np.inf
    return float(jnp.max(jnp.abs(mine - right)) / (1 + jnp.max(jnp.abs(right))))
