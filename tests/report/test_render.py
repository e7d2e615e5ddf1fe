"""A template that asks for what there is not stops with its name, its line and what is missing."""

from pathlib import Path

import pytest

from report import render as rendering
from report.render import RenderError, environment, render

REPORT = {"document": "report"}


@pytest.fixture
def sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "report.tex.jinja").write_text(
        "<% for s in sections %>\\input{<< s >>}<% endfor %>"
    )
    monkeypatch.setattr(rendering, "environment", lambda: environment(tmp_path))
    return tmp_path


def test_sections_are_written_in_order_one_file_each(sections: Path, tmp_path: Path):
    for name in ("huber", "adam"):
        (sections / f"{name}.tex.jinja").write_text("<< value >> \\% {x}\n")
    main = render({**REPORT, "order": ("huber", "adam"), "value": 3}, tmp_path / "build")
    assert main.read_text() == "\\input{report-huber}\\input{report-adam}"
    assert (tmp_path / "build" / "report-adam.tex").read_text() == "3 \\% {x}\n"


def test_one_section_alone_can_be_written(sections: Path, tmp_path: Path):
    (sections / "adam.tex.jinja").write_text("text")
    main = render({**REPORT, "order": ("huber", "adam")}, tmp_path / "build", only="adam")
    assert main.read_text() == "\\input{report-adam}"


def test_an_undefined_value_is_named_with_template_and_line(sections: Path, tmp_path: Path):
    (sections / "adam.tex.jinja").write_text("one\ntwo << run.accuracy >>\n")
    with pytest.raises(RenderError, match=r"adam\.tex\.jinja:2: .*no attribute 'accuracy'"):
        render({**REPORT, "order": ("adam",), "run": {}}, tmp_path / "build")


def test_a_wrong_tag_is_named_with_template_and_line(sections: Path, tmp_path: Path):
    (sections / "adam.tex.jinja").write_text("one\n\n<% wrong %>\n")
    with pytest.raises(RenderError, match=r"adam\.tex\.jinja:3: .*unknown tag 'wrong'"):
        render({**REPORT, "order": ("adam",)}, tmp_path / "build")


def test_unchanged_sections_keep_their_time(sections: Path, tmp_path: Path):
    (sections / "adam.tex.jinja").write_text("text")
    render({**REPORT, "order": ("adam",)}, tmp_path / "build")
    before = (tmp_path / "build" / "report-adam.tex").stat().st_mtime_ns
    render({**REPORT, "order": ("adam",)}, tmp_path / "build")
    assert (tmp_path / "build" / "report-adam.tex").stat().st_mtime_ns == before


def test_a_later_section_knows_which_works_earlier_ones_cite(sections: Path, tmp_path: Path):
    (sections / "adam.tex.jinja").write_text(r"see~\cite{kingma,huber}")
    (sections / "references.tex.jinja").write_text("<< cited | sort | join(' ') >>")
    order = ("adam", "references")
    render({**REPORT, "order": order, "cited": set()}, tmp_path / "build")
    assert (tmp_path / "build" / "report-references.tex").read_text() == "huber kingma"
