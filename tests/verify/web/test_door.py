import socket
import subprocess
import sys

import pytest


def page(*words):
    """How the command ends that must not begin to serve."""
    command = [sys.executable, "-m", "verify.page", "--no-browser", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_that_is_taken_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = page("--port", taken.getsockname()[1])
    assert ended.returncode == 2
    assert "--port 0 takes a free one" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--host", "300.1.1.1"], "page: --host 300.1.1.1: "),
        (["--export", "/dev/null/site"], "page: --export /dev/null/site: Not a directory"),
    ],
)
def test_a_place_that_cannot_be_had_is_named(words, says):
    ended = page(*words)
    assert ended.returncode == 2
    assert ended.stderr.startswith(says)
    assert "--port" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["", "[ridge]\nfunction = 1\nwrt = 2", '[ridge]\nfunction = "x'])
def test_a_teachers_file_that_asks_nothing_is_one_line(tmp_path, text):
    path = tmp_path / "homework.toml"
    path.write_text(text, encoding="utf-8")
    ended = page(path, "--port", 0)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
