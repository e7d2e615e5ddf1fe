"""What an experiment leaves behind: typed results with provenance, written whole or not at all.

Every file goes to a temporary name first and is then renamed, so that nothing half-written is ever
read; a file that is missing, damaged or of another schema is refused in one line that says how to
renew it.
"""

import io
import json
import os
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from matplotlib.figure import Figure
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from experiments.style import print_style

SCHEMA_VERSION = 1
OUTPUTS = Path("outputs")

Profile = Literal["full", "quick"]
Array = Annotated[
    np.ndarray, BeforeValidator(np.asarray), PlainSerializer(lambda array: array.tolist())
]


class ResultError(ValueError):
    """A result that cannot be read or written, said in one line."""


class Model(BaseModel):
    """Immutable data that goes to JSON and comes back equal, infinities and NaN included."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, ser_json_inf_nan="constants"
    )


class DataRecord(Model):
    """Which data a result rests on.

    `name` is what figures and tables call it ("MNIST"); `origin` is where it came from; `sha256`
    fingerprints the arrays themselves, whatever file they came in; a `substitute` is never to be
    taken for the real thing.
    """

    name: str
    origin: str
    split: str
    sha256: str
    substitute: bool = False

    def __str__(self) -> str:
        return f"{self.name}, {self.split}"


class Provenance(Model):
    """How a result came about; `fingerprint` decides whether it is still up to date."""

    experiment: str
    problem: str
    profile: Profile
    seeds: list[int]
    device: str
    threads: int
    seconds: float
    data: list[DataRecord]
    commit: str
    python: str
    platform: str
    packages: dict[str, str]
    fingerprint: dict[str, str]


class Measure(Model):
    """One quantity, measured once per seed."""

    values: list[float]
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
    """What one task found: one setting with one seed. Each experiment adds its own fields."""

    setting: str
    seed: int


class ExperimentResult(Model):
    """What all tasks of an experiment found. Each experiment adds its own fields.

    `summary` is what the table at the end of a run shows.
    """

    schema_version: int = SCHEMA_VERSION
    provenance: Provenance
    summary: dict[str, Measure]


ResultType = TypeVar("ResultType", bound=ExperimentResult)


def outputs(profile: Profile) -> Path:
    """Where results of a profile lie; quick ones replace no real ones."""
    return OUTPUTS / "quick" if profile == "quick" else OUTPUTS


def result_path(name: str, out: Path = OUTPUTS) -> Path:
    """Where the result of experiment `name` lies."""
    return out / name / "results.json"


def load_result(name: str, kind: type[ResultType], out: Path = OUTPUTS) -> ResultType:
    """The recorded result of experiment `name`, or a `ResultError` that says how to renew it."""
    path = result_path(name, out)
    renew = f"renew it with: python -m experiments run {name}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version != SCHEMA_VERSION:
            raise ResultError(
                f"{path}: expected schema version {SCHEMA_VERSION}, got {version}; {renew}"
            )
        return kind.model_validate(content)
    except FileNotFoundError:
        raise ResultError(f"{path}: not found; {renew}") from None
    except OSError as error:
        raise ResultError(f"{path}: cannot be read ({error.strerror}); {renew}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"{path}: {where}: {first['msg']}; {renew}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ResultError(f"{path}: damaged ({error}); {renew}") from None


def write_model(path: Path, model: Model) -> None:
    """Write `model` as JSON, whole or not at all."""
    write_atomically(path, model.model_dump_json(indent=1).encode())


def save_figures(folder: Path, figures: Mapping[str, Figure]) -> None:
    """Write each figure as PDF (for TeX) and PNG (for people), undated: same figure, same bytes."""
    undated: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "png": {"Software": None}}
    for name, figure in figures.items():
        for suffix, metadata in undated.items():
            buffer = io.BytesIO()
            with print_style():
                figure.savefig(buffer, format=suffix, dpi=200, metadata=metadata)
            # What is laid out for print is not laid out again for the screen.
            figure.set_layout_engine("none")
            write_atomically(folder / f"{name}.{suffix}", buffer.getvalue())


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a temporary name beside `path`, then rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written ({error.strerror})") from None
