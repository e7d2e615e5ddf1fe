"""BloodMNIST: 17,092 microscope images of single blood cells of eight types (Yang et al., 2023).

The official file, known by its md5, is "BloodMNIST"; any other file of the same form keeps a name
of its own, since results on another split are not results on BloodMNIST. Where no file can be had,
drawn cells stand in, under a name that says so.
"""

import contextlib
import hashlib
import io
import logging
from functools import partial
from pathlib import Path

import numpy as np
from medmnist import INFO, BloodMNIST

from experiments.datasets import Dataset, Split, synthetic_cells
from experiments.datasets.record import DataRecord
from experiments.datasets.sources import (
    DataError,
    Unavailable,
    cache_folder,
    check_md5,
    fetch,
    first_available,
    given_folder,
    npz_expected,
    read_npz,
    sha256_of,
)
from runs.records import RecordError, write_atomically

log = logging.getLogger(__name__)

BLOODMNIST = INFO["bloodmnist"]
FILE = "bloodmnist.npz"
CLASS_NAMES = tuple(name.split("(")[0] for name in BLOODMNIST["label"].values())
SPLITS = ("train", "val", "test")
KEYS = [f"{split}_{what}" for split in SPLITS for what in ("images", "labels")]

OFFICIAL = "BloodMNIST"
NOT_OFFICIAL = "BloodMNIST images, split not official"
STAND_IN = "synthetic stand-in, not BloodMNIST"
STAND_IN_SEED = 0

Arrays = dict[str, np.ndarray]


def load(data_dir: Path | None, download: bool = True) -> Dataset:
    """BloodMNIST from the first source that has it: given folder, cache, download, drawing."""
    cache = cache_folder("bloodmnist")
    online = [partial(from_download, cache)] if download else []
    dataset = first_available(
        [
            partial(from_given_folder, data_dir),
            partial(from_cache, cache),
            *online,
            partial(from_drawing, cache),
        ]
    )
    log.info("%s, from %s", dataset.record, dataset.record.origin)
    return dataset


def from_given_folder(data_dir: Path | None) -> Dataset:
    """`bloodmnist.npz`, official or not, in the folder the user names."""
    path = given_folder(data_dir) / FILE
    if not path.exists():
        raise Unavailable(f"{data_dir}: no {FILE}")
    try:
        name, path = OFFICIAL, check_md5(path, BLOODMNIST["MD5"])
    except DataError:
        name = NOT_OFFICIAL
    return _dataset(name, str(path), _read(path))


def from_cache(cache: Path) -> Dataset:
    """What an earlier download left in the user's cache."""
    if not (cache / FILE).exists():
        raise Unavailable(f"{cache}: no BloodMNIST in the cache")
    path = check_md5(cache / FILE, BLOODMNIST["MD5"])
    return _dataset(OFFICIAL, f"cache {path}", _read(path))


def from_download(cache: Path) -> Dataset:
    """The official file, downloaded into the cache."""
    path = fetch([BLOODMNIST["url"]], BLOODMNIST["MD5"], cache / FILE)
    return _dataset(OFFICIAL, "official file, downloaded", _read(path))


def from_drawing(cache: Path) -> Dataset:
    """Drawn cells, each type as frequent as in BloodMNIST and splits of the same sizes."""
    drawing = hashlib.sha256(Path(synthetic_cells.__file__).read_bytes()).hexdigest()
    path = cache / f"synthetic-{drawing[:12]}.npz"
    try:
        arrays = read_npz(path, KEYS)
    except DataError:
        arrays = _draw(np.random.default_rng(STAND_IN_SEED))
        with contextlib.suppress(RecordError):
            buffer = io.BytesIO()
            np.savez(buffer, allow_pickle=False, **arrays)
            write_atomically(path, buffer.getvalue())
    return _dataset(STAND_IN, f"drawn by this project, seed {STAND_IN_SEED}", arrays)


def _draw(rng: np.random.Generator) -> Arrays:
    arrays, types = {}, rng.permutation(np.repeat(np.arange(8), synthetic_cells.FREQUENCIES))
    for split, size in BLOODMNIST["n_samples"].items():
        labels, types = np.split(types, [size])
        arrays[f"{split}_images"] = synthetic_cells.draw(labels, rng)
        arrays[f"{split}_labels"] = labels[:, None]
    return arrays


def _read(path: Path) -> Arrays:
    """The file as the package `medmnist` reads it."""
    arrays = {}
    with npz_expected(path, KEYS):
        for split in SPLITS:
            data = BloodMNIST(split, root=str(path.parent))
            arrays[f"{split}_images"], arrays[f"{split}_labels"] = data.imgs, data.labels
    _check(path, arrays)
    return arrays


def _check(path: Path, arrays: Arrays) -> None:
    for split in SPLITS:
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        if images.shape[1:] != (28, 28, 3) or images.dtype != np.uint8:
            raise DataError(
                f"{path}: {split}_images: expected uint8 of shape (n, 28, 28, 3), "
                f"got {images.dtype} of shape {images.shape}"
            )
        if labels.shape != (len(images), 1) or labels.dtype.kind not in "iu":
            raise DataError(
                f"{path}: {split}_labels: expected integers of shape ({len(images)}, 1), "
                f"got {labels.dtype} of shape {labels.shape}"
            )
        wrong = np.flatnonzero((labels < 0) | (labels >= len(CLASS_NAMES)))
        if wrong.size:
            raise DataError(
                f"{path}: {split}_labels: expected integers in [0, {len(CLASS_NAMES)}), "
                f"got {labels[wrong[0], 0]} at index {wrong[0]}"
            )
        counts = np.bincount(labels[:, 0], minlength=len(CLASS_NAMES))
        if counts.min() < 2:
            raise DataError(
                f"{path}: {split}_labels: expected every type at least twice, "
                f"got {counts.min()} of type {counts.argmin()}, {CLASS_NAMES[counts.argmin()]}"
            )


def _dataset(name: str, origin: str, arrays: Arrays) -> Dataset:
    train, validation, test = (
        Split(arrays[f"{split}_images"], arrays[f"{split}_labels"][:, 0].astype(np.int64))
        for split in SPLITS
    )
    record = DataRecord(
        name=name,
        origin=origin,
        split=f"{len(train):,} training, {len(validation):,} validation, {len(test):,} test images",
        sha256=sha256_of(*arrays.values()),
        substitute=name == STAND_IN,
    )
    return Dataset(record, CLASS_NAMES, train, test, validation)
