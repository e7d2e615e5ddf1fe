"""What an experiment's result depends on, by kind, and whether a recorded one is up to date.

Code is the experiment's package, tables in it included, and what it declares to rest on, without
what only gathers and draws. That is presentation: a new axis label redraws a figure, and trains
nothing.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path

from experiments.datasets import load_dataset
from experiments.datasets.precedence import keep_better
from experiments.datasets.record import DataRecord
from experiments.framework.experiment import Experiment, Profile, Task
from experiments.framework.results import OUTPUTS, load_result, result_path
from runs.fingerprint import code_hash, digest, files_hash, package_versions, source_files
from runs.records import RecordError

PACKAGES = ("jax", "matplotlib", "numpy", "scikit-learn", "scipy", "sympy", "torch")
PRESENTATION = ("__init__.py", "figures.py", "gather.py")
STYLE = "experiments.framework.style"


def fingerprint(
    experiment: Experiment,
    seeds: list[int],
    profile: Profile,
    device: str,
    data: Sequence[DataRecord],
) -> dict[str, str]:
    """What a result of `experiment` with these options and data depends on, by kind."""
    folder = Path(str(importlib.import_module(experiment.package).__file__)).parent
    presentation = [folder / name for name in PRESENTATION]
    own = sorted({*folder.glob("*.py"), *folder.glob("*.toml")} - set(presentation))
    return {
        "code": digest(files_hash(own), code_hash(experiment.rests_on)),
        "presentation": files_hash([*presentation, *source_files(STYLE)]),
        "options": digest(experiment.tasks(seeds, profile, device)),
        "data": digest([record.sha256 for record in data]),
        "packages": digest(package_versions(PACKAGES)),
    }


def task_key(task: Task, depends_on: dict[str, str]) -> str:
    """What the numbers of one task depend on: all but the other seeds and presentation."""
    return digest(task, depends_on["code"], depends_on["data"], depends_on["packages"])


def why_stale(
    experiment: Experiment,
    seeds: list[int],
    profile: Profile,
    device: str = "auto",
    data_dir: Path | None = None,
    out: Path = OUTPUTS,
    allow_substitute: bool = False,
) -> str | None:
    """Why the recorded result of `experiment` is not what a run with these options would give.

    None when it is up to date: nothing is run, trained or downloaded to find out. Data is what this
    machine has; where that is only a substitute, results on better data are kept.
    """
    path = result_path(experiment.name, out)
    try:
        recorded = load_result(experiment, out).provenance
    except RecordError:
        return "unreadable result" if path.exists() else "no result yet"
    datasets = [load_dataset(name, data_dir, False, allow_substitute) for name in experiment.data]
    data = [dataset.record for dataset in datasets]
    if not allow_substitute:
        data = keep_better(recorded.data, data)
    current = fingerprint(experiment, seeds, profile, device, data)
    changed = [kind for kind in current if current[kind] != recorded.fingerprint.get(kind)]
    if changed:
        return f"{' and '.join(changed)} changed"
    figures = path.parent / "figures"
    missing = [name for name in experiment.plots if not (figures / f"{name}.pdf").exists()]
    return f"no figure {missing[0]}" if missing else None
