"""Is my closed form right?"""

from __future__ import annotations

import json as json_format
import sys
from itertools import groupby
from pathlib import Path
from typing import Annotated, Optional

import typer

from runs.command import UsageError
from runs.entry_points import as_typed, run_module
from runs.processes import cores
from verify.grading.asking import EXIT, teaching, text_given
from verify.grading.submissions import answers_in, questions_in
from verify.grading.words import as_name, printable, said, summary, table
from verify.grading.workers import Record, Task, settle_all
from verify.objectives.asked import Asked

COMMAND = as_typed("answer")
EXAMPLES = f"""Examples, the first right, the second wrong, the third in LaTeX:

\b
$ {COMMAND} softmax.jacobian "(diag(y) - outer(y, y)) / tau"
proved    for every n, tau > 0

\b
$ {COMMAND} softmax.jacobian "diag(y) - outer(y, y)"
refuted   factor 1/tau missing; at z = (0, 2), tau = 3: yours ...

\b
$ {COMMAND} least_squares.grad_A '(Ax + b - t) x^\\top'
proved    for every d, m

And of an objective of your own:

\b
$ {COMMAND} --function "x @ A @ x" --wrt x "2 * A @ x"
refuted   right only if A is symmetric; at x = ...

An answer may be several lines, or a whole def:

\b
$ {COMMAND} --function "x @ A @ x" --wrt x --file gradient.py
proved    for every n"""
STATUSES = """\b
Exit status: 0 proved, 1 refuted, 3 undecided, 2 a mistake in the command or
its text. With --all: 1 if any is refuted or unreadable, a file as well, else
3 if any is undecided."""
LONGEST_WAIT = 24 * 60 * 60
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    cls=teaching(EXAMPLES, STATUSES),
    help=__doc__,
    context_settings={"ignore_unknown_options": True},
)
def main(
    words: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="ID EXPRESSION", help="Without EXPRESSION, standard input is read."),
    ] = None,
    file: Annotated[Optional[Path], typer.Option(help="Read EXPRESSION from there.")] = None,  # noqa: UP045
    function: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The objective: an expression, lines, a def, or LaTeX.", metavar="TEXT"),
    ] = None,
    wrt: Annotated[str, typer.Option(help="The name to differentiate in.", metavar="NAME")] = "",
    shapes: Annotated[
        str, typer.Option(help="Shapes, as 'X: n d, w: d, lam:'; else they follow from use.")
    ] = "",
    assume: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="As 'S positive definite, s > 0, Y one-hot rows'."),
    ] = None,
    order: Annotated[int, typer.Option(help="2 for the Hessian.", min=1, max=2)] = 1,
    questions: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A teacher's questions, for --all FILES of answers."),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="Read LaTeX, backslash or not.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, infinity as a string.")] = False,
    seconds: Annotated[float, typer.Option(help="Time limit of each answer.")] = 10.0,
    names: Annotated[bool, typer.Option("--names", help="The names in answers to ID.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="What can be answered.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Grade TOML files of answers.")] = False,
    workers: Annotated[int, typer.Option(help="Processes for --all.")] = min(2, cores()),
) -> None:
    """Grade one answer, or files of answers, or say what can be answered."""
    words = words or []
    if not 0 < seconds <= LONGEST_WAIT or workers < 1:
        raise UsageError("--seconds and --workers: expected positive numbers, at most a day")
    if list_:
        _print_list()
    elif names:
        _print_names(words)
    elif all_:
        _grade_files([Path(word) for word in words], questions, workers, seconds, json)
    elif function is not None:
        asked = _asked(function, wrt, shapes, assume or [], order)
        _grade_one(Task(asked.wrt, _text(words, file), latex, asked), seconds, json)
    else:
        _grade_one(Task(*_id_and_text(words, file), latex), seconds, json)


def _asked(function: str, wrt: str, shapes: str, assume: list[str], order: int) -> Asked:
    if not wrt:
        raise UsageError("--function: expected --wrt NAME, too")
    return Asked(function, wrt, shapes, tuple(assume), order)


def _grade_one(task: Task, seconds: float, json: bool) -> None:
    ((_, record),) = settle_all([task], 1, seconds)
    if json:
        print(json_format.dumps(record.for_json(), allow_nan=False))
    elif record.verdict == "unreadable":
        print(f"answer: {printable(record.hint or '')}", file=sys.stderr)
    else:
        print(said(record))
    raise SystemExit(EXIT[record.verdict])


def _grade_files(
    paths: list[Path], questions: Path | None, workers: int, seconds: float, json: bool
) -> None:
    if not paths:
        raise UsageError("--all: expected TOML files of answers")
    try:
        asked = questions_in(questions) if questions else {}
    except ValueError as error:
        raise UsageError(f"{as_name(str(questions))}: {error}") from None
    rows = [(str(path), answer) for path in paths for answer in answers_in(path, asked)]
    places = [place for place, (_, answer) in enumerate(rows) if isinstance(answer, Task)]
    tasks = [answer for _, answer in rows if isinstance(answer, Task)]
    for number, record in settle_all(tasks, workers, seconds):
        rows[places[number]] = (rows[places[number]][0], record)
    graded = [(path, record) for path, record in rows if isinstance(record, Record)]
    if json:
        found = [{"file": path, **record.for_json()} for path, record in graded]
        print(json_format.dumps(found, indent=1, allow_nan=False))
    else:
        print(table(graded))
        print(summary([record for _, record in graded]))
    verdicts = {record.verdict for _, record in graded}
    raise SystemExit(
        1 if verdicts & {"refuted", "unreadable"} else 3 if "undecided" in verdicts else 0
    )


def _id_and_text(words: list[str], file: Path | None) -> tuple[str, str]:
    if not words:
        raise UsageError("expected ID EXPRESSION; see --list for the ids, --help for more")
    return words[0], _text(words[1:], file)


def _text(words: list[str], file: Path | None) -> str:
    """The expression: the one word, or what a file or standard input has."""
    if len(words) > 1 or (words and file):
        raise UsageError("expected one expression; put it in quotes")
    return text_given(words[0] if words else None, file)


def _print_names(words: list[str]) -> None:
    from verify.grading.claim_questions import question_named

    if len(words) != 1:
        raise UsageError("--names: expected one ID")
    try:
        print(question_named(words[0]).names)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _print_list() -> None:
    from verify.grading.claim_questions import questions_matching

    for claim, questions in groupby(questions_matching(), key=lambda question: question.claim):
        print(claim.derivation.title)
        for question in questions:
            print(f"  {question.id:<28} {question.sought}")


if __name__ == "__main__":
    run_module("answer")
