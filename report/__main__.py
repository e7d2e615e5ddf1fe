<<<<<<< HEAD
"""`python -m report`."""
=======
"""The command: `python -m report`, from nothing to the PDF."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from experiments.datasets.sources import DataError
from experiments.framework.experiment import Profile, parse_seeds
from report.assertions import ContradictionError
from report.build import BuildError, Plan, make_pdf, provide_tex, renew_experiments, renew_proofs
from report.numbers import plain_seconds
from report.outputs import OutputError
from report.render import RenderError, section_names
from report.tex import TexError
from report.texlive import TexMissingError
from runs.command import INTERRUPTED, run_command
from runs.records import RecordError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

FAILURES = (
    BuildError,
    ContradictionError,
    DataError,
    OutputError,
    RenderError,
    RecordError,
    TexError,
    TexMissingError,
)


@app.command(epilog="Sections: " + ", ".join(section_names()) + ".")
def main(
    profile: Annotated[
        Profile, typer.Option(help="quick: everything, but small; stamped, not results.")
    ] = "full",
    only: Annotated[
        str | None,
        typer.Option(metavar="SECTION", help="One section, from what is there; runs nothing."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where a copy of the PDF goes.")
    ] = None,
    handout: Annotated[
        bool, typer.Option("--handout", help="Also a short document for students: handout.pdf.")
    ] = False,
    rubric: Annotated[
        bool, typer.Option("--rubric", help="Also what earns the points, for graders: rubric.pdf.")
    ] = False,
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "0,1,2",
    data_dir: Annotated[
        Path | None,
        typer.Option(envvar="DL_DATA_DIR", help="A folder with the data sets."),
    ] = None,
    allow_substitute: Annotated[
        bool,
        typer.Option(
            "--allow-substitute",
            help="Where the folder lacks a data set, use another or a substitute, "
            "also over results on better data.",
        ),
    ] = False,
) -> None:
    """Write the homework's full solution as a PDF: report/build/report.pdf.

    Proofs and experiments run first, but only those whose results are missing or older than what
    they depend on. TeX is unpacked into the project where there is none; no root is needed.

    Every number in the PDF comes from a recorded run. A sentence that the data contradicts stops
    the build: the sentence, its condition and the values are printed, and the exit status is 1.
    """
    gc.disable()  # there is no garbage worth the time, only what was imported and rendered
    if only is not None and only not in section_names():
        _fail(f"--only: expected one of {', '.join(section_names())}, got {only!r}", 2)
    if out is not None and not out.absolute().parent.is_dir():
        _fail(f"--out: expected a file in a folder that exists, got {out}", 2)
    if data_dir is not None and not data_dir.is_dir():
        _fail(f"--data-dir: expected an existing folder, got {str(data_dir)!r}", 2)
    try:
        plan = Plan(profile, parse_seeds(seeds), data_dir, allow_substitute)
    except ValueError as error:
        _fail(str(error), 2)
    also = [name for name, wanted in (("handout", handout), ("rubric", rubric)) if wanted]
    took: dict[str, float] = {}
    try:
        with _timed(took, "TeX"):
            tex = provide_tex(_say)
        if only is None:
            with _timed(took, "proofs"):
                renew_proofs(plan, _say)
            with _timed(took, "experiments"):
                renew_experiments(plan, _say)
        with _timed(took, "PDF"):
            made = make_pdf(plan, tex, "report", only)
            others = [make_pdf(plan, tex, document) for document in also]
        pdf = made.pdf
        if out is not None:
            pdf = Path(shutil.copyfile(made.pdf, out))
    except FAILURES as error:
        _fail(str(error), 2 if isinstance(error, DataError) else 1)
    except OSError as error:
        _fail(f"{error.filename}: cannot be written ({error.strerror})", 1)
    except KeyboardInterrupt:
        _fail(
            "interrupted; what is finished is kept, and the same command continues from there",
            INTERRUPTED,
        )
    times = ", ".join(f"{stage} {plain_seconds(spent)}" for stage, spent in took.items())
    console.print(f"[bold]{os.path.relpath(pdf)}[/]: {made.pages} pages ({times})")
    for other in others:
        console.print(f"[bold]{os.path.relpath(other.pdf)}[/]: {other.pages} pages")


def _say(line: str) -> None:
    console.print(line, style="dim", markup=False)


def _fail(message: str, status: int) -> NoReturn:
    errors.print(message, style="red", markup=False)
    sys.exit(status)


@contextmanager
def _timed(took: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    took[stage] = time.perf_counter() - start
>>>>>>> w-handout

from runs.door import run_module

if __name__ == "__main__":
    run_module("report")
