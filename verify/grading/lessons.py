"""For each question a right answer and three wrong ones that people really write.

They are graded when the claims are proved, and what the checker says of each is recorded: a
document can then show a mistake with the point that refutes it, and compute nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from verify.checking.results import GradedAnswer
from verify.grading.record import record_of
from verify.grading.words import reason
from verify.grading.workers import Task


class Mistake(NamedTuple):
    """A wrong answer, and the thought that leads to it."""

    answer: str
    thought: str


class Lesson(NamedTuple):
    """What may be answered to a claim's question, right and wrong."""

    id: str
    right: str
    mistakes: tuple[Mistake, ...]


LESSONS = (
    Lesson(
        "softmax.jacobian",
        "(diag(y) - outer(y, y)) / tau",
        (
            Mistake("diag(y) - outer(y, y)", "the inner derivative of z/tau is forgotten"),
            Mistake(
                "diag(y * (1 - y)) / tau", "each output is taken to depend on its own logit alone"
            ),
            Mistake("(diag(y) + outer(y, y)) / tau", "the minus of the quotient rule is lost"),
        ),
    ),
    Lesson(
        "least_squares.grad_A",
        "outer(A @ x + b - t, x)",
        (
            Mistake("2 * outer(A @ x + b - t, x)", "the half in front is forgotten"),
            Mistake("outer(x, A @ x + b - t)", "rows and columns are exchanged"),
            Mistake("outer(A @ x - t, x)", "the offset b is left out of the residual"),
        ),
    ),
    Lesson(
        "huber.gradient",
        "-X.T @ clip(y - X @ w, -delta, delta)",
        (
            Mistake(
                "X.T @ clip(y - X @ w, -delta, delta)", "the inner derivative, -x_i, loses its sign"
            ),
            Mistake(
                "-X.T @ where(abs(r) <= delta, r, delta)",
                "beyond delta the residual's sign is lost",
            ),
            Mistake("-X.T @ (y - X @ w)", "only the quadratic branch is differentiated"),
        ),
    ),
    Lesson(
        "huber.irls",
        "-X.T @ (omega * r)",
        (
            Mistake("-X.T @ (sqrt(omega) * r)", "the weight is put into the residual, as a root"),
            Mistake("X.T @ (omega * r)", "the inner derivative, -x_i, loses its sign"),
            Mistake("-X.T @ (omega * y)", "the targets are weighed instead of the residuals"),
        ),
    ),
    Lesson(
        "huber.ridge_gradient",
        "-X.T @ psi + lam * w",
        (
            Mistake("-X.T @ psi + 2 * lam * w", "the half in front is forgotten"),
            Mistake("-X.T @ psi - lam * w", "the penalty gets the sign of the data term"),
            Mistake("-X.T @ r + lam * w", "the residuals are not clipped any more"),
        ),
    ),
    Lesson(
        "adam.step1.w2",
        "w1 - alpha * g1 / (abs(g1) + epsilon)",
        (
            Mistake("w1 - alpha * sign(g1)", "epsilon is left out"),
            Mistake(
                "w1 - alpha * (1 - beta1) * g1 / (sqrt((1 - beta2) * g1 ** 2) + epsilon)",
                "neither moment is corrected",
            ),
            Mistake("w1 - alpha * g1 / sqrt(g1 ** 2 + epsilon)", "epsilon is put inside the root"),
        ),
    ),
    Lesson(
        "momentum.steady_state",
        "g / (1 - mu)",
        (
            Mistake("g", "the velocity is taken for an average"),
            Mistake("g / mu", "the geometric series is summed wrongly"),
            Mistake("(1 - mu) * g", "the factor is put above instead of below"),
        ),
    ),
    Lesson(
        "initialization.he.1",
        "q / 2",
        (
            Mistake("q", "ReLU is taken to change nothing"),
            Mistake("q / 4", "half of the values are there, and these are halved again"),
            Mistake("sqrt(q / 2)", "the root mean square is given instead"),
        ),
    ),
    Lesson(
        "layers.linear_dW",
        "dZ.T @ X",
        (
            Mistake("X.T @ dZ", "this is the gradient of W transposed"),
            Mistake("dZ.T @ X / N", "the mean over the batch is taken twice"),
            Mistake("-dZ.T @ X", "the step of the optimiser is mixed in"),
        ),
    ),
    Lesson(
        "layers.sigmoid",
        "dY * sigmoid(X) * (1 - sigmoid(X))",
        (
            Mistake("sigmoid(X) * (1 - sigmoid(X))", "the gradient from above is left out"),
            Mistake("dY * X * (1 - X)", "the formula for the output is used with the input"),
            Mistake("dY * sigmoid(X)", "the second factor is forgotten"),
        ),
    ),
    Lesson(
        "layers.softmax_cross_entropy",
        "(softmax(Z) - Y) / N",
        (
            Mistake("softmax(Z) - Y", "the loss is a mean over the batch"),
            Mistake("(Y - softmax(Z)) / N", "the minus of the loss is lost"),
            Mistake(
                "-Y / softmax(Z) / N", "this is the gradient in the probabilities, not the logits"
            ),
        ),
    ),
)


def graded(claim: str) -> Iterator[GradedAnswer]:
    """What the checker says of every lesson that belongs to a claim, in order."""
    for lesson in LESSONS:
        if f"{lesson.id}.".startswith(f"{claim}."):
            for answer, thought in ((lesson.right, ""), *lesson.mistakes):
                record = record_of(Task(lesson.id, answer))
                yield GradedAnswer(
                    id=lesson.id,
                    answer=answer,
                    thought=thought,
                    verdict=record.verdict,
                    said=reason(record),
                )
