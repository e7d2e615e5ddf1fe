"""Ways to do the same work: an epoch of SGD for a ReLU network, as different libraries do it.

Each contender prepares a network of the same weights and returns a function that trains it for one
epoch on the batches of a given order and returns the loss of every batch. All compute in float32.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from experiments.numpy_mnist.training import train_epoch
from mytorch.nn import SGD, Linear, ReLU, Sequential, SoftmaxCrossEntropy

LEARNING_RATE = 0.1

Images = Float[np.ndarray, "count pixels"]
Labels = Int[np.ndarray, " count"]
Epoch = Callable[[Labels], list[float]]
Contender = Callable[[Sequence[int], int, Images, Labels], Epoch]


def mytorch(widths: Sequence[int], batch_size: int, images: Images, labels: Labels) -> Epoch:
    """This project's library, written as a user writes it."""
    rng = np.random.default_rng(0)
    layers = [Linear(*pair, rng=rng) for pair in pairwise(widths)]
    modules = [module for layer in layers[:-1] for module in (layer, ReLU())]
    model, loss = Sequential([*modules, layers[-1]]), SoftmaxCrossEntropy()
    optimizer = SGD(model.get_parameters(), lr=LEARNING_RATE)
    return lambda order: train_epoch(model, loss, optimizer, images, labels, order, batch_size)


def pytorch(widths: Sequence[int], batch_size: int, images: Images, labels: Labels) -> Epoch:
    """PyTorch, eager, with whole tensors and the same index batches."""
    import torch

    step = _pytorch_step(widths)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)

    def epoch(order: Labels) -> list[float]:
        batches = torch.from_numpy(order).split(batch_size)
        return [step(x[batch], y[batch]) for batch in batches]

    return epoch


def pytorch_dataloader(
    widths: Sequence[int], batch_size: int, images: Images, labels: Labels
) -> Epoch:
    """PyTorch, eager, with the data loader of its tutorials, which collates sample by sample."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    step = _pytorch_step(widths)
    dataset = TensorDataset(torch.from_numpy(images), torch.from_numpy(labels))

    def epoch(order: Labels) -> list[float]:
        loader = DataLoader(dataset, batch_size, sampler=order.tolist())
        return [step(x, y) for x, y in loader]

    return epoch


def jax_scan(widths: Sequence[int], batch_size: int, images: Images, labels: Labels) -> Epoch:
    """JAX, the whole epoch as one compiled program that scans over the batches."""
    import jax
    import jax.numpy as jnp

    x, y = jnp.asarray(images), jnp.asarray(labels.astype(np.int32))

    def loss_of(parameters, x, y):
        for W, b in parameters[:-1]:
            x = jnp.maximum(x @ W.T + b[None, :], 0)
        W, b = parameters[-1]
        log_probabilities = jax.nn.log_softmax(x @ W.T + b[None, :])
        return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()

    @jax.jit
    def train(parameters, x, y, batches, rest):
        def step(parameters, batch):
            loss, gradients = jax.value_and_grad(loss_of)(parameters, x[batch], y[batch])
            rate = np.float32(LEARNING_RATE)
            return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), loss

        parameters, losses = jax.lax.scan(step, parameters, batches)
        if len(rest):
            parameters, loss = step(parameters, rest)
            losses = jnp.append(losses, loss)
        return parameters, losses

    parameters = [(jnp.asarray(W), jnp.asarray(b)) for W, b in start_parameters(widths)]

    def epoch(order: Labels) -> list[float]:
        nonlocal parameters
        whole = len(order) // batch_size * batch_size
        batches = jnp.asarray(order[:whole].reshape(-1, batch_size).astype(np.int32))
        rest = jnp.asarray(order[whole:].astype(np.int32))
        parameters, losses = train(parameters, x, y, batches, rest)
        return np.asarray(losses).tolist()

    return epoch


def matrix_products(
    widths: Sequence[int], batch_size: int, images: Images, labels: Labels
) -> Epoch:
    """Nothing but the matrix products of training, by NumPy, into arrays that are there already.

    The lower bound of any library on the same BLAS: forward, the gradients of all weights, and the
    gradients of all inputs but the first layer's. No loss is computed.
    """
    weights = [W for W, _ in start_parameters(widths)]
    gradients = [np.empty_like(W) for W in weights]
    sizes = {batch_size, len(images) % batch_size}
    signals = {n: [images[:n]] + [np.ones((n, w), np.float32) for w in widths[1:]] for n in sizes}

    def epoch(order: Labels) -> list[float]:
        for start in range(0, len(order), batch_size):
            layers = signals[min(batch_size, len(order) - start)]
            for W, x, z in zip(weights, layers[:-1], layers[1:], strict=True):
                np.matmul(x, W.T, out=z)
            for gradient, x, z in zip(gradients, layers[:-1], layers[1:], strict=True):
                np.matmul(z.T, x, out=gradient)
            for W, x, z in zip(weights[1:], layers[1:-1], layers[2:], strict=True):
                np.matmul(z, W, out=x)
        return []

    return epoch


CONTENDERS: dict[str, Contender] = {
    "mytorch": mytorch,
    "PyTorch": pytorch,
    "PyTorch, DataLoader": pytorch_dataloader,
    "JAX, jit and scan": jax_scan,
    "matrix products": matrix_products,
}


def start_parameters(widths: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The weights and biases that every contender starts from."""
    rng = np.random.default_rng(0)
    layers = [Linear(*pair, rng=rng) for pair in pairwise(widths)]
    return [(layer.W, layer.b) for layer in layers]


def _pytorch_step(widths: Sequence[int]) -> Callable:
    """One step of SGD on one batch, which returns the loss."""
    import torch
    from torch import nn

    modules: list[nn.Module] = []
    for W, b in start_parameters(widths):
        layer = nn.Linear(*W.T.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(W))
            layer.bias.copy_(torch.from_numpy(b))
        modules += [layer, nn.ReLU()]
    model, loss_of = nn.Sequential(*modules[:-1]), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step(x: torch.Tensor, y: torch.Tensor) -> float:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
