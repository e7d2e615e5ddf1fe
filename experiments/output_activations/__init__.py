"""Problem 1.3: softmax and sigmoid heads, each on the problem it is made for and on the other's.

Both problems are drawn from distributions that are known, so that every probability that a head
gives can be held against the true one. All heads are linear in their features; their losses are
convex and minimised to the end, so that nothing here is due to training.
"""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="1.3",
    summary="softmax and sigmoid heads on exclusive classes and on independent labels",
)
