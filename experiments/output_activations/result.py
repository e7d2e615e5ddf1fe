"""What is recorded of each head on each problem."""

from experiments.framework.results import ExperimentResult, Run
from experiments.output_activations.design import CENTRES, GRID, LABELS, SPREAD
from runs.records import MaybeNumber, Model


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

    recall: list[MaybeNumber]
    labels_given: list[MaybeNumber]
    expected_labels: float
    all_right: float
    best_threshold: float
    all_right_at_best: float
    error: float
    largest_without_label: MaybeNumber


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
