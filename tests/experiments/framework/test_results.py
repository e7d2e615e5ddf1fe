import json
import math
from pathlib import Path

import numpy as np
import pytest
from toy import EXPERIMENT
from toy.result import ToyResult, ToyRun

from experiments import command
from experiments.framework.results import (
    OUTPUTS,
    Array,
    ExperimentResult,
    Measure,
    Provenance,
    load_result,
    outputs,
    result_path,
)
from experiments.framework.runner import Options
from runs.command import CommandError
from runs.records import Model, RecordError, write_model


class Numbers(Model):
    array: Array


@pytest.fixture
def result(provenance: Provenance) -> ToyResult:
    return ToyResult(
        provenance=provenance,
        summary={"loss": Measure(values=[1.0, 2.0], unit="nats")},
        runs=[ToyRun(setting="a", seed=0, draws=[0.1 + 0.2])],
    )


def test_result_comes_back_from_its_file_as_it_was(result: ToyResult, tmp_path: Path) -> None:
    write_model(result_path("toy", tmp_path), result)
    assert load_result(EXPERIMENT, tmp_path) == result


def test_result_that_is_not_there_says_how_to_renew_it(tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=r"not found; renew it with: python -m experiments run toy$"
    ):
        load_result(EXPERIMENT, tmp_path)


def test_array_keeps_every_bit_and_has_null_for_what_is_no_number() -> None:
    array = np.float32([[0.1, math.nan], [1e-45, -0.0]])
    text = Numbers(array=array).model_dump_json()
    assert "NaN" not in text
    back = Numbers.model_validate(json.loads(text)).array
    np.testing.assert_array_equal(back.astype(np.float32), array)
    assert Numbers.model_validate({"array": [1, 2]}).array.dtype.kind == "i"


@pytest.mark.parametrize(
    ("values", "shown"),
    [([96.5, 97.5, 98.5], "97.5 ± 1 %"), ([12.3456], "12.35 %"), ([0.0, 0.0], "0 ± 0 %")],
)
def test_measure_shows_mean_and_sample_deviation(values: list[float], shown: str) -> None:
    assert str(Measure(values=values, unit="%")) == shown


def test_quick_results_have_a_folder_of_their_own() -> None:
    assert outputs("quick") != outputs("full") == OUTPUTS


def test_what_does_not_hold_ends_a_run_of_experiments_with_status_1(
    provenance: Provenance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Wrong(ExperimentResult):
        @property
        def failures(self) -> list[str]:
            return ["it is wrong"]

    result = Wrong(provenance=provenance, summary={})
    monkeypatch.setattr(command, "run_experiments", lambda *arguments: [result])
    with pytest.raises(CommandError, match="toy: it is wrong") as failed:
        command.run_all([], Options(out=tmp_path))
    assert failed.value.status == 1
    assert "results.json" in capsys.readouterr().out
