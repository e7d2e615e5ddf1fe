"""What commands settle, in one process that they share."""

import pytest

from verify.grading.workers import Worker


@pytest.fixture(scope="session")
def in_one_process():
    """As `settle_all` does, within the same limits, but in a process that is started once."""
    worker = Worker()

    def settle_all(tasks, workers, seconds):
        for place, task in enumerate(tasks):
            if worker.is_dead:
                worker.start()
            yield place, worker.ask(task, seconds)

    yield settle_all
    worker.stop()
