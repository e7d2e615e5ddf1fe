import dataclasses

import pytest
from toy import EXPERIMENT, ToyResult, ToyRun

from experiments.framework.experiment import describe_experiments, experiment_names, find_experiment
from experiments.framework.results import Provenance


def test_every_module_that_declares_an_experiment_is_found_and_named_like_its_module() -> None:
    names = experiment_names()
    assert "numpy_mnist" in names
    assert [find_experiment(name).name for name in names] == names


def test_experiments_are_described_as_they_describe_themselves() -> None:
    found = map(find_experiment, experiment_names())
    assert describe_experiments() == [(e.name, e.problem, e.summary) for e in found]


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


def test_every_figure_is_drawn_under_its_name(provenance: Provenance) -> None:
    runs = [ToyRun(setting="a", seed=0, draws=[1.0])]
    figures = EXPERIMENT.draw(ToyResult(provenance=provenance, summary={}, runs=runs))
    assert list(figures) == ["draws"]
