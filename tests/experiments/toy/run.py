import os
import signal
import time
from pathlib import Path

import numpy as np

from experiments.framework.experiment import Task
from toy.result import ToyRun


def run(task: Task) -> ToyRun:
    """A few numbers drawn from the seed; a product of matrices would notice another thread count.

    With `TOY_FOLDER` set, each task leaves its name there, the task "seed 1" is killed the first
    time it runs, and in the setting "deadly" every time, before the others there are done.
    """
    if folder := os.environ.get("TOY_FOLDER"):
        trace = Path(folder) / f"{task.setting}-{task.seed}"
        killed_before = trace.exists()
        with trace.open("a") as file:
            file.write("ran\n")
        if task.seed == 1 and (task.setting == "deadly" or not killed_before):
            os.kill(os.getpid(), signal.SIGKILL)
        if task.setting == "deadly":
            time.sleep(0.5)
    rng = np.random.default_rng(task.seed)
    product = rng.normal(size=(300, 300)) @ rng.normal(size=(300, 300))
    return ToyRun(setting=task.setting, seed=task.seed, draws=product[0, :3].tolist())
