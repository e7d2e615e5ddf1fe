"""Workers that are killed: nothing finished is lost, and no number is another one."""

import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.framework.experiment import Experiment
from experiments.framework.runner import Options, WorkerError, run_experiment

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "experiments"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.syspath_prepend(str(TOY))
    from toy import EXPERIMENT

    return EXPERIMENT


@pytest.fixture
def traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tasks leave their names; with it, the toy's seed 1 is killed the first time it runs."""
    folder = tmp_path / "traces"
    folder.mkdir()
    monkeypatch.setenv("TOY_FOLDER", str(folder))
    return folder


def _times_run(traces: Path, name: str) -> int:
    return len((traces / name).read_text().splitlines())


@pytest.fixture
def undisturbed(toy: Experiment, tmp_path: Path) -> list:
    return run_experiment(toy, Options(out=tmp_path / "undisturbed", workers=1)).runs  # type: ignore[attr-defined]


def test_killed_process_loses_no_result_and_changes_none(
    undisturbed: list, traces: Path, toy: Experiment, tmp_path: Path
) -> None:
    result = run_experiment(toy, Options(out=tmp_path, workers=2))
    assert result.runs == undisturbed  # type: ignore[attr-defined]
    # Once more than killed; and again if b-1 was killed while it ran.
    assert 2 <= _times_run(traces, "a-1") <= 3


def test_killed_task_runs_once_more_where_no_other_is_killed(
    traces: Path, toy: Experiment, tmp_path: Path
) -> None:
    run_experiment(dataclasses.replace(toy, settings=("a",)), Options(out=tmp_path, workers=2))
    assert _times_run(traces, "a-1") == 2


def test_task_that_kills_every_process_is_named_and_the_others_are_kept(
    traces: Path, toy: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.framework.runner.PATIENCE", 1)
    deadly = dataclasses.replace(toy, settings=("a", "deadly"))
    with pytest.raises(WorkerError, match=r"^toy deadly seed 1: its worker was killed again"):
        run_experiment(deadly, Options(out=tmp_path, workers=2))
    kept = {path.name for path in (tmp_path / "toy/tasks").iterdir()}
    assert {"full-cpu-a-0.json", "full-cpu-a-1.json", "full-cpu-a-2.json"} <= kept
    assert "full-cpu-deadly-1.json" not in kept


@pytest.fixture
def scheduler(tmp_path: Path, traces: Path) -> Iterator[str]:
    """A Dask scheduler and two workers, each with one thread, on this machine alone."""
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(TOY)])}
    dask = [sys.executable, "-m", "dask"]
    common = ["--host", "127.0.0.1", "--no-dashboard"]
    commands = [
        [*dask, "scheduler", "--port", address.rpartition(":")[2], *common],
        *[[*dask, "worker", address, "--nthreads", "1", *common]] * 2,
    ]
    with (tmp_path / "dask.log").open("w") as log:
        processes = [
            subprocess.Popen(
                command,
                env=environment,
                cwd=tmp_path,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for command in commands
        ]
    try:
        _wait_for_workers(address, 2)
        yield address
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)  # with the processes that it started
            process.wait(timeout=30)


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    for _ in range(100):
        try:
            with Client(address, timeout=5, set_as_default=False) as client:
                client.wait_for_workers(count, timeout=30)
            return
        except OSError:
            time.sleep(0.2)


def test_killed_dask_worker_loses_no_result_and_changes_none(
    undisturbed: list, traces: Path, scheduler: str, toy: Experiment, tmp_path: Path
) -> None:
    result = run_experiment(toy, Options(out=tmp_path, dask=scheduler))
    assert result.runs == undisturbed  # type: ignore[attr-defined]
    assert _times_run(traces, "a-1") == 2


def test_scheduler_that_does_not_answer_is_one_line(
    toy: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.framework.runner.DASK_SECONDS", 1)
    with pytest.raises(
        WorkerError, match=r"^--dask: no scheduler answers at tcp://127\.0\.0\.1:9 "
    ):
        run_experiment(toy, Options(out=tmp_path, dask="tcp://127.0.0.1:9"))
