import numpy as np
import pytest
import torch

from experiments.datasets import Dataset, Split
from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Provenance
from experiments.numpy_mnist import EXPERIMENT
from experiments.numpy_mnist.figures import smooth
from experiments.numpy_mnist.result import NumpyMnistResult, NumpyMnistRun
from experiments.numpy_mnist.run import check_gradients
from experiments.numpy_mnist.training import as_inputs, build_model, train_epoch
from mytorch.nn import SGD, SoftmaxCrossEntropy


@pytest.fixture
def stripes() -> Dataset:
    """A data set that is easily learned: the label is the row that is lit."""

    def split(count: int) -> Split:
        labels = np.arange(count) % 10
        images = np.zeros((count, 28, 28), np.uint8)
        images[np.arange(count), labels] = 255
        return Split(images, labels)

    record = DataRecord(name="stripes", origin="here", split="", sha256="0", substitute=True)
    return Dataset(record, tuple("0123456789"), split(640), split(50))


@pytest.fixture
def runs(stripes: Dataset) -> list[NumpyMnistRun]:
    """One short run of each initialisation, without the gradient check, which takes its time."""
    return [EXPERIMENT.run(Task("numpy_mnist", s, 0, "quick"), stripes) for s in ("xavier", "he")]


@pytest.fixture(autouse=True)
def quick_gradient_check(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "gradient" not in request.node.name:
        model = build_model("xavier", np.random.default_rng(0))
        model.modules = model.modules[-1:]
        x = np.random.default_rng(1).random((5, 64), np.float32)
        checked = check_gradients(model, x, np.arange(5))
        monkeypatch.setattr(
            "experiments.numpy_mnist.run.check_gradients", lambda *arguments: checked
        )


def test_network_is_the_one_of_the_homework() -> None:
    model = build_model("xavier", np.random.default_rng(0))
    shapes = [parameter.shape for parameter in model.get_parameters()]
    assert shapes == [(128, 784), (128,), (64, 128), (64,), (10, 64), (10,)]
    assert {parameter.dtype for parameter in model.get_parameters()} == {np.dtype(np.float32)}


def test_training_takes_the_same_steps_as_pytorch() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((150, 784), np.float32)
    labels, order = rng.integers(0, 10, 150), rng.permutation(150)
    model = build_model("he", rng)
    layers = [module for width, module in zip((1, 0) * 3, model.modules, strict=False) if width]
    twin = torch.nn.Sequential(
        torch.nn.Linear(784, 128),
        torch.nn.ReLU(),
        torch.nn.Linear(128, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 10),
    )
    with torch.no_grad():
        for mine, theirs in zip(layers, twin[::2], strict=True):
            theirs.weight.copy_(torch.from_numpy(mine.get_parameters()[0]))
            theirs.bias.copy_(torch.from_numpy(mine.get_parameters()[1]))
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    expected = []
    for batch in torch.from_numpy(order).split(64):
        optimizer.zero_grad()
        x, y = torch.from_numpy(images)[batch], torch.from_numpy(labels)[batch]
        loss = torch.nn.functional.cross_entropy(twin(x), y)
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    mine = SGD(model.get_parameters(), lr=0.1)
    losses = train_epoch(model, SoftmaxCrossEntropy(), mine, images, labels, order, 64)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    np.testing.assert_allclose(
        model.get_parameters()[0], twin[0].weight.detach().numpy(), atol=1e-6
    )


def test_gradient_check_of_the_whole_network_passes_and_names_every_parameter() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((5, 784), np.float32) * (rng.random((5, 784)) < 0.1)
    checked = check_gradients(build_model("xavier", rng), images.astype(np.float32), np.arange(5))
    assert checked.max_relative_error < 1e-5
    assert sum(parameter.entries for parameter in checked.parameters) == 109_386
    assert checked.max_relative_error == max(p.relative_error for p in checked.parameters)
    assert f"{checked.max_relative_error:.2e}" in checked.output


def test_network_learns_what_can_be_learned(runs: list[NumpyMnistRun]) -> None:
    for run in runs:
        assert len(run.losses) == 10
        assert run.losses[-1] < run.losses[0] - 0.1
        assert run.test_accuracies[-1] > 30
        assert len(run.digits) == 10


def test_shown_digits_carry_the_network_s_own_prediction(runs: list[NumpyMnistRun]) -> None:
    for digit in runs[0].digits:
        assert digit.image[digit.label].min() == 255
        assert 0.1 <= digit.confidence <= 1


def test_same_seed_gives_the_same_run_bit_for_bit(
    runs: list[NumpyMnistRun], stripes: Dataset
) -> None:
    again = EXPERIMENT.run(Task("numpy_mnist", "xavier", 0, "quick"), stripes)
    other = EXPERIMENT.run(Task("numpy_mnist", "xavier", 1, "quick"), stripes)
    assert again.model_dump_json() == runs[0].model_dump_json()
    assert other.losses != runs[0].losses


def test_inputs_are_rows_of_float32_between_0_and_1(stripes: Dataset) -> None:
    images, labels = as_inputs(stripes.train, 7)
    assert (images.shape, images.dtype, labels.shape) == ((7, 784), np.float32, (7,))
    assert (images.min(), images.max()) == (0, 1)


def test_smoothing_is_a_mean_of_neighbours() -> None:
    np.testing.assert_allclose(smooth([1.0, 2.0, 6.0, 1.0], 3), [3, 3])


def test_figures_show_the_losses_and_the_digits(
    runs: list[NumpyMnistRun], provenance: Provenance, stripes: Dataset
) -> None:
    provenance = provenance.model_copy(update={"seeds": [0], "data": [stripes.record]})
    result = EXPERIMENT.gather(provenance, runs)
    assert isinstance(result, NumpyMnistResult)
    assert result.summary["test accuracy, He"].values == [runs[1].test_accuracies[-1]]
    figures = draw(EXPERIMENT, result)
    for axes, run in zip(figures["loss"].axes, runs, strict=True):
        np.testing.assert_array_equal(axes.lines[0].get_ydata(), run.losses)
    titles = [axes.get_title() for axes in figures["digits"].axes]
    digits = runs[0].digits
    assert all(
        title.startswith(f"true {digit.label}\npredicted {digit.prediction}")
        for title, digit in zip(titles, digits, strict=True)
    )


def test_figure_that_rests_on_a_stand_in_says_so(
    runs: list[NumpyMnistRun], provenance: Provenance, stripes: Dataset
) -> None:
    provenance = provenance.model_copy(update={"seeds": [0], "data": [stripes.record]})
    for figure in draw(EXPERIMENT, EXPERIMENT.gather(provenance, runs)).values():
        assert figure.get_supxlabel() == "data: stripes"


@pytest.mark.parametrize("error", [0.67, float("nan")])
def test_wrong_gradient_is_a_failure_of_the_run(
    error: float, runs: list[NumpyMnistRun], provenance: Provenance
) -> None:
    provenance = provenance.model_copy(update={"seeds": [0]})
    right, other = runs
    assert EXPERIMENT.gather(provenance, [right, other]).failures == []
    check = other.gradient_check.model_copy(update={"max_relative_error": error})
    wrong = other.model_copy(update={"gradient_check": check})
    (failure,) = EXPERIMENT.gather(provenance, [right, wrong]).failures
    assert failure == f"he seed 0: relative error {error} of a gradient, expected at most 1e-05"
