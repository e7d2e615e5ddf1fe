"""The network of Q6.7, and an epoch of its training, as a user of `mytorch` writes them."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from experiments.datasets import Split
from experiments.numpy_mnist.design import WIDTHS
from mytorch.nn import SGD, Linear, ReLU, Sequential, SoftmaxCrossEntropy


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
