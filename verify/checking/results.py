"""What a verification found, as data: the schema of outputs/verify.json."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from runs import records
from runs.entry_points import as_typed
from runs.fingerprint import code_hash, package_versions
from runs.records import Document, MaybeNumber, Model, load_document, origin

SCHEMA_VERSION = 2
PACKAGES = ("sympy", "numpy", "jax", "torch", "optax", "mpmath")
RESTS_ON = ("derivations", "mytorch", "verify")


class StepResult(Model):
    """One step of a derivation: its reason, whether it is proved, and for what; else why not."""

    because: str
    verdict: str
    scope: str
    counterexample: str | None = None


class ProofResult(Model):
    """A derivation's proof: proved if every step is.

    `scope` and `scope_latex` are what `sizes`, `conditions`, `gaps`, `assumptions` and `warrants`
    say in one line: the same data, printed.
    """

    verdict: str
    scope: str
    scope_latex: str
    sizes: list[str]
    conditions: list[str]
    gaps: list[str]
    assumptions: list[str]
    warrants: list[str]
    steps: list[StepResult]


class OracleResult(Model):
    """The largest error that one oracle saw; a tolerance of None only informs."""

    name: str
    points: int
    max_error: MaybeNumber
    tolerance: float | None
    passed: bool
    worst: str | None = None


class FaultsResult(Model):
    """How many wrong formulas were planted and refuted; `equal` are variants proved to be right."""

    planted: int
    caught: int
    missed: list[str]
    equal: list[str]


class ClaimResult(Model):
    """All that is known of one claim."""

    id: str
    problem: str
    title: str
    statement: str
    verdict: Literal["proved", "refuted", "undecided"]
    proof: ProofResult
    oracles: list[OracleResult]
    faults: FaultsResult
    seconds: float


class GradedAnswer(Model):
    """An answer to a claim's question and what the checker says of it; no `thought`: it is right.

    `thought` is what leads to a wrong answer; `said` is the scope of a proof, or the mistake and
    the point that refutes it.
    """

    id: str
    answer: str
    thought: str
    verdict: str
    said: str


class Summary(Model):
    """The whole run in numbers."""

    claims: int
    proved: int
    faults_planted: int
    faults_caught: int
    points: int
    seconds: float


class Provenance(records.Provenance):
    """How the results came about; `code` is the hash of all that they rest on."""

    code: str
    seed: int
    points: int
    only: str = "*"


class Verification(Document):
    """The content of outputs/verify.json."""

    schema_version: int = SCHEMA_VERSION
    claims: list[ClaimResult]
    answers: list[GradedAnswer]
    summary: Summary
    provenance: Provenance

    @property
    def holds(self) -> bool:
        """Whether every claim is proved, checked and attacked without a miss."""
        return all(claim.verdict == "proved" for claim in self.claims)


def summarise(claims: list[ClaimResult], seconds: float) -> Summary:
    """Add up the claims."""
    return Summary(
        claims=len(claims),
        proved=sum(claim.verdict == "proved" for claim in claims),
        faults_planted=sum(claim.faults.planted for claim in claims),
        faults_caught=sum(claim.faults.caught for claim in claims),
        points=sum(oracle.points for claim in claims for oracle in claim.oracles),
        seconds=seconds,
    )


def provenance(seed: int, points: int, only: str) -> Provenance:
    """The versions, the code and the settings of this run."""
    return Provenance(
        **origin(PACKAGES), code=code_hash(RESTS_ON), seed=seed, points=points, only=only
    )


def why_stale(recorded: Provenance) -> str | None:
    """What has changed since, of all that results rest on; None where nothing has."""
    if recorded.code != code_hash(RESTS_ON):
        return "code changed"
    return None if recorded.packages == package_versions(PACKAGES) else "packages changed"


def read(path: Path) -> Verification:
    """The results in a file, or a `RecordError` that says how to renew them."""
    return load_document(path, Verification, f"renew it with: {as_typed('verify')} --json {path}")
