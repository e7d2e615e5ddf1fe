"""Networks of one shape side by side: each layer of all of them is one batched product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from experiments.datasets import Split

Activation = Callable[[Tensor], Tensor]


class Batch(NamedTuple):
    """Images as rows of values in [0, 1], and their labels."""

    images: Float[Tensor, "count pixels"]
    labels: Int[Tensor, " count"]


@dataclass(frozen=True)
class Networks:
    """Multi-layer perceptrons of one shape; each method answers for one after the other.

    `weights` are (networks, fan_in, fan_out), `biases` (networks, 1, fan_out), one for each layer.
    """

    activation: Activation
    weights: list[Float[Tensor, "networks _ _"]]
    biases: list[Float[Tensor, "networks 1 _"]]

    @property
    def parameters(self) -> list[Tensor]:
        """All weights, then all biases."""
        return [*self.weights, *self.biases]

    def forward(
        self, inputs: Float[Tensor, "batch features"]
    ) -> list[Float[Tensor, "networks batch _"]]:
        """What each layer puts out for the same inputs; the last one's outputs are the logits."""
        signal = inputs.expand(len(self.weights[0]), *inputs.shape)
        outputs = []
        for weights, biases in zip(self.weights[:-1], self.biases[:-1], strict=True):
            signal = self.activation(torch.baddbmm(biases, signal, weights))
            outputs.append(signal)
        return [*outputs, torch.baddbmm(self.biases[-1], signal, self.weights[-1])]

    def losses(
        self, inputs: Float[Tensor, "batch features"], labels: Int[Tensor, " batch"]
    ) -> Float[Tensor, " networks"]:
        """The mean cross-entropy of each network."""
        logits = self.forward(inputs)[-1]
        losses = functional.cross_entropy(
            logits.flatten(0, 1), labels.repeat(len(logits)), reduction="none"
        )
        return losses.view(len(logits), -1).mean(1)

    def gradients(
        self, inputs: Float[Tensor, "batch features"], labels: Int[Tensor, " batch"]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The gradients of each network's loss by its own weights and biases."""
        gradients = torch.autograd.grad(self.losses(inputs, labels).sum(), self.parameters)
        return list(gradients[: len(self.weights)]), list(gradients[len(self.weights) :])

    @torch.no_grad()
    def accuracies(
        self, inputs: Float[Tensor, "batch features"], labels: Int[Tensor, " batch"]
    ) -> list[float]:
        """The share of inputs that each network labels right."""
        return (self.forward(inputs)[-1].argmax(2) == labels).double().mean(1).tolist()


def stack(activation: Activation, networks: Sequence[Sequence[Tensor]]) -> Networks:
    """Trainable networks of the weight matrices (fan_in, fan_out) of each; all biases are zero."""
    weights = [torch.stack(list(matrices)) for matrices in zip(*networks, strict=True)]
    biases = [matrices.new_zeros(len(matrices), 1, matrices.shape[2]) for matrices in weights]
    stacked = Networks(activation, weights, biases)
    for parameter in stacked.parameters:
        parameter.requires_grad_()
    return stacked


def as_batch(split: Split, count: int | None = None) -> Batch:
    """The first `count` images of a split in float32; all of them without a `count`."""
    images = torch.from_numpy(split.images[:count]).flatten(1).float() / 255
    return Batch(images, torch.from_numpy(split.labels[:count]))
