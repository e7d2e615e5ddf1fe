"""The command `python -m report`, as a person meets it."""

from pathlib import Path

import pytest
from commands import run_here

from report.build import TEX_HOME
from report.render import template
from report.tex.texlive import Tex, TexMissingError, find_tex
from report.tex.typesetting import TexError, packages_of, typeset


@pytest.fixture(scope="module")
def tex() -> Tex:
    """A TeX that is already there: a test downloads nothing."""
    packages = packages_of(template("report").read_text(encoding="utf-8"))
    if not (TEX_HOME / "root").exists():
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("report.tex.texlive._unpack", lambda home: None)
                return find_tex(packages, TEX_HOME, say=lambda line: None)
        except TexMissingError:
            pytest.skip("no TeX here; `make report` provides one")
    return find_tex(packages, TEX_HOME)


def test_help_says_what_it_does_and_lists_the_sections():
    shown = run_here("report", "--help")
    assert shown.returncode == 0
    for word in ("--profile", "--only", "--out", "blood_cells", "contradicts"):
        assert word in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "nothing"], "--only: expected one of"),
        (["--seeds", "a,b"], "--seeds: expected distinct integers"),
        (["--out", "/no/such/folder/report.pdf"], "--out: expected a file in a folder that exists"),
        (["--profile", "slow"], "--profile"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_2(arguments: list[str], complaint: str):
    done = run_here("report", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def document(folder: Path, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "report.tex"
    path.write_text(
        "\\documentclass{article}\\pdftrailerid{}\\pdfsuppressptexinfo=-1\n"
        f"\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    return path


def test_the_same_source_gives_the_same_bytes_wherever_it_lies(tex: Tex, tmp_path: Path):
    text = "\\section{One}\\label{one} See section~\\ref{one}."
    first = typeset(tex, document(tmp_path / "a", text))
    second = typeset(tex, document(tmp_path / "b", text))
    assert first.pages == 1
    assert first.pdf.read_bytes() == second.pdf.read_bytes()


def test_the_first_error_is_one_line_with_file_and_line(tex: Tex, tmp_path: Path):
    with pytest.raises(TexError, match=r"^report\.tex:4: Undefined control sequence"):
        typeset(tex, document(tmp_path / "a", "fine\n\\nonsense here"))


def test_an_undefined_reference_is_an_error(tex: Tex, tmp_path: Path):
    with pytest.raises(TexError, match="Reference `nowhere' on page 1 undefined"):
        typeset(tex, document(tmp_path / "a", "See \\ref{nowhere}."))


def test_a_line_that_sticks_out_is_an_error(tex: Tex, tmp_path: Path):
    with pytest.raises(TexError, match="sticks out by"):
        typeset(tex, document(tmp_path / "a", "\\noindent\\rule{\\dimexpr\\textwidth+2pt}{1pt}"))
