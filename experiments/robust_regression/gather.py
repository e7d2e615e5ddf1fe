"""All seeds together: the errors without outliers and with 20 % of them."""

from experiments.framework.results import Measure, Provenance
from experiments.robust_regression.design import LOSSES
from experiments.robust_regression.result import RobustRegressionResult, RobustRegressionRun


def gather(provenance: Provenance, runs: list[RobustRegressionRun]) -> RobustRegressionResult:
    """All runs, and the error of w without outliers and with 20 % of them."""
    summary = {
        f"error of w, {100 * share:.0f} % outliers, {loss} loss": Measure(
            values=[
                level.errors[loss].w
                for run in runs
                for level in run.contamination["outliers"]
                if level.level == share
            ]
        )
        for share in (0.0, 0.2)
        for loss in LOSSES
    }
    differences = [
        max(solver.difference for study in run.solvers for solver in study.solvers.values())
        for run in runs
    ]
    summary["largest relative difference between solvers"] = Measure(values=differences)
    return RobustRegressionResult(provenance=provenance, summary=summary, runs=runs)
