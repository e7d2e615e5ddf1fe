from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import t

from experiments.datasets import Dataset, Split
from experiments.datasets.record import DataRecord
from experiments.framework.drawing import draw
from experiments.framework.experiment import Task
from experiments.framework.results import Measure, Provenance
from experiments.initialization import EXPERIMENT
from experiments.initialization.design import SIZES
from experiments.initialization.gather import compare, find_late_jumps, recommend
from experiments.initialization.result import InitializationResult, InitializationRun, Training
from experiments.initialization.training import train_all, untrained
from experiments.networks.stacked import Batch, as_batch

TASK = Task("initialization", "tanh", 0, "quick")


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    """Images of a stripe, at the height of their label; 3 is the most frequent one."""

    def split(count: int) -> Split:
        labels = np.where(np.arange(count) % 3 == 0, 3, np.arange(count) % 10)
        images = np.zeros((count, 28, 28), np.uint8)
        images[np.arange(count), 2 * labels] = 255
        return Split(images, labels)

    record = DataRecord(name="stripes", origin="here", split="", sha256="0")
    return Dataset(record, tuple("0123456789"), split(1200), split(101))


@pytest.fixture(scope="module")
def runs(mnist: Dataset) -> list[InitializationRun]:
    tasks = [Task("initialization", activation, 0, "quick") for activation in ("tanh", "relu")]
    return [EXPERIMENT.run(task, mnist) for task in tasks]


def test_only_the_output_bias_of_a_network_of_zeros_has_a_gradient(
    runs: list[InitializationRun],
) -> None:
    for run in runs:
        assert run.zero.largest_weight_gradient == 0
        assert run.zero.largest_hidden_bias_gradient == 0
        assert run.zero.largest_trained_weight == 0
        np.testing.assert_allclose(
            run.zero.output_bias_gradient, run.zero.expected_bias_gradient, atol=1e-15
        )
        assert np.abs(run.zero.output_bias_gradient).max() > 0.1


def test_a_network_of_zeros_is_as_good_as_its_most_frequent_class(
    mnist: Dataset, runs: list[InitializationRun]
) -> None:
    share = 100 * np.mean(mnist.test.labels == 3)
    for run in runs:
        assert run.zero.predicted_class == run.zero.most_frequent_class == 3
        assert run.zero.predicted_share_of_test == pytest.approx(share)
        assert run.training["zero"].test_accuracy == pytest.approx(share)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_all_networks_are_trained_at_the_size_that_is_asked_for(
    mnist: Dataset, activation: str
) -> None:
    task = Task("initialization", activation, 0, "quick")
    training, zeros = train_all(task, as_batch(mnist.train), as_batch(mnist.test))
    assert list(training) == ["zero", "small", "xavier", "he"]
    shapes = [(1, fan_in, fan_out) for fan_in, fan_out in pairwise(SIZES)]
    assert [tuple(weights.shape) for weights in zeros.weights] == shapes
    assert all(not weights.any() for weights in zeros.weights)
    assert all(not biases.any() for biases in zeros.biases[:-1])
    assert zeros.biases[-1].any()


def test_networks_start_from_the_same_draws_whatever_else_is_stacked() -> None:
    both = untrained(TASK, ["xavier", "he"], hidden_layers=2)
    alone = untrained(TASK, ["he"], hidden_layers=2)
    for stacked, single in zip(both.weights, alone.weights, strict=True):
        assert torch.equal(stacked[1], single[0])


def test_signals_are_measured_as_theory_has_them(
    provenance: Provenance, runs: list[InitializationRun]
) -> None:
    theory = EXPERIMENT.gather(provenance.model_copy(update={"profile": "quick"}), runs).theory
    for run in runs:
        for method in ("small", "xavier", "he"):
            measured, predicted = run.start[method].measured, theory[run.setting][method]
            np.testing.assert_allclose(measured.std, predicted.std[:5], rtol=0.3)
            assert run.depths[method].last_std[1] == measured.std[-1]
            assert run.depths[method].first_gradient_norm[1] == run.start[method].gradient_norms[0]


def test_losses_fall_with_xavier_and_he(runs: list[InitializationRun]) -> None:
    for run in runs:
        for method in ("xavier", "he"):
            losses = run.training[method].losses
            assert losses[-1] < losses[0] - 0.2


def test_paired_test_is_students_on_the_differences_times_the_comparisons() -> None:
    found = compare(Measure(values=[97.0, 98.0, 99.0]), Measure(values=[96.0, 97.5, 98.0]), 2)
    differences = np.array([1.0, 0.5, 1.0])
    statistic = differences.mean() / (differences.std(ddof=1) / np.sqrt(3))
    assert found.difference == pytest.approx(differences.mean())
    assert found.p_value == pytest.approx(2 * 2 * t.sf(statistic, df=2))
    assert not found.significant


def test_equal_results_are_not_significantly_different() -> None:
    same = Measure(values=[11.35, 11.35])
    assert compare(same, same, 3).p_value == 1


def test_the_recommendation_is_the_best_method_or_says_that_there_is_none() -> None:
    good, other, bad = [97.0, 97.2, 97.1], [97.1, 97.0, 97.15], [11.0, 11.1, 11.3]

    def verdict(**accuracies: list[float]) -> str:
        return recommend({name: Measure(values=v) for name, v in accuracies.items()}).verdict

    assert verdict(he=good, zero=bad) == "He"
    assert (
        verdict(he=good, xavier=other, zero=bad)
        == "no significant difference between He and Xavier"
    )
    assert verdict(he=good[:1], zero=bad[:1]) == "He (one seed, not tested)"


def test_result_is_gathered_and_drawn(
    provenance: Provenance, mnist: Dataset, runs: list[InitializationRun]
) -> None:
    quick = provenance.model_copy(update={"profile": "quick", "data": [mnist.record]})
    result = EXPERIMENT.gather(quick, runs)
    again = InitializationResult.model_validate_json(result.model_dump_json())
    assert again == result
    figures = draw(EXPERIMENT, again)
    assert set(figures) == {
        *(
            f"{what}_{activation}"
            for what in ("activations", "losses")
            for activation in ("tanh", "relu")
        ),
        "gradients",
        "depths",
    }
    _, right = figures["activations_tanh"].axes
    he = [run.start["he"].measured.std for run in runs if run.setting == "tanh"]
    assert any(np.allclose(line.get_ydata(), np.mean(he, axis=0)) for line in right.lines)


def test_a_batch_is_what_networks_are_measured_on(runs: list[InitializationRun]) -> None:
    assert len(runs[0].input_mean_squares) == 256
    # A stripe is 28 of 784 pixels.
    assert runs[0].input_mean_squares == pytest.approx([1 / 28] * 256)
    assert isinstance(Batch(torch.zeros(1, 1), torch.zeros(1)), tuple)


def test_a_late_jump_is_told_from_what_was_learned():
    calm = Training(losses=[2.0, 0.1, *[0.2] * 7], test_accuracy=98.0)
    early = Training(losses=[2.0, 0.1, 5.0, *[0.2] * 7], test_accuracy=97.0)
    late = Training(losses=[2.0, 0.1, 0.05, *[0.2] * 6, 0.6], test_accuracy=91.0)
    found = find_late_jumps([calm, early, late])
    assert found.highest_loss == 0.6
    assert found.accuracies_after_jump == [91.0]
    assert found.other_accuracies == [98.0, 97.0]
    assert find_late_jumps([calm]).highest_loss == 0
