"""Texts that mean harm, and what every command must make of them."""

import sys
from time import process_time

import pytest
from commands import run_here

HOSTILE = {
    "ten megabytes": "x + " * 2_500_000 + "x",
    "nesting": "(" * 9_000 + "x" + ")" * 9_000,
    "nesting on lines of its own": "(\n" * 10_000 + "x" + ")" * 10_000,
    "powers of powers": "x" + "**2" * 3_000,
    "sums of sums": "sum(" * 50 + "x" + ")" * 50,
    "exponentials": "exp(" * 50 + "sum(x)" + ")" * 50,
    "a tower of powers": "((((((sum(x) + lam)**16)**16)**16)**16)**16)**16",
    "doubling": "a0 = x\n" + "".join(f"a{i + 1} = a{i}*a{i}\n" for i in range(40)) + "sum(a40)",
    "thirty names": "sum(x*" + "*".join(f"v{i}" for i in range(30)) + ")",
    "thirty matrices": "sum(" + " @ ".join(f"A{i}" for i in range(30)) + " @ x)",
    "thirty shapes in doubt": "sum(" + " + ".join(f"f{i}*x[:, None]" for i in range(30)) + ")",
    "a contradiction": "x @ A @ x + det(x[:, None] @ A)",
    "functions as names": "sum(sum)*exp(exp) @ x + log",
    "look-alikes": "\u0455um(\u0445)",
    "a minus that is none": "x \u2212 x",
    "right to left": "x + \u202ex",
    "zero": "x + \0",
    "zero in a line": "z = x\nz + \0",
    "no text": b"\xff\xfe\x00x\x00",
    "a long name": "x + " + "y" * 15_000,
    "a long number": "x*" + "9" * 15_000,
    "a mapping of Python": "x + __import__('os').getpid()",
}  # fmt: skip

HOSTILE_SHAPES = {
    "shapes that contradict the text": ["--shapes", "X: n d, w: n, y: m"],
    "shapes that contradict each other": ["--shapes", "X: 2 3, w: 4, y: 5"],
    "a shape that is said twice": ["--shapes", "w: n, w: d"],
    "a function for a name": ["--shapes", "exp: n, w: n"],
    "a size that is a name": ["--shapes", "X: w w, w: w"],
    "no size": ["--shapes", "w: 0"],
    "a size without end": ["--shapes", "w: " + "9" * 400],
    "a large size": ["--shapes", "X: 1000000 1000000, w: 1000000, y: 1000000"],
    "many shapes": ["--shapes", ", ".join(f"v{i}: n" for i in range(5_000))],
    "a look-alike": ["--shapes", "\u0445: n"],
    "an assumption without end": ["--assume", "w positive, " * 5_000],
    "what cannot be": ["--assume", "w > 0, w < 0"],
}


def require_one_line(status, out, err):
    """A verdict in its few lines, or one line that says what is wrong."""
    assert status in (0, 1, 2, 3), err
    assert "Traceback" not in err
    if status == 2:
        assert (out, len(err.splitlines())) == ("", 1)
        assert len(err) < 1500
        assert err.removesuffix("\n").isprintable()
    else:
        assert err == ""
        assert len(out.splitlines()) <= 5


needs_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="memory is limited and measured in other ways elsewhere"
)
LIMIT = ["--seconds", "3"]
MOST_SECONDS, MOST_KIBIBYTES = 5, 2**20


def require_bounded(settle_all, name, *words):
    """A command ends in a line, and takes little time and memory beside what it has settled."""
    from resource import RUSAGE_SELF, getrusage  # which not every system has

    before, seconds = getrusage(RUSAGE_SELF), process_time()
    done = run_here(name, *LIMIT, *words, settle_all=settle_all)
    require_one_line(done.returncode, done.stdout, done.stderr)
    assert process_time() - seconds < MOST_SECONDS
    assert getrusage(RUSAGE_SELF).ru_maxrss - before.ru_maxrss < MOST_KIBIBYTES
