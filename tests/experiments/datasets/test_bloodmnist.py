import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import bloodmnist, load_dataset, synthetic_cells
from experiments.datasets.fetching import DataError, MissingError

Arrays = dict[str, np.ndarray]


@pytest.fixture
def arrays() -> Arrays:
    """Two images of each type in every split."""
    labels = np.tile(np.arange(8, dtype=np.uint8), 2)[:, None]
    rng = np.random.default_rng(0)
    found = {}
    for split in ("train", "val", "test"):
        found[f"{split}_images"] = rng.integers(0, 256, (16, 28, 28, 3), np.uint8)
        found[f"{split}_labels"] = labels
    return found


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bloodmnist, "cache_folder", lambda name: tmp_path / "cache" / name)
    return tmp_path / "cache" / "bloodmnist"


@pytest.fixture
def official(
    arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """A small file in the official one's place, with its md5, on a server on this machine."""
    folder = tmp_path / "served"
    folder.mkdir()
    np.savez(folder / "bloodmnist.npz", allow_pickle=False, **arrays)
    handler = partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    md5 = hashlib.md5((folder / "bloodmnist.npz").read_bytes(), usedforsecurity=False).hexdigest()
    info = {"url": f"http://127.0.0.1:{server.server_port}/bloodmnist.npz", "MD5": md5}
    monkeypatch.setattr(bloodmnist, "BLOODMNIST", {**bloodmnist.BLOODMNIST, **info})
    yield info
    server.shutdown()
    server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def small_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"train": 160, "val": 80, "test": 80}
    monkeypatch.setattr(bloodmnist, "BLOODMNIST", {**bloodmnist.BLOODMNIST, "n_samples": sizes})
    monkeypatch.setattr(synthetic_cells, "FREQUENCIES", (40,) * 8)


def _save(folder: Path, arrays: Arrays) -> Path:
    np.savez(folder / "bloodmnist.npz", allow_pickle=False, **arrays)
    return folder


@pytest.fixture
def known(arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the arrays' images and labels those of BloodMNIST."""
    pairs = sorted(
        hashlib.sha256(image.tobytes()).digest() + label.tobytes()
        for split in ("train", "val", "test")
        for image, label in zip(arrays[f"{split}_images"], arrays[f"{split}_labels"], strict=True)
    )
    monkeypatch.setattr(bloodmnist, "IMAGES", hashlib.sha256(b"".join(pairs)).hexdigest())
    sizes = {"train": 16, "val": 16, "test": 16}
    monkeypatch.setattr(bloodmnist, "BLOODMNIST", {**bloodmnist.BLOODMNIST, "n_samples": sizes})


def test_a_file_with_another_md5_is_never_called_bloodmnist(
    arrays: Arrays, known: None, tmp_path: Path
) -> None:
    dataset = bloodmnist.load(_save(tmp_path, arrays), download=False)
    assert dataset.record.name == "BloodMNIST images, split not official"
    assert len(dataset.record.sha256) == 64
    assert not dataset.record.substitute
    np.testing.assert_array_equal(dataset.test.images, arrays["test_images"])
    np.testing.assert_array_equal(dataset.train.labels, arrays["train_labels"][:, 0])
    assert dataset.train.labels.dtype == np.int64
    assert dataset.class_names[3] == "immature granulocytes"


def test_the_official_md5_makes_it_bloodmnist(official: dict[str, str], tmp_path: Path) -> None:
    dataset = bloodmnist.load(tmp_path / "served", download=False)
    assert dataset.record.name == "BloodMNIST"


CHANGES = {
    "black": lambda arrays: {"train_images": np.zeros_like(arrays["train_images"])},
    "labels shuffled": lambda arrays: {"test_labels": arrays["test_labels"][::-1]},
    "blue first": lambda arrays: {"val_images": arrays["val_images"][..., ::-1]},
    "test from training": lambda arrays: {"test_images": arrays["train_images"]},
}


@pytest.mark.parametrize("change", CHANGES)
def test_images_that_are_not_known_to_be_bloodmnist_s_are_a_substitute(
    change: str, arrays: Arrays, known: None, tmp_path: Path
) -> None:
    record = bloodmnist.load(_save(tmp_path, arrays | CHANGES[change](arrays))).record
    assert record.name == "unknown images in BloodMNIST's form"
    assert record.substitute


def test_the_same_images_dealt_out_to_splits_of_other_sizes_are_a_substitute(
    arrays: Arrays, known: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sizes = {"train": 17, "val": 16, "test": 15}
    monkeypatch.setattr(bloodmnist, "BLOODMNIST", {**bloodmnist.BLOODMNIST, "n_samples": sizes})
    assert bloodmnist.load(_save(tmp_path, arrays)).record.substitute


@pytest.mark.parametrize("place", ["", "medmnist", "BloodMNIST"])
@pytest.mark.parametrize("keras", [True, False])
def test_files_and_arrays_of_similar_names_are_read(
    place: str, keras: bool, arrays: Arrays, known: None, tmp_path: Path
) -> None:
    renamed = {key.upper(): array for key, array in arrays.items()}
    if keras:
        kinds = {"images": "x", "labels": "Y"}
        parts = {key: key.split("_") for key in arrays}
        renamed = {f"{kinds[parts[key][1]]}_{parts[key][0]}": arrays[key] for key in arrays}
    (tmp_path / place).mkdir(exist_ok=True)
    np.savez(tmp_path / place / "BloodMNIST.npz", allow_pickle=False, **renamed)
    dataset = bloodmnist.load(tmp_path)
    assert not dataset.record.substitute
    np.testing.assert_array_equal(dataset.test.images, arrays["test_images"])


@pytest.mark.parametrize("side", [64, 128, 224])
def test_larger_images_are_refused_by_name_with_the_reason(side: int, tmp_path: Path) -> None:
    (tmp_path / f"bloodmnist_{side}.npz").write_bytes(b"PK")
    with pytest.raises(
        MissingError, match=rf"got bloodmnist_{side}\.npz, whose images are {side} x {side}, not "
    ):
        bloodmnist.load(tmp_path)


def test_a_folder_without_it_stops_unless_a_substitute_is_allowed(
    small_drawing: None, tmp_path: Path
) -> None:
    with pytest.raises(
        MissingError, match=r"expected bloodmnist\.npz.*; got an empty folder; --al"
    ):
        load_dataset("bloodmnist", tmp_path, download=False)
    allowed = load_dataset("bloodmnist", tmp_path, download=False, allow_substitute=True)
    assert allowed.record.name == "synthetic stand-in, not BloodMNIST"
    _save(tmp_path, {"train_images": np.zeros(3)})
    with pytest.raises(DataError, match="expected arrays train_images"):
        load_dataset("bloodmnist", tmp_path, download=False, allow_substitute=True)


def test_another_split_of_the_same_images_has_another_fingerprint(
    arrays: Arrays, tmp_path: Path
) -> None:
    swapped = {**arrays, "val_images": arrays["test_images"], "test_images": arrays["val_images"]}
    (tmp_path / "swapped").mkdir()
    first = bloodmnist.load(_save(tmp_path, arrays), download=False)
    second = bloodmnist.load(_save(tmp_path / "swapped", swapped), download=False)
    assert first.record.sha256 != second.record.sha256


def test_the_official_file_is_downloaded_once_and_then_cached(
    official: dict[str, str], arrays: Arrays, cache: Path
) -> None:
    downloaded = bloodmnist.load(None)
    assert downloaded.record.name == "BloodMNIST"
    assert downloaded.record.origin == "official file, downloaded"
    np.testing.assert_array_equal(downloaded.train.images, arrays["train_images"])
    again = bloodmnist.load(None, download=False)
    assert again.record.origin == f"cache {cache / 'bloodmnist.npz'}"
    assert again.record.sha256 == downloaded.record.sha256


def test_a_damaged_file_in_the_cache_is_named_and_left(
    official: dict[str, str], cache: Path
) -> None:
    cache.mkdir(parents=True)
    (cache / "bloodmnist.npz").write_bytes(b"half a file")
    with pytest.raises(DataError, match=r"bloodmnist\.npz: expected md5 .*left as it is"):
        bloodmnist.load(None)
    assert (cache / "bloodmnist.npz").read_bytes() == b"half a file"


def test_a_download_that_is_something_else_is_not_taken(
    official: dict[str, str], small_drawing: None, tmp_path: Path
) -> None:
    (tmp_path / "served" / "bloodmnist.npz").write_bytes(b"<html>come back later</html>")
    assert bloodmnist.load(None).record.substitute


def test_without_any_file_drawn_cells_stand_in_and_say_so(small_drawing: None) -> None:
    dataset = bloodmnist.load(None, download=False)
    assert dataset.record.name == "synthetic stand-in, not BloodMNIST"
    assert dataset.record.substitute
    assert dataset.validation is not None
    assert [len(dataset.train), len(dataset.validation), len(dataset.test)] == [160, 80, 80]


def test_drawn_cells_come_from_the_cache_the_second_time(
    small_drawing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bloodmnist.load(None, download=False)
    monkeypatch.setattr(synthetic_cells, "draw", None)
    assert bloodmnist.load(None, download=False).record == first.record


def test_a_damaged_drawing_is_drawn_again(small_drawing: None, cache: Path) -> None:
    first = bloodmnist.load(None, download=False)
    (drawing,) = cache.iterdir()
    drawing.write_bytes(drawing.read_bytes()[:1000])
    assert bloodmnist.load(None, download=False).record == first.record


def test_a_cache_that_cannot_be_written_is_no_obstacle(small_drawing: None, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert bloodmnist.load(None, download=False).record.substitute


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("val_images", np.zeros((16, 28, 28), np.uint8), r"val_images: expected uint8 of shape"),
        ("test_images", np.zeros((16, 28, 28, 3)), r"test_images: .* got float64 of shape"),
        ("train_labels", np.zeros((15, 1), np.uint8), r"train_labels: .*\(16, 1\), got uint8 of"),
        ("train_labels", np.full((16, 1), 8), r"\[0, 8\), got 8 at index 0"),
        ("test_labels", np.zeros((16, 1), int), r"every type at least twice, got 0 of type 1"),
    ],
)
def test_arrays_of_another_form_are_refused_by_name(
    key: str, value: np.ndarray, message: str, arrays: Arrays, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        bloodmnist.load(_save(tmp_path, {**arrays, key: value}), download=False)


def test_a_missing_array_is_named(arrays: Arrays, tmp_path: Path) -> None:
    del arrays["val_labels"]
    with pytest.raises(DataError, match=r"expected arrays .*val_labels"):
        bloodmnist.load(_save(tmp_path, arrays), download=False)


@pytest.mark.parametrize("damage", ["cut short", "bits flipped", "empty"])
def test_a_damaged_file_is_one_line_and_nothing_else_is_tried(
    damage: str, arrays: Arrays, tmp_path: Path
) -> None:
    np.savez_compressed(tmp_path / "bloodmnist.npz", allow_pickle=False, **arrays)
    path = tmp_path / "bloodmnist.npz"
    content = bytearray(path.read_bytes())
    if damage == "bits flipped":
        content[5000:5100] = bytes(100)
    path.write_bytes({"cut short": content[:5000], "empty": b""}.get(damage, content))
    with pytest.raises(DataError, match=r"bloodmnist\.npz: expected a whole npz file, [^\n]+$"):
        bloodmnist.load(tmp_path)
