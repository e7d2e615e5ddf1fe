"""Processes beside this one: they leave Ctrl-C to it, and end when it does, whatever ends it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

SECONDS_TO_END = 5

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def in_processes(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[dict[Future[Result], Item]]:
    """What `function` makes of each item, in processes that are there now and end with the block.

    None is forked: a fork copies no thread, and waits for ever for one of JAX or PyTorch.
    """
    pool = ProcessPoolExecutor(workers, get_context("spawn"), end_with_parent)
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # they keep what they start with
    try:
        futures = {pool.submit(function, item): item for item in items}
    finally:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield futures
    finally:
        for process in active_children():
            process.terminate()  # nobody waits for what it is at
        # The pool's locks outlive a process that does not see its end; but what a killed process
        # was about to send is waited for without an end.
        end = Thread(target=pool.shutdown, kwargs={"cancel_futures": True}, daemon=True)
        end.start()
        end.join(SECONDS_TO_END)
        del pool, end  # a traceback that is kept keeps this frame


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def end_with_parent() -> None:
    """A parent that is killed cleans nothing up, and its workers would wait for it for ever."""
    parent = parent_process()
    if parent is not None:

        def end(sentinel: int = parent.sentinel) -> None:
            wait([sentinel])
            os._exit(1)

        Thread(target=end, daemon=True).start()
