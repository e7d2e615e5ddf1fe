"""What is recorded of each of the three studies."""

from experiments.framework.results import ExperimentResult, Run
from experiments.robust_regression.design import (
    ALPHA,
    CLOSE,
    DELTA,
    FEATURES,
    RIDGE_FEATURES,
    RIDGE_SAMPLES,
    SAMPLES,
    SHIFT,
)
from runs.records import Model


class Errors(Model):
    """One loss; medians over the replicates.

    `w` is |w_hat - w|; the test errors are root mean square and mean absolute ones, on a clean test
    set and on one that is contaminated as the training set is; `first_gradient` is the norm of the
    gradient at w = 0.
    """

    w: float
    clean_rmse: float
    clean_mae: float
    dirty_rmse: float
    dirty_mae: float
    first_gradient: float


class Level(Model):
    """One level of contamination: both losses on the same data sets.

    `misled_by_rmse` and `misled_by_mae` are the shares of the replicates in which that error
    prefers another loss on the contaminated test set than on the clean one; `efficiency` is the
    mean of |w_hat - w|^2 with the squared loss over that with Huber's.
    """

    level: float
    errors: dict[str, Errors]
    efficiency: float
    misled_by_rmse: float
    misled_by_mae: float


class SolverRun(Model):
    """One solver on one data set; distances are |w - w*| / |w*|, where w* is the last w of IRLS.

    `distances` are those of each w on its path, `iterations` the number until they are below
    `CLOSE`, `difference` is the last one; `cpu_ms` is the median CPU time of a whole solution.
    """

    distances: list[float]
    iterations: int
    difference: float
    cpu_ms: float


class SklearnRun(Model):
    """scikit-learn's fit beside IRLS on the problem that it turns out to have solved.

    `first_difference` is that of a single call of `fit`, which `iterations` and `cpu_ms` are of.
    """

    scale: float
    delta: float
    lam: float
    difference: float
    first_difference: float
    iterations: int
    cpu_ms: float


class Solvers(Model):
    """All solvers on one data set with this share of outliers."""

    share: float
    solvers: dict[str, SolverRun]
    sklearn: SklearnRun


class RidgeErrors(Model):
    """One loss with more features than samples; medians over the replicates.

    `w` is |w_hat - w| / |w|, `norm` is |w_hat| / |w|, `largest_residual` that of the training set.
    """

    w: float
    norm: float
    clean_rmse: float
    largest_residual: float


class RidgeLevel(Model):
    """Both losses with one lambda; `difference` is the largest of |w_Huber - w_squared| / |w|."""

    share: float
    lam: float
    errors: dict[str, RidgeErrors]
    difference: float


class RobustRegressionRun(Run):
    """What data sets drawn from one seed show; contamination by kind."""

    contamination: dict[str, list[Level]]
    solvers: list[Solvers]
    ridge: list[RidgeLevel]


class RobustRegressionResult(ExperimentResult):
    """All seeds, and what the data sets are like."""

    delta: float = DELTA
    samples: int = SAMPLES
    features: int = FEATURES
    shift: float = SHIFT
    alpha: float = ALPHA
    close: float = CLOSE
    ridge_samples: int = RIDGE_SAMPLES
    ridge_features: int = RIDGE_FEATURES
    runs: list[RobustRegressionRun]
