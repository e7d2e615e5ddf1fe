"""The one PyTorch training loop: whole tensors on the device, batches by index."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor


def train(
    batch_loss: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    samples: int,
    batch_size: int,
    epochs: int,
    generator: torch.Generator,
    device: str = "cpu",
) -> Iterator[Tensor]:
    """Train for `epochs` epochs; after each one, yield its training losses.

    `batch_loss(indices)` is the mean loss of the samples at `indices` (int64, at most `batch_size`
    of them), a scalar, or a vector when several networks are trained together: their losses are
    added, so that each network gets the gradient of its own. The yielded tensor has one row per
    step. Each epoch visits every sample once, in an order drawn from `generator` (on the CPU, so
    that every device sees the same batches).

    Adam's second moments decay into denormal numbers, which cost a factor of three on a CPU, so
    they are flushed to zero while this loop is at work.
    """
    for _ in range(epochs):
        torch.set_flush_denormal(True)
        try:
            order = torch.randperm(samples, generator=generator).to(device)
            losses = []
            for indices in order.split(batch_size):
                optimizer.zero_grad()
                loss = batch_loss(indices)
                loss.sum().backward()
                optimizer.step()
                losses.append(loss.detach())
        finally:
            torch.set_flush_denormal(False)
        yield torch.stack(losses)
