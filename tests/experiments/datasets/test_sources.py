from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import Split
from experiments.datasets.sources import (
    DataError,
    Unavailable,
    check_md5,
    first_available,
    given_folder,
    read_npz,
    sha256_of,
)


def _nothing(reason: str) -> str:
    raise Unavailable(reason)


def test_first_source_that_has_anything_wins() -> None:
    assert first_available([lambda: _nothing("no"), lambda: "b", lambda: "c"]) == "b"


def test_without_any_source_every_reason_is_given() -> None:
    with pytest.raises(DataError, match=r"^no cache; no network$"):
        first_available([lambda: _nothing("no cache"), lambda: _nothing("no network")])


def test_damage_stops_the_search() -> None:
    def damaged() -> str:
        raise DataError("damaged")

    with pytest.raises(DataError, match="damaged"):
        first_available([damaged, lambda: "next"])


def test_given_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"^--data-dir: expected an existing folder, got '.*nowhere'"
    ):
        given_folder(tmp_path / "nowhere")


def test_hash_that_differs_is_named_and_the_file_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    # The md5 of "abc" is in RFC 1321, appendix A.5.
    assert check_md5(path, "900150983cd24fb0d6963f7d28e17f72") == path
    with pytest.raises(
        DataError, match=r"file: expected md5 0+, got 900150983cd24fb0d6963f7d28e17f72; it was left"
    ):
        check_md5(path, "0" * 32)
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize("cut", [0, 10, 100])
def test_truncated_npz_is_refused_with_its_path_and_hash(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.arange(50))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(
        DataError, match=r"data\.npz: expected a whole npz file, got md5 [0-9a-f]{32}"
    ):
        read_npz(path, ["x"])


def test_npz_with_other_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.arange(3))
    with pytest.raises(DataError, match=r"data\.npz: expected arrays x, y, got others"):
        read_npz(tmp_path / "data.npz", ["x", "y"])


def test_npz_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="whole npz file"):
        read_npz(tmp_path / "data.npz", ["x"])


def test_fingerprint_depends_on_values_shape_and_type_alone() -> None:
    array = np.arange(6, dtype=np.uint8)
    expected = sha256_of(array)
    assert sha256_of(array[::-1][::-1]) == expected
    others = [array + 1, array.reshape(2, 3), array.astype(np.int8), array[:5]]
    assert expected not in map(sha256_of, others)


def test_a_part_of_a_split_is_images_with_their_labels() -> None:
    split = Split(np.arange(24, dtype=np.uint8).reshape(6, 2, 2), np.arange(6))
    part = split[:4]
    assert len(part) == 4
    assert np.array_equal(part.images[:, 0, 0], 4 * part.labels)
    assert len(split[:None]) == 6
