import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import fetching, mnist

TinyMnist = dict[str, np.ndarray]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, instead of the user's."""
    monkeypatch.setattr(mnist, "cache_folder", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "mnist"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> TinyMnist:
    """Three training and two test images that the loader takes for the original MNIST."""
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(0, 256, (3, 28, 28), np.uint8),
        "train_labels": np.array([5, 0, 4], np.uint8),
        "test_images": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "test_labels": np.array([7, 2], np.uint8),
    }
    files = []
    for file in mnist.FILES:
        content = idx(arrays[file.array])
        md5 = hashlib.md5(content).hexdigest()
        md5_gz = hashlib.md5(gzip.compress(content, mtime=0)).hexdigest()
        files.append(mnist.IdxFile(file.name, md5, md5_gz, file.array))
    monkeypatch.setattr(mnist, "FILES", tuple(files))
    monkeypatch.setattr(mnist, "MIRRORS", ())
    monkeypatch.setattr(fetching, "CONNECT_SECONDS", 1)
    monkeypatch.setenv("PATH", "")
    return arrays


def idx(array: np.ndarray) -> bytes:
    """The IDX format as its authors describe it, written out once more."""
    sizes = b"".join(struct.pack(">I", size) for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + bytes(array.ravel().tolist())


@pytest.fixture
def packed(tiny: TinyMnist) -> dict[str, bytes]:
    """The four packed files of the tiny MNIST by name."""
    return {
        f"{file.name}.gz": gzip.compress(idx(tiny[file.array]), mtime=0) for file in mnist.FILES
    }
