"""The README and the other documents speak of what is there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import verify.answer
import verify.derive
from verify.claims import claims_matching

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("claim", claims_matching(), ids=lambda claim: claim.id)
def test_every_claim_stands_in_the_table(claim):
    row = f"| {claim.derivation.problem} | `{claim.id}` | {claim.derivation.title} |"
    assert row in README


def test_every_file_that_is_named_exists():
    named = re.findall(r"\]\(([^)#:]+)\)", README)
    assert named
    for name in named:
        assert (ROOT / name).exists(), name


DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OURS = ("derivations", "docs", "experiments", "mytorch", "report", "runs", "tests", "verify")
PLACES = [
    f"/{path.relative_to(ROOT)}" for top in OURS for path in [ROOT / top, *(ROOT / top).rglob("*")]
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_and_folder_in_code_letters_exists(document):
    """A path may begin below the folder that the document is about: `judges/noise.py`."""
    prose = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    named = re.findall(r"`([a-z_/]+(?:\.(?:py|md|toml|jinja)|/))`", prose)
    missing = {
        name
        for name in named
        if not any(place.endswith("/" + name.rstrip("/")) for place in PLACES)
    }
    assert not missing - {"outputs/"}


def test_every_make_target_that_is_named_exists():
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert target in targets


def test_the_python_in_the_readme_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(code, {})
    wrong = code.replace("-1 / (1", "1 / (1")
    with pytest.raises(AssertionError, match="gradient of w: wrong at 20 of 20 points"):
        exec(wrong, {})


@pytest.mark.parametrize(("name", "module"), [("derive", verify.derive), ("answer", verify.answer)])
def test_the_first_examples_print_what_they_print(name, module, capsys, monkeypatch):
    """Without the judges, whose last digits are not the same everywhere."""
    (block,) = re.findall(rf"\$ (gradproof {name} .*?)\n(?:\n|```)", README[:2000], re.DOTALL)
    command, *lines = block.splitlines()
    words = shlex.split(command)[2:] + (["--no-checks"] if name == "derive" else [])
    monkeypatch.setattr(sys, "argv", ["gradproof"])
    with pytest.raises(SystemExit):
        module.app(words, standalone_mode=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [line for line in lines if not line.startswith("checked")]


def test_the_code_in_the_readme_is_judged_as_it_says(tmp_path, capsys, monkeypatch):
    source, command = re.findall(
        r"```\n\$ cat grad\.py\n(.*?)\n\n\$ (.*?)\n```", README, re.DOTALL
    )[0]
    command, *lines = command.splitlines()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["gradproof"])
    amended = source.replace("return g + lam*w", "g[1:] += lam*w[1:]\n    return g")
    for code, expected in (source, lines[2]), (amended, "proved    for every d, n"):
        Path("grad.py").write_text(code)
        with pytest.raises(SystemExit):
            verify.answer.app(shlex.split(command)[2:], standalone_mode=False)
        assert capsys.readouterr().out.splitlines()[2] == expected


def test_the_teachers_file_is_graded_as_it_stands(tmp_path, capsys, monkeypatch):
    (questions,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "homework.toml").write_text(questions)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        verify.answer.app(["--all", "homework.toml"], standalone_mode=False)
    printed = capsys.readouterr().out
    for line in printed.splitlines():
        assert " ".join(line.split()) in " ".join(README.split())


def test_make_keeps_what_python_compiles(tmp_path):
    """Tests start hundreds of processes, each of which would compile the project anew."""
    makefile = tmp_path / "Makefile"
    makefile.write_text(
        f'include {ROOT / "Makefile"}\nsaid:\n\t@echo "[$$PYTHONDONTWRITEBYTECODE]"\n'
    )
    command = ["make", "-s", "-f", str(makefile), "said"]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert ended.stdout == "[]\n"
