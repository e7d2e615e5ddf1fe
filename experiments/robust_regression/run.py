"""One task: the three studies, on data sets drawn from one seed."""

import numpy as np

from experiments.framework.experiment import Task
from experiments.robust_regression.comparison import compare_solvers
from experiments.robust_regression.contamination import contaminate
from experiments.robust_regression.design import (
    LEVELS,
    REPLICATES,
    RIDGE_REPLICATES,
    RIDGE_SHARES,
    SOLVER_SHARES,
)
from experiments.robust_regression.result import RobustRegressionRun
from experiments.robust_regression.ridge import follow_ridge


def run(task: Task) -> RobustRegressionRun:
    """All three studies, on data sets drawn from one seed."""
    rng = np.random.default_rng(task.seed)
    replicates = REPLICATES[task.profile]
    return RobustRegressionRun(
        setting=task.setting,
        seed=task.seed,
        contamination={
            kind: [contaminate(rng, kind, level, replicates) for level in levels]
            for kind, levels in LEVELS.items()
        },
        solvers=[compare_solvers(rng, share) for share in SOLVER_SHARES],
        ridge=[
            level
            for share in RIDGE_SHARES
            for level in follow_ridge(rng, share, RIDGE_REPLICATES[task.profile])
        ],
    )
