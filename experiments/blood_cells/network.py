"""Q4.2: the perceptron that tells blood cells apart, and how it is trained."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from experiments.datasets import Split
from experiments.framework.experiment import Task
from experiments.networks.training import train

SIZES = (28 * 28 * 3, 256, 128, 8)
LEARNING_RATE, BATCH_SIZE = 1e-3, 64
EPOCHS = {"full": 30, "quick": 2}


def build_network(seed: int) -> nn.Sequential:
    """The perceptron 2352-256-128-8 with ReLU, initialised from `seed` as PyTorch does."""
    inputs, hidden1, hidden2, classes = SIZES
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(inputs, hidden1),
            nn.ReLU(),
            nn.Linear(hidden1, hidden2),
            nn.ReLU(),
            nn.Linear(hidden2, classes),
        )


def train_by_epoch(
    network: nn.Module,
    x: Float[Tensor, "count pixels"],
    y: Int[Tensor, " count"],
    task: Task,
) -> Iterator[Float[Tensor, " batches"]]:
    """Train `network` in place with Adam; after each epoch, yield the losses of its batches."""
    return train(
        lambda indices: functional.cross_entropy(network(x.index_select(0, indices)), y[indices]),
        torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True),
        samples=len(y),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS[task.profile],
        generator=torch.Generator().manual_seed(task.seed),
        device=task.device,
    )


def as_tensors(split: Split, device: str) -> tuple[Tensor, Tensor]:
    """Flattened images with values in [0, 1], and their labels."""
    images = torch.from_numpy(split.images.reshape(len(split), -1)).to(device)
    return images.float().div_(255), torch.from_numpy(split.labels).to(device)
