"""The recorded results, validated by the models of those who wrote them, loaded when first used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from experiments.experiment import experiment_names, find_experiment
from experiments.results import load_result


class OutputError(Exception):
    """An output that is missing, damaged or of another schema; the message says how to renew it."""


class Step(BaseModel):
    because: str
    verdict: str
    scope: str


class Proof(BaseModel):
    verdict: str
    scope: str
    steps: list[Step]


class Oracle(BaseModel):
    name: str
    points: int
    max_error: float
    tolerance: float | None = None
    passed: bool


class Faults(BaseModel):
    planted: int
    caught: int
    missed: list[str]


class ClaimResult(BaseModel):
    id: str
    problem: str
    title: str
    statement: str
    verdict: str
    proof: Proof
    oracles: list[Oracle]
    faults: Faults
    seconds: float

    @property
    def worst_error(self) -> float:
        """The largest error of any oracle; 0 where a claim has none."""
        return max((oracle.max_error for oracle in self.oracles), default=0.0)

    @property
    def backed(self) -> bool:
        """Whether it is proved, every oracle agrees, and every planted fault was caught."""
        checked = all(oracle.passed for oracle in self.oracles)
        return self.proof.verdict == "proved" and checked and not self.faults.missed


class Verdicts(BaseModel):
    claims: list[ClaimResult]
    summary: dict[str, Any]
    provenance: dict[str, Any]

    def __getitem__(self, id: str) -> ClaimResult:
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise OutputError(f"verify.json: expected a claim {id}, there is none; {RENEW}")

    @property
    def unbacked(self) -> list[str]:
        """The claims that are not proved, checked and attacked with success."""
        return [claim.id for claim in self.claims if not claim.backed]

    @property
    def planted(self) -> int:
        """The number of faults planted in all claims together."""
        return sum(claim.faults.planted for claim in self.claims)

    def of(self, problem: str) -> list[ClaimResult]:
        """Return the claims that answer a question such as 2.1 or Q6.3."""
        return [claim for claim in self.claims if claim.problem.lstrip("Q") == problem.lstrip("Q")]


RENEW = "renew it with: python -m verify.all --json outputs/verify.json"


class Results(Mapping[str, Any]):
    """The results of all experiments by name, from one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in experiment_names():
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = load_result(name, find_experiment(name).result_type, self.folder)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(experiment_names())

    def __len__(self) -> int:
        return len(experiment_names())


def load_verdicts(path: Path) -> Verdicts:
    """Return what `python -m verify.all` found; raises `OutputError` in one line."""
    try:
        return Verdicts.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise OutputError(f"{path}: not found; {RENEW}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise OutputError(f"{path}: damaged ({error}); {RENEW}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise OutputError(f"{path}: {where}: {first['msg']}; {RENEW}") from None
