from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.text import Text
from torch import nn

from experiments.blood_cells import EXPERIMENT, figures
from experiments.blood_cells.gather import gather, seed_interval
from experiments.blood_cells.network import EPOCHS, build_network
from experiments.blood_cells.result import BloodCellsResult, BloodCellsRun, Quadrant
from experiments.blood_cells.run import fit, run
from experiments.datasets import Dataset, Split, bloodmnist, synthetic_cells
from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Provenance, load_result
from experiments.framework.runner import Options, run_experiment

QUICK = Task("blood_cells", "default", 0, "quick")


def _drawn(count: int, seed: int) -> Split:
    labels = np.tile(np.arange(8), count)
    return Split(synthetic_cells.draw(labels, np.random.default_rng(seed)), labels)


@pytest.fixture(scope="module")
def data() -> Dataset:
    record = DataRecord(name=bloodmnist.STAND_IN, origin="drawn", split="small", sha256="0")
    names = bloodmnist.CLASS_NAMES
    return Dataset(record, names, _drawn(20, 0), _drawn(6, 1), _drawn(4, 2))


@pytest.fixture(scope="module")
def runs(data: Dataset) -> list[BloodCellsRun]:
    tasks = [Task("blood_cells", "default", seed, "quick") for seed in (3, 4)]
    return [run(task, data) for task in tasks]


@pytest.fixture
def result(runs: list[BloodCellsRun], data: Dataset, provenance: Provenance) -> BloodCellsResult:
    return gather(provenance.model_copy(update={"data": [data.record]}), runs)


def _texts(figure: Figure) -> list[str]:
    return [artist.get_text() for artist in figure.findobj(Text)]


def test_a_seed_gives_the_same_numbers_again_and_another_seed_others(
    data: Dataset, runs: list[BloodCellsRun]
) -> None:
    again = run(Task("blood_cells", "default", 3, "quick"), data)
    assert again.model_dump_json() == runs[0].model_dump_json()
    assert runs[0].curves != runs[1].curves


def test_training_learns_which_half_is_bright(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EPOCHS, "quick", 8)
    labels = np.tile(np.arange(2), 64)
    images = np.full((128, 28, 28, 3), 50, np.uint8)
    images[0::2, :14] = images[1::2, 14:] = 200
    split = Split(images, labels)
    curves = fit(build_network(0), split, split, QUICK)
    assert len(curves.training_loss) == 8
    assert curves.training_loss[-1] < 0.1 < curves.training_loss[0]
    assert curves.training_accuracy[-1] == curves.validation_accuracy[-1] == 1


def test_losses_are_those_after_each_epoch(data: Dataset) -> None:
    network = build_network(0)
    curves = fit(network, data.train, data.test, QUICK)
    x = torch.from_numpy(data.test.images.reshape(len(data.test), -1)).float() / 255
    logits, y = network(x).detach(), torch.from_numpy(data.test.labels)
    assert curves.validation_loss[-1] == pytest.approx(float(nn.CrossEntropyLoss()(logits, y)))
    assert curves.validation_accuracy[-1] == float((logits.argmax(1) == y).float().mean())


def test_interval_over_seeds_is_students() -> None:
    # The 97.5 % quantile of Student's t with two degrees of freedom is 4.303.
    assert seed_interval([1.0, 2.0, 3.0]) == pytest.approx(
        (2 - 4.303 / np.sqrt(3), 2 + 4.303 / np.sqrt(3)), abs=1e-3
    )


def test_one_seed_has_no_interval(result: BloodCellsResult) -> None:
    assert set(result.intervals) == set(result.summary)
    assert gather(result.provenance, result.runs[:1]).intervals == {}


@pytest.mark.parametrize(
    ("name", "same"),
    [(bloodmnist.OFFICIAL, True), (bloodmnist.NOT_OFFICIAL, False), (bloodmnist.STAND_IN, False)],
)
def test_the_published_result_is_on_the_same_split_only_of_official_data(
    name: str, same: bool, result: BloodCellsResult
) -> None:
    record = result.provenance.data[0].model_copy(update={"name": name})
    provenance = result.provenance.model_copy(update={"data": [record]})
    baseline = gather(provenance, result.runs).baseline
    assert (baseline.accuracy, baseline.macro_auc) == (0.958, 0.998)
    assert baseline.same_split is same


def test_every_figure_that_rests_on_drawn_cells_says_so_once(result: BloodCellsResult) -> None:
    changed = {"name": bloodmnist.STAND_IN, "substitute": True}
    record = result.provenance.data[0].model_copy(update=changed)
    provenance = result.provenance.model_copy(update={"data": [record]})
    figures = draw(EXPERIMENT, result.model_copy(update={"provenance": provenance}))
    assert len(figures) == 8
    for figure in figures.values():
        assert " ".join(_texts(figure)).count(bloodmnist.STAND_IN) == 1


def test_the_confusion_figure_shows_every_count(result: BloodCellsResult) -> None:
    shown = _texts(figures.plot_confusion(result))
    for count in np.ravel(result.runs[0].evaluation.confusion):
        assert str(count) in shown


def test_a_quadrant_with_fewer_than_two_images_says_so(result: BloodCellsResult) -> None:
    evaluation = result.runs[0].evaluation
    example = evaluation.misclassified[0]
    quadrants = evaluation.quadrants | {
        "confident incorrect": Quadrant(count=1, examples=[example]),
        "confident correct": Quadrant(count=0, examples=[]),
    }
    evaluation = evaluation.model_copy(update={"quadrants": quadrants})
    run = result.runs[0].model_copy(update={"evaluation": evaluation})
    shown = _texts(figures.plot_quadrants(result.model_copy(update={"runs": [run]})))
    assert shown.count("no other\nexample") == 1
    assert shown.count("no example") == 2
    assert any(text.endswith("but incorrect: 1 image") for text in shown)


def test_the_whole_experiment_runs_without_any_data(
    tmp_path: Path, data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.framework.runner.load_dataset", lambda *arguments: data)
    options = Options(seeds=(0,), profile="quick", device="cpu", out=tmp_path)
    result = run_experiment(EXPERIMENT, options)
    again = load_result(EXPERIMENT, tmp_path)
    assert again.model_dump_json() == result.model_dump_json()
    names = {path.name for path in (tmp_path / "blood_cells" / "figures").iterdir()}
    assert {"confusion.pdf", "confusion.png", "quadrants.pdf"} <= names
