"""Synthetic blood cells: eight drawn types that stand in where no microscope image can be had."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer, UInt8
from numpy.random import Generator

SIDE = 28
RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """How one type of cell looks: lengths in pixels, shares of the cell's radius, colours in 0-255.

    A nucleus is a chain of `lobes` discs along an arc around the cell's centre: one disc is round,
    two close ones a bean, four far ones a segmented nucleus.
    """

    radius: float
    radius_spread: float
    nucleus: float  # radius of the disc with the nucleus' area, as a share of the cell's radius
    lobes: tuple[int, int]  # the fewest and the most
    reach: float  # distance of the lobes from the cell's centre, as a share of the cell's radius
    arc: float  # angle between neighbouring lobes, in radians
    roughness: float  # how far the outline strays from a circle
    granularity: float  # contrast of the grains in cytoplasm and chromatin
    cytoplasm: RGB
    chromatin: RGB


# In MedMNIST's order; the colours are close to the means of stained smears under a microscope.
BASOPHIL = Look(8.1, 0.6, 0.88, (1, 2), 0.20, 1.6, 0.7, 0.24, (110, 60, 132), (86, 42, 126))
EOSINOPHIL = Look(8.6, 0.6, 0.64, (2, 3), 0.46, 1.7, 0.4, 0.10, (184, 106, 142), (92, 46, 128))
ERYTHROBLAST = Look(6.0, 0.9, 0.61, (1, 1), 0.18, 0.0, 0.4, 0.05, (176, 146, 172), (76, 40, 122))
IMMATURE = Look(8.5, 1.0, 0.81, (1, 2), 0.19, 1.3, 0.6, 0.15, (154, 109, 161), (96, 49, 138))
LYMPHOCYTE = Look(6.7, 0.5, 0.93, (1, 1), 0.05, 0.0, 0.3, 0.07, (146, 112, 164), (80, 41, 126))
MONOCYTE = Look(9.1, 0.9, 0.76, (2, 3), 0.31, 1.2, 0.9, 0.11, (142, 107, 170), (98, 52, 142))
NEUTROPHIL = Look(8.5, 0.6, 0.56, (3, 4), 0.46, 1.1, 0.4, 0.06, (202, 160, 182), (90, 46, 128))
PLATELET = Look(2.8, 0.6, 0.60, (1, 1), 0.10, 0.0, 0.4, 0.12, (172, 126, 164), (112, 68, 142))
LOOKS = (
    BASOPHIL,
    EOSINOPHIL,
    ERYTHROBLAST,
    IMMATURE,
    LYMPHOCYTE,
    MONOCYTE,
    NEUTROPHIL,
    PLATELET,
)
# How many of each type there are in BloodMNIST (Acevedo et al., 2020).
FREQUENCIES = (1218, 3117, 1551, 2895, 1214, 1420, 3329, 2348)

BACKGROUND = np.array((254, 229, 206), np.float32)
RED_CELL = np.array((208, 171, 168), np.float32)
BLUISH_STAIN = np.array((-24, -9, 24), np.float32)

_AXIS = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
_BATCH = 256  # images drawn at a time: their planes stay in the processor's cache


def draw(labels: Integer[np.ndarray, " n"], rng: Generator) -> UInt8[np.ndarray, "n 28 28 3"]:
    """Draw one cell of `LOOKS[label]` per label, among red cells, unevenly stained.

    A label that is no type is a ValueError.
    """
    wrong = np.flatnonzero((labels < 0) | (labels >= len(LOOKS)))
    if wrong.size:
        raise ValueError(
            f"labels: expected integers in [0, {len(LOOKS)}), "
            f"got {labels[wrong[0]]} at index {wrong[0]}"
        )
    images = np.empty((len(labels), SIDE, SIDE, 3), np.uint8)
    for start in range(0, len(labels), _BATCH):
        batch = slice(start, start + _BATCH)
        images[batch] = _draw_batch(labels[batch], rng)
    return images


def _draw_batch(labels: np.ndarray, rng: Generator) -> np.ndarray:
    n = len(labels)

    def each(field: str) -> np.ndarray:
        return np.array([getattr(look, field) for look in LOOKS], np.float32)[labels]

    def tint(spread: float) -> np.ndarray:
        shade, hue = rng.normal(0, spread, (n, 1)), rng.normal(0, spread / 2, (n, 3))
        return (shade + hue).astype(np.float32)

    radius = np.maximum(1.2, rng.normal(each("radius"), each("radius_spread")))
    centre = rng.normal(0, 1.1, (n, 2))
    image = np.tile(BACKGROUND, (n, SIDE, SIDE, 1))
    _paint(image, _red_cells(centre, radius, rng), RED_CELL + tint(8.0))

    roughness = each("roughness")[:, None, None]
    cell = _inside(_distance(centre, radius) + roughness * _clouds(n, 6, rng))
    _paint(image, cell, each("cytoplasm") + tint(9.0))
    chromatin = each("chromatin") + tint(8.0)
    nucleus = _nucleus(centre, radius, each, rng) + 0.6 * roughness * _clouds(n, 8, rng)
    _paint(image, cell * _inside(nucleus), chromatin)
    grains = each("granularity")[:, None, None] * _clouds(n, 20, rng)
    image *= 1 + (cell * grains)[..., None]

    bluish = BLUISH_STAIN * (rng.random((n, 1)) < 0.03)
    image += (bluish + tint(2.0))[:, None, None]
    image += 3 * rng.standard_normal(image.shape, np.float32)
    return np.clip(image, 0, 255).astype(np.uint8)


def _nucleus(
    centre: np.ndarray, radius: np.ndarray, each: Callable[[str], np.ndarray], rng: Generator
) -> np.ndarray:
    """Signed distance to a chain of lobes along an arc, which together have the nucleus' area."""
    fewest, most = each("lobes").T
    lobes = rng.integers(fewest, most, endpoint=True)
    angle = rng.uniform(0, 2 * np.pi, len(lobes))
    size = radius * each("nucleus") * rng.normal(1, 0.06, len(lobes)) / np.sqrt(lobes)
    reach = radius * each("reach") * rng.normal(1, 0.15, len(lobes))
    distance = np.full((len(lobes), SIDE, SIDE), np.inf, np.float32)
    for lobe in range(lobes.max()):
        along = angle + lobe * each("arc")
        at = centre + reach[:, None] * np.stack([np.sin(along), np.cos(along)], axis=1)
        radii = np.where(lobe < lobes, size, -np.inf)  # a nucleus may have fewer lobes
        distance = _union(distance, _distance(at, radii))
    return distance


def _red_cells(centre: np.ndarray, radius: np.ndarray, rng: Generator) -> np.ndarray:
    """Opacity of the red cells around a cell, some of them pale in the middle."""
    opacity = np.zeros((len(radius), SIDE, SIDE), np.float32)
    for _ in range(5):
        size = rng.normal(4.2, 0.5, len(radius))
        angle = rng.uniform(0, 2 * np.pi, len(radius))
        away = radius + size + rng.uniform(-0.5, 9, len(radius))
        at = centre + away[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
        distance = _distance(at, size)
        pallor = rng.choice([0.0, 0.8], len(radius), p=[0.45, 0.55])[:, None, None]
        disc = _inside(distance) * (1 - pallor * _inside(distance + 2.4, softness=3.0))
        opacity = np.maximum(opacity, disc.astype(np.float32))
    return opacity


def _distance(centre: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Signed distance of every pixel to the edge of one disc per image, negative inside."""
    y, x = (_AXIS - centre[:, axis, None].astype(np.float32) for axis in (0, 1))
    from_centre = np.sqrt(y[:, :, None] ** 2 + x[:, None, :] ** 2)
    return from_centre - radius[:, None, None].astype(np.float32)


def _union(a: np.ndarray, b: np.ndarray, blend: float = 0.8) -> np.ndarray:
    """Smooth minimum of two distances: shapes that come close flow into each other."""
    nearest = np.minimum(a, b)
    return nearest - blend * np.exp(-np.abs(a - b) / blend)


def _inside(distance: np.ndarray, softness: float = 1.4) -> np.ndarray:
    """Opacity of a shape: 1 inside, 0 outside, an edge of about a pixel between."""
    return np.clip(0.5 - distance / softness, 0, 1)


def _clouds(n: int, grains: int, rng: Generator) -> np.ndarray:
    """Smooth noise of mean 0 and standard deviation 1 from `grains` random values a side."""
    place = np.linspace(0, grains - 1, SIDE)
    weights = np.exp(-1.4 * (place[:, None] - np.arange(grains)) ** 2)
    weights = (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)
    return weights @ rng.standard_normal((n, grains, grains), np.float32) @ weights.T


def _paint(image: np.ndarray, opacity: np.ndarray, colour: np.ndarray) -> None:
    """Lay one colour per image over `image`, in place."""
    image += opacity[..., None].astype(np.float32) * (colour[:, None, None] - image)
