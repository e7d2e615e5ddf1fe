"""What every experiment's result has: runs, a summary, and how it came about."""

import statistics
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BeforeValidator, PlainSerializer

from experiments.datasets.record import DataRecord
from experiments.framework.experiment import Experiment, Profile
from runs import records
from runs.entry_points import as_typed
from runs.records import Document, MaybeNumber, Model, load_document

SCHEMA_VERSION = 1
OUTPUTS = Path("outputs")


def _from_json(values: object) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(float) if array.dtype == object else array


def _to_json(array: np.ndarray) -> list:
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return values.tolist()


Array = Annotated[np.ndarray, BeforeValidator(_from_json), PlainSerializer(_to_json)]
"""An array, NaN where it has no number, which JSON has as null."""


class Provenance(records.Provenance):
    """How a result came about; `fingerprint` decides whether it is still up to date."""

    experiment: str
    problem: str
    profile: Profile
    seeds: list[int]
    device: str
    threads: int
    seconds: float
    data: list[DataRecord]
    fingerprint: dict[str, str]


class Measure(Model):
    """One quantity, measured once per seed."""

    values: list[MaybeNumber]
    unit: str = ""

    @property
    def mean(self) -> float:
        """The mean over the seeds."""
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float:
        """The sample standard deviation over the seeds; 0 for a single seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0

    def __str__(self) -> str:
        spread = f" ± {self.spread:.2g}" if len(self.values) > 1 else ""
        return f"{self.mean:.4g}{spread} {self.unit}".rstrip()


class Run(Model):
    """The numbers of one task: one setting with one seed. Each experiment adds its own fields."""

    setting: str
    seed: int


class ExperimentResult(Document):
    """The numbers of all tasks of an experiment. Each experiment adds its own fields.

    `summary` is what the table at the end of a run shows.
    """

    schema_version: int = SCHEMA_VERSION
    provenance: Provenance
    summary: dict[str, Measure]

    @property
    def failures(self) -> list[str]:
        """What must hold and does not, a line each: a run that finds any ends with status 1."""
        return []


def outputs(profile: Profile) -> Path:
    """Where results of a profile lie; quick ones replace no real ones."""
    return OUTPUTS / "quick" if profile == "quick" else OUTPUTS


def result_path(name: str, out: Path = OUTPUTS) -> Path:
    """Where the result of experiment `name` lies."""
    return out / name / "results.json"


def load_result(experiment: Experiment, out: Path = OUTPUTS) -> ExperimentResult:
    """The recorded result of an experiment, or a `RecordError` that says how to renew it."""
    return load_document(
        result_path(experiment.name, out),
        experiment.result_type,
        f"renew it with: {as_typed('experiments')} run {experiment.name}",
    )
