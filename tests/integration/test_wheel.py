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
    for python in [shutil.which(f"python{version}"), *map(str, homes)]:
        if python and not subprocess.run([python, "-c", ""], capture_output=True).returncode:
            return python
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


def install(wheel: Path, python: str, extra: str, folder: Path) -> Path:
    """The `bin` of a new environment with the wheel and one extra."""
    call(python, "-m", "venv", "--without-pip", folder)
    call(
        sys.executable, "-m", "pip", "--python", folder / "bin/python", "install", "--quiet",
        "--no-compile", "--constraint", ROOT / "constraints.txt", f"{wheel}{extra}",
    )  # fmt: skip
    return folder / "bin"


@pytest.fixture(scope="module", params=VERSIONS)
def light(
    wheel: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The `bin` of a light install, on one version of Python."""
    python = python_of(request.param)
    if python is None:
        pytest.skip(f"this machine has no Python {request.param}")
    return install(wheel, python, "", tmp_path_factory.mktemp("light") / "env")


def test_light_install_is_small(light: Path):
    size = sum(path.stat().st_size for path in light.parent.rglob("*") if path.is_file())
    assert size < MOST_MEGABYTES * 10**6


def test_light_install_answers_derives_and_checks(light: Path, tmp_path: Path):
    jacobian = "(diag(y) - outer(y, y)) / tau"
    right = call(light / "gradproof", "answer", "softmax.jacobian", jacobian, cwd=tmp_path)
    assert "proved" in right
    wrong = run(light / "gradproof", "answer", "softmax.jacobian", "diag(y)", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "")
    derived = call(light / "gradproof", "derive", "sum(x**2)", "--wrt", "x", cwd=tmp_path)
    assert "gradient  2*x" in derived
    assert "complex step, 40 digits" in derived
    assert "JAX" not in derived
    call(light / "python", "-c", LIGHT, cwd=tmp_path)
    assert call(light / "gradproof", "--version", cwd=tmp_path) == "gradproof 0.1.0\n"


@pytest.mark.parametrize(
    ("command", "module"),
    [
        ("verify", "verify.all"),
        ("page", "verify.page"),
        ("experiments", "experiments"),
        ("report", "report"),
    ],
)
def test_light_install_says_what_to_install_for_the_rest(
    light: Path, command: str, module: str, tmp_path: Path
):
    for typed in ([light / "gradproof", command], [light / "python", "-m", module]):
        done = run(*typed, "--help", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"{command}: needs ")
        assert done.stderr.endswith(f": pip install 'gradproof[{command}]'\n")
        assert len(done.stderr.splitlines()) == 1


PROMISES = {
    "verify": ["gradproof", "verify", "--only", "softmax.row_sums", "--points", "60"],
    "experiments": [
        "gradproof", "experiments", "run", "output_activations", "--profile", "quick",
        "--seeds", "0", "--workers", "1",
    ],
    "report": ["gradproof", "report", "--help"],
}  # fmt: skip


def test_page_extra_has_the_page(wheel: Path, tmp_path: Path):
    bin = install(wheel, sys.executable, "[page]", tmp_path / "env")
    assert "--port" in call(bin / "gradproof", "page", "--help", cwd=tmp_path)
    files = "from verify import web; print(*web.__path__)"
    (folder,) = map(Path, call(bin / "python", "-c", files, cwd=tmp_path).splitlines())
    here = ROOT / "verify/web"
    for kind in ("templates/*", "static/*"):
        assert {path.name for path in folder.glob(kind)} >= {path.name for path in here.glob(kind)}


@pytest.fixture(scope="module")
def local_torch() -> None:
    """PyTorch that pip finds in a folder, as it is on this Python alone."""
    asked = ("install", "--dry-run", "--ignore-installed", "--no-index", "--no-deps", "torch")
    if run(sys.executable, "-m", "pip", *asked).returncode:
        pytest.skip("pip finds no PyTorch in a folder of its own; PyPI's takes gigabytes")


@pytest.mark.parametrize("extra", PROMISES)
def test_each_extra_runs_its_command(wheel: Path, local_torch: None, extra: str, tmp_path: Path):
    bin = install(wheel, sys.executable, f"[{extra}]", tmp_path / "env")
    command, *arguments = PROMISES[extra]
    call(bin / command, *arguments, cwd=tmp_path)
    if extra == "report":
        sections = "from report.render import section_names; assert len(section_names()) > 5"
        call(bin / "python", "-c", sections, cwd=tmp_path)
