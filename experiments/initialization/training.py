"""Networks of all methods, before training and trained on the same batches."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from experiments.framework.experiment import Task
from experiments.initialization.design import (
    BATCH_SIZE,
    CLASSES,
    EPOCHS,
    HIDDEN_LAYERS,
    LEARNING_RATE,
    PIXELS,
    POINTS_PER_EPOCH,
    STACKED,
    WIDTH,
)
from experiments.initialization.result import Training
from experiments.networks.initial_weights import VARIANCES, initialize_weights
from experiments.networks.stacked import Activation, Batch, Networks, stack
from experiments.networks.training import train

ACTIVATIONS: dict[str, Activation] = {"tanh": torch.tanh, "relu": torch.relu}


def train_all(
    task: Task, train_set: Batch, test_set: Batch
) -> tuple[dict[str, Training], Networks]:
    """Train the networks of all methods on the same batches; also return that of zeros, trained."""
    training = {}
    for methods in (STACKED, ("zero",)):
        networks = untrained(task, methods, device=task.device)
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
        generator=new_generator(task.seed),
        device=task.device,
    )


def untrained(
    task: Task,
    methods: Iterable[str],
    hidden_layers: int = HIDDEN_LAYERS,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
) -> Networks:
    """One network for each method; all of them scale the same normal draws."""
    sizes = [PIXELS, *[WIDTH] * hidden_layers, CLASSES]

    def matrices(method: str) -> list[Tensor]:
        generator = new_generator(task.seed)
        drawn = [initialize_weights(shape, method, generator) for shape in pairwise(sizes)]
        return [weights.to(device, dtype) for weights in drawn]

    return stack(ACTIVATIONS[task.setting], [matrices(method) for method in methods])


def new_generator(seed: int) -> torch.Generator:
    """A source of random numbers on the CPU, so that every device sees the same."""
    return torch.Generator().manual_seed(seed)
