"""The few functions that references are written in: NumPy's, JAX's, PyTorch's or in 40 digits."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

Backend = Any
DIGITS = 40


@cache
def numpy_backend() -> Backend:
    """NumPy in float64, or in complex128 for the complex step."""
    return SimpleNamespace(
        exp=np.exp, log=np.log, tanh=np.tanh, sqrt=np.sqrt, abs=np.abs, where=np.where,
        sum=np.sum, einsum=np.einsum, array=np.asarray,
        detached_max=lambda x: np.max(np.real(x), axis=-1, keepdims=True),
    )  # fmt: skip


@cache
def jax_backend() -> Backend:
    """JAX in float64 with strict promotion, and a compilation cache that outlives the process."""
    import jax

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_compilation_cache_dir", _cache_folder())
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return jax_functions()


@cache
def jax_functions() -> Backend:
    """JAX's functions, under whatever settings the process has."""
    import jax
    import jax.numpy as jnp

    return SimpleNamespace(
        exp=jnp.exp, log=jnp.log, tanh=jnp.tanh, sqrt=jnp.sqrt, abs=jnp.abs, where=jnp.where,
        sum=jnp.sum, einsum=jnp.einsum, array=jnp.asarray,
        detached_max=lambda x: jax.lax.stop_gradient(jnp.max(x, axis=-1, keepdims=True)),
    )  # fmt: skip


@cache
def torch_backend() -> Backend:
    """PyTorch in float64, on one thread: the arrays are small."""
    import torch

    torch.set_num_threads(1)
    return SimpleNamespace(
        exp=torch.exp, log=torch.log, tanh=torch.tanh, sqrt=torch.sqrt, abs=torch.abs,
        where=torch.where, sum=torch.sum, einsum=torch.einsum,
        array=lambda x: torch.as_tensor(x, dtype=torch.float64),
        detached_max=lambda x: x.detach().amax(dim=-1, keepdim=True),
    )  # fmt: skip


@cache
def precise_backend() -> Backend:
    """NumPy arrays of mpmath numbers with 40 digits."""
    import mpmath

    mpmath.mp.dps = DIGITS
    unary = {
        name: np.frompyfunc(getattr(mpmath, name), 1, 1) for name in ("exp", "log", "tanh", "sqrt")
    }
    return SimpleNamespace(
        **unary, abs=np.abs, where=np.where, sum=np.sum, einsum=np.einsum,
        array=np.frompyfunc(lambda x: mpmath.mpf(float(x)), 1, 1),
        detached_max=lambda x: np.max(x, axis=-1, keepdims=True),
    )  # fmt: skip


def _cache_folder() -> str | None:
    """A folder in the user's cache; None, for no cache, where none can be made."""
    try:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(base) / "gradproof" / "jax"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return str(folder) if os.access(folder, os.W_OK) else None
