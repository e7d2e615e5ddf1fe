"""Outputs that are missing, damaged or foreign are one clear line that says how to renew them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from report.outputs import OutputError, Results, Verdicts, each, is_backed, points, worst_error
from runs.records import RecordError
from verify.checking.results import (
    ClaimResult,
    FaultsResult,
    GradedAnswer,
    OracleResult,
    ProofResult,
)

PROOF = ProofResult(
    verdict="proved",
    scope="every n",
    scope_latex="every $n$",
    sizes=["n"],
    conditions=[],
    gaps=[],
    assumptions=[],
    warrants=[],
    steps=[],
)


def claim(**changes: object) -> ClaimResult:
    """A made-up claim that is backed in every way."""
    fields: dict[str, object] = {
        "id": "softmax.jacobian",
        "problem": "1.1",
        "title": "Jacobian",
        "statement": "J = J",
        "verdict": "proved",
        "proof": PROOF,
        "oracles": [
            OracleResult(name="jax", points=1000, max_error=2e-16, tolerance=1e-12, passed=True),
            OracleResult(name="float32", points=1000, max_error=3e-7, tolerance=None, passed=True),
        ],
        "faults": FaultsResult(planted=6, caught=6, missed=[], equal=[]),
        "seconds": 0.1,
    }
    return ClaimResult.model_validate(fields | changes)


def verdicts(
    folder: Path, *claims: ClaimResult, answers: tuple[GradedAnswer, ...] = ()
) -> Verdicts:
    path = folder / "verify.json"
    summary = {
        "claims": 1,
        "proved": 1,
        "faults_planted": 6,
        "faults_caught": 6,
        "points": 2000,
        "seconds": 1.0,
    }
    provenance = {
        "python": "3",
        "platform": "made up",
        "packages": {},
        "commit": "unknown",
        "code": "0",
        "seed": 0,
        "points": 1000,
    }
    content = {
        "schema_version": 2,
        "claims": [found.model_dump() for found in claims],
        "answers": [answer.model_dump() for answer in answers],
        "summary": summary,
        "provenance": provenance,
    }
    path.write_text(json.dumps(content))
    return Verdicts(path)


def test_claims_are_found_by_id_and_by_question(tmp_path: Path):
    found = verdicts(tmp_path, claim(), claim(id="layers.relu", problem="6.2"))
    assert found["layers.relu"].problem == "6.2"
    assert [c.id for c in found.of("1.1")] == ["softmax.jacobian"]
    assert [c.id for c in found.of("Q6.2")] == ["layers.relu"]


def test_a_missing_claim_says_how_to_renew_the_verdicts(tmp_path: Path):
    with pytest.raises(OutputError, match=r"expected a claim huber\.c1.*python -m verify\.all"):
        verdicts(tmp_path, claim())["huber.c1"]


def graded(thought: str, verdict: str) -> GradedAnswer:
    return GradedAnswer(id="a.b", answer="x", thought=thought, verdict=verdict, said="why")


def test_a_lesson_is_the_right_answer_and_the_wrong_ones(tmp_path: Path):
    answers = (graded("", "proved"), graded("a slip", "refuted"))
    assert verdicts(tmp_path, claim(), answers=answers).lesson("a.b") == (
        answers[0],
        [answers[1]],
    )


def test_a_lesson_is_of_its_claims_question_unless_it_belongs_elsewhere(tmp_path: Path):
    found = verdicts(tmp_path, claim(id="a.b", problem="5.1"), answers=(graded("", "proved"),))
    assert [id_ for id_, _ in found.lessons_of("Q5.1")] == ["a.b"]
    elsewhere = {"a.b": "Q5.4"}
    assert list(found.lessons_of("Q5.1", elsewhere)) == []
    assert [id_ for id_, _ in found.lessons_of("Q5.4", elsewhere)] == ["a.b"]


@pytest.mark.parametrize("answer", [graded("", "undecided"), graded("a slip", "proved")])
def test_an_answer_that_is_graded_unlike_it_was_meant_stops_the_report(
    tmp_path: Path, answer: GradedAnswer
):
    with pytest.raises(OutputError, match=r"answer 'x' to a\.b: expected \w+, got \w+ \(why\)"):
        verdicts(tmp_path, claim(), answers=(answer,)).lesson("a.b")


def test_a_lesson_that_is_missing_says_how_to_renew_the_verdicts(tmp_path: Path):
    with pytest.raises(OutputError, match=r"expected answers to a\.b.*python -m verify\.all"):
        verdicts(tmp_path, claim()).lesson("a.b")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "not found"),
        ('{"claims": [', "damaged"),
        ('{"schema_version": 99}', "expected schema version 2, got 99"),
        ('{"schema_version": 2, "claims": 3}', "claims"),
    ],
)
def test_unreadable_verdicts_are_one_line(tmp_path: Path, content: str | None, complaint: str):
    path = tmp_path / "verify.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OutputError, match=complaint) as caught:
        Verdicts(path).claims  # noqa: B018
    assert "renew it with: python -m verify.all" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_result_says_which_experiment_to_run(tmp_path: Path):
    with pytest.raises(RecordError, match=r"not found; renew it with: .* run numpy_mnist"):
        Results(tmp_path, "full")["numpy_mnist"]


def test_a_quick_result_is_not_taken_for_a_full_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    quick = SimpleNamespace(provenance=SimpleNamespace(profile="quick"))
    monkeypatch.setattr("report.outputs.load_result", lambda experiment, folder: quick)
    assert Results(tmp_path, "quick")["speed"] is quick
    with pytest.raises(OutputError, match=r"expected the full profile, got quick; renew it with: "):
        Results(tmp_path, "full")["speed"]


def test_an_error_that_only_informs_is_not_the_worst():
    assert worst_error([claim()]) == 2e-16
    assert points(claim()) == 1000


def test_a_claim_is_backed_only_if_proof_oracles_and_faults_agree():
    assert is_backed(claim())
    failed = OracleResult(name="jax", points=1, max_error=1.0, tolerance=1e-12, passed=False)
    assert not is_backed(claim(oracles=[failed]))
    missed = FaultsResult(planted=6, caught=5, missed=["sign"], equal=[])
    assert not is_backed(claim(faults=missed))
    undecided = PROOF.model_copy(update={"verdict": "undecided"})
    assert not is_backed(claim(proof=undecided))


def test_a_path_is_followed_through_attributes_keys_and_places():
    claims = [claim(), claim(seconds=2.0)]
    assert each(claims, "seconds") == [0.1, 2.0]
    assert each(claims, "oracles.-1.name") == ["float32", "float32"]
    assert each([{"a": [1, 2]}], "a.0") == [1]
