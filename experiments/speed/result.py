"""What is recorded: seconds of each round, and targets."""

import statistics

from experiments.framework.results import ExperimentResult, Run
from experiments.speed.design import Part
from runs.records import Model


class Comparison(Model):
    """Seconds that each contender took for the same work, one number for each round."""

    part: Part
    threads: int
    widths: list[int]
    batch_size: int
    images: int
    seconds: dict[str, list[float]]

    def median(self, contender: str) -> float:
        """The median of a contender's seconds over the rounds."""
        return statistics.median(self.seconds[contender])

    def ratio(self, contender: str, other: str) -> float:
        """The median over the rounds of a contender's seconds divided by another's."""
        return statistics.median(self.ratios(contender, other))

    def ratios(self, contender: str, other: str) -> list[float]:
        """A contender's seconds divided by another's, for each round."""
        pairs = zip(self.seconds[contender], self.seconds[other], strict=True)
        return [mine / others for mine, others in pairs]


class SpeedRun(Run):
    """All comparisons with one number of threads, and the memory that `mytorch` needs."""

    threads: int
    peak_memory_mb: float
    comparisons: list[Comparison]


class Target(Model):
    """What was to be reached, and what was."""

    quantity: str
    limit: float
    value: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the value is within the limit."""
        return self.value <= self.limit


class SpeedResult(ExperimentResult):
    """All comparisons, and how they stand to the targets, which are set for one thread."""

    runs: list[SpeedRun]
    targets: list[Target]

    def comparisons(self, part: str, setting: str = "one_thread") -> list[Comparison]:
        """The comparisons of one part, in the order of what is varied."""
        runs = [run for run in self.runs if run.setting == setting]
        return [
            comparison for run in runs for comparison in run.comparisons if comparison.part == part
        ]

    def target(self, quantity: str) -> Target:
        """What became of one quantity."""
        return next(target for target in self.targets if target.quantity == quantity)
