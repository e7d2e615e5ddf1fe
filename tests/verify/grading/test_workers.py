import os
import time
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import ClassVar

import pytest

from verify.grading import workers
from verify.grading.workers import Record, Task, settle_all

RIGHT = "(diag(y) - outer(y, y)) / tau"


@dataclass(frozen=True)
class Deadly(Task):
    """Ends the process that receives it."""

    def __reduce__(self):
        return os._exit, (1,)


@dataclass(frozen=True)
class Greedy(Task):
    """Takes two gibibytes."""

    def settled(self):
        return Record(self.id, "proved", f"with {len(bytearray(2 * 2**30))} bytes")


@dataclass(frozen=True)
class GreedyAndAllowed(Greedy):
    """May take three."""

    gibibytes: ClassVar[int] = 3


@dataclass(frozen=True)
class Sleeping(Task):
    """Takes so many seconds."""

    seconds: float = 0.0

    def __reduce__(self):
        return _slept, (self.id, self.text, self.seconds)


@dataclass(frozen=True)
class Limits(Task):
    """Finds the limits that it is settled under."""

    def settled(self):
        return Record(self.id, "proved", Path("/proc/self/limits").read_text())


def _slept(task_id: str, text: str, seconds: float) -> Task:
    time.sleep(seconds)
    return Task(task_id, text)


def test_an_answer_that_takes_too_long_is_given_up_and_the_others_are_graded():
    tasks = [
        Sleeping("softmax.jacobian", RIGHT, seconds=30.0),
        Task("softmax.jacobian", RIGHT),
        Task("softmax.jacobian", "diag(y"),
    ]
    records = dict(settle_all(tasks, workers=1, seconds=6.0))
    assert records[0].verdict == "undecided"
    assert records[0].scope == "not settled within 6 s"
    assert records[1].verdict == "proved"
    assert records[2].verdict == "unreadable"


def test_an_answer_that_ends_its_process_is_named_and_the_others_are_graded():
    tasks = [Deadly("huber.derivative", "r"), Task("softmax.jacobian", RIGHT)]
    records = dict(settle_all(tasks, workers=1, seconds=60.0))
    assert records[0] == Record("huber.derivative", "undecided", workers.DIED.format(1))
    assert records[1].verdict == "proved"


def test_an_answer_that_needs_too_much_memory_is_given_up(capfd):
    tasks = [Greedy("huber.derivative", "r"), Task("softmax.jacobian", RIGHT)]
    records = dict(settle_all(tasks, workers=1, seconds=60.0))
    assert records[0].scope == "the check ended early, probably beyond its 1 GiB of memory"
    assert records[1].verdict == "proved"
    assert capfd.readouterr() == ("", "")


def test_each_task_has_the_memory_that_it_asks_for_whatever_the_one_before_had():
    tasks = [GreedyAndAllowed("1", ""), Greedy("2", ""), GreedyAndAllowed("3", "")]
    records = dict(settle_all(tasks, workers=1, seconds=60.0))
    assert [records[place].verdict for place in range(3)] == ["proved", "undecided", "proved"]


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="Linux shows the limits there")
def test_every_answer_may_use_one_gibibyte_more_than_its_process_had_at_its_start():
    for _, record in settle_all([Limits("", "")] * 2, workers=2, seconds=60.0):
        lines = record.scope.splitlines()
        (line,) = (line for line in lines if line.startswith("Max address space"))
        assert 2**30 < int(line.split()[3]) < 2**30 + 2**30


def test_starting_a_process_takes_none_of_an_answers_time(monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(4)")
    paths = [str(tmp_path), os.getcwd(), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    ((_, record),) = settle_all([Task("softmax.jacobian", RIGHT)], workers=1, seconds=3.0)
    assert record.verdict == "proved"


def test_a_finished_record_is_not_late_because_nobody_asked_for_it_in_time(monkeypatch):
    has_begun = []

    def wait(connections, timeout):
        while not has_begun and len(connection.wait(connections)) < 2:
            time.sleep(0.01)
        has_begun.append(True)  # both processes, so that the first of them has the first answer
        return connection.wait(connections, timeout)

    monkeypatch.setattr(workers, "wait", wait)
    tasks = [Sleeping("softmax.jacobian", RIGHT, pause) for pause in (1.0, 2.0)]
    records = settle_all(tasks, workers=2, seconds=5.0)
    next(records)
    time.sleep(6)
    assert [record.verdict for _, record in records] == ["proved"]


def test_no_process_that_starts_is_said_of_every_answer(monkeypatch):
    monkeypatch.setattr(workers, "STARTING", 0.0)
    tasks = [Task("softmax.jacobian", RIGHT), Task("huber.derivative", "r")]
    records = dict(settle_all(tasks, workers=2, seconds=60.0))
    why = "no process to check it in could be started"
    assert records == {i: Record(task.id, "undecided", why) for i, task in enumerate(tasks)}


def test_no_answers_need_no_process():
    assert list(settle_all([], workers=2, seconds=1.0)) == []


def test_a_record_for_json_has_no_number_that_json_lacks():
    point = {"point": {"x": [1.0, float("inf")]}, "yours": float("nan"), "right": 2.0}
    data = Record("huber.derivative", "refuted", counterexample=point).for_json()
    assert data["counterexample"] == {"point": {"x": [1.0, "inf"]}, "yours": "nan", "right": 2.0}
