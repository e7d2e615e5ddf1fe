"""Settles questions in processes of their own, bounded in time and in memory."""

from __future__ import annotations

import gc
import os
import signal
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import isfinite
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import current_thread, main_thread
from time import monotonic
from typing import Any, ClassVar, Generic, TypeVar

from runs.processes import end_with_parent
from verify.objectives.asked import Asked

STARTING = 60.0
NO_PROCESS = "no process to check it in could be started"
DIED = "the check ended early, probably beyond its {} GiB of memory"
Result = TypeVar("Result")


class Work(ABC, Generic[Result]):
    """What is to be settled, as plain data that another process can be sent.

    It may take `gibibytes` of memory beyond what every process of this kind has, and the seconds of
    `importing` beyond what it is given, for libraries that a process may have to import first.
    """

    gibibytes: ClassVar[int] = 1
    importing: ClassVar[float] = 0.0

    @abstractmethod
    def settled(self) -> Result:
        """What is found; it may take time and memory. Raises `MemoryError`."""

    @abstractmethod
    def given_up(self, why: str) -> Result:
        """What is said where it was not settled."""


@dataclass(frozen=True)
class Task(Work["Record"]):
    """An answer to be graded: to a claim's question, or to one about an objective."""

    id: str
    text: str
    latex: bool = False
    asked: Asked | None = None

    def settled(self) -> Record:
        """The grade."""
        from verify.grading.record import record_of

        return record_of(self)

    def given_up(self, why: str) -> Record:
        """An answer of which nothing is known."""
        return Record(self.id, "undecided", why)


@dataclass(frozen=True)
class Record:
    """What is said of an answer, as plain data: proved, refuted, undecided or unreadable.

    Of an objective, `shapes` says what its names are, and `translation` what its LaTeX was read as.
    """

    id: str
    verdict: str
    scope: str = ""
    hint: str | None = None
    counterexample: dict[str, Any] | None = None
    understood: str = ""
    shapes: str = ""
    translation: str = ""

    def for_json(self) -> dict[str, Any]:
        """The part that is a promise to other programs; values that are not finite as strings."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "scope": self.scope,
            "hint": self.hint,
            "counterexample": _finite(self.counterexample),
        }


def settle_all(
    tasks: Sequence[Work[Result]], workers: int, seconds: float
) -> Iterator[tuple[int, Result]]:
    """Yield (place, result) of every task as it is finished; none takes longer than `seconds`."""
    waiting = deque(enumerate(tasks))
    running: list[Worker[Result]] = []
    try:
        running += (Worker() for _ in range(min(workers, len(tasks))))
        while running:
            deadline = min(worker.deadline for worker in running)
            wait([worker.connection for worker in running], max(0.0, deadline - monotonic()))
            for worker in list(running):
                if worker.connection.poll():
                    result = worker.receive()
                elif monotonic() >= worker.deadline:
                    result = worker.given_up(f"not settled within {seconds:g} s")
                else:
                    continue
                if result:
                    yield worker.place, result
                if not waiting or worker.cannot_start:
                    worker.stop()
                    running.remove(worker)
                elif worker.is_dead:
                    worker.start()
                else:
                    worker.send(*waiting.popleft(), seconds)
        for place, task in waiting:
            yield place, task.given_up(NO_PROCESS)
    finally:
        for worker in running:
            worker.stop()


@dataclass
class Worker(Generic[Result]):
    """One process, the task that it has, and when it is killed."""

    process: BaseProcess = field(init=False)
    connection: Connection = field(init=False)
    deadline: float = field(init=False)
    place: int = -1
    task: Work[Result] | None = None
    is_dead: bool = False

    def __post_init__(self) -> None:
        self.start()

    @property
    def cannot_start(self) -> bool:
        """Whether the process ended before it had a task."""
        return self.is_dead and self.task is None

    def start(self) -> None:
        """Begin a process; it answers once it is ready."""
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _interrupt_is_ours():
            self.process.start()
        theirs.close()
        self.deadline, self.task, self.is_dead = monotonic() + STARTING, None, False

    def ask(self, task: Work[Result], seconds: float) -> Result | None:
        """The result of one task, waited for."""
        if self.task is None:
            self._awaited("")
        if self.is_dead:
            return task.given_up(NO_PROCESS)
        self.send(0, task, seconds)
        return self._awaited(f"not settled within {seconds:g} s")

    def _awaited(self, why_not: str) -> Result | None:
        is_there = self.connection.poll(max(0.0, self.deadline - monotonic()))
        return self.receive() if is_there else self.given_up(why_not)

    def send(self, place: int, task: Work[Result], seconds: float) -> None:
        """Have a task settled, in so many seconds at most."""
        self.place, self.task, self.deadline = place, task, monotonic() + seconds + task.importing
        with suppress(BrokenPipeError):  # then there is nothing to receive, either
            self.connection.send(task)

    def receive(self) -> Result | None:
        """The finished result; None from a process that has just started, or could not."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return self.given_up(DIED.format(self.task.gibibytes if self.task else 1))

    def given_up(self, why: str) -> Result | None:
        """End the process; what is then said of its task, if it has one."""
        self.stop()
        self.is_dead = True
        return self.task.given_up(why) if self.task else None

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def _interrupt_is_ours() -> Iterator[None]:
    """What is started here ignores Ctrl-C, unless from a second thread, which cannot say so."""
    if current_thread() is not main_thread():
        yield
        return
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)


def _serve(connection: Connection) -> None:
    """In the other process: settle what comes, until nothing does."""
    end_with_parent()
    gc.disable()  # among what is imported there is no garbage
    import verify.grading.record  # noqa: F401 - what every task needs counts to no task's time

    gc.freeze()
    gc.enable()
    in_use = _memory_in_use()
    _silence()
    connection.send(None)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        _limit_memory(in_use + task.gibibytes * 2**30)
        connection.send(task.settled())
        if task.gibibytes > Work.gibibytes:  # the large libraries that it needed stay
            in_use = _memory_in_use()


def _memory_in_use() -> int:
    """The bytes that this process has, where the system says so; else 0."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _limit_memory(most: int) -> None:
    """At most so many bytes, where the system sees to it."""
    with suppress(ImportError, OSError, ValueError):  # no Linux, or a stricter limit is set already
        import resource

        _, hardest = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, hardest))


def _silence() -> None:
    """Whatever ends a check, a library or Python itself, the parent alone says so."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def _finite(value: Any) -> Any:
    """What JSON can say: no infinity, and nothing that is no number."""
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return str(value) if isinstance(value, float) and not isfinite(value) else value
