from experiments.framework.results import ExperimentResult, Run


class ToyRun(Run):
    draws: list[float]


class ToyResult(ExperimentResult):
    runs: list[ToyRun]
