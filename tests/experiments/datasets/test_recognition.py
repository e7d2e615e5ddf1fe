import struct

import numpy as np
import pytest

from experiments.datasets.recognition import OTHER_FILES, what_is


def _idx(array: np.ndarray, kind: int = 8) -> bytes:
    values = array.astype(array.dtype.newbyteorder(">")).tobytes()
    return struct.pack(f">4B{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + values


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"\x1f\x8b\x08", "a file packed with gzip"),
        (b"just words", "no file known here"),
        (b"\0\0\x08\x03\0", "no file known here"),
        (_idx(np.zeros((4, 28, 28), np.uint8)), "an array of uint8, 4 x 28 x 28"),
        (_idx(np.zeros((6, 8), np.int32), 12), "an array of int32, 6 x 8: QMNIST's labels"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, said: str) -> None:
    assert what_is(content) == said


@pytest.mark.parametrize(
    ("mean", "name"), [(0.286, "Fashion-MNIST"), (0.1918, "Kuzushiji-MNIST"), (0.1307, "")]
)
def test_unpacked_images_of_other_data_sets_are_known_by_their_mean(mean: float, name: str) -> None:
    pixels = np.zeros(20 * 28 * 28, np.uint8)
    pixels[: round(mean * pixels.size)] = 255
    said = what_is(_idx(pixels.reshape(20, 28, 28)))
    assert said == "an array of uint8, 20 x 28 x 28" + (
        f": {name}'s images, by their mean" * bool(name)
    )


def test_labels_of_classes_of_one_size_are_not_mnist_s() -> None:
    balanced = np.repeat(np.arange(10, dtype=np.uint8), 6)
    assert what_is(_idx(balanced)).endswith("as Fashion-MNIST's, not MNIST's labels")
    assert what_is(_idx(balanced[1:])) == "an array of uint8, 59"


def test_a_known_hash_goes_before_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    # The md5 of "abc" is in RFC 1321, appendix A.5.
    monkeypatch.setitem(OTHER_FILES, "900150983cd24fb0d6963f7d28e17f72", "the alphabet")
    assert what_is(b"abc") == "the alphabet"
    assert what_is(b"abc", {"900150983cd24fb0d6963f7d28e17f72": "ours"}) == "ours"
