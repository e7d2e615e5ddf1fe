"""What is timed, and within which limits."""

from typing import Literal, NamedTuple

BATCH_SIZES = (16, 64, 256, 1024)
HIDDEN_WIDTHS = (64, 256, 1024)
SWEEP_IMAGES = 1024
IMAGES = {"full": None, "quick": 512}
OWN_IMAGES = 3_200
ROUNDS = 5
FEWER_ROUNDS = 3

Part = Literal["epoch", "batch size", "width", "blood_cells", "initialization"]


class Limit(NamedTuple):
    """How many times as long as another a contender may take in one part."""

    part: Part
    contender: str
    other: str
    ratio: float


LIMITS = (
    Limit("epoch", "mytorch", "PyTorch", 0.6),
    Limit("epoch", "mytorch", "matrix products", 1.6),
    Limit("blood_cells", "blood cells", "matrix products", 2.0),
    Limit("initialization", "initialization, tanh", "matrix products", 1.7),
    Limit("initialization", "initialization, ReLU", "matrix products", 1.7),
)
MEMORY_LIMIT_MB = 700
