import numpy as np
import pytest
import torch
from torch import nn

from experiments.datasets import Split
from experiments.networks.stacked import Batch, Networks, as_batch, stack
from experiments.networks.training import train

SHAPES = [(6, 5), (5, 4), (4, 3)]


@pytest.fixture
def batch() -> Batch:
    generator = torch.Generator().manual_seed(0)
    return Batch(
        torch.rand(40, 6, generator=generator), torch.randint(3, (40,), generator=generator)
    )


def _matrices(seed: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator) for shape in SHAPES]


def _alone(matrices: list[torch.Tensor]) -> nn.Sequential:
    """The same network in PyTorch's own modules."""
    layers: list[nn.Module] = []
    for matrix in matrices:
        layer = nn.Linear(*matrix.shape)
        layer.weight.data, layer.bias.data = matrix.T.clone(), torch.zeros(matrix.shape[1])
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def _trained(networks: Networks, batch: Batch) -> torch.Tensor:
    epochs = train(
        lambda i: networks.losses(batch.images[i], batch.labels[i]),
        torch.optim.SGD(networks.parameters, lr=0.3),
        samples=40,
        batch_size=8,
        epochs=5,
        generator=torch.Generator().manual_seed(1),
    )
    return torch.cat(list(epochs))


def test_stacked_networks_compute_what_pytorch_modules_compute(batch: Batch) -> None:
    networks = stack(torch.tanh, [_matrices(1), _matrices(2)])
    *hidden, logits = networks.forward(batch.images)
    assert [signal.shape for signal in hidden] == [(2, 40, 5), (2, 40, 4)]
    by_weights, by_biases = networks.gradients(*batch)
    for index, seed in enumerate((1, 2)):
        module = _alone(_matrices(seed))
        torch.testing.assert_close(logits[index], module(batch.images))
        loss = nn.functional.cross_entropy(module(batch.images), batch.labels)
        torch.testing.assert_close(networks.losses(*batch)[index], loss)
        loss.backward()
        for layer, weights, biases in zip(module[::2], by_weights, by_biases, strict=True):
            torch.testing.assert_close(weights[index], layer.weight.grad.T)
            torch.testing.assert_close(biases[index, 0], layer.bias.grad)


def test_networks_trained_together_end_as_they_do_alone(batch: Batch) -> None:
    together = stack(torch.relu, [_matrices(1), _matrices(2)])
    losses = _trained(together, batch)
    for index, seed in enumerate((1, 2)):
        alone = stack(torch.relu, [_matrices(seed)])
        torch.testing.assert_close(losses[:, [index]], _trained(alone, batch))
        for both, one in zip(together.parameters, alone.parameters, strict=True):
            torch.testing.assert_close(both[[index]], one)


def test_accuracies_are_shares_of_right_labels() -> None:
    # The first network answers with the larger input, the second with the smaller one.
    networks = stack(torch.tanh, [[torch.eye(2)], [-torch.eye(2)]])
    images = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.2, 0.1], [0.3, 0.9]])
    assert networks.accuracies(images, torch.tensor([0, 1, 0, 0])) == [0.75, 0.25]


def test_a_batch_holds_images_as_rows_between_0_and_1() -> None:
    split = Split(np.arange(8, dtype=np.uint8).reshape(2, 2, 2) * 36, np.array([4, 7]))
    images, labels = as_batch(split, 1)
    torch.testing.assert_close(images, torch.tensor([[0.0, 36, 72, 108]]) / 255)
    assert labels.tolist() == [4]
