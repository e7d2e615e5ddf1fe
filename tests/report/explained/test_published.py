"""The public objectives that the report derives in full are proved when it is built."""

from dataclasses import replace

import pytest

from report.explained import published


def test_each_is_proved_line_by_line():
    shown = list(published.derived_in_full())
    assert [one.case.id for one in shown] == list(published.SHOWN)
    for one in shown:
        assert {line.verdict for line in one.derived.lines} == {"proved"}
        assert one.derived.is_matrix_form
    assert shown[0].name == r"\frac{\partial f}{\partial b_{i}}"
    assert shown[1].name == r"\frac{\partial f}{\partial W_{i j}}"


def test_one_that_is_not_proved_stops_the_build(monkeypatch: pytest.MonkeyPatch):
    right = published.derive
    monkeypatch.setattr(published, "derive", lambda a: replace(right(a), verdict="undecided"))
    with pytest.raises(ValueError, match="ml_cox: expected a proof, it is undecided"):
        next(published.derived_in_full())
