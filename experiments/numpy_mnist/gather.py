"""All networks together: accuracies, and the largest error of any gradient."""

from experiments.framework.results import Measure, Provenance
from experiments.numpy_mnist.design import NAMES
from experiments.numpy_mnist.result import NumpyMnistResult, NumpyMnistRun


def gather(provenance: Provenance, runs: list[NumpyMnistRun]) -> NumpyMnistResult:
    """Beside all runs: the accuracies at the end and the largest error of any gradient."""
    summary = {
        "largest relative error of a gradient": Measure(
            values=[
                max(run.gradient_check.max_relative_error for run in runs if run.seed == seed)
                for seed in provenance.seeds
            ]
        )
    }
    for setting, name in NAMES.items():
        accuracies = [run.test_accuracies[-1] for run in runs if run.setting == setting]
        summary[f"test accuracy, {name}"] = Measure(values=accuracies, unit="%")
    return NumpyMnistResult(provenance=provenance, summary=summary, runs=runs)
