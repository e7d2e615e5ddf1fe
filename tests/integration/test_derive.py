"""The command python -m verify.derive, and `from verify import derive`, as a reader runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import run_apart, run_here
from hostile import HOSTILE, HOSTILE_SHAPES, needs_linux, require_bounded

from verify.derive import EXAMPLES

LOGISTIC = "sum(log(1 + exp(-y * (X @ w)))) + lam/2 * sum(w**2)"


def derive(*words, text=""):
    return run_here("derive", *words, text=text)


def test_the_lines_say_what_was_read_found_proved_and_checked():
    run = run_apart("derive", LOGISTIC, "--wrt", "w", "--seconds", "60")
    assert (run.returncode, run.stderr) == (0, "")
    *lines, checked = run.stdout.splitlines()
    assert lines == [
        "read as   y (n,), X (n, d), w (d,), lam number",
        "gradient  lam*w - X.T @ (sigmoid(-y*(X @ w))*y)    (d,)",
        "entry i   lam*w[i] - sum(X[k, i]*y[k]/(exp(y[k]*sum(X[k, l]*w[l], l = 1..d)) + 1),"
        " k = 1..n)",
        "proved    for every d, n",
    ]
    assert checked.startswith("checked   JAX, PyTorch, complex step, 40 digits: ")
    assert checked.endswith(" at 1,000 points; 12 of 12 planted faults refuted")


def test_latex_is_shown_as_it_was_read():
    text = r"\sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda \|w\|_2^2"
    run = derive(text, "--wrt", "w", "--no-checks")
    assert run.stdout.splitlines()[:3] == [
        "read as   sum((y - X @ w)**2) + lam*sum(w**2)",
        "where     y (n,), X (n, d), w (d,), lam number",
        "gradient  2*(lam*w - X.T @ (y - X @ w))    (d,)",
    ]
    found = json.loads(derive(text, "--wrt", "w", "--no-checks", "--json").stdout)
    assert found["translation"] == "sum((y - X @ w)**2) + lam*sum(w**2)"
    run = derive(r"\log x y", "--wrt", "x")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(r"derive: column 1: what \log is of is not clear")


def test_steps_have_reasons_and_assumptions_stand_in_the_verdict():
    words = ("--wrt", "x", "--assume", "A symmetric", "--steps", "--no-checks")
    run = derive("x @ A @ x", *words)
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[:3] == [
        "read as   x (n,), A (n, n)",
        "assume    A symmetric",
        "gradient  2*A @ x    (n,)",
    ]
    assert lines[4].startswith("          = derivative in x[i] of sum(")
    assert lines[5] == "            by definition (proved)"
    assert lines[-1] == "proved    for every n, with A symmetric"
    assert "checked" not in run.stdout


def test_several_names_are_derived_in_turn():
    run = derive("lam*sum(w**2)", "--wrt", "w", "--wrt", "lam", "--no-checks")
    assert [line for line in run.stdout.splitlines() if line.startswith("gradient")] == [
        "gradient  2*lam*w    (n,)",
        "gradient  w @ w    number",
    ]


def test_json_holds_what_other_programs_rely_on():
    words = ("--wrt", "w", "--shapes", "w: d", "--assume", "w > 0", "--json", "--seconds", "60")
    run = derive("sum(log(w))", *words)
    row = json.loads(run.stdout, parse_constant=pytest.fail)
    assert list(row) == [
        "wrt", "translation", "gradient", "entry", "latex", "numpy", "jax", "torch", "shape",
        "shapes", "assume", "verdict", "scope", "steps", "checks", "seconds",
    ]  # fmt: skip
    assert (row["gradient"], row["verdict"], row["shapes"]) == ("1/w", "proved", {"w": "d"})
    assert row["assume"] == ["w > 0"]
    assert row["steps"][0].keys() == {"relation", "text", "latex", "because", "verdict"}
    assert row["checks"]["agree"]
    assert row["checks"]["judges"] == ["JAX", "PyTorch", "complex step", "40 digits"]
    rows = json.loads(
        derive("lam*sum(w)", "--wrt", "w", "--wrt", "lam", "--json", "--no-checks").stdout
    )
    assert [(row["wrt"], row["checks"]) for row in rows] == [("w", None), ("lam", None)]


def test_something_to_paste_is_printed_alone():
    assert derive("x @ A @ x", "--wrt", "x", "--latex").stdout == (
        "\\left(A + A^{\\top}\\right)\\, x\n"
    )
    run = derive("sum((X @ w)**2)", "--wrt", "w", "--numpy", "--torch")
    assert run.stdout.startswith("import numpy as np\n\n\ndef gradient(X, w):\n")
    assert "\n\nimport torch\n\n\ndef gradient(X, w):\n" in run.stdout
    compile(run.stdout, "printed", "exec")


def test_a_function_comes_from_a_file_or_standard_input(tmp_path):
    file = tmp_path / "loss.py"
    file.write_text("import numpy as np\n\ndef loss(w):\n    z = w**2\n    return np.sum(z)\n")
    for run in (
        derive("--file", str(file), "--wrt", "w", "--no-checks"),
        derive("--wrt", "w", "--no-checks", text=file.read_text()),
        derive("-", "--wrt", "w", "--no-checks", text="sum(w**2)\n"),
    ):
        assert (run.returncode, run.stderr) == (0, "")
        assert "gradient  2*w    (n,)" in run.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["sum(w)"], "expected --wrt NAME"),
        (["sum(w)", "--wrt", "v"], "--wrt v: expected a name of the function: w"),
        (["sum(w", "--wrt", "w"], "column 6: the expression ends too early"),
        (["z = w\nz +", "--wrt", "w"], "line 2, column 4: invalid syntax"),
        (
            ["foo(w)", "--wrt", "w"],
            "column 1: unknown function 'foo'; all are listed by '",
        ),
        (["a @ b", "--wrt", "a", "--shapes", "a: n, b: m"], "(n,) @ (m,) do not fit: n is not m"),
        (["sum(w)", "--wrt", "w", "--shapes", "w n"], "shapes: expected 'X: n d, w: d, lam:'"),
        (["sum(w)", "--wrt", "w", "--assume", "w pretty"], "'w pretty': expected a name and one"),
        (["sum(w)", "--wrt", "w", "--order", "3"], "'--order'"),
        (["sum(w)", "--wrt", "w", "--file", "x"], "expected FUNCTION or --file, not both"),
        (["--file", "missing.py", "--wrt", "w"], "missing.py: No such file"),
        (["--file", "tests", "--wrt", "w"], "tests: expected a regular file"),
        (["outer(x, x)", "--wrt", "x", "--numpy"], "no matrix form is proved: the gradient is"),
        (["w\x1b[2K", "--wrt", "w"], r"unexpected '\x1b'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(words, says):
    run = derive(*words)
    assert run.returncode == 2
    assert says in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    assert run.stderr.startswith("derive: ")


def test_what_is_not_settled_in_time_is_undecided_with_exit_status_3():
    run = run_apart("derive", LOGISTIC, "--wrt", "w", "--no-checks", "--seconds", "0.1")
    assert (run.returncode, run.stdout) == (3, "undecided not settled within 0.1 s\n")
    run = run_apart("derive", LOGISTIC, "--wrt", "w", "--latex", "--seconds", "0.1")
    assert (run.returncode, run.stdout, run.stderr) == (3, "", "derive: not settled within 0.1 s\n")


def test_help_teaches_in_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = derive("--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    commands = [line for line in EXAMPLES.splitlines() if line.startswith("$ ")]
    assert commands
    assert all(command in shown for command in commands)
    assert " ".join(EXAMPLES.split()[-20:]) in " ".join(shown.split())


def test_a_python_function_is_derived_in_a_fresh_process(tmp_path):
    (tmp_path / "own.py").write_text(
        "def loss(X, w):\n    z = X @ w\n    return (z**2).sum()\n\n"
        "from verify import derive\n\n"
        "found = derive(loss, wrt='w')\n"
        "print(found.gradient, '|', found.verdict, '|', found._repr_latex_())\n"
        "import verify.derive\n"
        "print([d.gradient for d in verify.derive('lam*sum(w)', wrt=['lam', 'w'])])\n"
    )
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH", "")]))
    run = subprocess.run(
        [sys.executable, "own.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        timeout=120,
    )
    assert run.stderr == ""
    assert run.stdout.splitlines() == [
        r"2*X.T @ X @ w | proved | $\displaystyle \frac{\partial f}{\partial w} ="
        r" 2\, X^{\top}\, X\, w$ (proved for every d, n)",
        "['sum(w)', 'lam*ones(n)']",
    ]


@needs_linux
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_in_a_line(name, tmp_path, in_one_process):
    text, file = HOSTILE[name], tmp_path / "loss.py"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    words = ["--file", str(file), "--wrt", "x", "--no-checks"]
    require_bounded(in_one_process, "derive", *words)


@needs_linux
@pytest.mark.parametrize("name", HOSTILE_SHAPES)
def test_hostile_shapes_end_in_a_line(name, in_one_process):
    words = ["sum((y - X @ w)**2)", "--wrt", "w", "--no-checks", *HOSTILE_SHAPES[name]]
    require_bounded(in_one_process, "derive", *words)


def test_standard_input_without_end_is_bounded():
    with Path("/dev/zero").open("rb") as endless:
        run = run_apart("derive", "--wrt", "x", stdin=endless)
    assert run.returncode == 2
    assert run.stderr == "derive: standard input: expected at most 100000 bytes\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    run = derive("--file", str(tmp_path / "pipe"), "--wrt", "x")
    assert run.returncode == 2
    assert run.stderr.endswith("pipe: expected a regular file\n")
