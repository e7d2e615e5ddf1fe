"""How a command ends: whatever goes wrong outside it is one line, and no traceback."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

import typer

INTERRUPTED = 130


def run_command(app: typer.Typer, name: str) -> NoReturn:
    """Run a command to its exit: 2 for a mistake or an output that takes nothing, 130 for Ctrl-C.

    A character that the output's encoding lacks is printed as `?`.
    """
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started this
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        if isinstance(found := getattr(sys, stream), TextIOWrapper):
            found.reconfigure(errors="replace")
    try:
        status = _run(app, name)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        _stop(f"{name}: interrupted", INTERRUPTED)
    except BrokenPipeError:
        _stop("", 1)  # nobody reads on, as in `... | head`
    except OSError as error:
        _stop(f"{name}: cannot go on ({error.strerror})", 2)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _stop(f"{name}: {error.format_message()}", 2)
    _stop("", status)


def _run(app: typer.Typer, name: str) -> int:
    try:
        status = app(standalone_mode=False, prog_name=f"python -m {name}")
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
