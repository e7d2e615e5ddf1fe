"""What a result depends on, in short hashes: code, presentation, options, data and packages.

Code is what an experiment's `run` can reach, in its own module by name and in the modules that it
imports; presentation is the rest of its module, and the modules that only this imports. So a new
axis label redraws a figure without a new training run, and a comment or a docstring changes nothing
at all.
"""

import ast
import hashlib
import importlib.metadata
import inspect
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from experiments.datasets import load_dataset
from experiments.datasets.precedence import keep_better
from experiments.experiment import Experiment, Task
from experiments.results import (
    OUTPUTS,
    DataRecord,
    Profile,
    ResultError,
    load_result,
    result_path,
)

ROOT = Path(__file__).parents[1]
PACKAGES = ("jax", "matplotlib", "numpy", "scikit-learn", "scipy", "sympy", "torch")
PROJECT = ("derivations", "experiments", "mytorch", "verify")
# What data sets deliver is fingerprinted itself, and the shape of results has its schema version.
NOT_CODE = ("experiments.datasets", "experiments.experiment", "experiments.results")


def fingerprint(
    experiment: Experiment,
    seeds: list[int],
    profile: Profile,
    device: str,
    data: Sequence[DataRecord],
) -> dict[str, str]:
    """What a result of `experiment` with these options and data depends on, by kind."""
    module = Path(inspect.getfile(sys.modules[experiment.run.__module__]))
    code, presentation = code_hashes(module.read_text("utf-8"), experiment.run.__name__)
    return {
        "code": code,
        "presentation": presentation,
        "options": digest(experiment.tasks(seeds, profile, device)),
        "data": digest([record.sha256 for record in data]),
        "packages": digest(package_versions()),
    }


def task_key(task: Task, depends_on: dict[str, str]) -> str:
    """What the numbers of one task depend on: all but the other seeds and presentation."""
    return digest(task, depends_on["code"], depends_on["data"], depends_on["packages"])


def why_stale(
    experiment: Experiment,
    seeds: list[int],
    profile: Profile,
    device: str = "auto",
    data_dir: Path | None = None,
    out: Path = OUTPUTS,
    allow_substitute: bool = False,
) -> str | None:
    """Why the recorded result of `experiment` is not what a run with these options would give.

    None when it is up to date: nothing is run, trained or downloaded to find out. Data is what this
    machine has; where that is only a substitute, results on better data are kept.
    """
    try:
        recorded = load_result(experiment.name, experiment.result_type, out).provenance
    except ResultError:
        there = result_path(experiment.name, out).exists()
        return "unreadable result" if there else "no result yet"
    datasets = [load_dataset(name, data_dir, False, allow_substitute) for name in experiment.data]
    data = [dataset.record for dataset in datasets]
    if not allow_substitute:
        data = keep_better(recorded.data, data)
    now = fingerprint(experiment, seeds, profile, device, data)
    changed = [kind for kind in now if now[kind] != recorded.fingerprint.get(kind)]
    if changed:
        return f"{' and '.join(changed)} changed"
    folder = result_path(experiment.name, out).parent / "figures"
    figures = [plot.__name__.removeprefix("plot_") for plot in experiment.figures]
    missing = [name for name in figures if not (folder / f"{name}.pdf").exists()]
    return f"no figure {missing[0]}" if missing else None


def package_versions() -> dict[str, str]:
    """The versions of the packages that numbers depend on."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def code_hashes(source: str, entry: str) -> tuple[str, str]:
    """Of a module's source: the hash of what its function `entry` can reach, and of the rest."""
    reached, rest = _reachable(ast.parse(source), entry)
    code = _reached_modules(reached)
    drawing = [module for module in _reached_modules(rest) if module not in code]
    return (
        digest(_without_docstrings(reached), [_code(module) for module in code]),
        digest(_without_docstrings(rest), [_code(module) for module in drawing]),
    )


def digest(*parts: Any) -> str:
    """A short hash of the parts' representations."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _reachable(tree: ast.Module, entry: str) -> tuple[ast.Module, ast.Module]:
    """The statements that `entry` needs, directly or not, and all others."""
    waiting, needed = {entry}, set[ast.stmt]()
    while waiting:
        found = {
            statement
            for statement in tree.body
            if statement not in needed and not waiting.isdisjoint(_bound_names(statement))
        }
        needed |= found
        waiting = {
            node.id
            for statement in found
            for node in ast.walk(statement)
            if isinstance(node, ast.Name)
        }
    parts = ([s for s in tree.body if s in needed], [s for s in tree.body if s not in needed])
    return ast.Module(parts[0], []), ast.Module(parts[1], [])


def _bound_names(statement: ast.stmt) -> set[str]:
    """The module-level names that a statement gives a meaning to."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}


def _reached_modules(tree: ast.Module) -> list[str]:
    """The project's modules that a tree imports, directly or not."""
    modules = _imports(tree)
    for module in modules:
        modules += [found for found in _imports(_tree(module)) if found not in modules]
    return sorted(modules)


def _imports(tree: ast.Module) -> list[str]:
    """The project's modules that a tree imports, without those that are not code."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return sorted(
        name
        for name in names
        if name.startswith(PROJECT) and not name.startswith(NOT_CODE) and _source(name) is not None
    )


def _without_docstrings(tree: ast.Module) -> str:
    """The code of a tree, without what only people read."""
    return ast.unparse(_TextRemover().visit(tree))


class _TextRemover(ast.NodeTransformer):
    """Drops docstrings, which are statements that are nothing but a constant."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


@cache
def _code(module: str) -> str:
    return _without_docstrings(_tree(module))


def _tree(module: str) -> ast.Module:
    return ast.parse(_source(module) or "")


@cache
def _source(module: str) -> str | None:
    """The text of a module of the project, None where there is none of that name."""
    path = ROOT.joinpath(*module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.exists():
            return file.read_text(encoding="utf-8")
    return None
