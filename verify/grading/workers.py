"""Grades answers in processes of their own, bounded in time and in memory."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from runs.processes import end_with_parent
from verify.objectives.asked import Asked

GIBIBYTES = 1
STARTING = 60.0
DIED = f"the check ended early, probably beyond its {GIBIBYTES} GiB of memory"


@dataclass(frozen=True)
class Task:
    """An answer to be graded: to a claim's question, or to one about an objective."""

    id: str
    text: str
    latex: bool = False
    asked: Asked | None = None


@dataclass(frozen=True)
class Record:
    """What is said of an answer, as plain data: proved, refuted, undecided or unreadable."""

    id: str
    verdict: str
    scope: str = ""
    hint: str | None = None
    counterexample: dict[str, Any] | None = None
    understood: str = ""
    shapes: str = ""

    def for_json(self) -> dict[str, Any]:
        """The part that is a promise to other programs; values that are not finite as strings."""
        return {
            "id": self.id,
            "verdict": self.verdict,
            "scope": self.scope,
            "hint": self.hint,
            "counterexample": _finite(self.counterexample),
        }


def grade_all(tasks: list[Task], workers: int, seconds: float) -> Iterator[tuple[int, Record]]:
    """Yield (place, record) of every task as it is finished; none takes longer than `seconds`."""
    waiting = deque(enumerate(tasks))
    running: list[_Worker] = []
    try:
        running += (_Worker() for _ in range(min(workers, len(tasks))))
        while running:
            deadline = min(worker.deadline for worker in running)
            wait([worker.connection for worker in running], max(0.0, deadline - monotonic()))
            for worker in list(running):
                if worker.connection.poll():
                    record = worker.receive()
                elif monotonic() >= worker.deadline:
                    record = worker.given_up(f"not settled within {seconds:g} s")
                else:
                    continue
                if record:
                    yield worker.place, record
                if not waiting or worker.cannot_start:
                    worker.stop()
                    running.remove(worker)
                elif worker.is_dead:
                    worker.start()
                else:
                    worker.send(*waiting.popleft(), seconds)
        for place, task in waiting:
            yield place, Record(task.id, "undecided", "no process to check it in could be started")
    finally:
        for worker in running:
            worker.stop()


@dataclass
class _Worker:
    """One process, the task that it has, and when it is killed."""

    process: BaseProcess = field(init=False)
    connection: Connection = field(init=False)
    deadline: float = field(init=False)
    place: int = -1
    task: Task | None = None
    is_dead: bool = False

    def __post_init__(self) -> None:
        self.start()

    @property
    def cannot_start(self) -> bool:
        return self.is_dead and self.task is None

    def start(self) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for us alone
        try:
            self.process.start()
        finally:
            signal.signal(signal.SIGINT, interrupt)
        theirs.close()
        self.deadline, self.task, self.is_dead = monotonic() + STARTING, None, False

    def send(self, place: int, task: Task, seconds: float) -> None:
        self.place, self.task, self.deadline = place, task, monotonic() + seconds
        with suppress(BrokenPipeError):  # then there is nothing to receive, either
            self.connection.send(task)

    def receive(self) -> Record | None:
        """The finished record; None from a process that has just started, or could not."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            return self.given_up(DIED)

    def given_up(self, why: str) -> Record | None:
        self.stop()
        self.is_dead = True
        return Record(self.task.id, "undecided", why) if self.task else None

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    """In the other process: grade what comes, until nothing does."""
    end_with_parent()
    from verify.grading.record import record_of

    _limit_memory()
    _silence()
    connection.send(None)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(record_of(task))


def _limit_memory() -> None:
    """At most so much more than what is in use before any answer, where the system sees to it."""
    with suppress(ImportError, OSError, ValueError):  # no Linux, or a stricter limit is set already
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + GIBIBYTES * 2**30
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


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
