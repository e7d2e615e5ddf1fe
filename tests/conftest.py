"""Settings that catch mistakes everywhere: run-time shape checks, strict dtypes, no silent broadcasting."""

import os

import pytest
from jaxtyping import install_import_hook

os.environ.setdefault("JAX_NUMPY_DTYPE_PROMOTION", "strict")
os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
os.environ.setdefault("JAX_ENABLE_X64", "1")

# Every annotated shape in these packages is checked at run time, in tests. SymPy's classes cannot be
# checked this way: their reprs are not those of types.
install_import_hook(["mytorch", "experiments"], "beartype.beartype").__enter__()


@pytest.fixture
def rng():
    """A generator with a fixed seed."""
    import numpy as np

    return np.random.default_rng(0)
