"""Exercises beside the homework: a derivative each, whose answer the answer checker proves."""

from __future__ import annotations

from typing import NamedTuple


class Exercise(NamedTuple):
    """A thought that the exercise teaches, the function, the name to differentiate in, the answer.

    The function is asked as `python -m verify.answer --function FUNCTION --wrt NAME` asks it.
    """

    teaches: str
    function: str
    wrt: str
    answer: str
    shapes: str = ""
    assume: tuple[str, ...] = ()


RESIDUAL = "(y - X @ w)"

EXERCISES: dict[int, tuple[Exercise, ...]] = {
    1: (
        Exercise("the logarithm's partition function", "log(sum(exp(z)))", "z", "softmax(z)"),
        Exercise(
            "the other argument", "sum((A @ x + b - t)**2) / 2", "x", "A.T @ (A @ x + b - t)"
        ),
        Exercise(
            "a penalty adds its own gradient",
            "sum((A @ x - t)**2) / 2 + lam * sum(x**2) / 2",
            "x",
            "A.T @ (A @ x - t) + lam * x",
        ),
        Exercise("a matrix need not be symmetric", "x @ S @ x", "x", "(S + S.T) @ x"),
        Exercise("a product of vectors", "(a @ x) * (b @ x)", "x", "a * (b @ x) + b * (a @ x)"),
    ),
    2: (
        Exercise(
            "a loss without a kink, the pseudo-Huber loss",
            f"sum(sqrt(1 + {RESIDUAL}**2))",
            "w",
            f"-X.T @ ({RESIDUAL} / sqrt(1 + {RESIDUAL}**2))",
        ),
        Exercise(
            "the limit of small delta", f"sum(abs{RESIDUAL})", "w", f"-X.T @ sign{RESIDUAL}"
        ),
        Exercise(
            "influence that returns to zero, Cauchy's loss",
            f"sum(log(1 + {RESIDUAL}**2))",
            "w",
            f"-2 * X.T @ ({RESIDUAL} / (1 + {RESIDUAL}**2))",
        ),
        Exercise(
            "weights of samples, as in a step of IRLS",
            f"sum(c * {RESIDUAL}**2) / 2",
            "w",
            f"-X.T @ (c * {RESIDUAL})",
        ),
        Exercise(
            "the same in the targets", f"sum(c * {RESIDUAL}**2) / 2", "y", f"c * {RESIDUAL}"
        ),
    ),
    3: (
        Exercise(
            "the loss after one step, as a function of the learning rate",
            "a / 2 * (w - alpha * a * w)**2",
            "alpha",
            "-a**2 * w * (w - alpha * a * w)",
        ),
        Exercise(
            "how fast Adam's first step turns with the gradient",
            "g / (abs(g) + eps)",
            "g",
            "eps / (abs(g) + eps)**2",
            assume=("eps > 0",),
        ),
        Exercise(
            "the same with epsilon inside the root",
            "g / sqrt(g**2 + eps)",
            "g",
            "eps / ((g**2 + eps) * sqrt(g**2 + eps))",
            assume=("eps > 0",),
        ),
        Exercise("weight decay", "lam * sum(w**2) / 2", "w", "lam * w"),
        Exercise(
            "logistic regression, where momentum and Adam are compared",
            "sum(log(1 + exp(-y * (X @ w))))",
            "w",
            "-X.T @ (y / (1 + exp(y * (X @ w))))",
        ),
    ),
    4: (
        Exercise(
            "a temperature in the loss",
            "-sum(y * log(softmax(z / tau)))",
            "z",
            "(sum(y) * softmax(z / tau) - y) / tau",
            assume=("tau > 0",),
        ),
        Exercise(
            "smoothed labels q",
            "-sum(((1 - s) * y + s * q) * log(softmax(z)))",
            "z",
            "sum((1 - s) * y + s * q) * softmax(z) - ((1 - s) * y + s * q)",
        ),
        Exercise(
            "squared error of probabilities, whose gradient vanishes where softmax is sure",
            "sum((softmax(z) - y)**2) / 2",
            "z",
            "softmax(z) * ((softmax(z) - y) - softmax(z) @ (softmax(z) - y))",
        ),
        Exercise(
            "a sigmoid for each label",
            "-sum(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))",
            "z",
            "sigmoid(z) - y",
        ),
        Exercise("entropy", "-sum(p * log(p))", "p", "-log(p) - 1", assume=("p > 0",)),
    ),
    5: (
        Exercise("slope one at zero", "sum(tanh(x))", "x", "1 - tanh(x)**2"),
        Exercise("a leak", "sum(where(x > 0, x, a * x))", "x", "where(x > 0, 1, a)"),
        Exercise("ReLU without a kink, softplus", "sum(log(1 + exp(x)))", "x", "sigmoid(x)"),
        Exercise(
            "not monotone, swish",
            "sum(x * sigmoid(x))",
            "x",
            "sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x))",
        ),
        Exercise(
            "smooth at zero, ELU",
            "sum(where(x > 0, x, exp(x) - 1))",
            "x",
            "where(x > 0, 1, exp(x))",
        ),
    ),
    6: (
        Exercise(
            "a linear layer with the squared error",
            "sum((X @ W.T - Y)**2) / 2",
            "W",
            "(X @ W.T - Y).T @ X",
        ),
        Exercise(
            "what goes back to the layer below",
            "sum((X @ W.T - Y)**2) / 2",
            "X",
            "(X @ W.T - Y) @ W",
        ),
        Exercise(
            "the mask of ReLU", "sum(maximum(X @ W, 0))", "W", "X.T @ where(X @ W > 0, 1, 0)"
        ),
        Exercise(
            "the last of two layers",
            "sum((U @ tanh(W @ x) - t)**2) / 2",
            "U",
            "outer(U @ tanh(W @ x) - t, tanh(W @ x))",
        ),
        Exercise(
            "the first of two layers",
            "sum((U @ tanh(W @ x) - t)**2) / 2",
            "W",
            "outer((1 - tanh(W @ x)**2) * (U.T @ (U @ tanh(W @ x) - t)), x)",
        ),
    ),
}
