"""One task: both heads on both problems, drawn from one seed."""

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from experiments.framework.experiment import Task
from experiments.output_activations.data import (
    class_probabilities,
    draw_exclusive,
    draw_independent,
)
from experiments.output_activations.design import CENTRES, FEATURES, GRID, LABELS, OFFSETS, SAMPLES
from experiments.output_activations.heads import (
    HEADS,
    Labels,
    Probabilities,
    accuracy,
    all_right,
    cross_entropy,
    fit,
    mean_or_nan,
    predict,
)
from experiments.output_activations.result import Exclusive, Independent, OutputActivationsRun


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
    probabilities = predict(head, W, np.vander(x_test, degree + 1))
    sums = probabilities.sum(1)
    shares = np.bincount(probabilities.argmax(1), minlength=len(CENTRES)) / len(probabilities)
    return Exclusive(
        accuracy=accuracy(probabilities, labels_test),
        cross_entropy=cross_entropy(probabilities / sums[:, None], labels_test),
        error=float(np.abs(probabilities - true).mean()),
        sum_mean=float(sums.mean()),
        sum_low=float(sums.min()),
        sum_high=float(sums.max()),
        predicted_shares=(100 * shares).tolist(),
        curves=predict(head, W, np.vander(GRID, degree + 1)).T.tolist(),
    )


def judge_independent(
    probabilities: Probabilities, labels: Labels, true: Probabilities
) -> Independent:
    """Hold the probabilities of a head against labels and true probabilities."""
    counts = labels.sum(1)
    predicted = probabilities > 0.5
    groups = [counts == count for count in range(LABELS + 1)]
    thresholds = np.linspace(0.01, 0.99, 99)
    right = [all_right(probabilities, labels, threshold) for threshold in thresholds]
    return Independent(
        recall=[100 * mean_or_nan(predicted[group][labels[group] == 1]) for group in groups],
        labels_given=[mean_or_nan(predicted[group].sum(1)) for group in groups],
        expected_labels=float(probabilities.sum(1).mean()),
        all_right=all_right(probabilities, labels, 0.5),
        best_threshold=float(thresholds[np.argmax(right)]),
        all_right_at_best=max(right),
        error=float(np.abs(probabilities - true).mean()),
        largest_without_label=mean_or_nan(probabilities[groups[0]].max(1)),
    )
