"""`python -m verify.all`, as a person runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from verify.checking.results import read


def verify(*arguments, **options):
    command = [sys.executable, "-m", "verify.all", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    path = tmp_path_factory.mktemp("verify") / "deep" / "verify.json"
    return verify("--json", str(path)), path


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


BREAK = """
import sys
from pathlib import Path
from dataclasses import replace
from derivations import softmax
chain = softmax.jacobian.chains[0]
*steps, last = chain.steps
broken = replace(chain, steps=(*steps, replace(last, expression=-last.expression)))
softmax.jacobian = replace(softmax.jacobian, chains=(broken,))
from runs.door import run_module
from verify import all
from verify.checking.check import conclude, judge_claim, prove_claim
all.verify = lambda claims, proofs, points, seed, advance: [
    conclude(c, prove_claim(c), judge_claim(c, points, seed)) for c in claims
]
sys.argv = ["verify", "--only", "softmax.jacobian", "--points", "60"]
run_module("verify")
"""


def test_a_broken_formula_is_named_with_a_point_to_type_again():
    command = [sys.executable, "-c", BREAK]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "softmax.jacobian: step" in run.stdout
    assert "refuted: at " in run.stdout
    assert "softmax.jacobian: jacfwd disagrees" in run.stdout
    assert "0 of 1 claims proved" in run.stdout


def test_a_device_is_no_file_for_results_and_stays_what_it_is():
    run = verify("--json", "/dev/null", "--only", "softmax.shift")
    assert run.returncode == 2
    assert run.stderr == "verify: --json: expected a file, got /dev/null\n"
    assert Path("/dev/null").is_char_device()


def test_without_a_folder_for_a_cache_the_command_works_in_silence(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    environment = os.environ | {"XDG_CACHE_HOME": str(blocked)}
    run = verify("--only", "adam.epsilon", "--points", "60", env=environment)  # optax compiles
    assert run.returncode == 0
    assert run.stderr == ""


INTERRUPT = """
import sys
from runs.door import run_module
from verify import all
def verify(claims, proofs, points, seed, advance):
    raise KeyboardInterrupt
all.verify = verify
sys.argv = ["verify", "--only", "softmax.shift"]
run_module("verify")
"""


def test_an_interruption_is_one_line_and_status_130():
    command = [sys.executable, "-c", INTERRUPT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 130
    assert run.stderr == "verify: interrupted\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_output_that_cannot_be_written_is_one_line_and_status_2():
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "verify.all", "--list"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr == "verify: cannot go on (No space left on device)\n"
