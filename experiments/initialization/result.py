"""What is recorded: signals, gradients and losses, and what they recommend."""

from experiments.framework.results import ExperimentResult, Measure, Run
from experiments.initialization.design import (
    BATCH_SIZE,
    HIDDEN_LAYERS,
    IMAGES,
    LEARNING_RATE,
    POINTS_PER_EPOCH,
)
from runs.records import MaybeNumber, Model


class Layers(Model):
    """Mean and standard deviation of each hidden layer's activations, over all units and images."""

    mean: list[float]
    std: list[float]


class Start(Model):
    """One network before training; gradient norms are of the loss by each layer's weights."""

    measured: Layers
    gradient_norms: list[float]


class Depths(Model):
    """Networks of one initialisation before training, one for each number of hidden layers.

    Standard deviation of the last hidden layer's activations; norm of the gradient of the loss by
    the first layer's weights.
    """

    last_std: list[float]
    first_gradient_norm: list[float]


class Training(Model):
    """One network's training losses (nats, means over a seventh of an epoch); accuracy in %.

    A part of an epoch without a batch has no loss, and a network that diverges has none either.
    """

    losses: list[MaybeNumber]
    test_accuracy: float


class ZeroStart(Model):
    """What a network of zeros learns; the gradients at the start are exact, not rounded.

    `output_bias_gradient` should be softmax minus the share of each class in the batch,
    `expected_bias_gradient`; shares and probabilities are by class, the share of the predicted
    class in the test set is in %.
    """

    largest_weight_gradient: float
    largest_hidden_bias_gradient: float
    output_bias_gradient: list[float]
    expected_bias_gradient: list[float]
    largest_trained_weight: float
    trained_probabilities: list[float]
    training_shares: list[float]
    training_entropy: float
    predicted_class: int
    most_frequent_class: int
    predicted_share_of_test: float


class InitializationRun(Run):
    """All four initialisations with one activation and one seed, by method.

    `input_mean_squares` are of the images that signals and gradients are measured on.
    """

    input_mean_squares: list[float]
    start: dict[str, Start]
    depths: dict[str, Depths]
    training: dict[str, Training]
    zero: ZeroStart


class Comparison(Model):
    """The best method beside another: mean difference in % points, paired t test over the seeds.

    `p_value` is Bonferroni's, times the number of other methods; None for a single seed.
    """

    difference: float
    p_value: float | None
    significant: bool


class Recommendation(Model):
    """The method of the highest mean test accuracy, and what the seeds say about the others."""

    best: str
    test_accuracy: dict[str, Measure]
    comparisons: dict[str, Comparison]
    verdict: str


class LateJumps(Model):
    """Which networks with Xavier or He weights lost in the last epoch what they had learned.

    Their loss rises there to `JUMP` times its least value or more: `highest_loss` is the most that
    any reaches (nats; 0 if there is none). Accuracies are in %.
    """

    highest_loss: float
    accuracies_after_jump: list[float]
    other_accuracies: list[float]


class InitializationResult(ExperimentResult):
    """All runs, by activation, then by seed, and what they recommend for each activation.

    `theory` is by activation and method, for as many layers as the deepest network has.
    """

    hidden_layers: int = HIDDEN_LAYERS
    images: int = IMAGES
    learning_rate: float = LEARNING_RATE
    batch_size: int = BATCH_SIZE
    points_per_epoch: int = POINTS_PER_EPOCH
    epochs: int
    depths: list[int]
    runs: list[InitializationRun]
    theory: dict[str, dict[str, Layers]]
    recommendations: dict[str, Recommendation]
    late_jumps: dict[str, LateJumps]

    def runs_of(self, activation: str) -> list[InitializationRun]:
        """The runs with one activation, by seed."""
        return [run for run in self.runs if run.setting == activation]
