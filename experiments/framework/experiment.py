"""What an experiment is: a declaration, and a package that has the rest where every package has it.

A package of `experiments` that has a module `run` is an experiment. Its `__init__` declares it, as
data alone, so that all experiments are listed without an import of what they compute with. In it

- `run.run(task, **data)` runs one task on one thread; its numbers depend on its arguments alone;
- `result` has the models, for `robust_regression` those are `RobustRegressionRun`, of one task,
  and `RobustRegressionResult`, of all;
- `gather.gather(provenance, runs)` makes the result of all runs, which come by setting, then seed;
- each `figures.plot_<figure>(result)` draws a figure; it reads no file and trains nothing.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Profile = Literal["full", "quick"]

FOLDER = Path(__file__).parents[1]
LARGEST_SEED = 2**32  # what every library takes


@dataclass(frozen=True)
class Task:
    """One setting of one experiment with one seed: what runs on its own, anywhere, at any time."""

    experiment: str
    setting: str
    seed: int
    profile: Profile = "full"
    device: str = "cpu"

    def __str__(self) -> str:
        return f"{self.experiment} {self.setting} seed {self.seed}"


@dataclass(frozen=True)
class Experiment:
    """The declaration of an experiment.

    **Arguments:**

    - `package`: the package's name, whose last part names the experiment and its folder in
      `outputs/`.
    - `problem`: the homework's question that it answers, such as "6.7".
    - `summary`: one line for `python -m experiments list`.
    - `settings`: what it compares; there is one task for each setting and each seed.
    - `data`: the data sets that it needs, names of modules in `experiments.datasets`.
    - `rests_on`: the packages and modules of this project that its numbers depend on beside its
      own; a change in one of them makes its results stale.
    - `uses_device`: it trains with PyTorch on `task.device`; the others know the CPU alone.
    - `timed`: a stopwatch runs, so its tasks run for the first seed only, and on this machine.
    - `alone`: what the stopwatch says is held to a limit, so that, unless the profile is quick, its
      tasks run one after another with nothing beside them.
    """

    package: str
    problem: str
    summary: str
    settings: tuple[str, ...] = ("default",)
    data: tuple[str, ...] = ()
    rests_on: tuple[str, ...] = ()
    uses_device: bool = False
    timed: bool = False
    alone: bool = False

    @property
    def name(self) -> str:
        """The package's name without that of its parent."""
        return self.package.rpartition(".")[2]

    @property
    def run(self) -> Callable[..., Any]:
        """Runs one task."""
        return self._module("run").run

    @property
    def gather(self) -> Callable[..., Any]:
        """Makes the result of all runs."""
        return self._module("gather").gather

    @property
    def run_type(self) -> type[Any]:
        """The model of one run."""
        return getattr(self._module("result"), f"{self._title}Run")

    @property
    def result_type(self) -> type[Any]:
        """The model of the result."""
        return getattr(self._module("result"), f"{self._title}Result")

    @property
    def plots(self) -> dict[str, Callable[[Any], Any]]:
        """What draws each figure, by the figure's name."""
        named = vars(self._module("figures")).items()
        return {name[5:]: value for name, value in named if name.startswith("plot_")}

    def tasks(self, seeds: Sequence[int], profile: Profile, device: str) -> list[Task]:
        """All tasks, by setting, then by seed."""
        seeds = seeds[:1] if self.timed else seeds
        device = device if self.uses_device else "cpu"
        return [
            Task(self.name, setting, seed, profile, device)
            for setting in self.settings
            for seed in seeds
        ]

    @property
    def _title(self) -> str:
        return self.name.title().replace("_", "")

    def _module(self, part: str) -> Any:
        return importlib.import_module(f"{self.package}.{part}")


def experiment_names() -> list[str]:
    """The names of all experiments there are."""
    return sorted(path.parent.name for path in FOLDER.glob("*/run.py"))


def find_experiment(name: str) -> Experiment:
    """The experiment called `name`."""
    names = experiment_names()
    if name not in names:
        raise ValueError(f"NAME: expected one of {', '.join(names)}, got {name!r}")
    return importlib.import_module(f"experiments.{name}").EXPERIMENT


def parse_seeds(text: str) -> tuple[int, ...]:
    """Distinct seeds in the order given, or a ValueError: what `--seeds` takes."""
    parts = [part.strip() for part in text.split(",")]
    whole = all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in parts)
    seeds = tuple(map(int, parts)) if whole else ()
    if not seeds or len(set(seeds)) < len(seeds) or max(seeds) >= LARGEST_SEED:
        raise ValueError(
            f"--seeds: expected distinct integers in [0, 2**32) such as 0,1,2, got {text!r}"
        )
    return seeds
