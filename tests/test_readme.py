"""The README speaks of what is there."""

import re
import shlex
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


@pytest.mark.parametrize(("name", "door"), [("derive", verify.derive), ("answer", verify.answer)])
def test_the_first_examples_print_what_they_print(name, door, capsys, monkeypatch):
    """Without the judges, whose last digits are not the same everywhere."""
    (block,) = re.findall(rf"\$ (gradproof {name} .*?)\n(?:\n|```)", README[:2000], re.DOTALL)
    command, *lines = block.splitlines()
    words = shlex.split(command)[2:] + (["--no-checks"] if name == "derive" else [])
    monkeypatch.setattr(sys, "argv", ["gradproof"])
    with pytest.raises(SystemExit):
        door.app(words, standalone_mode=False)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [line for line in lines if not line.startswith("checked")]


def test_the_teachers_file_is_graded_as_it_stands(tmp_path, capsys, monkeypatch):
    (questions,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "homework.toml").write_text(questions)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        verify.answer.app(["--all", "homework.toml"], standalone_mode=False)
    printed = capsys.readouterr().out
    for line in printed.splitlines():
        assert " ".join(line.split()) in " ".join(README.split())
