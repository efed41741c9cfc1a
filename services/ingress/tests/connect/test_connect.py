"""Connecting an account: in the browser that began it, and from anywhere else."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from mailtide_common.contracts.connect_links import MAX_USER_ID_LENGTH
from mailtide_common.contracts.events import Account, AccountStatus
from mailtide_common.contracts.versions import Source
from mailtide_harness.ingress import BOX, browser
from mailtide_harness.publisher import AWAY, RecordingPublisher
from mailtide_ingress import limits
from mailtide_ingress.app import bare_app
from mailtide_ingress.connect.connect import Connect
from mailtide_ingress.connect.link_signatures import LinkSignatures
from mailtide_ingress.connect.oauth_flow import COOKIE_PREFIX, OAuthFlows
from mailtide_ingress.connect.redirects import RedirectPolicy
from mailtide_ingress.connect.routes import SessionCookies, auth_router
from mailtide_nylas import NylasClient, pkce

PUBLIC = "https://mail.test"
CONNECT = "/api/auth/nylas/connect"
CALLBACK = "/api/auth/nylas/callback"
GRANT = {"grant_id": "g-1", "email": "a+b@example.com", "provider": "google", "expires_in": 3600}


@dataclass
class Harness:
    """An ingress with a Nylas whose answers the test determines."""

    answer: httpx.Response = field(default_factory=lambda: httpx.Response(200, json=GRANT))
    public_url: str = PUBLIC
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    publisher: RecordingPublisher = field(default_factory=RecordingPublisher)
    now: float = 1_000.0
    share: bool = True
    signatures: LinkSignatures = field(default_factory=lambda: LinkSignatures(None, "http://127.0.0.1:8080"))
    """Accepts links without a signature."""

    def app(self) -> FastAPI:
        """Return another process of the same service; only SECRET_KEY is shared."""
        nylas = NylasClient(
            "https://nylas.test", "key", "client-1", transport=httpx.MockTransport(self.exchange)
        )
        flows = OAuthFlows(BOX, now=lambda: self.now)
        rule = RedirectPolicy(self.public_url, ("https://app.test",))
        connect = Connect(
            nylas,
            self.publisher,
            flows,
            rule,
            self.public_url,
            last_account=self.publisher.last_account,
            share=self.share,
        )
        app = bare_app()
        app.include_router(auth_router(connect, flows, SessionCookies(self.public_url), self.signatures))
        return app

    async def calls_back(self, code: dict[str, str] | None = None, **query: str) -> httpx.Response:
        """Go through OAuth in a browser, and return the last response."""
        async with browser(self.app(), PUBLIC) as client:
            params = {"code": "c"} if code is None else code
            sent = await begin(client, **query)
            return await client.get(CALLBACK, params={**params, "state": sent["state"]})

    async def connects(self, user_id: str) -> dict[str, str]:
        """Go through OAuth as a user, and return the parameters with which the browser is sent back."""
        return target(await self.calls_back(user_id=user_id))[1]

    def exchange(self, request: httpx.Request) -> httpx.Response:
        self.exchanges.append(json.loads(request.content))
        return self.answer


async def begin(client: httpx.AsyncClient, **query: str) -> dict[str, str]:
    response = await client.get(CONNECT, params={"return_to": "/done?x=1", **query})
    assert response.status_code == 302
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


def target(response: httpx.Response) -> tuple[str, dict[str, str]]:
    assert response.status_code == 303
    parts = urlsplit(response.headers["location"])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query


def is_refused(response: httpx.Response) -> bool:
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    return True


async def test_the_whole_way_over_two_processes() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        sent = await begin(client, provider="google", user_id="u-1")
        jar = client.cookies
    assert sent["client_id"] == "client-1"
    assert sent["redirect_uri"] == f"{PUBLIC}{CALLBACK}"
    assert sent["provider"] == "google"
    assert sent["code_challenge_method"] == "s256"
    assert len(sent["state"]) <= 256
    async with browser(harness.app(), PUBLIC) as client:
        client.cookies = jar
        response = await client.get(CALLBACK, params={"code": "c-1", "state": sent["state"]})
    assert target(response) == (
        f"{PUBLIC}/done",
        {"x": "1", "success": "connected", "email": "a+b@example.com"},
    )
    exchange = harness.exchanges[0]
    assert (exchange["code"], exchange["redirect_uri"]) == ("c-1", sent["redirect_uri"])
    assert pkce.challenge(exchange["code_verifier"]) == sent["code_challenge"]
    (account,) = harness.publisher.events
    assert isinstance(account, Account)
    assert account.status is AccountStatus.ACTIVE
    assert (account.grant_id, account.user_id, account.provider) == ("g-1", "u-1", "google")
    assert account.email_address == "a+b@example.com"
    assert account.version.source is Source.CONNECT
    assert account.connected_at is not None
    assert account.version.observed_at <= account.connected_at


async def test_the_cookie_is_sealed_and_kept_to_its_place() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        response = await client.get(CONNECT, params={"user_id": "canary", "return_to": "/x"})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(COOKIE_PREFIX)
    assert "canary" not in cookie
    for attribute in ("HttpOnly", "SameSite=lax", "Secure", "Path=/api/auth/nylas", "Max-Age=600"):
        assert attribute in cookie


@pytest.mark.parametrize(
    ("public_url", "secure", "path"),
    [("http://127.0.0.1:8080", False, "/api/auth/nylas"), ("https://a.test/in", True, "/in/api/auth/nylas")],
)
async def test_the_cookie_follows_the_public_url(public_url: str, secure: bool, path: str) -> None:
    async with browser(Harness(public_url=public_url).app(), public_url) as client:
        client.base_url = httpx.URL("http://any.test")
        cookie = (await client.get(CONNECT)).headers["set-cookie"]
    assert ("Secure" in cookie) == secure
    assert f"Path={path};" in cookie


async def test_the_largest_cookie_fits_a_browser() -> None:
    async with browser(Harness().app(), PUBLIC) as client:
        response = await client.get(
            CONNECT,
            params={
                "user_id": "\U0001f4e7" * MAX_USER_ID_LENGTH,
                "provider": "a" * 64,
                "return_to": "/" + "x" * (limits.MAX_RETURN_TO_LENGTH - len(f"{PUBLIC}/")),
            },
        )
    assert response.status_code == 302
    assert len(response.headers["set-cookie"].split(";")[0]) < 4_096


async def test_a_state_works_once() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        sent = await begin(client)
        jar = dict(client.cookies)
        first = await client.get(CALLBACK, params={"code": "c", "state": sent["state"]})
        assert "Max-Age=0" in first.headers["set-cookie"]
        assert dict(client.cookies) == {}
        assert is_refused(await client.get(CALLBACK, params={"code": "c", "state": sent["state"]}))
        replay = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        assert is_refused(
            await client.get(CALLBACK, params={"code": "c", "state": sent["state"]}, headers=replay)
        )
    assert len(harness.exchanges) == 1


async def test_an_expired_state_is_refused() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        sent = await begin(client)
        harness.now += limits.OAUTH_SECONDS
        assert is_refused(await client.get(CALLBACK, params={"code": "c", "state": sent["state"]}))
    assert harness.exchanges == []


async def test_another_sessions_state_is_refused() -> None:
    harness = Harness()
    app = harness.app()
    async with browser(app, PUBLIC) as attacker, browser(app, PUBLIC) as victim:
        stolen = await begin(attacker)
        own = await begin(victim)
        assert is_refused(await victim.get(CALLBACK, params={"code": "c", "state": stolen["state"]}))
        ((name, value),) = dict(victim.cookies).items()
        renamed = COOKIE_PREFIX + stolen["state"][:12]
        assert name != renamed
        response = await attacker.get(
            CALLBACK,
            params={"code": "c", "state": own["state"]},
            headers={
                "Cookie": f"{COOKIE_PREFIX}{own['state'][:12]}={next(iter(dict(attacker.cookies).values()))}"
            },
        )
        assert is_refused(response)
        assert harness.exchanges == []
        assert target(await victim.get(CALLBACK, params={"code": "c", "state": own["state"]}))[1]["success"]
        assert value


@pytest.mark.parametrize("state", ["", "x", ".", "a.b", "é.é", "x" * 300])
async def test_a_forged_state_is_refused(state: str) -> None:
    async with browser(Harness().app(), PUBLIC) as client:
        await begin(client)
        assert is_refused(await client.get(CALLBACK, params={"code": "c", "state": state}))


async def test_a_changed_state_or_cookie_is_refused() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        sent = await begin(client)
        assert is_refused(await client.get(CALLBACK, params={"code": "c", "state": sent["state"] + "x"}))
        (name,) = dict(client.cookies)
        forged = {"Cookie": f"{name}=gAAAAA"}
        assert is_refused(
            await client.get(CALLBACK, params={"code": "c", "state": sent["state"]}, headers=forged)
        )
    assert harness.exchanges == []


async def test_two_tabs_do_not_disturb_each_other() -> None:
    harness = Harness()
    async with browser(harness.app(), PUBLIC) as client:
        first, second = await begin(client), await begin(client)
        for sent in (second, first):
            response = await client.get(CALLBACK, params={"code": "c", "state": sent["state"]})
            assert target(response)[1]["success"] == "connected"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "a\r\nb" + "c" * 200}, "ab" + "c" * 98),
        ({"error": ""}, "missing_code"),
        ({"error": "\x00"}, "unknown"),
        ({}, "missing_code"),
    ],
)
async def test_errors_of_nylas_are_passed_on(query: dict[str, str], error: str) -> None:
    harness = Harness()
    response = await harness.calls_back(query)
    assert target(response) == (f"{PUBLIC}/done", {"x": "1", "error": error})
    assert harness.exchanges == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            httpx.Response(400, json={"error": "invalid_grant", "error_description": "canary"}),
            "invalid_grant",
        ),
        (httpx.Response(401, json={}), "exchange_failed"),
        (httpx.Response(429, json={}), "temporarily_unavailable"),
        (httpx.Response(503), "temporarily_unavailable"),
        (httpx.Response(200, json={}), "temporarily_unavailable"),
    ],
)
async def test_a_failed_exchange_connects_nothing(answer: httpx.Response, error: str) -> None:
    harness = Harness(answer)
    response = await harness.calls_back()
    assert target(response)[1]["error"] == error
    assert "canary" not in response.headers["location"]
    assert harness.publisher.events == []


async def test_connected_is_said_only_after_the_acknowledgement() -> None:
    harness = Harness()
    harness.publisher.error = AWAY
    assert target(await harness.calls_back())[1]["error"] == "temporarily_unavailable"


@pytest.mark.parametrize(
    "query",
    [
        {"return_to": "//evil.test"},
        {"return_to": "https://evil.test"},
        {"return_to": "/\\evil.test"},
        {"provider": "Google&x=1"},
        {"user_id": ""},
        {"user_id": "x" * 129},
        {"user_id": "u\x001"},
    ],
)
async def test_what_connect_refuses(query: dict[str, str]) -> None:
    async with browser(Harness().app(), PUBLIC) as client:
        response = await client.get(CONNECT, params=query)
    assert is_refused(response)
    assert "set-cookie" not in response.headers


async def test_an_empty_provider_leaves_the_choice_to_the_user() -> None:
    async with browser(Harness().app(), PUBLIC) as client:
        assert "provider" not in await begin(client, provider="", user_id="u-1")


async def test_without_return_to_the_browser_ends_on_a_page_of_ours() -> None:
    async with browser(Harness().app(), PUBLIC) as client:
        sent = await begin(client, return_to="")
        response = await client.get(CALLBACK, params={"code": "c", "state": sent["state"]})
        assert target(response)[0] == f"{PUBLIC}/api/auth/nylas/done"
        page = await client.get(response.headers["location"])
        refused = await client.get(page.url.path, params={"error": "already_connected"})
    assert page.text == "Connected. You can close this window.\n"
    assert "another user has already connected this mailbox" in refused.text
    assert "try again" not in refused.text


async def test_a_listed_origin_is_returned_to() -> None:
    assert target(await Harness().calls_back(return_to="https://app.test/mail"))[0] == "https://app.test/mail"
