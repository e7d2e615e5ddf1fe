import asyncio
import time
from dataclasses import dataclass

import pytest

from verify.grading.workers import Task, Work
from verify.web import pool as pools
from verify.web.pool import BusyError, Pool

RIGHT = Task("softmax.jacobian", "(diag(y) - outer(y, y)) / tau")
NOTHING = Task("softmax.symmetry", "")


@dataclass(frozen=True)
class Sleep(Work[str]):
    """Takes so many seconds."""

    seconds: float

    def settled(self) -> str:
        time.sleep(self.seconds)
        return "slept"

    def given_up(self, why: str) -> str:
        return why


def run(asking, seconds=5.0, processes=1):
    """What is found with a pool of its own."""

    async def main():
        pool = Pool(seconds, NOTHING, processes)
        pool.start()
        try:
            return await asking(pool)
        finally:
            pool.stop()

    return asyncio.run(main())


def test_work_that_takes_too_long_is_given_up_and_the_next_is_done():
    async def asking(pool):
        return await pool.result(Sleep(60)), await pool.result(RIGHT)

    slept, record = run(asking, seconds=1.0)
    assert slept == "not settled within 1 s"
    assert record.verdict == "proved"


def test_what_nobody_waits_for_gives_its_process_back(monkeypatch):
    monkeypatch.setattr(pools, "PATIENCE", 0.1)

    async def asking(pool):
        await pool.result(RIGHT)
        asked = asyncio.create_task(pool.result(Sleep(60)))
        await asyncio.sleep(0.2)
        asked.cancel()
        start = time.monotonic()
        record = await pool.result(RIGHT)
        return record, time.monotonic() - start

    record, seconds = run(asking, seconds=60.0)
    assert record.verdict == "proved"
    assert seconds < 30


def test_what_nobody_waits_for_loses_its_turn():
    async def asking(pool):
        first = asyncio.create_task(pool.result(Sleep(0.5)))
        second = asyncio.create_task(pool.result(Sleep(60)))
        await asyncio.sleep(0.1)
        second.cancel()
        await asyncio.sleep(0)
        return await first, pool.waiting, await pool.result(RIGHT)

    slept, waiting, record = run(asking)
    assert (slept, waiting, record.verdict) == ("slept", 0, "proved")


def test_too_many_are_refused_and_those_before_are_served(monkeypatch):
    monkeypatch.setattr(pools, "MOST_WAITING", 3)

    async def asking(pool):
        await pool.result(RIGHT)
        asked = [asyncio.create_task(pool.result(Sleep(0.2))) for _ in range(4)]
        await asyncio.sleep(0.1)
        with pytest.raises(BusyError):
            await pool.result(RIGHT)
        return await asyncio.gather(*asked)

    assert run(asking) == ["slept"] * 4
