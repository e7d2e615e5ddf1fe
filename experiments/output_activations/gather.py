"""All seeds together: how often each head is right."""

from experiments.framework.results import Measure, Provenance
from experiments.output_activations.heads import HEADS
from experiments.output_activations.result import OutputActivationsResult, OutputActivationsRun


def gather(provenance: Provenance, runs: list[OutputActivationsRun]) -> OutputActivationsResult:
    """All runs, and how often each head is right."""
    summary = {}
    for head in HEADS:
        accuracies = [run.exclusive[head].accuracy for run in runs]
        summary[f"accuracy, exclusive classes, {head}"] = Measure(values=accuracies, unit="%")
        rights = [run.independent[head].all_right for run in runs]
        summary[f"all labels right, independent labels, {head}"] = Measure(values=rights, unit="%")
    return OutputActivationsResult(provenance=provenance, summary=summary, runs=runs)
