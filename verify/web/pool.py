"""As many processes as there are cores: what is asked waits for one, in its turn."""

from __future__ import annotations

import asyncio
from typing import Any

from runs.processes import cores
from verify.grading.workers import STARTING, Work, Worker

SECONDS = 10.0
"""Of each question."""
MOST_WAITING = 100
PATIENCE = 1.0
"""Seconds until work that nobody waits for any more is ended: to begin a process takes longer."""


class BusyError(Exception):
    """Too many are waiting already."""


class Pool:
    """The processes, and how many wait for one; `first` is done by each before anything else."""

    def __init__(self, seconds: float, first: Work, processes: int | None = None):
        self.seconds, self.first = seconds, first
        self.processes = processes or cores()
        self.waiting = 0
        self.workers: list[Worker] = []
        self.idle: asyncio.Queue[Worker] = asyncio.Queue()
        self.running: set[asyncio.Task] = set()

    def start(self) -> None:
        """Start the processes; needs a running event loop."""
        self.workers = [Worker() for _ in range(self.processes)]
        for worker in self.workers:
            self._begin(self._readied(worker))

    def stop(self) -> None:
        """End the processes."""
        for task in self.running:
            task.cancel()
        for worker in self.workers:
            worker.process.kill()

    @property
    def is_busy(self) -> bool:
        """Whether what is asked now has to wait."""
        return self.idle.empty()

    @property
    def is_full(self) -> bool:
        """Whether too many wait already."""
        return self.waiting >= MOST_WAITING

    async def result(self, work: Work) -> Any:
        """The result, in its turn. Cancelled, it gives its place or, soon, its process back.

        Raises `BusyError`.
        """
        if self.is_full:
            raise BusyError
        self.waiting += 1
        try:
            worker = await self.idle.get()
        finally:
            self.waiting -= 1
        done = self._begin(self._asked(worker, work))
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(PATIENCE, _end_unless, done, worker)
            raise

    def _begin(self, coroutine) -> asyncio.Task:
        task = asyncio.create_task(coroutine)
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    async def _asked(self, worker: Worker, work: Work) -> Any:
        try:
            return await asyncio.to_thread(worker.ask, work, self.seconds)
        finally:
            if worker.is_dead:
                worker.start()
                self._begin(self._readied(worker))
            else:
                self.idle.put_nowait(worker)

    async def _readied(self, worker: Worker) -> None:
        """Let a new process import what it needs before somebody waits for it."""
        await asyncio.to_thread(worker.ask, self.first, STARTING)
        if worker.is_dead:
            worker.start()
        self.idle.put_nowait(worker)


def _end_unless(done: asyncio.Task, worker: Worker) -> None:
    """End a process unless its work is done; it must not be taken for a living one after that."""
    if not done.done():
        worker.is_dead = True
        worker.process.kill()
