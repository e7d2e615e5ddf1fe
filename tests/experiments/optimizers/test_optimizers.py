import numpy as np
import pytest

from experiments.datasets import Dataset, Split
from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Provenance
from experiments.optimizers import EXPERIMENT
from experiments.optimizers.noisy import add_noise, slope
from experiments.optimizers.rates import decades_within
from experiments.optimizers.result import OptimizersResult, OptimizersRun
from experiments.optimizers.scaled import scale_gradients
from experiments.optimizers.sparse import make_sparse, steps_until_below


@pytest.fixture(scope="module")
def run() -> OptimizersRun:
    rng = np.random.default_rng(0)
    split = Split(rng.integers(256, size=(200, 4, 4), dtype=np.uint8), rng.integers(10, size=200))
    record = DataRecord(name="noise", origin="here", split="", sha256="0")
    mnist = Dataset(record, tuple("0123456789"), split, split)
    return EXPERIMENT.run(Task("optimizers", "default", 0, "quick"), mnist)


def test_adam_does_not_see_the_scale_of_gradients_and_momentum_does() -> None:
    found = scale_gradients(np.random.default_rng(0))
    adam, momentum = found.path_difference["Adam"], found.path_difference["momentum SGD"]
    # Scales go from 1e-9 to 1e3 by half decades; epsilon = 1e-8 shows only below 1e-3.
    assert max(adam[12:]) < 1e-3
    assert adam[18] == momentum[18] == 0
    assert adam[0] > 0.5
    assert min(np.delete(momentum, 18)) > 0.1
    assert found.final_loss["Adam"][-1] == pytest.approx(found.least_loss, rel=1e-2)
    assert found.final_loss["momentum SGD"][0] == pytest.approx(found.start_loss, rel=1e-6)


def test_noise_keeps_up_the_loss_that_theory_has() -> None:
    found = add_noise(np.random.default_rng(0), steps=4000)
    for rule in ("Adam", "momentum SGD"):
        np.testing.assert_allclose(
            found.stationary_loss[rule][4:9], found.predicted_loss[rule][4:9], rtol=0.15
        )
    assert found.exponent["momentum SGD"] == pytest.approx(2, abs=0.05)
    assert found.exponent["Adam"] == pytest.approx(1, abs=0.15)


def test_rare_features_wait_longer_with_momentum_than_with_adam() -> None:
    found = make_sparse(np.random.default_rng(0), steps=1500)
    adam, momentum = found.steps_to_half["Adam"], found.steps_to_half["momentum SGD"]
    assert adam[:4] == sorted(adam[:4])
    assert momentum[:4] == sorted(momentum[:4])
    assert momentum[2] / momentum[0] > 2 * adam[2] / adam[0]


def test_steps_until_below_counts_from_one() -> None:
    path = np.array([[0.9, 0.4, 0.9], [0.4, 0.6, 0.8]])
    np.testing.assert_array_equal(steps_until_below(path, 0.5), [2, 1, np.nan])


def test_slope_is_the_exponent_of_a_power_law_and_skips_what_never_ends() -> None:
    assert slope([1.0, 10.0, 100.0], [2.0, 0.2, np.inf]) == pytest.approx(-1)
    assert np.isnan(slope([1.0, 10.0], [2.0, np.inf]))


def test_decades_are_those_between_the_outermost_rates_that_are_good_enough() -> None:
    assert decades_within([0.001, 0.01, 0.1, 1.0], [3.0, 1.5, 1.0, np.nan], factor=2.0) == 1


def test_result_is_gathered_and_drawn(provenance: Provenance, run: OptimizersRun) -> None:
    record = DataRecord(name="noise", origin="here", split="", sha256="0")
    provenance = provenance.model_copy(update={"profile": "quick", "data": [record]})
    result = EXPERIMENT.gather(provenance, [run])
    again = OptimizersResult.model_validate_json(result.model_dump_json())
    assert set(draw(EXPERIMENT, again)) == {"scaled", "noise", "sparse", "rates"}
    assert again.runs[0].sweep.loss == run.sweep.loss
