"""What all commands share: a mistake is one line, and output may be closed, full or ASCII."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import experiments.command as command
from experiments.framework.experiment import Profile
from experiments.framework.results import outputs
from experiments.framework.runner import Options

ROOT = Path(__file__).parents[2]
LISTS = {
    "verify.all": ["--list"],
    "verify.answer": ["--list"],
    "experiments": ["list"],
    "report": ["--help"],
}


def run(module: str, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *arguments]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.run(command, cwd=ROOT, check=False, **given)


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
    done = run(*command.split())
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("module", LISTS)
def test_closed_output_is_no_error(module: str):
    done = run(module, *LISTS[module], stdout=None, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", LISTS)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_full_output_is_one_line_and_status_2(module: str):
    with Path("/dev/full").open("w") as full:
        done = run(module, *LISTS[module], stdout=full)
    assert done.returncode == 2
    assert done.stderr.endswith(": cannot go on (No space left on device)\n")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("module", "arguments"),
    [*LISTS.items(), ("verify.all", ["--only", "softmax.row_sums", "--points", "60"])],
)
def test_ascii_output_is_no_error(module: str, arguments: list[str]):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(module, *arguments, env=os.environ | ascii_only)
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
