"""What earns the points of each question, as a grader may award them."""

from __future__ import annotations

from typing import NamedTuple


class Criterion(NamedTuple):
    """What is needed, in LaTeX, and what it is worth."""

    points: float
    needs: str


RUBRIC: dict[str, tuple[Criterion, ...]] = {
    "1.1": (
        Criterion(2, r"The quotient rule, with the derivative of the sum as well as of the term."),
        Criterion(1, r"The inner derivative $1/\tau$."),
        Criterion(1.5, r"Both cases, $i = j$ and $i \ne j$, or one line with an indicator."),
        Criterion(1.5, r"The step from entries to $\diag(y) - y y^\top$."),
    ),
    "1.2": (
        Criterion(2, r"The residual as the gradient in $Ax + b$; no factor of 2 is left."),
        Criterion(2.5, r"$\nabla_A f$ as an outer product of the shape of $A$."),
        Criterion(1.5, r"$\nabla_b f$, of the shape of $b$."),
    ),
    "1.3": (
        Criterion(1, r"A task whose classes exclude each other, and one whose labels do not."),
        Criterion(1, r"One categorical distribution against one Bernoulli for each label."),
        Criterion(1, r"Categorical against binary cross-entropy."),
    ),
    "2.1": (
        Criterion(2, r"The derivative of the loss on both branches, with the residual's sign."),
        Criterion(2, r"The chain rule with $\partial r_i / \partial w = -x_i$."),
        Criterion(2, r"A sum over $i$ with the two cases."),
    ),
    "2.2": (
        Criterion(1, r"No: there is no single closed form."),
        Criterion(2, r"Why: the branch of each residual depends on the $w$ that is sought."),
        Criterion(1, r"A standard method, such as IRLS, gradient descent or Newton's method."),
    ),
    "2.3": (
        Criterion(1, r"The gradient with $\lambda w$, without a factor of 2."),
        Criterion(1, r"Shrinkage and a unique solution with more features than samples."),
        Criterion(1, r"That the penalty itself does not bound outliers, the loss does."),
    ),
    "2.4": (
        Criterion(0.5, r"Which of the three steps changes."),
        Criterion(1, r"(i) Bounded gradients, and an iteration in place of one linear system."),
        Criterion(0.5, r"(ii) A measure that outliers do not rule."),
    ),
    "3.1": (
        Criterion(2, r"$m_1, v_1, m_2, v_2$ in the gradients."),
        Criterion(2, r"The corrections; $\hat m_1 = g_1$ and $\hat v_1 = g_1^2$ simplified."),
        Criterion(2, r"$w_2$ with $\abs{g_1}$, and $w_3$, with $\eps$ outside the root."),
    ),
    "3.2": (
        Criterion(
            2, r"(a) Momentum in proportion to the gradients; Adam about $\alpha$ if they agree."
        ),
        Criterion(2, r"(b) Steps times $c$; the same steps up to $\eps$."),
        Criterion(1, r"(c) No division by zero; the scale below which gradients are small."),
    ),
    "3.3": (
        Criterion(2, r"(a) A step size for each parameter, from its own squared gradients."),
        Criterion(2, r"(b) Adam's steps stay bounded under noise; rare features get longer ones."),
    ),
    "Q4.1": (
        Criterion(1, r"The data loaded, the sizes of the splits, the grid of 16 images."),
        Criterion(1, r"The bar chart, and that the classes are not balanced."),
    ),
    "Q4.2": (
        Criterion(2, r"The network and its loop, with the sizes and settings asked for."),
        Criterion(1.5, r"Training and validation loss in one figure."),
        Criterion(1.5, r"Training and validation accuracy in one figure."),
    ),
    "Q4.3": (
        Criterion(1, r"The test accuracy."),
        Criterion(1.5, r"The confusion matrix as a labelled heatmap, and two pairs named."),
        Criterion(1, r"Precision and recall of each class."),
        Criterion(1.5, r"The class of lowest recall, five examples, a hypothesis that fits them."),
    ),
    "Q4.4": (
        Criterion(1.5, r"Eight images, two a quadrant, with labels and confidence."),
        Criterion(1.5, r"What the confident errors have in common, and why softmax is sure."),
    ),
    "Q5.1": (
        Criterion(2, r"The four methods; variance is not taken for standard deviation."),
        Criterion(1, r"One function of shape and method; biases are zero."),
    ),
    "Q5.2": (
        Criterion(2, r"Mean and standard deviation of five layers, four methods, two subplots."),
        Criterion(1.5, r"Which vanish, and which are stable."),
        Criterion(1.5, r"Why Xavier: variance kept both ways, for an activation of slope one."),
    ),
    "Q5.3": (
        Criterion(2, r"Four loss curves in one figure."),
        Criterion(1, r"Four test accuracies."),
        Criterion(1, r"That zero weights stay where they are, and why."),
    ),
    "Q5.4": (
        Criterion(0.5, r"The same figures and accuracies with ReLU."),
        Criterion(0.5, r"How the statistics differ: with ReLU means are positive, not near zero."),
        Criterion(1, r"Which works best with ReLU, and why He: ReLU halves the mean square."),
        Criterion(1, r"A table with a recommendation for each activation."),
    ),
    "Q6.1": (
        Criterion(1, r"The forward pass, and what it keeps for the way back."),
        Criterion(3, r"Three gradients, a point each."),
        Criterion(0.5, r"\texttt{get\_parameters} and \texttt{get\_gradients}, in one order."),
        Criterion(0.5, r"Xavier's variance."),
    ),
    "Q6.2": (
        Criterion(2, r"ReLU and its mask."),
        Criterion(2, r"The sigmoid and its gradient, finite at $\pm 1000$."),
    ),
    "Q6.3": (
        Criterion(2, r"The largest logit is subtracted."),
        Criterion(2, r"$\hat y - y$."),
        Criterion(1, r"Both loss and gradient divided by $N$."),
    ),
    "Q6.4": (
        Criterion(1, r"Forward in order, backward in reverse."),
        Criterion(1, r"Parameters and gradients in one order."),
    ),
    "Q6.5": (Criterion(2, r"Arrays are changed in place, so that the layers see it."),),
    "Q6.6": (
        Criterion(1, r"Central differences; each entry is put back."),
        Criterion(1, r"The relative error of each entry, and its maximum."),
        Criterion(1, r"Below $10^{-5}$; a value of $0/0$ is caught."),
    ),
    "Q6.7": (
        Criterion(1, r"The gradient check on a small batch, before training."),
        Criterion(2, r"The loss plotted; a test accuracy above 90 per cent."),
        Criterion(1, r"Ten test images with predicted and true labels."),
    ),
}

LESSONS_ELSEWHERE = {"initialization.he.1": "Q5.4"}
"""Where wrong answers belong to another question than their claim does."""
NOT_ASKED = frozenset({"momentum.steady_state"})
"""Lessons on claims beside what a question asks for: they help to learn, and earn no points."""
