"""The page's application, asked in process, and what it finds."""

import json

import pytest
from starlette.testclient import TestClient

from verify.objectives.asked import Asked
from verify.web.app import Page, application

TEACHERS = {"ridge": Asked("sum((y - X @ w)**2) + lam*sum(w**2)", "w")}


class Browser:
    """Asks as the page's script does."""

    def __init__(self, client):
        self.client = client

    def get(self, path, **options):
        return self.client.get(path, **options)

    def post(self, what, **options):
        return self.client.post(f"/{what}", **options)

    def ask(self, what, **typed):
        """What is found: its kind and its HTML."""
        response = self.post(what, json=typed)
        assert response.status_code == 200, response.text
        return json.loads(response.text.splitlines()[-1])


@pytest.fixture(scope="session")
def browser():
    page = Page(TEACHERS, processes=1)
    with TestClient(application(page, ("testserver",))) as client:
        yield Browser(client)


@pytest.fixture(scope="session")
def browser_without_solutions():
    page = Page(TEACHERS, is_hidden=True, processes=1)
    with TestClient(application(page)) as client:
        yield Browser(client)
