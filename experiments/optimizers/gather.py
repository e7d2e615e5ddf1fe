"""All seeds together: what each comparison comes down to."""

from experiments.framework.results import Measure, Provenance
from experiments.optimizers.design import NOISE_STEPS, RULES, SPARSE_STEPS, SWEEP_STEPS
from experiments.optimizers.result import OptimizersResult, OptimizersRun


def gather(provenance: Provenance, runs: list[OptimizersRun]) -> OptimizersResult:
    """All runs, and what each comparison comes down to."""
    summary: dict[str, Measure] = {}
    for name in RULES:
        summary |= {
            f"change of the path when c = 1000, {name}": Measure(
                values=[run.scaled.path_difference[name][-1] for run in runs]
            ),
            f"exponent of the loss in the noise, {name}": Measure(
                values=[run.noisy.exponent[name] for run in runs]
            ),
            f"exponent of the time to learn in the frequency, {name}": Measure(
                values=[run.sparse.exponent[name] for run in runs]
            ),
            f"decades of learning rates within twice the least loss, {name}": Measure(
                values=[run.sweep.decades[name] for run in runs]
            ),
        }
    return OptimizersResult(
        provenance=provenance,
        noise_steps=NOISE_STEPS[provenance.profile],
        sparse_steps=SPARSE_STEPS[provenance.profile],
        sweep_steps=SWEEP_STEPS[provenance.profile],
        runs=runs,
        summary=summary,
    )
