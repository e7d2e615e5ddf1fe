"""An answer means what NumPy says: every construct is run beside NumPy on the same arrays."""

import re
from types import GeneratorType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Symbol

from derivations.notation import array, index, size, substitute
from verify.language.latex.meaning import LatexMeaning
from verify.language.latex.text import is_latex, read_latex
from verify.language.meaning import Meaning
from verify.language.numpy_text import read_numpy
from verify.language.program.reading import read_function
from verify.language.spoken import spoken
from verify.language.tensor import ShapeError, Tensor, UnreadShapeError, aligned, axis_of
from verify.language.tree import AnswerSyntaxError
from verify.language.vocabulary import Quantity, Vocabulary, typed
from verify.language.words.functions import INSTEAD
from verify.numerics.arrays import evaluate

n, d = size("n"), size("d")
VOCABULARY = Vocabulary(
    {
        "X": Quantity(array("X", n, d), (n, d)),
        "A": Quantity(array("A", n, n), (n, n)),
        "y": Quantity(array("y", n), (n,)),
        "w": Quantity(array("w", d), (d,)),
        "tau": Quantity(Symbol("tau", positive=True)),
    },
    {"n": n, "d": d},
)
SIZES = {"n": 3, "d": 4}
PLACES = Vocabulary(
    VOCABULARY.quantities, VOCABULARY.sizes, {"i": index("i", n), "j": index("j", d)}
)
"""For an answer of shape (n, d), or its entry."""
UFUNCS = "diag outer sum mean dot exp log sqrt abs sign where minimum maximum clip tanh square"
NUMPY = {name: getattr(np, name) for name in f"{UFUNCS} eye ones zeros".split()}
NUMPY |= {
    "np": np,
    "max": max,
    "min": min,
    "norm": np.linalg.norm,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
    "vec": lambda X: X.T.ravel(),
    "softmax": lambda x, axis=-1: np.exp(x) / np.exp(x).sum(axis, keepdims=True),
}


@pytest.fixture
def values(rng):
    shapes = {"X": (3, 4), "A": (3, 3), "y": (3,), "w": (4,), "tau": ()}
    return {name: np.round(rng.normal(size=shape), 1) for name, shape in shapes.items()} | {
        "tau": np.array(0.7)
    }


def run(text, values, meaning=Meaning, read=read_numpy, vocabulary=VOCABULARY):
    tensor = meaning(vocabulary).answer(read(text))
    batch = {name: value[None] for name, value in values.items()}
    places = tuple(k for k in vocabulary.indices.values() if tensor.entry.has(k))
    axes = tuple(axis for axis in tensor.axes if axis is not None) or places
    found = evaluate(tensor.entry, batch, SIZES, axes)[0]
    shape = [int(substitute(extent, {n: 3, d: 4})) for extent in tensor.shape]
    return np.reshape(found, shape or [SIZES[str(k.upper)] for k in places])


SAME_AS_NUMPY = [
    "-2 ** 2 + 3 - -1", "2 * tau ** -1", "tau ** 0.5", "1e-2 * .5", "X @ w", "y @ X", "y @ y",
    "X.T @ y", "X.T", "y.T", "A @ A.T @ y", "diag(y)", "diag(A)", "outer(y, w)", "dot(y, y)",
    "sum(X)", "sum(X, axis=0)", "sum(X, 1)", "sum(X, axis=-1, keepdims=True)", "mean(X, axis=1)",
    "mean(X)", "norm(y)", "norm(X)", "norm(X, axis=0)", "exp(y) / tau", "log(exp(y))",
    "sqrt(square(y))", "abs(y) * sign(y)", "tanh(X)", "sigmoid(X)", "relu(X)", "softmax(y)",
    "softmax(X)", "softmax(X, axis=0)", "where(y > 0, y, -1)", "where(X <= 0, X, w)",
    "minimum(y, 0)", "maximum(y, -y)", "clip(y, -0.5, tau)", "clip(X, 1, -1)", "y * (y > 0)",
    "(y > 0) + tau * (y < 1)", "where((y > 0) & (y < 1) | ~(y >= 0), y, 2)", "where(y == y, 1, 0)",
    "where(y != 0, y, 1)", "y[:, None] * w", "y[None, :] - y[:, None]",
    "X[:, None, :] * X[:, :, None]",
    "eye(n) - diag(y)", "ones(n)", "zeros((n, d)) + 1", "n * y / d", "(X - mean(X, axis=0)) ** 2",
    "X / sum(X, axis=1, keepdims=True)", "+y", "((y))",
    "where(maximum(y, 0) > minimum(y, tau), y, 0)", "y.sum()", "X.mean(axis=0)", "X.T.dot(y)",
    "X.sum(1, keepdims=True)", "np.exp(y) / np.sum(np.exp(y))", "np.linalg.norm(X, axis=0)",
    "y[:, np.newaxis] * w", "1 if tau > 0.5 else 2", "1 if tau > 1 else 2 if tau > 2 else 3",
    "max(tau, 1) - min(tau, n)", "where(eye(n) == 1, A, 0)", "where(eye(n) != 1, A, 2)",
    "np.max(y) - np.amin(X)", "X.max(axis=1, keepdims=True) - X", "np.min(X, 0)", "X.max()",
    "np.max(y - 2 * tau)", "np.max(-3 * y)", "y == y.max()", "np.min(X, axis=0) == X",
    "(X == np.max(X)) * X", "where((X == X.min(axis=-1, keepdims=True)) & (X < 1), X, 2)",
    "np.prod(y)", "X.prod(axis=0)", "np.prod(X, axis=1, keepdims=True) * X", "np.prod(X + 1)",
    "np.cumsum(y)", "X.cumsum(axis=0)", "np.cumsum(X, 1)", "np.flip(X, axis=0)", "np.flip(X)",
    "X[:, ::-1]", "y[::-1] * y", "X[::-1, ::-1] @ w", "np.cumsum(y[::-1])[::-1]",
    "np.flip(np.cumsum(np.flip(X, 1), axis=1), 1)", "np.flip(y.cumsum()) @ y[::-1]",
    "np.cumsum(X[::-1], axis=1)", "np.max(np.cumsum(y))", "np.cumsum(np.cumsum(y)[::-1])",
    "np.arcsinh(y) - np.arctanh(np.tanh(y))", "np.arccosh(1 + y**2)",
    "norm(y, 3) + np.linalg.norm(X, 5, axis=0)", "norm(y, ord=1) - norm(y, np.inf)",
    "np.linalg.norm(X, np.inf, axis=1, keepdims=True) * X",
    "np.tril(X)", "np.triu(A) @ y", "np.tril(A, -1) + np.triu(A > 0, k=1)", "np.triu(X, -2)",
    "np.einsum('i,ij,j->', y, A, y)", "np.einsum('ij,j->i', X, w)", "np.einsum('ij->ji', X)",
    "np.einsum('ij->j', X) + np.einsum('ij->', X)", "np.einsum('ii->i', A)", "np.einsum('ii', A)",
    "np.einsum('i,j', y, w)", "np.einsum('j,i', y, w)", "np.einsum('i,j->ji', y, w)",
    "np.einsum('ij, kj -> ki', X, X)", "np.einsum('ba', X)", "np.einsum('ij,i,j->ij', X, y, w)",
    "np.einsum('ij,ij->i', X, X)", "np.einsum('ij,jk,ki->', A, A, A)",
    "np.einsum('i,i->i', y, y)",
    "np.einsum('ij,i,ki->kj', X, y, A)", "np.einsum('ij,ji->ij', A, A)",
    "np.einsum(',i->i', tau, y)", "np.einsum('ij,ik,i->', A, A, y)",
    "np.einsum('i,i,ij->ij', y, y, X)",
    "np.einsum('ij,jk,k,l->il', A, X, w, w)", "np.einsum('i,ij->ij', y, X)",
    "np.einsum('ii,i', A, y)",
    "y[0] * y[-1] + y[2]", "X[0]", "X[:, 1]", "X[-1, 2]", "X[:, -4] @ y", "A[1:, 1]", "y[1:]",
    "y[:-1] * y[1:]", "X[1:, :-2]", "X[:-1] - X[1:]", "y[1:][1:]", "y[1:-1]", "eye(n)[1:] @ y",
    "y[:2]", "y[-2:]", "X[1:3, -3:-1]", "y[:1] * w", "w[:3] * y[-3:]", "A[:2] @ y - w[1:3]",
    "np.mean(X[:, :2], axis=1)", "np.append(y[:1], w[-2:])", "y[:2][-1:] - len(w[1:3])",
    "np.exp(y)[1:]", "(y > 0)[1:]", "np.cumsum(y)[:-1]", "y[::-1][1:]", "y[1:, None] * w",
    "X[None, 1:]", "np.tril(A)[1:]", "sum(y[1:])", "np.mean(X[:, 1:], axis=1)", "eye(n)[-1]",
    "np.diff(y)", "np.diff(X)", "np.diff(X, axis=0)", "np.diff(w, 2)", "np.diff(np.diff(w))",
    "np.append(y, w)", "np.append(0, y[1:])", "np.append(y, 2)", "np.append(1, 2)",
    "np.pad(y, (1, 0)) - np.append(0, y)", "np.pad(w, (2, 1))", "len(y[1:]) * y[1:].size",
    "np.max(y[1:])", "np.prod(w[1:])", "norm(np.diff(y), 3)", "softmax(w[:-1])",
    "np.trace(np.kron(A, A))", "norm(np.kron(X, A))", "np.sum(np.kron(A, X), axis=0) @ X.ravel()",
    "vec(X) @ np.kron(diag(w), A) @ vec(X)", "X.flatten() @ X.reshape(-1) - np.ravel(y) @ y",
    "np.trace(np.kron(A, A) @ np.kron(A, 2 * A).T)", "np.trace(np.diag(X.ravel()))",
    "np.kron(y[:, None], w[None])", "np.sum(np.outer(X.ravel(), y) @ y)", "np.mean(vec(X) ** 2)",
    "np.sum(np.kron(np.kron(X, A), A) > 0)", "softmax(X.ravel()) @ X.ravel()",
    "np.linalg.det(eye(n) + outer(y, A[0]))", "np.linalg.inv(eye(n) - tau * outer(y, y))",
    "np.linalg.inv(eye(n) + ones((n, n)))", "np.linalg.det(eye(n) + outer(y, 1 - 2 * y))",
    "np.prod(tau) * np.max(tau) - np.min(2 * tau)", "np.dot(tau, y) + np.inner(y, 2)",
    "np.dot(tau, 2)", "np.sum(np.kron(y, w) ** 2)", "softmax(tau)", "np.linalg.norm(tau)",
    "where(2 * eye(n) - 1 > 0, y, A)", "where(eye(n) >= 0, y, A)", "where(eye(n) == 1, A, 1 / A)",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME_AS_NUMPY)
def test_numpy_agrees(text, values):
    expected = eval(text, {"n": 3, "d": 4}, NUMPY | values)
    np.testing.assert_allclose(run(text, values), np.asarray(expected, dtype=float), 1e-12, 1e-12)


PROGRAMS = [
    "g = np.zeros(d)\nfor k in range(n):\n    r = X[k] @ w - y[k]\n    g += 2*r*X[k]",
    "g = 0\nfor k in range(n):\n    p = 0\n    for l in range(d):\n        p += X[k, l]*w[l]\n"
    "    g = g - (p - y[k])*X[k]",
    "g = 0*w\nfor l in range(n):\n    for k in range(n):\n        g += A[k, l]*X[l]\n    g -= X[l]",
    "g = y + 0\nfor k in range(1, n + 1):\n    g += k*y\n    g = g + y/k",
    "g = np.zeros(d)\nfor l in range(d):\n    g[l] = np.sum((X @ w - y)*X[:, l])",
    "g = np.zeros(d)\nfor k in range(n):\n    for l in range(d):\n        g[l] -= y[k]*X[k, l]",
    "g = ones(n)\nfor k in range(n):\n    g[k] = y[k]\n    for l in range(d):\n"
    "        g[k] += X[k, l]*w[l]\n    g[k] -= 2",
    "g = ones((n, d))\nfor k in range(n):\n    for l in range(d):\n        g[k, l] += y[k]*w[l]",
    "g = np.zeros((n, d))\nfor k in range(n):\n    g[k] = X[k]*y[k]",
    "g = np.array([X[k] @ w for k in range(n)])*y",
    "g = np.stack([y[k]*w for k in range(n)])",
    "s = 0\nfor k in range(n):\n    for l in range(n):\n        s += (k + 1)*y[l]*(k + 1 > l)\n"
    "g = s*w",
    "s = np.array([k + 1 for k in range(n)])\ng = s*y + s[2]",
    "s = 0\nfor k in range(n):\n    l = k\n    k = k + 1\n    s += k*y[l]\ng = s*y",
    "b = y > 0\ng = np.sum(b)*y + b*b*w[0] + (b + 0.5)",
    "g = 1.0*(y > 0)\nfor k in range(n):\n    g[k] += y[k]/2",
    "s = np.mean(y)\nh = X @ w\ng = h*y\nk = s*h",
    "g = 0\nfor k in range(n):\n    g = g + X*y[k]",
    "s = 1\nfor k in range(len(y)):\n    s += y[k]\ng = s*w\ng /= 2",
    "g = X.T @ y\nh = g + 0\nh += 1\ng = g*h",
    "n, d = X.shape\ng = X.sum()/n/d",
    "g = sum((x @ w - t)*x for x, t in zip(X, y))",
    "g = np.array([(k + 1)*x @ w for k, x in enumerate(X)])",
    "g = sum(sum(a*b for b in w) for a in y)*np.array([np.sum(x) for x in X])",
    "y = y/2\ng = sum(y*w[0] for y in y)",
    "g = np.zeros(n)\ng[1:] += y[1:] - y[:-1]\ng[:2] -= 2*y[-2:]\ng[0] = 7\ng[-1] -= y[0]",
    "g = 2*X\ng[0] = 0\ng[1:3] += w",
    "g = X*y[:, None]\ng[-2] = w\ng[-1] += 1",
    "g = 2*X\ng[1:, :] += X[:-1] - 3*X[1:]\ng[:, :-1] -= X[:, 1:]\ng[:, 1:] = y[:, None]",
    "g = y + 0\ng[:2] = y[-2:]\ng[1] += 1",
    "g = 0*w\nfor x, t in zip(X, y):\n    g += (x @ w - t)*x",
    "g = 0*y\nfor k, x in enumerate(X):\n    g[k] += 2*y[k]",
    "g = 0*w\nfor x in X - tau:\n    g -= x",
    "g = 0*y\nfor k, a in enumerate(A.T):\n    g[k] = a @ y",
    "g = 0\nfor k, (x, t) in enumerate(zip(X, y)):\n    for j, v in enumerate(x):\n"
    "        g += k*v*t*w[j]",
    "g = 0\nfor x in X:\n    m = x @ w\n    if m > 0:\n        g += m\n        g -= 1\n"
    "    else:\n        g -= 2*m",
    "g = 0\nfor x, t in zip(X, y):\n    if t > 0:\n        s = 2\n    else:\n        s = x @ w\n"
    "    if s > 1:\n        if t < 1:\n            g += s*t\n        g += 1",
    "g = 0*y\nfor k in range(n):\n    if y[k] < 0:\n        g[k] -= w[0]",
    "g = []\nfor k in range(n):\n    g.append(y[k]**2)\ng = np.array(g)*y",
    "s = []\nfor k in range(n):\n    s.append(y[k]*k)\ng = sum(s)*w + np.mean(s)",
    "rows = []\nfor x, t in zip(X, y):\n    r = x @ w\n    rows.append((r - t)*x)\n"
    "g = np.sum(rows, axis=0)",
    "rows = []\nfor k in range(n):\n    row = []\n    for l in range(d):\n"
    "        row.append(X[k, l]*w[l])\n    rows.append(np.array(row))\ng = np.stack(rows)",
    "rows = []\nfor x in X:\n    rows.append(x)\ng = np.mean(rows, axis=0) + X[0]",
    "s = [y[k]*w[0] for k in range(n)]\ng = np.sum(s)*w + max(s)",
    "g = np.zeros(d)\ng[:] = X.T @ y\nprint(g)",
    "g = np.ones((n, d))\ng[:] = w\ng[:] += y[:, None]",
    "with np.errstate(divide='ignore'):\n    g = 1/(1 + np.exp(-y))",
    "g = np.full(d, 2.5)\ng += np.full(d, tau)\nh = np.full((n, d), 0.5)\ng = h*g",
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_a_program_means_what_python_makes_of_it(text, values):
    names = {"n": 3, "d": 4} | NUMPY | {name: value.copy() for name, value in values.items()}
    names["sum"] = lambda x: sum(x) if isinstance(x, GeneratorType) else np.sum(x)
    exec(text, names)
    found = run(f"{text}\ng", values, read=lambda text: read_function(text)[0])
    np.testing.assert_allclose(found, names["g"], 1e-12, 1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "g = X + 0\nfor k in range(n):\n    g[k] = y[k]\ng",
        "g = w + 0\nfor k in range(n):\n    g[k] = y[k]\ng",
        "g = w + 0\ng += X\ng",
        "g = 0*w\nfor k in range(n):\n    g += X\ng",
        "g = zeros((d, 1))\nfor k in range(n):\n    g += X[k]\ng",
        "g = A + 0\nfor k in range(n):\n    g[k] += y[k]\ng",
        "g = 0\nfor x, t in zip(X, w):\n    g += t*x\ng",
        "z = np.max(tau, 0)\nz*y",
        "tau.min(-1)\n",
    ],
)
def test_entries_that_do_not_make_up_the_array_are_not_read(text):
    with pytest.raises(
        UnreadShapeError, match=r"array of shape|runs over n, not d|does not exist in"
    ):
        Meaning(VOCABULARY).answer(read_function(text)[0])


OTHER_IN_NUMPY = {
    "g = []\nfor x in X:\n    g.append(x @ w)\n    g.append(1)\nnp.array(g)": "a loop that",
    "g = []\nfor x in X:\n    g.append(x @ w)\nfor x in X:\n    g.append(1)\nnp.array(g)": "loop",
    "g = []\nfor x in X:\n    for a in x:\n        g.append(a)\nnp.array(g)": "a loop that",
    "g = y + 0\nfor k in range(n):\n    g.append(y[k])\ng": "a loop that",
    "g = []\nfor k in range(n):\n    g[k] = y[k]\nnp.array(g)": "a list belongs in",
    "g = []\nfor k in range(n):\n    g.append(y[k])\nh = [k for k in range(n)]\ng + h": "a list",
    "g = []\nh = g\nfor k in range(n):\n    g.append(y[k])\nnp.array(h)": "this may change h",
    "g = []\nfor k in range(n):\n    if y[k] > 0:\n        g.append(y[k])\nsum(g)": "got if with",
    "g = []\nfor x in X:\n    r = 2*x\n    g.append(r)\n    r += 1\nnp.sum(g)": "may change g",
    "g = []\nfor x in X:\n    g.append(x)\nX += 1\nnp.sum(g)": "this may change g",
    "g = []\nnp.array(g)": "an empty list is no array",
    "g = []\ng.append(y)\nnp.array(g)": "a line that gives no name a value",
    "g = []\nfor k in range(n):\n    g.append(y[k])\n2*g": "a list belongs in",
    "g = 1*(y > 0)\ng[:] = y\ng": "whole numbers",
    "import numpy as np\nsum(X, start=y)*np.exp(tau)": "expected no start",
    "g = np.full(n, 0)\nfor k in range(n):\n    g[k] = y[k]\ng": "whole numbers",
    "sum([X[k]*y[k] for k in range(n)])": "sum of a list of arrays",
    "b = y > 0\nb*b + b": "need a number",
    "b = np.array([y[k] > 0 for k in range(n)])\nb + b": "need a number",
    "b = (y > 0)[::-1]\n-b": "need a number",
    "b = X > 0\nb.max(axis=1) + b.min(axis=1)": "need a number",
    "np.diff(y > 0)": "need a number",
    "np.ones_like(y > 0) + np.where(y > 0, y > 1, y < 1)": "need a number",
    "np.einsum('ii', A > 0)": "needs numbers",
    "b = abs(A > 0)\nb @ b": "needs numbers",
    "g = np.where(y > 0, 1, 0)\nfor k in range(n):\n    g[k] = y[k]\ng": "whole numbers",
    "g = np.zeros_like(y > 0)\nfor k in range(n):\n    g[k] = y[k]\ng": "whole numbers",
    "z = np.random.shuffle(y)\ny": "in the language|unknown",
    "z = np.exp(y, y)\ny": "expected 1 argument",
    "z = y.sort()\ny": "not in the language",
    "z = (y > 0)\nz += 1\nz": "truth values",
    "s = y > 0\nfor k in range(n):\n    s = s + (y > 0)\ns": "truth values",
    "s = 0\ns += sum(np.exp(X))\ns": "goes over its rows: write np.sum",
    "import numpy as np\nz = max(X)\nnp.exp(z)": "Python's max of a matrix",
    "g = 0\nfor k in range(n):\n    if y > 0:\n        g += 1\ng": "comparison of numbers",
    "n, d = y.shape\ny + d": "one of its 1 places",
    "s = 1*(y > 0)\ns[1:] += y[1:]\ns": "whole numbers",
    "import numpy as np\n2*sum(y, -1)*np.exp(y)": "Python's sum has no axis",
    "s = 1*(y > 0)\ns += y\ns": "whole numbers",
    "sum(y[k + 1] for k in range(n))": "expected an index",
    "sum(sum(y[l]*(k == l) for k in range(1, n + 1)) for l in range(n))": "both start from",
    "sum(sum(y[l]*(k > l) for k in range(1, n + 1)) for l in range(n))": "both start from",
}


@pytest.mark.parametrize("text", OTHER_IN_NUMPY)
def test_what_numpy_makes_something_else_of_is_not_read(text):
    with pytest.raises(AnswerSyntaxError, match=OTHER_IN_NUMPY[text]):
        Meaning(VOCABULARY).answer(read_function(text)[0])


def test_a_name_in_a_text_is_not_the_one_in_the_meaning_of_a_word(values):
    found = run("pi = 3*y\nnp.sinc(y) + pi", values, read=lambda text: read_function(text)[0])
    np.testing.assert_allclose(found, np.sinc(values["y"]) + 3 * values["y"], 1e-12)


def test_a_sum_along_an_axis_is_not_pythons(values):
    """Python's own has no axis, so that no other than NumPy's can be meant."""
    found = run("sum(X, axis=1)*np.exp(y)", values)
    np.testing.assert_allclose(found, values["X"].sum(axis=1) * np.exp(values["y"]), 1e-12)


SUMS = {
    "sum(X[k] * y[k] for k in range(n))": lambda X, y, **_: X.T @ y,
    "sum(k + 1 for k in range(n))": lambda **_: 6,
    "sum(k * y[k] for k in range(n))": lambda y, **_: np.arange(3) @ y,
    "sum(k * y[k] for k in range(1, n + 1))": lambda y, **_: np.arange(1, 4) @ y,
    "sum(k * y[k] for k in range(1, 1 + n))": lambda y, **_: np.arange(1, 4) @ y,
    "sum(k * y[k] for k in range(0, n))": lambda y, **_: np.arange(3) @ y,
    "sum((X[k] for k in range(n)))": lambda X, **_: X.sum(0),
    "sum(w * X[y] for y in range(n))": lambda X, w, **_: X.sum(0) * w,
    "sum(y[k] if k > 0 else 7 for k in range(n))": lambda y, **_: 7 + y[1:].sum(),
    "sum(sum(where(k > l, A[k, l], 0) for k in range(n)) for l in range(n))": (
        lambda A, **_: np.tril(A, -1).sum()
    ),
    "sum(sum(A[k, l] * (k == l) for k in range(n)) for l in range(n))": lambda A, **_: np.trace(A),
    "sum(where(k != l, 1, 0) for k in range(n) for l in range(n))": None,
}


@pytest.mark.parametrize("text", [text for text, expected in SUMS.items() if expected])
def test_sums_over_an_index_agree_with_numpy(text, values):
    np.testing.assert_allclose(run(text, values), SUMS[text](**values), 1e-12)


LATEX = {
    r"X w - y": lambda X, w, y, **_: X @ w - y,
    r"\mathbf{X} \mathbf w - \boldsymbol{y}": lambda X, w, y, **_: X @ w - y,
    r"\nabla_y f(w) = X w - y": lambda X, w, y, **_: X @ w - y,
    r"\frac{\partial f}{\partial y_i} = y_1 y": None,
    r"\frac{\partial f}{\partial y} = \tau y": lambda y, tau, **_: tau * y,
    r"Ay y^\top": lambda A, y, **_: np.outer(A @ y, y),
    r"y \otimes w": lambda y, w, **_: np.outer(y, w),
    r"\frac{1}{2} \|y\|^2 + |\tau|^{2}": lambda y, tau, **_: y @ y / 2 + tau**2,
    r"y^T X w": lambda X, w, y, **_: y @ X @ w,
    r"\|A (\tau \mathbf{1})\|": lambda A, tau, **_: np.linalg.norm(tau * A.sum(1)),
    r"\langle y, A y \rangle + y \cdot y": lambda A, y, **_: y @ A @ y + y @ y,
    r"\|y\|_1 + \|A\|_F + \operatorname{tr} A": (
        lambda A, y, **_: np.abs(y).sum() + np.linalg.norm(A) + np.trace(A)
    ),
    r"\sum_{i,j} y_i A_{ij} y_j": lambda A, y, **_: y @ A @ y,
    r"[y - \tau \mathbf{1}]_+": lambda y, tau, **_: np.maximum(y - tau, 0),
    r"\sum_{i=1}^{n} y_i^2 X_{ii}": None,
    r"\sum_{i=1}^n A_{ii} y_i": lambda A, y, **_: np.diag(A) @ y,
    r"\sum_i A_{ii} y_i": lambda A, y, **_: np.diag(A) @ y,
    r"\sum_{i} y_i x_i": lambda X, y, **_: X.T @ y,
    r"\sum_{i=1}^n y_i x_i": lambda X, y, **_: X.T @ y,
    r"\sum_k \sum_l \mathbf{1}[k = l] A_{kl} \delta_{kl}": lambda A, **_: np.trace(A),
    r"\sqrt{\tau} e^{-\tau} \cdot \max(\tau, 1)": lambda tau, **_: np.sqrt(tau) * np.exp(-tau),
    r"\left( y \odot y \right)^\top": lambda y, **_: y * y,
    r"\sum_{i=1}^n \mathbf{1}_{y_i > 0} \exp(y_i)": lambda y, **_: np.exp(y[y > 0]).sum(),
    r"\sum_i \mathbb{I}(y_i > 0) + \sum_i \mathbb{1}\{0 < y_i\}": lambda y, **_: 2 * (y > 0).sum(),
    r"\sigma(y) - \tfrac{1}{2} y": lambda y, **_: 1 / (1 + np.exp(-y)) - y / 2,
    r"1 - \sigma(X)": lambda X, **_: 1 - 1 / (1 + np.exp(-X)),
    r"X - 1 + \mathbf{0}": lambda X, **_: X - 1,
    r"\frac{e^{-X}}{(1 + e^{-X})^2}": lambda X, **_: np.exp(-X) / (1 + np.exp(-X)) ** 2,
    r"y^2 - (1 + e^{y})^{-1}": lambda y, **_: y**2 - 1 / (1 + np.exp(y)),
    r"\begin{cases} 1, & \tau < 1 \\ 2, & \text{otherwise} \end{cases}": lambda **_: 1.0,
    r"\begin{cases} -1 & y < -1 \\ y & |y| \le 1 \\ 1 & y > 1 \end{cases}": (
        lambda y, **_: np.clip(y, -1, 1)
    ),
    r"\begin{cases} y & -1 < y < 1 \\ -1 & y \le -1 \\ 1 & 1 \le y \end{cases}": (
        lambda y, **_: np.clip(y, -1, 1)
    ),
    r"\begin{cases} 1 & y > 0 \\ 0 & y = 0 \\ -1 & y < 0 \end{cases}": lambda y, **_: np.sign(y),
}


@pytest.mark.parametrize("text", [text for text, expected in LATEX.items() if expected])
def test_latex_means_what_mathematics_says(text, values):
    found = run(text, values, LatexMeaning, read_latex)
    expected = np.asarray(LATEX[text](**values))
    np.testing.assert_allclose(np.squeeze(found), np.squeeze(expected), 1e-12)


FITTING = {
    r"\mathbf{1} w^\top": lambda w, **_: np.outer(np.ones(3), w),
    r"y \mathbf{1}^\top": lambda y, **_: np.outer(y, np.ones(4)),
    r"y \mathbf{1}_d^\top": lambda y, **_: np.outer(y, np.ones(4)),
    r"\mathbf{1} \mathbf{1}^\top X": lambda X, **_: np.outer(np.ones(3), X.sum(0)),
    r"\tfrac12 \mathbf{1} \mathbf{1}_{n}^\top X": lambda X, **_: np.outer(np.ones(3), X.sum(0)) / 2,
    r"(I - \mathbf{1} y^\top) X": lambda X, y, **_: X - np.outer(np.ones(3), y @ X),
    r"X (I_d - w w^\top)": lambda X, w, **_: X @ (np.eye(4) - np.outer(w, w)),
    r"X (\mathbf{I} + \mathbf{1} - I)": lambda X, **_: X @ np.ones((4, 4)),
    r"\mathbf{1} - X": lambda X, **_: 1 - X,
    r"x_i - w": lambda X, w, **_: X - w,
    r"x_k^\top - w^\top": lambda X, w, **_: X - w,
    r"y_k x_k": lambda X, y, **_: y[:, None] * X,
    r"x^{(k)} + y^{(k)} w": lambda X, y, w, **_: X + np.outer(y, w),
    r"x_{kl} - w_l": lambda X, w, **_: X - w,
    r"y_i \sum_l x_{il} w_l + w_j": lambda X, y, w, **_: (y * (X @ w))[:, None] + w,
    r"\tau^{(n)} X": lambda X, tau, **_: tau**3 * X,
}


@pytest.mark.parametrize("text", FITTING)
def test_a_bold_one_a_row_and_a_new_index_mean_what_makes_the_answer_fit(text, values):
    found = run(text, values, LatexMeaning, read_latex, PLACES)
    np.testing.assert_allclose(found, FITTING[text](**values), 1e-12)


WRONG_SHAPES = {
    "X @ y": "column 1: (n, d) @ (n,) do not fit: d is not n",
    "y + w": "(n,) and (d,) do not fit: n is not d",
    "1 + (y + w)": "column 6: (n,) and (d,)",
    "y @ 2": "@ needs vectors or matrices",
    "outer(X, y)": "outer needs a vector, got (n, d)",
    "diag(X)": "diag needs a vector",
    "cumsum(X)": "cumsum needs a vector or an axis, got (n, d)",
    "cumsum(tau)": "cumsum needs a vector or an axis, got ()",
    "y.prod(axis=1)": "axis 1 does not exist in (n,)",
    "y[:, :]": "too many places",
    "kron(X, y)": "kron needs matrices, got (n,)",
    "ravel(tau)": "ravel needs matrices, got ()",
    "trace(kron(X, A))": "trace needs a square matrix, got (n**2, d*n)",
    "vec(X) @ ravel(X)": "do not fit: d is not n",
    "det(kron(A, A))": "an axis of n**2, as kron and ravel make it, is not in the language here",
    "sum(cumsum(ravel(X)))": "an axis of d*n, as kron and ravel make it",
    "ravel(A)[1:] @ y": "an axis of n**2, as kron and ravel make it",
    "sum(ravel(A)[::-1])": "an axis of n**2, as kron and ravel make it",
    "max(ravel(A))": "an axis of n**2, as kron and ravel make it",
    "append(X, y)": "append needs vectors or numbers, got (n, d)",
    "pad(X, (1, 0))": "expected pad(x, (1, 0)) of a vector, got (n, d)",
    "y[1:] + y": "(n - 1,) and (n,) do not fit: n - 1 is not n",
    "sum(X, axis=0, keepdims=True)[1:]": "part 1: of an axis of 1",
    "sum(X, axis=0, keepdims=True)[1]": "place 1 does not exist along an axis of 1",
    "diff(tau)": "axis -1 does not exist in ()",
    "tril(y)": "tril needs a matrix, got (n,)",
    "einsum('ij->', y)": "'ij' is not for an array of shape (n,)",
    "einsum('ij,j->', X, y)": "(n,) and (d,) do not fit: n is not d",
    "einsum('ij,j->i', X, ones(1))": "an axis of 1 is not stretched here",
    "sum(y[k] for k in range(d))": "index k runs over d, not n",
}


@pytest.mark.parametrize("text", WRONG_SHAPES)
def test_shapes_that_do_not_fit_are_named(text):
    with pytest.raises(ShapeError) as error:
        Meaning(VOCABULARY).answer(read_numpy(text))
    assert WRONG_SHAPES[text] in str(error.value)


HAVE_VALUES = {
    "outer(X, y)", "diag(X)", "trace(kron(X, A))", "cumsum(X)", "cumsum(tau)", "ravel(tau)",
    "kron(X, y)", "vec(X) @ ravel(X)", "det(kron(A, A))", "sum(cumsum(ravel(X)))",
    "ravel(A)[1:] @ y", "sum(ravel(A)[::-1])", "max(ravel(A))", "append(X, y)", "pad(X, (1, 0))",
    "sum(X, axis=0, keepdims=True)[1:]", "tril(y)", "diff(tau)", "sum(y[k] for k in range(d))",
    "einsum('ij,j->i', X, ones(1))",
}  # fmt: skip
"""Those of which the language says nothing: for most NumPy has a value, at some sizes at least."""


@pytest.mark.parametrize("text", WRONG_SHAPES)
def test_what_a_library_has_a_value_for_is_not_called_wrong(text):
    with pytest.raises(ShapeError) as error:
        Meaning(VOCABULARY).answer(read_numpy(text))
    assert isinstance(error.value, UnreadShapeError) == (text in HAVE_VALUES)


def test_a_row_by_itself_is_no_matrix():
    row = LatexMeaning(PLACES).answer(read_latex(r"\sum_k y_k x_k^\top"))
    assert row.shape == (1, d)


@pytest.mark.parametrize("text", [r"y + y^\top", r"y \odot w", r"X X", r"y w", r"\mathbf{1} X"])
def test_latex_refuses_shapes_that_have_no_meaning_on_paper(text):
    with pytest.raises(ShapeError):
        LatexMeaning(VOCABULARY).answer(read_latex(text))


UNREADABLE = {
    "sqrt(-1) ** 2": "column 1: a root or a logarithm of a negative number",
    "where(sqrt(-tau) == sqrt(-tau), 1, 2)": "column 7: a root or a logarithm",
    "abs(sqrt(-y ** 2)) ** 2": "column 5: a root or a logarithm",
    "((-8) ** (1 / 3)) ** 3": "a root or a logarithm",
    "((-tau) ** (1 / 3)) ** 3": "column 2: a root or a logarithm",
    "where(tau > 9, log(-1), 1)": "column 16: a root or a logarithm",
    "1 / (1 / 0)": "column 6: a division by zero, whatever the values are",
    "1 / log(0)": "column 5: a division by zero",
    "exp(-abs(1 / 0))": "column 10: a division by zero",
    "0 * (y / (tau - tau))": "column 6: a division by zero",
    "relu(y) / relu(y)": "a division by zero, in one of the branches",
    "y[i] * X": "an answer in the index i is a number for each, yours is (n, d)",
    "X - w[j]": "an answer in the index j is a number for each",
    "y[:, None] * X * y[i] * w[j]": "an answer in the index i and j is a number for each",
    "sum(X, 0, axis=1)": "sum: expected each option once",
    "softmax(y, axis=0, keepdims=True)": "softmax: expected no keepdims",
    "norm(X, 2, (0, 1))": "norm of a matrix: expected no order or 'fro'",
    "norm(X, inf, (0, 1))": "norm of a matrix: expected no order or 'fro'",
    "scipy.special.kl_div(y, y)": "kl_div: SciPy's is p*log(p/q) - p + q",
    "torch.max(X, 1)[0]": "PyTorch's max and min along an axis are pairs: write .values",
    "X.min(dim=0)[0]": "PyTorch's max and min along an axis are pairs: write .values",
    "(y > 0)**2": "a power needs a number: one of a truth value has 8 bits",
    "np.power(y > 0, 2)": "a power needs a number",
    "X.reshape(-1, order='F')": "reshape: expected 1 argument and no order",
    "np.stack(y)": "unknown function 'stack'",
    "np.stack([y for k in range(n)], axis=1)": "stack: expected 1 argument and no axis",
    "np.array([y[k] for k in range(n)], dtype=int)": "array: expected 1 argument and no dtype",
    "sum((y[k] for k in range(n)), start=tau)": "sum: expected 1 argument and no start",
    "max(tau, w[0], key=abs)": "max: expected 2 arguments and no key",
    "np.einsum('i,i->i', y, y, dtype=int)": "no dtype",
    "sum(y[None][y > 0])": "expected an index",
    "reciprocal(n)": "the reciprocal of a whole number",
    "np.reciprocal(sum(y > 0))": "the reciprocal of a whole number",
    "power(2, -1)": "a whole number has no power below 0",
    "2**-sum(y > 0)": "a whole number has no power below 0",
    "ones(n - 2)": "expected a size",
    "eye(n - 3)": "expected a size",
    "tril(A > 0) + diag(y > 0)": "+ and - need a number",
    "1[None]": "a number has no places",
    "-(y > 0)": "+ and - need a number",
    "+(y > 0)": "+ and - need a number",
    "subtract(y > 0, y < 0)": "+ and - need a number",
    "np.add(y > 0, y > 1)": "+ and - need a number",
    "(y > 0) @ (y > 1)": "a product of arrays needs numbers",
    "np.dot(X > 0, w > 0)": "a product of arrays needs numbers",
    "inner(y > 0, y > 1)": "a product of arrays needs numbers",
    "vdot(X > 0, X > 1)": "a product of arrays needs numbers",
    "where(0 < y < 1, y, 0)": "a chain of comparisons needs numbers",
    "max(y, 0)": "expected two numbers; of arrays it is maximum(x, y)",
    "torch.var(X, 0, False)": "var: expected at most 2 arguments without a name",
    "y.max(2, 3, 4)": "max: expected at most 3 arguments",
    "flip(y, keepdims=True)": "flip: expected no keepdims",
    "y[::2]": "unexpected ':2'",
    "y[-2:2]": "expected a part of an axis such as 1:, :-1, :3 or 2:4, got -2:2",
    "y[:-0]": "expected a part of an axis such as 1:, :-1, :3 or 2:4, got :-0",
    "y[:0]": "expected a part of an axis such as 1:, :-1, :3 or 2:4, got :0",
    "diff(y, -1)": "diff: expected a number of times, got -1",
    "pad(y, 1)": "expected (1, 0), got pad_width=1",
    "y[1.5]": "expected an index, : or None",
    "where(np.max(relu(y)) > 1, y, 0)": "a condition on a sum of branches is not in the language",
    "where(prod(relu(y)) > 1, y, 0)": "a condition on a sum of branches is not in the language",
    "norm(X, 'nuc')": "norm of a matrix: expected no order or 'fro'",
    "norm(X, 1)": "norm of a matrix: expected no order or 'fro'",
    "norm(y, 0)": "norm of a vector: expected no order or 1, 2, 3, ... or inf",
    "norm(y, 'fro')": "norm of a vector: expected no order",
    "tril(X, axis=0)": "tril: expected no axis",
    "einsum('ij,jk->ik', X)": "einsum: expected 2 arrays, got 1",
    "einsum('i>j', X)": "einsum: expected letters, as in 'ij,jk->ik', got 'i>j'",
    "einsum('ij->ik', X)": "einsum: expected letters of the arrays, each once, got 'ik'",
    "einsum('bij->b', X)": "einsum: an array of more than two axes is not in the language",
    "einsum('ij,ik,il,jk,jl,kl->', A, A, A, A, A, A)": "einsum: a product of more than two axes",
    "kron(A, A)": "kron, ravel and vec are in the language below a sum alone",
    "X.reshape(4, 3)": "expected reshape(-1)",
    "A.slogdet()[1]": "'.slogdet()' is not in the language",
    "np.linalg.slogdet(A)[0]": "'slogdet' is not in the language: write slogdet(A)[1]",
    "np.linalg.slogdet(A)": "'slogdet' is not in the language: write slogdet(A)[1]",
    "np.linalg.pinv(X)": "'pinv' is not in the language: write inv(X.T @ X) @ X.T",
    "cholesky(A)": "unknown function 'cholesky'",
    "1 if y > 0 else 2": "expected a comparison of numbers between 'if' and 'else'",
    "1 if tau else 2": "expected a comparison of numbers",
    "sum(y[n] for n in range(n))": "'n' already has a meaning",
    "sum(y[k] for k in range(1, n))": "expected a size",
    "sum(y[k] for k in range(2, n + 1))": "expected range(n), range(0, n) or range(1, n + 1)",
    "((((16 ** 16) ** 16) ** 16) ** 16) ** 16": "expected numbers of at most 1000 digits",
    "1e300 * 1e300 * 1e300 * 1e300": "expected numbers of at most 1000 digits",
    "y ** 17": "expected an exponent of at most 16",
    "((y ** 16) ** 16) ** 16": "expected an exponent of at most 256",
    "ones(n, axis=0)": "ones: expected 1 argument",
    r"\tau^T": "a number has no transpose",
    r"\frac{y}{1 - \tau^\top}": "a number has no transpose",
    r"(1 - \tau)^{(m)}": "unknown name 'm'",
    r"A^2": "a power of a square matrix",
    r"A^{-2}": "a power of a square matrix",
    r"\prod_i y_i": "of operations over an index there are sums alone",
    r"(A y)_{i}": "an index belongs to a letter",
    r"\|A\|_1": "there is no norm of order 1",
    r"\tau^{y}": "an exponent is a number",
    r"\frac{X}{y}": "have no quotient",
    r"A \otimes y": r"\otimes is for two vectors, got (n, n) and (n, 1)",
    r"\sum_k w": "what k runs over is not clear",
    r"\sum_k y_k w_k": "what k runs over is not clear",
    r"\sum_k x^{(k)} y_k": "in a sum, write an index for ^{(k)}",
    r"\mathbf{1}^\top \mathbf{1} X": r"how long \mathbf{1} is, is not clear",
    r"x_{k} - x_{l}": "expected one name for an index, got k and l",
    r"x_{k} - X": "(d, 1) and (n, d) cannot be added; a row as x_n is a column",
    r"y_{i} A": "an answer in the index i is a number for each",
    r"\begin{cases} 1 & \tau < 1 \\ 2 & \tau > 1 \end{cases}": "expected a last case",
    r"\begin{cases} 1 & \tau < 1 \\ 2 & |\tau| \ge 0 \end{cases}": "expected a last case",
    r"\begin{cases} y & |y| \le 1 \\ 1 & y > 1 \end{cases}": "expected a last case",
    r"\begin{cases} -1 & \tau < -1 \\ 0 & |\tau| < 1 \\ 1 & \tau > 1 \end{cases}": "last case",
}


def test_what_is_written_instead_is_in_the_language():
    names = {"x": Quantity(array("x", n), (n,)), "B": Quantity(array("B", n, n), (n, n))}
    vocabulary = Vocabulary(VOCABULARY.quantities | names, VOCABULARY.sizes)
    for name, text in INSTEAD.items():
        Meaning(vocabulary).answer(read_numpy(text.replace("C", "A")))
        with pytest.raises(AnswerSyntaxError, match=f"'{name}' is not in the language"):
            Meaning(vocabulary).answer(read_numpy(f"{name}(x)"))


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_not_understood_is_unreadable_and_never_a_wrong_shape(text):
    meaning, read = (LatexMeaning, read_latex) if is_latex(text) else (Meaning, read_numpy)
    with pytest.raises(AnswerSyntaxError) as error:
        meaning(PLACES).answer(read(text))
    assert UNREADABLE[text] in str(error.value)
    assert re.match(r"column \d+: [^\n]*$", str(error.value))


def test_a_row_times_a_column_among_matrices_leaves_a_remark():
    meaning = LatexMeaning(PLACES)
    meaning.answer(read_latex(r"X - w^\top w"))
    assert meaning.remarks == ["a row times a column is a number; a column times a row is a matrix"]


def test_latex_is_recognised_by_its_characters():
    assert is_latex(r"\tau")
    assert is_latex("x^2")
    assert is_latex("$x$")
    assert is_latex("x_{i}")
    assert not is_latex("x ** 2 @ y[:, None]")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("beta_1", "beta1"), (r"\beta_1", "beta1"), (r"\hat m_1", "mhat1"), (r"\hat{m}_2", "mhat2"),
     ("lambda", "lam"), ("n_in", "n_in"), ("dZ", "dZ")],
)  # fmt: skip
def test_names_are_spelled_as_one_types_them(name, expected):
    assert typed(name) == expected


def test_an_answer_is_said_back_in_index_notation():
    tensor = Meaning(VOCABULARY).answer(read_numpy("diag(y) @ y + where(abs(y) < 1, y, 0)"))
    i = array("y", n)[tensor.axes[0]].indices[0]
    said = spoken(tensor.entry, (i,))
    assert "sum(" in said
    assert "|y[" in said
    assert "Piecewise" not in said


WORDS = st.sampled_from(
    ["y", "X", "w", "tau", "n", "+", "-", "*", "/", "**", "@", ".T", "(", ")", "[", "]", ",", ":",
     "None", "sum", "exp(", "where(", "<", "==", "for", "in", "range(", "0", "1", "1e9", "=",
     "axis", "\\frac{", "}", "\\tau", "^", "_", "|", "\\sum", "&", "\\left(", "\u221e", "'",
     "__import__"]
)  # fmt: skip


def complaint(read, meaning, text):
    """What is said against a text; None if it has a meaning."""
    try:
        meaning(VOCABULARY).answer(read(text))
    except (AnswerSyntaxError, ShapeError) as error:
        return str(error)
    return None


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_any_text_has_a_meaning_or_one_line_that_says_why_not(text):
    for read, meaning in ((read_numpy, Meaning), (read_latex, LatexMeaning)):
        said = complaint(read, meaning, text)
        assert said is None or ("column" in said and "\n" not in said)


HOSTILE = [
    "(" * 5000, "-" * 1999 + "y", "(" * 900 + "y" + ")" * 900, "y" + "[:]" * 600, "[" * 2000,
    "y" + "**2" * 600, "1+" * 900 + "1", "\x00", "y\ny", "((((((y+1)**16)**16)**16)**16)**16)",
    "9" * 30 + "**16", "1e-300**16", "sum(" * 70 + "y" + ")" * 70, "\\frac{" * 300, "|" * 1999,
    "tau**tau**tau**tau", "0**-1", "0/0", "(-1)**0.5", "log(0)", "exp(exp(exp(exp(99))))",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_hostile_text_does_no_harm(text):
    for read, meaning in ((read_numpy, Meaning), (read_latex, LatexMeaning)):
        said = complaint(read, meaning, text)
        assert said is None or ("column" in said and "\n" not in said)


def test_arrays_that_are_aligned_keep_an_index_that_no_other_has_elsewhere():
    k = axis_of(n)
    x, y = array("x", n), array("y", n)
    column, row = Tensor(x[k], (k, None)), Tensor(y[k], (None, k))
    (first, second), (left, right) = aligned([column, row])
    assert first != second
    assert (left.entry, right.entry) == (x[first], y[second])
    (only,), (left, right) = aligned([Tensor(x[k], (k,)), Tensor(Symbol("c"))])
    assert (only, left.entry, right.entry) == (k, x[k], Symbol("c"))
    (other,), _ = aligned([Tensor(x[k], (k,)), Tensor(y[k])])
    assert other != k
