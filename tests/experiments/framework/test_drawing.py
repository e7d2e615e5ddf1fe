from pathlib import Path

import pytest
from matplotlib.figure import Figure
from toy import EXPERIMENT
from toy.result import ToyResult, ToyRun

from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw, save_figures
from experiments.framework.results import Provenance


@pytest.fixture
def result(provenance: Provenance) -> ToyResult:
    runs = [ToyRun(setting="a", seed=0, draws=[1.0])]
    return ToyResult(provenance=provenance, summary={}, runs=runs)


def test_every_figure_is_drawn_under_its_name(result: ToyResult) -> None:
    assert list(draw(EXPERIMENT, result)) == ["draws"]


def test_figure_says_when_it_rests_on_stand_in_data_or_the_quick_profile(
    result: ToyResult,
) -> None:
    record = DataRecord(name="drawn cells", origin="", split="", sha256="", substitute=True)
    provenance = result.provenance.model_copy(update={"data": [record], "profile": "quick"})
    figures = draw(EXPERIMENT, result.model_copy(update={"provenance": provenance}))
    caution = "data: drawn cells; quick profile, not results"
    assert caution in figures["draws"].get_supxlabel()
    assert draw(EXPERIMENT, result)["draws"].get_supxlabel() == ""


def test_figure_is_saved_as_pdf_and_png_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        save_figures(folder, {"line": figure})
    for name, magic in (("line.pdf", b"%PDF"), ("line.png", b"\x89PNG")):
        content = (tmp_path / "one" / name).read_bytes()
        assert content.startswith(magic)
        assert content == (tmp_path / "two" / name).read_bytes()


def test_what_people_see_is_laid_out_as_what_is_printed(tmp_path: Path) -> None:
    figure, layouts = Figure(layout="constrained"), []
    axes = figure.subplots()
    axes.set_ylabel("high")
    figure.canvas.mpl_connect(
        "draw_event", lambda event: layouts.append(axes.get_position().bounds)
    )
    before = axes.get_position().bounds
    save_figures(tmp_path, {"one": figure})
    assert axes.get_position().bounds != before
    assert len(set(layouts)) == 1
