"""Where data comes from, and what exactly it is: one module per data set."""

import importlib
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jaxtyping import Shaped
from numpy import ndarray

from experiments.datasets.fetching import MissingError
from experiments.datasets.record import DataRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """Images (uint8) and their labels (int64), in a fixed order."""

    images: Shaped[ndarray, "count height width *channels"]
    labels: Shaped[ndarray, " count"]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: slice) -> "Split":
        return Split(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True)
class Dataset:
    """A data set and the record of what it is; `validation` is None where none is defined."""

    record: DataRecord
    class_names: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None = None


def load_dataset(
    name: str,
    data_dir: Path | None = None,
    download: bool = True,
    allow_substitute: bool = False,
) -> Dataset:
    """The data set called `name`: from the folder `data_dir`, or else from the first other source.

    A folder that was named and lacks it is an error, unless `allow_substitute` lets the other
    sources step in. `download=False` asks no network: a cheap way to know what a run would use at
    least.
    """
    if data_dir is not None:
        try:
            return _load_once(name, data_dir, False)
        except MissingError as reason:
            if not allow_substitute:
                raise
            log.info("%s", reason)
    return _load_once(name, None, download)


@lru_cache(maxsize=2)
def _load_once(name: str, data_dir: Path | None, download: bool) -> Dataset:
    return importlib.import_module(f"experiments.datasets.{name}").load(data_dir, download)
