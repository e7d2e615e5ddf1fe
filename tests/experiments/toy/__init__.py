"""The smallest experiment, for tests of what runs, stores and draws experiments."""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(package=__name__, problem="0", summary="draws numbers", settings=("a", "b"))
