"""Nothing out of date is used, and nothing is run again without a reason."""

import dataclasses
import shutil
from pathlib import Path

import pytest
import toy
from toy import EXPERIMENT

from experiments.framework import fingerprint as module
from experiments.framework.experiment import Task, find_experiment
from experiments.framework.fingerprint import fingerprint, task_key, why_stale
from experiments.framework.results import result_path
from experiments.framework.runner import Options, run_experiment
from runs import fingerprint as ground

PROJECT = ("derivations", "experiments", "mytorch", "runs", "verify")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project, whose code can be changed."""
    for name in PROJECT:
        shutil.copytree(ground.ROOT / name, tmp_path / name)
    monkeypatch.setattr(ground, "ROOT", tmp_path)
    return tmp_path


def _append(file: Path) -> None:
    file.write_text(file.read_text() + "\nCHANGED = True\n")


def _kinds_changed(name: str, file: Path) -> set[str]:
    experiment = dataclasses.replace(find_experiment(name), data=())

    def kinds() -> dict[str, str]:
        return fingerprint(experiment, [0], "full", "cpu", [])

    before = kinds()
    _append(file)
    after = kinds()
    return {kind for kind in before if before[kind] != after[kind]}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("checkers", "verify/claims/huber.py"),
        ("checkers", "derivations/huber.py"),
        ("checkers", "mytorch/utils/gradient_check.py"),
        ("closed_forms", "verify/objectives/derive.py"),
        ("speed", "experiments/initialization/training.py"),
        ("speed", "experiments/networks/stacked.py"),
        ("numpy_mnist", "mytorch/nn/modules/linear.py"),
    ],
)
def test_change_in_what_an_experiment_rests_on_makes_it_stale(
    name: str, file: str, project: Path
) -> None:
    assert _kinds_changed(name, project / file) == {"code"}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("speed", "experiments/initialization/figures.py"),
        ("speed", "experiments/blood_cells/gather.py"),
        ("speed", "verify/claims/huber.py"),
        ("blood_cells", "mytorch/nn/modules/linear.py"),
        ("optimizers", "experiments/framework/runner.py"),
    ],
)
def test_change_elsewhere_does_not_run_it_again(name: str, file: str, project: Path) -> None:
    assert _kinds_changed(name, project / file) == set()


def test_change_of_the_common_style_is_a_change_of_presentation_alone(project: Path) -> None:
    file = project / "experiments/framework/style.py"
    assert _kinds_changed("speed", file) == {"presentation"}


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("run", "code"),
        ("result", "code"),
        ("figures", "presentation"),
        ("gather", "presentation"),
        ("__init__", "presentation"),
    ],
)
def test_what_gathers_and_draws_is_presentation_and_the_rest_of_the_package_is_code(
    part: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / f"toy_{part}"
    shutil.copytree(Path(toy.__file__).parent, folder)
    monkeypatch.syspath_prepend(str(tmp_path))
    copied = dataclasses.replace(EXPERIMENT, package=folder.name)
    before = fingerprint(copied, [0], "full", "cpu", [])
    _append(folder / f"{part}.py")
    after = fingerprint(copied, [0], "full", "cpu", [])
    assert [name for name in before if before[name] != after[name]] == [kind]


def test_a_table_in_the_package_is_code_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "toy_with_table"
    shutil.copytree(Path(toy.__file__).parent, folder)
    monkeypatch.syspath_prepend(str(tmp_path))
    copied = dataclasses.replace(EXPERIMENT, package=folder.name)
    codes = []
    for table in ("a = 1", "a = 1  # one", "a = 2"):
        (folder / "table.toml").write_text(table)
        codes.append(fingerprint(copied, [0], "full", "cpu", [])["code"])
    assert codes[0] == codes[1] != codes[2]


def test_key_of_a_task_depends_on_code_data_and_packages_but_not_on_presentation() -> None:
    now = fingerprint(EXPERIMENT, [0], "full", "cpu", [])
    task = Task("toy", "a", 0)
    key = task_key(task, now)
    assert task_key(task, now | {"presentation": "other", "options": "other"}) == key
    for kind in ("code", "data", "packages"):
        assert task_key(task, now | {kind: "other"}) != key
    assert task_key(Task("toy", "a", 1), now) != key
    assert task_key(Task("toy", "a", 0, "quick"), now) != key


def test_result_is_stale_with_a_reason_until_it_is_run_with_the_same_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason(seeds: list[int]) -> str | None:
        return why_stale(EXPERIMENT, seeds, "full", out=tmp_path)

    assert reason([0, 1]) == "no result yet"
    run_experiment(EXPERIMENT, Options(seeds=(0, 1), out=tmp_path))
    assert reason([0, 1]) is None
    assert reason([0, 1, 2]) == "options changed"
    monkeypatch.setattr(module, "package_versions", lambda packages: {"numpy": "0.1"})
    assert reason([0, 1]) == "packages changed"
    monkeypatch.undo()
    (tmp_path / "toy/figures/draws.pdf").unlink()
    assert reason([0, 1]) == "no figure draws"
    result_path("toy", tmp_path).write_text("{")
    assert reason([0, 1]) == "unreadable result"
