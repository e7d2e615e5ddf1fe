"""BloodMNIST: 17,092 microscope images of single blood cells of eight types (Yang et al., 2023).

The official file, known by its md5, is "BloodMNIST". Another file with the same images and labels
keeps a name of its own, since results on another split are not results on BloodMNIST; images that
are not known to be BloodMNIST's are a substitute, whatever they show. Where no file can be had,
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
from experiments.datasets.fetching import (
    DAMAGE,
    DataError,
    Unavailable,
    cache_folder,
    check_md5,
    fetch,
    files_in,
    first_available,
    folders_in,
    missing,
    read_bytes,
    read_npz,
    sha256_of,
)
from experiments.datasets.recognition import md5_of
from experiments.datasets.record import DataRecord
from runs.records import RecordError, write_atomically

log = logging.getLogger(__name__)

BLOODMNIST = INFO["bloodmnist"]
FILE = "bloodmnist.npz"
CLASS_NAMES = tuple(name.split("(")[0] for name in BLOODMNIST["label"].values())
SPLITS = ("train", "val", "test")
KEYS = [f"{split}_{what}" for split in SPLITS for what in ("images", "labels")]

OFFICIAL = "BloodMNIST"
NOT_OFFICIAL = "BloodMNIST images, split not official"
UNKNOWN = "unknown images in BloodMNIST's form"
STAND_IN = "synthetic stand-in, not BloodMNIST"
STAND_IN_SEED = 0

FOLDERS = ("medmnist", ".medmnist", "bloodmnist")
UNREAD = {
    f"bloodmnist_{side}.npz": f"whose images are {side} x {side}, not the homework's 28 x 28"
    for side in (64, 128, 224)
}
# The sha256 of all images' own sha256 with their labels, sorted: the images lie in any order.
IMAGES = "cdf464e37eaed6624175471f7d604005f60c14443eed81fcb530cf133fbeb759"

Arrays = dict[str, np.ndarray]


def load(data_dir: Path | None, download: bool = True) -> Dataset:
    """BloodMNIST from the folder named; without one, from cache or download, or drawn cells."""
    if data_dir is not None:
        dataset = from_folder(data_dir)
    else:
        cache = cache_folder("bloodmnist")
        online = [from_download] if download else []
        sources = [from_cache, *online, from_drawing]
        dataset = first_available([partial(source, cache) for source in sources])
    log.info("%s, from %s", dataset.record, dataset.record.origin)
    return dataset


def from_folder(data_dir: Path) -> Dataset:
    """`bloodmnist.npz`, official or not, in the folder the user names."""
    for folder in folders_in(data_dir, FOLDERS):
        if path := files_in(folder).get(FILE):
            arrays = _read(path)
            official = md5_of(read_bytes(path)) == BLOODMNIST["MD5"]
            name = OFFICIAL if official else NOT_OFFICIAL if _has_known_images(arrays) else UNKNOWN
            return _dataset(name, str(path), arrays)
    raise missing(data_dir, f"{FILE}, there or in {FOLDERS[0]}/", UNREAD)


def from_cache(cache: Path) -> Dataset:
    """What an earlier download left in the user's cache."""
    if not (cache / FILE).exists():
        raise Unavailable(f"{cache}: no BloodMNIST in the cache")
    check_md5(str(cache / FILE), BLOODMNIST["MD5"], read_bytes(cache / FILE))
    return _dataset(OFFICIAL, f"cache {cache / FILE}", _read(cache / FILE))


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
    """The file as the package `medmnist` reads it; as this project does where that cannot."""
    arrays = {}
    try:
        for split in SPLITS:
            data = BloodMNIST(split, root=str(path.parent))
            arrays[f"{split}_images"], arrays[f"{split}_labels"] = data.imgs, data.labels
    except (*DAMAGE, LookupError):
        arrays = read_npz(path, KEYS)  # says what is wrong, or knows the arrays by other names
    _check(path, arrays)
    return arrays


def _has_known_images(arrays: Arrays) -> bool:
    """Whether these are BloodMNIST's images with their labels, whatever split each one is in."""
    if [len(arrays[f"{split}_labels"]) for split in SPLITS] != [*BLOODMNIST["n_samples"].values()]:
        return False
    images = sorted(
        hashlib.sha256(image.tobytes()).digest() + bytes([int(label)])
        for split in SPLITS
        for image, label in zip(
            arrays[f"{split}_images"], arrays[f"{split}_labels"][:, 0], strict=True
        )
    )
    return hashlib.sha256(b"".join(images)).hexdigest() == IMAGES


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
        substitute=name in (UNKNOWN, STAND_IN),
    )
    return Dataset(record, CLASS_NAMES, train, test, validation)
