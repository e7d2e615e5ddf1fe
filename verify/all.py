"""Prove, check and attack every claim: `python -m verify.all`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from time import perf_counter
from typing import Annotated, NamedTuple, NoReturn, Optional

import typer
from rich.console import Console

from runs.command import UsageError
from runs.entry_points import as_typed, run_module
from runs.processes import cores, in_processes
from runs.records import RecordError, write_model
from verify.checking.check import ProofReport, conclude, judge_claim, prove_claim
from verify.checking.claim import Claim
from verify.checking.results import (
    ClaimResult,
    GradedAnswer,
    Verification,
    provenance,
    summarise,
)
from verify.checking.table import WIDTH, claims_list, failures, last_line, progress, results_table
from verify.claims import claim_named, claims_matching
from verify.grading.lessons import graded
from verify.objectives.own_claims import own_claims, own_claims_table

COMMAND = as_typed("verify")
EXAMPLES = f"""Examples: all claims, their results written as JSON; some claims, at more points.

\b
$ {COMMAND} --json results.json
$ {COMMAND} --only 'huber*' --points 5000"""

LIMIT = 60.0
"""Seconds for each question of a teacher's file."""
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(epilog=EXAMPLES)
def main(
    only: Annotated[str, typer.Option(help="Claims whose id matches, such as 'softmax*'.")] = "*",
    list_: Annotated[bool, typer.Option("--list", help="List the claims and stop.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the points.")] = 0,
    points: Annotated[int, typer.Option(help="Points per claim, spread over its shapes.")] = 1000,
    json: Annotated[Optional[Path], typer.Option(help="Write the results there.")] = None,  # noqa: UP045
    own: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--claims", help="A teacher's questions in TOML, instead of the homework's."),
    ] = None,
) -> None:
    """Prove, check and attack every claim; exit status 0 if and only if all hold."""
    # Expressions and traces are many and live to the end: to look for garbage among them takes a
    # fifth of the time and finds little.
    gc.disable()
    width = None if sys.stdout.isatty() else WIDTH
    console = Console(width=width, markup=False)  # r[i] is an entry, not a tag
    if own:
        _verify_own(own, console)
    claims = claims_matching(only)
    _reject_bad_input(only, claims, seed, points, json)
    if list_:
        console.print(claims_list(claims))
        return
    start = perf_counter()
    ids = [claim.id for claim in claims]
    settle = partial(_settle, answered=json is not None)
    with (
        in_processes(settle, ids, workers=max(1, cores() - 1)) as settled,
        progress(console, len(claims)) as advance,
    ):
        results, answers = verify(claims, settle, list(settled), points, seed, advance)
    summary = summarise(results, perf_counter() - start)
    verification = Verification(
        claims=results,
        answers=answers,
        summary=summary,
        provenance=provenance(seed, points, only),
    )
    console.print(results_table(verification, console.width))
    for line in failures(verification):
        console.print(line, style="red", highlight=False, soft_wrap=True)
    if json:
        try:
            write_model(json, verification)
        except RecordError as error:
            raise UsageError(f"--json: {error}") from None
    console.print(last_line(verification), highlight=False)
    raise SystemExit(0 if verification.holds else 1)


class Settled(NamedTuple):
    """What the prover says of a claim, and of the answers that people give to its question."""

    report: ProofReport
    answers: list[GradedAnswer]


def verify(
    claims: list[Claim],
    settle: Callable[[str], Settled],
    elsewhere: list[Future[Settled]],
    points: int,
    seed: int,
    advance: Callable[[str], None],
) -> tuple[list[ClaimResult], list[GradedAnswer]]:
    """The result of each claim, by the oracles here and by what is settled elsewhere.

    The oracles are done first; then what nobody has begun is settled here, the last ones first.
    """
    judgements = []
    for claim in claims:
        judgements.append(judge_claim(claim, points, seed))
        advance(claim.id)
    begun = list(zip(claims, elsewhere, strict=True))
    settled = {c.id: settle(c.id) for c, one in reversed(begun) if one.cancel()}
    settled |= {c.id: one.result() for c, one in begun if c.id not in settled}
    results = [
        conclude(claim, settled[claim.id].report, judgement)
        for claim, judgement in zip(claims, judgements, strict=True)
    ]
    return results, [answer for claim in claims for answer in settled[claim.id].answers]


def _settle(claim_id: str, answered: bool) -> Settled:
    gc.disable()  # as in the first process
    answers = list(graded(claim_id)) if answered else []
    return Settled(prove_claim(claim_named(claim_id)), answers)


def _verify_own(path: Path, console: Console) -> NoReturn:
    """Prove, check and attack a teacher's own questions."""
    try:
        claims = list(own_claims(path, cores(), LIMIT))
    except ValueError as error:
        raise UsageError(f"--claims {path}: {error}") from None
    console.print(own_claims_table(claims))
    held = sum(claim.verdict == "proved" for claim in claims)
    console.print(f"{held} of {len(claims)} questions proved and checked", highlight=False)
    raise SystemExit(0 if held == len(claims) else 1)


def _reject_bad_input(
    only: str, claims: list[Claim], seed: int, points: int, json: Path | None
) -> None:
    if not claims:
        raise UsageError(f"--only: no claim matches {only!r}; see {COMMAND} --list")
    if points < 1:
        raise UsageError(f"--points: expected at least 1, got {points}")
    if seed < 0:
        raise UsageError(f"--seed: expected 0 or more, got {seed}")
    if json:
        if json.exists() and not json.is_file():
            raise UsageError(f"--json: expected a file, got {json}")
        try:
            json.parent.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=json.parent).close()
        except OSError as error:
            raise UsageError(f"--json: cannot write {json} ({error.strerror})") from None


if __name__ == "__main__":
    run_module("verify")
