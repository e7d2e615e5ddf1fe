"""TeX is taken from where it is complete, and its absence is one clear line."""

from pathlib import Path

import pytest

from report.tex import texlive
from report.tex.texlive import TexMissingError, find_tex


def fake_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_complete_tex_on_the_path_is_taken(programs: Path, tmp_path: Path):
    fake_program(programs, "pdflatex", "exit 0")
    fake_program(programs, "kpsewhich", 'for f in "$@"; do echo /tex/$f; done')
    assert find_tex(["siunitx"], tmp_path / ".tex").origin == "on the PATH"
    assert not (tmp_path / ".tex").exists()


def test_an_incomplete_tex_is_named_with_its_install_line(programs: Path, tmp_path: Path):
    fake_program(programs, "pdflatex", "exit 0")
    fake_program(programs, "kpsewhich", "echo /tex/$1")
    fake_program(programs, "dnf", "exit 0")
    with pytest.raises(TexMissingError) as caught:
        find_tex(["lmodern", "siunitx"], tmp_path / ".tex")
    message = str(caught.value)
    assert "siunitx.sty" in message
    assert "lmodern" not in message
    assert "sudo dnf install" in message
    assert "\n" not in message


def test_without_any_tex_the_program_itself_is_named(programs: Path, tmp_path: Path):
    with pytest.raises(TexMissingError, match=r"pdflatex not found; install it: .*tug.org"):
        find_tex(["siunitx"], tmp_path / ".tex")


def test_a_failing_download_leaves_nothing_and_says_why(programs: Path, tmp_path: Path):
    fake_program(programs, "apt-get", "echo 'E: Could not resolve host' >&2; exit 100")
    for name in ("apt-cache", "dpkg-deb"):
        fake_program(programs, name, "exit 0")
    with pytest.raises(TexMissingError, match=r"apt-get failed .*Could not resolve host.*sudo apt"):
        find_tex(["siunitx"], tmp_path / ".tex", say=lambda line: None)
    assert list((tmp_path / ".tex").iterdir()) == []


def test_an_interrupted_unpacking_leaves_nothing_half_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(folder: Path) -> list[Path]:
        folder.mkdir()
        (folder / "half.deb").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(texlive, "_download", interrupted)
    with pytest.raises(KeyboardInterrupt):
        texlive._unpack(tmp_path / ".tex")
    assert list((tmp_path / ".tex").iterdir()) == []
