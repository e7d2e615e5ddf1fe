"""What a browser may send: short, soon, from the page itself; else one line and a status."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from verify.grading.workers import Task
from verify.objectives.asked import Asked

LARGEST_BODY = 64_000
SECONDS_TO_SEND = 10
LONGEST = {"function": 20_000, "wrt": 60, "shapes": 2_000, "assume": 2_000, "answer": 20_000}
"""Characters of what is typed; the readers have narrower limits of their own."""


async def typed_in(request: Request) -> dict[str, str]:
    """The texts of a body in JSON; raises `HTTPException`."""
    origin = request.headers.get("origin")
    if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
        raise HTTPException(403, "expected a question from this page, got one from another")
    try:
        async with asyncio.timeout(SECONDS_TO_SEND):
            body = await _body(request)
    except TimeoutError:
        raise HTTPException(408, f"expected a question within {SECONDS_TO_SEND} s") from None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "expected JSON in UTF-8") from None
    return _texts(content)


def asked_in(typed: Mapping[str, str]) -> Asked:
    """The derivative that is asked for."""
    assume = (typed["assume"],) if typed.get("assume", "").strip() else ()
    order = 2 if typed.get("order") == "2" else 1
    wrt = typed.get("wrt", "").strip()
    return Asked(typed.get("function", ""), wrt, typed.get("shapes", ""), assume, order)


def task_in(typed: Mapping[str, str], questions: Mapping[str, Asked]) -> Task:
    """The answer that is to be graded: to a question of the homework, a teacher's, or any."""
    name, text = typed.get("question", ""), typed.get("answer", "")
    if name in questions:
        return Task(name, text, asked=questions[name])
    if name:
        return Task(name, text)
    asked = asked_in(typed)
    return Task(asked.wrt, text, asked=asked)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"expected at most {LARGEST_BODY:,} bytes")
    return bytes(body)


def _texts(content: Any) -> dict[str, str]:
    if not isinstance(content, dict):
        raise HTTPException(400, "expected an object of texts")
    for name, text in content.items():
        if not isinstance(text, str):
            raise HTTPException(400, f"{name[:20]!r}: expected a text")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise HTTPException(400, f"{name[:20]!r}: expected text in Unicode") from None
        if len(text) > LONGEST.get(name, 100):
            raise HTTPException(
                400, f"{name[:20]!r}: expected at most {LONGEST.get(name, 100)} characters"
            )
    return content
