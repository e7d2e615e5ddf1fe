"""One task: ask every checker about the functions of one kind."""

from time import process_time

import jax
import numpy as np

from experiments.checkers.contenders import CHECKERS
from experiments.checkers.design import (
    ALL_FAULTS,
    CLAIMS,
    FAULTS_OF_LARGE,
    KINDS,
    LARGE,
    LARGE_KINDS,
    SIZES,
)
from experiments.checkers.problems import faulty, problems
from experiments.checkers.result import CheckersRun, Trial
from experiments.framework.experiment import Task


def run(task: Task) -> CheckersRun:
    """Ask every checker about the right gradient and every fault, for each function of a kind."""
    rng = np.random.default_rng([task.seed, KINDS.index(task.setting)])
    sizes = SIZES[task.profile]
    if task.profile == "full" and task.setting in LARGE_KINDS:
        sizes = (*sizes, LARGE)
    trials = []
    with jax.enable_x64(True), np.errstate(invalid="ignore"):  # steps that leave a domain
        for problem in problems(task.setting, sizes, rng, CLAIMS[task.profile]):
            large = problem.point.size >= LARGE
            for name, checker in CHECKERS.items():
                if not large:
                    checker(problem, problem.gradient)  # compile outside the stopwatch
                for fault in (*(FAULTS_OF_LARGE if large else ALL_FAULTS), None):
                    gradient = faulty(problem.gradient, fault) if fault else problem.gradient
                    start = process_time()
                    accepted = checker(problem, gradient)
                    trials.append(
                        Trial(
                            checker=name,
                            problem=problem.name,
                            size=problem.point.size,
                            fault=fault,
                            accepted=accepted,
                            seconds=process_time() - start,
                        )
                    )
    return CheckersRun(setting=task.setting, seed=task.seed, trials=trials)
