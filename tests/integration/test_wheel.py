"""The wheel, in an empty environment for each Python there is: what it promises runs anywhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
MOST_MEGABYTES = 150  # without bytecode, which pip compiles at installation

LIGHT = """
import sys
import numpy as np
from verify import assert_gradient
import mytorch.nn

assert_gradient(
    lambda w: np.sum(np.logaddexp(0, -w)), lambda w: -1 / (1 + np.exp(w)), {"w": (5,)}
)
assert not {"jax", "torch", "scipy", "matplotlib"} & set(sys.modules)
"""


def python_of(version: str) -> str | None:
    """A Python that starts, from the path or from pyenv."""
    homes = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}"))
    for found in [shutil.which(f"python{version}"), *map(str, homes)]:
        if found and not subprocess.run([found, "-c", ""], capture_output=True).returncode:
            return found
    return None


@pytest.fixture(scope="module")
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not request.config.getoption("--wheel"):
        pytest.skip("takes minutes: asked for with --wheel")
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    call(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source)
    (built,) = folder.glob("*.whl")
    return built


def tracked_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def call(*command: object, cwd: Path | None = None) -> str:
    """The output of a command outside the checkout, which has to succeed."""
    done = run(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )


def install(wheel: Path, version: str, extra: str, folder: Path) -> Path:
    """The `bin` of a new environment with the wheel and one extra, on one version of Python."""
    python = python_of(version)
    if python is None:
        pytest.skip(f"this machine has no Python {version}")
    call(python, "-m", "venv", "--without-pip", folder)
    call(
        sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "--quiet",
        "--no-compile", "--constraint", ROOT / "constraints.txt", f"{wheel}{extra}",
    )  # fmt: skip
    return folder / "bin"


@pytest.mark.parametrize("version", VERSIONS)
def test_light_install_is_small_and_answers_and_checks(wheel: Path, version: str, tmp_path: Path):
    bin = install(wheel, version, "", tmp_path / "env")
    size = sum(path.stat().st_size for path in (tmp_path / "env").rglob("*") if path.is_file())
    assert size < MOST_MEGABYTES * 10**6
    right = call(bin / "gradproof", "answer", "softmax.row_sums", "0", cwd=tmp_path)
    assert "proved" in right
    derived = call(bin / "gradproof", "derive", "sum(x**2)", "--wrt", "x", cwd=tmp_path)
    assert "gradient  2*x" in derived
    assert "complex step, 40 digits" in derived
    assert "JAX" not in derived
    wrong = run(bin / "gradproof", "answer", "softmax.jacobian", "diag(y)", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "")
    call(bin / "python", "-c", LIGHT, cwd=tmp_path)
    assert call(bin / "gradproof", "--version", cwd=tmp_path) == "gradproof 0.1.0\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_light_install_says_what_to_install_for_the_rest(wheel: Path, version: str, tmp_path: Path):
    bin = install(wheel, version, "", tmp_path / "env")
    for command in ("verify", "experiments", "report"):
        for typed in ([bin / "gradproof", command], [bin / "python", "-m", MODULES[command]]):
            done = run(*typed, "--help", cwd=tmp_path)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.startswith(f"{command}: needs JAX")
            assert done.stderr.endswith(f": pip install 'gradproof[{command}]'\n")
            assert len(done.stderr.splitlines()) == 1


MODULES = {"verify": "verify.all", "experiments": "experiments", "report": "report"}
PROMISES = {
    "verify": ["gradproof", "verify", "--only", "softmax.row_sums", "--points", "60"],
    "experiments": [
        "gradproof", "experiments", "run", "output_activations", "--profile", "quick",
        "--seeds", "0", "--workers", "1",
    ],
    "report": ["gradproof", "report", "--help"],
}  # fmt: skip


@pytest.mark.parametrize("extra", PROMISES)
def test_each_extra_runs_its_command(wheel: Path, extra: str, tmp_path: Path):
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folders = os.environ.get("PIP_FIND_LINKS", "").split()
    name = f"torch-*cp{version.replace('.', '')}*.whl"
    if not any(list(Path(folder).glob(name)) for folder in folders):
        pytest.skip("PIP_FIND_LINKS names no folder with PyTorch, and PyPI's takes gigabytes")
    bin = install(wheel, version, f"[{extra}]", tmp_path / "env")
    command, *arguments = PROMISES[extra]
    call(bin / command, *arguments, cwd=tmp_path)
    if extra == "report":
        sections = "from report.render import section_names; assert len(section_names()) > 5"
        call(bin / "python", "-c", sections, cwd=tmp_path)
