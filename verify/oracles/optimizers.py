"""The update rules as PyTorch, optax and the homework's text run them, over given gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from verify.numerics.backends import jax_backend, torch_backend
from verify.numerics.domain import Batch
from verify.oracles.derivatives import Oracle, agreeing

LONGEST = 64


@dataclass(frozen=True)
class History:
    """The state after each step, (batch, steps) each; `w` begins with w_1 and is one longer."""

    first: np.ndarray
    second: np.ndarray
    w: np.ndarray


@dataclass(frozen=True)
class Setting:
    """Hyperparameters, one for a whole batch, as the libraries want them."""

    alpha: float
    beta1: float = 0.0
    beta2: float = 0.0
    epsilon: float = 0.0
    mu: float = 0.0


def loop_adam(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """Adam, line by line as the homework recalls it."""
    w, m, v = w1, np.zeros_like(w1), np.zeros_like(w1)
    rows: list[tuple[np.ndarray, ...]] = []
    for t, g in enumerate(gradients.T, start=1):
        m = s.beta1 * m + (1 - s.beta1) * g
        v = s.beta2 * v + (1 - s.beta2) * g**2
        m_hat, v_hat = m / (1 - s.beta1**t), v / (1 - s.beta2**t)
        w = w - s.alpha * m_hat / (np.sqrt(v_hat) + s.epsilon)
        rows.append((m, v, w))
    return _history(w1, rows)


def torch_adam(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """PyTorch's Adam on a vector of independent parameters, by the function behind the class.

    The class imports PyTorch's compiler, which takes as long as all of PyTorch.
    """
    xp = torch_backend()
    from torch.optim.adam import adam

    w = xp.array(w1.copy())
    m, v, t = w.new_zeros(w.shape), w.new_zeros(w.shape), w.new_zeros(())
    options: dict[str, Any] = {"lr": s.alpha, "beta1": s.beta1, "beta2": s.beta2, "eps": s.epsilon}
    options |= {"weight_decay": 0.0, "amsgrad": False, "maximize": False}
    rows: list[tuple[np.ndarray, ...]] = []
    for g in gradients.T:
        adam([w], [xp.array(g.copy())], [m], [v], [], [t], foreach=False, **options)
        rows.append(tuple(tensor.numpy().copy() for tensor in (m, v, w)))
    return _history(w1, rows)


def optax_adam(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """`optax.adam` on a vector of independent parameters."""
    run = _optax_runner("adam", ("mu", "nu"))
    return _run_optax(run, w1, gradients, (s.alpha, s.beta1, s.beta2, s.epsilon))


def loop_momentum(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """Momentum SGD, line by line as the homework recalls it."""
    w, u = w1, np.zeros_like(w1)
    rows: list[tuple[np.ndarray, ...]] = []
    for g in gradients.T:
        u = s.mu * u + g
        w = w - s.alpha * u
        rows.append((u, u, w))
    return _history(w1, rows)


def torch_momentum(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """PyTorch's SGD with momentum, by the function behind the class; undamped: u = mu u + g."""
    xp = torch_backend()
    from torch.optim.sgd import sgd

    w = xp.array(w1.copy())
    u: list = [None]
    options: dict[str, Any] = {
        "lr": s.alpha,
        "momentum": s.mu,
        "dampening": 0.0,
        "weight_decay": 0.0,
    }
    rows: list[tuple[np.ndarray, ...]] = []
    for g in gradients.T:
        sgd([w], [xp.array(g.copy())], u, nesterov=False, maximize=False, foreach=False, **options)
        rows.append((u[0].numpy().copy(), u[0].numpy().copy(), w.numpy().copy()))
    return _history(w1, rows)


def optax_momentum(w1: np.ndarray, gradients: np.ndarray, s: Setting) -> History:
    """`optax.sgd` with momentum: the trace u = mu u + g."""
    run = _optax_runner("sgd", ("trace", "trace"))
    return _run_optax(run, w1, gradients, (s.alpha, s.mu))


@cache
def _optax_runner(name: str, moments: tuple[str, str]):
    """A compiled run of an optax optimizer: (w_1, one row of gradients a step, hyperparameters)."""
    jax_backend()
    import jax
    import optax

    @jax.jit
    def run(w, rows, hyperparameters):
        optimizer = getattr(optax, name)(*hyperparameters)

        def step(carry, g):
            w, state = carry
            updates, state = optimizer.update(g, state, w)
            w = optax.apply_updates(w, updates)
            return (w, state), (*(getattr(state[0], moment) for moment in moments), w)

        return jax.lax.scan(step, (w, optimizer.init(w)), rows)[1]

    return run


def _run_optax(run, w1, gradients, hyperparameters) -> History:
    """A run as long as the longest, with gradients of zero at its end, so that it compiles once."""
    import jax

    steps = gradients.shape[1]
    rows = np.zeros((LONGEST, len(w1)))
    rows[:steps] = gradients.T
    with jax.numpy_dtype_promotion("standard"):  # optax raises its decay to an integer power
        outputs = run(w1, rows, hyperparameters)
    first, second, w = (np.asarray(out)[:steps].T for out in outputs)
    return History(first, second, np.column_stack([w1, w]))


def _history(w1: np.ndarray, rows: list[tuple[np.ndarray, ...]]) -> History:
    first, second, w = (np.stack(column, axis=1) for column in zip(*rows, strict=True))
    return History(first, second, np.column_stack([w1, w]))


Run = Callable[[np.ndarray, np.ndarray, Setting], History]
ADAM: dict[str, Run] = {"torch": torch_adam, "optax": optax_adam, "loop": loop_adam}
MOMENTUM: dict[str, Run] = {
    "torch": torch_momentum,
    "optax": optax_momentum,
    "loop": loop_momentum,
}


def agreeing_runs(
    runs: dict[str, Run], read: Callable[[Run, Batch], np.ndarray]
) -> tuple[Oracle, ...]:
    """One oracle for each implementation: what `read(run, batch)` takes from its run."""
    return tuple(agreeing(name, partial(read, run)) for name, run in runs.items())
