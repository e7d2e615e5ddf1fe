import json
import math
from pathlib import Path

import pytest

from runs.records import (
    Document,
    MaybeNumber,
    Model,
    RecordError,
    load_document,
    origin,
    write_atomically,
    write_model,
)


class Numbers(Document):
    schema_version: int = 3
    numbers: list[MaybeNumber]


class Finite(Model):
    number: float


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def test_document_comes_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "new" / "numbers.json"
    document = Numbers(numbers=[0.1 + 0.2, 1e-45, -0.0])
    write_model(path, document)
    assert load_document(path, Numbers, "renew it") == document


@pytest.mark.parametrize("missing", [math.nan, math.inf, -math.inf])
def test_number_that_there_is_not_is_null_in_json_and_nan_in_python(
    missing: float, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.json"
    write_model(path, Numbers(numbers=[1.0, missing]))
    content = json.loads(path.read_text(), parse_constant=_refuse_constant)
    assert content["numbers"] == [1.0, None]
    assert Numbers(numbers=[missing]).model_dump(mode="json")["numbers"] == [None]
    assert math.isnan(load_document(path, Numbers, "renew it").numbers[1])


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_number_that_must_be_there_is_finite(number: float) -> None:
    with pytest.raises(ValueError, match=r"number\n +Input should be a finite number"):
        Finite(number=number)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "not found"),
        (b"", "damaged"),
        (b'{"schema_version": 3, "num', "damaged"),
        (b"\xff\xfe", "damaged"),
        (b"[]", "expected schema version 3, got None"),
        (b'{"schema_version": 0}', "expected schema version 3, got 0"),
        (b'{"schema_version": 3}', "numbers: Field required"),
        (b'{"schema_version": 3, "numbers": [1, "x"]}', "numbers.1: Input should be a valid"),
        (b'{"schema_version": 3, "numbers": [], "x": 1}', "x: Extra inputs are not permitted"),
    ],
)
def test_missing_damaged_or_foreign_document_is_one_line_that_says_how_to_renew_it(
    content: bytes | None, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "numbers.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        load_document(path, Numbers, "renew it with: make numbers")
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert complaint in message
    assert message.endswith("; renew it with: make numbers")
    assert "\n" not in message


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


def test_origin_says_where_and_with_what_a_document_was_made() -> None:
    fields = origin(["numpy"])
    assert list(fields) == ["python", "platform", "packages", "commit"]
    assert list(fields["packages"]) == ["numpy"]
    assert all(fields.values())
