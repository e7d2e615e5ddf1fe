from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import Split
from experiments.datasets.fetching import (
    DataError,
    Unavailable,
    check_md5,
    first_available,
    folders_in,
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


def test_a_named_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"^--data-dir: expected an existing folder, got '.*nowhere'"
    ):
        folders_in(tmp_path / "nowhere", ())


def test_hash_that_differs_is_named() -> None:
    # The md5 of "abc" is in RFC 1321, appendix A.5.
    check_md5("file", "900150983cd24fb0d6963f7d28e17f72", b"abc")
    with pytest.raises(
        DataError, match=r"file: expected md5 0+, got 900150983cd24fb0d6963f7d28e17f72, no file"
    ):
        check_md5("file", "0" * 32, b"abc")


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (0, "an empty file"),
        (10, r"damage \(.*, md5 [0-9a-f]{32}"),
        (100, r"damage \(.*, md5 [0-9a-f]{32}"),
    ],
)
def test_truncated_npz_is_refused_with_its_path(tmp_path: Path, cut: int, said: str) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, x=np.arange(50))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError, match=rf"data\.npz: expected a whole npz file, got {said}"):
        read_npz(path, ["x"])


def test_npz_with_other_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.arange(3))
    with pytest.raises(DataError, match=r"data\.npz: expected arrays x, y, got x$"):
        read_npz(tmp_path / "data.npz", ["x", "y"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b" <!DOCTYPE html><title>503</title>", "an HTML or XML page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\x80\x04\x95", "a pickle, which is never opened"),
        (b"\x93NUMPY\x01\x00", r"a single array \(npy\)"),
    ],
)
def test_a_file_that_is_no_npz_is_called_what_it_is(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match=rf"data\.npz: expected a whole npz file, got {said}"):
        read_npz(tmp_path / "data.npz", ["x"])


def test_pickled_objects_are_never_opened_and_nobody_is_told_to(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="got pickled objects, which are never opened") as caught:
        read_npz(tmp_path / "data.npz", ["x"])
    assert "allow_pickle" not in str(caught.value)


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
