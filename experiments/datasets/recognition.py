"""What a file is, as far as its bytes tell: said where it is not the file that was expected."""

import hashlib
import math
import struct
from collections.abc import Mapping

import numpy as np

# The packed files that bear the same names as MNIST's, by the md5 that their publishers state.
OTHER_FILES = {
    "8d4fb7e6c68d591d4c3dfef9ec88bf0d": "Fashion-MNIST's packed training images",
    "25c81989df183df01b3e8a0aad5dffbe": "Fashion-MNIST's packed training labels",
    "bef4ecab320f06d8554ea6380940ec79": "Fashion-MNIST's packed test images",
    "bb300cfdad3c16e7a12a480ee83cd310": "Fashion-MNIST's packed test labels",
    "bdb82020997e1d708af4cf47b453dcf7": "Kuzushiji-MNIST's packed training images",
    "e144d726b3acfaa3e44228e80efcd344": "Kuzushiji-MNIST's packed training labels",
    "5c965bf0a639b31b8f53240b1b52f4d7": "Kuzushiji-MNIST's packed test images",
    "7320c461ea6c1c855c0b718fb2a4b134": "Kuzushiji-MNIST's packed test labels",
    "ed72d4157d28c017586c42bc6afe6370": "QMNIST's packed training images",
    "0058f8dd561b90ffdd0f734c6a30e5e4": "QMNIST's packed training labels",
    "1394631089c404de565df7b7aeaf9412": "QMNIST's packed test images",
    "5b5b05890a5e13444e108efe57b788aa": "QMNIST's packed test labels",
}
SIGNATURES = {
    b"version https://git-lfs": "a Git LFS pointer, whose file `git lfs pull` fetches",
    b"\x1f\x8b": "a file packed with gzip",
    b"PK\x03\x04": "a zip or npz file",
    b"\x93NUMPY": "a single array (npy)",
    b"\x80": "a pickle, which is never opened",
    b"<": "an HTML or XML page",
}
IDX_TYPES = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}
# The means of all pixels, from 0 to 1, that are widely used to normalise these data sets: .2860 and
# .1918 for training images; test images differ by less than .001. MNIST's mean is .1307.
MEAN_PIXELS = {"Fashion-MNIST": 0.2865, "Kuzushiji-MNIST": 0.1920}


def what_is(content: bytes, known: Mapping[str, str] | None = None) -> str:
    """What a file is, in a few words; `known` names further files by their md5."""
    if not content:
        return "an empty file"
    names = OTHER_FILES | dict(known or {})
    md5 = md5_of(content)
    if md5 in names:
        return names[md5]
    start = content.lstrip()[:64]
    for signature, words in SIGNATURES.items():
        if start.startswith(signature):
            return words
    return _idx(content) or "no file known here"


def md5_of(content: bytes) -> str:
    """The hash that publishers of these data sets state."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _idx(content: bytes) -> str | None:
    """What an IDX file holds: two zero bytes, type, dimensions, sizes (big-endian), values."""
    kind, dimensions = (IDX_TYPES.get(content[2]), content[3]) if len(content) > 3 else (None, 0)
    if content[:2] != b"\0\0" or kind is None or len(content) < 4 + 4 * dimensions:
        return None
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    text = f"an array of {kind}, {' x '.join(f'{size:,}' for size in shape)}"
    expected = 4 + 4 * dimensions + math.prod(shape) * np.dtype(kind).itemsize
    if len(content) != expected:
        return f"{text}, of {len(content):,} bytes instead of {expected:,}"
    if kind == "int32" and shape[1:] == (8,):
        return f"{text}: QMNIST's labels"
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    if kind == "uint8" and dimensions == 3:
        mean = values.mean() / 255
        close = [name for name, other in MEAN_PIXELS.items() if abs(mean - other) < 1e-3]
        return f"{text}: {close[0]}'s images, by their mean" if close else text
    if kind == "uint8" and dimensions == 1 and set(np.bincount(values)) == {len(values) / 10}:
        return f"{text}: ten classes of equal size, as Fashion-MNIST's, not MNIST's labels"
    return text
