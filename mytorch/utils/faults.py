"""Whose fault a wrong gradient is: each part's backward is held against its own forward."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from mytorch.utils.network import Network, Part

STEP = 1e-6
LIMIT = 1e-7  # above the curvature and the round-off of float64 at this step
DIRECTIONS = 5


def wrong_parts(network: Network, signals: Sequence[np.ndarray]) -> list[int]:
    """Return which parts return a wrong dL/dx for the dL/dy that reached them, right or wrong."""
    pairs = enumerate(zip(network.parts, network.activations, signals[1:], strict=False))
    return [at for at, (part, x, signal) in pairs if not _returns_right(part, x, signal)]


def shared_parts(parts: Sequence[Part]) -> Iterator[str]:
    """Say which parts are one and the same object."""
    by_object = defaultdict(list)
    for part in parts:
        by_object[id(part.module)].append(part)
    for same in by_object.values():
        if len(same) > 1:
            yield (
                f"{' and '.join(map(str, same))} are one object, whose backward answers for its "
                "latest forward: use one for each place"
            )


def _returns_right(part: Part, x: np.ndarray, signal: np.ndarray) -> bool:
    """Whether dL/dx agrees with differences of `forward` along random directions.

    Each entry moves by a share of itself, so that none crosses a kink at zero.
    """
    rng = np.random.default_rng(0)
    part.forward(x)
    grad_x = part.backward(signal, x)
    errors = []
    for _ in range(DIRECTIONS):
        direction = x * rng.standard_normal(x.shape).astype(x.dtype)
        up, down = ((signal * part.forward(x + step * direction)).sum() for step in (STEP, -STEP))
        claimed = grad_x * direction
        difference = abs(claimed.sum() - (up - down) / (2 * STEP))
        errors.append(difference / max(np.linalg.norm(claimed.astype(float)), 1e-300))
    return bool(np.median(errors) < LIMIT)
