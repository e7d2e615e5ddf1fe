"""What a quick run of each experiment imports is what its package declares that it rests on."""

import json
import subprocess
import sys

import pytest

from experiments.framework.experiment import experiment_names, find_experiment

# One fresh process forgets the project between two experiments, but no library, which takes time.
PROGRAM = """
import json, sys
import numpy as np
PROJECT = ("derivations", "experiments", "mytorch", "report", "runs", "verify")

def ours():
    return [name for name in sys.modules if name.partition(".")[0] in PROJECT]

def small(name):
    from experiments.datasets import Dataset, Split
    from experiments.datasets.record import DataRecord
    shape, classes = ((28, 28, 3), 8) if name == "bloodmnist" else ((28, 28), 10)
    rng, labels = np.random.default_rng(0), np.tile(np.arange(classes), 40)
    split = Split(rng.integers(256, size=(len(labels), *shape), dtype=np.uint8), labels)
    record = DataRecord(name=name, origin="", split="", sha256="")
    return Dataset(record, tuple(map(str, range(classes))), split, split, split)

def main():
    imported = {}
    for name in sys.argv[1:]:
        from experiments.framework.experiment import find_experiment
        import experiments.framework.runner
        experiment = find_experiment(name)
        task = experiment.tasks([0], "quick", "cpu")[0]
        experiment.run(task, **{name: small(name) for name in experiment.data})
        experiment.gather, experiment.plots
        imported[name] = ours()
        for module in ours():
            del sys.modules[module]
    print(json.dumps(imported))

if __name__ == "__main__":
    main()
"""

FRAMEWORK = ("experiments.datasets", "experiments.framework", "runs")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    script = tmp_path_factory.mktemp("program") / "program.py"
    script.write_text(PROGRAM)
    ended = subprocess.run(
        [sys.executable, str(script), *experiment_names()], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def _is_within(module: str, name: str) -> bool:
    return f"{module}.".startswith(f"{name}.")


@pytest.mark.parametrize("name", experiment_names())
def test_a_quick_run_imports_what_is_declared_and_nothing_else(
    name: str, imported: dict[str, list[str]]
) -> None:
    declared = find_experiment(name).rests_on
    allowed = (f"experiments.{name}", *FRAMEWORK, *declared)
    undeclared = [
        module
        for module in imported[name]
        if not any(_is_within(module, a) or _is_within(a, module) for a in allowed)
    ]
    assert undeclared == []
    idle = [d for d in declared if not any(_is_within(m, d) for m in imported[name])]
    assert idle == []
