"""Swagger UI shows what the scheduler itself documents, to operators only."""

import httpx

from mailtide_console.layout.assets import vendored
from mailtide_harness.console import Browser


async def test_swagger_ui_shows_the_scheduler_s_own_document(acting: Browser) -> None:
    assert (await acting.get("/docs")).headers["location"] == "/docs/scheduler"
    page = await acting.get("/docs/scheduler")
    assert 'data-swagger="/docs/scheduler/openapi.json"' in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'; img-src 'self' data:;" in policy
    swagger = {each.file for each in vendored() if each.package == "swagger-ui-dist"}
    assert {"swagger-ui-bundle.js", "swagger-ui.css"} <= swagger
    document = (await acting.get("/docs/scheduler/openapi.json")).json()
    assert document["info"]["title"] == "Mailtide scheduler"
    assert "/api/status" in document["paths"]
    assert (await acting.get("/docs/notifier/openapi.json")).status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert (await acting.get("/docs/ingress")).status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_only_operators_see_it(acting: Browser) -> None:
    acting.client.cookies.clear()
    for path in ("/docs/scheduler", "/docs/scheduler/openapi.json"):
        assert (await acting.get(path)).headers["location"] == f"/login?next={path}"
