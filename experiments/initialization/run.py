"""One task: all four initialisations with one activation, before and after training."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from experiments.datasets import Dataset
from experiments.framework.experiment import Task
from experiments.initialization.design import CLASSES, DEPTHS, IMAGES, MOST_IMAGES
from experiments.initialization.result import Depths, InitializationRun, Layers, Start, ZeroStart
from experiments.initialization.training import new_generator, train_all, untrained
from experiments.networks.initial_weights import VARIANCES
from experiments.networks.stacked import Batch, Networks, as_batch


def run(task: Task, mnist: Dataset) -> InitializationRun:
    """Look at the four networks before training, then at deeper ones, then train the four."""
    train_set = as_batch(mnist.train, MOST_IMAGES[task.profile])
    test_set = as_batch(mnist.test, MOST_IMAGES[task.profile])
    indices = torch.randperm(len(train_set.labels), generator=new_generator(task.seed))[:IMAGES]
    # In float64 the weakest signal of the deepest network is still far from underflow.
    batch = Batch(train_set.images[indices].double(), train_set.labels[indices])
    training, zeros = train_all(task, train_set, test_set)
    return InitializationRun(
        setting=task.setting,
        seed=task.seed,
        input_mean_squares=batch.images.square().mean(1).tolist(),
        start=look_at_start(task, batch),
        depths=look_at_depths(task, batch, DEPTHS[task.profile]),
        training=training,
        zero=explain_zero(task, batch, zeros, train_set.labels, test_set.labels),
    )


def look_at_start(task: Task, batch: Batch) -> dict[str, Start]:
    """Signals and gradients in the untrained networks of all methods."""
    return measure_signals(untrained(task, VARIANCES, dtype=torch.float64), batch)


def look_at_depths(task: Task, batch: Batch, depths: Sequence[int]) -> dict[str, Depths]:
    """How strong a signal arrives at the last hidden layer, how strong a gradient at the first."""
    by_depth = [
        measure_signals(untrained(task, VARIANCES, depth, dtype=torch.float64), batch)
        for depth in depths
    ]
    return {
        method: Depths(
            last_std=[start[method].measured.std[-1] for start in by_depth],
            first_gradient_norm=[start[method].gradient_norms[0] for start in by_depth],
        )
        for method in VARIANCES
    }


def measure_signals(networks: Networks, batch: Batch) -> dict[str, Start]:
    """What the networks, one for each method, do with a batch."""
    with torch.no_grad():
        *hidden, _ = networks.forward(batch.images)
    by_weights, _ = networks.gradients(*batch)
    means = torch.stack([signal.mean((1, 2)) for signal in hidden], dim=1)
    stds = torch.stack([signal.std((1, 2), correction=0) for signal in hidden], dim=1)
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in by_weights], dim=1)
    return {
        method: Start(measured=Layers(mean=mean, std=std), gradient_norms=norm)
        for method, mean, std, norm in zip(
            VARIANCES, means.tolist(), stds.tolist(), norms.tolist(), strict=True
        )
    }


def explain_zero(
    task: Task,
    batch: Batch,
    trained: Networks,
    train_labels: Int[Tensor, " train"],
    test_labels: Int[Tensor, " test"],
) -> ZeroStart:
    """The exact gradients of a network of zeros, and what its trained output biases stand for."""
    zeros = untrained(task, ["zero"], dtype=torch.float64)
    by_weights, by_biases = zeros.gradients(*batch)
    shares = _shares(train_labels)
    probabilities = trained.biases[-1].detach().cpu().double().softmax(-1).flatten()
    predicted = int(probabilities.argmax())
    return ZeroStart(
        largest_weight_gradient=_largest(by_weights),
        largest_hidden_bias_gradient=_largest(by_biases[:-1]),
        output_bias_gradient=by_biases[-1].flatten().tolist(),
        expected_bias_gradient=(1 / CLASSES - _shares(batch.labels)).tolist(),
        largest_trained_weight=_largest(trained.weights),
        trained_probabilities=probabilities.tolist(),
        training_shares=shares.tolist(),
        training_entropy=-torch.xlogy(shares, shares).sum().item(),
        predicted_class=predicted,
        most_frequent_class=int(shares.argmax()),
        predicted_share_of_test=100 * _shares(test_labels)[predicted].item(),
    )


def _shares(labels: Int[Tensor, " count"]) -> Float[Tensor, " classes"]:
    """The share of each class."""
    return torch.bincount(labels, minlength=CLASSES).double() / len(labels)


def _largest(tensors: Iterable[Tensor]) -> float:
    """The largest absolute value in any of the tensors."""
    return max(tensor.abs().max().item() for tensor in tensors)
