"""One task: explore the data, train the network of Q4.2 and evaluate it."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.blood_cells.design import DRAWS, TRAINING_IMAGES
from experiments.blood_cells.evaluation import evaluate
from experiments.blood_cells.exploration import explore
from experiments.blood_cells.network import as_tensors, build_network, train_by_epoch
from experiments.blood_cells.result import BloodCellsRun, Curves
from experiments.datasets import Dataset, Split
from experiments.framework.experiment import Task


def run(task: Task, bloodmnist: Dataset) -> BloodCellsRun:
    """Explore the data, train the network of Q4.2 and evaluate it."""
    validation, test = bloodmnist.validation, bloodmnist.test
    assert validation is not None
    rng = np.random.default_rng(task.seed)
    network = build_network(task.seed).to(task.device)
    curves = fit(network, bloodmnist.train[: TRAINING_IMAGES[task.profile]], validation, task)
    return BloodCellsRun(
        setting=task.setting,
        seed=task.seed,
        exploration=explore(bloodmnist, rng),
        curves=curves,
        evaluation=evaluate(
            _logits(network, validation),
            validation.labels,
            _logits(network, test),
            test,
            rng,
            DRAWS[task.profile],
        ),
    )


def fit(network: nn.Module, training: Split, validation: Split, task: Task) -> Curves:
    """Train `network`; after each epoch, measure loss and accuracy on both splits."""
    train_set, held_out = (as_tensors(split, task.device) for split in (training, validation))
    scores = [
        _loss_and_accuracy(network, *train_set) + _loss_and_accuracy(network, *held_out)
        for _ in train_by_epoch(network, *train_set, task)
    ]
    columns = [list(column) for column in zip(*scores, strict=True)]
    return Curves(
        training_loss=columns[0],
        training_accuracy=columns[1],
        validation_loss=columns[2],
        validation_accuracy=columns[3],
    )


@torch.inference_mode()
def _loss_and_accuracy(network: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    logits = network(x)
    hits = logits.argmax(dim=1) == y
    return float(functional.cross_entropy(logits, y)), float(hits.float().mean())


@torch.inference_mode()
def _logits(network: nn.Module, split: Split) -> np.ndarray:
    device = next(network.parameters()).device
    return network(as_tensors(split, str(device))[0]).cpu().double().numpy()
