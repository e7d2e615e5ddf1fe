"""What an experiment is: independent tasks, a way to run one, a way to gather all, and figures.

A module beside this one is an experiment when it ends in `EXPERIMENT = Experiment(...)`; nothing
else has to know about it.
"""

import ast
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from experiments.results import ExperimentResult, Profile, Run
from experiments.style import add_caution, check_text, print_style

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
    """One experiment, as data.

    **Arguments:**

    - `name`: the module's name, and that of its folder in `outputs/`.
    - `summary`: one line for `python -m experiments list`.
    - `problem`: the homework's question that it answers, such as "6.7".
    - `data`: the data sets that it needs, names of modules in `experiments.datasets`.
    - `settings`: what it compares; there is one task for each setting and each seed.
    - `run(task, **data)`: runs one task on one thread; its numbers depend on its arguments alone.
    - `gather(provenance, runs)`: the result of all runs, which come by setting, then by seed.
    - `figures`: functions `plot_<figure>(result) -> Figure` that read no file and train nothing.
    - `uses_device`: it trains with PyTorch on `task.device`; the others know the CPU alone.
    - `timed`: a stopwatch runs, so its tasks run for the first seed only, and, unless the profile
      is quick, one after another with nothing beside them.
    """

    name: str
    summary: str
    problem: str
    run: Callable[..., Run]
    gather: Callable[[Any, list[Any]], ExperimentResult]
    run_type: type[Run]
    result_type: type[ExperimentResult]
    figures: tuple[Callable[[Any], Figure], ...]
    settings: tuple[str, ...] = ("default",)
    data: tuple[str, ...] = ()
    uses_device: bool = False
    timed: bool = False

    def tasks(self, seeds: Sequence[int], profile: Profile, device: str) -> list[Task]:
        """All tasks, by setting, then by seed."""
        seeds = seeds[:1] if self.timed else seeds
        device = device if self.uses_device else "cpu"
        return [
            Task(self.name, setting, seed, profile, device)
            for setting in self.settings
            for seed in seeds
        ]

    def draw(self, result: ExperimentResult) -> dict[str, Figure]:
        """Every figure of `result` by name: `plot_loss` draws the figure `loss`.

        A figure that rests on stand-in data or on the quick profile says so itself.
        """
        with print_style():
            figures = {plot.__name__.removeprefix("plot_"): plot(result) for plot in self.figures}
            for figure in figures.values():
                add_caution(figure, _caution(result))
        for figure in figures.values():
            check_text(figure)
        return figures


def _caution(result: ExperimentResult) -> str:
    """What a reader of a figure must know, if anything."""
    provenance = result.provenance
    notes = [f"data: {record.name}" for record in provenance.data if record.substitute]
    if provenance.profile == "quick":
        notes.append("quick profile, not results")
    return "; ".join(notes)


def experiment_names() -> list[str]:
    """The names of all experiments there are."""
    return sorted(_declarations())


def describe_experiments() -> list[tuple[str, str, str]]:
    """Name, problem and summary of each experiment, read and not imported: that takes seconds."""
    declared = {name: _keywords(text) for name, text in sorted(_declarations().items())}
    return [(name, said["problem"], said["summary"]) for name, said in declared.items()]


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


def _declarations() -> dict[str, str]:
    """What each module here says after `EXPERIMENT = `, by the module's name."""
    modules = Path(__file__).parent.glob("*.py")
    parts = {path.stem: path.read_text("utf-8").partition("\nEXPERIMENT = ") for path in modules}
    return {name: declared for name, (_, mark, declared) in parts.items() if mark}


def _keywords(call: str) -> dict[str, Any]:
    """The arguments by keyword of a call, as far as they are literals."""
    words = ast.iter_child_nodes(ast.parse(call.strip(), mode="eval").body)
    return {
        word.arg: word.value.value
        for word in words
        if isinstance(word, ast.keyword) and word.arg and isinstance(word.value, ast.Constant)
    }
