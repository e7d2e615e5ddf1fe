"""What an experiment's result depends on, by kind, and whether a recorded one is up to date.

Code is the experiment's package and what it declares to rest on, without what only gathers and
draws. That is presentation: so a new axis label redraws a figure without a new training run.
"""

import importlib
from pathlib import Path

from experiments.datasets import load_dataset
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
    data_dir: Path | None,
    download: bool = False,
) -> dict[str, str]:
    """What a result of `experiment` with these options depends on, by kind.

    Without `download`, data is what this machine has without asking the network.
    """
    data = [load_dataset(name, data_dir, download).record.sha256 for name in experiment.data]
    folder = Path(str(importlib.import_module(experiment.package).__file__)).parent
    presentation = [folder / name for name in PRESENTATION]
    own = sorted(set(folder.glob("*.py")) - set(presentation))
    return {
        "code": digest(files_hash(own), code_hash(experiment.rests_on)),
        "presentation": files_hash([*presentation, *source_files(STYLE)]),
        "options": digest(experiment.tasks(seeds, profile, device)),
        "data": digest(data),
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
) -> str | None:
    """Why the recorded result of `experiment` is not what a run with these options would give.

    None when it is up to date: nothing is run, trained or downloaded to find out.
    """
    path = result_path(experiment.name, out)
    try:
        recorded = load_result(experiment, out).provenance.fingerprint
    except RecordError:
        return "unreadable result" if path.exists() else "no result yet"
    current = fingerprint(experiment, seeds, profile, device, data_dir)
    changed = [kind for kind in current if current[kind] != recorded.get(kind)]
    if changed:
        return f"{' and '.join(changed)} changed"
    figures = path.parent / "figures"
    missing = [name for name in experiment.plots if not (figures / f"{name}.pdf").exists()]
    return f"no figure {missing[0]}" if missing else None
