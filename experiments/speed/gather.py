"""What was measured on one thread, held against its limits."""

from experiments.framework.results import Measure, Provenance
from experiments.speed.design import LIMITS, MEMORY_LIMIT_MB
from experiments.speed.result import SpeedResult, SpeedRun, Target


def gather(provenance: Provenance, runs: list[SpeedRun]) -> SpeedResult:
    """Hold what was measured with one thread against its limits."""
    alone = next(run for run in runs if run.threads == 1)
    by_part = {comparison.part: comparison for comparison in alone.comparisons}
    targets = [
        Target(
            quantity=f"{limit.contender} / {limit.other}",
            limit=limit.ratio,
            value=by_part[limit.part].ratio(limit.contender, limit.other),
        )
        for limit in LIMITS
    ]
    targets.append(
        Target(quantity="peak memory", limit=MEMORY_LIMIT_MB, value=alone.peak_memory_mb, unit="MB")
    )
    summary = {
        f"{t.quantity} (target {t.limit:g}, {'met' if t.met else 'missed'})": Measure(
            values=[t.value], unit=t.unit
        )
        for t in targets
    }
    epoch = by_part["epoch"].median("mytorch")
    summary["mytorch, one epoch, one thread"] = Measure(values=[epoch], unit="s")
    return SpeedResult(provenance=provenance, summary=summary, runs=runs, targets=targets)
