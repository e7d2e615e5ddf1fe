"""Where TeX comes from: the PATH, or packages of Debian unpacked into the project without root."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEBIAN_PACKAGES = (
    "texlive-binaries",
    "libkpathsea6",
    "texlive-base",
    "texlive-latex-base",
    "texlive-latex-recommended",
    "texlive-latex-extra",
    "texlive-science",
    "lmodern",
)
# pdftex links to libpng, which a small image may lack; its package has two names.
LIBPNG = ("libpng16-16t64", "libpng16-16")

INSTALL_LINES = {
    "apt-get": "sudo apt install texlive-latex-extra texlive-science lmodern",
    "dnf": "sudo dnf install texlive-scheme-medium texlive-siunitx texlive-cleveref",
    "pacman": "sudo pacman -S texlive-latexextra texlive-mathscience texlive-fontsrecommended",
    "zypper": "sudo zypper install texlive-scheme-medium texlive-siunitx texlive-cleveref",
    "brew": "brew install --cask mactex-no-gui",
    "winget": "winget install MiKTeX.MiKTeX",
}

_SETTINGS = """\
TEXMFROOT = $GRADPROOF_TEX/usr/share/texlive
TEXMFDIST = $GRADPROOF_TEX/usr/share/texlive/texmf-dist
TEXMFDEBIAN = $GRADPROOF_TEX/usr/share/texmf
TEXMFLOCAL = $GRADPROOF_TEX/texmf-local
TEXMFVAR = $GRADPROOF_TEX/texmf-var
TEXMFSYSVAR = $TEXMFVAR
TEXMFSYSCONFIG = $TEXMFVAR
TEXMFCONFIG = $TEXMFVAR
TEXMFHOME = $TEXMFVAR
TEXMF = {!!$TEXMFVAR,!!$TEXMFLOCAL,!!$TEXMFDEBIAN,!!$TEXMFDIST}
TEXMFDBS = $TEXMF
"""
_SETTINGS_REPLACED = tuple(
    f"{name} " for name in [*(line.split(" ")[0] for line in _SETTINGS.splitlines()), "TEXMFMAIN"]
)
_LANGUAGES = """\
english hyphen.tex
=usenglish
=USenglish
=american
dumylang dumyhyph.tex
nohyphenation zerohyph.tex
"""


class TexMissingError(Exception):
    """No complete TeX was found and none could be unpacked; the message says what to install."""


@dataclass(frozen=True)
class Tex:
    """Where TeX was found, and the environment variables that it runs with."""

    origin: str
    environment: Mapping[str, str] = field(repr=False)

    def missing(self, packages: Iterable[str]) -> list[str]:
        """Return what cannot be found here: `pdflatex` itself, or files such as `siunitx.sty`."""
        path = self.environment.get("PATH")
        for program in ("pdflatex", "kpsewhich"):
            if shutil.which(program, path=path) is None:
                return [program]
        files = [f"{package}.sty" for package in packages]
        kpsewhich = shutil.which("kpsewhich", path=path) or ""
        answer = subprocess.run(
            [kpsewhich, *files], env=self.environment, capture_output=True, text=True, check=False
        )
        present = {Path(line).name for line in answer.stdout.splitlines()}
        return [file for file in files if file not in present]


def find_tex(packages: Iterable[str], home: Path, say: Callable[[str], None] = print) -> Tex:
    """Return a TeX that has all `packages`: the one on the PATH, or one unpacked below `home`.

    Nothing outside `home` is changed. Raises `TexMissingError` where neither way works.
    """
    packages = tuple(packages)
    system = Tex("on the PATH", dict(os.environ))
    if not (absent := system.missing(packages)):
        return system
    if not (unpacked := _unpacked_tex(home / "root")).missing(packages):
        return unpacked
    if not all(shutil.which(program) for program in ("apt-get", "apt-cache", "dpkg-deb")):
        raise TexMissingError(f"TeX: {_listed(absent)} not found; install it: {install_line()}")
    say(f"TeX: {_listed(absent)} not found on the PATH; unpacking Debian's TeX into {home}")
    _unpack(home)
    unpacked = _unpacked_tex(home / "root")
    if absent := unpacked.missing(packages):
        raise TexMissingError(
            f"TeX: {_listed(absent)} not found in {home} either; install it: {install_line()}"
        )
    return unpacked


def install_line() -> str:
    """Return the command that installs a complete TeX with this machine's package manager."""
    for manager, line in INSTALL_LINES.items():
        if shutil.which(manager):
            return line
    return f"TeX Live from https://tug.org/texlive ({platform.system()})"


def _listed(files: list[str]) -> str:
    return ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")


def _unpacked_tex(root: Path) -> Tex:
    libraries = sorted({str(path.parent) for path in root.glob("usr/lib/*/libkpathsea.so*")})
    environment = dict(os.environ)
    environment |= {
        "GRADPROOF_TEX": str(root),
        "TEXMFCNF": str(root / "cnf"),
        "PATH": os.pathsep.join([str(root / "usr/bin"), environment.get("PATH", "")]),
        "LD_LIBRARY_PATH": os.pathsep.join(
            [*libraries, *filter(None, [environment.get("LD_LIBRARY_PATH")])]
        ),
    }
    return Tex(str(root), environment)


def _unpack(home: Path) -> None:
    """Make `home/root`, complete or not at all: all work happens beside it, then one rename."""
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix="unpacking-") as scratch:
        root = Path(scratch, "root")
        for archive in _download(Path(scratch, "apt")):
            _run("dpkg-deb", "-x", str(archive), str(root))
            archive.unlink()
        _configure(root)
        shutil.rmtree(home / "root", ignore_errors=True)
        root.rename(home / "root")


def _download(folder: Path) -> list[Path]:
    """Download the packages with lists and a cache of our own: the system's need root."""
    (folder / "lists/partial").mkdir(parents=True)
    (folder / "cache/archives/partial").mkdir(parents=True)
    own = ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}"]
    # apt would hand the download to a user who may not write here, and warn of it.
    own += ["-o", "APT::Sandbox::User=root"]
    _run("apt-get", *own, "-qq", "update")
    known = _run("apt-cache", *own, "pkgnames", "libpng16").split()
    libpng = [name for name in LIBPNG if name in known][:1]
    _run("apt-get", *own, "-qq", "download", *DEBIAN_PACKAGES, *libpng, cwd=folder)
    return sorted(folder.glob("*.deb"))


def _configure(root: Path) -> None:
    """Do what the packages' install scripts would: settings, languages, font map, names, format."""
    dist, debian = root / "usr/share/texlive/texmf-dist", root / "usr/share/texmf"
    local, var = root / "texmf-local", root / "texmf-var"
    defaults = (dist / "web2c/texmf.cnf").read_text(encoding="utf-8").splitlines()
    others = [
        line for line in defaults if not line.replace("=", " ").startswith(_SETTINGS_REPLACED)
    ]
    _write(root / "cnf/texmf.cnf", _SETTINGS + "\n".join(others) + "\n")
    _write(local / "tex/generic/config/language.dat", _LANGUAGES)
    maps = [*dist.glob("fonts/map/dvips/amsfonts/*.map"), *debian.glob("fonts/map/dvips/lm/*.map")]
    fonts = {line for path in maps for line in path.read_text(encoding="latin-1").splitlines()}
    _write(local / "fonts/map/pdftex/pdftex.map", "\n".join(sorted(fonts)) + "\n")
    formats = var / "web2c/pdftex"
    formats.mkdir(parents=True)
    trees = (dist, debian, local, var)
    for tree in trees:
        _list_files(tree)
    _run(
        *("pdftex", "-ini", "-interaction=nonstopmode", "-jobname=pdflatex", "-progname=pdflatex"),
        *("-translate-file=cp227.tcx", "*pdflatex.ini"),
        cwd=formats,
        environment=_unpacked_tex(root).environment,
    )
    _list_files(var)


def _list_files(tree: Path) -> None:
    """Write `ls-R`, the name index that lets TeX find a file without walking the tree."""
    index = tree / "ls-R"
    index.unlink(missing_ok=True)  # the packages hold links to an index that is not there
    lines = ["% ls-R -- filename database for kpathsea; do not change this line."]
    for folder, subfolders, files in os.walk(tree):
        lines += ["", f"./{Path(folder).relative_to(tree)}:".replace("/.:", ":")]
        lines += sorted(subfolders + files)
    _write(index, "\n".join(lines) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _run(
    *command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    # Looked up by hand: on POSIX, `env=` does not change where the program itself is searched for.
    program = shutil.which(command[0], path=(environment or os.environ).get("PATH")) or command[0]
    done = subprocess.run(
        [program, *command[1:]],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        messages = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise TexMissingError(
            f"TeX could not be unpacked: {' '.join(command[:1])} failed ({messages[-1].strip()}); "
            f"install it: {install_line()}"
        )
    return done.stdout
