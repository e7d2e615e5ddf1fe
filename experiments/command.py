"""Run experiments, and list them."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from experiments.framework.experiment import (
    Experiment,
    Profile,
    experiment_names,
    find_experiment,
    parse_seeds,
)
from experiments.framework.results import ExperimentResult, outputs, result_path
from experiments.framework.runner import Options, WorkerError, check_folder, run_experiments
from runs.command import CONTINUES, INTERRUPTED, CommandError, UsageError
from runs.processes import cores

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=__doc__,
)
console = Console()
errors = Console(stderr=True, highlight=False, markup=False)

CORES = cores()

Seeds = Annotated[str, typer.Option(help="Seeds, separated by commas.")]
DataDir = Annotated[
    Path | None,
    typer.Option(envvar="DL_DATA_DIR", help="A folder with the data sets."),
]
AllowSubstitute = Annotated[
    bool,
    typer.Option(
        "--allow-substitute",
        help="Where the folder lacks a data set, use another or a substitute, "
        "also over results on better data.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(help="Where results and figures go: outputs, or outputs/quick, unless given."),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="Where PyTorch computes.")
]
ProfileOption = Annotated[
    Profile, typer.Option("--profile", help="quick: everything, but small; not results.")
]
Workers = Annotated[int, typer.Option(min=1, help="Processes, with one thread each.")]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="A Dask scheduler to give tasks to: tcp://host:8786."),
]


@app.command("list")
def list_experiments() -> None:
    """List all experiments, and which of the homework's problems each one answers."""
    table = Table("experiment", "problem", "what it does", box=None, pad_edge=False)
    for experiment in map(find_experiment, experiment_names()):
        table.add_row(experiment.name, experiment.problem, experiment.summary)
    console.print(table)


@app.command()
def run(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="See `list`.")],
    seeds: Seeds = "0,1,2",
    data_dir: DataDir = None,
    allow_substitute: AllowSubstitute = False,
    out: Out = None,
    device: Device = "auto",
    profile: ProfileOption = "full",
    workers: Workers = CORES,
    dask: Dask = None,
) -> None:
    """Run experiments; what is finished and up to date is not run again."""
    try:
        out = out or outputs(profile)
        options = Options(
            parse_seeds(seeds), profile, device, data_dir, allow_substitute, out, workers, dask
        )
        run_all([find_experiment(name) for name in dict.fromkeys(names)], options)
    except WorkerError as error:
        raise CommandError(str(error)) from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    except KeyboardInterrupt:
        raise CommandError(CONTINUES, INTERRUPTED) from None


@app.command("all")
def run_every(
    seeds: Seeds = "0,1,2",
    data_dir: DataDir = None,
    allow_substitute: AllowSubstitute = False,
    out: Out = None,
    device: Device = "auto",
    profile: ProfileOption = "full",
    workers: Workers = CORES,
    dask: Dask = None,
) -> None:
    """Run every experiment there is."""
    run(
        experiment_names(),
        seeds,
        data_dir,
        allow_substitute,
        out,
        device,
        profile,
        workers,
        dask,
    )


def run_all(experiments: Sequence[Experiment], options: Options) -> None:
    """Run experiments with a progress bar each, then show their summaries."""
    for experiment in experiments:
        check_folder(result_path(experiment.name, options.out).parent)
    log = logging.getLogger("experiments")
    log.setLevel(logging.INFO)
    log.addHandler(_ConsoleHandler())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(*columns, TextColumn("tasks"), TimeElapsedColumn(), console=errors)
    bars = {e.name: progress.add_task(e.name, total=None) for e in experiments}
    with ExitStack() as shown:

        def advance(experiment: str, finished: int, tasks: int) -> None:
            if not progress.live.is_started:
                shown.enter_context(progress)  # not before every option has proved right
            progress.update(bars[experiment], completed=finished, total=tasks)

        results = run_experiments(experiments, options, advance)
    console.print(_summary(results))
    for result in results:
        console.print(_where(result, options.out), highlight=False, soft_wrap=True)
    failures = [f"{r.provenance.experiment}: {line}" for r in results for line in r.failures]
    if failures:
        raise CommandError("\n".join(failures))


def _summary(results: Sequence[ExperimentResult]) -> Table:
    """The quantities of each experiment: mean and spread over the seeds."""
    table = Table("experiment", "quantity", "value", "seeds", box=None, pad_edge=False)
    for result in results:
        name = result.provenance.experiment
        for quantity, measure in result.summary.items():
            table.add_row(name, quantity, str(measure), str(len(measure.values)))
            name = ""
    return table


def _where(result: ExperimentResult, out: Path) -> str:
    """Where a result lies, and what it rests on."""
    provenance = result.provenance
    data = "".join(f"; {record}" for record in provenance.data)
    quick = "; quick profile, not results" if provenance.profile == "quick" else ""
    return f"{result_path(provenance.experiment, out)}{data}{quick}"


class _ConsoleHandler(logging.Handler):
    """Lets data sets say where they come from, above the progress bars."""

    def emit(self, record: logging.LogRecord) -> None:
        errors.print(record.getMessage(), soft_wrap=True)
