"""`python -m verify.all`, as a person runs it."""

import json
import os
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from commands import run_apart, run_here

from verify import all
from verify.checking.results import read
from verify.claims import claim_named


def verify(*arguments):
    return run_here("verify", *arguments)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("verify") / "deep" / "verify.json"
    return run_apart("verify", "--json", str(path)), path


def test_everything_is_proved_checked_and_attacked(whole_run):
    run, path = whole_run
    assert run.returncode == 0, run.stdout + run.stderr
    assert "44 of 44 claims proved and checked" in run.stdout
    verification = read(path)
    assert verification.holds
    assert verification.summary.faults_planted == verification.summary.faults_caught > 600
    for claim in verification.claims:
        judged = [oracle for oracle in claim.oracles if oracle.tolerance is not None]
        assert max(oracle.points for oracle in judged) >= 1000, claim.id


def test_json_has_the_agreed_keys(whole_run):
    _, path = whole_run
    content = json.loads(path.read_text())
    assert {"claims", "summary", "provenance"} <= set(content)
    claim = content["claims"][0]
    assert {
        "id", "problem", "title", "statement", "verdict", "proof", "oracles", "faults", "seconds",
    } <= set(claim)  # fmt: skip
    assert {"verdict", "scope", "steps"} <= set(claim["proof"])
    assert {"because", "verdict", "scope"} <= set(claim["proof"]["steps"][0])
    assert {"name", "points", "max_error", "tolerance", "passed"} <= set(claim["oracles"][0])
    assert {"planted", "caught", "missed"} <= set(claim["faults"])


def test_list_names_the_claims_without_checking_them():
    run = verify("--list", "--only", "huber.*")
    assert run.returncode == 0
    assert "huber.partition" in run.stdout
    assert "softmax" not in run.stdout
    assert "proved" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "nothing*"], "no claim matches 'nothing*'"),
        (["--points", "-1"], "--points: expected at least 1, got -1"),
        (["--points", "0"], "--points: expected at least 1, got 0"),
        (["--points", "many"], "--points"),
        (["--seed", "-3"], "--seed: expected 0 or more, got -3"),
        (["--json", "/proc/nowhere/verify.json"], "--json: cannot"),
        (["--jsn", "x"], "--jsn"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, message):
    run = verify(*arguments)
    assert run.returncode == 2
    assert message in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert "Traceback" not in run.stderr


def test_a_broken_formula_is_named_with_a_point_to_type_again(monkeypatch):
    claim = claim_named("softmax.jacobian")
    (chain,) = claim.derivation.chains
    *steps, last = chain.steps
    broken = replace(chain, steps=(*steps, replace(last, expression=-last.expression)))
    wrong = replace(
        claim,
        derivation=replace(claim.derivation, chains=(broken,)),
        checks=(replace(claim.checks[0], chain=broken),),
    )
    monkeypatch.setattr(all, "claims_matching", lambda only: [wrong])
    monkeypatch.setattr(all, "in_processes", proved_here)
    monkeypatch.setattr(all, "claim_named", lambda id: wrong)
    run = verify("--points", "60")
    assert run.returncode == 1, run.stderr
    assert "softmax.jacobian: step" in run.stdout
    assert "refuted: at " in run.stdout
    assert "softmax.jacobian: jacfwd disagrees" in run.stdout
    assert "0 of 1 claims proved" in run.stdout


@contextmanager
def proved_here(prove, ids, workers):
    """Futures that nobody has begun."""
    yield {Future(): id for id in ids}


def test_a_device_is_no_file_for_results_and_stays_what_it_is():
    run = verify("--json", "/dev/null", "--only", "softmax.shift")
    assert run.returncode == 2
    assert run.stderr == "verify: --json: expected a file, got /dev/null\n"
    assert Path("/dev/null").is_char_device()


def test_without_a_folder_for_a_cache_the_command_works_in_silence(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    environment = os.environ | {"XDG_CACHE_HOME": str(blocked)}
    words = ("--only", "adam.epsilon", "--points", "60")  # optax compiles
    run = run_apart("verify", *words, env=environment)
    assert run.returncode == 0
    assert run.stderr == ""


def test_an_interruption_is_one_line_and_status_130(monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(all, "verify", interrupted)
    run = verify("--only", "softmax.shift")
    assert run.returncode == 130
    assert run.stderr == "verify: interrupted\n"
