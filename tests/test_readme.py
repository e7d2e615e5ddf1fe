"""The README speaks of what is there."""

import re
from pathlib import Path

import pytest

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
