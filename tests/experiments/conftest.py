import sys
from pathlib import Path

import pytest

from experiments.results import Provenance

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
