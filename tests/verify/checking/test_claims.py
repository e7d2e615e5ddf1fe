"""What must hold for each claim of the table."""

from dataclasses import replace

import pytest
from sympy import Symbol, Tuple, sqrt

from derivations.prover.proof import Verdict
from verify.checking.check import conclude, judge_claim, prove_claim
from verify.checking.faults import mutants
from verify.claims import SUBJECTS, claim_named, claims_matching

CLAIMS = claims_matching()
FAST = ["softmax.jacobian", "huber.limits", "momentum.scale", "layers.relu"]


def is_evaluated(closed_form):
    """Whether it has values: a solution vector and what a cited theorem speaks of have none."""
    return not isinstance(closed_form, Tuple) and not str(closed_form).startswith("\\")


NOT_JUDGED = {
    r"\frac{\partial L}{\partial \beta_1}": "an instance of the formula before it",
    "W_t": "an induction on gradients, each of which is judged",
    r"\inf_w L_\delta(w)": "a theorem that is cited, which has no value",
}
WITHOUT_VALUES = [
    chain
    for claim in CLAIMS
    for chain in claim.derivation.chains
    if chain.steps[-1].sign in ("=", "->") and not is_evaluated(chain.closed_form)
]
"""Where there are values, `tests/derivations/test_derivation.py` breaks the formula."""


def by_id(claim):
    return claim.id


def slip(closed, indices):
    """The first wrong variant of a closed form, or of a solution vector."""
    if isinstance(closed, Tuple):
        return Tuple(*(entry + 1 for entry in closed))
    return next(variant for _, variant in mutants(closed, indices))


def test_every_statement_of_the_derivations_is_a_claim():
    from importlib import import_module

    derived = [
        derivation.id
        for subject in SUBJECTS
        for derivation in import_module(f"derivations.{subject}").DERIVATIONS
    ]
    assert sorted(claim.id for claim in CLAIMS) == sorted(derived)
    assert len(CLAIMS) == 44


@pytest.mark.parametrize("chain", WITHOUT_VALUES, ids=lambda chain: chain.name)
def test_a_wrong_last_step_is_not_proved_where_no_point_could_refute_it(chain):
    *others, last = chain.steps
    wrong = replace(last, expression=slip(chain.closed_form, chain.indices))
    broken = replace(chain, steps=(*others, wrong))
    assert broken.prove()[-1].verdict is not Verdict.PROVED


@pytest.mark.parametrize("claim_id", FAST)
def test_claim_is_proved_checked_and_attacked(claim_id):
    claim = claim_named(claim_id)
    result = conclude(claim, prove_claim(claim), judge_claim(claim, points=60, seed=3))
    assert result.verdict == "proved"
    assert result.faults.planted == result.faults.caught >= 6
    assert all(oracle.passed and oracle.points for oracle in result.oracles)


def test_a_wrong_closed_form_is_refuted_by_the_oracles():
    claim = claim_named("softmax.jacobian")
    (check,) = claim.checks
    wrong = replace(claim, checks=(replace(check, claimed=-check.formula),))
    judgement = judge_claim(wrong, points=60, seed=0)
    failed = [oracle for oracle in judgement.oracles if oracle.tolerance is not None]
    assert failed
    assert not any(oracle.passed for oracle in failed)
    assert all("z = [" in oracle.worst for oracle in failed)


def test_a_fault_that_is_right_counts_as_missed():
    claim = claim_named("softmax.jacobian")
    (check,) = claim.checks
    harmless = replace(check.faults[0], name="harmless", expression=check.formula)
    odd = replace(claim, checks=(replace(check, faults=(harmless,)),))
    result = conclude(odd, prove_claim(odd), judge_claim(odd, points=60, seed=0))
    assert result.verdict == "undecided"
    assert [missed.split(" (")[0] for missed in result.faults.missed] == ["harmless"]


def test_a_fault_without_a_value_anywhere_is_refuted():
    claim = claim_named("adam.step_size")
    (check,) = claim.checks
    rootless = replace(check.faults[0] if check.faults else check.planted[0], name="rootless")
    rootless = replace(rootless, expression=sqrt(-1 - Symbol("g_1", real=True) ** 2))
    odd = replace(claim, checks=(replace(check, faults=(rootless,)),))
    result = conclude(odd, prove_claim(odd), judge_claim(odd, points=60, seed=0))
    assert result.faults.missed == []


@pytest.mark.parametrize("claim", CLAIMS, ids=by_id)
def test_claim_is_tested_on_enough_shapes_and_points(claim):
    domain = claim.domain
    scalar = not any(domain.shapes.values())
    assert scalar or len(domain.sizes) >= 6
    ordinary = [batch for batch in domain.batches(1000, 0) if batch.kind.value == "ordinary"]
    assert sum(map(len, ordinary)) >= 1000


@pytest.mark.parametrize("claim", CLAIMS, ids=by_id)
def test_every_chain_is_judged_and_every_claim_has_six_faults(claim):
    judged = [check.chain for check in claim.checks]
    names = [chain.name for chain in claim.derivation.chains if chain not in judged]
    assert [name for name in names if name not in NOT_JUDGED] == []
    assert sum(len(check.planted) for check in claim.checks) >= 6


def test_unmatched_subjects_are_not_imported():
    import subprocess
    import sys

    code = (
        "import sys; from verify.claims import claims_matching; claims_matching('softmax*');"
        "print([m for m in sys.modules if m.startswith('verify.claims.')], 'jax' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "['verify.claims.softmax'] False"
