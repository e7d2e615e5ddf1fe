from pathlib import Path

import pytest
from toy import EXPERIMENT

from experiments import fingerprint as module
from experiments.experiment import Task
from experiments.fingerprint import code_hashes, fingerprint, task_key, why_stale
from experiments.results import result_path
from experiments.runner import Options, run_experiment

SOURCE = '''
"""A module."""
from experiments import training
SCALE = 2
def helper(x):
    """Doubles."""
    return SCALE * x
def run(task):
    return helper(task)
def gather(runs):
    return sum(runs)
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SCALE = 2", "SCALE = 3"),
        ("SCALE * x", "x * SCALE"),
        ("return helper(task)", "training.train(); return helper(task)"),
    ],
)
def test_what_run_reaches_is_code(old: str, new: str) -> None:
    code, presentation = code_hashes(SOURCE, "run")
    changed_code, changed_presentation = code_hashes(SOURCE.replace(old, new), "run")
    assert changed_code != code
    assert (changed_presentation == presentation) == ("training" not in new)


def test_what_run_does_not_reach_is_presentation() -> None:
    code, presentation = code_hashes(SOURCE, "run")
    changed_code, changed_presentation = code_hashes(SOURCE.replace("sum", "max"), "run")
    assert changed_code == code
    assert changed_presentation != presentation


@pytest.mark.parametrize(
    ("old", "new"), [("Doubles.", "Twice."), ("SCALE = 2", "SCALE = 2  # two")]
)
def test_words_for_people_are_neither(old: str, new: str) -> None:
    assert code_hashes(SOURCE.replace(old, new), "run") == code_hashes(SOURCE, "run")


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("from mytorch.nn import Linear\ndef run(task):\n    return Linear(task)\n", [True, False]),
        ("from mytorch.nn import Linear\ndef run(task):\n    return task\n", [False, True]),
    ],
    ids=["code", "presentation"],
)
def test_change_in_an_imported_module_is_a_change_of_what_uses_it(
    source: str, changed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = code_hashes(source, "run")
    original = module._source
    monkeypatch.setattr(
        module,
        "_source",
        lambda name: (original(name) or "") + "x = 1\n" * (name == "mytorch.nn.modules.linear"),
    )
    module._code.cache_clear()
    after = code_hashes(source, "run")
    module._code.cache_clear()
    assert [one != other for one, other in zip(before, after, strict=True)] == changed


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
    monkeypatch.setattr(module, "package_versions", lambda: {"numpy": "0.1"})
    assert reason([0, 1]) == "packages changed"
    monkeypatch.undo()
    (tmp_path / "toy/figures/draws.pdf").unlink()
    assert reason([0, 1]) == "no figure draws"
    result_path("toy", tmp_path).write_text("{")
    assert reason([0, 1]) == "unreadable result"
