"""Results on better data are never replaced by results on a substitute."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from experiments.datasets.fetching import DataError
from experiments.datasets.record import DataRecord


def recorded_data(result: Path) -> list[DataRecord]:
    """The data that a recorded result rests on, whatever else is in the file; none without it."""
    try:
        records = json.loads(result.read_text("utf-8"))["provenance"]["data"]
        return [DataRecord.model_validate(record) for record in records]
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return []


def keep_better(recorded: Sequence[DataRecord], current: Sequence[DataRecord]) -> list[DataRecord]:
    """The data there is now, and what was recorded where that is only a substitute for it."""
    if len(recorded) != len(current):
        return list(current)
    return [
        old if new.substitute and not old.substitute else new
        for old, new in zip(recorded, current, strict=True)
    ]


def refuse_worse(result: Path, current: Sequence[DataRecord]) -> None:
    """Stop before what is recorded at `result` is replaced by results on a substitute."""
    recorded = recorded_data(result)
    for better, new in zip(keep_better(recorded, current), current, strict=True):
        if better != new:
            raise DataError(
                f"{result}: expected data as good as it was recorded with, {better.name} from "
                f"{better.origin}, got {new.name}; name the folder with --data-dir or DL_DATA_DIR, "
                "or let the substitute replace it with --allow-substitute"
            )
