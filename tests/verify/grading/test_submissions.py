import io
import os
import sys
from pathlib import Path

import pytest

from verify.grading.claim_questions import questions_matching
from verify.grading.submissions import LARGEST, LONGEST_ID, answers_in, standard_input, text_in
from verify.grading.workers import Record, Task


def in_file(tmp_path: Path, content: str | bytes) -> Path:
    file = tmp_path / "answers.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


class Endless(io.RawIOBase):
    """What /dev/zero is; counts what is taken of it."""

    taken = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.taken += len(buffer)
        if self.taken > 100 * LARGEST:
            raise AssertionError("reads on without end")
        return len(buffer)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_what_is_no_regular_file_is_not_opened(tmp_path):
    pipe, endless = tmp_path / "pipe", tmp_path / "endless"
    os.mkfifo(pipe)
    endless.symlink_to("/dev/zero")
    for path in (endless, Path("/dev/zero"), tmp_path, pipe):
        with pytest.raises(ValueError, match="expected a regular file"):
            text_in(path)


@pytest.mark.skipif(not Path("/proc/kallsyms").exists(), reason="Linux shows its symbols there")
def test_a_regular_file_that_says_it_is_empty_is_bounded():
    assert Path("/proc/kallsyms").stat().st_size == 0
    with pytest.raises(ValueError, match="expected at most 100000 bytes"):
        text_in(Path("/proc/kallsyms"))


def test_standard_input_is_bounded(monkeypatch):
    endless = Endless()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(endless)))
    with pytest.raises(ValueError, match="expected at most 100000 bytes"):
        standard_input()
    assert endless.taken <= 2 * LARGEST


def test_a_file_as_large_as_allowed_is_read(tmp_path):
    assert len(text_in(in_file(tmp_path, "a" * LARGEST))) == LARGEST
    with pytest.raises(ValueError, match="expected at most 100000 bytes"):
        text_in(in_file(tmp_path, "a" * (LARGEST + 1)))


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_no_part_of_the_text(tmp_path):
    assert text_in(in_file(tmp_path, b"\xef\xbb\xbfy = 1\r\nz = 2\r")) == "y = 1\nz = 2\n"


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("latin-1", "another encoding")]
)
def test_another_encoding_is_said(tmp_path, encoding, name):
    with pytest.raises(ValueError, match=f"expected text in UTF-8, got {name}"):
        text_in(in_file(tmp_path, "ü = 1".encode(encoding)))


def test_answers_come_in_the_order_of_the_file_by_their_dotted_names(tmp_path):
    file = in_file(tmp_path, 'b.c = "1"\na = "2"\n[d]\ne = "3"\nf.g = "4"\n')
    assert list(answers_in(file)) == [
        Task("b.c", "1"), Task("a", "2"), Task("d.e", "3"), Task("d.f.g", "4")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("3", "a number"),
        ("0x" + "f" * 90_000, "a number"),
        ("nan", "a number"),
        ('["y"]', "a list"),
        ("2026-02-04", "a date or a time"),
        ("07:32:00", "a date or a time"),
        ("true", "true or false"),
    ],
)
def test_a_value_that_is_no_text_leaves_the_other_answers_of_its_file(tmp_path, value, got):
    file = in_file(tmp_path, f'a.b = "1"\nc.d = {value}\ne = "2"\n')
    refused = Record("c.d", "unreadable", hint=f"expected an expression in quotes, got {got}")
    assert list(answers_in(file)) == [Task("a.b", "1"), refused, Task("e", "2")]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("# nothing", "no answers in it"),
        ("= x", "Invalid statement (at line 1, column 1)"),
        ('a = "\x1b[2K"', r"Illegal character '\x1b'"),
        ("a = " + "[" * 99_000, "nested too deep"),
        ("a = " + "{a = " * 19_000, "nested too deep"),
        ("a = " + "9" * 5000, "a number too long to read"),
        (".".join("a" * 49_000) + " = 1", "expected at most 1000 dots a line"),
        ("a" * 200_000, "expected at most 100000 bytes"),
    ],
)
def test_a_file_that_is_no_set_of_answers_is_one_record(tmp_path, content, hint):
    (record,) = answers_in(in_file(tmp_path, content))
    assert (record.id, record.verdict) == ("-", "unreadable")
    assert hint in record.hint


def test_a_missing_file_is_one_record(tmp_path):
    (record,) = answers_in(tmp_path / "missing.toml")
    assert record == Record("-", "unreadable", hint="No such file or directory")


def test_a_name_is_no_longer_than_needed_for_any_question(tmp_path):
    assert max(len(question.id) for question in questions_matching()) < LONGEST_ID
    long, deep = "a" * 900, ".".join("b" * 900)
    answers = answers_in(in_file(tmp_path, f'{long} = "1"\n{deep} = "2"\nc = "3"\n'))
    assert [answer.id for answer in answers] == [long[:LONGEST_ID], deep[:LONGEST_ID], "c"]
