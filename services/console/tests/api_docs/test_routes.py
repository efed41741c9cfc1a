"""Swagger UI shows what the scheduler itself documents, to operators only."""

import re

import httpx

from mailtide_console.layout.assets import integrity
from mailtide_harness.console import Browser


async def test_swagger_ui_shows_the_scheduler_s_own_document(acting: Browser) -> None:
    assert (await acting.get("/docs")).headers["location"] == "/docs/scheduler"
    page = await acting.get("/docs/scheduler")
    assert 'data-swagger="/docs/scheduler/openapi.json"' in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'; img-src 'self' data:;" in policy
    found = dict(re.findall(r'(?:src|href)="(/static/swagger-ui[^"]+)" integrity="([^"]+)"', page.text))
    assert [path.partition("?")[0] for path in found] == [
        "/static/swagger-ui.css",
        "/static/swagger-ui-bundle.js",
    ]
    for path, expected in found.items():
        assert integrity((await acting.get(path)).content) == expected
    document = (await acting.get("/docs/scheduler/openapi.json")).json()
    assert document["info"]["title"] == "Mailtide scheduler"
    assert "/api/status" in document["paths"]
    assert (await acting.get("/docs/notifier/openapi.json")).status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert (await acting.get("/docs/ingress")).status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_only_operators_see_it(acting: Browser) -> None:
    acting.client.cookies.clear()
    for path in ("/docs/scheduler", "/docs/scheduler/openapi.json"):
        assert (await acting.get(path)).headers["location"] == f"/login?next={path}"
