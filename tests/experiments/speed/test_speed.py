from functools import partial
from operator import call

import numpy as np
import pytest

from experiments.datasets import Split
from experiments.framework.drawing import draw
from experiments.framework.results import Provenance
from experiments.speed import EXPERIMENT
from experiments.speed.contenders import CONTENDERS, Epoch
from experiments.speed.design import LIMITS
from experiments.speed.figures import plot_epoch
from experiments.speed.result import Comparison, SpeedResult, SpeedRun
from experiments.speed.run import measure_own
from experiments.speed.stopwatch import limit_threads, measure_peak_memory, time_in_turn
from runs.processes import in_processes


def _comparison(part: str, threads: int = 1, **changed: object) -> Comparison:
    times = {
        "mytorch": [1.0, 10.0, 3.0],
        "PyTorch": [2.0, 25.0, 3.0],
        "matrix products": [0.5, 5.0, 2.0],
    }
    fields = {"part": part, "threads": threads, "widths": [784, 64, 32, 10], "batch_size": 64}
    return Comparison.model_validate(fields | {"images": 100, "seconds": times} | changed)


@pytest.fixture
def result(provenance: Provenance) -> SpeedResult:
    growth = [_comparison("batch size"), _comparison("batch size", batch_size=128)]
    growth += [_comparison("width"), _comparison("width", widths=[784, 128, 64, 10])]
    own = [
        _comparison(
            "blood_cells", seconds={"blood cells": [3.0, 4.2, 4.0], "matrix products": [2.0] * 3}
        ),
        _comparison(
            "initialization",
            seconds={
                "initialization, tanh": [2.6, 2.8],
                "initialization, ReLU": [4.0, 4.0],
                "matrix products": [2.0, 2.0],
            },
        ),
    ]
    one = SpeedRun(
        setting="one_thread",
        seed=0,
        threads=1,
        peak_memory_mb=300.0,
        comparisons=[_comparison("epoch"), *growth, *own],
    )
    two = SpeedRun(
        setting="all_threads",
        seed=0,
        threads=2,
        peak_memory_mb=310.0,
        comparisons=[_comparison("epoch", 2)],
    )
    return EXPERIMENT.gather(provenance, [one, two])


def test_ratio_is_the_median_of_the_rounds_ratios() -> None:
    comparison = _comparison("epoch")
    assert comparison.median("mytorch") == 3
    assert comparison.ratio("mytorch", "PyTorch") == 0.5


def test_target_that_is_missed_is_said_to_be_missed(result: SpeedResult) -> None:
    assert [(target.value, target.met) for target in result.targets] == [
        (0.5, True),
        (2.0, False),
        (2.0, True),
        (pytest.approx(1.35), True),
        (2.0, False),
        (300, True),
    ]
    assert "mytorch / PyTorch (target 0.6, met)" in result.summary
    assert "mytorch / matrix products (target 1.6, missed)" in result.summary


def test_figures_show_what_was_measured(result: SpeedResult) -> None:
    figures = draw(EXPERIMENT, result)
    epoch = figures["epoch"].axes[0]
    assert [label.get_text() for label in epoch.get_yticklabels()][-1] == "mytorch"
    assert sorted(bar.get_width() for bar in epoch.patches) == [2, 3, 3]
    left, right = figures["growth"].axes
    np.testing.assert_allclose(left.lines[0].get_xdata(), [64, 128])
    np.testing.assert_allclose(left.lines[0].get_ydata(), [3e4, 3e4])
    np.testing.assert_allclose(right.lines[0].get_xdata(), [64, 128])
    own = figures["own"].axes[0]
    assert [bar.get_width() for bar in own.patches] == pytest.approx([2, 1.35, 2, 2])
    np.testing.assert_allclose(own.lines[4].get_xdata(), [1.5, 2.1, 2.0])
    np.testing.assert_allclose(own.lines[5].get_xdata(), [2.0, 2.0])


def test_slower_rounds_beyond_the_axis_are_named_not_dropped(result: SpeedResult) -> None:
    times = {"mytorch": [1.0, 1.0, 9.0], "PyTorch": [2.0, 2.0, 2.0], "matrix products": [1.0] * 3}
    one, two = result.runs
    comparisons = [_comparison("epoch", seconds=times), *one.comparisons[1:]]
    runs = [one.model_copy(update={"comparisons": comparisons}), two]
    figure = plot_epoch(result.model_copy(update={"runs": runs}))
    assert {"1.00", "and 9.0 s"} <= {text.get_text() for text in figure.axes[0].texts}


def test_all_contenders_are_measured_in_turn_once_each_round() -> None:
    calls: list[tuple[str, list[int]]] = []

    def epoch(name: str) -> Epoch:
        def noted(order: np.ndarray) -> list[float]:
            calls.append((name, order.tolist()))
            return []

        return noted

    seconds = time_in_turn({name: epoch(name) for name in "ab"}, images=10, rounds=2)
    assert [name for name, _ in calls] == ["a", "b"] * 3
    assert all(sorted(order) == list(range(10)) for _, order in calls)
    assert [len(measured) for measured in seconds.values()] == [2, 2]


def test_the_experiments_own_training_is_measured_as_they_run_it() -> None:
    cells = Split(np.zeros((70, 28, 28, 3), np.uint8), np.zeros(70, np.int64))
    digits = Split(np.zeros((130, 28, 28), np.uint8), np.zeros(130, np.int64))
    by_blood_cells, by_initialization = measure_own(digits, cells, quick=True)
    assert by_blood_cells.widths == [2352, 256, 128, 8]
    assert by_initialization.widths == [784, 256, 256, 256, 256, 256, 10]
    assert (by_blood_cells.images, by_initialization.images) == (70, 130)
    measured = set(by_blood_cells.seconds) | set(by_initialization.seconds)
    assert measured == {limit.contender for limit in LIMITS[2:]} | {"matrix products"}


def test_measured_process_is_limited_to_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with in_processes(call, [partial(limit_threads, 1), _threads_of_blas], workers=1) as futures:
        assert [future.result() for future in futures] == [None, [1]]


def _threads_of_blas() -> list[int]:
    from threadpoolctl import threadpool_info

    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"][:1]


def test_peak_memory_is_that_of_a_process_that_holds_the_images() -> None:
    split = Split(np.zeros((200, 28, 28), np.uint8), np.zeros(200, np.int64))
    held = np.ones(600_000_000, np.uint8)  # by the process that starts it, not by itself
    with in_processes(measure_peak_memory, [split], workers=1) as futures:
        (peak,) = (future.result() for future in futures)
    assert 30 < peak < held.nbytes / 1e6


def test_contenders_are_those_of_the_targets() -> None:
    assert {name for limit in LIMITS[:2] for name in limit[1:3]} <= set(CONTENDERS)
