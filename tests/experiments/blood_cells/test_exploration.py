import numpy as np
import pytest

from experiments.blood_cells.exploration import explore, find_duplicates
from experiments.blood_cells.result import Image, Place
from experiments.datasets import Dataset, Split
from experiments.datasets.record import DataRecord


def _split(labels: list[int], seed: int) -> Split:
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 28, 28, 3), np.uint8)
    return Split(images, np.array(labels))


@pytest.fixture
def data() -> Dataset:
    """Six, three and three images, two equal ones in training, two in validation.

    Test image 2 is training image 0 under another label.
    """
    train, validation, test = (
        _split([0, 0, 0, 1, 1, 0], 0),
        _split([0, 1, 1], 1),
        _split([1, 1, 1], 2),
    )
    train.images[5] = train.images[1]
    validation.images[2] = validation.images[1]
    test.images[2] = train.images[0]
    record = DataRecord(name="tiny", origin="drawn", split="none", sha256="0")
    return Dataset(record, ("even", "odd"), train, test, validation)


def test_duplicates_are_found_within_and_between_splits(data: Dataset) -> None:
    found = find_duplicates({"training": data.train, "test": data.test})
    assert found == [
        [Place(split="training", index=0, label=0), Place(split="test", index=2, label=1)],
        [Place(split="training", index=1, label=0), Place(split="training", index=5, label=0)],
    ]


def test_images_that_differ_in_one_pixel_are_no_duplicates(data: Dataset) -> None:
    data.train.images[1, 0, 0, 0] ^= 1
    data.test.images[2, 27, 27, 2] ^= 1
    assert find_duplicates({"training": data.train, "test": data.test}) == []


def test_sizes_balance_and_duplicates_by_hand(data: Dataset) -> None:
    found = explore(data, np.random.default_rng(0))
    assert found.counts == {"training": [4, 2], "validation": [1, 2], "test": [0, 3]}
    assert found.largest_to_smallest == 2
    assert found.entropy == pytest.approx(-(2 / 3) * np.log2(2 / 3) - (1 / 3) * np.log2(1 / 3))
    assert found.entropy_when_balanced == 1
    assert found.duplicates_within_splits == 2
    assert found.duplicates_between_splits == 1
    assert found.duplicates_with_two_labels == 1


def test_sample_holds_two_different_training_images_of_each_class(data: Dataset) -> None:
    sample = explore(data, np.random.default_rng(0)).sample
    assert [image.label for image in sample] == [0, 0, 1, 1]
    assert len({image.index for image in sample}) == 4
    for image in sample:
        assert data.train.labels[image.index] == image.label
        np.testing.assert_array_equal(data.train.images[image.index], image.pixels)


def test_an_image_comes_back_from_json_as_it_went() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    image = Image(split="test", index=3, label=1, pixels=pixels)
    back = Image.model_validate_json(image.model_dump_json())
    np.testing.assert_array_equal(back.pixels, pixels)
    assert back.pixels.dtype == np.uint8
