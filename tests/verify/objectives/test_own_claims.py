"""A teacher's file is proved, checked and attacked question by question."""

from dataclasses import replace

import pytest

from verify.objectives.derived import Checks
from verify.objectives.own_claims import OwnClaim, own_claims, own_claims_table

FILE = """
[ridge]
function = "sum((y - X @ w)**2) + lam*sum(w**2)"
wrt = "w"
answer = "2*(X.T @ (X @ w - y) + lam*w)"

[quadratic]
function = "x @ A @ x"
wrt = "x"
answer = "2 * A @ x"

[two]
function = "sum(exp(x + y))"
wrt = ["x", "y"]
"""


@pytest.fixture(scope="module")
def claims(tmp_path_factory) -> dict[str, OwnClaim]:
    path = tmp_path_factory.mktemp("own") / "homework.toml"
    path.write_text(FILE)
    return {claim.id: claim for claim in own_claims(path, workers=2, seconds=60.0)}


def test_each_question_is_judged_in_its_order(claims):
    verdicts = {name: claim.verdict for name, claim in claims.items()}
    assert verdicts == {
        "ridge": "proved", "quadratic": "refuted", "two.x": "proved", "two.y": "proved",
    }  # fmt: skip
    assert list(verdicts) == ["ridge", "quadratic", "two.x", "two.y"]


def test_a_proved_question_is_checked_and_attacked(claims):
    checks = claims["ridge"].checks
    assert {"JAX", "PyTorch", "complex step", "40 digits"} == set(checks.judges)
    assert checks.error < 1e-12
    assert checks.refuted == checks.faults >= 10


def test_a_wrong_answer_of_the_teachers_own_says_why(claims):
    assert claims["quadratic"].why == "right only if A is symmetric"


def test_judges_that_disagree_and_faults_that_are_missed_lower_the_verdict(claims):
    claim = claims["ridge"]
    assert replace(claim, checks=replace(claim.checks, agree=False)).verdict == "refuted"
    assert replace(claim, checks=replace(claim.checks, refuted=3)).verdict == "undecided"
    assert replace(claim, checks=Checks(why="not settled")).verdict == "proved"


def test_the_table_has_a_row_for_each_question(claims):
    assert own_claims_table(list(claims.values())).row_count == 4


def test_a_file_without_questions_is_an_error(tmp_path):
    (tmp_path / "none.toml").write_text("[softmax]\njacobian = 'y'")
    with pytest.raises(ValueError, match="no questions in it"):
        list(own_claims(tmp_path / "none.toml", 1, 10.0))
