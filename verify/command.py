"""How a command ends: whatever goes wrong outside it is one line, and no traceback."""

from __future__ import annotations

import os
import sys
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
        status = app(standalone_mode=False, prog_name=f"python -m {name}")
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except BrokenPipeError:
        _stop("", 1)  # nobody reads on, as in `... | head`
    except OSError as error:
        _stop(f"{name}: cannot go on ({error.strerror})", 2)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        _stop(f"{name}: {error.format_message()}", 2)
    if status == INTERRUPTED:
        _stop(f"{name}: interrupted", INTERRUPTED)
    sys.exit(status)


def _stop(why: str, status: int) -> NoReturn:
    if why:
        print(why, file=sys.stderr)
    sys.stdout = None  # what it still holds may not be writable
    raise SystemExit(status)
