"""Processes end with the one that started them, however that ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runs.processes import cores, in_processes

PARENT = """
import os, time
from pathlib import Path
from runs.processes import in_processes

def work(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)

if __name__ == "__main__":
    with in_processes(work, [{folder!r}] * 2, workers=2):
        time.sleep(600)
"""


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def _within(seconds: float, condition) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path: Path, end: int):
    script = tmp_path / "parent.py"
    folder = tmp_path / "workers"
    folder.mkdir()
    script.write_text(PARENT.format(folder=str(folder)))
    paths = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")]))
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": paths},
        stderr=subprocess.DEVNULL,
    )
    try:
        assert _within(60, lambda: len(list(folder.iterdir())) == 2)
        workers = [int(path.name) for path in folder.iterdir()]
    finally:
        parent.send_signal(end)
        parent.wait(timeout=60)
    try:
        assert _within(30, lambda: not any(map(_is_running, workers)))
    finally:
        for worker in filter(_is_running, workers):
            os.kill(worker, signal.SIGKILL)


def test_leaving_the_block_waits_for_nothing():
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), in_processes(_sleep, [60.0] * 4, workers=2):
        raise KeyboardInterrupt
    assert time.monotonic() - start < 30


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_command_that_is_interrupted_or_killed(tmp_path: Path, end: int):
    folder = tmp_path / "processes"
    folder.mkdir()
    noted = f"import os\nopen(os.path.join({str(folder)!r}, str(os.getpid())), 'w').close()"
    (tmp_path / "sitecustomize.py").write_text(noted)
    right = "(diag(y) - outer(y, y)) / tau"
    slow = "1 / (tau + " + " + ".join(f"z[{index}] ** 2" for index in "abcdefgh") + ")"
    for index in "abcdefgh":
        slow = f"sum({slow} for {index} in range(n))"
    slow = f"{right} * {slow} / {slow}"  # 8! ways to order the sums
    file = tmp_path / "answers.toml"
    file.write_text(f'softmax.jacobian = "{slow}"\n"softmax.jacobian" = "{slow}"\n')
    paths = [str(tmp_path), str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    command = subprocess.Popen(
        [sys.executable, "-m", "verify.answer", "--all", str(file), "--seconds", "600"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )
    try:
        assert _within(60, lambda: len(list(folder.iterdir())) == 4)  # one is Python's own
        time.sleep(2)  # both are at work by then, though it must not matter
    finally:
        (os.killpg if end == signal.SIGINT else os.kill)(command.pid, end)
        said = command.communicate(timeout=60)
    if end == signal.SIGINT:
        assert (command.returncode, said) == (130, ("", "answer: interrupted\n"))
    started = [int(path.name) for path in folder.iterdir()]
    try:
        assert _within(30, lambda: not any(map(_is_running, started)))
    finally:
        for process in filter(_is_running, started):
            os.kill(process, signal.SIGKILL)


def test_there_are_as_many_cores_as_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cores() == 1
