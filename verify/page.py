"""Is my gradient right? A page in the browser."""

from __future__ import annotations

import errno
import socket
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Optional

import typer

from runs.command import UsageError
from runs.entry_points import as_typed, run_module
from verify.grading.submissions import questions_in
from verify.grading.words import as_name
from verify.objectives.asked import Asked

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LARGEST_HEADER = 32_000
MOST_CONNECTIONS = 300
COMMAND = as_typed("page")
EXAMPLES = f"""Examples:

\b
$ {COMMAND}                   # any objective, and the homework
$ {COMMAND} homework.toml     # and a teacher's questions
$ {COMMAND} --export site     # the claims as static pages"""
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(help=__doc__, epilog=EXAMPLES)
def main(
    homework: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="A teacher's questions, to be shown beside the claims."),
    ] = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65535)] = 8766,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    hide_solutions: Annotated[
        bool, typer.Option("--hide-solutions", help="Grade and hint, but show no right answer.")
    ] = False,
    export: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write the claims as static pages, and end.", metavar="DIR"),
    ] = None,
) -> None:
    """Serve the page until Ctrl-C, or write the claims as static pages."""
    if export:
        from verify.web.export import export as write

        try:
            print(f"{write(export)} pages in {as_name(str(export))}")
        except OSError as error:
            raise UsageError(f"--export {as_name(str(export))}: {error.strerror}") from None
        return
    questions = _questions(homework)
    listener = _listener(host, port)
    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{listener.getsockname()[1]}/"
    if host not in LOOPBACK:
        print(f"page: {host} can be reached from other machines", file=sys.stderr)
    print(f"{url}  (Ctrl-C ends it)", flush=True)
    if not no_browser:
        webbrowser.open(url)
    _serve(listener, questions, hide_solutions, host)


def _questions(homework: Path | None) -> dict[str, Asked]:
    if homework is None:
        return {}
    try:
        return questions_in(homework)
    except ValueError as error:
        raise UsageError(f"{as_name(str(homework))}: {error}") from None


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0]
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise UsageError(f"--host {as_name(host)}: {why}") from None
        raise UsageError(f"{host} port {port}: {why}; --port 0 takes a free one") from None


def _serve(
    listener: socket.socket, questions: dict[str, Asked], is_hidden: bool, host: str
) -> None:
    from uvicorn import Config, Server

    from verify.web.app import Page, application

    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    config = Config(
        application(Page(questions, is_hidden), hosts),
        log_level="error",
        access_log=False,  # what is typed stands in links
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=LARGEST_HEADER,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=1,
    )
    Server(config).run(sockets=[listener])


if __name__ == "__main__":
    run_module("page")
