"""Settings that catch mistakes everywhere: shapes checked at run time, strict dtypes and ranks."""

import os
import sys
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

os.environ.setdefault("JAX_NUMPY_DTYPE_PROMOTION", "strict")
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ.setdefault("JAX_ENABLE_X64", "1")

# On small arrays the threads of NumPy and PyTorch do nothing but wait for one another. Processes
# take this from here, those among which tests are divided included.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Every annotated shape in these packages is checked at run time, in tests. The annotations of
# packages that use SymPy cannot be: its classes do not print as types do.
install_import_hook(["mytorch", "experiments"], "beartype.beartype").__enter__()

# Numbers to judge by, and limits, are imported by name.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_addoption(parser):
    """How much is generated, and from which seed."""
    parser.addoption("--expressions", type=int, default=1000, help="for the rules of the prover")
    parser.addoption("--answers", type=int, default=300, help="for the verdicts on answers")
    parser.addoption("--objectives", type=int, default=300, help="for their derivatives")
    parser.addoption("--wheel", action="store_true", help="build the wheel and install it")
    parser.addoption("--seed", type=int, default=0, help="of what is generated")


@pytest.fixture
def rng():
    """A generator with a fixed seed."""
    import numpy as np

    return np.random.default_rng(0)
