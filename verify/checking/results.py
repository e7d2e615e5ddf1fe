"""What a verification found, as data: the schema of outputs/verify.json."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

SCHEMA_VERSION = 1
PACKAGES = ("sympy", "numpy", "jax", "torch", "optax", "mpmath")


class Model(BaseModel):
    """A strict, immutable record."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    max_error: float
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


class Summary(Model):
    """The whole run in numbers."""

    claims: int
    proved: int
    faults_planted: int
    faults_caught: int
    points: int
    seconds: float


class Provenance(Model):
    """What produced the results."""

    python: str
    platform: str
    packages: dict[str, str]
    commit: str | None
    seed: int
    points: int
    only: str = "*"


class Verification(Model):
    """The content of outputs/verify.json."""

    schema_version: int = SCHEMA_VERSION
    claims: list[ClaimResult]
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
    """The versions, the commit and the settings of this run."""
    return Provenance(
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        packages={name: importlib.metadata.version(name) for name in PACKAGES},
        commit=_commit(),
        seed=seed,
        points=points,
        only=only,
    )


def write(result: Verification, path: Path) -> None:
    """Write the results; a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(result.model_dump_json(indent=1), encoding="utf-8")
    temporary.replace(path)


def read(path: Path) -> Verification:
    """Read results back.

    Raises `ValueError` with one line for a missing, damaged or foreign file.
    """
    renew = f"renew it with: python -m verify.all --json {path}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path}: not found; {renew}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read ({error}); {renew}") from None
    found = content.get("schema_version") if isinstance(content, dict) else None
    if found != SCHEMA_VERSION:
        raise ValueError(f"{path}: expected schema version {SCHEMA_VERSION}, got {found}; {renew}")
    try:
        return Verification.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path}: {where}: {first['msg']}; {renew}") from None


def _commit() -> str | None:
    try:
        run = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout.strip()
