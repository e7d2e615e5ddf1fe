"""Problem 1.3: softmax and sigmoid heads, each on the problem it is made for and on the other's.

Both problems are drawn from distributions that are known, so that every probability that a head
gives can be held against the true one. All heads are linear in their features; their losses are
convex and minimised to the end, so that nothing here is due to training.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, softmax

from experiments.experiment import Experiment, Task
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import line_style, new_figure, plot_band

SAMPLES = {"full": 5000, "quick": 1000}
CENTRES = np.array([-2.0, 0.0, 2.0])
SPREAD = 0.8
GRID = np.linspace(-4, 4, 81)

FEATURES, LABELS = 4, 5
OFFSETS = np.linspace(-1.5, 0.5, LABELS)

HEADS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "softmax": lambda logits: softmax(logits, axis=1),
    "sigmoid": expit,
}

# A sample with several labels counts once for each of them; one without any has no loss.
LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "softmax": lambda logits, labels: -(labels * log_softmax(logits, axis=1)).sum(1),
    "sigmoid": lambda logits, labels: (np.logaddexp(0, logits) - labels * logits).sum(1),
}

Features = Float[np.ndarray, "samples features"]
Probabilities = Float[np.ndarray, "samples classes"]
Labels = Float[np.ndarray, "samples classes"]


class Exclusive(Model):
    """One head where exactly one class is true; all on test data, accuracies in %.

    `sum_mean`, `sum_low` and `sum_high` are of the probabilities of one sample; `cross_entropy` is
    in nats, after dividing by that sum; `error` is the mean absolute one of a probability.
    `predicted_shares` is how often each class is the most probable. `curves` are the probabilities
    of each class on `GRID`.
    """

    accuracy: float
    cross_entropy: float
    error: float
    sum_mean: float
    sum_low: float
    sum_high: float
    predicted_shares: list[float]
    curves: list[list[float]]


class Independent(Model):
    """One head where any number of labels is true; all on test data, recall and shares in %.

    A label is given when its probability is above one half. `recall` and `labels_given` are by the
    number of true labels, from 0 on (no recall there); `expected_labels` is the mean sum of the
    probabilities; `all_right` is the share of samples with every label right, and
    `all_right_at_best` that with the one threshold, `best_threshold`, that is best for it; `error`
    is the mean absolute one of a probability; `largest_without_label` is the mean of the largest
    probability of samples without a label.
    """

    recall: list[float]
    labels_given: list[float]
    expected_labels: float
    all_right: float
    best_threshold: float
    all_right_at_best: float
    error: float
    largest_without_label: float


class OutputActivationsRun(Run):
    """Both problems with each head; `exclusive` also with the square of the feature beside it.

    `bayes_...` and `true_...` are what the true probabilities give.
    """

    exclusive: dict[str, Exclusive]
    exclusive_squared: dict[str, Exclusive]
    bayes_accuracy: float
    bayes_cross_entropy: float
    true_curves: list[list[float]]
    independent: dict[str, Independent]
    bayes_all_right: float
    mean_true_labels: float
    share_by_true_labels: list[float]


class OutputActivationsResult(ExperimentResult):
    """All seeds."""

    centres: list[float] = CENTRES.tolist()
    spread: float = SPREAD
    grid: list[float] = GRID.tolist()
    labels: int = LABELS
    runs: list[OutputActivationsRun]


def run(task: Task) -> OutputActivationsRun:
    """Fit both heads to both problems, drawn from one seed."""
    rng, samples = np.random.default_rng(task.seed), SAMPLES[task.profile]
    x, labels = draw_exclusive(rng, samples)
    x_test, labels_test = draw_exclusive(rng, samples)
    true = class_probabilities(x_test)
    tests = x_test, labels_test, true

    W = rng.normal(size=(FEATURES + 1, LABELS))
    W[0] = OFFSETS
    X, Y = draw_independent(rng, W, samples)
    X_test, Y_test = draw_independent(rng, W, samples)
    Q = expit(X_test @ W)
    counts = Y_test.sum(1).astype(int)
    return OutputActivationsRun(
        setting=task.setting,
        seed=task.seed,
        exclusive={head: judge_exclusive(head, 1, x, labels, *tests) for head in HEADS},
        exclusive_squared={head: judge_exclusive(head, 2, x, labels, *tests) for head in HEADS},
        bayes_accuracy=accuracy(true, labels_test),
        bayes_cross_entropy=cross_entropy(true, labels_test),
        true_curves=class_probabilities(GRID).T.tolist(),
        independent={
            head: judge_independent(predict(head, fit(head, X, Y), X_test), Y_test, Q)
            for head in HEADS
        },
        bayes_all_right=all_right(Q, Y_test, 0.5),
        mean_true_labels=float(counts.mean()),
        share_by_true_labels=(100 * np.bincount(counts, minlength=LABELS + 1) / samples).tolist(),
    )


def fit(head: str, X: Features, labels: Labels) -> Float[np.ndarray, "features classes"]:
    """The weights with the least loss; for both heads the gradient is X^T (expected - labels)."""
    shape = X.shape[1], labels.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        logits = X @ flat.reshape(shape)
        expected = HEADS[head](logits)
        if head == "softmax":
            expected = expected * labels.sum(1, keepdims=True)
        gradient = X.T @ (expected - labels) / len(X)
        return LOSSES[head](logits, labels).mean(), gradient.ravel()

    return minimize(loss, np.zeros(shape).ravel(), jac=True, method="BFGS").x.reshape(shape)


def predict(head: str, W: Float[np.ndarray, "features classes"], X: Features) -> Probabilities:
    """The probabilities that a head gives."""
    return HEADS[head](X @ W)


def draw_exclusive(
    rng: np.random.Generator, samples: int
) -> tuple[Float[np.ndarray, " samples"], Labels]:
    """Three equally frequent classes, normal about three places of a line; labels are one-hot."""
    classes = rng.integers(len(CENTRES), size=samples)
    x = CENTRES[classes] + SPREAD * rng.normal(size=samples)
    return x, np.eye(len(CENTRES))[classes]


def class_probabilities(x: Float[np.ndarray, " samples"]) -> Probabilities:
    """The true probability of each class at x, by Bayes: a softmax of functions linear in x."""
    return softmax(x[:, None] * CENTRES / SPREAD**2 - CENTRES**2 / (2 * SPREAD**2), axis=1)


def draw_independent(
    rng: np.random.Generator, W: Float[np.ndarray, "features classes"], samples: int
) -> tuple[Features, Labels]:
    """Features, the first being 1, and labels that are true independently, with sigmoid(x W)."""
    X = rng.normal(size=(samples, len(W)))
    X[:, 0] = 1
    return X, (rng.random((samples, W.shape[1])) < expit(X @ W)).astype(float)


def judge_exclusive(
    head: str,
    degree: int,
    x: Float[np.ndarray, " samples"],
    labels: Labels,
    x_test: Float[np.ndarray, " samples"],
    labels_test: Labels,
    true: Probabilities,
) -> Exclusive:
    """Fit a head to the powers of x up to `degree`, and test it."""
    W = fit(head, np.vander(x, degree + 1), labels)
    given = predict(head, W, np.vander(x_test, degree + 1))
    sums = given.sum(1)
    shares = np.bincount(given.argmax(1), minlength=len(CENTRES)) / len(given)
    return Exclusive(
        accuracy=accuracy(given, labels_test),
        cross_entropy=cross_entropy(given / sums[:, None], labels_test),
        error=float(np.abs(given - true).mean()),
        sum_mean=float(sums.mean()),
        sum_low=float(sums.min()),
        sum_high=float(sums.max()),
        predicted_shares=(100 * shares).tolist(),
        curves=predict(head, W, np.vander(GRID, degree + 1)).T.tolist(),
    )


def judge_independent(given: Probabilities, labels: Labels, true: Probabilities) -> Independent:
    """Hold the probabilities of a head against labels and true probabilities."""
    counts = labels.sum(1)
    named = given > 0.5
    groups = [counts == count for count in range(LABELS + 1)]
    thresholds = np.linspace(0.01, 0.99, 99)
    right = [all_right(given, labels, threshold) for threshold in thresholds]
    return Independent(
        recall=[100 * mean_or_nan(named[group][labels[group] == 1]) for group in groups],
        labels_given=[mean_or_nan(named[group].sum(1)) for group in groups],
        expected_labels=float(given.sum(1).mean()),
        all_right=all_right(given, labels, 0.5),
        best_threshold=float(thresholds[np.argmax(right)]),
        all_right_at_best=max(right),
        error=float(np.abs(given - true).mean()),
        largest_without_label=mean_or_nan(given[groups[0]].max(1)),
    )


def mean_or_nan(values: np.ndarray) -> float:
    """The mean, NaN where there is nothing to take it of: no samples, or no true labels."""
    return float(values.mean()) if values.size else float("nan")


def accuracy(given: Probabilities, labels: Labels) -> float:
    """The share of samples whose most probable class is the true one, in %."""
    return 100 * float(np.mean(given.argmax(1) == labels.argmax(1)))


def cross_entropy(given: Probabilities, labels: Labels) -> float:
    """The mean of -log of the true class's probability, in nats."""
    return -float(np.log(given[labels == 1]).mean())


def all_right(given: Probabilities, labels: Labels, threshold: float) -> float:
    """The share of samples with every label right, in %."""
    return 100 * float(((given > threshold) == labels).all(1).mean())


def gather(provenance: Provenance, runs: list[OutputActivationsRun]) -> OutputActivationsResult:
    """All runs, and how often each head is right."""
    summary = {}
    for head in HEADS:
        accuracies = [run.exclusive[head].accuracy for run in runs]
        summary[f"accuracy, exclusive classes, {head}"] = Measure(values=accuracies, unit="%")
        rights = [run.independent[head].all_right for run in runs]
        summary[f"all labels right, independent labels, {head}"] = Measure(values=rights, unit="%")
    return OutputActivationsResult(provenance=provenance, summary=summary, runs=runs)


def plot_exclusive(result: OutputActivationsResult) -> Figure:
    """The probability of each class that each head gives, and the true one."""
    figure, axes = new_figure(2.5, columns=2, sharey=True)
    run = result.runs[0]
    for ax, (head, found) in zip(axes, run.exclusive.items(), strict=True):
        for index, (given, true) in enumerate(zip(found.curves, run.true_curves, strict=True)):
            look = line_style(index)
            ax.plot(result.grid, true, color="gray", linewidth=4, alpha=0.35, linestyle="-")
            ax.plot(result.grid, given, markevery=10, label=f"class {index + 1}", **look)
        ax.plot(
            result.grid, np.sum(found.curves, axis=0), color="black", linestyle=":", label="sum"
        )
        ax.set(title=f"{head} head", xlabel="$x$", ylim=(0, 1.6))
    axes[0].plot([], [], color="gray", linewidth=4, alpha=0.35, linestyle="-", label="true")
    axes[0].set_ylabel("probability")
    axes[0].legend(ncols=2, loc="upper center")
    return figure


def plot_independent(result: OutputActivationsResult) -> Figure:
    """How many of the true labels each head finds, and how many it gives, by their number."""
    figure, axes = new_figure(2.5, columns=2)
    counts = range(result.labels + 1)
    for index, head in enumerate(HEADS):
        found = [run.independent[head] for run in result.runs]
        plot_band(axes[0], counts, [heads.recall for heads in found], index, label=f"{head} head")
        plot_band(
            axes[1], counts, [heads.labels_given for heads in found], index, label=f"{head} head"
        )
    axes[1].plot(counts, counts, color="gray", linewidth=4, alpha=0.35, label="true number")
    axes[0].set(ylabel="true labels found (%)", ylim=(0, 105))
    axes[1].set_ylabel("labels given")
    axes[1].legend()
    for ax in axes:
        ax.set(xlabel="true labels of the sample", xticks=counts)
        ax.set_xlim(-0.2, result.labels + 0.2)
    return figure


EXPERIMENT = Experiment(
    name="output_activations",
    summary="softmax and sigmoid heads on exclusive classes and on independent labels",
    problem="1.3",
    run=run,
    gather=gather,
    run_type=OutputActivationsRun,
    result_type=OutputActivationsResult,
    figures=(plot_exclusive, plot_independent),
)
