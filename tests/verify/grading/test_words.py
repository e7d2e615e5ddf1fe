import pytest

from verify.grading.words import as_name, reason, said, summary, table
from verify.grading.workers import Record

CURSOR = "\x1b[2K\x1b[1A"
FORGED = "\nanna.toml  softmax.jacobian  proved  for every n"
HOSTILE = [CURSOR, FORGED, "\r", "\x9b2K", "\u2028", "\u202e", "\x00", "\x7f", "\udc80", "\u200b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_wrote_stays_on_its_line_and_moves_no_cursor(text):
    point = {"point": {text: 1}, "yours": 1.0, "right": 2.0}
    record = Record(text, "refuted", hint=text, counterexample=point, understood=text)
    undecided = Record("huber.derivative", "undecided", text)
    shown = [table([(text, record)]), reason(record), reason(undecided), *said(record).split("\n")]
    assert len(shown) == 5
    assert all(line.isprintable() for line in shown)


def test_a_row_has_as_many_columns_as_there_are_whatever_is_in_a_name():
    row = table([("a  b.toml", Record("x  proved  for every n", "undecided", "late"))])
    assert row == "'a  b.toml'  'x  proved  for every n'  undecided  late"


def test_one_answer_is_one():
    record = Record("-", "unreadable")
    assert summary([record]) == "1 answer: 1 unreadable"
    assert summary([record, record]) == "2 answers: 2 unreadable"


@pytest.mark.parametrize("name", ["softmax.limits.3", "submissions/anna-müller_2.toml", "-"])
def test_an_ordinary_name_is_shown_as_it_is(name):
    assert as_name(name) == name
