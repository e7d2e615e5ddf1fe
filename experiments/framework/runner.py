"""Runs the tasks of experiments, here or on workers, and gathers their results.

Every finished task is stored at once under a key of all that its numbers depend on, so that a run
that was cut off goes on where it stopped and nothing out of date is used again. A task computes on
one thread, wherever it runs: the same seed gives the same numbers for any number of workers.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from experiments.datasets import load_dataset
from experiments.datasets.precedence import refuse_worse
from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw, save_figures
from experiments.framework.experiment import Experiment, Profile, Task
from experiments.framework.fingerprint import PACKAGES, fingerprint, task_key
from experiments.framework.results import OUTPUTS, ExperimentResult, Provenance, result_path
from runs.processes import in_processes
from runs.records import Model, RecordError, origin, write_atomically, write_model

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


class TaskRecord(Model):
    """A finished task as it is stored: `run` holds the fields of the experiment's `run_type`."""

    key: str
    device: str
    seconds: float
    run: dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A task on its way to a worker, with the fingerprints of the data it must find there."""

    experiment: Experiment
    task: Task
    key: str
    data_dir: Path | None
    data: dict[str, str]


Finished = tuple[Job, TaskRecord]


@dataclass(frozen=True)
class Plan:
    """An experiment on its way to its result: all its jobs, and the records there are by now."""

    experiment: Experiment
    folder: Path
    depends_on: dict[str, str]
    data: list[DataRecord]
    jobs: list[Job]
    records: dict[Task, TaskRecord]

    @property
    def remaining(self) -> list[Job]:
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
    finished; those that need the machine for themselves come last. `on_task(experiment, finished,
    tasks)` is called at the start and after each task.
    """
    plans = {experiment.name: _plan(experiment, options) for experiment in experiments}
    results: dict[str, ExperimentResult] = {}

    def advance(plan: Plan) -> None:
        on_task(plan.experiment.name, len(plan.records), len(plan.jobs))
        if not plan.remaining:
            results[plan.experiment.name] = _finish(plan, options)

    for plan in plans.values():
        advance(plan)
    shared, alone = _queues(plans.values(), options)
    for job, record in chain(_run_shared(shared, options), map(run_job, alone)):
        plan = plans[job.experiment.name]
        write_model(_record_path(plan.folder, job.task), record)
        plan.records[job.task] = record
        advance(plan)
    return [results[name] for name in plans]


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot take results, before any work is done."""
    probe = folder / ".probe"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)  # another run may have been as fast
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise RecordError(
            f"{folder}: expected {FREE_BYTES // 10**6} MB of free space, got {free // 10**6} MB"
        )


def run_on_dask(jobs: list[Job], scheduler: str) -> Iterator[Finished]:
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


def run_job(job: Job) -> Finished:
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
    run_task = job.experiment.run  # imports libraries, whose threads are limited only then
    start = time.perf_counter()
    with _one_thread():
        run = run_task(task, **data)
    seconds = time.perf_counter() - start
    return job, TaskRecord(
        key=job.key, device=task.device, seconds=seconds, run=run.model_dump(mode="json")
    )


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
        Job(experiment, task, task_key(task, depends_on), data_dir, hashes)
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
        fingerprint=plan.depends_on,
        **origin(PACKAGES),
    )
    runs = [experiment.run_type.model_validate(record.run) for record in records]
    result = experiment.gather(provenance, runs)
    save_figures(plan.folder / "figures", draw(experiment, result))
    write_model(result_path(experiment.name, options.out), result)
    return result


def _queues(plans: Iterable[Plan], options: Options) -> tuple[list[Job], list[Job]]:
    """The jobs that workers share, and those that run here afterwards, one after another.

    What takes longest goes first. Seconds of processor time are the same in company; those that are
    held to a limit are measured alone, but in the quick profile, where they are no result. A worker
    of Dask may start no process to measure in.
    """
    jobs = [job for plan in plans for job in plan.remaining]
    jobs.sort(key=lambda job: not job.experiment.timed)

    def waits(job: Job) -> bool:
        experiment = job.experiment
        return experiment.timed if options.dask else experiment.alone and options.profile == "full"

    return [job for job in jobs if not waits(job)], [job for job in jobs if waits(job)]


def _run_shared(jobs: list[Job], options: Options) -> Iterator[Finished]:
    """Run jobs where the options say."""
    workers = min(options.workers, len(jobs))
    if options.dask and jobs:
        return run_on_dask(jobs, options.dask)
    return _run_in_processes(jobs, workers) if workers > 1 else map(run_job, jobs)


def _run_in_processes(jobs: list[Job], workers: int) -> Iterator[Finished]:
    """Run jobs in processes of this machine; what a killed process was at is done again.

    A death ends the other processes' jobs too, so the next job runs alone: if that one is to
    blame, it is named.
    """
    remaining, deaths = list(jobs), 0
    while remaining:
        if deaths > PATIENCE:
            raise _killed(remaining[0].task)
        died = False
        together = remaining[: 1 if deaths else None]
        with in_processes(run_job, together, workers) as futures:
            for future in as_completed(futures):
                if isinstance(future.exception(), BrokenProcessPool):
                    died = True
                    continue  # what other processes have finished is not lost
                remaining.remove(futures[future])
                yield future.result()
        deaths = deaths + 1 if died else 0


def _record_path(folder: Path, task: Task) -> Path:
    return folder / "tasks" / f"{task.profile}-{task.device}-{task.setting}-{task.seed}.json"


def _stored(folder: Path, job: Job) -> TaskRecord | None:
    """The record of a task that was finished before, if its numbers are still up to date."""
    try:
        record = TaskRecord.model_validate_json(_record_path(folder, job.task).read_bytes())
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
    from experiments.framework.device import pick_device

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
