"""The command python -m verify.answer, as a reader and a teacher run it."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from commands import run_apart, run_here
from hostile import HOSTILE, HOSTILE_SHAPES, needs_linux, require_bounded

import verify.answer
from verify.answer import EXAMPLES
from verify.grading.workers import Record
from verify.language.words.functions import KNOWN_FUNCTIONS

GRADIENT = """def gradient(A, x):
    g = np.zeros(n)
    for k in range(n):
        g += (A[k] + A[:, k]) * x[k]
    return g
"""
RIGHT, WRONG = "(diag(y) - outer(y, y)) / tau", "diag(y) - outer(y, y)"


def answer(*words, text=""):
    return run_here("answer", *words, text=text)


@pytest.mark.parametrize("text", [RIGHT, WRONG])
def test_in_a_process_of_its_own_the_command_says_the_same(text):
    own = run_apart("answer", "softmax.jacobian", "-", input=text)
    here = answer("softmax.jacobian", text)
    assert (own.returncode, own.stdout, own.stderr) == (here.returncode, here.stdout, here.stderr)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["softmax.jacobian", RIGHT], 0, "proved    for every n"),
        (["softmax.jacobian", WRONG], 1, "refuted   factor 1/tau missing; at z = "),
        (["softmax.jacobian", "y"], 1, "refuted   yours is (n,)"),
        (["softmax.jacobian", RIGHT + " + 1e-30"], 3, "undecided agrees at"),
        (["huber.gradient", "-X.T @ clip(y - X @ w, -delta, delta)"], 0, "for every d, n"),
        (["least_squares.grad_b", "Ax + b - t", "--latex"], 0, "proved"),
        (["--names", "huber.gradient"], 0, "X        (n, d)"),
        (["--names", "softmax.limits.3"], 0, "as tau -> 0"),
        (["--names", "adam.moments.4"], 0, "= (1 - beta2)*sum(beta2**(t - k), k = 1..t)"),
        (["--list"], 0, "initialization.xavier.2      E[dx^2]"),
    ],
)
def test_verdict_and_exit_status(words, status, says):
    run = answer(*words)
    assert run.returncode == status, run.stderr
    assert says in run.stdout
    assert "read as   entry [i, j]: \n" not in run.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["softmax.jacobian", "diag(y"], "answer: column 7: the expression ends too early"),
        (["softmax.nothing", "y"], "no such claim"),
        (["softmax.jacobain", "y"], "no such claim; the nearest: softmax.jacobian"),
        ([], "expected ID EXPRESSION"),
        (["softmax.jacobian", "y", "z"], "put it in quotes"),
        (["softmax.jacobian", "--file", "missing.txt"], "missing.txt: No such file"),
        (["softmax.jacobian", "--file", "tests"], "tests: expected a regular file"),
        (["softmax.jacobian", "--file", "no\nfile"], r"'no\nfile': No such file"),
        (["softmax.jacobian", "\x1b[2K"], r"unexpected '\x1b'"),
        (["\x1b[2K", "y"], "no such claim"),
        (["--all"], "expected TOML files"),
        (["--seconds", "0", "softmax.jacobian", "y"], "expected positive numbers"),
        (["--seconds", "nan", "softmax.jacobian", "y"], "expected positive numbers"),
        (["--seconds", "inf", "softmax.jacobian", "y"], "expected positive numbers"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(words, says):
    run = answer(*words)
    assert run.returncode == 2
    assert says in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_help_teaches_in_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = answer("--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    told = " ".join(shown.split())
    assert ", ".join(KNOWN_FUNCTIONS) in told
    assert "3 undecided, 2 a mistake" in told
    for line in filter(None, EXAMPLES.replace("\b", "").splitlines()):
        assert line in shown


def test_the_examples_of_the_help_are_true(tmp_path):
    gradient = tmp_path / "gradient.py"
    gradient.write_text(GRADIENT)
    lines = [
        line for line in EXAMPLES.replace("\b", "").splitlines() if line and not line.endswith(":")
    ]
    assert len(lines) == 10
    for command, said in zip(lines[::2], lines[1::2], strict=True):
        _, _, _, _, *words = shlex.split(command.replace("gradient.py", str(gradient)))
        assert said.removesuffix("...") in answer(*words).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_an_interruption_is_one_line_and_exit_status_130(tmp_path):
    long = "1 + tau + sum(z) + sum(z ** 2) + sum(z ** 3) + sum(exp(z))"
    slow = f"{RIGHT} * ({long}) ** 16 / ({long}) ** 16"  # 54,264 terms, twice
    command = [sys.executable, "-m", "verify.answer", "softmax.jacobian", slow, "--seconds", "60"]
    pipe = subprocess.PIPE
    run = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    time.sleep(4)  # the worker is at work by then, and Ctrl-C reaches it, too
    os.killpg(run.pid, signal.SIGINT)
    stdout, stderr = run.communicate(timeout=60)
    assert (run.returncode, stdout, stderr) == (130, "", "answer: interrupted\n")


def test_json_holds_what_other_programs_rely_on():
    run = answer("softmax.jacobian", WRONG, "--json")
    record = json.loads(run.stdout)
    assert list(record) == ["id", "verdict", "scope", "hint", "counterexample"]
    assert record["counterexample"]["point"].keys() == {"z", "tau"}
    assert record["counterexample"]["yours"] != record["counterexample"]["right"]


def test_an_expression_comes_from_a_file_or_standard_input(tmp_path):
    file = tmp_path / "answer.txt"
    file.write_text(RIGHT.replace(" / ", "\n/ "))
    assert answer("softmax.jacobian", "--file", str(file)).returncode == 0
    assert answer("softmax.jacobian", text=RIGHT).returncode == 0
    assert answer("softmax.jacobian", "-", text=WRONG).returncode == 1


def test_a_teacher_grades_many_files(tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(f'softmax.jacobian = "{RIGHT}"\nleast_squares.grad_b = "A @ x + b - t"\n')
    bad.write_text(f'softmax.jacobian = "{WRONG}"\n[huber]\ngradient = "X @"\n')
    graded = run_apart("answer", "--all", str(good), str(bad), "--workers", "2")
    assert graded.returncode == 1
    assert "4 answers: 2 proved, 1 refuted, 1 unreadable" in graded.stdout
    rows = json.loads(answer("--all", str(good), str(bad), "--json").stdout)
    assert [row["verdict"] for row in rows] == ["proved", "proved", "refuted", "unreadable"]
    assert answer("--all", str(good)).returncode == 0


def test_a_file_that_cannot_be_read_is_a_row_and_the_others_are_graded(tmp_path):
    good, bad, missing = (tmp_path / f"{name}.toml" for name in ("good", "bad", "missing"))
    good.write_bytes(f'\ufeffsoftmax.jacobian = "{RIGHT}"\nhuber.derivative = 3\n'.encode())
    bad.write_text("= x")
    run = answer("--all", str(bad), str(missing), str(tmp_path), str(good))
    assert (run.returncode, run.stderr) == (1, "")
    assert [line.split()[1:4] for line in run.stdout.splitlines()[:-1]] == [
        ["-", "unreadable", "Invalid"],
        ["-", "unreadable", "No"],
        ["-", "unreadable", "expected"],
        ["softmax.jacobian", "proved", "for"],
        ["huber.derivative", "unreadable", "expected"],
    ]
    rows = json.loads(answer("--all", str(bad), str(good), "--json").stdout)
    assert [(row["file"], row["id"], row["verdict"]) for row in rows] == [
        (str(bad), "-", "unreadable"),
        (str(good), "softmax.jacobian", "proved"),
        (str(good), "huber.derivative", "unreadable"),
    ]


def test_a_name_in_a_file_forges_no_row_and_moves_no_cursor(tmp_path):
    forged = "x\\nanna.toml  softmax.jacobian  proved  for every n"
    files = [tmp_path / "ordinary.toml", tmp_path / "\x1b[2K\nsubmitted.toml"]
    for file in files:
        file.write_text(f'"{forged}" = "y"\n"\\u001b[2K\\u001b[1A" = "y"\n"\\u009b2K" = "\x85"\n')
    run = answer("--all", *map(str, files))
    *rows, counts = run.stdout.removesuffix("\n").split("\n")
    assert (len(rows), counts) == (6, "6 answers: 6 unreadable")
    assert run.stdout.replace("\n", "").isprintable()
    shown = answer("--all", *map(str, files), "--json").stdout
    assert json.loads(shown)[0]["id"] == forged.replace("\\n", "\n")
    assert shown.replace("\n", "").isprintable()


def test_json_has_no_infinity():
    run = answer("adam.step1.m1", "exp(exp(exp(exp(exp(exp(g1))))))", "--json")
    json.loads(run.stdout, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("((((16 ** 16) ** 16) ** 16) ** 16) ** 16 * r", "1000 digits"),
        ("(((((r + delta) ** 16) ** 16) ** 16) ** 16) ** 16", "at most 256"),
    ],
)
def test_a_tower_of_powers_ends_in_a_line_of_our_own_words(text, says):
    run = answer("huber.derivative", text, "--seconds", "60")
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert says in line


def test_a_hint_to_one_answer_stays_on_its_line(monkeypatch, capsys):
    hostile = Record("huber.derivative", "unreadable", hint="\x1b[2K\nproved")
    monkeypatch.setattr(verify.answer, "settle_all", lambda *_: [(0, hostile)])
    with pytest.raises(SystemExit):
        verify.answer.main(["huber.derivative", "r"])
    assert capsys.readouterr().err == "answer: \\x1b[2K\\nproved\n"


RIDGE = ("--function", "sum((y - X @ w)**2) + lam*sum(w**2)", "--wrt", "w")
HOMEWORK = """
[ridge]
function = "sum((y - X @ w)**2) + lam*sum(w**2)"
wrt = "w"
shapes = {X = "n d", y = "n", w = "d", lam = ""}
assume = ["lam positive"]
answer = "2*(X.T @ (X @ w - y) + lam*w)"
answers = {a17 = "2*X.T @ (X @ w - y) + lam*w", a18 = "X.T @"}

[scaled]
function = "s*sum(x**2)"
wrt = ["x", "s"]
shapes = {x = "n", s = ""}
answers = {b1 = {x = "2*s*x", s = "2*x"}}
"""


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ([*RIDGE, "2*(lam*w - (y - X @ w) @ X)"], 0, "proved    for every d, n"),
        ([*RIDGE, "2*(X.T @ (y - X @ w)) + 2*lam*w"], 1, "refuted   "),
        ([*RIDGE, "2*X"], 1, "yours is (n, d), the gradient in w is (d,)"),
        ([*RIDGE, "--order", "2", "2*(X.T @ X + lam*eye(d))"], 0, "proved"),
        (
            [*RIDGE[:2], "--wrt", "lam", "w @ w"],
            0,
            "where     y (n,), X (n, d), w (d,), lam number",
        ),
        ([*RIDGE, "--shapes", "X: 3 2", "X.T @ (X @ w - y)"], 1, "X (3, 2)"),
        (["--function", "x @ A @ x", "--wrt", "x", "2*A @ x"], 1, "refuted"),
        (
            ["--function", "x @ A @ x", "--wrt", "x", "--assume", "A symmetric", "2*A @ x"],
            0,
            "for every n, with A symmetric",
        ),
    ],
)
def test_an_answer_about_a_function_of_ones_own(words, status, says):
    run = answer(*words)
    assert run.returncode == status, run.stderr
    assert says in run.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--function", "sum(w)", "1"], "--function: expected --wrt NAME, too"),
        (["--function", "sum(w)", "--wrt", "v", "1"], "--wrt v: expected a name of the function"),
        (["--function", "sum(w", "--wrt", "w", "1"], "column 6: the expression ends too early"),
        (["--function", "sum(w)", "--wrt", "w", "1 +"], "column 4: the expression ends too early"),
        (["--function", "sum(w)", "--wrt", "w", "1", "2"], "put it in quotes"),
    ],
)
def test_a_mistake_about_a_function_is_one_line(words, says):
    run = answer(*words)
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert says in line


def test_a_teacher_asks_own_questions(tmp_path):
    homework = tmp_path / "homework.toml"
    homework.write_text(HOMEWORK)
    run = answer("--all", str(homework), "--json")
    assert run.returncode == 1
    rows = json.loads(run.stdout)
    assert list(rows[0]) == ["file", "id", "verdict", "scope", "hint", "counterexample"]
    assert {row["id"]: row["verdict"] for row in rows} == {
        "ridge": "proved",
        "ridge.a17": "refuted",
        "ridge.a18": "unreadable",
        "scaled.x.b1": "proved",
        "scaled.s.b1": "refuted",
    }
    assert rows[0]["scope"] == "every d, n, lam > 0"
    assert rows[1]["counterexample"]["point"].keys() == {"X", "w", "y", "lam"}


def test_answers_in_files_of_their_own_are_to_a_teachers_questions(tmp_path):
    homework, anna, ben = (tmp_path / f"{name}.toml" for name in ("homework", "anna", "ben"))
    homework.write_text(HOMEWORK)
    anna.write_text('ridge = "2*(lam*w - X.T @ (y - X @ w))"\nscaled.s = "x @ x"\n')
    ben.write_text('ridge = "2*lam*w"\nsoftmax.jacobian = "(diag(y) - outer(y, y)) / tau"\n')
    run = answer("--all", str(anna), str(ben), "--questions", str(homework), "--json")
    rows = [(row["file"], row["id"], row["verdict"]) for row in json.loads(run.stdout)]
    assert rows == [
        (str(anna), "ridge", "proved"),
        (str(anna), "scaled.s", "proved"),
        (str(ben), "ridge", "refuted"),
        (str(ben), "softmax.jacobian", "proved"),
    ]
    assert answer("--all", str(anna), "--questions", str(homework)).returncode == 0


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('[q]\nfunction = "sum(x)"\n', "[q] wrt: expected a name in quotes"),
        ('[q]\nfunction = "sum(x)"\nwrt = "x"\norder = 3\n', "[q] order: expected 1 or 2, got 3"),
        ('[q]\nfunction = "sum(x)"\nwrt = "x"\nanwser = "1"\n', "[q] 'anwser': expected one of"),
        ('[q]\nfunction = "sum(x)"\nwrt = "x"\nanswers = "1"\n', "[q] answers: expected a table"),
        ('ridge = "x"\n', "no questions in it"),
        ("[q\n", "Expected ']'"),
    ],
)
def test_a_teachers_file_that_cannot_be_read_says_why(tmp_path, table, says):
    homework, answers = tmp_path / "homework.toml", tmp_path / "answers.toml"
    homework.write_text(table)
    answers.write_text('q = "1"\n')
    run = answer("--all", str(answers), "--questions", str(homework))
    assert (run.returncode, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert says in line


AS_A_WORD = {
    name: text
    for name, text in HOSTILE.items()
    if isinstance(text, str) and "\0" not in text and len(text) < 2**17
}
"""What a system passes as one word of a command."""


@needs_linux
@pytest.mark.parametrize("name", AS_A_WORD)
def test_a_hostile_function_ends_in_a_line(name, in_one_process):
    words = ["--function", AS_A_WORD[name], "--wrt", "x", "x"]
    require_bounded(in_one_process, "answer", *words)


@needs_linux
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_to_a_function_ends_in_a_line(name, tmp_path, in_one_process):
    text, file = HOSTILE[name], tmp_path / "answer.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    words = ["--function", "sum(x**2)", "--wrt", "x", "--file", str(file)]
    require_bounded(in_one_process, "answer", *words)


@needs_linux
@pytest.mark.parametrize("name", HOSTILE_SHAPES)
def test_hostile_shapes_of_a_function_end_in_a_line(name, in_one_process):
    words = ["--function", "sum((y - X @ w)**2)", "--wrt", "w", *HOSTILE_SHAPES[name], "w"]
    require_bounded(in_one_process, "answer", *words)
