"""Gradients from issue trackers and question sites: wrong, or right and called wrong.

Each row is restated from the thread whose name stands beside it.
"""

import numpy as np
import pytest

from verify import Domain, check_gradient
from verify.numerics.domain import constant, integers, uniform

RNG = np.random.default_rng(5)


def logistic(u):
    return 1 / (1 + np.exp(-u))


def log_softmax(z):
    return z - z.max() - np.log(np.exp(z - z.max()).sum())


def row_log_softmax(Z):
    return np.stack([log_softmax(row) for row in Z])


def softmax(z):
    return np.exp(log_softmax(z))


def at(n, draw):
    return Domain({"x": ("n",)}, {"x": draw}, ({"n": n},))


def upstream(z, v):
    return (v * log_softmax(z)).sum()


def underflowing(z, v):
    return v - softmax(z) * (np.exp(log_softmax(z)) * v / np.exp(log_softmax(z))).sum()


ONE_HOT = np.eye(4)[[0, 1, 2]]
Z_V = {"z": (4,), "v": (4,)}
ROWS = {"Z": (3, 4), "v": (3,)}
FAR = Domain(
    {"z": ("n",), "v": ("n",)}, {"z": uniform(-1500, 1500), "v": uniform(1, 2)}, ({"n": 4},)
)
SMOOTHED = np.array([0.95, 0.05])
T = np.array([0.3, -0.5, 1.2, 0.1])
LABELS = np.array([0, 1, 1, 0, 1.0])
X0, T0 = RNG.normal(size=3), RNG.normal(size=4)
MASK = np.array([1, 0, 1, 1, 0, 1.0])
B, U = RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
M = RNG.normal(size=(4, 4))
UNIT_ROWS = np.abs(RNG.normal(size=(4, 3)))
UNIT_ROWS /= UNIT_ROWS.sum(axis=1, keepdims=True)
Y32 = RNG.normal(size=200).astype(np.float32)
QUERY, KEY, VALUE, OUT = (RNG.normal(size=(4, 3)) for _ in range(4))
VECTOR = RNG.normal(size=4)
A_OF_TRACE, C_OF_TRACE = RNG.normal(size=(3, 3)), RNG.normal(size=(4, 4))
LEFT, RIGHT = RNG.normal(size=(4, 4)), RNG.normal(size=(4, 4))


def cross_entropy(Z, v):
    return -(v[:, None] * ONE_HOT * row_log_softmax(Z)).sum()


def huber_weights(r):
    return (np.minimum(1, 1 / np.abs(r)) * r * r).sum()


def modified_huber(m):
    return np.where(m >= -1, np.maximum(0, 1 - m) ** 2, -4 * m).sum()


def pinball(p):
    return np.where(p < T, 0.2 * (T - p), 0.8 * (p - T)).sum()


def logistic_loss(P):
    return np.log1p(np.exp(-LABELS * P)).sum()


def decayed(w):
    return np.logaddexp(0, -w).sum() + 0.05 * (w**2).sum()


def rows_of(B, gamma):
    mean, iv = B.mean(axis=0), 1 / np.sqrt(B.var(axis=0) + 1e-5)
    return (U * gamma * (B - mean) * iv).sum()


def batch_norm_dx(B, gamma, flowing):
    iv = 1 / np.sqrt(B.var(axis=0) + 1e-5)
    xhat = (B - B.mean(axis=0)) * iv
    return (flowing - flowing.mean(0) - (flowing * xhat).mean(0) * xhat) * iv


def other_batch_norm_dx(B, gamma):
    flowing = U * gamma
    iv = 1 / np.sqrt(B.var(axis=0) + 1e-5)
    t = (flowing - (flowing * (B - B.mean(0)) * iv).mean(0) * (B - B.mean(0)) * iv) * iv
    return t - t.mean(0)


def attention(Q):
    S = Q @ KEY.T / np.sqrt(3)
    P = np.exp(S - S.max(1, keepdims=True))
    return (OUT * ((P / P.sum(1, keepdims=True)) @ VALUE)).sum()


def attention_gradient(kind):
    def gradient(Q):
        P = np.stack([softmax(row) for row in Q @ KEY.T / np.sqrt(3)])
        dP, O = OUT @ VALUE.T, P @ VALUE  # noqa: E741
        D = {
            "O": (OUT * O).sum(1, keepdims=True), "P": (dP * P).sum(1, keepdims=True), "0": 0,
            "unscaled": (OUT * O).sum(1, keepdims=True),
        }[kind]  # fmt: skip
        return P * (dP - D) @ KEY / (1 if kind == "unscaled" else np.sqrt(3))

    return gradient


def cosine(a):
    return a @ VECTOR / np.linalg.norm(a) / np.linalg.norm(VECTOR)


def cosine_gradient(sign):
    def gradient(a):
        size = np.linalg.norm(a)
        return VECTOR / (size * np.linalg.norm(VECTOR)) + sign * cosine(a) * a / size**2

    return gradient


def normalised(x):
    return (x - x.mean()) / x.std()


def normalised_jacobian(x):
    n, y = len(x), normalised(x)
    return (np.eye(n) - 1 / n) / x.std() - np.outer(y, y) / (n * x.std())


def trace_form(A):
    return np.trace(A @ A_OF_TRACE @ A.T @ C_OF_TRACE)


def product_rule(terms):
    def gradient(A):
        one, other = C_OF_TRACE @ A @ A_OF_TRACE, C_OF_TRACE.T @ A @ A_OF_TRACE.T
        return one + other if terms == 2 else other

    return gradient


def factorisation(X):
    return 0.5 * ((LEFT - X @ RIGHT.T) ** 2).sum()


WEIGHTS = RNG.normal(size=(4, 4))
BINARY = (WEIGHTS > 0) * 1.0


def masked(W):
    return lambda U: ((W * (LEFT - U @ RIGHT.T)) ** 2).sum()


def masked_gradient(W):
    return lambda U: 2 * (W * (U @ RIGHT.T - LEFT)) @ RIGHT


def quadratic_of_inverse(S):
    return VECTOR @ np.linalg.inv(S) @ VECTOR


CASES = {
    "oneDNN 616: log-softmax's own output in its backward pass": (
        upstream, lambda z, v: v - (v * log_softmax(z)).sum(), Z_V, False),
    "mlpack 2360": (upstream, lambda z, v: softmax(z) + v, Z_V, False),
    "log-softmax": (upstream, lambda z, v: v - softmax(z) * v.sum(), Z_V, True),
    "dynet 218: right at small logits": (upstream, underflowing, Z_V, True),
    "dynet 218: underflow": (upstream, underflowing, FAR, False),
    "math.SE 3789676: a temperature lost": (
        lambda z, c: -(softmax(c) * log_softmax(z / 3)).sum(),
        lambda z, c: softmax(z / 3) - softmax(c), {"z": (4,), "c": (4,)}, False),
    "aprender 2182: the first weight for all": (
        cross_entropy, lambda Z, v: v[0] * (np.exp(row_log_softmax(Z)) - ONE_HOT) / 3, ROWS, False),
    "aprender 2182, right": (
        cross_entropy, lambda Z, v: v[:, None] * (np.exp(row_log_softmax(Z)) - ONE_HOT), ROWS,
        True),
    "fastai 1814: smoothed labels that do not sum to one": (
        lambda z: -(1 - 0.1 * 4 / 3) * log_softmax(z)[1] - 0.1 * log_softmax(z).mean(),
        lambda z: softmax(z) - (0.9 * np.eye(4)[1] + 0.1 / 4), (4,), False),
    "pytorch 148884: at its minimum": (
        lambda z: -(SMOOTHED * log_softmax(z)).sum(), lambda z: softmax(z) - SMOOTHED,
        at(2, lambda rng, shape: np.broadcast_to(np.log(SMOOTHED), shape)), True),
    "lsd_slam 120: Huber's weights": (huber_weights, lambda r: 2 * np.clip(r, -1, 1), (6,), False),
    "lsd_slam 120, at the threshold": (
        huber_weights, lambda r: np.full(3, 1.5), at(3, constant(1.0)), True),
    "stdlib 13111": (
        modified_huber, lambda m: np.where(m < -1, -4.0, -(1 - m)), at(6, uniform(-3, 3)), False),
    "stdlib 13111, the proposed fix": (
        modified_huber, lambda m: np.where(m < -1, -4.0, -2 * (1 - m)), at(6, uniform(-3, 3)),
        False),
    "stdlib 13111, right in [-1, 3]": (
        modified_huber, lambda m: -2 * np.maximum(0, 1 - m), at(6, uniform(-1, 3)), True),
    "scikit-learn 6076: the loss is wrong": (
        lambda p: np.where(p < T, 0.2 * (T - p), 0.8 * (T - p)).sum(),
        lambda p: np.where(p < T, -0.2, 0.8), (4,), False),
    "scikit-learn 6076, right": (pinball, lambda p: np.where(p < T, -0.2, 0.8), (4,), True),
    "OpenSTEF 328: squared": (
        pinball, lambda p: (0.2 * (p < T) + 0.8 * (p > T)) * (p - T), (4,), False),
    "npfl139 17: exchanged": (pinball, lambda p: np.where(p < T, -0.8, 0.2), (4,), False),
    "pinball at its kink": (
        lambda p: np.where(p < 0, -0.2 * p, 0.8 * p).sum(), lambda p: np.full(3, 0.1),
        at(3, constant(0.0)), True),
    "pinball at its kink, outside": (
        lambda p: np.where(p < 0, -0.2 * p, 0.8 * p).sum(), lambda p: np.full(3, -0.3),
        at(3, constant(0.0)), False),
    "spark 3899: labels 0 and 1": (logistic_loss, lambda P: logistic(P) - LABELS, (5,), False),
    "math.SE 2434833: half the size": (
        lambda A: ((A @ X0 - T0) ** 2).sum(), lambda A: (A @ X0 - T0)[:, None] * X0, (4, 3), False),
    "pytorch 38853: decay": (decayed, lambda w: -logistic(-w) + 0.1 * w, (4,), True),
    "AdamW-pytorch 1: decay of the other sign": (
        decayed, lambda w: -logistic(-w) - 0.1 * w, (4,), False),
    "Deeplearning.ai-NLP 62: rows that sum to one": (
        lambda b, Z: ((Z + b) ** 2).sum(),
        lambda b, Z: ((2 * (Z + b)).T @ UNIT_ROWS).sum(axis=1), {"b": (2,), "Z": (4, 2)}, True),
    "Deeplearning.ai-NLP 62: other rows": (
        lambda b, Z: ((Z + b) ** 2).sum(),
        lambda b, Z: ((2 * (Z + b)).T @ B[:4]).sum(axis=1), {"b": (2,), "Z": (4, 2)}, False),
    "pytorch 31938": (
        lambda x: np.where(x > 0, x, -2 * x),
        lambda x: np.diag(np.where(np.where(x > 0, x, -2 * x) > 0, 1.0, -2.0)), (4,), False),
    "pytorch 31938, right": (
        lambda x: np.where(x > 0, x, -2 * x), lambda x: np.diag(np.where(x > 0, 1.0, -2.0)), (4,),
        True),
    "pytorch 31938, at the kink": (
        lambda x: np.where(x > 0, x, -2 * x), lambda x: np.diag(np.full(3, -0.7)),
        at(3, constant(0.0)), True),
    "numpy-ml 94: dropout": (lambda x: (2 * MASK * x).sum(), lambda x: 2 * np.ones(6), (6,), False),
    "kaldi 3890: out / in": (
        lambda x: 2 * MASK * x, lambda x: np.diag(2 * MASK * x / x), (6,), True),
    "kaldi 3890: out / in, at 0": (
        lambda x: 2 * MASK * x,
        lambda x: np.diag(np.where(x == 0, 1.0,
        np.divide(2 * MASK * x, x, out=np.ones(6), where=x != 0))),
        at(6, integers(-1, 1)), False),
    "Knet 288: gamma lost": (
        rows_of, lambda B, gamma: batch_norm_dx(B, gamma, U), {"B": (5, 3), "gamma": (3,)}, False),
    "Knet 288: gamma lost, and 1": (
        rows_of, lambda B, gamma: batch_norm_dx(B, gamma, U), {"B": (5, 3), "gamma": np.ones(3)},
        True),
    "darknet 29: no term is missing": (
        rows_of, lambda B, gamma: batch_norm_dx(B, gamma, U * gamma),
        {"B": (5, 3), "gamma": (3,)}, True),
    "caffe 3912: the other form": (
        rows_of, other_batch_norm_dx, {"B": (5, 3), "gamma": (3,)}, True),
    "Theano 144: zeros beside a fault": (
        lambda x: (x[:2] ** 3).sum(), lambda x: np.r_[3.3 * x[0] ** 2, 3 * x[1] ** 2, 0, 0], (4,),
        False),
    "OpenMDAO 928: an output never assigned": (lambda x: 0 * x.sum(), np.ones_like, (4,), False),
    "cs249r 2053: a constant function": (
        lambda z: softmax(z).sum(), lambda z: softmax(z) * (1 - 1.0), (4,), True),
    "Mnemosyne 310: the wrong backward, ones flowing in": (
        lambda z, v: (softmax(z) * v).sum(), lambda z, v: softmax(z) * (v - v.mean()),
        {"z": (4,), "v": np.ones(4)}, True),
    "Mnemosyne 310: the wrong backward": (
        lambda z, v: (softmax(z) * v).sum(), lambda z, v: softmax(z) * (v - v.mean()), Z_V, False),
    "Paddle 4283: float32": (
        lambda x: np.float32((x.astype(np.float32) * Y32).sum()), lambda x: Y32, (200,), True),
    "Paddle 4283: float32, 1 % off": (
        lambda x: np.float32((x.astype(np.float32) * Y32).sum()), lambda x: 1.01 * Y32, (200,),
        False),
    "tensorflow-fast-rcnn 12: nearly a tie": (
        lambda x: x.max(), lambda x: np.eye(3)[x.argmax()], np.array([1, 1 - 1e-9, 0]), True),
    "tensorflow-fast-rcnn 12: a tie": (
        lambda x: x.max(), lambda x: np.array([0.5, 0.5, 0]), np.array([1.0, 1, 0]), True),
    "tensorflow-fast-rcnn 12: both of a tie": (
        lambda x: x.max(), lambda x: np.array([1.0, 1, 0]), np.array([1.0, 1, 0]), False),
    "picotron 37: from O": (attention, attention_gradient("O"), (4, 3), True),
    "picotron 37: from P": (attention, attention_gradient("P"), (4, 3), True),
    "picotron 37: without": (attention, attention_gradient("0"), (4, 3), False),
    "picotron 37: unscaled": (attention, attention_gradient("unscaled"), (4, 3), False),
    "math.SE 1874672: cosine similarity": (cosine, cosine_gradient(-1), (4,), True),
    "math.SE 1874672: the sign": (cosine, cosine_gradient(1), (4,), False),
    "datascience.SE 89630: layer norm": (normalised, normalised_jacobian, (5,), True),
    "math.SE 2816512: log det": (
        lambda X: np.log(np.abs(np.linalg.det(X))), lambda X: np.linalg.inv(X).T, (3, 3), True),
    "math.SE 2816512: not transposed": (
        lambda X: np.log(np.abs(np.linalg.det(X))), np.linalg.inv, (3, 3), False),
    "math.SE 2342457: the product rule": (trace_form, product_rule(2), (4, 3), True),
    "math.SE 2342457: one occurrence of two": (trace_form, product_rule(1), (4, 3), False),
    "math.SE 3222371": (lambda x: x @ M @ x, lambda x: 2 * M @ x, (4,), False),
    "math.SE 3172892": (factorisation, lambda X: -(LEFT - X @ RIGHT.T) @ RIGHT, (4, 4), True),
    "math.SE 3172892: transposed, and square": (
        factorisation, lambda X: -(LEFT - X @ RIGHT.T) @ RIGHT.T, (4, 4), False),
    "math.SE 2705924: 0 and 1": (masked(BINARY), masked_gradient(BINARY), (4, 4), True),
    "math.SE 2705924: weights": (masked(WEIGHTS), masked_gradient(WEIGHTS), (4, 4), False),
    "PyTorch-VAE 69: log of the variance": (
        lambda s: 0.5 * (np.exp(s) - 1 - s).sum(), lambda s: 0.5 * (np.exp(s) - 1), (4,), True),
    "vgae 2: log of the deviation": (
        lambda s: 0.5 * (np.exp(s) - 1 - s).sum(), lambda s: np.exp(2 * s) - 1, (4,), False),
    "VAE-Torch 5: off by 1/4": (
        lambda s: (0.5 * s + (T - 1) ** 2 / (2 * np.exp(s))).sum(),
        lambda s: 0.25 - (T - 1) ** 2 / (2 * np.exp(s)), (4,), False),
    "math.SE 4647348: the inverse": (
        quadratic_of_inverse,
        lambda S: -np.outer(np.linalg.solve(S.T, VECTOR), np.linalg.solve(S, VECTOR)), (4, 4),
        True),
    "math.SE 4647348: the sign": (
        quadratic_of_inverse,
        lambda S: np.outer(np.linalg.solve(S.T, VECTOR), np.linalg.solve(S, VECTOR)), (4, 4),
        False),
    "ARQMath: |Lx|^2": (lambda L: (L @ X0) @ (L @ X0), lambda L: 2 * L * (X0 @ X0), (3, 3), False),
    "ARQMath: |Lx|^2, right": (
        lambda L: (L @ X0) @ (L @ X0), lambda L: 2 * np.outer(L @ X0, X0), (3, 3), True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_field_case_gets_its_verdict(name):
    function, gradient, places, right = CASES[name]
    report = check_gradient(function, gradient, places, points=5)
    assert report.passed is right, str(report)
    if not right:
        assert report.mismatches


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("math.SE 3789676: a temperature lost", "yours is 3 times the right one"),
        ("math.SE 2434833: half the size", "yours is 1/2 times the right one"),
        ("math.SE 4647348: the sign", "the sign: yours is the negative"),
        ("math.SE 2816512: not transposed", "transposed"),
        ("spark 3899: labels 0 and 1", "wrong only at 0, 3"),
        ("VAE-Torch 5: off by 1/4", "yours is -1/4 more than the right one"),
        ("stdlib 13111, the proposed fix", "wrong only where x > "),
        ("cs249r 2053: a constant function", "proves nothing: the gradient is 0 at every point"),
        ("pytorch 148884: at its minimum", "proves nothing: the gradient is 0 at every point"),
        ("Mnemosyne 310: the wrong backward, ones flowing in", "v is 1 everywhere"),
        ("Knet 288: gamma lost, and 1", "gamma is 1 everywhere"),
    ],
)
def test_a_field_case_comes_with_its_reason(name, says):
    function, gradient, places, _ = CASES[name]
    assert says in str(check_gradient(function, gradient, places))
