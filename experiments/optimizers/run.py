"""One task: the four comparisons, on problems drawn from one seed."""

import numpy as np

from experiments.datasets import Dataset
from experiments.framework.experiment import Task
from experiments.optimizers.design import NOISE_STEPS, SPARSE_STEPS, SWEEP_STEPS
from experiments.optimizers.noisy import add_noise
from experiments.optimizers.rates import sweep_rates
from experiments.optimizers.result import OptimizersRun
from experiments.optimizers.scaled import scale_gradients
from experiments.optimizers.sparse import make_sparse


def run(task: Task, mnist: Dataset) -> OptimizersRun:
    """The four comparisons, on problems drawn from one seed."""
    rng = np.random.default_rng(task.seed)
    return OptimizersRun(
        setting=task.setting,
        seed=task.seed,
        scaled=scale_gradients(rng),
        noisy=add_noise(rng, NOISE_STEPS[task.profile]),
        sparse=make_sparse(rng, SPARSE_STEPS[task.profile]),
        sweep=sweep_rates(mnist, task.seed, SWEEP_STEPS[task.profile]),
    )
