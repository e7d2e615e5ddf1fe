"""What is recorded: the gradient check, the training and ten digits."""

from experiments.framework.results import Array, ExperimentResult, Run
from experiments.numpy_mnist.design import (
    BATCH_SIZE,
    CHECKED_IMAGES,
    LEARNING_RATE,
    SMOOTHING,
    WIDTHS,
)
from mytorch.utils.gradient_check import LIMIT
from runs.records import MaybeNumber, Model


class CheckedParameter(Model):
    """The entry of one parameter whose gradients, by backward and by differences, differ most.

    `kinks` counts the entries whose change crosses a kink of a ReLU and spoils the difference,
    `reduced` those whose error was above the limit before round-off was taken off.
    """

    name: str
    entries: int
    index: tuple[int, ...]
    analytical: float
    numerical: float
    relative_error: float
    kinks: int
    reduced: int


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
    losses: list[MaybeNumber]
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

    @property
    def failures(self) -> list[str]:
        """The gradient checks above the homework's bound."""
        checks = [(run, run.gradient_check.max_relative_error) for run in self.runs]
        return [
            f"{run.setting} seed {run.seed}: relative error {error:.2g} of a gradient, "
            f"expected at most {LIMIT:g}"
            for run, error in checks
            if not error <= LIMIT
        ]
