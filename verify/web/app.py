"""The page's routes: what is asked goes to the pool, what is found through a template."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from verify.grading.workers import Work
from verify.objectives.asked import Asked
from verify.web.findings import Complaint
from verify.web.incoming import asked_in, task_in, typed_in
from verify.web.pool import SECONDS, BusyError, Pool
from verify.web.work import Derive, Grade, Judge, ListClaims, Read, ShowClaim

STATIC = Path(__file__).parent / "static"
MARKS = {"proved": "✓", "refuted": "✗", "undecided": "?", "unreadable": "!"}
"""A mark for each verdict, so that none is told by its colour alone."""
HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self'; "
    b"img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
FIRST = Asked("sum(x**2)", "x")  # by then a process has read what the next question needs, too
EXAMPLES = (
    ("Ridge regression", "sum((y - X @ w)**2) + lam*sum(w**2)", "w", ""),
    ("Logistic regression", "sum(log(1 + exp(-y * (X @ w))))", "w", ""),
    ("A sign error", "sum((y - X @ w)**2)", "w", "2 * X.T @ (y - X @ w)"),
    ("Softmax with temperature", "softmax(z / tau)", "z", "(diag(y) - outer(y, y)) / tau"),
    ("Right only under a condition", "x @ A @ x", "x", "2 * A @ x"),
    ("In LaTeX", r"\frac{1}{2n} \sum_{i=1}^n (y_i - x_i^\top w)^2 + \lambda \|w\|_1", "w", ""),
    ("Gaussian likelihood", "logdet(S) + trace(inv(S) @ A)", "S", ""),
)
"""What one may begin with: a title, an objective, a name, and an answer."""


class Page:
    """What the routes share: the processes, a teacher's questions, and what is known of claims."""

    def __init__(
        self,
        questions: Mapping[str, Asked] | None = None,
        is_hidden: bool = False,
        processes: int | None = None,
        seconds: float = SECONDS,
    ):
        self.questions, self.is_hidden = dict(questions or {}), is_hidden
        self.pool = Pool(seconds, Derive(FIRST), processes)
        self.known: dict[Work, Any] = {}

    async def found(self, request: Request, work: Work) -> Any:
        """What is found, for as long as somebody waits; 503 where too many do."""
        result = asyncio.create_task(self.pool.result(work))
        gone = asyncio.create_task(_gone(request))
        try:
            await asyncio.wait((result, gone), return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise ClientDisconnect
            return result.result()
        except BusyError:
            raise HTTPException(503, "too many questions are waiting: ask again soon") from None
        finally:
            result.cancel()
            gone.cancel()

    async def kept(self, request: Request, work: Work) -> Any:
        """What is found, kept: of the claims, which do not change."""
        if work not in self.known:
            found = await self.found(request, work)
            if not found or isinstance(found, Complaint):
                return found
            self.known[work] = found
        return self.known[work]

    # --- pages

    async def objective(self, request: Request) -> Response:
        """Any objective."""
        return _page("objective.html", self, examples=EXAMPLES)

    async def homework(self, request: Request) -> Response:
        """The claims by problem, and a teacher's questions."""
        claims = await self.kept(request, ListClaims(self.is_hidden))
        problems = [(p, list(c)) for p, c in groupby(claims, key=lambda claim: claim.problem)]
        return _page("homework.html", self, problems=problems, questions=self.questions)

    async def claim(self, request: Request) -> Response:
        """One claim."""
        named = request.path_params["id"]
        if named not in [
            claim.id for claim in await self.kept(request, ListClaims(self.is_hidden))
        ]:
            raise HTTPException(404, "no such claim")
        claim = await self.kept(request, ShowClaim(named, self.is_hidden))
        if isinstance(claim, Complaint):
            raise HTTPException(503, claim.message)
        return _page("claim.html", self, claim=claim)

    async def question(self, request: Request) -> Response:
        """One of a teacher's questions."""
        name = request.path_params["name"]
        if name not in self.questions:
            raise HTTPException(404, "no such question")
        asked = self.questions[name]
        understood = await self.kept(request, Read(asked))
        return _page("question.html", self, name=name, asked=asked, understood=understood)

    # --- what is asked

    async def read(self, request: Request) -> Response:
        """What a function means."""
        return await self._answered(request, Read(asked_in(await typed_in(request))))

    async def grade(self, request: Request) -> Response:
        """Whether an answer is right."""
        task = task_in(await typed_in(request), self.questions)
        return await self._answered(request, Grade(task))

    async def derive(self, request: Request) -> Response:
        """What the gradient is, unless solutions are hidden."""
        return await self._solved(request, Derive)

    async def judge(self, request: Request) -> Response:
        """What other judges find of that gradient, unless solutions are hidden."""
        return await self._solved(request, Judge)

    async def _solved(self, request: Request, work: type[Derive | Judge]) -> Response:
        if self.is_hidden:
            raise HTTPException(403, "solutions are hidden here")
        return await self._answered(request, work(asked_in(await typed_in(request))))

    async def _answered(self, request: Request, work: Work) -> Response:
        """Lines of JSON: a word while others are served first, then what was found, as HTML."""
        if self.pool.is_full:
            raise HTTPException(503, "too many questions are waiting: ask again soon")

        async def lines() -> AsyncIterator[str]:
            if self.pool.is_busy:
                before = self.pool.waiting
                others = f"{before} question{'s' * (before != 1)}" if before else "another question"
                yield _line(word=f"{others} first …")
            try:
                found = await self.found(request, work)
            except ClientDisconnect:
                return
            except HTTPException as error:
                yield _line(word=error.detail)
                return
            yield _line(kind=found.kind, html=_html(found.template, self, found=found))

        return StreamingResponse(lines(), media_type="application/x-ndjson")


def application(page: Page, hosts: tuple[str, ...] = ("*",)) -> Starlette:
    """The application; it answers requests for these hosts alone."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        page.pool.start()
        yield
        page.pool.stop()

    routes = [
        Route("/", page.objective),
        Route("/homework", page.homework),
        Route("/claims/{id}", page.claim),
        Route("/questions/{name}", page.question),
        Route("/read", page.read, methods=["POST"]),
        Route("/grade", page.grade, methods=["POST"]),
        Route("/derive", page.derive, methods=["POST"]),
        Route("/judge", page.judge, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    middleware = [
        Middleware(_Headers),
        Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
    ]
    handlers: Any = {HTTPException: _refused, ClientDisconnect: _nobody, Exception: _failed}
    return Starlette(
        routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lifespan
    )


def _environment() -> Environment:
    """The templates; whatever is not our own MathML is escaped in them."""
    found = Environment(
        loader=PackageLoader("verify.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"marks": MARKS}
    return found


TEMPLATES = _environment()


class _Headers:
    """Sends the headers that keep a page to itself with every response."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS.items()]
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


async def _gone(request: Request) -> None:
    """Until nobody waits for the response any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _line(**content: str) -> str:
    return json.dumps(content) + "\n"


def _html(template: str, page: Page, **content: Any) -> str:
    """A template, with links as the server has them."""
    return TEMPLATES.get_template(template).render(
        root="/", suffix="", is_exported=False, is_hidden=page.is_hidden, **content
    )


def _page(template: str, page: Page, **content: Any) -> HTMLResponse:
    return HTMLResponse(_html(template, page, **content))


async def _refused(request: Request, error: Exception) -> Response:
    """One line; a page around it for who reads pages."""
    assert isinstance(error, HTTPException)
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{error.detail}\n", error.status_code)
    message = "no such page" if error.detail == "Not Found" else error.detail
    html = TEMPLATES.get_template("refused.html").render(
        root="/", is_exported=False, message=message
    )
    return HTMLResponse(html, error.status_code)


async def _nobody(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


async def _failed(request: Request, error: Exception) -> Response:
    return PlainTextResponse("something is wrong with the page itself\n", 500)
