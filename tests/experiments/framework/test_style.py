"""Figures are read, printed and searched: their text is text, and large enough."""

from io import BytesIO

from pypdf import PdfReader

from experiments.framework.style import draw_band, line_style, new_figure, print_style

WRITTEN = "a_b < 1 ± 2"


def test_text_of_a_figure_copies_as_what_it_is():
    with print_style():
        figure, axes = new_figure(2.0)
        axes.plot([-1, 1], [-2, 3])
        axes.set(xlabel=r"noise $\sigma - \lambda \pm \mu$", ylabel=WRITTEN)
        figure.savefig(file := BytesIO(), format="pdf")
    text = " ".join(PdfReader(file).pages[0].extract_text().split())
    assert "noise σ − λ ± μ" in text
    assert WRITTEN in text
    assert "−1.0" in text


def test_a_method_keeps_its_hue_and_a_condition_its_dash():
    first, second = line_style(0), line_style(0, condition=1)
    assert first["color"] == second["color"]
    assert first["linestyle"] != second["linestyle"]
    assert line_style(1)["color"] != first["color"]
    assert line_style(1)["linestyle"] == first["linestyle"] == "-"


def test_a_band_reaches_from_the_lowest_seed_to_the_highest():
    with print_style():
        _, axes = new_figure(2.0)
        draw_band(axes, [0, 1], [[1, 2], [3, 6]], method=2, condition=1)
    (line,) = axes.lines
    assert list(line.get_ydata()) == [2, 4]
    assert line.get_linestyle() == "--"
    (band,) = axes.collections
    assert band.get_datalim(axes.transData).y0 == 1
    assert band.get_datalim(axes.transData).y1 == 6
