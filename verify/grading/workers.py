"""Grades answers in processes of their own, each of which is killed at the time limit."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any

MEMORY = 4 * 2**30
STARTING = 60.0


@dataclass(frozen=True)
class Task:
    """An answer to be graded."""

    id: str
    text: str
    latex: bool = False


@dataclass(frozen=True)
class Record:
    """What is said of an answer, as plain data: proved, refuted, undecided or unreadable."""

    id: str
    verdict: str
    scope: str = ""
    hint: str | None = None
    counterexample: dict[str, Any] | None = None
    understood: str = ""

    def for_json(self) -> dict[str, Any]:
        """The part that is a promise to other programs."""
        return {
            name: getattr(self, name)
            for name in ("id", "verdict", "scope", "hint", "counterexample")
        }


def grade_all(tasks: list[Task], workers: int, seconds: float) -> Iterator[tuple[int, Record]]:
    """Yield (place, record) of every task as it is finished; none takes longer than `seconds`."""
    waiting = deque(enumerate(tasks))
    running = [_Worker() for _ in range(min(workers, len(tasks)))]
    try:
        while running:
            deadline = min(worker.deadline for worker in running)
            ready = wait([w.connection for w in running], max(0.0, deadline - monotonic()))
            for worker in list(running):
                if worker.connection in ready:
                    record = worker.receive()
                elif monotonic() >= worker.deadline:
                    record = worker.given_up(f"not settled within {seconds:g} s")
                else:
                    continue
                if record:
                    yield worker.place, record
                if waiting and worker.is_dead:
                    worker.start()
                elif waiting:
                    worker.send(*waiting.popleft(), seconds)
                else:
                    worker.stop()
                    running.remove(worker)
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

    def start(self) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for us alone
        self.process.start()
        signal.signal(signal.SIGINT, interrupt)
        theirs.close()
        self.deadline, self.task, self.is_dead = monotonic() + STARTING, None, False

    def send(self, place: int, task: Task, seconds: float) -> None:
        self.place, self.task, self.deadline = place, task, monotonic() + seconds
        self.connection.send(task)

    def receive(self) -> Record | None:
        """The finished record; None from a process that has just started."""
        try:
            return self.connection.recv()
        except EOFError:
            return self.given_up("the check ended early, probably out of memory")

    def given_up(self, why: str) -> Record:
        self.process.kill()
        self.is_dead = True
        if self.task is None:
            raise RuntimeError("a process to grade answers in could not be started")
        return Record(self.task.id, "undecided", why)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    """In the other process: grade what comes, until nothing does."""
    from verify.grading.record import record_of

    _limit_memory()
    connection.send(None)
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(record_of(task))


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not a Unix
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
