"""Problem 2: squared and Huber loss under outliers and heavy tails, their solvers, and ridge."""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="2",
    summary="squared and Huber loss on data that goes wrong; solvers side by side; ridge",
)
