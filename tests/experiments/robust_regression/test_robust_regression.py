import numpy as np
import pytest

from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Provenance
from experiments.robust_regression import EXPERIMENT
from experiments.robust_regression.contamination import contaminate, measure_errors
from experiments.robust_regression.errors import median_of
from experiments.robust_regression.result import Errors, RobustRegressionResult, RobustRegressionRun
from experiments.robust_regression.ridge import follow_ridge
from experiments.robust_regression.solvers import Problem


@pytest.fixture(scope="module")
def run() -> RobustRegressionRun:
    return EXPERIMENT.run(Task("robust_regression", "default", 0, "quick"))


def test_errors_are_those_of_a_fit_known_by_hand() -> None:
    X, y = np.array([[1.0], [1.0]]), np.array([3.0, 5.0])
    errors = measure_errors(
        Problem(X, y), np.array([2.0]), np.array([2.5]), (X, y), (X, y + np.array([0.0, 4.0]))
    )
    assert errors == Errors(
        w=0.5,
        clean_rmse=5**0.5,
        clean_mae=2,
        dirty_rmse=25**0.5,
        dirty_mae=4,
        first_gradient=8,
    )


def test_median_is_taken_field_by_field() -> None:
    rows = [np.arange(6.0) * factor for factor in (1, 10, 2)]
    found = median_of([Errors(**dict(zip(Errors.model_fields, row, strict=True))) for row in rows])
    assert list(found.model_dump().values()) == [0, 2, 4, 6, 8, 10]


def test_outliers_hurt_the_squared_loss_far_more_than_hubers() -> None:
    level = contaminate(np.random.default_rng(0), "outliers", 0.2, replicates=5)
    squared, huber = level.errors["squared"], level.errors["Huber"]
    assert squared.w > 4 * huber.w
    assert level.efficiency > 16
    # The intercept takes a fifth of the shift of 20.
    assert squared.w == pytest.approx(4, rel=0.2)


def test_root_mean_square_on_dirty_data_prefers_the_fit_that_is_wrong() -> None:
    level = contaminate(np.random.default_rng(0), "outliers", 0.3, replicates=5)
    assert level.misled_by_rmse == 1
    assert level.misled_by_mae == 0


def test_all_solvers_agree(run: RobustRegressionRun) -> None:
    for study in run.solvers:
        for solver in study.solvers.values():
            assert solver.difference < 1e-8
            assert solver.distances[solver.iterations] < 1e-6
            assert solver.distances[solver.iterations - 1] >= 1e-6
        assert study.sklearn.difference < 2e-8


def test_both_losses_are_one_as_long_as_ridge_lets_no_residual_grow() -> None:
    for level in follow_ridge(np.random.default_rng(0), 0.1, replicates=2):
        squared, huber = level.errors["squared"], level.errors["Huber"]
        if squared.largest_residual < 0.6:
            assert level.difference == 0
        if squared.largest_residual > 3:
            assert level.difference > 0
            assert huber.norm < squared.norm


def test_result_is_gathered_and_drawn(provenance: Provenance, run: RobustRegressionRun) -> None:
    result = EXPERIMENT.gather(provenance, [run])
    again = RobustRegressionResult.model_validate_json(result.model_dump_json())
    assert set(draw(EXPERIMENT, again)) == {"contamination", "evaluation", "convergence", "ridge"}
    level = run.contamination["outliers"][4]
    assert result.summary["error of w, 20 % outliers, Huber loss"].values == [
        level.errors["Huber"].w
    ]
