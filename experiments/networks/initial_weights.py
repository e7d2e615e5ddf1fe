"""Q5.1: four ways to draw the weights of a layer before training."""

import math
from collections.abc import Callable
from numbers import Integral

import torch
from jaxtyping import Float
from torch import Tensor

VARIANCES: dict[str, Callable[[int, int], float]] = {
    "zero": lambda fan_in, fan_out: 0.0,
    "small": lambda fan_in, fan_out: 0.01**2,
    "xavier": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


def initialize_weights(
    shape: tuple[int, int], method: str, generator: torch.Generator | None = None
) -> Float[Tensor, "fan_in fan_out"]:
    """Weights of shape (fan_in, fan_out), float32, normal with mean 0.

    The variance is 0 (`zero`), 0.01^2 (`small`), 2 / (fan_in + fan_out) (`xavier`; Glorot and
    Bengio 2010) or 2 / fan_in (`he`; He et al. 2015). Without a `generator`, PyTorch's global one
    is used. Raises `ValueError` for an unknown method and for a shape that is not two positive
    integers.
    """
    if method not in VARIANCES:
        raise ValueError(f"method: expected one of {', '.join(VARIANCES)}, got {method!r}")
    sizes = shape if isinstance(shape, tuple | list) else ()
    if len(sizes) != 2 or not all(isinstance(size, Integral) and size > 0 for size in sizes):
        raise ValueError(f"shape: expected (fan_in, fan_out), two positive integers, got {shape}")
    return torch.normal(0.0, math.sqrt(VARIANCES[method](*shape)), shape, generator=generator)
