"""Figures that explain show the formulas themselves, in text large enough to read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from experiments.framework.style import print_style
from report.explained import drawings

FIGURES: dict[str, Callable[[], Figure]] = {
    "simplex": drawings.plot_simplex,
    "huber": drawings.plot_huber,
    "adam": drawings.plot_adam,
    "network": lambda: drawings.plot_network((784, 128, 64, 10), 64),
}
SMALLEST = 8  # points


@pytest.fixture(params=FIGURES)
def figure(request: pytest.FixtureRequest) -> Figure:
    with print_style():
        return FIGURES[request.param]()


def test_no_text_is_small(figure: Figure):
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert texts
    assert min(text.get_fontsize() for text in texts) >= SMALLEST


def curves(name: str, panel: int) -> list[tuple[np.ndarray, np.ndarray]]:
    with print_style():
        lines = FIGURES[name]().axes[panel].lines
    return [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in lines]


def test_hubers_curves_are_the_loss_its_derivative_and_the_weight():
    expected = (
        lambda r: np.where(abs(r) <= 1, r**2 / 2, abs(r) - 0.5),
        lambda r: np.clip(r, -1, 1),
        lambda r: np.minimum(1, 1 / abs(r)),
    )
    for panel, function in enumerate(expected):
        _, (r, values) = curves("huber", panel)
        np.testing.assert_allclose(values, function(r))


def test_the_marked_minimum_is_the_least_value_of_the_objective():
    lines = curves("huber", 3)
    for (_, values), ((best,), (least,)) in (lines[0:2], lines[2:4]):
        assert values.min() == pytest.approx(least, rel=1e-3)
        assert 1 < best < 1.4


def test_adams_step_is_the_gradient_over_its_size_and_epsilon():
    for (g, step), epsilon in zip(curves("adam", 0), drawings.EPSILONS, strict=False):
        np.testing.assert_allclose(step, g / (abs(g) + epsilon))


def test_the_path_of_a_softmax_goes_from_the_middle_to_the_corner_of_the_largest():
    with print_style():
        panel = FIGURES["simplex"]().axes[0]
    path = np.array(panel.lines[-2].get_data()).T
    np.testing.assert_allclose(path[0], drawings.CORNERS[2], atol=1e-6)
    np.testing.assert_allclose(path[-1], drawings.CORNERS.mean(axis=0), atol=1e-2)


def test_all_are_saved(tmp_path: Path):
    drawings.draw_all(tmp_path, (784, 128, 64, 10), 64)
    assert {path.name for path in tmp_path.glob("*.pdf")} == {f"{name}.pdf" for name in FIGURES}
