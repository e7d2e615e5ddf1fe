"""Prove, check and attack every claim: `python -m verify.all`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Annotated, Optional

import typer
from rich.console import Console

from verify.check import ProofReport, conclude, judge_claim, prove_claim
from verify.claim import Claim
from verify.claims import claim_named, claims_matching
from verify.results import ClaimResult, Verification, provenance, summarise, write
from verify.table import WIDTH, claims_list, failures, last_line, progress, results_table

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    only: Annotated[str, typer.Option(help="Claims whose id matches, such as 'softmax*'.")] = "*",
    list_: Annotated[bool, typer.Option("--list", help="List the claims and stop.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the points.")] = 0,
    points: Annotated[int, typer.Option(help="Points per claim, spread over its shapes.")] = 1000,
    json: Annotated[Optional[Path], typer.Option(help="Write the results there.")] = None,  # noqa: UP045
) -> None:
    """Prove, check and attack every claim; exit status 0 if and only if all hold."""
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    claims = claims_matching(only)
    _reject_bad_input(only, claims, seed, points, json)
    if list_:
        console.print(claims_list(claims))
        return
    start = perf_counter()
    with progress(console, len(claims)) as advance:
        results = []
        for result in verify(claims, points, seed):
            results.append(result)
            advance(result)
    summary = summarise(results, perf_counter() - start)
    verification = Verification(
        claims=results, summary=summary, provenance=provenance(seed, points)
    )
    console.print(results_table(verification, console.width))
    for line in failures(verification):
        console.print(line, style="red", highlight=False, soft_wrap=True)
    if json:
        write(verification, json)
    console.print(last_line(verification), highlight=False)
    raise SystemExit(0 if verification.holds else 1)


def verify(claims: list[Claim], points: int, seed: int) -> Iterator[ClaimResult]:
    """Yield the result of each claim; proofs run in a second process, beside the oracles here."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as second:
        proofs: list[Future[ProofReport]] = [second.submit(_prove, claim.id) for claim in claims]
        try:
            for claim, proof in zip(claims, proofs, strict=True):
                judgement = judge_claim(claim, points, seed)
                yield conclude(claim, proof.result(), judgement)
        finally:
            second.shutdown(wait=False, cancel_futures=True)


def _prove(claim_id: str) -> ProofReport:
    return prove_claim(claim_named(claim_id))


def _reject_bad_input(
    only: str, claims: list[Claim], seed: int, points: int, json: Path | None
) -> None:
    if not claims:
        raise _UsageError(f"--only: no claim matches {only!r}; see python -m verify.all --list")
    if points < 1:
        raise _UsageError(f"--points: expected at least 1, got {points}")
    if seed < 0:
        raise _UsageError(f"--seed: expected 0 or more, got {seed}")
    if json:
        try:
            json.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _UsageError(f"--json: cannot create {json.parent} ({error.strerror})") from None
        if json.is_dir() or not os.access(json.parent, os.W_OK):
            raise _UsageError(f"--json: cannot write {json}")


class _UsageError(typer.BadParameter):
    """A mistake in the command line: one line, exit status 2."""


def run() -> None:
    """The command, with interruptions and mistakes said in one line."""
    try:
        app(standalone_mode=False)
    except typer.Abort:
        sys.exit("interrupted")
    except Exception as error:
        if hasattr(error, "format_message"):
            print(f"verify: {error.format_message()}", file=sys.stderr)
            sys.exit(2)
        raise
    except KeyboardInterrupt:
        print("verify: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    run()
