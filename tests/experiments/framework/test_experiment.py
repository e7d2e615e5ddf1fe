import dataclasses
import subprocess
import sys

import pytest
from toy import EXPERIMENT
from toy.result import ToyResult, ToyRun

from experiments.framework.experiment import experiment_names, find_experiment


def test_every_package_with_a_run_is_an_experiment_and_named_like_its_package() -> None:
    names = experiment_names()
    assert "numpy_mnist" in names
    assert "framework" not in names
    assert [find_experiment(name).name for name in names] == names


@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_has_its_parts_where_every_package_has_them(name: str) -> None:
    experiment = find_experiment(name)
    assert experiment.result_type.model_fields["runs"].annotation == list[experiment.run_type]
    assert callable(experiment.run)
    assert callable(experiment.gather)
    assert experiment.plots


def test_experiments_are_listed_without_an_import_of_what_they_compute_with() -> None:
    program = (
        "import sys\n"
        "from experiments.framework.experiment import experiment_names, find_experiment\n"
        "declared = [find_experiment(name).summary for name in experiment_names()]\n"
        "print(*{'numpy', 'torch', 'jax', 'sympy', 'matplotlib', 'pydantic'} & {*sys.modules})\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == []


def test_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"^NAME: expected one of .*numpy_mnist.*, got 'mnist'$"):
        find_experiment("mnist")


def test_there_is_one_task_for_each_setting_and_seed() -> None:
    tasks = EXPERIMENT.tasks([3, 5], "quick", "auto")
    assert [(t.setting, t.seed) for t in tasks] == [("a", 3), ("a", 5), ("b", 3), ("b", 5)]


def test_only_an_experiment_that_uses_the_device_is_keyed_by_it() -> None:
    with_device = dataclasses.replace(EXPERIMENT, uses_device=True)
    assert {task.device for task in EXPERIMENT.tasks([0], "full", "cuda")} == {"cpu"}
    assert {task.device for task in with_device.tasks([0], "full", "cuda")} == {"cuda"}


def test_stopwatch_runs_once_not_once_per_seed() -> None:
    timed = dataclasses.replace(EXPERIMENT, timed=True)
    assert [task.seed for task in timed.tasks([4, 5], "full", "auto")] == [4, 4]


def test_parts_are_those_of_the_package() -> None:
    assert (EXPERIMENT.run_type, EXPERIMENT.result_type) == (ToyRun, ToyResult)
    assert list(EXPERIMENT.plots) == ["draws"]
