"""The report's command: from nothing to the PDF."""

from __future__ import annotations

import gc
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.datasets.fetching import DataError
from experiments.framework.experiment import Profile, parse_seeds
from report.assertions import ContradictionError
from report.build import BuildError, Plan, make_pdf, provide_tex, renew_experiments, renew_proofs
from report.filters import plain_seconds
from report.outputs import OutputError
from report.render import RenderError, section_names
from report.tex.texlive import TexMissingError
from report.tex.typesetting import TexError
from runs.command import CONTINUES, FAILED, INTERRUPTED, USAGE, CommandError, UsageError
from runs.records import RecordError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)

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
        raise UsageError(f"--only: expected one of {', '.join(section_names())}, got {only!r}")
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"--out: expected a file in a folder that exists, got {out}")
    if data_dir is not None and not data_dir.is_dir():
        raise UsageError(f"--data-dir: expected an existing folder, got {str(data_dir)!r}")
    try:
        plan = Plan(profile, parse_seeds(seeds), data_dir, allow_substitute)
    except ValueError as error:
        raise UsageError(str(error)) from None
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
        raise CommandError(str(error), USAGE if isinstance(error, DataError) else FAILED) from None
    except OSError as error:
        raise CommandError(f"{error.filename}: cannot be written ({error.strerror})") from None
    except KeyboardInterrupt:
        raise CommandError(CONTINUES, INTERRUPTED) from None
    times = ", ".join(f"{stage} {plain_seconds(spent)}" for stage, spent in took.items())
    console.print(f"[bold]{os.path.relpath(pdf)}[/]: {made.pages} pages ({times})")
    for other in others:
        console.print(f"[bold]{os.path.relpath(other.pdf)}[/]: {other.pages} pages")


def _say(line: str) -> None:
    console.print(line, style="dim", markup=False)


@contextmanager
def _timed(took: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    took[stage] = time.perf_counter() - start
