"""Check one claim: prove its steps, judge its formulas by the oracles, attack them with faults.

The proof needs SymPy alone and the judgement arrays alone, so the two can run side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from derivations.prover.points.counterexamples import find_counterexample
from derivations.prover.points.drawing import points_of
from derivations.prover.proof import Verdict
from derivations.prover.prove import prove
from derivations.prover.words import fact_to_text, scope_to_latex, scope_to_text, sizes_of
from derivations.text import to_text
from verify.checking.claim import Check, Claim, Fault
from verify.checking.results import ClaimResult, FaultsResult, OracleResult, ProofResult, StepResult
from verify.numerics.domain import Batch, Kind
from verify.oracles.derivatives import Oracle, scaled_error


@dataclass(frozen=True)
class ProofReport:
    """What the proof engine says of the steps, and of each planted fault."""

    proof: ProofResult
    faults: list[Verdict]
    seconds: float


@dataclass(frozen=True)
class Judgement:
    """What the oracles say of the formulas, and whether they refute each planted fault."""

    oracles: list[OracleResult]
    faults: list[bool]
    seconds: float


def prove_claim(claim: Claim) -> ProofReport:
    """Prove every step of the derivation, and let the engine judge every planted fault."""
    start = perf_counter()
    proofs = claim.derivation.prove()
    verdict, scope = claim.derivation.verdict_of(proofs)
    steps = [
        StepResult(
            because=step.because,
            verdict=proof.verdict,
            scope=proof.why or scope_to_text(proof.scope),
            counterexample=str(proof.counterexample) if proof.counterexample else None,
        )
        for step, proof in zip(claim.derivation.steps, proofs, strict=True)
    ]
    faults = [_engine_on(check, fault) for check in claim.checks for fault in check.planted]
    proof = ProofResult(
        verdict=verdict,
        scope=scope_to_text(scope),
        scope_latex=scope_to_latex(scope),
        sizes=sizes_of(scope),
        conditions=list(map(to_text, scope.conditions)),
        gaps=[to_text(need.relation) for need in scope.gaps],
        assumptions=list(map(fact_to_text, scope.facts)),
        warrants=list(scope.warrants),
        steps=steps,
    )
    return ProofReport(proof, faults, perf_counter() - start)


def judge_claim(claim: Claim, points: int, seed: int) -> Judgement:
    """Compare the formulas with every oracle at every point, and each planted fault likewise."""
    start = perf_counter()
    batches = claim.domain.batches(points, seed)
    oracles: dict[str, OracleResult] = {}
    faults = []
    for check in claim.checks:
        values = [check.run(check.formula, batch) for batch in batches]
        for oracle in check.oracles:
            found = _judged(oracle, batches, values)
            oracles[oracle.name] = _worse(oracles.get(oracle.name), found)
        faults += [_is_caught(check, fault, batches) for fault in check.planted]
        oracles["float32"] = _worse(oracles.get("float32"), _in_float32(check, batches, values))
    return Judgement(list(oracles.values()), faults, perf_counter() - start)


def _engine_on(check: Check, fault: Fault) -> Verdict:
    """The engine's verdict on a fault, where a point is sought long before a proof.

    A formula without a value at any point, such as the root of what is negative, is wrong as well.
    """
    sides = (check.formula, fault.expression)
    if find_counterexample(*sides, check.assuming, points=60):
        return Verdict.REFUTED
    if next(points_of(list(sides), check.assuming), None) is None:
        return Verdict.REFUTED
    return prove(*sides, check.assuming).verdict


def conclude(claim: Claim, proof: ProofReport, judgement: Judgement) -> ClaimResult:
    """The verdict on a claim: proved needs every step, every oracle and every fault."""
    faults = _attacked(claim, proof.faults, judgement.faults)
    if proof.proof.verdict == Verdict.REFUTED or not all(o.passed for o in judgement.oracles):
        verdict = Verdict.REFUTED
    elif proof.proof.verdict == Verdict.UNDECIDED or faults.missed:
        verdict = Verdict.UNDECIDED
    else:
        verdict = Verdict.PROVED
    return ClaimResult(
        id=claim.id,
        problem=claim.derivation.problem,
        title=claim.derivation.title,
        statement=claim.derivation.statement,
        verdict=verdict.value,
        proof=proof.proof,
        oracles=judgement.oracles,
        faults=faults,
        seconds=proof.seconds + judgement.seconds,
    )


def _attacked(claim: Claim, proofs: list[Verdict], caught: list[bool]) -> FaultsResult:
    """A fault is caught if engine and oracles both refute it; a generic one may be proved equal."""
    planted = [(check, fault) for check in claim.checks for fault in check.planted]
    missed, equal, count = [], [], 0
    for (check, fault), verdict, seen in zip(planted, proofs, caught, strict=True):
        if verdict is Verdict.PROVED and not seen and fault not in check.faults:
            equal.append(fault.name)
        elif verdict is Verdict.REFUTED and seen:
            count += 1
        else:
            blind = "the oracles" if verdict is Verdict.REFUTED else "the proof engine"
            missed.append(f"{fault.name} (not refuted by {blind})")
    return FaultsResult(planted=len(planted) - len(equal), caught=count, missed=missed, equal=equal)


def _judged(oracle: Oracle, batches: list[Batch], values: list[np.ndarray]) -> OracleResult:
    points, worst, where = 0, 0.0, None
    for batch, claimed in zip(batches, values, strict=True):
        errors = oracle.measure(batch, claimed)
        if errors is None:
            continue
        points += len(errors)
        place = int(np.argmax(errors))
        if errors[place] > worst:
            worst, where = float(errors[place]), _retypeable(batch, place)
    passed = points > 0 and (oracle.tolerance is None or worst <= oracle.tolerance)
    return OracleResult(
        name=oracle.name,
        points=points,
        max_error=min(worst, 1e300),  # JSON has no infinity
        tolerance=oracle.tolerance,
        passed=passed,
        worst=None if passed else where,
    )


def _worse(first: OracleResult | None, second: OracleResult) -> OracleResult:
    """Two results of one oracle as one: the points of both, the error of the worse."""
    if first is None:
        return second
    worse = max(first, second, key=lambda result: (not result.passed, result.max_error))
    return worse.model_copy(update={"points": first.points + second.points})


def _is_caught(check: Check, fault: Fault, batches: list[Batch]) -> bool:
    for batch in batches:
        claimed = check.run(fault.expression, batch)
        for oracle in check.oracles:
            if oracle.tolerance is None:
                continue
            errors = oracle.measure(batch, claimed)
            if errors is not None and errors.max() > oracle.tolerance:
                return True
    return False


def _in_float32(check: Check, batches: list[Batch], values: list[np.ndarray]) -> OracleResult:
    """How far single precision is from double: it informs, and fails nothing."""
    name = "float32"

    def measure(batch: Batch, claimed: np.ndarray) -> np.ndarray:
        single = check.run(check.formula, batch, np.float32).astype(np.float64)
        return scaled_error(single, claimed)

    oracle = Oracle(name, None, "single precision", measure)
    ordinary = [(b, v) for b, v in zip(batches, values, strict=True) if b.kind is Kind.ORDINARY]
    return _judged(oracle, [b for b, _ in ordinary], [v for _, v in ordinary])


def _retypeable(batch: Batch, place: int) -> str:
    """A point as a person can type it again."""
    names = (f"{name} = {array[place].tolist()}" for name, array in batch.values.items())
    return ", ".join(names)
