import numpy as np
import pytest

from experiments.speed.contenders import CONTENDERS

WIDTHS = (12, 8, 6, 4)


@pytest.fixture
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((50, 12), np.float32), rng.integers(0, 4, 50)


@pytest.mark.parametrize("name", [name for name in CONTENDERS if name != "matrix products"])
@pytest.mark.parametrize("batch_size", [16, 25, 64])
def test_every_contender_trains_the_same_network_on_the_same_batches(
    name: str, batch_size: int, data: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = data
    mine = CONTENDERS["mytorch"](WIDTHS, batch_size, images, labels)
    theirs = CONTENDERS[name](WIDTHS, batch_size, images, labels)
    for epoch in range(3):
        order = np.random.default_rng(epoch).permutation(50)
        np.testing.assert_allclose(theirs(order), mine(order), rtol=1e-4)


def test_matrix_products_are_those_of_training(
    monkeypatch: pytest.MonkeyPatch, data: tuple[np.ndarray, np.ndarray]
) -> None:
    shapes = []
    matmul = np.matmul

    def spy(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
        shapes.append((a.shape, b.shape))
        return matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", spy)
    CONTENDERS["matrix products"](WIDTHS, 50, *data)(np.arange(50))
    forward = [((50, 12), (12, 8)), ((50, 8), (8, 6)), ((50, 6), (6, 4))]
    weights = [((8, 50), (50, 12)), ((6, 50), (50, 8)), ((4, 50), (50, 6))]
    inputs = [((50, 6), (6, 8)), ((50, 4), (4, 6))]
    assert sorted(shapes) == sorted(forward + weights + inputs)
