"""All seeds together, and a published result to compare them with."""

from collections.abc import Sequence
from math import sqrt

from scipy.stats import t

from experiments.blood_cells.result import Baseline, BloodCellsResult, BloodCellsRun, Interval
from experiments.datasets.bloodmnist import OFFICIAL
from experiments.framework.results import Measure, Provenance

RESNET18 = Baseline(
    name="ResNet-18 at 28 pixels",
    source="Yang et al., MedMNIST v2, Scientific Data 10, 41 (2023)",
    accuracy=0.958,
    macro_auc=0.998,
    same_split=True,
)


def gather(provenance: Provenance, runs: list[BloodCellsRun]) -> BloodCellsResult:
    """All runs, the quantities that seeds share, and what they are to be compared with."""
    evaluations = [run.evaluation for run in runs]
    summary = {
        "test accuracy": Measure(values=[100 * e.accuracy for e in evaluations], unit="%"),
        "macro F1": Measure(values=[e.macro_f1 for e in evaluations]),
        "macro AUC": Measure(values=[e.macro_auc for e in evaluations]),
        "calibration error": Measure(values=[e.calibration.error for e in evaluations]),
        "calibration error, scaled": Measure(
            values=[e.calibration_scaled.error for e in evaluations]
        ),
        "temperature": Measure(values=[e.temperature for e in evaluations]),
    }
    official = provenance.data[0].name == OFFICIAL
    return BloodCellsResult(
        provenance=provenance,
        summary=summary,
        runs=runs,
        intervals={
            name: seed_interval(measure.values)
            for name, measure in summary.items()
            if len(measure.values) > 1
        },
        baseline=RESNET18.model_copy(update={"same_split": official}),
    )


def seed_interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of Student's t for the mean of at least two values."""
    measure = Measure(values=list(values))
    reach = t.ppf(0.975, len(values) - 1) * measure.spread / sqrt(len(values))
    return measure.mean - reach, measure.mean + reach
