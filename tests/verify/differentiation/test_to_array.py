"""A tree runs at many points at once as NumPy runs its text at each, in every library."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
import torch
from jax import numpy_dtype_promotion, numpy_rank_promotion

from verify.differentiation.nodes import Call, Elementwise, NoMatrixFormError, nodes_of
from verify.differentiation.reading import read
from verify.differentiation.to_array import BENT, to_array
from verify.objectives.asked import Asked

POINTS, SIZES = 4, {"n": 3, "d": 2}
SHAPES = "x: n, y: n, A: n n, B: n n, X: n d, w: d, lam:"
BY_HAND = {
    # numbers, names, sizes
    "lam/3 + 2": lambda p: p.lam / 3 + 2,
    "n*x/d": lambda p: 3 * p.x / 2,
    "pi*lam": lambda p: np.pi * p.lam,
    "eye(n) + A": lambda p: np.eye(3) + p.A,
    "A + ones((n, n))*lam": lambda p: p.A + p.lam,
    # broadcasting: a vector is a row, a number is everything
    "A + x": lambda p: p.A + p.x,
    "A*x[:, None]": lambda p: p.A * p.x[:, None],
    "A*x + lam": lambda p: p.A * p.x + p.lam,
    "x[:, None] - y": lambda p: p.x[:, None] - p.y,
    # products
    "A @ B @ X": lambda p: p.A @ p.B @ p.X,
    "x @ A": lambda p: p.x @ p.A,
    "A @ x": lambda p: p.A @ p.x,
    "x @ y": lambda p: p.x @ p.y,
    "x @ A @ y": lambda p: p.x @ p.A @ p.y,
    "X.T @ (X @ w - y)": lambda p: p.X.T @ (p.X @ p.w - p.y),
    "outer(x, w)": lambda p: np.outer(p.x, p.w),
    # sums
    "sum(X)": lambda p: p.X.sum(),
    "sum(X, axis=0)": lambda p: p.X.sum(axis=0),
    "sum(X, axis=1)": lambda p: p.X.sum(axis=1),
    "mean(x**2)": lambda p: np.mean(p.x**2),
    # powers
    "x**3": lambda p: p.x**3,
    "(2 + x**2)**(-1.5)": lambda p: (2 + p.x**2) ** -1.5,
    "(2 + x**2)**(1/3)": lambda p: (2 + p.x**2) ** (1 / 3),
    "(2 + x**2)**lam": lambda p: (2 + p.x**2) ** p.lam,
    "x/(2 + x**2)": lambda p: p.x / (2 + p.x**2),
    "norm(x)": lambda p: np.sqrt(np.sum(p.x**2)),
    # functions of each entry
    "exp(x) + sin(x) + cos(x) + tanh(x)": lambda p: (
        np.exp(p.x) + np.sin(p.x) + np.cos(p.x) + np.tanh(p.x)
    ),
    "arctan(x) + sinh(x) + cosh(x)": lambda p: np.arctan(p.x) + np.sinh(p.x) + np.cosh(p.x),
    "arcsinh(x) + arccosh(1 + x**2) + arctanh(tanh(x))": lambda p: (
        np.arcsinh(p.x) + np.arccosh(1 + p.x**2) + p.x
    ),
    "sigmoid(x)": lambda p: 1 / (1 + np.exp(-p.x)),
    "logsigmoid(x)": lambda p: -np.log(1 + np.exp(-p.x)),
    "softplus(x)": lambda p: np.log(1 + np.exp(p.x)),
    "erf(x)": lambda p: scipy.special.erf(p.x),
    # bent ones
    "abs(x) + sign(y)": lambda p: np.abs(p.x) + np.sign(p.y),
    "maximum(x, 0) + minimum(x, y)": lambda p: np.maximum(p.x, 0) + np.minimum(p.x, p.y),
    "relu(x)": lambda p: np.maximum(p.x, 0),
    "where((x > 0) & (y <= lam), x, -y)": lambda p: np.where((p.x > 0) & (p.y <= p.lam), p.x, -p.y),
    "where((x < 0) | (x >= y), 1, 0)": lambda p: np.where((p.x < 0) | (p.x >= p.y), 1, 0),
    "(x != y)*x": lambda p: (p.x != p.y) * p.x,
    "~(x > 0)*y": lambda p: ~(p.x > 0) * p.y,
    "max(x) - min(X)": lambda p: p.x.max() - p.X.min(),
    "max(X, axis=0) + min(X, axis=1)[:, None]": lambda p: (
        p.X.max(axis=0) + p.X.min(axis=1, keepdims=True)
    ),
    "(X == X.max(axis=1, keepdims=True))*X": lambda p: (
        (p.X.max(axis=1, keepdims=True) == p.X) * p.X
    ),
    "arctan2(x, y)": lambda p: np.arctan2(p.x, p.y),
    # along an axis
    "prod(x)*prod(X)": lambda p: p.x.prod() * p.X.prod(),
    "prod(X, axis=0) + prod(X, axis=1)[:, None]": lambda p: (
        p.X.prod(axis=0) + p.X.prod(axis=1, keepdims=True)
    ),
    "cumsum(x) - x[::-1]": lambda p: p.x.cumsum() - p.x[::-1],
    "cumsum(X, axis=0) - X[:, ::-1].cumsum(axis=1)": lambda p: (
        p.X.cumsum(axis=0) - p.X[:, ::-1].cumsum(axis=1)
    ),
    "x[0] * x[-1] + X[1] - X[:, 0][1]": lambda p: p.x[0] * p.x[-1] + p.X[1] - p.X[1, 0],
    "x[1:] - x[:-1]": lambda p: np.diff(p.x),
    "diff(X, axis=0).T @ x[1:]": lambda p: np.diff(p.X, axis=0).T @ p.x[1:],
    "eye(n)[1:].T @ x[:-1]": lambda p: np.append(0, p.x[:-1]),
    "tril(A) - triu(A, 1)": lambda p: np.tril(p.A) - np.triu(p.A, 1),
    # functions of arrays
    "inv(A)": lambda p: np.linalg.inv(p.A),
    "det(A)": lambda p: np.linalg.det(p.A),
    "log(det(A @ A.T))": lambda p: np.log(np.linalg.det(p.A @ p.A.T)),
    "trace(A)": lambda p: np.trace(p.A),
    "diag(A)": lambda p: np.diag(p.A),
    "diag(x)": lambda p: np.diag(p.x),
    "softmax(x)": lambda p: np.exp(p.x) / np.exp(p.x).sum(),
    "softmax(A)": lambda p: np.exp(p.A) / np.exp(p.A).sum(axis=-1, keepdims=True),
    "log_softmax(A)": lambda p: p.A - np.log(np.exp(p.A).sum(axis=-1, keepdims=True)),
    "sqdist(A, B)": lambda p: ((p.A[:, None] - p.B[None]) ** 2).sum(axis=-1),
}
LIBRARIES = {
    "NumPy": (np, np.asarray),
    "JAX": (jnp, jnp.asarray),
    "PyTorch": (torch, torch.as_tensor),
}


def tree_of(text):
    names = names_in(text)
    shapes = ", ".join(part for part in SHAPES.split(", ") if part.partition(":")[0] in names)
    asked = Asked(text, "", shapes)
    return read(asked.tree(), asked.objective().vocabulary)


def is_bent(text):
    """Whether a function in it is not analytic."""
    return any(
        node.name in BENT
        for node in nodes_of(tree_of(text))
        if isinstance(node, Elementwise | Call)
    )


def names_in(text):
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()


def values_at(points, rng, dtype=float):
    """Values (points, *shape) by name."""
    values = {}
    for part in SHAPES.split(", "):
        name, _, axes = part.partition(":")
        shape = (points, *(SIZES[axis] for axis in axes.split()))
        values[name] = rng.normal(size=shape).astype(dtype)
        if dtype is complex:
            values[name] += 1j * rng.normal(scale=0.1, size=shape)
    return values


def by_hand(text, values):
    points = (SimpleNamespace(**{n: v[at] for n, v in values.items()}) for at in range(POINTS))
    return np.stack([BY_HAND[text](point) for point in points])


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("text", BY_HAND)
def test_a_tree_has_the_values_of_its_text(text, library, rng):
    values = values_at(POINTS, rng)
    xp, as_array = LIBRARIES[library]
    converted = {name: as_array(value) for name, value in values.items()}
    with numpy_dtype_promotion("standard"), numpy_rank_promotion("allow"):
        found = np.asarray(to_array(tree_of(text), converted, SIZES, xp))
    np.testing.assert_allclose(found, by_hand(text, values), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("text", [text for text in BY_HAND if not is_bent(text)])
def test_what_is_not_bent_has_the_values_of_complex_numbers_too(text, rng):
    values = values_at(POINTS, rng, complex)
    found = to_array(tree_of(text), values, SIZES, np)
    np.testing.assert_allclose(found, by_hand(text, values), rtol=1e-10, atol=1e-12)


def test_the_bent_ones_are_known():
    texts = list(BY_HAND)
    first, last = texts.index("abs(x) + sign(y)"), texts.index("arctan2(x, y)")
    assert [text for text in texts if is_bent(text)] == texts[first : last + 1]


def test_what_has_no_rule_is_refused_by_name():
    tree = Elementwise("frobnicate", (tree_of("x"),))
    with pytest.raises(NoMatrixFormError, match="no rule to run 'frobnicate'"):
        to_array(tree, {"x": np.ones((1, 3))}, SIZES, np)


def test_what_occurs_twice_is_run_once(monkeypatch):
    calls = []
    monkeypatch.setattr(np, "exp", lambda x, run=np.exp: calls.append(1) or run(x))
    to_array(tree_of("exp(x) @ exp(x) + sum(exp(x))"), {"x": np.ones((1, 3))}, SIZES, np)
    assert len(calls) == 1
