"""Login, sessions and the protection of changes (INV-38)."""

import re
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from mailtide_console import limits
from mailtide_console.login.attempts import Attempts
from mailtide_console.session.sessions import Session
from mailtide_harness.console import ADMIN_TOKEN, Browser, a_browser, a_console, settings

pytestmark = pytest.mark.real


@pytest.fixture
async def stranger(console: FastAPI) -> AsyncIterator[Browser]:
    async with a_browser(console) as browser:
        yield browser


async def test_without_a_session_every_page_leads_to_the_login(stranger: Browser, console: FastAPI) -> None:
    """INV-38."""
    paths = {re.sub("[{}]", "x", path) for path in console.openapi()["paths"]}
    assert len(paths) > 3
    for path in paths - {"/login"}:
        answer = await stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/login")
        changed = await stranger.client.post(path)
        assert (changed.status_code, changed.headers["location"]) == (303, "/login")


async def test_the_login_leads_back_to_the_page(stranger: Browser) -> None:
    wanted = await stranger.get("/runs?cursor=1")
    assert wanted.headers["location"] == "/login?next=/runs%3Fcursor%3D1"
    form = await stranger.get(wanted.headers["location"])
    assert 'name="next" value="/runs?cursor=1"' in form.text
    answer = await stranger.log_in(next_="/runs?cursor=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?cursor=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert (await stranger.get("/")).status_code == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "x", "/\nx"]
)
async def test_the_login_leads_to_no_other_site(stranger: Browser, target: str) -> None:
    assert (await stranger.log_in(next_=target)).headers["location"] == "/"


async def test_a_wrong_token_is_refused_and_too_many_are_not_read(
    console: FastAPI, stranger: Browser
) -> None:
    """INV-38."""
    now = [0.0]
    console.state.attempts = Attempts(lambda: now[0])
    for token in ("", "x", "ü" * 300, f"{ADMIN_TOKEN} ", ADMIN_TOKEN.upper())[: limits.LOGIN_FAILURES]:
        assert (await stranger.log_in(token)).status_code == 403
    limited = await stranger.log_in()
    assert limited.status_code == 429
    assert "set-cookie" not in limited.headers
    now[0] = limits.LOGIN_WINDOW_SECONDS + 1
    assert (await stranger.log_in()).status_code == 303


async def test_a_name_is_required(stranger: Browser) -> None:
    answer = await stranger.log_in(operator="  ")
    assert answer.status_code == 422
    assert "Enter your name" in answer.text


@pytest.mark.parametrize("token", [None, "", "wrong"])
async def test_a_change_needs_the_token_of_its_session(browser: Browser, token: str | None) -> None:
    """INV-38."""
    fields = {} if token is None else {"csrf": token}
    answer = await browser.client.post("/theme", data={"theme": "dark", **fields})
    assert answer.status_code == 403
    assert "mailtide_theme" not in browser.client.cookies
    assert (await browser.send("/theme", theme="dark")).status_code == 303
    assert browser.client.cookies["mailtide_theme"] == "dark"
    assert 'data-theme="dark"' in (await browser.get("/")).text


async def test_another_site_causes_no_change(browser: Browser) -> None:
    """INV-38."""
    browser.client.headers["sec-fetch-site"] = "cross-site"
    assert (await browser.send("/theme", theme="dark")).status_code == 403


async def test_a_session_ends_after_its_time_by_logout_and_with_its_admin_token(
    browser: Browser, console: FastAPI, pool: asyncpg.Pool
) -> None:
    """INV-38."""
    kept = dict(browser.client.cookies)
    async with a_console(pool, httpx.MockTransport(lambda _: httpx.Response(503))) as other:
        other.state.sessions._seconds = -1  # noqa: SLF001 - Fernet reads the clock itself
        async with a_browser(other) as late:
            late.client.cookies.update(kept)
            assert (await late.get("/")).status_code == 303
    async with (
        a_console(
            pool, httpx.MockTransport(lambda _: httpx.Response(503)), admin_token="another-admin-token"
        ) as other,
        a_browser(other) as stranger,
    ):
        stranger.client.cookies.update(kept)
        assert (await stranger.get("/")).status_code == 303
    altered = {name: f"{value[:-2]}aa" for name, value in kept.items()}
    async with a_browser(console) as stranger:
        stranger.client.cookies.update(altered)
        assert (await stranger.get("/")).status_code == 303
    assert (await browser.send("/logout")).headers["location"] == "/login"
    assert (await browser.get("/")).status_code == 303


async def test_over_tls_cookies_are_secure(pool: asyncpg.Pool) -> None:
    async with (
        a_console(
            pool,
            httpx.MockTransport(lambda _: httpx.Response(503)),
            mailtide_console_url="https://console.example",
        ) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://console.example") as client,
    ):
        answer = await client.post("/login", data={"token": ADMIN_TOKEN, "operator": "Ada"})
        assert re.match(r"__Host-mailtide_session=.*; Secure", answer.headers["set-cookie"])
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_page_runs_no_inline_script_and_is_not_kept(browser: Browser) -> None:
    headers = (await browser.get("/")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["cache-control"] == "no-store"


async def test_a_large_body_is_refused(browser: Browser) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield bytes(1_000)

    assert (await browser.client.post("/theme", content=bytes(70_000))).status_code == 413
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await browser.client.post("/theme", content=endless(), headers=form)
    assert answer.status_code == 413


@pytest.mark.parametrize("character", ["x", "ü", "😀"])
async def test_a_long_notice_is_cut_so_that_browsers_keep_its_cookie(
    browser: Browser, console: FastAPI, character: str
) -> None:
    response = console.state.renderer.back("/", f"Refused: {character * 5_000}.")
    cookie = response.headers["set-cookie"]
    assert len(cookie) < 4_096
    name, _, sealed = cookie.partition(";")[0].partition("=")
    browser.client.cookies.set(name, sealed)
    assert re.search(rf"Refused: {character}+ …</p>", (await browser.get("/")).text)


def test_a_session_shows_no_secret_in_its_cookie() -> None:
    made = settings()
    session = Session.begin("Ada", "a-csrf-token")
    assert ADMIN_TOKEN not in repr(made)
    assert ADMIN_TOKEN not in repr(session)
