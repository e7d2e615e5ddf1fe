"""What all commands share: a mistake is one line, and output may be closed, full or ASCII."""

import ast
import os
import subprocess
import sys
from contextlib import suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from commands import run_apart, run_here

import experiments.command as command
from experiments.framework.experiment import Profile
from experiments.framework.results import outputs
from experiments.framework.runner import Options
from runs.entry_points import ENTRY_POINTS

ROOT = Path(__file__).parents[2]
LISTS = {"verify": "--list", "answer": "--list", "experiments": "list", "report": "--help"}
FULL = Path("/dev/full")
has_full_device = pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("experiments lisst", "experiments: No such command 'lisst'"),
        ("experiments run", "experiments: Missing argument 'NAME...'"),
        ("experiments run speed --workers 0", "experiments: Invalid value for '--workers'"),
        ("experiments run speed --profile slow", "experiments: Invalid value for '--profile'"),
        (
            "experiments run speed --seeds 0,00",
            "experiments: --seeds: expected distinct integers in [0, 2**32)",
        ),
        (
            "experiments run speed --seeds 4294967296",
            "experiments: --seeds: expected distinct integers in",
        ),
        (
            "experiments run speed --seeds \u0663",
            "experiments: --seeds: expected distinct integers in",
        ),
        ("report --profile slow", "report: Invalid value for '--profile'"),
        ("report --seeds 1,1", "report: --seeds: expected distinct integers in"),
        (
            "report --data-dir /no/such/folder",
            "report: --data-dir: expected an existing folder, got '/no",
        ),
        ("report extra", "report: Got unexpected extra argument"),
    ],
)
def test_mistake_in_a_command_is_one_line_and_status_2(command: str, said: str):
    done = run_here(*command.split())
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_help_is_in_one_form(name: str):
    done = run_here(name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: python -m {ENTRY_POINTS[name].module} ")
    assert done.stdout.isascii()


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_a_process_of_its_own_ends_as_the_command_does(name: str):
    done = run_apart(name, "--nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{name}: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", LISTS)
def test_closed_output_is_no_error(name: str):
    done = run_here(name, LISTS[name], stdout=None)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="no shell that closes an output")
def test_output_that_a_process_finds_closed_is_no_error():
    closing = [
        *("sh", "-c", 'exec "$@" >&-', "sh"),
        sys.executable,
        "-m",
        "verify.derive",
        "--help",
    ]
    done = subprocess.run(closing, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@has_full_device
@pytest.mark.parametrize("name", LISTS)
def test_full_output_is_one_line_and_status_2(name: str):
    # What is left in the buffer cannot be written when the file is closed, either.
    with suppress(OSError), FULL.open("w") as full:
        done = run_here(name, LISTS[name], stdout=full)
    assert done.returncode == 2
    assert done.stderr == f"{name}: cannot go on (No space left on device)\n"


@has_full_device
def test_output_that_a_process_finds_full_is_one_line_and_status_2():
    with FULL.open("w") as full:
        done = run_apart("derive", "--help", stdout=full)
    assert done.returncode == 2
    assert done.stderr == "derive: cannot go on (No space left on device)\n"


@pytest.mark.parametrize("name", LISTS)
def test_ascii_output_is_no_error(name: str):
    with TextIOWrapper(BytesIO(), encoding="ascii") as ascii_only:
        done = run_here(name, LISTS[name], stdout=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_table_with_marks_is_printed_where_the_locale_has_none():
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    words = ("--only", "softmax.row_sums", "--points", "60")
    done = run_apart("verify", *words, env=os.environ | ascii_only)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "package", ["derivations", "experiments", "mytorch", "report", "runs", "verify"]
)
def test_text_files_are_utf_8_whatever_the_locale(package: str):
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if getattr(getattr(node, "func", None), "attr", "") in {"read_text", "write_text"}:
                call = ast.unparse(node)
                assert any(name in call for name in ("utf-8", "latin-1", "/proc/")), (path, call)


@pytest.mark.parametrize("profile", ["full", "quick"])
def test_quick_run_leaves_full_results_alone_unless_told_where(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
):
    given: list[Options] = []
    monkeypatch.setattr(command, "run_all", lambda experiments, options: given.append(options))
    command.run([], profile=profile)
    command.run([], profile=profile, out=Path("elsewhere"))
    assert [options.out for options in given] == [outputs(profile), Path("elsewhere")]


WAITING = """
from threading import Event, Thread
import typer
from runs.command import run_command

app = typer.Typer()

@app.command()
def main():
    Thread(target=Event().wait).start()
    print("said")
    {end}

run_command(app, "demo", "python -m demo")
"""


@pytest.mark.parametrize(
    ("end", "status", "complaint"),
    [
        ("pass", 0, ""),
        ("raise typer.Exit(1)", 1, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise KeyboardInterrupt", 130, "demo: interrupted\n"),
    ],
)
def test_end_of_a_command_waits_for_no_thread_that_waits_for_ever(
    end: str, status: int, complaint: str
):
    code = [sys.executable, "-c", WAITING.format(end=end)]
    done = subprocess.run(code, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (status, "said\n", complaint)


def test_all_experiments_run_with_the_same_options_as_one(monkeypatch: pytest.MonkeyPatch):
    given: list[Options] = []
    monkeypatch.setattr(command, "run_all", lambda experiments, options: given.append(options))
    places = {"data_dir": Path("here"), "allow_substitute": True, "out": Path("there")}
    command.run(["speed"], "7", device="cpu", workers=3, dask="d", **places)
    command.run_every("7", device="cpu", workers=3, dask="d", **places)
    expected = Options((7,), device="cpu", workers=3, dask="d", **places)
    assert given == [expected] * 2
