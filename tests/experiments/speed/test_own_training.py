import numpy as np
import pytest
import torch
from torch import nn

from experiments.blood_cells import network as blood_cells
from experiments.datasets import Split
from experiments.framework.experiment import Task
from experiments.initialization.design import ACTIVATION_NAMES
from experiments.initialization.training import train_by_epoch, untrained
from experiments.networks.stacked import as_batch
from experiments.speed.contenders import Epoch
from experiments.speed.own_training import blood_cell_epochs, initialization_epochs, matrix_products


def _split(count: int, *shape: int) -> Split:
    rng = np.random.default_rng(0)
    return Split(
        rng.integers(256, size=(count, *shape), dtype=np.uint8), rng.integers(8, size=count)
    )


@pytest.fixture
def products(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The shapes of the factors of every batched product, in order."""
    shapes = []
    bmm = torch.bmm

    def spy(a: torch.Tensor, b: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        shapes.append((tuple(a.shape), tuple(b.shape)))
        return bmm(a, b, out=out)

    monkeypatch.setattr(torch, "bmm", spy)
    return shapes


def test_an_epoch_of_blood_cells_is_the_first_epoch_of_the_experiment() -> None:
    split = _split(70, 28, 28, 3)
    losses = blood_cell_epochs(split)["blood cells"](np.arange(70))
    first, _ = blood_cells.train_by_epoch(
        blood_cells.build_network(0),
        *blood_cells.as_tensors(split, "cpu"),
        Task("blood_cells", "default", 0, "quick"),
    )
    assert losses == first.tolist()
    assert len(losses) == 2


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_an_epoch_of_initialization_is_the_first_epoch_of_the_experiment(activation: str) -> None:
    split, task = _split(130, 28, 28), Task("initialization", activation, 0, "quick")
    name = f"initialization, {ACTIVATION_NAMES[activation]}"
    losses = initialization_epochs(split)[name](np.arange(130))
    networks = untrained(task, ["small", "xavier", "he"])
    (first,) = train_by_epoch(networks, as_batch(split), task)
    assert losses == first.flatten().tolist()
    assert first.shape == (2, 3)


def test_matrix_products_are_those_of_training(
    products: list[tuple[tuple[int, ...], tuple[int, ...]]],
) -> None:
    weights = [torch.ones(3, 12, 8), torch.ones(3, 8, 4)]
    matrix_products(weights, torch.ones(50, 12), 40)(np.arange(50))
    whole = [((3, 40, 12), (3, 12, 8)), ((3, 40, 8), (3, 8, 4))]
    whole += [((3, 12, 40), (3, 40, 8)), ((3, 8, 40), (3, 40, 4)), ((3, 40, 4), (3, 4, 8))]
    rest = [tuple(tuple(10 if n == 40 else n for n in shape) for shape in pair) for pair in whole]
    assert products == whole + rest


@pytest.mark.parametrize("count", [64, 65])
def test_products_of_an_experiment_have_the_shapes_of_its_network(
    count: int, products: list[tuple[tuple[int, ...], tuple[int, ...]]]
) -> None:
    epoch: Epoch = blood_cell_epochs(_split(count, 28, 28, 3))["matrix products"]
    epoch(np.arange(count))
    layers = [m for m in blood_cells.build_network(0) if isinstance(m, nn.Linear)]
    forward = [((1, 64, m.in_features), (1, m.in_features, m.out_features)) for m in layers]
    assert products[:3] == forward
    assert len(products) == 8 * (1 + count % 64)
