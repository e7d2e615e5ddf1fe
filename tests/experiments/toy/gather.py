from experiments.framework.results import Measure, Provenance
from toy.result import ToyResult, ToyRun


def gather(provenance: Provenance, runs: list[ToyRun]) -> ToyResult:
    first = Measure(values=[run.draws[0] for run in runs if run.setting == "a"], unit="m")
    return ToyResult(provenance=provenance, summary={"first": first}, runs=runs)
