"""What is the gradient of my function? `gradproof derive FUNCTION --wrt NAME`."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from operator import or_
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Optional

import typer

from runs.command import UsageError
from runs.entry_points import as_typed, run_module
from verify.grading.asking import EXIT, teaching, text_given
from verify.grading.words import printable
from verify.grading.workers import Work, settle_all
from verify.objectives.asked import Asked
from verify.objectives.derived import FAULTS, JUDGES, Checks, Derived
from verify.objectives.tasks import Derivation, Judging

SUMMARY = "Derive the gradient of a function of your own, and prove it for every size."
COMMAND = as_typed("derive")
EXAMPLES = f"""Examples:

\b
$ {COMMAND} "sum((y - X @ w)**2) + lam*sum(w**2)" --wrt w

\b
$ {COMMAND} "log(det(S)) + trace(inv(S) @ C)" --wrt S \\
      --assume "S positive definite, C symmetric"

\b
$ {COMMAND} '\\sum_i (y_i - x_i^\\top w)^2' --wrt w

\b
$ {COMMAND} --file loss.py --wrt W --wrt b --torch

The function is an expression, lines of assignments, a whole def, or LaTeX, which
is shown in NumPy's notation; it is read and never run. For a gradient of your
own: {as_typed("answer")} --help"""
STATUSES = """\b
Exit status: 0 proved, 3 undecided, 2 a mistake in the command or its text."""
LIBRARIES = ("numpy", "jax", "torch")
LAST = ("PyTorch",)
"""It takes as long to import as all else takes: the process that has derived does that."""
FIRST = tuple(part for part in (*JUDGES, FAULTS) if part not in LAST)
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    cls=teaching(EXAMPLES, STATUSES),
    help=SUMMARY,
    context_settings={"ignore_unknown_options": True},
)
def main(
    function: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="FUNCTION", help="Without it, standard input is read."),
    ] = None,
    wrt: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A name to differentiate in; several, too.", metavar="NAME"),
    ] = None,
    file: Annotated[Optional[Path], typer.Option(help="Read FUNCTION from there.")] = None,  # noqa: UP045
    shapes: Annotated[
        str, typer.Option(help="Shapes, as 'X: n d, w: d, lam:'; else they follow from use.")
    ] = "",
    assume: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="As 'S positive definite, s > 0, Y one-hot rows'."),
    ] = None,
    order: Annotated[int, typer.Option(help="2 for the Hessian.", min=1, max=2)] = 1,
    steps: Annotated[bool, typer.Option("--steps", help="Print the derivation.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX alone.")] = False,
    numpy: Annotated[bool, typer.Option("--numpy", help="Print a NumPy function.")] = False,
    jax: Annotated[bool, typer.Option("--jax", help="Print a JAX function.")] = False,
    torch: Annotated[bool, typer.Option("--torch", help="Print a PyTorch function.")] = False,
    checks: Annotated[bool, typer.Option(help="Ask other judges, too.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seconds: Annotated[float, typer.Option(help="Time limit of each derivative.", min=0.1)] = 10.0,
) -> None:
    """Derive each gradient, and print what was asked for."""
    if not wrt:
        raise UsageError("expected --wrt NAME, the name to differentiate in")
    text = _text(function, file)
    asked = [Asked(text, name, shapes, tuple(assume or ()), order) for name in wrt]
    chosen = [
        name for name, is_chosen in zip(LIBRARIES, (numpy, jax, torch), strict=True) if is_chosen
    ]
    found = []
    for one in asked:
        derived, judged = _settled(one, seconds, checks and not (chosen or latex))
        if derived.verdict == "unreadable":
            print(f"derive: {printable(derived.scope)}", file=sys.stderr)
        elif json:
            derived = replace(derived, checks=judged())
        elif (latex or chosen) and not derived.gradient:
            print(f"derive: {derived.scope}", file=sys.stderr)
        elif latex:
            print(derived.latex)
        elif chosen:
            print("\n\n".join(derived.code.get(library) or _no_code(derived) for library in chosen))
        else:
            print("\n".join(_lines(derived, steps)), flush=True)
            if (said := judged()) is not None:
                print(f"checked   {said.to_text()}")
        found.append(derived)
    if json:
        rows = [derived.for_json() for derived in found]
        print(json_format.dumps(rows[0] if len(rows) == 1 else rows, indent=1, allow_nan=False))
    raise SystemExit(max(EXIT[derived.verdict] for derived in found))


def _settled(
    asked: Asked, seconds: float, checks: bool
) -> tuple[Derived, Callable[[], Checks | None]]:
    """The derivative, and how to wait for what other judges say, who have begun by then."""
    judging = [Judging(asked, by) for by in (FIRST, LAST)] if checks else []
    work: list[Work[Any]] = [Derivation(asked), *judging]
    parts: dict[int, Any] = {}
    running = settle_all(work, 1 + checks, seconds)
    while 0 not in parts:
        place, part = next(running)
        parts[place] = part

    def judged() -> Checks | None:
        parts.update(running)
        return reduce(or_, (parts[place] for place in (1, 2))) if checks else None

    return parts[0], judged


def _lines(derived: Derived, steps: bool) -> Iterator[str]:
    """What was read, the gradient, its entry, the verdict and, if asked for, each step."""
    if not derived.gradient:
        yield f"undecided {derived.scope}"
        return
    if derived.translation:
        yield f"read as   {derived.translation}"
    yield f"{'where' if derived.translation else 'read as':<9} {derived.shapes}"
    if derived.assume:
        yield f"assume    {', '.join(map(printable, derived.assume))}"
    if derived.is_matrix_form:
        yield f"gradient  {derived.gradient}    {derived.shape}"
    if derived.places or not derived.is_matrix_form:
        yield f"entry {', '.join(derived.places)}".ljust(9) + f" {derived.entry}"
    if steps:
        for line in derived.lines:
            yield f"          {line.relation} {line.text}"
            yield f"            {line.because} ({line.verdict})"
    yield f"{derived.verdict:<9} {'for ' if derived.verdict == 'proved' else ''}{derived.scope}"


def _no_code(derived: Derived) -> str:
    raise UsageError(
        f"no matrix form is proved: the gradient is known entry by entry, {derived.entry}"
    )


def _text(function: str | None, file: Path | None) -> str:
    if function and file:
        raise UsageError("expected FUNCTION or --file, not both")
    return text_given(function, file)


class _Callable(ModuleType):
    """`from verify import derive` is a function, whether this command has been imported or not."""

    def __call__(self, *arguments: Any, **options: Any) -> Derived | list[Derived]:
        from verify.objectives.in_python import derive

        return derive(*arguments, **options)


sys.modules[__name__].__class__ = _Callable

if __name__ == "__main__":
    run_module("derive")
