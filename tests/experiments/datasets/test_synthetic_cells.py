import numpy as np
import pytest

from experiments.datasets.synthetic_cells import FREQUENCIES, LOOKS, draw

EVERY_TYPE = np.repeat(np.arange(8), 40)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return draw(EVERY_TYPE, np.random.default_rng(0))


def _dark_area(images: np.ndarray) -> np.ndarray:
    return (images.mean(axis=-1) < 140).sum(axis=(1, 2))


def test_images_are_small_rgb_of_bytes(images: np.ndarray) -> None:
    assert images.shape == (320, 28, 28, 3)
    assert images.dtype == np.uint8


def test_same_seed_draws_the_same_images_and_another_seed_others(images: np.ndarray) -> None:
    np.testing.assert_array_equal(images, draw(EVERY_TYPE, np.random.default_rng(0)))
    assert (images != draw(EVERY_TYPE, np.random.default_rng(1))).any(axis=(1, 2, 3)).all()


def test_no_two_images_are_equal(images: np.ndarray) -> None:
    assert len({image.tobytes() for image in images}) == len(images)


def test_types_differ_as_real_ones_do(images: np.ndarray) -> None:
    by_type = images.reshape(8, 40, 28, 28, 3)
    dark = np.median(_dark_area(images).reshape(8, 40), axis=1)
    basophil, eosinophil, erythroblast, _, lymphocyte, monocyte, neutrophil, platelet = range(8)
    assert dark.argmin() == platelet
    assert dark[erythroblast] < dark[lymphocyte] < dark[basophil]
    assert dark[neutrophil] < dark[monocyte]
    cells = by_type[:, :, 6:22, 6:22].astype(float).mean(axis=(1, 2, 3))
    reddish = cells[:, 0] - cells[:, 2]
    assert reddish[eosinophil] > reddish[neutrophil] > reddish[monocyte]


def test_more_images_than_a_batch_are_all_drawn() -> None:
    images = draw(np.full(300, 7), np.random.default_rng(0))
    assert (images.std(axis=(1, 2, 3)) > 5).all()


def test_no_labels_draw_no_images() -> None:
    assert draw(np.array([], int), np.random.default_rng(0)).shape == (0, 28, 28, 3)


def test_a_label_without_a_type_is_named() -> None:
    with pytest.raises(ValueError, match=r"^labels: expected integers in \[0, 8\), got 8 at index"):
        draw(np.array([0, 8]), np.random.default_rng(0))


def test_frequencies_add_up_to_bloodmnist() -> None:
    assert sum(FREQUENCIES) == 17_092
    assert len(FREQUENCIES) == len(LOOKS)
