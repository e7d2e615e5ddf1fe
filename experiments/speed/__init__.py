"""How fast training is: `mytorch` beside PyTorch, JAX and the bare matrix products, in turn.

The experiments' own training is held against its bare matrix products as well. All contenders do
the same work in one process, one after another, several rounds over; a ratio is the median of the
rounds' ratios, so that what slows the whole machine down for a while cancels.
"""

from experiments.framework.experiment import Experiment

EXPERIMENT = Experiment(
    package=__name__,
    problem="6.7",
    summary="one epoch by mytorch, PyTorch, JAX and bare matrix products; the experiments' own",
    settings=("one_thread", "all_threads"),
    data=("mnist", "bloodmnist"),
    rests_on=(
        "mytorch",
        "experiments.networks",
        "experiments.blood_cells.network",
        "experiments.initialization.design",
        "experiments.initialization.result",
        "experiments.initialization.training",
        "experiments.numpy_mnist.design",
        "experiments.numpy_mnist.training",
    ),
    timed=True,
    alone=True,
)
