"""The client against a transport that answers as Nylas does."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mailtide_nylas import (
    GrantLimiter,
    NylasClient,
    NylasError,
    NylasNotFoundError,
    NylasPermanentError,
    NylasThrottledError,
    NylasTransientError,
    NylasUnsentError,
    UnreadableMessage,
)

API = "https://nylas.test"
Answer = httpx.Response | Exception | dict[str, Any]


class Nylas:
    """Answers with the given responses in order; the last one is repeated."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def client(self, **arguments: Any) -> NylasClient:
        return NylasClient(API, "key-1", "client-1", transport=httpx.MockTransport(self), **arguments)


def test_urls_are_built_without_a_request() -> None:
    url = (
        Nylas({})
        .client()
        .authorization_url("https://m.test/cb?a=b", "s t", provider="google", code_challenge="c")
    )
    assert url.startswith(f"{API}/v3/connect/auth?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["client-1"],
        "redirect_uri": ["https://m.test/cb?a=b"],
        "response_type": ["code"],
        "access_type": ["online"],
        "state": ["s t"],
        "provider": ["google"],
        "code_challenge": ["c"],
        "code_challenge_method": ["s256"],
    }


async def test_clients_share_the_limiter_that_they_are_given() -> None:
    limiter = GrantLimiter()
    throttled = httpx.Response(
        429, json={"error": {"type": "rate_limit_error"}}, headers={"Retry-After": "9"}
    )
    async with Nylas(throttled).client(limiter=limiter) as one:
        with pytest.raises(NylasThrottledError):
            await one.get_folder("g", "f")
    other = Nylas({"data": {"id": "f"}})
    async with other.client(limiter=limiter) as client:
        with pytest.raises(NylasThrottledError):
            await client.get_folder("g", "f")
    assert other.requests == []


async def test_a_page_of_messages_is_asked_for_and_read() -> None:
    nylas = Nylas({"request_id": "r", "data": [{"id": "m"}, None], "next_cursor": "c+/="})
    async with nylas.client() as client:
        page = await client.list_messages(
            "g/1", limit=5, page_token="CigK+/=", received_after=1, select=["id", "date"]
        )
    assert (page.data, page.next_cursor) == ([{"id": "m"}], "c+/=")
    assert page.unreadable == (UnreadableMessage(None, b"null", "an entry that is not an object"),)
    request = nylas.requests[0]
    assert request.url.raw_path.startswith(b"/v3/grants/g%2F1/messages?")
    assert dict(request.url.params) == {
        "limit": "5",
        "page_token": "CigK+/=",
        "received_after": "1",
        "select": "id,date",
    }
    assert request.headers["authorization"] == "Bearer key-1"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"{}",
        b'{"data":null}',
        b'{"data":{"threads":[]}}',
        b'{"data":[],"next_cursor":7}',
        b'{"data":[',
    ],
)
async def test_what_is_no_page_is_never_an_empty_page(body: bytes) -> None:
    async with Nylas(httpx.Response(200, content=body)).client() as client:
        with pytest.raises(NylasTransientError):
            await client.list_messages("g")


@pytest.mark.parametrize("end", [{}, {"next_cursor": None}, {"next_cursor": ""}])
async def test_three_forms_of_the_last_page(end: dict[str, Any]) -> None:
    async with Nylas({"data": [], **end}).client() as client:
        assert (await client.list_messages("g")).next_cursor is None


async def test_ids_are_encoded() -> None:
    nylas = Nylas({"data": {"id": "x"}})
    async with nylas.client() as client:
        await client.get_message("g", "<a/b#c@x y%2F>")
    assert nylas.requests[0].url.raw_path == b"/v3/grants/g/messages/%3Ca%2Fb%23c%40x%20y%252F%3E"


@pytest.mark.parametrize("message_id", ["", ".", "..", "\ud800", "m" * 70_000])
async def test_ids_that_no_path_can_hold_are_refused(message_id: str) -> None:
    nylas = Nylas({"data": {"id": "x"}})
    async with nylas.client() as client:
        with pytest.raises(NylasUnsentError):
            await client.get_message("g", message_id)
    assert nylas.requests == []


@pytest.mark.parametrize("data", [None, [], {}, {"id": 7}, {"id": ""}])
async def test_a_message_has_an_id(data: Any) -> None:
    async with Nylas({"data": data}).client() as client:
        with pytest.raises(NylasTransientError):
            await client.get_message("g", "m")


async def test_folders_are_followed_over_pages() -> None:
    first = {"data": [{"id": "INBOX", "attributes": ["\\Inbox"]}], "next_cursor": "2"}
    nylas = Nylas(first, {"data": [{"id": "B"}]})
    async with nylas.client() as client:
        folders = await client.list_folders("g")
    assert [(folder.id, folder.attributes) for folder in folders] == [("INBOX", ("\\Inbox",)), ("B", None)]


async def test_folder_pages_that_go_in_a_circle_end() -> None:
    async with Nylas({"data": [], "next_cursor": "2"}).client() as client:
        with pytest.raises(NylasTransientError):
            await client.list_folders("g")


async def test_an_invalid_grant_is_read() -> None:
    async with Nylas({"data": {"id": "g", "grant_status": "invalid"}}).client() as client:
        assert not (await client.get_grant("g")).is_valid


async def test_webhooks() -> None:
    nylas = Nylas(
        {"data": [{"id": "w", "status": "active"}]},
        {"data": {"id": "w", "webhook_secret": "s1"}},
        {"data": {"id": "w", "status": "active"}},
        {"data": {"id": "w", "webhook_secret": "s2"}},
    )
    async with nylas.client() as client:
        assert (await client.list_webhooks())[0].status == "active"
        created = await client.create_webhook("https://m.test", ["message.created"], compressed_delivery=True)
        await client.update_webhook("w", status="active")
        rotated = await client.rotate_webhook_secret("w")
    assert (created.webhook_secret.get_secret_value(), rotated.webhook_secret.get_secret_value()) == (
        "s1",
        "s2",
    )
    assert [(r.method, r.url.path) for r in nylas.requests] == [
        ("GET", "/v3/webhooks"),
        ("POST", "/v3/webhooks"),
        ("PUT", "/v3/webhooks/w"),
        ("POST", "/v3/webhooks/rotate-secret/w"),
    ]
    assert json.loads(nylas.requests[2].content) == {"status": "active"}


async def test_a_created_destination_without_a_secret_is_no_answer() -> None:
    async with Nylas({"data": {"id": "w"}}).client() as client:
        with pytest.raises(NylasTransientError):
            await client.create_webhook("https://m.test", [])


async def test_a_code_is_exchanged_once() -> None:
    nylas = Nylas({"grant_id": "g", "email": "a@example.com", "access_token": "t", "expires_in": 3600})
    async with nylas.client() as client:
        exchange = await client.exchange_code("c", "https://m.test/cb", "v")
    assert (exchange.grant_id, exchange.email) == ("g", "a@example.com")
    assert json.loads(nylas.requests[0].content) == {
        "client_id": "client-1",
        "client_secret": "key-1",
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": "https://m.test/cb",
        "code_verifier": "v",
    }


async def test_a_refused_code_says_so() -> None:
    async with Nylas(httpx.Response(400, json={"error": "invalid_grant"})).client() as client:
        with pytest.raises(NylasPermanentError) as caught:
            await client.exchange_code("c", "https://m.test/cb", "v")
    assert caught.value.error_type == "invalid_grant"


PAGE: dict[str, Any] = {"data": []}


@pytest.mark.parametrize(
    ("answers", "sent", "expected"),
    [
        ([httpx.Response(503), PAGE], 2, None),
        ([httpx.ConnectError("refused"), httpx.Response(200, content=b"<html>"), PAGE], 3, None),
        ([httpx.Response(503)], 3, NylasTransientError),
        ([httpx.Response(429), PAGE], 1, NylasThrottledError),
        ([httpx.Response(404, json={}), PAGE], 1, NylasNotFoundError),
    ],
)
async def test_a_get_is_tried_again_only_where_it_helps(
    answers: list[Answer], sent: int, expected: type[NylasError] | None
) -> None:
    nylas = Nylas(*answers)
    async with nylas.client() as client:
        if expected is None:
            await client.list_messages("g")
        else:
            with pytest.raises(expected):
                await client.list_messages("g")
    assert len(nylas.requests) == sent


async def test_a_post_is_never_tried_again() -> None:
    nylas = Nylas(httpx.Response(503))
    async with nylas.client() as client:
        with pytest.raises(NylasTransientError):
            await client.exchange_code("c", "https://m.test/cb", "v")
    assert len(nylas.requests) == 1


async def test_a_retry_after_closes_the_grant_and_no_other() -> None:
    nylas = Nylas(httpx.Response(429, headers={"retry-after": "60"}), PAGE)
    async with nylas.client() as client:
        for _ in range(2):
            with pytest.raises(NylasThrottledError) as caught:
                await client.list_messages("g")
            assert 59 < (caught.value.retry_after_seconds or 0) <= 60
        await client.list_messages("other")
    assert len(nylas.requests) == 2


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout("t"), httpx.RemoteProtocolError("p"), httpx.DecodingError("d"), httpx.ReadError("r")],
)
async def test_what_goes_wrong_on_the_wire_is_transient_and_named(error: Exception) -> None:
    async with Nylas(error).client() as client:
        with pytest.raises(NylasTransientError, match=type(error).__name__):
            await client.get_grant("g")


async def test_no_error_shows_the_api_key(unused_tcp_port_factory: Callable[[], int]) -> None:
    async def refused(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    port = unused_tcp_port_factory()
    server = await asyncio.start_server(refused, "127.0.0.1", port)
    async with server, NylasClient(f"http://127.0.0.1:{port}", "key-1\n", "c") as client:
        with pytest.raises(NylasTransientError, match="LocalProtocolError") as caught:
            await client.get_application()
    assert "key-1" not in str(caught.value)


async def test_requests_are_observed_by_template() -> None:
    seen: list[tuple[str, str]] = []

    def observe(endpoint: str, outcome: str, _seconds: float) -> None:
        seen.append((endpoint, outcome))

    async with Nylas(PAGE, httpx.Response(400, json={})).client(observe=observe) as client:
        await client.list_messages("secret-grant")
        with pytest.raises(NylasPermanentError):
            await client.list_messages("secret-grant")
    endpoint = "GET /v3/grants/{grant_id}/messages"
    assert seen == [(endpoint, "ok"), (endpoint, "400")]


async def test_a_body_that_breaks_off_is_transient(unused_tcp_port_factory: Callable[[], int]) -> None:
    port = unused_tcp_port_factory()

    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(half, "127.0.0.1", port)
    async with server, NylasClient(f"http://127.0.0.1:{port}", "k", "c") as client:
        with pytest.raises(NylasTransientError):
            await client.get_grant("g")
