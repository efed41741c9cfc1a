"""The webhook routes keep every detail of the contract."""

import gzip
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.notification_headers import NotificationHeaders, notification_headers
from mailtide_common.contracts.topics import NOTIFICATIONS
from mailtide_common.runtime.errors import PermanentError
from mailtide_harness.ingress import (
    BOX,
    NOW,
    SECRET,
    FakeFollower,
    browser,
    notification,
    secret_event,
    secret_record,
    signed,
)
from mailtide_harness.publisher import AWAY, RecordingPublisher
from mailtide_ingress import limits
from mailtide_ingress.answers import NO_SECRET, SECRETS_UNREAD, Answer
from mailtide_ingress.app import bare_app
from mailtide_ingress.webhooks.body import MemoryBudget
from mailtide_ingress.webhooks.receiver import DeliveryReceiver
from mailtide_ingress.webhooks.routes import PATH, Deliveries, challenge_route
from mailtide_ingress.webhooks.secret_registry import SecretRegistry
from mailtide_nylas.webhooks.compressed import MAX_INFLATED_BYTES


@dataclass
class Harness:
    app: Deliveries
    publisher: RecordingPublisher
    follower: FakeFollower
    book: SecretRegistry
    budget: MemoryBudget

    async def post(self, body: Any, headers: Any = None) -> httpx.Response:
        async with browser(self.app) as client:
            return await client.post(PATH, content=body, headers=headers)

    async def get(self, url: str) -> httpx.Response:
        async with browser(self.app) as client:
            return await client.get(url)


@pytest.fixture(name="harness")
def make_harness() -> Harness:
    return build((SECRET,))


def build(secrets: tuple[str, ...], *, answer_seconds: float = 4.5) -> Harness:
    book = SecretRegistry(secrets, BOX.decrypt)
    publisher, follower, budget = RecordingPublisher(), FakeFollower(), MemoryBudget()
    receive = DeliveryReceiver(book, follower, publisher, answer_seconds=answer_seconds, now=lambda: NOW)
    app = bare_app()
    app.router.routes.append(challenge_route())
    deliveries = Deliveries(app, receive=receive, budget=budget)
    return Harness(deliveries, publisher, follower, book, budget)


def is_problem(response: httpx.Response, status: int) -> bool:
    body = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    assert (status == 503) == ("retry-after" in response.headers)
    assert "Traceback" not in response.text
    return True


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("abc-123", b"abc-123"),
        ("a%20b+c", b"a b c"),
        ("%3Cscript%3E%22", b'<script>"'),
        ("%C3%A9", "é".encode()),
        ("%FF%00", b"\xff\x00"),
        ("a&challenge=b", b"a"),
    ],
)
async def test_the_challenge_is_echoed_to_the_byte(query: str, body: bytes) -> None:
    response = await build(()).get(f"{PATH}?x=1&challenge={query}")
    assert (response.status_code, response.content) == (200, body)
    assert response.headers["content-type"].startswith("text/plain")
    assert response.headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in response.headers


async def test_the_challenge_needs_no_secret_and_no_kafka() -> None:
    harness = build(())
    harness.follower.ready = False
    assert (await harness.get(f"{PATH}?challenge=x")).status_code == 200


@pytest.mark.parametrize("query", ["", "?challenge=", "?other=1"])
async def test_a_get_without_challenge_is_refused(harness: Harness, query: str) -> None:
    assert is_problem(await harness.get(PATH + query), 400)


async def test_a_signed_delivery_is_stored_byte_for_byte(harness: Harness) -> None:
    body = notification(grant="g/1", id_="n-7", webhook_delivery_attempt=3) + b" \n"
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    response = await harness.post(body, {**signed(body), "traceparent": trace})
    assert (response.status_code, response.content) == (200, b'{"success":true}')
    (record,) = harness.publisher.records
    assert record.topic == NOTIFICATIONS.name
    assert (record.key, record.value) == (b"g%2F1", body)
    assert {name: value for name, value in record.headers if not name.startswith("ce_")} == {
        "content-type": b"application/json",
        "id": b"n-7",
        "type": b"mail.notification.v1",
        "time": b"2025-11-24T02:06:40+00:00",
        "source": b"ingress",
        "received-at": str(NOW).encode(),
        "delivery-attempt": b"3",
        "traceparent": trace.encode(),
    }


async def test_a_compressed_delivery_is_verified_and_kept_compressed(harness: Harness) -> None:
    body = gzip.compress(notification())
    response = await harness.post(body, {**signed(body), "content-encoding": "gzip"})
    assert response.status_code == 200
    assert harness.publisher.records[0].value == body
    assert harness.publisher.records[0].key == b"g-1"
    assert harness.publisher.records[0].header("content-encoding") == "gzip"


async def test_the_reader_gets_back_what_the_ingress_knew(harness: Harness) -> None:
    body = notification(webhook_delivery_attempt=1)
    await harness.post(body, signed(body))
    (record,) = harness.publisher.records
    trace = record.traceparent
    assert trace is not None, "what comes without a trace begins one"
    assert notification_headers(record) == NotificationHeaders("n-1", NOW, None, 1, trace)


@given(st.lists(st.tuples(st.sampled_from(["id", "received-at", "traceparent"]), st.none() | st.binary())))
def test_reading_headers_never_raises(headers: list[tuple[str, bytes | None]]) -> None:
    read = notification_headers(Record("t", 1, 2, None, b"", headers, 5))
    assert read.id
    assert read.received_at >= 0


@pytest.mark.parametrize(
    ("body", "encoding", "key"),
    [
        (b"", None, None),
        (b"not json", None, None),
        (b"\xff\xfe", None, None),
        (b"[]", None, None),
        (b"broken", "gzip", None),
        (b'{"type":"unheard.of","id":"n-9"}', None, b"n-9"),
        (b'{"type":"unheard.of","id":"n-9"}', "br", None),
    ],
)
async def test_what_is_signed_is_kept_however_odd(
    harness: Harness, body: bytes, encoding: str | None, key: bytes | None
) -> None:
    headers = signed(body) | ({"content-encoding": encoding} if encoding else {})
    assert (await harness.post(body, headers)).status_code == 200
    digest = hashlib.sha256(body).hexdigest().encode()
    assert (harness.publisher.records[0].key, harness.publisher.records[0].value) == (key or digest, body)


@given(st.binary(max_size=200))
@settings(max_examples=50)
async def test_any_signed_bytes_are_kept(harness: Harness, body: bytes) -> None:
    harness.publisher.records.clear()
    assert (await harness.post(body, signed(body))).status_code == 200
    assert harness.publisher.records[0].value == body


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-nylas-signature": ""},
        {"x-nylas-signature": "0" * 64},
        {"x-nylas-signature": signed(notification())["x-nylas-signature"].upper()},
        {"x-nylas-signature": "é".encode("latin-1")},
        [*signed(notification()).items(), *signed(notification()).items()],
        signed(notification(), "other"),
        signed(notification(), ""),
        signed(notification() + b" "),
    ],
)
async def test_what_is_not_signed_is_refused(harness: Harness, headers: Any) -> None:
    """INV-27."""
    assert is_problem(await harness.post(notification(), headers), 401)
    assert harness.publisher.records == []


async def test_an_unsigned_bomb_is_refused_before_it_is_inflated(harness: Harness) -> None:
    """INV-27."""
    bomb = gzip.compress(bytes(MAX_INFLATED_BYTES + 1), 1)
    assert is_problem(await harness.post(bomb, {"content-encoding": "gzip", **signed(bomb, "x")}), 401)
    assert is_problem(await harness.post(bomb, {"content-encoding": "gzip", **signed(bomb)}), 413)
    assert harness.publisher.records == []


async def test_sizes_are_inclusive(harness: Harness) -> None:
    body = notification().ljust(limits.MAX_BODY_BYTES)
    assert (await harness.post(body, signed(body))).status_code == 200
    assert is_problem(await harness.post(body + b" ", signed(body + b" ")), 413)
    inflated = gzip.compress(notification().ljust(MAX_INFLATED_BYTES), 1)
    response = await harness.post(inflated, {"content-encoding": "gzip", **signed(inflated)})
    assert response.status_code == 200
    assert harness.publisher.records[-1].key == b"g-1"
    assert harness.budget.held == 0


async def test_a_body_without_a_length_is_bounded_too(harness: Harness) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield bytes(64 * 1024)

    assert is_problem(await harness.post(endless(), {"x-nylas-signature": "0"}), 413)
    assert sent * 64 * 1024 <= limits.MAX_DRAINED_BYTES + 128 * 1024


async def test_a_huge_declared_body_is_refused_unread(harness: Harness) -> None:
    assert is_problem(await harness.post(b"x", {"content-length": str(10**12)}), 413)


@pytest.mark.parametrize("error", [AWAY, PermanentError("x"), KeyError("bug"), RuntimeError("bug")])
async def test_nothing_but_503_when_it_cannot_be_stored(harness: Harness, error: Exception) -> None:
    """INV-1."""
    harness.publisher.error = error
    assert is_problem(await harness.post(notification(), signed(notification())), 503)


@pytest.mark.parametrize(
    ("known", "signed_with", "follower", "answer"),
    [
        ((SECRET,), SECRET, {"ready": False}, SECRETS_UNREAD),
        ((), SECRET, {}, NO_SECRET),
        ((SECRET,), "new", {"error": AWAY}, SECRETS_UNREAD),
        ((SECRET,), "new", {"seconds": 60.0}, SECRETS_UNREAD),
    ],
    ids=["not read yet", "none is known", "perhaps not the newest", "the newest take too long"],
)
async def test_503_while_the_secrets_do_not_decide(
    known: tuple[str, ...], signed_with: str, follower: dict[str, Any], answer: Answer
) -> None:
    harness = build(known, answer_seconds=0.5)
    for name, value in follower.items():
        setattr(harness.follower, name, value)
    response = await harness.post(notification(), signed(notification(), signed_with))
    assert is_problem(response, 503)
    assert answer.detail in response.text
    assert harness.publisher.records == []


async def test_a_secret_of_a_moment_ago_is_accepted(harness: Harness) -> None:
    harness.follower.waiting.append(lambda: harness.book.apply(secret_record(secret_event("new"))))
    assert (await harness.post(notification(), signed(notification(), "new"))).status_code == 200
    assert harness.follower.refreshes == 1


async def test_a_pending_secret_makes_it_503_until_its_end(harness: Harness) -> None:
    harness.book.apply(secret_record(secret_event(None, "pending", expires_at=NOW + 1)))
    assert is_problem(await harness.post(notification(), signed(notification(), "new")), 503)
    assert is_problem(await harness.post(notification()), 401)
    harness.book.apply(secret_record(secret_event(None, "pending", changed_at=NOW + 1, expires_at=NOW)))
    assert is_problem(await harness.post(notification(), signed(notification(), "new")), 401)


async def test_a_known_secret_needs_no_refresh(harness: Harness) -> None:
    await harness.post(notification(), signed(notification()))
    assert harness.follower.refreshes == 0


async def test_a_client_that_leaves_is_not_counted_as_slow(harness: Harness) -> None:
    def counted(answer: str) -> float:
        return REGISTRY.get_sample_value("mailtide_ingress_deliveries_total", {"answer": answer}) or 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        del message

    before = counted("disconnected"), counted("too-slow")
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": [], "client": ("192.0.2.1", 5)}
    await harness.app(scope, receive, send)
    assert (counted("disconnected"), counted("too-slow")) == (before[0] + 1, before[1])


async def test_other_paths_and_methods_are_problems(harness: Harness) -> None:
    assert is_problem(await harness.get("/nothing"), 404)
    assert is_problem(await harness.get("/docs"), 404)
    assert is_problem(await harness.get("/openapi.json"), 404)
    async with browser(harness.app) as client:
        response = await client.put(PATH)
    assert is_problem(response, 405)
    assert "POST" in response.headers["allow"]


async def test_a_bug_elsewhere_is_503_without_a_trace(harness: Harness) -> None:
    @harness.app.app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("canary")

    response = await harness.get("/bug")
    assert is_problem(response, 503)
    assert "canary" not in response.text
