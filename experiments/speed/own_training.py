"""One epoch of the experiments' own training, beside nothing but the matrix products in it."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from experiments.blood_cells import network as blood_cells
from experiments.datasets import Split
from experiments.framework.experiment import Task
from experiments.initialization import design as initialization
from experiments.initialization.training import train_by_epoch, untrained
from experiments.networks.stacked import Batch, as_batch
from experiments.speed.contenders import Epoch, Labels


def blood_cell_epochs(training: Split) -> dict[str, Epoch]:
    """Problem 4's network, trained with Adam."""
    x, y = blood_cells.as_tensors(training, "cpu")
    network, task = blood_cells.build_network(0), Task("blood_cells", "default", 0)
    weights = [layer.weight.detach().T[None] for layer in network if isinstance(layer, nn.Linear)]
    epochs = blood_cells.train_by_epoch(network, x, y, task)
    return {
        "blood cells": lambda order: next(epochs).tolist(),
        "matrix products": matrix_products(weights, x, blood_cells.BATCH_SIZE),
    }


def initialization_epochs(training: Split) -> dict[str, Epoch]:
    """Problem 5's networks, three of them side by side, trained with SGD; by activation."""
    train_set = as_batch(training)
    tanh, relu = (Task("initialization", activation, 0) for activation in ("tanh", "relu"))
    weights = [W.detach() for W in untrained(tanh, initialization.STACKED).weights]
    return {
        "initialization, tanh": _stacked_epoch(tanh, train_set),
        "initialization, ReLU": _stacked_epoch(relu, train_set),
        "matrix products": matrix_products(weights, train_set.images, initialization.BATCH_SIZE),
    }


def matrix_products(
    weights: Sequence[Float[Tensor, "networks _ _"]],
    images: Float[Tensor, "count pixels"],
    batch_size: int,
) -> Epoch:
    """Nothing but the matrix products of training, by PyTorch, into tensors that are there already.

    The lower bound of training with PyTorch: forward, the gradients of all weights, and the
    gradients of all inputs but the first layer's, where the weights (fan_in, fan_out) of networks
    side by side lie in memory as they do in training. No batch is gathered.
    """
    networks = len(weights[0])
    gradients = [torch.empty_like(W) for W in weights]
    signals = {
        n: [images[:n].expand(networks, n, -1)]
        + [torch.ones(networks, n, W.shape[2]) for W in weights]
        for n in {batch_size, len(images) % batch_size}
    }

    def epoch(order: Labels) -> list[float]:
        for start in range(0, len(order), batch_size):
            layers = signals[min(batch_size, len(order) - start)]
            for W, x, z in zip(weights, layers[:-1], layers[1:], strict=True):
                torch.bmm(x, W, out=z)
            for gradient, x, z in zip(gradients, layers[:-1], layers[1:], strict=True):
                torch.bmm(x.mT, z, out=gradient)
            for W, x, z in zip(weights[1:], layers[1:-1], layers[2:], strict=True):
                torch.bmm(z, W.mT, out=x)
        return []

    return epoch


def _stacked_epoch(task: Task, train_set: Batch) -> Epoch:
    networks = untrained(task, initialization.STACKED)
    epochs = train_by_epoch(networks, train_set, task)
    return lambda order: next(epochs).flatten().tolist()
