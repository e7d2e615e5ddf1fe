"""All seeds together: what theory predicts, and the initialisation to recommend."""

from collections.abc import Sequence
from itertools import compress, pairwise

import numpy as np
from jaxtyping import Float
from scipy.stats import ttest_rel

from experiments.framework.results import Measure, Provenance
from experiments.initialization.design import (
    ACTIVATION_NAMES,
    DEPTHS,
    EPOCHS,
    NAMES,
    PIXELS,
    POINTS_PER_EPOCH,
    WIDTH,
)
from experiments.initialization.result import (
    Comparison,
    InitializationResult,
    InitializationRun,
    LateJumps,
    Layers,
    Recommendation,
    Training,
)
from experiments.initialization.theory import predicted_moments
from experiments.networks.initial_weights import VARIANCES

SIGNIFICANCE = 0.05
JUMP = 10


def gather(provenance: Provenance, runs: list[InitializationRun]) -> InitializationResult:
    """Beside all runs: what theory predicts, and the initialisation to recommend."""
    depths = DEPTHS[provenance.profile]
    theory, recommendations, late_jumps = {}, {}, {}
    for activation in ACTIVATION_NAMES:
        of_activation = [run for run in runs if run.setting == activation]
        mean_squares = np.concatenate([run.input_mean_squares for run in of_activation])
        theory[activation] = {
            method: predict(activation, method, max(depths), mean_squares) for method in VARIANCES
        }
        accuracies = {
            method: [run.training[method].test_accuracy for run in of_activation]
            for method in VARIANCES
        }
        recommendations[activation] = recommend(
            {method: Measure(values=values, unit="%") for method, values in accuracies.items()}
        )
        late_jumps[activation] = find_late_jumps(
            [run.training[method] for run in of_activation for method in ("xavier", "he")]
        )
    return InitializationResult(
        provenance=provenance,
        epochs=EPOCHS[provenance.profile],
        depths=depths,
        runs=runs,
        theory=theory,
        recommendations=recommendations,
        late_jumps=late_jumps,
        summary={
            f"test accuracy, {ACTIVATION_NAMES[activation]}, {NAMES[method]}": accuracy
            for activation, recommendation in recommendations.items()
            for method, accuracy in recommendation.test_accuracy.items()
        },
    )


def predict(
    activation: str,
    method: str,
    hidden_layers: int,
    mean_squares: Float[np.ndarray, " images"],
) -> Layers:
    """What theory has for the hidden layers of one method's network."""
    layers = list(pairwise([PIXELS, *[WIDTH] * hidden_layers]))
    variances = [VARIANCES[method](*shape) for shape in layers]
    mean, std = predicted_moments(
        activation, [fan_in for fan_in, _ in layers], variances, mean_squares
    )
    return Layers(mean=mean, std=std)


def find_late_jumps(trainings: Sequence[Training]) -> LateJumps:
    """The networks whose loss in the last epoch is `JUMP` times its least value, and the others."""
    highest = [max(training.losses[-POINTS_PER_EPOCH:]) for training in trainings]
    jumped = [
        loss >= JUMP * min(training.losses)
        for loss, training in zip(highest, trainings, strict=True)
    ]
    accuracies = [training.test_accuracy for training in trainings]
    return LateJumps(
        highest_loss=max(compress(highest, jumped), default=0.0),
        accuracies_after_jump=list(compress(accuracies, jumped)),
        other_accuracies=[a for a, jump in zip(accuracies, jumped, strict=True) if not jump],
    )


def recommend(test_accuracy: dict[str, Measure]) -> Recommendation:
    """The best method by mean test accuracy, with all that the seeds cannot tell from it."""
    best = max(test_accuracy, key=lambda method: test_accuracy[method].mean)
    others = [method for method in test_accuracy if method != best]
    comparisons = {
        other: compare(test_accuracy[best], test_accuracy[other], len(others)) for other in others
    }
    ties = [NAMES[other] for other in others if not comparisons[other].significant]
    if len(test_accuracy[best].values) == 1:
        verdict = f"{NAMES[best]} (one seed, not tested)"
    elif ties:
        verdict = f"no significant difference between {NAMES[best]} and {' and '.join(ties)}"
    else:
        verdict = NAMES[best]
    return Recommendation(
        best=best, test_accuracy=test_accuracy, comparisons=comparisons, verdict=verdict
    )


def compare(best: Measure, other: Measure, comparisons: int) -> Comparison:
    """A paired t test over the seeds, corrected for the number of comparisons."""
    difference = best.mean - other.mean
    if len(best.values) == 1:
        return Comparison(difference=difference, p_value=None, significant=False)
    if best.values == other.values:
        return Comparison(difference=0, p_value=1, significant=False)
    p_value = min(1.0, comparisons * float(ttest_rel(best.values, other.values).pvalue))
    return Comparison(difference=difference, p_value=p_value, significant=p_value < SIGNIFICANCE)
