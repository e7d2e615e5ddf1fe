"""The command `gradproof`, and the same commands as modules: `python -m verify.all` and others.

Both ways load a command here, by name and when it is asked for: help needs none of them, and an
answer needs no JAX.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from runs.command import UsageError, run_command

NAME = "gradproof"


@dataclass(frozen=True)
class EntryPoint:
    """Where a command is: `python -m module`, and the module that holds its `app`."""

    module: str
    home: str
    summary: str
    extra: str = ""
    libraries: tuple[str, ...] = ()


ENTRY_POINTS = {
    "verify": EntryPoint(
        "verify.all",
        "verify.all",
        "Prove, check and attack every claim.",
        "verify",
        ("jax", "optax", "scipy", "torch"),
    ),
    "answer": EntryPoint("verify.answer", "verify.answer", "Is my closed form right?"),
    "derive": EntryPoint("verify.derive", "verify.derive", "What is the gradient of my function?"),
    "page": EntryPoint(
        "verify.page",
        "verify.page",
        "Ask and be answered in the browser.",
        "page",
        ("jinja2", "latex2mathml", "starlette", "uvicorn"),
    ),
    "experiments": EntryPoint(
        "experiments",
        "experiments.command",
        "List and run experiments.",
        "experiments",
        ("jax", "joblib", "matplotlib", "mlxtend", "pooch", "scipy", "sklearn", "torch"),
    ),
    "report": EntryPoint(
        "report",
        "report.command",
        "Write the homework's full solution as a PDF.",
        "report",
        ("jax", "jinja2", "joblib", "matplotlib", "mlxtend", "pooch", "sklearn", "torch"),
    ),
}
SPOKEN = {"jax": "JAX", "scipy": "SciPy", "sklearn": "scikit-learn", "torch": "PyTorch"} | {
    "jinja2": "Jinja2",
    "starlette": "Starlette",
    "matplotlib": "Matplotlib",
}


def as_typed(name: str) -> str:
    """A command as this process was started: `gradproof answer`, or `python -m verify.answer`."""
    by_name = Path(sys.argv[0]).stem == NAME
    return f"{NAME} {name}" if by_name else f"python -m {ENTRY_POINTS[name].module}"


def run_module(name: str) -> NoReturn:
    """Run a command that was started as a module."""
    run_command(lambda **options: _load(name)(**options), name, as_typed(name))


def main() -> NoReturn:
    """The command `gradproof`."""
    name = next((word for word in sys.argv[1:2] if word in ENTRY_POINTS), NAME)
    run_command(app, name, NAME)


def _load(name: str) -> Any:
    """The command, or a `UsageError` that says what to install."""
    entry = ENTRY_POINTS[name]
    missing = [
        SPOKEN.get(library, library) for library in entry.libraries if not find_spec(library)
    ]
    if missing:
        raise UsageError(f"needs {_listed(missing)}: pip install '{NAME}[{entry.extra}]'")
    return typer.main.get_command(import_module(entry.home).app)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


class _Commands(TyperGroup):
    """A group whose commands are known by name and summary, and loaded to be run."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(ENTRY_POINTS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in ENTRY_POINTS:
            return None
        return TyperCommand(cmd_name, help=ENTRY_POINTS[cmd_name].summary, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and _load(str(name)), rest


app = typer.Typer(
    cls=_Commands, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(NAME, version(NAME))
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Derive, prove, check, measure and print the mathematics of a deep-learning homework."""
