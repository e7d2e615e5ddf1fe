"""Q6.7: `mytorch`, NumPy alone, checks its gradients and learns to read the digits of MNIST."""

import math
from collections.abc import Sequence
from typing import Literal, cast

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

from experiments.datasets import Dataset, Split
from experiments.experiment import Experiment, Task
from experiments.results import Array, ExperimentResult, Measure, Model, Provenance, Run
from experiments.style import COLOURS, new_figure
from mytorch.nn import SGD, Linear, ReLU, Sequential, SoftmaxCrossEntropy
from mytorch.utils import gradient_check_report

WIDTHS = (784, 128, 64, 10)
LEARNING_RATE = 0.1
BATCH_SIZE = 64
EPOCHS = 3
CHECKED_IMAGES = 5
SHOWN_IMAGES = 10
SMOOTHING = 50
QUICK_IMAGES = 6000

NAMES = {"xavier": "Xavier", "he": "He"}


class CheckedParameter(Model):
    """The entry of one parameter whose gradients, by backward and by differences, differ most.

    `kinks` counts the entries whose change crosses a kink of a ReLU and spoils the difference.
    """

    name: str
    entries: int
    index: tuple[int, ...]
    analytical: float
    numerical: float
    relative_error: float
    kinks: int


class GradientCheck(Model):
    """The gradient check of every entry of every parameter; `output` is what it prints.

    `noise_floor` is how large a difference round-off may hide.
    """

    max_relative_error: float
    epsilon: float
    noise_floor: float
    parameters: list[CheckedParameter]
    output: str


class Digit(Model):
    """A test image, what it shows and what the network takes it for."""

    image: Array
    label: int
    prediction: int
    confidence: float


class NumpyMnistRun(Run):
    """One network: its gradient check, its loss at every iteration, what it learned.

    `test_accuracies` are in per cent, one after each epoch.
    """

    gradient_check: GradientCheck
    losses: list[float]
    test_accuracies: list[float]
    digits: list[Digit]


class NumpyMnistResult(ExperimentResult):
    """All networks, by initialisation, then by seed."""

    batch_size: int = BATCH_SIZE
    learning_rate: float = LEARNING_RATE
    widths: tuple[int, ...] = WIDTHS
    checked_images: int = CHECKED_IMAGES
    smoothing: int = SMOOTHING
    runs: list[NumpyMnistRun]

    def runs_of(self, setting: str) -> list[NumpyMnistRun]:
        """The runs with one initialisation, by seed."""
        return [run for run in self.runs if run.setting == setting]


def run(task: Task, mnist: Dataset) -> NumpyMnistRun:
    """Check the gradients of a fresh network on five images, then train it."""
    rng = np.random.default_rng(task.seed)
    quick = task.profile == "quick"
    images, labels = as_inputs(mnist.train, QUICK_IMAGES if quick else None)
    test_images, test_labels = as_inputs(mnist.test)
    model = build_model(cast(Literal["xavier", "he"], task.setting), rng)
    checked = rng.choice(len(labels), CHECKED_IMAGES, replace=False)
    gradient_check = check_gradients(model, images[checked], labels[checked])

    loss, optimizer = SoftmaxCrossEntropy(), SGD(model.get_parameters(), lr=LEARNING_RATE)
    losses, accuracies = [], []
    for _ in range(1 if quick else EPOCHS):
        order = rng.permutation(len(labels))
        losses += train_epoch(model, loss, optimizer, images, labels, order, BATCH_SIZE)
        right = model.forward(test_images).argmax(axis=1) == test_labels
        accuracies.append(100 * int(right.sum()) / len(right))
    shown = rng.choice(len(test_labels), SHOWN_IMAGES, replace=False)
    return NumpyMnistRun(
        setting=task.setting,
        seed=task.seed,
        gradient_check=gradient_check,
        losses=losses,
        test_accuracies=accuracies,
        digits=[read_digit(model, mnist.test, index) for index in shown.tolist()],
    )


def build_model(init: Literal["xavier", "he"], rng: np.random.Generator) -> Sequential:
    """784 -> 128 (ReLU) -> 64 (ReLU) -> 10, in float32."""
    first, second, third, last = WIDTHS
    return Sequential(
        [
            Linear(first, second, init=init, rng=rng),
            ReLU(),
            Linear(second, third, init=init, rng=rng),
            ReLU(),
            Linear(third, last, init=init, rng=rng),
        ]
    )


def check_gradients(
    model: Sequential, images: Float[np.ndarray, "count pixels"], labels: Int[np.ndarray, " count"]
) -> GradientCheck:
    """Compare every gradient with central differences."""
    report = gradient_check_report(model, images, labels)
    return GradientCheck(
        max_relative_error=report.max_relative_error,
        epsilon=report.epsilon,
        noise_floor=report.noise_floor,
        parameters=[
            CheckedParameter(
                name=checked.name,
                entries=math.prod(checked.shape),
                index=checked.index,
                analytical=checked.analytical,
                numerical=checked.numerical,
                relative_error=checked.relative_error,
                kinks=len(checked.kinks),
            )
            for checked in report.parameters
        ],
        output=str(report),
    )


def train_epoch(
    model: Sequential,
    loss: SoftmaxCrossEntropy,
    optimizer: SGD,
    images: Float[np.ndarray, "count pixels"],
    labels: Int[np.ndarray, " count"],
    order: Int[np.ndarray, " count"],
    batch_size: int,
) -> list[float]:
    """Visit every image once, in the given order; return the loss of every batch."""
    losses = []
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        losses.append(float(loss.forward(model.forward(images[batch]), labels[batch])))
        model.backward_parameters(loss.backward())
        optimizer.step(model.get_gradients())
    return losses


def as_inputs(
    split: Split, count: int | None = None
) -> tuple[Float[np.ndarray, "count pixels"], Int[np.ndarray, " count"]]:
    """The first `count` images as rows of float32 in [0, 1], and their labels."""
    images = split.images[:count]
    return images.reshape(len(images), -1) / np.float32(255), split.labels[:count]


def read_digit(model: Sequential, test: Split, index: int) -> Digit:
    """What the network takes one test image for, and how sure it is."""
    pixels, _ = as_inputs(Split(test.images[[index]], test.labels[[index]]))
    logits = model.forward(pixels)[0].astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    return Digit(
        image=test.images[index],
        label=int(test.labels[index]),
        prediction=int(probabilities.argmax()),
        confidence=float(probabilities.max()),
    )


def gather(provenance: Provenance, runs: list[NumpyMnistRun]) -> NumpyMnistResult:
    """Beside all runs: the accuracies at the end and the largest error of any gradient."""
    summary = {
        "largest relative error of a gradient": Measure(
            values=[
                max(run.gradient_check.max_relative_error for run in runs if run.seed == seed)
                for seed in provenance.seeds
            ]
        )
    }
    for setting, name in NAMES.items():
        accuracies = [run.test_accuracies[-1] for run in runs if run.setting == setting]
        summary[f"test accuracy, {name}"] = Measure(values=accuracies, unit="%")
    return NumpyMnistResult(provenance=provenance, summary=summary, runs=runs)


def smooth(values: Sequence[float], window: int) -> Float[np.ndarray, " smoothed"]:
    """The mean of every `window` neighbours: `len(values) - window + 1` numbers."""
    return np.convolve(values, np.full(window, 1 / window), mode="valid")


def plot_loss(result: NumpyMnistResult) -> Figure:
    """The loss of every batch of the first network, and smoothed with all seeds as a band."""
    figure, panels = new_figure(2.0, 1, 2, sharey=True)
    for axes, (setting, name) in zip(panels, NAMES.items(), strict=True):
        runs = result.runs_of(setting)
        raw = runs[0].losses
        window = min(result.smoothing, len(raw))
        smoothed = np.array([smooth(run.losses, window) for run in runs])
        iterations = np.arange(smoothed.shape[1]) + (window + 1) / 2
        low, high = smoothed.min(axis=0), smoothed.max(axis=0)
        every = {"color": "#dddddd", "linewidth": 0.3, "linestyle": "-", "zorder": 1}
        band = {"color": COLOURS[1], "linewidth": 0, "zorder": 2}
        mean = {"color": "black", "linewidth": 0.5, "linestyle": "-", "zorder": 3}
        axes.plot(range(1, len(raw) + 1), raw, label=f"every batch, seed {runs[0].seed}", **every)
        axes.fill_between(iterations, low, high, label=f"range of {len(runs)} seeds", **band)
        label = f"mean of {window} batches and {len(runs)} seeds"
        axes.plot(iterations, smoothed.mean(axis=0), label=label, **mean)
        axes.set(yscale="log", xlim=(0, len(raw)), title=f"{name} initialisation")
        axes.set_xlabel(f"iteration (batches of {result.batch_size} images)")
    panels[0].set_ylabel("training loss (nats)")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def plot_digits(result: NumpyMnistResult) -> Figure:
    """Ten random test images, with what they show and what the first network reads."""
    figure, grid = new_figure(1.75, 2, 5)
    for axes, digit in zip(grid.flat, result.runs_of("xavier")[0].digits, strict=True):
        right = digit.prediction == digit.label
        axes.imshow(digit.image, cmap="gray_r", vmin=0, vmax=255)
        axes.set_title(
            f"true {digit.label}, predicted {digit.prediction}\n({100 * digit.confidence:.1f} %)",
            color="black" if right else COLOURS[-1],
        )
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color="black" if right else COLOURS[-1])
        axes.spines[:].set_linewidth(0.5 if right else 2)
    return figure


EXPERIMENT = Experiment(
    name="numpy_mnist",
    summary="a network written with NumPy alone: gradient check, training, test accuracy",
    problem="6.7",
    run=run,
    gather=gather,
    run_type=NumpyMnistRun,
    result_type=NumpyMnistResult,
    figures=(plot_loss, plot_digits),
    settings=tuple(NAMES),
    data=("mnist",),
)
