"""What results rest on, in short hashes: declared code, and the versions of packages.

Code is hashed as its syntax tree without docstrings: a comment, a line break or a better sentence
changes nothing. A table in TOML is hashed as what it says.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def digest(*parts: Any) -> str:
    """A short hash of the parts' representations."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def package_versions(packages: Iterable[str]) -> dict[str, str]:
    """The versions of installed packages."""
    return {name: importlib.metadata.version(name) for name in packages}


def code_hash(names: Iterable[str]) -> str:
    """The hash of the project's code by name: packages with all that is in them, and modules."""
    return files_hash(file for name in names for file in source_files(name))


def source_files(name: str) -> list[Path]:
    """The files of a package such as `verify.claims`, or of a module such as `verify.all`."""
    path = ROOT.joinpath(*name.split("."))
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    if not files or not files[0].exists():
        raise ValueError(f"rests_on: expected a package or a module of the project, got {name!r}")
    return files


def files_hash(files: Iterable[Path]) -> str:
    """The hash of the code and the tables in these files, whatever their order."""
    return digest(sorted(_meaning(file.read_text(encoding="utf-8"), file.suffix) for file in files))


@cache
def _meaning(source: str, suffix: str) -> str:
    """A short hash of what a module does or a table says, without what only people read."""
    if suffix == ".toml":
        return digest(tomllib.loads(source))
    return digest(ast.dump(_DocstringRemover().visit(ast.parse(source))))


class _DocstringRemover(ast.NodeTransformer):
    """Drops docstrings, which are statements that are nothing but a constant."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node
