"""What all data sets' sources share: their order, folders, downloads, hashes, and what damage does.

A source that has nothing is `Unavailable`, and the next one is asked. A file that is there and is
not what it should be is a `DataError`: it is named, left where it is, and nothing else is tried.
So it is with a folder that the user names and that lacks the data, a `MissingError`.
"""

import hashlib
import io
import logging
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np
import pooch

from experiments.datasets.recognition import md5_of, what_is

log = logging.getLogger(__name__)
pooch.get_logger().setLevel(logging.CRITICAL)

CONNECT_SECONDS, READ_SECONDS = 3, 30
SHOWN_NAMES = 5
# What else arrays are called: Keras' names and MedMNIST's mean the same.
SHORT_NAMES = {"x": "images", "y": "labels"}

# What reading an npz file may raise that is not whole, or packed in a way unknown to Python.
DAMAGE = (EOFError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)

Found = TypeVar("Found")


class Unavailable(Exception):  # noqa: N818 - no error: the next source is asked
    """This source has nothing to give, for the reason it states."""


class DataError(ValueError):
    """A file that is damaged, cut short or something else, said in one line."""


class MissingError(DataError):
    """A folder that the user named and that has not got what was looked for there."""


def first_available(sources: Iterable[Callable[[], Found]]) -> Found:
    """What the first source that has anything gives; each one that has not says why."""
    reasons = []
    for source in sources:
        try:
            return source()
        except Unavailable as reason:
            log.info("%s", reason)
            reasons.append(str(reason))
    raise DataError("; ".join(reasons))


def folders_in(data_dir: Path, names: Sequence[str]) -> list[Path]:
    """The folder that the user names, its subfolders called one of `names`, and theirs."""
    if not data_dir.is_dir():
        raise DataError(f"--data-dir: expected an existing folder, got {str(data_dir)!r}")
    folders = level = [data_dir]
    for _ in range(2):
        inside = [path for folder in level for path in _entries(folder) if path.is_dir()]
        level = [path for path in inside if path.name.lower() in names]
        folders = folders + level
    return folders


def files_in(folder: Path) -> dict[str, Path]:
    """The files in a folder by name, and by that name in small letters, with hyphens for dots.

    So `train-images.idx3-ubyte` is found as `train-images-idx3-ubyte`; an exact name goes first.
    """
    files = [path for path in _entries(folder) if not path.is_dir()]
    usual = {path.name.lower().replace(".idx", "-idx"): path for path in files}
    return usual | {path.name: path for path in files}


def missing(data_dir: Path, expected: str, unread: Mapping[str, str]) -> MissingError:
    """The error that says what was looked for in a folder, and what is there.

    `unread` says, by a pattern of names, why a file that looks alike is not read.
    """
    entries = _entries(data_dir)
    names = [f"{path.name}/" if path.is_dir() else path.name for path in entries]
    reasons = [
        f"{name}, {reason}"
        for pattern, reason in unread.items()
        for name in names
        if fnmatch(name.lower(), pattern)
    ]
    listed = ", ".join(names[:SHOWN_NAMES])
    if more := len(names) - SHOWN_NAMES:
        listed += f" and {more} more" if more > 0 else ""
    content = reasons[0] if reasons else listed or "an empty folder"
    return MissingError(
        f"{data_dir}: expected {expected}; got {content}; --allow-substitute goes on without it"
    )


def cache_folder(name: str) -> Path:
    """The user's cache for data set `name`; it need not exist."""
    return Path(pooch.os_cache("gradproof")) / name


def fetch(urls: Sequence[str], md5: str, path: Path) -> Path:
    """Download `path`, whole or not at all, from the first of `urls` that has this hash."""
    if path.exists():
        check_md5(str(path), md5, read_bytes(path))
        return path
    download = pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS))
    reasons = []
    for url in urls:
        try:
            pooch.retrieve(url, f"md5:{md5}", path.name, path.parent, downloader=download)
            return path
        except (OSError, ValueError) as error:
            reasons.append(f"{urlsplit(url).hostname}: {type(error).__name__}")
            log.debug("%s: %s", url, error)
    raise Unavailable(f"no download of {path.name} ({', '.join(reasons)})")


def check_md5(
    what: str, expected: str, content: bytes, known: Mapping[str, str] | None = None
) -> None:
    """Refuse content with another hash than expected, and say what it is instead."""
    actual = md5_of(content)
    if actual != expected:
        raise DataError(
            f"{what}: expected md5 {expected}, got {actual}, {what_is(content, known)}; "
            "it was left as it is"
        )


def read_npz(path: Path, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays called `keys` in an npz file, in letters of any size; `x_train` is `train_images`.

    What Python objects are pickled in it is never opened.
    """
    content = read_bytes(path)
    if not content.startswith(b"PK"):
        raise DataError(f"{path}: expected a whole npz file, got {what_is(content)}")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            names = {_usual_key(name): name for name in archive.files}
            absent = [key for key in keys if key not in names]
            if absent:
                got = ", ".join(archive.files[:SHOWN_NAMES])
                raise DataError(f"{path}: expected arrays {', '.join(keys)}, got {got or 'none'}")
            return {key: archive[names[key]] for key in keys}
    except DataError:
        raise
    except DAMAGE as error:
        pickled = isinstance(error, ValueError) and "allow_pickle" in str(error)
        reason = "pickled objects, which are never opened" if pickled else f"damage ({error})"
        raise DataError(
            f"{path}: expected a whole npz file, got {reason}, md5 {md5_of(content)}"
        ) from None


def as_bytes(what: str, array: np.ndarray) -> np.ndarray:
    """The same numbers as uint8; `DataError` where one is no whole number from 0 to 255."""
    with np.errstate(invalid="ignore"):
        try:
            converted = array.astype(np.uint8)
        except ValueError:
            converted = None
    if converted is None or not np.array_equal(converted, array):
        numeric = array.dtype.kind in "biuf" and array.size
        limits = f" from {array.min()} to {array.max()}" if numeric else ""
        raise DataError(f"{what}: expected whole numbers from 0 to 255, got {array.dtype}{limits}")
    return converted


def read_bytes(path: Path) -> bytes:
    """The content of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def sha256_of(*arrays: np.ndarray) -> str:
    """The fingerprint of arrays: their shapes, types and values, whatever file they came in."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _usual_key(name: str) -> str:
    """The name of an array as MedMNIST has it."""
    kind, _, split = name.lower().partition("_")
    return f"{split}_{SHORT_NAMES[kind]}" if split and kind in SHORT_NAMES else name.lower()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror})") from None
