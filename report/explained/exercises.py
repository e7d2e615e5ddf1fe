"""Exercises of rising difficulty, five a problem, each with the answer that the checker proves."""

from __future__ import annotations

from typing import NamedTuple

from verify.objectives.asked import Asked


class Exercise(NamedTuple):
    """A gradient to find: the task in LaTeX, what is asked, and the answer, as they are typed.

    `beside` answers, in LaTeX, what the task asks beside the gradient.
    """

    task: str
    asked: Asked
    answer: str
    beside: str = ""


EXERCISES: dict[int, tuple[Exercise, ...]] = {
    1: (
        Exercise(
            r"$\nabla_x \tfrac12 \norm{Ax + b - t}^2$, in the input instead of the weights.",
            Asked("sum((A @ x + b - t)**2) / 2", "x"),
            "A.T @ (A @ x + b - t)",
        ),
        Exercise(
            r"$\nabla_A$ of the same with $\tfrac\lambda2 \sum_{ij} A_{ij}^2$ added.",
            Asked("sum((A @ x + b - t)**2) / 2 + lam * sum(A**2) / 2", "A"),
            "outer(A @ x + b - t, x) + lam * A",
        ),
        Exercise(
            r"$\nabla_z\, \tau \log \sum_k e^{z_k/\tau}$, a smooth maximum.",
            Asked("tau * log(sum(exp(z / tau)))", "z"),
            "exp(z / tau) / sum(exp(z / tau))",
        ),
        Exercise(
            r"$\nabla_z\, a^\top \mathrm{softmax}(z)$: the Jacobian, times a vector.",
            Asked("a @ softmax(z)", "z"),
            "softmax(z) * (a - a @ softmax(z))",
        ),
        Exercise(
            r"$\nabla_z \sum_k \mathrm{softmax}(z)_k^2$; the sum is large where one entry is.",
            Asked("sum(softmax(z)**2)", "z"),
            "2 * softmax(z) * (softmax(z) - sum(softmax(z)**2))",
        ),
    ),
    2: (
        Exercise(
            r"$\nabla_w \tfrac{1}{2n} \norm{y - Xw}^2$: the mean instead of the sum.",
            Asked("sum((y - X @ w)**2) / (2 * n)", "w", "X: n d"),
            "-X.T @ (y - X @ w) / n",
        ),
        Exercise(
            r"$\nabla_w \tfrac12 \norm{y - Xw}^2 + \tfrac\lambda2 \norm{w}^2$, ridge regression.",
            Asked("sum((y - X @ w)**2) / 2 + lam * sum(w**2) / 2", "w"),
            "X.T @ (X @ w - y) + lam * w",
        ),
        Exercise(
            r"$\nabla_w \tfrac12 \sum_i \omega_i r_i^2$ with $r = y - Xw$ and fixed weights.",
            Asked("sum(omega * (y - X @ w)**2) / 2", "w", "X: n d, omega: n"),
            "-X.T @ (omega * (y - X @ w))",
        ),
        Exercise(
            r"$\nabla_w \sum_i \sqrt{1 + r_i^2}$, a smooth relative of Huber's loss. Is its "
            r"influence bounded?",
            Asked("sum(sqrt(1 + (y - X @ w)**2))", "w"),
            "-X.T @ ((y - X @ w) / sqrt(1 + (y - X @ w)**2))",
            r"Yes: $\abs{r} / \sqrt{1 + r^2} < 1$.",
        ),
        Exercise(
            r"$\nabla_w \sum_i \log(1 + r_i^2)$, Cauchy's loss. What does a far outlier add?",
            Asked("sum(log(1 + (y - X @ w)**2))", "w"),
            "-X.T @ (2 * (y - X @ w) / (1 + (y - X @ w)**2))",
            r"Ever less: $2r / (1 + r^2) \to 0$ as $\abs{r} \to \infty$.",
        ),
    ),
    3: (
        Exercise(
            r"The gradient $g$ of $\tfrac{a}{2} (w - c)^2$, where $w$ is a number.",
            Asked("a * (w - c)**2 / 2", "w", "w:"),
            "a * (w - c)",
        ),
        Exercise(
            r"$\nabla_w\, \tfrac12 w^\top H w - b^\top w$, where $H$ need not be symmetric.",
            Asked("w @ H @ w / 2 - b @ w", "w"),
            "(H + H.T) @ w / 2 - b",
        ),
        Exercise(
            r"The derivative in $m$ of Adam's step $-\alpha\, m / (\sqrt v + \varepsilon)$.",
            Asked("-alpha * m / (sqrt(v) + epsilon)", "m", "m:, v:, alpha:, epsilon:"),
            "-alpha / (sqrt(v) + epsilon)",
        ),
        Exercise(
            r"The derivative in $c$ of the first step $\alpha\, c g / (c \abs{g} + \varepsilon)$, "
            r"$c > 0$: how little the scale matters.",
            Asked(
                "alpha * c * g / (c * abs(g) + epsilon)",
                "c",
                "c:, g:, alpha:, epsilon:",
                ("epsilon > 0", "c > 0"),
            ),
            "alpha * g * epsilon / (c * abs(g) + epsilon)**2",
        ),
        Exercise(
            r"$\nabla_w \sum_i \log(1 + e^{-y_i x_i^\top w})$, logistic regression, $y_i = \pm 1$.",
            Asked("sum(log(1 + exp(-y * (X @ w))))", "w"),
            "-X.T @ (y / (1 + exp(y * (X @ w))))",
        ),
    ),
    4: (
        Exercise(
            r"$\nabla_z \bigl(\log \sum_k e^{z_k} - y^\top z\bigr)$, cross-entropy of one image.",
            Asked("log(sum(exp(z))) - y @ z", "z"),
            "softmax(z) - y",
        ),
        Exercise(
            r"$\nabla_W$ of the same with logits $z = Wx$.",
            Asked("log(sum(exp(W @ x))) - y @ (W @ x)", "W"),
            "outer(softmax(W @ x) - y, x)",
        ),
        Exercise(
            r"$\nabla_x$ of it: which pixels would raise the loss?",
            Asked("log(sum(exp(W @ x))) - y @ (W @ x)", "x"),
            "W.T @ (softmax(W @ x) - y)",
            "Those with a positive entry, as they grow.",
        ),
        Exercise(
            r"$\nabla_w \sum_i \bigl(\log(1 + e^{z_i}) - y_i z_i\bigr)$ with $z = Xw$: one class "
            r"against the rest.",
            Asked("sum(log(1 + exp(X @ w)) - y * (X @ w))", "w"),
            "X.T @ (1 / (1 + exp(-X @ w)) - y)",
        ),
        Exercise(
            r"$\nabla_z \bigl(-\log \textstyle\sum_k y_k\, \mathrm{softmax}(z)_k\bigr)$, where $y$ "
            r"marks several admissible classes.",
            Asked("-log(sum(y * exp(z)) / sum(exp(z)))", "z"),
            "softmax(z) - y * exp(z) / sum(y * exp(z))",
        ),
    ),
    5: (
        Exercise(
            r"$\nabla_Z \sum_{ij} G_{ij} \max(0, Z_{ij})$: what ReLU lets through on the way back.",
            Asked("sum(G * maximum(Z, 0))", "Z", "G: n d, Z: n d"),
            "G * where(Z > 0, 1, 0)",
        ),
        Exercise(
            r"$\nabla_v\, v^\top \tanh(Wx)$, the last layer of a small network.",
            Asked("v @ tanh(W @ x)", "v"),
            "tanh(W @ x)",
        ),
        Exercise(
            r"$\nabla_W\, v^\top \tanh(Wx)$. What is it where all weights are zero?",
            Asked("v @ tanh(W @ x)", "W"),
            "outer(v * (1 - tanh(W @ x)**2), x)",
            "Zero, for $v$ is zero, too.",
        ),
        Exercise(
            r"$\nabla_x\, g^\top \tanh(Wx)$, the gradient on its way back through a layer.",
            Asked("g @ tanh(W @ x)", "x"),
            "W.T @ (g * (1 - tanh(W @ x)**2))",
        ),
        Exercise(
            r"$\nabla_W\, v^\top \tanh(U \tanh(Wx))$, two layers down.",
            Asked("v @ tanh(U @ tanh(W @ x))", "W"),
            "outer((U.T @ (v * (1 - tanh(U @ tanh(W @ x))**2))) * (1 - tanh(W @ x)**2), x)",
        ),
    ),
    6: (
        Exercise(
            r"$\nabla_W \tfrac12 \norm{X W^\top - Y}_F^2$, a linear layer below a squared loss.",
            Asked("sum((X @ W.T - Y)**2) / 2", "W"),
            "(X @ W.T - Y).T @ X",
        ),
        Exercise(
            r"$\nabla_X$ of the same.",
            Asked("sum((X @ W.T - Y)**2) / 2", "X"),
            "(X @ W.T - Y) @ W",
        ),
        Exercise(
            r"The backward pass of softplus, $\nabla_x \sum_i g_i \log(1 + e^{x_i})$.",
            Asked("sum(g * log(1 + exp(x)))", "x"),
            "g / (1 + exp(-x))",
        ),
        Exercise(
            r"The backward pass of SiLU, $\nabla_x \sum_i g_i x_i\, \sigma(x_i)$.",
            Asked("sum(g * x * sigmoid(x))", "x"),
            "g * sigmoid(x) * (1 + x * (1 - sigmoid(x)))",
        ),
        Exercise(
            r"$\nabla_W$ of the cross-entropy of $z = V \max(0, Wx)$, by hand through two layers.",
            Asked("log(sum(exp(V @ maximum(W @ x, 0)))) - y @ (V @ maximum(W @ x, 0))", "W"),
            "outer(V.T @ (softmax(V @ maximum(W @ x, 0)) - y) * where(W @ x > 0, 1, 0), x)",
        ),
    ),
}
