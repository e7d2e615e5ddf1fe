"""The command: `python -m report`, from nothing to the PDF."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from experiments.results import Profile, ResultError
from report.assertions import ContradictionError
from report.build import BuildError, Plan, make_pdf, provide_tex, renew_experiments, renew_proofs
from report.numbers import plain_seconds
from report.outputs import OutputError
from report.render import RenderError, section_names
from report.tex import TexError
from report.texlive import TexMissingError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

FAILURES = (
    BuildError,
    ContradictionError,
    OutputError,
    RenderError,
    ResultError,
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
    seeds: Annotated[str, typer.Option(help="Seeds, separated by commas.")] = "0,1,2",
    data_dir: Annotated[
        Path | None,
        typer.Option(envvar="DL_DATA_DIR", help="A folder with data sets, looked at first."),
    ] = None,
) -> None:
    """Write the homework's full solution as a PDF: report/build/report.pdf.

    Proofs and experiments run first, but only those whose results are missing or older than what
    they depend on. TeX is unpacked into the project where there is none; no root is needed.

    Every number in the PDF comes from a recorded run. A sentence that the data contradicts stops
    the build: the sentence, its condition and the values are printed, and the exit status is 1.
    """
    if only is not None and only not in section_names():
        _fail(f"--only: expected one of {', '.join(section_names())}, got {only!r}", 2)
    if out is not None and not out.absolute().parent.is_dir():
        _fail(f"--out: expected a file in a folder that exists, got {out}", 2)
    if not all(part.isdecimal() for part in seeds.split(",")):
        _fail(f"--seeds: expected integers such as 0,1,2, got {seeds!r}", 2)
    plan = Plan(profile, tuple(map(int, seeds.split(","))), data_dir)
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
            made = make_pdf(plan, tex, only)
        pdf = made.pdf
        if out is not None:
            pdf = Path(shutil.copyfile(made.pdf, out))
    except FAILURES as error:
        _fail(str(error), 1)
    except OSError as error:
        _fail(f"{error.filename}: cannot be written ({error.strerror})", 1)
    except KeyboardInterrupt:
        _fail("interrupted; what is finished is kept, and the same command goes on there", 130)
    times = ", ".join(f"{stage} {plain_seconds(spent)}" for stage, spent in took.items())
    console.print(f"[bold]{os.path.relpath(pdf)}[/]: {made.pages} pages ({times})")


def _say(line: str) -> None:
    console.print(line, style="dim", markup=False)


def _fail(message: str, status: int) -> None:
    errors.print(message, style="red", markup=False)
    sys.exit(status)


@contextmanager
def _timed(took: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    took[stage] = time.perf_counter() - start


if __name__ == "__main__":
    app(prog_name="python -m report")
