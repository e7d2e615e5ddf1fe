"""Data flows one way: who may import whom."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"runs", "derivations", "verify", "mytorch", "experiments", "report"}
ALLOWED = {
    # mpmath is the arithmetic that SymPy itself computes with, and comes with it.
    "derivations": {"derivations", "sympy", "mpmath", "jaxtyping"},
    "mytorch": {"mytorch", "numpy", "jaxtyping"},
}
FORBIDDEN = {
    "runs": {"derivations", "verify", "mytorch", "experiments", "report"},
    "verify": {"experiments", "report"},
    "experiments": {"report"},
    "report": set(),
}


def imported_packages(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_foundations_import_one_library_alone(package):
    assert modules(package)
    for path in modules(package):
        foreign = imported_packages(path) - ALLOWED[package] - set(sys.stdlib_module_names)
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_arrows_point_one_way(package):
    assert modules(package)
    for path in modules(package):
        against = imported_packages(path) & FORBIDDEN[package]
        assert not against, f"{path.relative_to(ROOT)} imports {against}"


@pytest.mark.parametrize("package", sorted(OURS - {"report"}))
def test_nothing_imports_report(package):
    for path in modules(package):
        assert "report" not in imported_packages(path), path


def test_a_check_of_a_gradient_goes_one_way():
    """What comes later in the list may import what comes before."""
    order = ["inputs", "judges", "verdict", "told"]
    for path in modules("verify/gradients"):
        place = path.relative_to(ROOT / "verify/gradients").parts[0]
        later = order[order.index(place) + 1 :] if place in order else []
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = node.module.split(".")
                is_ours = parts[:2] == ["verify", "gradients"]
                assert not (is_ours and parts[2] in later), f"{place}: {path.name} {node.module}"
                outer = is_ours and place in order and parts[2] not in order
                assert not outer, f"{path.name} imports {node.module}"


def test_a_folder_can_be_seen_at_a_glance():
    folders = {path.parent for package in OURS for path in modules(package)}
    crowded = {str(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert not {folder: n for folder, n in crowded.items() if n > 14}
