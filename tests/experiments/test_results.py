import json
import math
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.framework.drawing import save_figures
from experiments.framework.results import (
    OUTPUTS,
    SCHEMA_VERSION,
    Array,
    ExperimentResult,
    Measure,
    Provenance,
    load_result,
    outputs,
    result_path,
)
from runs.records import Model, RecordError, write_atomically, write_model


class Numbers(Model):
    numbers: list[float]
    array: Array


@pytest.fixture
def result(provenance: Provenance) -> ExperimentResult:
    return ExperimentResult(
        provenance=provenance, summary={"loss": Measure(values=[1.0, 2.0], unit="nats")}
    )


def test_result_comes_back_from_its_file_as_it_was(
    result: ExperimentResult, tmp_path: Path
) -> None:
    write_model(result_path("toy", tmp_path), result)
    assert load_result("toy", ExperimentResult, tmp_path) == result


def test_json_keeps_every_bit_of_a_number_and_infinities_and_nan() -> None:
    array = np.float32([[0.1, math.inf], [1e-45, -0.0]])
    numbers = Numbers(numbers=[0.1 + 0.2, math.inf, math.nan], array=array)
    back = Numbers.model_validate(json.loads(numbers.model_dump_json()))
    assert back.numbers[:2] == [0.1 + 0.2, math.inf]
    assert math.isnan(back.numbers[2])
    np.testing.assert_array_equal(back.array.astype(np.float32), array)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "not found"),
        (b"", "damaged"),
        (b'{"schema_version": 1, "prov', "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "expected schema version 1, got None"),
        (b'{"schema_version": 0}', "expected schema version 1, got 0"),
        (b'{"schema_version": 1}', "provenance: Field required"),
    ],
)
def test_missing_damaged_or_foreign_result_is_one_line_that_says_how_to_renew_it(
    content: bytes | None, said: str, tmp_path: Path
) -> None:
    path = result_path("toy", tmp_path)
    if content is not None:
        write_atomically(path, content)
    with pytest.raises(RecordError) as caught:
        load_result("toy", ExperimentResult, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert said in message
    assert message.endswith("renew it with: python -m experiments run toy")
    assert "\n" not in message


def test_schema_version_is_the_one_that_is_read(result: ExperimentResult) -> None:
    assert result.schema_version == SCHEMA_VERSION


def test_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    write_atomically(path, b"old")

    def full_disk(self: Path, content: bytes) -> int:
        self.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(RecordError, match=r"results\.json: cannot be written \(No space left"):
        write_atomically(path, b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]
    assert path.read_bytes() == b"old"


def test_figure_is_saved_as_pdf_and_png_with_the_same_bytes_each_time(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        save_figures(folder, {"line": figure})
    for name, magic in (("line.pdf", b"%PDF"), ("line.png", b"\x89PNG")):
        content = (tmp_path / "one" / name).read_bytes()
        assert content.startswith(magic)
        assert content == (tmp_path / "two" / name).read_bytes()


def test_what_people_see_is_laid_out_as_what_is_printed(tmp_path: Path) -> None:
    figure, layouts = Figure(layout="constrained"), []
    axes = figure.subplots()
    axes.set_ylabel("high")
    figure.canvas.mpl_connect(
        "draw_event", lambda event: layouts.append(axes.get_position().bounds)
    )
    before = axes.get_position().bounds
    save_figures(tmp_path, {"one": figure})
    assert axes.get_position().bounds != before
    assert len(set(layouts)) == 1


@pytest.mark.parametrize(
    ("values", "shown"),
    [([96.5, 97.5, 98.5], "97.5 ± 1 %"), ([12.3456], "12.35 %"), ([0.0, 0.0], "0 ± 0 %")],
)
def test_measure_shows_mean_and_sample_deviation(values: list[float], shown: str) -> None:
    assert str(Measure(values=values, unit="%")) == shown


def test_quick_results_have_a_folder_of_their_own() -> None:
    assert outputs("quick") != outputs("full") == OUTPUTS
