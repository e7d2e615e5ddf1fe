import dataclasses
import shutil
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
import toy.run
from toy import EXPERIMENT
from toy.result import ToyResult, ToyRun

from experiments import datasets
from experiments.datasets import Dataset, Split
from experiments.datasets.fetching import DataError
from experiments.datasets.record import DataRecord
from experiments.framework import runner
from experiments.framework.experiment import Experiment, Profile, Task
from experiments.framework.fingerprint import why_stale
from experiments.framework.results import result_path
from experiments.framework.runner import Options, check_folder, run_experiment, run_experiments
from runs.records import RecordError


def _tasks(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "toy/tasks").iterdir()}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were really run in this process, in order."""
    names: list[str] = []
    original = toy.run.run

    def noted(task: Task) -> ToyRun:
        names.append(f"{task.setting}{task.seed}")
        return original(task)

    monkeypatch.setattr(toy.run, "run", noted)
    return names


def test_same_seed_gives_the_same_numbers_bit_for_bit(tmp_path: Path) -> None:
    first = run_experiment(EXPERIMENT, Options(seeds=(1, 2), out=tmp_path / "one"))
    second = run_experiment(EXPERIMENT, Options(seeds=(2, 1), out=tmp_path / "two"))
    by_seed = {(run.setting, run.seed): run for run in second.runs}
    assert all(by_seed[run.setting, run.seed] == run for run in first.runs)


def test_only_tasks_not_yet_finished_are_run(tmp_path: Path, ran: list[str]) -> None:
    run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, workers=1))
    run_experiment(EXPERIMENT, Options(seeds=(0, 1), out=tmp_path, workers=1))
    run_experiment(EXPERIMENT, Options(seeds=(0, 1), out=tmp_path, workers=1))
    assert ran == ["a0", "b0", "a1", "b1"]


def test_interrupted_run_keeps_what_is_finished_and_goes_on_there(
    tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(seeds=(0, 1), out=tmp_path, workers=1)
    noted = toy.run.run

    def interrupt(task: Task) -> ToyRun:
        if len(ran) == 3:
            raise KeyboardInterrupt
        return noted(task)

    monkeypatch.setattr(toy.run, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(EXPERIMENT, options)
    assert ran == ["a0", "a1", "b0"]
    assert not result_path("toy", tmp_path).exists()
    monkeypatch.setattr(toy.run, "run", noted)
    assert len(run_experiment(EXPERIMENT, options).runs) == 4
    assert ran == ["a0", "a1", "b0", "b1"]


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"key": "stale"'])
def test_damaged_record_of_a_task_is_run_again(
    tmp_path: Path, ran: list[str], damage: bytes
) -> None:
    options = Options(seeds=(0,), out=tmp_path, workers=1)
    expected = run_experiment(EXPERIMENT, options).runs
    (tmp_path / "toy/tasks/full-cpu-b-0.json").write_bytes(damage)
    assert run_experiment(EXPERIMENT, options).runs == expected
    assert ran == ["a0", "b0", "b0"]


def test_record_with_another_key_is_run_again(
    tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(seeds=(0,), out=tmp_path, workers=1)
    run_experiment(EXPERIMENT, options)
    monkeypatch.setattr(runner, "task_key", lambda task, depends_on: f"new {task}")
    run_experiment(EXPERIMENT, options)
    assert ran == ["a0", "b0", "a0", "b0"]


def test_quick_run_does_not_overwrite_tasks_of_the_full_one(tmp_path: Path) -> None:
    run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path))
    full = _tasks(tmp_path)
    run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, profile="quick"))
    assert full.items() <= _tasks(tmp_path).items()


def test_processes_give_the_same_numbers_as_none(tmp_path: Path) -> None:
    alone = run_experiment(EXPERIMENT, Options(out=tmp_path / "one", workers=1))
    together = run_experiment(EXPERIMENT, Options(out=tmp_path / "two", workers=2))
    assert alone.runs == together.runs


@pytest.mark.parametrize("profile", ["full", "quick"])
def test_stopwatch_runs_in_this_process_and_on_no_cluster(
    profile: Profile, tmp_path: Path, ran: list[str]
) -> None:
    timed = dataclasses.replace(EXPERIMENT, timed=True, alone=True)
    options = Options(profile=profile, out=tmp_path, workers=2, dask="tcp://127.0.0.1:1")
    run_experiment(timed, options)
    assert ran == ["a0", "b0"]


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Experiment]]:
    """The toy as three packages: `one`, `two` and `timed`."""
    parent = tmp_path_factory.mktemp("copies")
    for name in ("one", "two", "timed"):
        folder = parent / name
        shutil.copytree(Path(toy.__file__).parent, folder)
        result = (folder / "result.py").read_text()
        (folder / "result.py").write_text(result.replace("Toy", name.title()))
        gather = (folder / "gather.py").read_text()
        gather = gather.replace("toy.", f"{name}.").replace("Toy", name.title())
        (folder / "gather.py").write_text(gather)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(str(parent))
        yield {
            name: dataclasses.replace(
                EXPERIMENT, package=name, timed=name == "timed", alone=name == "timed"
            )
            for name in ("one", "two", "timed")
        }


@pytest.mark.parametrize(
    ("profile", "order"), [("full", "one two timed"), ("quick", "timed one two")]
)
def test_only_in_the_full_profile_a_stopwatch_has_the_machine_for_itself(
    profile: Profile, order: str, copies: dict[str, Experiment], tmp_path: Path
) -> None:
    options = Options(seeds=(0,), profile=profile, out=tmp_path)
    progress: list[str] = []
    results = run_experiments(
        [copies["timed"], copies["one"], copies["two"]],
        options,
        lambda *counts: progress.append("{} {}/{}".format(*counts)),
    )
    assert [result.provenance.experiment for result in results] == ["timed", "one", "two"]
    assert progress[:3] == ["timed 0/2", "one 0/2", "two 0/2"]
    assert progress[3:] == [f"{name} {n}/2" for name in order.split() for n in (1, 2)]


def test_experiment_with_nothing_left_to_do_is_gathered_again(
    copies: dict[str, Experiment], tmp_path: Path, ran: list[str]
) -> None:
    options = Options(seeds=(0,), out=tmp_path)
    first = run_experiment(EXPERIMENT, options)
    _, again = run_experiments([copies["one"], EXPERIMENT], options)
    assert again.runs == first.runs
    assert ran == ["a0", "b0"]


def test_task_runs_on_one_thread_and_the_caller_gets_its_threads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    original, threads = toy.run.run, []

    def spy(task: Task) -> ToyRun:
        threads.append(torch.get_num_threads())
        return original(task)

    monkeypatch.setattr(toy.run, "run", spy)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, workers=1))
        assert threads == [1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_libraries_are_imported_before_their_threads_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = pytest.importorskip("torch")
    folder = tmp_path / "late"
    shutil.copytree(Path(toy.__file__).parent, folder)
    with (folder / "run.py").open("a") as module:
        module.write("\nimport torch\n\nTHREADS_AT_IMPORT = torch.get_num_threads()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    late = dataclasses.replace(EXPERIMENT, package="late", settings=("a",))
    monkeypatch.setattr(type(late), "result_type", ToyResult)
    monkeypatch.setattr(type(late), "run_type", ToyRun)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run_experiment(late, Options(seeds=(0,), out=tmp_path, workers=1))
        assert sys.modules["late.run"].THREADS_AT_IMPORT == 2  # type: ignore[attr-defined]
    finally:
        torch.set_num_threads(before)


def test_result_says_how_it_came_about(tmp_path: Path) -> None:
    provenance = run_experiment(EXPERIMENT, Options(seeds=(3,), out=tmp_path)).provenance
    assert (provenance.experiment, provenance.problem, provenance.seeds) == ("toy", "0", [3])
    assert (provenance.device, provenance.threads) == ("cpu", 1)
    assert provenance.packages["numpy"]
    assert provenance.commit


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> dict[str, DataRecord]:
    """The record of the data set `toy`, under "now", that the toy experiment is given."""
    records = {"now": DataRecord(name="real", origin="/data", split="all", sha256="a")}

    def load(name: str, data_dir: Path | None, download: bool) -> Dataset:
        nothing = Split(np.zeros((0, 1, 1)), np.zeros(0))
        return Dataset(records["now"], (), nothing, nothing)

    run = toy.run.run
    monkeypatch.setattr(datasets, "_load_once", load)
    monkeypatch.setattr(toy.run, "run", lambda task, toy: run(task))
    return records


def test_results_on_better_data_are_kept_until_a_substitute_is_allowed(
    tmp_path: Path, data: dict[str, DataRecord]
) -> None:
    experiment = dataclasses.replace(EXPERIMENT, data=("toy",))
    options = Options(seeds=(0,), out=tmp_path, workers=1)

    def reason(allow: bool = False) -> str | None:
        return why_stale(experiment, [0], "full", out=tmp_path, allow_substitute=allow)

    run_experiment(experiment, options)
    before = result_path("toy", tmp_path).read_bytes()
    data["now"] = DataRecord(name="drawn", origin="here", split="", sha256="b", substitute=True)
    assert reason() is None
    assert reason(allow=True) == "data changed"
    with pytest.raises(DataError, match=r"expected data as good as .* real from /data, got drawn"):
        run_experiment(experiment, options)
    assert result_path("toy", tmp_path).read_bytes() == before
    allowing = dataclasses.replace(options, allow_substitute=True)
    assert run_experiment(experiment, allowing).provenance.data == [data["now"]]
    data["now"] = DataRecord(name="real", origin="/data", split="all", sha256="a")
    assert reason() == "data changed"
    assert run_experiment(experiment, options).provenance.data == [data["now"]]


def test_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match=r"cannot be written \(Not a directory\)"):
        check_folder(tmp_path / "file" / "toy")


def test_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 3_000_000, 3_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(RecordError, match="expected 50 MB of free space, got 3 MB"):
        check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_processes_end_when_this_one_cannot_go_on(tmp_path: Path) -> None:
    before = active_children()

    def fail(experiment: str, finished: int, tasks: int) -> None:
        if finished:
            raise RecordError("no space left")

    with pytest.raises(RecordError, match="no space left"):
        run_experiments([EXPERIMENT], Options(out=tmp_path, workers=2), fail)
    for _ in range(300):  # the pool's own thread may be the one that hears of their end
        if not (left := set(active_children()) - set(before)):
            break
        time.sleep(0.1)
    assert not left


def test_two_runs_may_check_one_folder_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = runner.write_atomically

    def other_is_faster(path: Path, content: bytes) -> None:
        original(path, content)
        path.unlink()

    monkeypatch.setattr(runner, "write_atomically", other_is_faster)
    check_folder(tmp_path)
