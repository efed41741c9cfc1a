"""The page that connects mailboxes."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
from fastapi import FastAPI

from mailtide_common.contracts.connect_links import connect_link, signature
from mailtide_common.contracts.keys import account_uuid
from mailtide_harness.console import PUBLIC_URL, Browser


async def test_a_link_is_signed_for_its_user_and_the_new_mailbox_appears(
    pool: asyncpg.Pool, acting: Browser
) -> None:
    assert "Google" in (await acting.get("/connect")).text
    to_page = await acting.get("/connect/link?provider=google&user_id=42")
    page = await acting.get(to_page.headers["location"])
    assert "Waiting for the new mailbox" in page.text
    (link,) = {unescape(each) for each in re.findall(r'href="(https://mail[^"]+)"', page.text)}
    parts = urlsplit(link)
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert link.startswith(f"{PUBLIC_URL}/api/auth/nylas/connect?")
    expected = signature(
        "a-connect-secret", provider="google", user_id="42", return_to="", expires=given["expires"]
    )
    assert (given["user_id"], given["signature"]) == ("42", expected)
    await pool.execute(
        "INSERT INTO email_accounts (id, nylas_grant_id, email_address, provider, status, connected_at, observed_at,"
        " source_rank, event_id) VALUES ($1, 'g', 'new@example.com', 'google', 'active', now(), 1, 2, 'e')",
        account_uuid("g"),
    )
    page = await acting.get(to_page.headers["location"])
    assert "new@example.com is connected" in page.text
    assert f"/accounts/{account_uuid('g')}" in page.text
    later = quote((datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert "Waiting" in (await acting.get(f"/connect/link?provider=google&since={later}")).text


async def test_a_link_that_the_ingress_would_refuse_is_not_shown(browser: Browser, console: FastAPI) -> None:
    page = f"/connect/link?since={quote(datetime.now(UTC).isoformat())}"
    parts = console.state.parts
    console.state.parts = replace(parts, link=partial(connect_link, PUBLIC_URL, None))
    refused = await browser.get(page)
    assert refused.status_code == 503
    assert "CONNECT_SECRET must be set" in refused.text
    console.state.parts = replace(parts, link=partial(connect_link, "http://127.0.0.1:8080", None))
    assert "It does not expire" in (await browser.get(page)).text


async def test_odd_parameters_are_refused(acting: Browser) -> None:
    for query in ("provider=%3Cb%3E", "user_id=a%0Ab", "user_id=%00", "since=soon"):
        assert (await acting.get(f"/connect/link?{query}")).status_code == 422
