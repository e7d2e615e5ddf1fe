"""How results look on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from verify.checking.claim import Claim
from verify.checking.results import OracleResult, ProofResult, Verification

MARKS = {
    "proved": Text("✓", style="green"),
    "refuted": Text("✗ refuted", style="bold red"),
    "undecided": Text("? undecided", style="bold yellow"),
}
COLUMNS = {
    "jacfwd": "jacfwd",
    "jacrev": "jacrev",
    "torch": "torch",
    "complex step": "step",
    "differences": "step",
    "40 digits": "40 digits",
    "Taylor rate": "Taylor",
}
OTHERS = "others"
WIDTH = 132
"""What the table needs; a narrower terminal gets one column for all oracles."""


def results_table(verification: Verification, width: int = WIDTH) -> Table:
    """One row a claim: what holds, for which sizes, how exactly, and against how many attacks."""
    wide = width >= WIDTH
    oracles = [*dict.fromkeys(COLUMNS.values()), OTHERS] if wide else ["worst error"]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("", "", "claim"):
        table.add_column(heading, no_wrap=True)
    table.add_column("proved for")
    for heading in (*oracles, "faults", "time"):
        table.add_column(heading, justify="right", no_wrap=True)
    for claim in verification.claims:
        errors = _worst_per_column(claim.oracles, wide)
        table.add_row(
            MARKS[claim.verdict],
            claim.problem,
            claim.id,
            _for_every(claim.proof),
            *(errors.get(heading, "") for heading in oracles),
            f"{claim.faults.caught}/{claim.faults.planted}",
            f"{claim.seconds:.1f} s",
        )
    table.caption = "errors: the worst of each oracle, scaled (Taylor: 2 - rate; others may sample)"
    return table


def _for_every(proof: ProofResult) -> str:
    """The sizes or the conditions, and how it is proved; verify.json has the whole scope."""
    conditions = " and ".join(proof.conditions) or "every value"
    scope = f"every {', '.join(proof.sizes)}" if proof.sizes else conditions
    return ", ".join([scope, *proof.warrants])


def claims_list(claims: list[Claim]) -> Table:
    """The claims with their problems and titles."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Problem", "Claim", "Statement"):
        table.add_column(heading)
    for claim in claims:
        table.add_row(claim.derivation.problem, claim.id, claim.derivation.title)
    return table


def failures(verification: Verification) -> Iterator[str]:
    """One line for everything that does not hold, with the point or the step where it fails."""
    for claim in verification.claims:
        for step in claim.proof.steps:
            if step.verdict != "proved":
                detail = step.counterexample or step.scope
                yield f"{claim.id}: step '{step.because}' is {step.verdict}: {detail}"
        for oracle in claim.oracles:
            if not oracle.passed:
                error = (
                    f"{oracle.max_error:.2g} > {oracle.tolerance:g}"
                    if oracle.points
                    else "no points"
                )
                yield f"{claim.id}: {oracle.name} disagrees: {error} at {oracle.worst}"
        for fault in claim.faults.missed:
            yield f"{claim.id}: a planted fault was missed: {fault}"


def last_line(verification: Verification) -> Text:
    """The whole run in one sentence."""
    summary = verification.summary
    text = Text()
    text.append(
        f"{summary.proved} of {summary.claims} claims proved and checked",
        style="bold green" if verification.holds else "bold red",
    )
    text.append(
        f"; {summary.faults_caught} of {summary.faults_planted} planted faults caught; "
        f"{summary.points:,} comparisons with oracles; {summary.seconds:.1f} s"
    )
    return text


@contextmanager
def progress(console: Console, total: int) -> Iterator[Callable[[str], None]]:
    """A progress bar on a terminal, nothing elsewhere; yields what to call after each claim."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting", total=total)

        def advance(claim_id: str) -> None:
            bar.update(task, advance=1, description=claim_id)

        yield advance


def _worst_per_column(oracles: list[OracleResult], wide: bool) -> dict[str, Text]:
    """The largest error of each column, red where too large; what only informs is left out."""
    errors: dict[str, Text] = {}
    worst: dict[str, float] = {}
    for oracle in oracles:
        column = COLUMNS.get(oracle.name, OTHERS) if wide else "worst error"
        loose = not wide and oracle.tolerance is not None and oracle.tolerance > 1e-3
        if oracle.tolerance is None or (loose and oracle.passed):
            continue
        if oracle.max_error >= worst.get(column, 0.0):
            worst[column] = oracle.max_error
            style = "" if oracle.passed else "bold red"
            text = f"{oracle.max_error:.0e}" if oracle.max_error else "0"
            errors[column] = Text(text, style=style)
    return errors
