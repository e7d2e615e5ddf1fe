"""Runs the tasks of experiments, here or on workers, and gathers what they find.

Every finished task is stored at once under a key of all that its numbers depend on, so that a run
that was cut off goes on where it stopped and nothing out of date is used again. A task computes on
one thread, wherever it runs: the same seed gives the same numbers for any number of workers.
"""

import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from experiments.datasets import load_dataset
from experiments.datasets.precedence import refuse_worse
from experiments.experiment import Experiment, Task
from experiments.fingerprint import ROOT, fingerprint, package_versions, task_key
from experiments.results import (
    OUTPUTS,
    DataRecord,
    ExperimentResult,
    Model,
    Profile,
    Provenance,
    ResultError,
    Run,
    result_path,
    save_figures,
    write_atomically,
    write_model,
)
from runs.processes import in_processes

FREE_BYTES = 50_000_000
PATIENCE = 3
DASK_SECONDS = 10


@dataclass(frozen=True)
class Options:
    """How experiments are to be run; the names are those of the command's options."""

    seeds: tuple[int, ...] = (0, 1, 2)
    profile: Profile = "full"
    device: str = "auto"
    data_dir: Path | None = None
    allow_substitute: bool = False
    out: Path = OUTPUTS
    workers: int = 1
    dask: str | None = None


class WorkerError(RuntimeError):
    """Workers cannot be reached, or keep dying."""


class Record(Model):
    """A finished task as it is stored: `run` holds the fields of the experiment's `run_type`."""

    key: str
    device: str
    seconds: float
    run: dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A task on its way to a worker, with the fingerprints of the data it must find there."""

    task: Task
    run: Callable[..., Run]
    key: str
    data_dir: Path | None
    data: dict[str, str]


@dataclass(frozen=True)
class Crew:
    """Processes of this machine, and all that they were given so far."""

    pool: Executor
    size: int
    given: list[Future[Any]]

    def is_idle(self) -> bool:
        """Whether a process has nothing to do."""
        return sum(not future.done() for future in self.given) < self.size

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Give a process something more to do."""
        self.given.append(self.pool.submit(function, *arguments))
        return self.given[-1]


@dataclass(frozen=True)
class Plan:
    """An experiment on its way to its result: all its jobs, and the records there are by now."""

    experiment: Experiment
    folder: Path
    depends_on: dict[str, str]
    data: list[DataRecord]
    jobs: list[Job]
    records: dict[Task, Record]

    @property
    def waiting(self) -> list[Job]:
        """The jobs that have no record yet."""
        return [job for job in self.jobs if job.task not in self.records]


def run_experiment(experiment: Experiment, options: Options) -> ExperimentResult:
    """The result of one experiment, as of `run_experiments`."""
    (result,) = run_experiments([experiment], options)
    return result


def run_experiments(
    experiments: Sequence[Experiment],
    options: Options,
    on_task: Callable[[str, int, int], None] = lambda experiment, finished, tasks: None,
) -> list[ExperimentResult]:
    """The results of `experiments`, written with their figures; only tasks not yet stored are run.

    Workers take the tasks of all experiments from one queue, while this process draws what is
    finished, or a worker that has nothing to do; those that need the machine for themselves come
    last. `on_task(experiment, finished, tasks)` is called at the start, once there are workers, and
    after each task.
    """
    plans = {experiment.name: _plan(experiment, options) for experiment in experiments}
    results: dict[str, Future[ExperimentResult]] = {}

    def go_on(plan: Plan, crew: Crew | None) -> None:
        name = plan.experiment.name
        on_task(name, len(plan.records), len(plan.jobs))
        if not plan.waiting:
            results[name] = _promise(plan, options, crew)

    def take(found: Iterable[tuple[Job, Record]], crew: Crew | None) -> None:
        for job, record in found:
            plan = plans[job.task.experiment]
            write_model(_record_path(plan.folder, job.task), record)
            plan.records[job.task] = record
            go_on(plan, crew)

    timed = [job for plan in plans.values() if plan.experiment.timed for job in plan.waiting]
    others = [job for plan in plans.values() if not plan.experiment.timed for job in plan.waiting]
    # What a stopwatch says in the quick profile is no result, so it need not be alone there; and
    # what takes longest goes first.
    quick = options.profile == "quick"
    shared, alone = (timed + others, []) if quick else (others, timed)
    with _spread(shared, options) as (found, crew):
        for plan in plans.values():
            go_on(plan, crew)
        take(found, crew)
        wait(results.values())
    take(run_here(alone), None)
    return [_kept(results[name], plan, options) for name, plan in plans.items()]


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot take results, before any work is done."""
    probe = folder / ".probe"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)  # another run may have been as fast
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise ResultError(
            f"{folder}: expected {FREE_BYTES // 10**6} MB of free space, got {free // 10**6} MB"
        )


def run_here(jobs: list[Job]) -> Generator[tuple[Job, Record], None, None]:
    """Run jobs one after another in this process."""
    yield from map(run_job, jobs)


def run_on_dask(jobs: list[Job], scheduler: str) -> Generator[tuple[Job, Record], None, None]:
    """Run jobs on a Dask cluster, which does again what a killed worker was at."""
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise WorkerError("--dask: expected the package distributed, not installed") from None
    try:
        client = Client(scheduler, timeout=DASK_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(f"--dask: no scheduler answers at {scheduler} ({error})") from None
    with client:
        jobs_of = {client.submit(run_job, job, pure=False, retries=0): job for job in jobs}
        for future in as_completed(jobs_of, loop=client.loop):
            try:
                yield future.result()
            except KilledWorker:
                raise _killed(jobs_of[future].task) from None


def run_job(job: Job) -> tuple[Job, Record]:
    """Run one task on one thread; what every worker calls."""
    # Whether a substitute may stand in was decided when its fingerprint was taken.
    data = {name: load_dataset(name, job.data_dir, True, True) for name in job.data}
    for name, dataset in data.items():
        if dataset.record.sha256 != job.data[name]:
            raise WorkerError(
                f"{name}: expected the same data on every worker, sha256 {job.data[name]}, "
                f"got {dataset.record.sha256}, {dataset.record.origin}"
            )
    task = replace(job.task, device=_device(job.task.device))
    start = time.perf_counter()
    with _one_thread():
        run = job.run(task, **data)
    seconds = time.perf_counter() - start
    return job, Record(
        key=job.key, device=task.device, seconds=seconds, run=run.model_dump(mode="json")
    )


def git_commit() -> str:
    """The commit that the project is at, marked when files have changed since."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _plan(experiment: Experiment, options: Options) -> Plan:
    """What is to be done for an experiment, and what of it was done before."""
    folder = result_path(experiment.name, options.out).parent
    seeds, data_dir, allow = list(options.seeds), options.data_dir, options.allow_substitute
    data = [load_dataset(name, data_dir, True, allow).record for name in experiment.data]
    if not allow:
        refuse_worse(result_path(experiment.name, options.out), data)
    depends_on = fingerprint(experiment, seeds, options.profile, options.device, data)
    hashes = {name: record.sha256 for name, record in zip(experiment.data, data, strict=True)}
    jobs = [
        Job(task, experiment.run, task_key(task, depends_on), data_dir, hashes)
        for task in experiment.tasks(seeds, options.profile, options.device)
    ]
    records = {job.task: record for job in jobs if (record := _stored(folder, job))}
    return Plan(experiment, folder, depends_on, data, jobs, records)


def _finish(plan: Plan, options: Options) -> ExperimentResult:
    """Gather the records of all tasks, and write the figures, then the result."""
    experiment, records = plan.experiment, [plan.records[job.task] for job in plan.jobs]
    provenance = Provenance(
        experiment=experiment.name,
        problem=experiment.problem,
        profile=options.profile,
        seeds=sorted({job.task.seed for job in plan.jobs}),
        device=", ".join(sorted({record.device for record in records})),
        threads=1,
        seconds=sum(record.seconds for record in records),
        data=plan.data,
        commit=git_commit(),
        python=platform.python_version(),
        platform=platform.platform(),
        packages=package_versions(),
        fingerprint=plan.depends_on,
    )
    runs = [experiment.run_type.model_validate(record.run) for record in records]
    result = experiment.gather(provenance, runs)
    save_figures(plan.folder / "figures", experiment.draw(result))
    write_model(result_path(experiment.name, options.out), result)
    return result


def _promise(plan: Plan, options: Options, crew: Crew | None) -> Future[ExperimentResult]:
    """What `_finish` gives, in a process of the crew where one has nothing else to do."""
    if crew is not None and crew.is_idle():
        with suppress(BrokenProcessPool):
            return crew.submit(_finish, plan, options)
    done: Future[ExperimentResult] = Future()
    done.set_result(_finish(plan, options))
    return done


def _kept(promise: Future[ExperimentResult], plan: Plan, options: Options) -> ExperimentResult:
    """The result that was promised, also where the process that promised it was killed."""
    try:
        return promise.result()
    except BrokenProcessPool:
        return _finish(plan, options)


@contextmanager
def _spread(
    jobs: list[Job], options: Options
) -> Iterator[tuple[Iterator[tuple[Job, Record]], Crew | None]]:
    """What comes of jobs, run where the options say; and processes that can be given more, if any.

    Processes are there when this returns, and end with the block.
    """
    workers = min(options.workers, len(jobs))
    if options.dask and jobs:
        with closing(run_on_dask(jobs, options.dask)) as found:
            yield found, None
    elif workers > 1:
        with in_processes(run_job, jobs, workers) as (futures, pool):
            yield _survivors(futures, workers), Crew(pool, workers, list(futures))
    else:
        yield run_here(jobs), None


def _survivors(futures: dict[Future[Any], Job], workers: int) -> Iterator[tuple[Job, Record]]:
    """What processes find; what a killed process was at is done again.

    A death ends the other processes' jobs too, so the next job runs alone: who is to blame shows.
    """
    waiting, deaths = list(futures.values()), 0
    deaths += yield from _finished(futures, waiting)
    while waiting:
        if deaths > PATIENCE:
            raise _killed(waiting[0].task)
        again = waiting[: 1 if deaths else None]
        with in_processes(run_job, again, workers, "spawn") as (futures, _):
            died = yield from _finished(futures, waiting)
        deaths = deaths + 1 if died else 0


def _finished(
    futures: dict[Future[Any], Job], waiting: list[Job]
) -> Generator[tuple[Job, Record], None, bool]:
    """What is finished, taken off those `waiting`; in the end, whether a process died."""
    died = False
    for future in as_completed(futures):
        if isinstance(future.exception(), BrokenProcessPool):
            died = True  # what others have finished is not lost
            continue
        finished = future.result()
        waiting.remove(futures[future])
        yield finished
    return died


def _record_path(folder: Path, task: Task) -> Path:
    return folder / "tasks" / f"{task.profile}-{task.device}-{task.setting}-{task.seed}.json"


def _stored(folder: Path, job: Job) -> Record | None:
    """The record of a task that was finished before, if its numbers are still up to date."""
    try:
        record = Record.model_validate_json(_record_path(folder, job.task).read_bytes())
    except (OSError, ValidationError):
        return None
    return record if record.key == job.key else None


def _killed(task: Task) -> WorkerError:
    return WorkerError(
        f"{task}: its worker was killed again and again, out of memory perhaps; "
        "what is finished is kept"
    )


def _device(device: str) -> str:
    if device == "cpu":
        return device
    from experiments.training import pick_device

    return pick_device(device)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for NumPy, SciPy and, where it is loaded, PyTorch."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 1
    with threadpool_limits(1):
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(threads)
