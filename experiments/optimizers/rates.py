"""(iv) Which learning rates train a network on MNIST."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import torch

from experiments.datasets import Dataset
from experiments.networks.initial_weights import initialize_weights
from experiments.networks.stacked import as_batch, stack
from experiments.optimizers.design import BATCH_SIZE, HIDDEN, RATES, RULES, SHOWN_IMAGES
from experiments.optimizers.result import Sweep


def sweep_rates(mnist: Dataset, seed: int, steps: int) -> Sweep:
    """(iv) A network with one hidden layer of tanh units, trained with all of `RATES` at once."""
    generator = torch.Generator().manual_seed(seed)
    images, labels = as_batch(mnist.train)
    shapes = [(images.shape[1], HIDDEN), (HIDDEN, len(mnist.class_names))]
    start = [initialize_weights(shape, "xavier", generator) for shape in shapes]
    batches = [torch.randint(len(labels), (BATCH_SIZE,), generator=generator) for _ in range(steps)]
    rates = torch.tensor(RATES)[:, None, None]
    loss, best_rate, decades = {}, {}, {}
    for name, rule in RULES.items():
        networks = stack(torch.tanh, [start] * len(RATES))
        optimizers = [rule(rates) for _ in networks.parameters]
        for batch in batches:
            gradients = networks.gradients(images[batch], labels[batch])
            with torch.no_grad():
                for optimizer, w, gradient in zip(
                    optimizers, networks.parameters, chain(*gradients), strict=True
                ):
                    w.copy_(optimizer.step(w, gradient))
        with torch.no_grad():
            losses = networks.losses(images[:SHOWN_IMAGES], labels[:SHOWN_IMAGES]).tolist()
        loss[name] = losses
        best_rate[name] = RATES[int(np.nanargmin(losses))]
        decades[name] = decades_within(RATES, losses, factor=2.0)
    return Sweep(loss=loss, best_rate=best_rate, decades=decades)


def decades_within(rates: Sequence[float], losses: Sequence[float], factor: float) -> float:
    """How many decades lie between the least and the largest rate whose loss is low enough."""
    low_enough = [
        rate for rate, loss in zip(rates, losses, strict=True) if loss <= factor * np.nanmin(losses)
    ]
    return float(np.log10(max(low_enough) / min(low_enough)))
