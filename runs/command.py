"""How a command ends: whatever goes wrong outside it is one line, and no traceback.

| exit status | |
|---|---|
| 0 | done, and what was asked holds |
| 1 | it does not hold, or could not be finished |
| 2 | a mistake in the command, its input, or the place for its output |
| 3 | undecided |
| 130 | Ctrl-C |
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, NoReturn

import typer

FAILED, USAGE, INTERRUPTED = 1, 2, 130
CONTINUES = "interrupted; what is finished is kept, and the same command continues from there"


class CommandError(Exception):
    """What stops a command, in one line, with the exit status."""

    def __init__(self, message: str, status: int = FAILED):
        super().__init__(message)
        self.status = status


class UsageError(CommandError):
    """A mistake in the command line: what was expected, and what came."""

    def __init__(self, message: str):
        super().__init__(message, USAGE)


def run_command(command: Callable[..., Any], name: str, typed: str) -> NoReturn:
    """Run a command to its exit; its errors begin with its `name`, its help with what was `typed`.

    A character that the output's encoding lacks is printed as `?`.
    """
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started this
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        if isinstance(opened := getattr(sys, stream), TextIOWrapper):
            opened.reconfigure(errors="replace")
    try:
        status = _run(command, typed)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        _stop(f"{name}: interrupted", INTERRUPTED)
    except BrokenPipeError:
        _stop("", FAILED)  # nobody reads on, as in `... | head`
    except OSError as error:
        _stop(f"{name}: cannot go on ({error.strerror})", USAGE)
    except CommandError as error:
        _stop(f"{name}: {error}", error.status)
    except Exception as error:
        if not hasattr(error, "format_message"):  # typer has no public name for its own errors
            raise
        message = error.format_message()  # of more than a line: the help, as nothing was typed
        _stop(message if "\n" in message else f"{name}: {message}", USAGE)
    _stop("", status)


def _run(command: Callable[..., Any], typed: str) -> int:
    try:
        status = command(standalone_mode=False, prog_name=typed)
    except SystemExit as end:  # what ended it has said why
        return int(end.code or 0)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    return status or 0


def _stop(why: str, status: int) -> NoReturn:
    """End at once: Python would wait for ever for what a killed process was about to send."""
    with suppress(OSError):
        if why:
            print(why, file=sys.stderr)
        sys.stderr.flush()
    os._exit(status)
