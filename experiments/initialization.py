"""Problem 5: four initialisations, and what becomes of signals, gradients and training."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import compress, pairwise
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter
from scipy.stats import ttest_rel
from torch import Tensor

from experiments.datasets import Dataset
from experiments.experiment import Experiment, Task
from experiments.initial_weights import VARIANCES, initialize_weights
from experiments.results import ExperimentResult, Measure, Model, Provenance, Run
from experiments.signal_theory import predicted_moments
from experiments.stacked import Activation, Batch, Networks, as_batch, stack
from experiments.style import line_style, new_figure, plot_band
from experiments.training import train

NAMES = {"zero": "zero", "small": "small random", "xavier": "Xavier", "he": "He"}
ACTIVATIONS: dict[str, Activation] = {"tanh": torch.tanh, "relu": torch.relu}
ACTIVATION_NAMES = {"tanh": "tanh", "relu": "ReLU"}
STACKED = ("small", "xavier", "he")
"""The methods whose networks are trained side by side."""

PIXELS, WIDTH, CLASSES = 784, 256, 10
HIDDEN_LAYERS = 5
SIZES = (PIXELS, *[WIDTH] * HIDDEN_LAYERS, CLASSES)
DEPTHS = {"full": [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20], "quick": [2, 5, 8]}
IMAGES = 256
LEARNING_RATE, BATCH_SIZE = 0.1, 128
EPOCHS = {"full": 10, "quick": 1}
MOST_IMAGES = {"full": None, "quick": 3200}
POINTS_PER_EPOCH = 7
SIGNIFICANCE = 0.05
JUMP = 10
THEORY: dict[str, Any] = {
    "color": "gray",
    "linestyle": "--",
    "linewidth": 3,
    "alpha": 0.5,
    "marker": "",
}


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
    """One network's training losses (nats, means over a seventh of an epoch); accuracy in %."""

    losses: list[float]
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


def run(task: Task, mnist: Dataset) -> InitializationRun:
    """Look at the four networks before training, then at deeper ones, then train the four."""
    train_set = as_batch(mnist.train, MOST_IMAGES[task.profile])
    test_set = as_batch(mnist.test, MOST_IMAGES[task.profile])
    chosen = torch.randperm(len(train_set.labels), generator=_generator(task.seed))[:IMAGES]
    # In float64 the weakest signal of the deepest network is still far from underflow.
    seen = Batch(train_set.images[chosen].double(), train_set.labels[chosen])
    training, zeros = train_all(task, train_set, test_set)
    return InitializationRun(
        setting=task.setting,
        seed=task.seed,
        input_mean_squares=seen.images.square().mean(1).tolist(),
        start=look_at_start(task, seen),
        depths=look_at_depths(task, seen, DEPTHS[task.profile]),
        training=training,
        zero=explain_zero(task, seen, zeros, train_set.labels, test_set.labels),
    )


def look_at_start(task: Task, batch: Batch) -> dict[str, Start]:
    """Signals and gradients in the untrained networks of all methods."""
    return measure_signals(untrained(task, VARIANCES, dtype=torch.float64), batch)


def look_at_depths(task: Task, batch: Batch, depths: Sequence[int]) -> dict[str, Depths]:
    """How strong a signal arrives at the last hidden layer, how strong a gradient at the first."""
    by_depth = [
        measure_signals(untrained(task, VARIANCES, depth, dtype=torch.float64), batch)
        for depth in depths
    ]
    return {
        method: Depths(
            last_std=[start[method].measured.std[-1] for start in by_depth],
            first_gradient_norm=[start[method].gradient_norms[0] for start in by_depth],
        )
        for method in VARIANCES
    }


def measure_signals(networks: Networks, batch: Batch) -> dict[str, Start]:
    """What the networks, one for each method, do with a batch."""
    with torch.no_grad():
        *hidden, _ = networks.forward(batch.images)
    by_weights, _ = networks.gradients(*batch)
    means = torch.stack([signal.mean((1, 2)) for signal in hidden], dim=1)
    stds = torch.stack([signal.std((1, 2), correction=0) for signal in hidden], dim=1)
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in by_weights], dim=1)
    return {
        method: Start(measured=Layers(mean=mean, std=std), gradient_norms=norm)
        for method, mean, std, norm in zip(
            VARIANCES, means.tolist(), stds.tolist(), norms.tolist(), strict=True
        )
    }


def train_all(
    task: Task, train_set: Batch, test_set: Batch
) -> tuple[dict[str, Training], Networks]:
    """Train the networks of all methods on the same batches; also return that of zeros, trained.

    All units of a network of zeros are one and the same unit, so that at any width it does, number
    for number, what it does at width 1: it is trained at that width, the others as one stack.
    """
    training = {}
    for methods, width in ((STACKED, WIDTH), (("zero",), 1)):
        networks = untrained(task, methods, width=width, device=task.device)
        losses = train_together(networks, train_set, task)
        accuracies = networks.accuracies(*(tensor.to(task.device) for tensor in test_set))
        for method, of_method, accuracy in zip(methods, losses.T, accuracies, strict=True):
            training[method] = Training(losses=of_method.tolist(), test_accuracy=100 * accuracy)
    return {method: training[method] for method in VARIANCES}, networks


def train_together(
    networks: Networks, train_set: Batch, task: Task
) -> Float[Tensor, "points networks"]:
    """Train stacked networks in place; return their losses, averaged over parts of each epoch."""
    epochs = train_by_epoch(networks, train_set, task)
    parts = [part for losses in epochs for part in losses.tensor_split(POINTS_PER_EPOCH)]
    return torch.stack([part.mean(0) for part in parts])


def train_by_epoch(
    networks: Networks, train_set: Batch, task: Task
) -> Iterator[Float[Tensor, "batches networks"]]:
    """Train stacked networks in place; after each epoch, yield the losses of its batches."""
    images, labels = (tensor.to(task.device) for tensor in train_set)
    return train(
        lambda indices: networks.losses(images.index_select(0, indices), labels[indices]),
        torch.optim.SGD(networks.parameters, lr=LEARNING_RATE),
        samples=len(labels),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS[task.profile],
        generator=_generator(task.seed),
        device=task.device,
    )


def explain_zero(
    task: Task,
    batch: Batch,
    trained: Networks,
    train_labels: Int[Tensor, " train"],
    test_labels: Int[Tensor, " test"],
) -> ZeroStart:
    """The exact gradients of a network of zeros, and what its trained output biases stand for."""
    zeros = untrained(task, ["zero"], dtype=torch.float64)
    by_weights, by_biases = zeros.gradients(*batch)
    shares = _shares(train_labels)
    probabilities = trained.biases[-1].detach().cpu().double().softmax(-1).flatten()
    predicted = int(probabilities.argmax())
    return ZeroStart(
        largest_weight_gradient=_largest(by_weights),
        largest_hidden_bias_gradient=_largest(by_biases[:-1]),
        output_bias_gradient=by_biases[-1].flatten().tolist(),
        expected_bias_gradient=(1 / CLASSES - _shares(batch.labels)).tolist(),
        largest_trained_weight=_largest(trained.weights),
        trained_probabilities=probabilities.tolist(),
        training_shares=shares.tolist(),
        training_entropy=-torch.xlogy(shares, shares).sum().item(),
        predicted_class=predicted,
        most_frequent_class=int(shares.argmax()),
        predicted_share_of_test=100 * _shares(test_labels)[predicted].item(),
    )


def untrained(
    task: Task,
    methods: Iterable[str],
    hidden_layers: int = HIDDEN_LAYERS,
    width: int = WIDTH,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> Networks:
    """One network for each method; all of them scale the same normal draws."""
    sizes = [PIXELS, *[width] * hidden_layers, CLASSES]

    def matrices(method: str) -> list[Tensor]:
        generator = _generator(task.seed)
        drawn = [initialize_weights(shape, method, generator) for shape in pairwise(sizes)]
        return [weights.to(device, dtype) for weights in drawn]

    return stack(ACTIVATIONS[task.setting], [matrices(method) for method in methods])


def gather(provenance: Provenance, runs: list[InitializationRun]) -> InitializationResult:
    """Beside all runs: what theory predicts, and the initialisation to recommend."""
    depths = DEPTHS[provenance.profile]
    theory, recommendations, late_jumps = {}, {}, {}
    for activation in ACTIVATIONS:
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


def plot_activations_tanh(result: InitializationResult) -> Figure:
    """Mean and standard deviation of tanh activations before training, by hidden layer (Q5.2)."""
    return _plot_activations(result, "tanh")


def plot_activations_relu(result: InitializationResult) -> Figure:
    """Mean and standard deviation of ReLU activations before training, by hidden layer (Q5.4)."""
    return _plot_activations(result, "relu")


def plot_losses_tanh(result: InitializationResult) -> Figure:
    """Training losses of all four initialisations with tanh (Q5.3)."""
    return _plot_losses(result, "tanh")


def plot_losses_relu(result: InitializationResult) -> Figure:
    """Training losses of all four initialisations with ReLU (Q5.4)."""
    return _plot_losses(result, "relu")


def plot_gradients(result: InitializationResult) -> Figure:
    """Norms of the gradient by each layer's weights, before training."""
    figure, axes = new_figure(2.2, columns=2, sharey=True)
    layers = range(1, result.hidden_layers + 2)
    for ax, activation in zip(axes, ACTIVATIONS, strict=True):
        for index, method in enumerate(VARIANCES):
            starts = [run.start[method] for run in result.runs_of(activation)]
            _plot_measured(ax, layers, [start.gradient_norms for start in starts], index)
        ax.set(title=_title(result, activation), xlabel="layer", xticks=layers)
        _scale_down_to_zero(ax, -6, 2)
    axes[0].set_ylabel("norm of the gradient")
    _add_legend(figure)
    return figure


def plot_depths(result: InitializationResult) -> Figure:
    """The last hidden layer's signal and the first layer's gradient in networks of all depths."""
    figure, axes = new_figure(3.6, rows=2, columns=2, sharex=True, sharey="row")
    for (upper, lower), activation in zip(axes.T, ACTIVATIONS, strict=True):
        for index, method in enumerate(VARIANCES):
            found = [run.depths[method] for run in result.runs_of(activation)]
            theory = result.theory[activation][method].std
            _plot_theory(upper, result.depths, [theory[d - 1] for d in result.depths], index)
            _plot_measured(upper, result.depths, [d.last_std for d in found], index)
            _plot_measured(lower, result.depths, [d.first_gradient_norm for d in found], index)
        upper.set_title(_title(result, activation))
        lower.set(xlabel="hidden layers", xticks=range(2, 21, 3))
        for ax in (upper, lower):
            _scale_down_to_zero(ax, -20, 5)
    axes[0, 0].set_ylabel("std, last activations")
    axes[1, 0].set_ylabel("norm, first gradient")
    _add_legend(figure, theory=True)
    return figure


def _plot_activations(result: InitializationResult, activation: str) -> Figure:
    figure, (left, right) = new_figure(2.4, columns=2)
    layers = range(1, result.hidden_layers + 1)
    for index, method in enumerate(VARIANCES):
        starts = [run.start[method] for run in result.runs_of(activation)]
        theory = result.theory[activation][method]
        _plot_theory(left, layers, theory.mean[: result.hidden_layers], index)
        _plot_theory(right, layers, theory.std[: result.hidden_layers], index)
        _plot_measured(left, layers, [start.measured.mean for start in starts], index)
        _plot_measured(right, layers, [start.measured.std for start in starts], index)
    for ax in (left, right):
        ax.set(title=_title(result, activation), xlabel="hidden layer", xticks=layers)
    left.set_ylabel("mean activation")
    right.set_ylabel("std of the activations")
    _scale_down_to_zero(right, -6, 1)
    _add_legend(figure, theory=True)
    return figure


def _plot_losses(result: InitializationResult, activation: str) -> Figure:
    figure, ax = new_figure(2.5)
    points = result.points_per_epoch
    for index, method in enumerate(VARIANCES):
        losses = [run.training[method].losses for run in result.runs_of(activation)]
        epochs = (np.arange(len(losses[0])) + 0.5) / points
        # Markers at different places show curves that lie on each other.
        _plot_measured(ax, epochs, losses, index, markevery=(2 * index % points, points))
    ax.set(
        title=_title(result, activation),
        xlabel="epoch",
        ylabel="training loss (nats)",
        yscale="log",
        xlim=(0, result.epochs),
    )
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    _add_legend(figure)
    return figure


_plot_measured = partial(plot_band, linestyle="-")  # dashes are for theory


def _plot_theory(ax: Axes, x: Sequence[int], predicted: list[float], index: int) -> None:
    """What theory has, behind what was measured."""
    ax.plot(x, predicted, **THEORY | {"color": _look(index)["color"]})


def _look(index: int) -> dict[str, Any]:
    """Colour and marker of a method, on a line without dashes."""
    return line_style(index) | {"linestyle": "-"}


def _scale_down_to_zero(ax: Axes, lowest: int, step: int) -> None:
    """A logarithmic axis from `10**lowest` on with a place for zero below."""
    ax.set_yscale("symlog", linthresh=10.0**lowest, linscale=0.5)
    ax.set_yticks([0, *(10.0**exponent for exponent in range(lowest + step, 1, step))])
    ax.set_ylim(-0.3 * 10.0**lowest, max(ax.get_ylim()[1], 3 * ax.dataLim.ymax))


def _add_legend(figure: Figure, theory: bool = False) -> None:
    """One legend above all axes."""
    lines = [
        Line2D([], [], label=name, **_look(index)) for index, name in enumerate(NAMES.values())
    ]
    if theory:
        lines.append(Line2D([], [], label="theory", **THEORY))
    figure.legend(handles=lines, loc="outside upper center", ncols=len(lines))


def _title(result: InitializationResult, activation: str) -> str:
    return f"{ACTIVATION_NAMES[activation]}, {result.provenance.data[0].name}"


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _shares(labels: Int[Tensor, " count"]) -> Float[Tensor, " classes"]:
    """The share of each class."""
    return torch.bincount(labels, minlength=CLASSES).double() / len(labels)


def _largest(tensors: Iterable[Tensor]) -> float:
    """The largest absolute value in any of the tensors."""
    return max(tensor.abs().max().item() for tensor in tensors)


EXPERIMENT = Experiment(
    name="initialization",
    summary="four initialisations with tanh and ReLU: signals, gradients, training",
    problem="5",
    run=run,
    gather=gather,
    run_type=InitializationRun,
    result_type=InitializationResult,
    figures=(
        plot_activations_tanh,
        plot_activations_relu,
        plot_losses_tanh,
        plot_losses_relu,
        plot_gradients,
        plot_depths,
    ),
    settings=tuple(ACTIVATIONS),
    data=("mnist",),
    uses_device=True,
)
