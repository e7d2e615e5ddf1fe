import dataclasses
import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
import toy
from toy import EXPERIMENT

from experiments import datasets, runner
from experiments.datasets import Dataset, Split
from experiments.datasets.sources import DataError
from experiments.fingerprint import why_stale
from experiments.results import DataRecord, ResultError, Run, result_path
from experiments.runner import Options, check_folder, run_experiment, run_experiments


def _tasks(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "toy/tasks").iterdir()}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were really run, in order."""
    names: list[str] = []
    original = runner.run_job

    def noted(job: runner.Job) -> tuple[runner.Job, runner.Record]:
        names.append(f"{job.task.setting}{job.task.seed}")
        return original(job)

    monkeypatch.setattr(runner, "run_job", noted)
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
    noted = runner.run_job

    def interrupt(job: runner.Job) -> tuple[runner.Job, runner.Record]:
        if len(ran) == 3:
            raise KeyboardInterrupt
        return noted(job)

    monkeypatch.setattr(runner, "run_job", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_experiment(EXPERIMENT, options)
    assert ran == ["a0", "a1", "b0"]
    assert not result_path("toy", tmp_path).exists()
    monkeypatch.setattr(runner, "run_job", noted)
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


def test_timed_experiment_runs_in_this_process_whatever_the_workers(
    tmp_path: Path, ran: list[str]
) -> None:
    timed = dataclasses.replace(EXPERIMENT, timed=True)
    run_experiment(timed, Options(out=tmp_path, workers=2, dask="tcp://127.0.0.1:1"))
    assert ran == ["a0", "b0"]


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The tasks that were given to workers, one list for each time."""
    given: list[list[str]] = []

    @contextmanager
    def noted(jobs: list[runner.Job], options: Options) -> Iterator:
        given.append([f"{job.task.experiment} {job.task.setting}" for job in jobs])
        yield runner.run_here(jobs), None

    monkeypatch.setattr(runner, "_spread", noted)
    return given


def test_workers_take_the_tasks_of_all_experiments_from_one_queue(
    tmp_path: Path, queues: list[list[str]]
) -> None:
    timed = dataclasses.replace(EXPERIMENT, name="timed", timed=True)
    one, two, done = (dataclasses.replace(EXPERIMENT, name=name) for name in ("one", "two", "done"))
    options, said = Options(seeds=(0,), out=tmp_path), []
    run_experiment(done, options)
    results = run_experiments(
        [timed, one, two, done], options, lambda *counts: said.append("{} {}/{}".format(*counts))
    )
    assert [result.provenance.experiment for result in results] == ["timed", "one", "two", "done"]
    assert queues[1:] == [["one a", "one b", "two a", "two b"]]
    assert said[:4] == ["timed 0/2", "one 0/2", "two 0/2", "done 2/2"]
    assert said[4:] == [f"{name} {n}/2" for name in ("one", "two", "timed") for n in (1, 2)]


def test_only_in_the_full_profile_a_stopwatch_has_the_machine_for_itself(
    tmp_path: Path, queues: list[list[str]]
) -> None:
    timed = dataclasses.replace(EXPERIMENT, timed=True)
    for profile in ("full", "quick"):
        run_experiment(timed, Options(seeds=(0,), profile=profile, out=tmp_path))
    assert queues == [[], ["toy a", "toy b"]]


def test_task_runs_on_one_thread_and_the_caller_gets_its_threads_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    seen = []

    def spy(task: runner.Task) -> toy.ToyRun:
        seen.append(torch.get_num_threads())
        return toy.run(task)

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run_experiment(
            dataclasses.replace(EXPERIMENT, run=spy),
            Options(seeds=(0,), out=tmp_path, workers=1),
        )
        assert seen == [1, 1]
        assert torch.get_num_threads() == 2
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
    """The record of the data set `toy`, under "now"."""
    records = {"now": DataRecord(name="real", origin="/data", split="all", sha256="a")}

    def load(name: str, data_dir: Path | None, download: bool) -> Dataset:
        nothing = Split(np.zeros((0, 1, 1)), np.zeros(0))
        return Dataset(records["now"], (), nothing, nothing)

    monkeypatch.setattr(datasets, "_load_once", load)
    return records


def test_results_on_better_data_are_kept_until_a_substitute_is_allowed(
    tmp_path: Path, data: dict[str, DataRecord]
) -> None:
    experiment = dataclasses.replace(EXPERIMENT, data=("toy",), run=_run_with_data)
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


def _run_with_data(task: runner.Task, toy: object) -> Run:
    return EXPERIMENT.run(task)


def test_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match=r"cannot be written \(Not a directory\)"):
        check_folder(tmp_path / "file" / "toy")


def test_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 3_000_000, 3_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(ResultError, match="expected 50 MB of free space, got 3 MB"):
        check_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_processes_end_when_this_one_cannot_go_on(tmp_path: Path) -> None:
    before = active_children()

    def fail(*counts: object) -> None:
        raise ResultError("no space left")

    slow = dataclasses.replace(EXPERIMENT, run=_sleep)
    with pytest.raises(ResultError, match="no space left"):
        run_experiments([slow], Options(seeds=(0,), out=tmp_path, workers=2), fail)
    for _ in range(300):  # the pool's own thread may be the one that hears of their end
        if not (left := set(active_children()) - set(before)):
            break
        time.sleep(0.1)
    assert not left


def _sleep(task: runner.Task) -> toy.ToyRun:
    time.sleep(600)
    return toy.run(task)


def test_processes_that_have_nothing_to_do_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "save_figures", _leave_process_id)
    run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, workers=2))
    assert (tmp_path / "toy/figures").read_text() != str(os.getpid())


def test_this_process_draws_while_the_others_have_something_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "save_figures", _leave_process_id)
    monkeypatch.setattr(runner.Crew, "is_idle", lambda crew: False)
    run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, workers=2))
    assert (tmp_path / "toy/figures").read_text() == str(os.getpid())


def test_a_crew_is_idle_when_it_has_more_processes_than_work() -> None:
    given: list[Future] = [Future(), Future(), Future()]
    crew = runner.Crew(ThreadPoolExecutor(), 2, given)
    given[0].set_result(None)
    assert not crew.is_idle()
    given[1].set_result(None)
    assert crew.is_idle()


def test_a_process_that_cannot_draw_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "save_figures", _refuse)
    with pytest.raises(ResultError, match="no space left"):
        run_experiment(EXPERIMENT, Options(seeds=(0,), out=tmp_path, workers=2))
    assert not result_path("toy", tmp_path).exists()


def test_result_of_a_process_that_dies_drawing_is_drawn_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "save_figures", _die_elsewhere)
    monkeypatch.setenv("ALIVE", str(os.getpid()))
    assert run_experiment(EXPERIMENT, Options(out=tmp_path, workers=2)).runs
    assert result_path("toy", tmp_path).exists()


def _leave_process_id(folder: Path, figures: object) -> None:
    folder.write_text(str(os.getpid()))


def _refuse(folder: Path, figures: object) -> None:
    raise ResultError("no space left")


def _die_elsewhere(folder: Path, figures: object) -> None:
    if os.getpid() != int(os.environ["ALIVE"]):
        os._exit(1)


def test_two_runs_may_check_one_folder_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = runner.write_atomically

    def other_is_faster(path: Path, content: bytes) -> None:
        original(path, content)
        path.unlink()

    monkeypatch.setattr(runner, "write_atomically", other_is_faster)
    check_folder(tmp_path)
