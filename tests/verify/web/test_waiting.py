import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import ClientDisconnect, Request

from verify.web.app import Page
from verify.web.work import ListClaims


class NeverDone:
    """A pool that never finds anything, and sees when nobody waits any more."""

    is_left = False

    async def result(self, work):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.is_left = True
            raise


def test_a_closed_tab_ends_what_it_asked():
    async def closed():
        return {"type": "http.disconnect"}

    async def asking():
        page = Page(processes=1)
        page.pool = NeverDone()
        with pytest.raises(ClientDisconnect):
            await page.found(Request({"type": "http"}, closed), ListClaims())
        await asyncio.sleep(0)
        return page.pool.is_left

    assert asyncio.run(asking())


def test_who_waits_for_others_is_told_so(browser):
    asked = [{"function": f"sum(exp({n}*x))", "wrt": "x"} for n in range(2, 7)]
    with ThreadPoolExecutor(len(asked)) as clients:
        responses = list(clients.map(lambda typed: browser.post("derive", json=typed), asked))
    lines = [[json.loads(line) for line in r.text.splitlines()] for r in responses]
    assert all(found[-1]["kind"] == "proved" for found in lines)
    assert any("first" in found[0].get("word", "") for found in lines)
