import json
from pathlib import Path

import pytest

from experiments.datasets.fetching import DataError
from experiments.datasets.precedence import keep_better, recorded_data, refuse_worse
from experiments.datasets.record import DataRecord

REAL = DataRecord(name="MNIST", origin="/data/mnist.npz", split="all", sha256="a")
OTHER = DataRecord(name="MNIST", origin="cache", split="all", sha256="b")
DRAWN = DataRecord(name="drawn", origin="here", split="all", sha256="c", substitute=True)


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A result on real data, of fields that this version does not know."""
    content = {"provenance": {"data": [REAL.model_dump()], "unknown": 1}, "schema_version": 0}
    (tmp_path / "results.json").write_text(json.dumps(content))
    return tmp_path / "results.json"


def test_only_a_substitute_gives_way_to_what_was_recorded() -> None:
    assert keep_better([REAL, REAL, DRAWN], [DRAWN, OTHER, OTHER]) == [REAL, OTHER, OTHER]
    assert keep_better([], [DRAWN]) == [DRAWN]


def test_a_substitute_that_would_replace_results_on_better_data_is_refused(result: Path) -> None:
    assert recorded_data(result) == [REAL]
    refuse_worse(result, [OTHER])
    with pytest.raises(
        DataError, match=r"expected .*MNIST from /data/mnist\.npz, got drawn; .*--allow-substitute"
    ):
        refuse_worse(result, [DRAWN])


@pytest.mark.parametrize("content", ["", "{", "[]", '{"provenance": {"data": [{"name": 1}]}}'])
def test_without_a_record_of_its_data_a_result_protects_nothing(
    content: str, tmp_path: Path
) -> None:
    (tmp_path / "results.json").write_text(content)
    refuse_worse(tmp_path / "results.json", [DRAWN])
    refuse_worse(tmp_path / "none.json", [DRAWN])
