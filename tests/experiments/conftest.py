import sys
from pathlib import Path

# Imported before what follows: a package first imported by a module whose shapes are checked would
# be compiled anew each time.
import jax  # noqa: F401
import matplotlib.figure  # noqa: F401
import medmnist  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import torch  # noqa: F401

from experiments.framework.results import Provenance

# Worker processes import the toy experiment by its name.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(
        experiment="toy",
        problem="0",
        profile="full",
        seeds=[0, 1],
        device="cpu",
        threads=1,
        seconds=1.5,
        data=[],
        commit="unknown",
        python="3.11",
        platform="test",
        packages={},
        fingerprint={"code": "c"},
    )
