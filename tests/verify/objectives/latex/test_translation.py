r"""Objectives in LaTeX: each translation has, at random points, the value of a function by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count, product
from math import prod

import numpy as np
import pytest

from verify.language.tensor import ShapeError
from verify.objectives.asked import shapes_in
from verify.objectives.latex.translation import translated
from verify.objectives.latex.walk import Translated


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z, axis=-1):
    weights = np.exp(z)
    return weights / weights.sum(axis=axis, keepdims=True)


def sqdist(A, B):
    return np.array([[np.sum((a - b) ** 2) for b in B] for a in A])


NUMPY = {
    **{
        name: getattr(np, name)
        for name in (
            "sum", "prod", "max", "min", "exp", "log", "sqrt", "sin", "cos", "tanh", "abs", "sign",
            "where", "maximum", "minimum", "outer", "trace", "diag", "eye", "ones", "pi",
            "triu", "tril",
        )
    },
    "inv": np.linalg.inv, "det": np.linalg.det, "norm": np.linalg.norm,
    "sigmoid": sigmoid, "softmax": softmax, "sqdist": sqdist, "relu": lambda x: np.maximum(x, 0),
}  # fmt: skip


BEYOND_MATRICES = {0, 9, 44, 61, 75, 83, 110, 112, 175, 204, 248, 286}
"""Random sums in which a function is of three indices at once."""


def rows(X):
    return range(len(X))


VALUES: dict[str, Callable] = {
    # --- sums over indices
    r"\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda \|w\|_2^2": lambda y, X, w, lam: (
        sum((y[i] - X[i].dot(w)) ** 2 for i in rows(X)) + lam * w.dot(w)
    ),
    r"\sum_i (y_i - x_i)^2": lambda x, y: sum((b - a) ** 2 for a, b in zip(x, y, strict=True)),
    r"\frac{1}{2n}\sum_{i=1}^{n}\left(y_i - \mathbf{x}_i^{\mathsf T}\mathbf{w}\right)^2": (
        lambda y, X, w, n: sum((y[i] - X[i].dot(w)) ** 2 for i in rows(X)) / (2 * n)
    ),
    r"\sum_i \sum_j W_{ij} x_i y_j": lambda W, x, y: np.einsum("ij,i,j", W, x, y),
    r"\sum_{i=2}^n (x_i - x_{i-1})^2 + \sum_{i=1}^n y_i^2": lambda x, y: (
        sum((x[i] - x[i - 1]) ** 2 for i in range(1, len(x))) + y.dot(y)
    ),
    r"\sum_{t=2}^T \|x_t - A x_{t-1}\|^2": lambda X, A: sum(
        np.sum((X[t] - A.dot(X[t - 1])) ** 2) for t in range(1, len(X))
    ),
    r"\sum_{i=2}^{m-1} \sum_{j=1}^{n} (X_{i+1,j} - 2 X_{ij} + X_{i-1,j})^2": lambda X: sum(
        np.sum((X[i + 1] - 2 * X[i] + X[i - 1]) ** 2) for i in range(1, len(X) - 1)
    ),
    r"\sum_{i,j} X_{ij}^2": lambda X: np.einsum("ij,ij", X, X),
    r"\sum_{ij} A_{ij} B_{ji}": lambda A, B: np.einsum("ij,ji", A, B),
    r"\sum_i A_{ii}": lambda A: sum(A[i, i] for i in rows(A)),
    r"\sum_i A_{ii} x_i": lambda A, x: sum(A[i, i] * x[i] for i in rows(A)),
    r"\log\sum_k e^{z_k}": lambda z: np.log(sum(np.exp(a) for a in z)),
    r"-\sum_i y_i \log p_i": lambda y, p: -sum(a * np.log(b) for a, b in zip(y, p, strict=True)),
    r"\prod_i x_i": lambda x: prod(x),
    r"\log\prod_{i=1}^n (1 + x_i^2)": lambda x: sum(np.log(1 + a**2) for a in x),
    r"\max_i x_i - \min_j x_j": lambda x: max(x) - min(x),
    r"\sum_i \alpha_i x_i^\top w": lambda alpha, X, w: sum(
        alpha[i] * X[i].dot(w) for i in rows(X)
    ),
    r"\|\sum_i \alpha_i \mathbf{x}_i\|^2": lambda alpha, X: np.sum(
        sum(alpha[i] * X[i] for i in rows(X)) ** 2
    ),
    r"\operatorname{tr}\left(A \sum_{i=1}^n x_i x_i^\top\right)": lambda A, X: np.trace(
        A @ sum(np.outer(x, x) for x in X)
    ),
    r"\sum_i x_i^\top A x_i": lambda A, X: sum(x.dot(A.dot(x)) for x in X),
    r"\ell(w) = \sum_i (y_i - \sum_j x_{ij} w_j)^2": lambda y, X, w: sum(
        (y[i] - X[i].dot(w)) ** 2 for i in rows(X)
    ),
    r"\sum_{i=1}^n\sum_{k=1}^K r_{ik}\|x_i - \mu_k\|^2": lambda R, X, mu: sum(
        R[i, k] * np.sum((X[i] - mu[k]) ** 2) for i in rows(X) for k in rows(mu)
    ),
    r"\sum_{i,j} w_{ij} \|z_i - z_j\|^2": lambda W, Z: sum(
        W[i, j] * np.sum((Z[i] - Z[j]) ** 2) for i in rows(Z) for j in rows(Z)
    ),
    r"\sum_i (y_i - 2 X_i \beta)^2": lambda y, X, beta: sum(
        (y[i] - 2 * X[i].dot(beta)) ** 2 for i in rows(X)
    ),
    r"\sum_i (y_i - c X_i w)^2": lambda y, c, X, w: sum(
        (y[i] - c * X[i].dot(w)) ** 2 for i in rows(X)
    ),
    r"\sum_i \tanh(W_i x)": lambda W, x: sum(np.tanh(W[i].dot(x)) for i in rows(W)),
    r"\sum_i \|x_i - \mu\|_2^2": lambda X, mu: sum(np.sum((x - mu) ** 2) for x in X),
    r"\sum_i \|x_i - \mu\|": lambda X, mu: sum(np.sqrt(np.sum((x - mu) ** 2)) for x in X),
    r"J(\theta) = \frac{1}{2m}\sum_{i=1}^m (\theta^\top x^{(i)} - y^{(i)})^2": (
        lambda theta, X, y, m: sum((X[i].dot(theta) - y[i]) ** 2 for i in rows(X)) / (2 * m)
    ),
    r"\sum_i \sum_j (x^{(i)}_j - m_j)^2": lambda X, m: sum(
        (X[i, j] - m[j]) ** 2 for i in rows(X) for j in rows(m)
    ),
    r"-\sum_{n=1}^N \sum_{k=1}^K t_{nk} \log y_{nk}": lambda T, Y: -np.sum(T * np.log(Y)),
    r"-\sum_n t_n \log \frac{e^{a_n}}{\sum_k e^{a_k}}": lambda t, a: -sum(
        t[n] * np.log(np.exp(a[n]) / sum(np.exp(a))) for n in rows(t)
    ),
    r"\sum_{i} \|y^{(i)} - W x^{(i)} - b\|^2": lambda Y, W, X, b: sum(
        np.sum((Y[i] - W.dot(X[i]) - b) ** 2) for i in rows(X)
    ),
    r"\sum_{u,i} m_{ui} (r_{ui} - p_u^\top q_i)^2": lambda M, R, P, Q: sum(
        M[u, i] * (R[u, i] - P[u].dot(Q[i])) ** 2 for u in rows(P) for i in rows(Q)
    ),
    r"\sum_i\alpha_i - \frac12\sum_{i,j} \alpha_i\alpha_j y_i y_j x_i^\top x_j": (
        lambda alpha, y, X: sum(alpha)
        - sum(
            alpha[i] * alpha[j] * y[i] * y[j] * X[i].dot(X[j]) for i in rows(X) for j in rows(X)
        )
        / 2
    ),
    r"\sum_{i=0}^{n-1} x_i^3": lambda x: sum(a**3 for a in x),
    r"\sum^n_{i=1} |x_i|": lambda x: sum(abs(a) for a in x),
    r"\sum_{i} \sum_{j} (x_i - y_j)^2": lambda x, y: sum((a - b) ** 2 for a in x for b in y),
    r"\sum_{i} \left(\sum_j A_{ij} - x_i\right)^2": lambda A, x: sum(
        (sum(A[i]) - x[i]) ** 2 for i in rows(A)
    ),
    r"\sum_k \left(\sum_j A_{jk} x_j\right)^2": lambda A, x: np.sum((A.T @ x) ** 2),
    r"\sum_{i,j} (\sum_k U_{ik} V_{jk} - R_{ij})^2": lambda U, V, R: sum(
        (U[i].dot(V[j]) - R[i, j]) ** 2 for i in rows(U) for j in rows(V)
    ),
    r"\sum_i (A x)_i^2 + \sum_i [B x]_i": lambda A, B, x: np.sum(A.dot(x) ** 2) + sum(B.dot(x)),
    r"\sum_i c_i \operatorname{softmax}(z)_i": lambda c, z: c.dot(np.exp(z) / sum(np.exp(z))),
    r"\sum_i \max_j X_{ij}": lambda X: sum(max(row) for row in X),
    r"\sum_i \prod_j X_{ij}": lambda X: sum(prod(row) for row in X),
    r"\frac{e^{z_i}}{\sum_j e^{z_j}}": lambda z: np.exp(z) / sum(np.exp(z)),
    # --- losses
    r"\sum_{i=1}^{n} \log(1 + \exp(-y_i \mathbf{w}^\top \mathbf{x}_i))": lambda y, w, X: sum(
        np.log(1 + np.exp(-y[i] * w.dot(X[i]))) for i in rows(X)
    ),
    r"\sum_i \max(0, 1 - y_i(w^\top x_i + b)) + \frac{\lambda}{2}\|w\|^2": (
        lambda y, w, X, b, lam: sum(max(0, 1 - y[i] * (w.dot(X[i]) + b)) for i in rows(X))
        + lam / 2 * w.dot(w)
    ),
    r"C\sum_i [1 - y_i w^\top x_i]_+ + \tfrac12 \|w\|_2^2": lambda C, y, w, X: (
        C * sum(max(0, 1 - y[i] * w.dot(X[i])) for i in rows(X)) + w.dot(w) / 2
    ),
    r"\sum_{i=1}^n \left( -y_i \log \sigma(w^\top x_i)"
    r" - (1-y_i) \log(1-\sigma(w^\top x_i)) \right)": (
        lambda y, w, X: sum(
            -y[i] * np.log(sigmoid(w.dot(X[i]))) - (1 - y[i]) * np.log(1 - sigmoid(w.dot(X[i])))
            for i in rows(X)
        )
    ),
    r"\sum_i \begin{cases} \frac12 r_i^2 & |r_i| \le \delta \\ \delta |r_i| - \frac12\delta^2 & "
    r"\text{otherwise}\end{cases}": lambda r, delta: sum(
        a**2 / 2 if abs(a) <= delta else delta * abs(a) - delta**2 / 2 for a in r
    ),
    r"\sum_i \begin{cases} r_i & r_i > 0 \\ a r_i & r_i \leq 0 \end{cases}": lambda r, a: sum(
        b if b > 0 else a * b for b in r
    ),
    r"\sum_i \mathbb{1}[x_i > 1] x_i^2": lambda x: sum(a**2 for a in x if a > 1),
    r"\frac1n\|y - X w - \mathbf{1} b\|_2^2": lambda n, y, X, w, b: (
        np.sum((y - X @ w - b) ** 2) / n
    ),
    r"-\log\sigma(y\,w^\top x)": lambda y, w, x: -np.log(sigmoid(y * w.dot(x))),
    r"-(y\log\hat y + (1-y)\log(1-\hat y))": lambda y, yhat: -(
        y * np.log(yhat) + (1 - y) * np.log(1 - yhat)
    ),
    # --- matrices
    r"\|y - Xw\|_2^2 + \lambda\|w\|^2": lambda y, X, w, lam: (
        sum((y - X.dot(w)) ** 2) + lam * sum(w**2)
    ),
    r"||y - Xw||^2 + \lambda ||w||_1": lambda y, X, w, lam: (
        sum((y - X.dot(w)) ** 2) + lam * sum(abs(w))
    ),
    r"\frac12 x^\top A x + b^\top x": lambda x, A, b: x.dot(A.dot(x)) / 2 + b.dot(x),
    r"\operatorname{tr}(A^\top X)": lambda A, X: np.einsum("ij,ij", A, X),
    r"\mathrm{tr}(A X^{-1} B)": lambda A, X, B: np.trace(A @ np.linalg.solve(X, B)),
    r"\log\det X": lambda X: np.log(np.linalg.det(X)),
    r"(x-\mu)^\top \Sigma^{-1} (x-\mu) + \log|\Sigma|": lambda x, mu, Sigma: (
        (x - mu).dot(np.linalg.solve(Sigma, x - mu)) + np.log(np.linalg.det(Sigma))
    ),
    r"\operatorname{tr}(X^{-\top} A)": lambda X, A: np.trace(np.linalg.inv(X.T) @ A),
    r"\|X - U V^\top\|_F^2 + \lambda(\|U\|_F^2 + \|V\|_F^2)": lambda X, U, V, lam: (
        np.sum((X - np.einsum("ik,jk", U, V)) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))
    ),
    r"\|X\|_F": lambda X: np.sqrt(np.sum(X * X)),
    r"\mathbf{1}^\top A \mathbf{1}": lambda A: sum(sum(A)),
    r"x x^\top": lambda x: np.array([[a * b for b in x] for a in x]),
    r"a^\top x x^\top b": lambda a, x, b: a.dot(x) * x.dot(b),
    r"A \odot B": lambda A, B: A * B,
    r"\operatorname{tr}(A^3)": lambda A: np.trace(np.linalg.matrix_power(A, 3)),
    r"\operatorname{tr}((A X - I)^\top (A X - I))": lambda A, X: np.sum(
        (A @ X - np.eye(len(A))) ** 2
    ),
    r"\|X + \lambda I\|_F^2": lambda X, lam: np.sum((X + lam * np.eye(len(X))) ** 2),
    r"\frac{x^\top A x}{x^\top x}": lambda x, A: x.dot(A.dot(x)) / x.dot(x),
    r"\langle A x, y \rangle": lambda A, x, y: y.dot(A.dot(x)),
    r"w \cdot x + b": lambda w, x, b: w.dot(x) + b,
    r"u^\top \operatorname{diag}(v) u": lambda u, v: sum(u**2 * v),
    r"\|y - \sigma(Wx + b)\|^2": lambda y, W, x, b: sum((y - sigmoid(W.dot(x) + b)) ** 2),
    r"\|W_2 \tanh(W_1 x + b_1) + b_2 - y\|^2": lambda W2, W1, x, b1, b2, y: sum(
        (W2.dot(np.tanh(W1.dot(x) + b1)) + b2 - y) ** 2
    ),
    r"\operatorname{tr}(G^\top \operatorname{softmax}(Q K^\top/\sqrt{d}) V)": (
        lambda G, Q, K, d, V: np.sum(G * (softmax(Q @ K.T / np.sqrt(d), 1) @ V))
    ),
    r"\|x\|_\infty": lambda x: max(abs(x)),
    r"\|x\|^4": lambda x: sum(x**2) ** 2,
    r"a^\top (b \otimes c) d": lambda a, b, c, d: a.dot(b) * c.dot(d),
    # --- numbers
    r"\log(1+e^{-z})": lambda z: np.log(1 + np.exp(-z)),
    r"\max(0, 1 - z)": lambda z: max(0, 1 - z),
    r"\max\{a, b\} \cdot \min(a, 2)": lambda a, b: (
        sum(max(c, d) * min(c, 2) for c, d in zip(a, b, strict=True))
    ),
    r"\frac{1}{\sqrt{2\pi}\sigma} e^{-\frac{(x-\mu)^2}{2\sigma^2}}": lambda sigma, x, mu: (
        np.exp(-((x - mu) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi) / sigma
    ),
    r"\sum_{i<j} (x_i - x_j)^2": lambda x: (
        sum((x[i] - x[j]) ** 2 for i in rows(x) for j in rows(x) if i < j)
    ),
    r"\sum_i \sum_{j \ge i} A_{ji} x_i": lambda A, x: (
        sum(A[j, i] * x[i] for i in rows(x) for j in rows(x) if j >= i)
    ),
    r"\sum_{j \ne i} A_{ij} x_i y_j": lambda A, x, y: (
        sum(A[i, j] * x[i] * y[j] for i in rows(x) for j in rows(x) if i != j)
    ),
    r"\|x - y\|_3^3 / \|x\|_q": lambda x, y, q: (
        np.sum(abs(x - y) ** 3) / np.sum(abs(x) ** q) ** (1 / q)
    ),
    r"(y - w x - b)^2": lambda y, w, x, b: (y - w * x - b) ** 2,
    r"\sqrt{x^2 + y^2}/2": lambda x, y: np.hypot(x, y) / 2,
    r"|x|^3 - x^{-2}": lambda x: abs(x) ** 3 - 1 / x**2,
    r"w_0 + \sum_j w_j x_j": lambda w0, w, x: w0 + w.dot(x),
    r"\sin x \cos y + \ln x": lambda x, y: np.sin(x) * np.cos(y) + np.log(x),
}  # fmt: skip
"""Objectives as people write them, and the same function by hand over the names they have."""


@pytest.mark.parametrize("text", VALUES)
def test_a_translation_has_the_value_of_the_function_by_hand(text):
    by_hand = VALUES[text]
    for seed in range(3):
        found, values = at_random(translated(text, {}), np.random.default_rng(seed))
        wanted = by_hand.__code__.co_varnames[: by_hand.__code__.co_argcount]
        assert set(wanted) <= values.keys()
        np.testing.assert_allclose(found, by_hand(**{name: values[name] for name in wanted}))


def at_random(translation: Translated, rng: np.random.Generator):
    """The value of a translation at a random point, and the point."""
    lengths: dict[object, int] = {}
    names = count(3)
    values = {}
    for name, shape in translation.shapes.items():
        sizes = [s if isinstance(s, int) else lengths.setdefault(s, next(names)) for s in shape]
        values[name] = rng.uniform(0.2, 0.8, size=sizes) + (
            2 * np.eye(sizes[0]) if len(sizes) == 2 and sizes[0] == sizes[1] else 0
        )
    for size in {"n", "m", "d", "N", "K"} - values.keys() - lengths.keys():
        lengths[size] = 7
    values |= {str(size): length for size, length in lengths.items()}
    return eval(translation.text, {"__builtins__": {}, **NUMPY}, values), values


@pytest.mark.parametrize("seed", range(300))
def test_sums_of_products_of_entries_are_those_of_loops(seed):
    text, by_loops = random_sum(random.Random(seed))
    shapes = shapes_in("x: n, y: n, A: n n, B: n n, C: n n")
    if seed in BEYOND_MATRICES:
        with pytest.raises(ShapeError, match="three axes at once"):
            translated(text, shapes)
        return
    translation = translated(text, shapes)
    found, values = at_random(translation, np.random.default_rng(seed))
    np.testing.assert_allclose(found, by_loops(values), err_msg=f"{text}  {translation.text}")


def random_sum(rng: random.Random) -> tuple[str, Callable]:
    r"""As `\sum_{i}\sum_{j} (x_i - A_{ij})^2 B_{ji}`, and the same sum by loops."""
    indices = rng.sample("ijk", rng.choice((1, 2, 2, 3)))
    factors = [_factor(rng, indices) for _ in range(rng.randint(1, 4))]
    used = [index for index in indices if any(index in where for _, where, _ in factors)]
    text = "".join(rf"\sum_{{{index}}} " for index in used) + " ".join(f for f, _, _ in factors)

    def by_loops(values) -> float:
        size = values["n"]
        return sum(
            prod(value(values, dict(zip(used, at, strict=True))) for _, _, value in factors)
            for at in product(range(size), repeat=len(used))
        )

    return text, by_loops


def _factor(rng: random.Random, indices: list[str]) -> tuple[str, set[str], Callable]:
    parts = [_entry(rng, indices) for _ in range(rng.choice((1, 1, 1, 2)))]
    if len(parts) == 1:
        return parts[0]
    (first, one, left), (second, other, right) = parts
    square = rng.choice((r"(%s - %s)^2", r"\tanh(%s + %s)"))
    apply = (lambda a, b: (a - b) ** 2) if "^2" in square else (lambda a, b: np.tanh(a + b))
    return square % (first, second), one | other, lambda v, at: apply(left(v, at), right(v, at))


def _entry(rng: random.Random, indices: list[str]) -> tuple[str, set[str], Callable]:
    name = rng.choice("xyABC")
    at = [rng.choice(indices) for _ in range(1 if name in "xy" else 2)]
    value = lambda values, place: values[name][tuple(place[index] for index in at)]  # noqa: E731
    return f"{name}_{{{''.join(at)}}}", set(at), value
