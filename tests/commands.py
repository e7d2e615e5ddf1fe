"""Commands as a person runs them: in a process apart, or here, for a fraction of the time."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from typing import TextIO

import pytest

from runs.entry_points import ENTRY_POINTS, run_module

CAPTURED = io.StringIO()
"""Stands for an output of its own."""


class _End(BaseException):
    """The end of a command that runs here."""


def run_apart(name: str, *words: str, **options) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as `python -m`."""
    command = [sys.executable, "-m", ENTRY_POINTS[name].module, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "timeout": 300}
    return subprocess.run(command, check=False, **pipes | options)


def settled_here(tasks, workers, seconds):
    """What a command has to settle, in this process and without limits."""
    return ((place, task.settled()) for place, task in enumerate(tasks))


def run_here(
    name: str,
    *words: str,
    text: str = "",
    stdout: TextIO | None = CAPTURED,
    settle_all: Callable = settled_here,
) -> subprocess.CompletedProcess[str]:
    """The same in this process, up to its exit.

    `text` is what standard input holds; standard output is None where it is closed.
    """

    def end(status: int) -> None:
        statuses.append(status)
        raise _End

    statuses: list[int] = []
    home = import_module(ENTRY_POINTS[name].home)
    stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    out = io.StringIO() if stdout is CAPTURED else stdout
    with (
        redirect_stdout(out),
        redirect_stderr(io.StringIO()) as err,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(os, "_exit", end)
        patch.setattr(sys, "argv", [ENTRY_POINTS[name].module, *words])
        patch.setattr(sys, "stdin", stdin)
        if hasattr(home, "settle_all"):
            patch.setattr(home, "settle_all", settle_all)
        try:
            with pytest.raises(_End):
                run_module(name)
        finally:
            gc.enable()  # which `verify` turns off to its end
    said = out.getvalue() if isinstance(out, io.StringIO) else ""
    return subprocess.CompletedProcess(words, statuses[0], said, err.getvalue())
