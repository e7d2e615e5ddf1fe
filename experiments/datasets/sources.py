"""What all data sets' sources share: their order, downloads, hashes, and what damage does.

A source that has nothing is `Unavailable`, and the next one is asked. A file that is there and is
not what it should be is a `DataError`: it is named, left where it is, and nothing else is tried.
"""

import hashlib
import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import numpy as np
import pooch

log = logging.getLogger(__name__)
pooch.get_logger().setLevel(logging.CRITICAL)

CONNECT_SECONDS, READ_SECONDS = 3, 30

Found = TypeVar("Found")


class Unavailable(Exception):  # noqa: N818 - no error: the next source is asked
    """This source has nothing to give, for the reason it states."""


class DataError(ValueError):
    """A file that is damaged, cut short or something else, said in one line."""


def first_available(sources: Iterable[Callable[[], Found]]) -> Found:
    """What the first source that has anything gives; each one that has not says why."""
    reasons = []
    for source in sources:
        try:
            return source()
        except Unavailable as reason:
            if str(reason):
                log.info("%s", reason)
                reasons.append(str(reason))
    raise DataError("; ".join(reasons))


def given_folder(data_dir: Path | None) -> Path:
    """The folder that the user names, by `--data-dir` or `DL_DATA_DIR`."""
    if data_dir is None:
        raise Unavailable
    if not data_dir.is_dir():
        raise DataError(f"--data-dir: expected an existing folder, got {str(data_dir)!r}")
    return data_dir


def cache_folder(name: str) -> Path:
    """The user's cache for data set `name`; it need not exist."""
    return Path(pooch.os_cache("gradproof")) / name


def fetch(urls: Sequence[str], md5: str, path: Path) -> Path:
    """Download `path`, whole or not at all, from the first of `urls` that has this hash."""
    if path.exists():
        return check_md5(path, md5)
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


def check_md5(path: Path, expected: str) -> Path:
    """`path`, if its content has the hash expected."""
    found = md5_of(read_bytes(path))
    if found != expected:
        raise DataError(f"{path}: expected md5 {expected}, got {found}; it was left as it is")
    return path


def read_npz(path: Path, keys: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays called `keys` in an npz file."""
    with npz_expected(path, keys), np.load(path, allow_pickle=False) as archive:
        return {key: archive[key] for key in keys}


@contextmanager
def npz_expected(path: Path, keys: Sequence[str]) -> Iterator[None]:
    """Within it, `path` is read; anything but a whole npz file with `keys` is a `DataError`."""
    try:
        yield
    except KeyError:
        raise DataError(f"{path}: expected arrays {', '.join(keys)}, got others") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        found = md5_of(read_bytes(path))
        raise DataError(f"{path}: expected a whole npz file, got md5 {found}, {error}") from None


def read_bytes(path: Path) -> bytes:
    """The content of a file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def md5_of(content: bytes) -> str:
    """The hash that publishers of these data sets state."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def sha256_of(*arrays: np.ndarray) -> str:
    """The fingerprint of arrays: their shapes, types and values, whatever file they came in."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
