import numpy as np
import pytest

from experiments.contenders import CONTENDERS
from experiments.datasets import Split
from experiments.results import Provenance
from experiments.speed import (
    EXPERIMENT,
    Comparison,
    SpeedResult,
    SpeedRun,
    in_fresh_process,
    measure,
    measure_peak_memory,
)


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
    one = SpeedRun(
        setting="one_thread",
        seed=0,
        threads=1,
        peak_memory_mb=300.0,
        comparisons=[_comparison("epoch"), *growth],
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
        (300, True),
    ]
    assert "mytorch / PyTorch (target 0.6, met)" in result.summary
    assert "mytorch / matrix products (target 1.6, missed)" in result.summary


def test_figures_show_what_was_measured(result: SpeedResult) -> None:
    figures = EXPERIMENT.draw(result)
    epoch = figures["epoch"].axes[0]
    assert [label.get_text() for label in epoch.get_yticklabels()][-1] == "mytorch"
    assert sorted(bar.get_width() for bar in epoch.patches) == [2, 3, 3]
    left, right = figures["growth"].axes
    np.testing.assert_allclose(left.lines[0].get_xdata(), [64, 128])
    np.testing.assert_allclose(left.lines[0].get_ydata(), [3e4, 3e4])
    np.testing.assert_allclose(right.lines[0].get_xdata(), [64, 128])


def test_slower_rounds_beyond_the_axis_are_counted_not_dropped(provenance: Provenance) -> None:
    times = {"mytorch": [1.0, 1.0, 9.0], "PyTorch": [2.0, 2.0, 2.0], "matrix products": [1.0] * 3}
    epoch = [_comparison("epoch", seconds=times)]
    growth = [_comparison("batch size"), _comparison("width")]
    run = SpeedRun(
        setting="one_thread", seed=0, threads=1, peak_memory_mb=1, comparisons=epoch + growth
    )
    other = run.model_copy(update={"setting": "all_threads"})
    figure = EXPERIMENT.draw(EXPERIMENT.gather(provenance, [run, other]))["epoch"]
    assert "1.00  (1 slower)" in [text.get_text() for text in figure.axes[0].texts]


def test_all_contenders_are_measured_in_turn_once_each_round() -> None:
    calls: list[str] = []

    def contender(name: str) -> object:
        return lambda *arguments: lambda order: calls.append(name)

    images, labels = np.zeros((10, 4), np.float32), np.zeros(10, np.int64)
    contenders = {name: contender(name) for name in "ab"}
    comparison = measure("epoch", contenders, (4, 3, 2), 5, images, labels, 1, 2)
    assert calls == ["a", "b"] * 3
    assert [len(seconds) for seconds in comparison.seconds.values()] == [2, 2]


def test_measured_process_is_limited_to_its_threads() -> None:
    assert in_fresh_process(1, _threads_of_blas) == [1]


def _threads_of_blas() -> list[int]:
    from threadpoolctl import threadpool_info

    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"][:1]


def test_peak_memory_is_that_of_a_process_that_holds_the_images() -> None:
    split = Split(np.zeros((200, 28, 28), np.uint8), np.zeros(200, np.int64))
    assert 30 < in_fresh_process(1, measure_peak_memory, split) < 2000


def test_contenders_are_those_of_the_targets() -> None:
    assert {"mytorch", "PyTorch", "matrix products"} <= set(CONTENDERS)
