"""Each stage does nothing where nothing has changed, and quick results never replace real ones."""

import json
import shutil
from pathlib import Path

import pytest

from report import build
from report.build import BuildError, Plan, proofs_stale, renew_proofs
from runs import fingerprint
from runs.fingerprint import code_hash, package_versions
from verify.checking.results import PACKAGES, RESTS_ON

VERDICTS = """{
  "schema_version": 2,
  "claims": [{
    "id": "a.b", "problem": "1.1", "title": "made up", "statement": "x", "verdict": "proved",
    "proof": {"verdict": "proved", "scope": "every n", "scope_latex": "every $n$", "sizes": ["n"],
      "conditions": [], "gaps": [], "assumptions": [], "warrants": [], "steps": []}, "oracles": [],
    "faults": {"planted": 0, "caught": 0, "missed": [], "equal": []}, "seconds": 0
  }],
  "answers": [],
  "summary": {"claims": 1, "proved": 1, "faults_planted": 0, "faults_caught": 0, "points": 0,
              "seconds": 0},
  "provenance": {"python": "3", "platform": "made up", "packages": PACKAGES, "commit": "unknown",
                 "code": "CODE", "seed": 0, "points": 1000}
}"""
VERDICTS = VERDICTS.replace("CODE", code_hash(RESTS_ON))
VERDICTS = VERDICTS.replace("PACKAGES", json.dumps(package_versions(PACKAGES)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what the verdicts rest on, whose code can be changed."""
    for name in RESTS_ON:
        shutil.copytree(fingerprint.ROOT / name, tmp_path / name)
    (tmp_path / "outputs").mkdir()
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return tmp_path


def test_quick_results_have_folders_of_their_own():
    full, quick = Plan("full"), Plan("quick")
    assert full.outputs != quick.outputs
    assert full.folder != quick.folder


def test_proofs_are_stale_without_verdicts(project: Path):
    assert proofs_stale(Plan()) == "no verdicts yet"


@pytest.mark.parametrize("file", ["derivations/huber.py", "verify/claims/huber.py"])
def test_proofs_are_stale_when_a_derivation_or_a_claim_has_changed(project: Path, file: str):
    Plan().verdicts.write_text(VERDICTS)
    changed = project / file
    changed.write_text(changed.read_text() + "\nCHANGED = True\n")
    assert proofs_stale(Plan()) == "code changed"


def test_proofs_are_not_stale_for_a_comment_or_a_newer_file(project: Path):
    Plan().verdicts.write_text(VERDICTS)
    source = project / "derivations/huber.py"
    source.write_text(source.read_text() + "\n# a remark\n")
    assert proofs_stale(Plan()) is None


def test_proofs_are_stale_with_other_packages(project: Path):
    Plan().verdicts.write_text(VERDICTS.replace('"sympy": "', '"sympy": "0.'))
    assert proofs_stale(Plan()) == "packages changed"


def test_proofs_that_are_up_to_date_are_not_run_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    Plan().verdicts.write_text(VERDICTS)
    monkeypatch.setattr(build, "_python", lambda *arguments: pytest.fail("was run"))
    said: list[str] = []
    renew_proofs(Plan(), said.append)
    assert said == ["proofs: up to date"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "unreadable verdicts"),
        (VERDICTS.replace('"verdict": "proved"', '"verdict": "refuted"'), "not every claim held"),
        (
            VERDICTS.replace('"points": 1000', '"points": 1000, "only": "softmax*"'),
            "verdicts on softmax* alone",
        ),
        (VERDICTS.replace('"points": 1000', '"points": 10'), "checked at 10 points, not 1000"),
    ],
)
def test_proofs_are_stale_when_their_verdicts_are_bad(project: Path, content: str, why: str):
    Plan().verdicts.write_text(content)
    assert proofs_stale(Plan()) == why


def test_a_claim_that_does_not_hold_stops_the_report(
    project: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(build, "_python", lambda *arguments: 1)
    with pytest.raises(BuildError, match="not every claim holds"):
        renew_proofs(Plan(), lambda line: None)


@pytest.mark.parametrize("allow", [True, False])
def test_experiments_are_renewed_on_a_substitute_only_if_the_report_allows_one(
    allow: bool, monkeypatch: pytest.MonkeyPatch
):
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(build, "why_stale", lambda *_, **options: str(options["allow_substitute"]))
    monkeypatch.setattr(build, "_python", lambda *arguments: commands.append(arguments))
    said: list[str] = []
    build.renew_experiments(Plan(data_dir=Path("here"), allow_substitute=allow), said.append)
    assert all(line.endswith(f": {allow}") for line in said)
    (command,) = commands
    assert command[command.index("--data-dir") + 1] == "here"
    assert ("--allow-substitute" in command) is allow
