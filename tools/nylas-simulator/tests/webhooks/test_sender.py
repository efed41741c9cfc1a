"""Webhook delivery of the simulator: signature, retries, faults, health; over real sockets."""

import asyncio
import dataclasses
import gzip
import hashlib
import hmac
import random
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from mailtide_nylas_simulator.faults.switches import FaultBook
from mailtide_nylas_simulator.testing.receiver import WebhookReceiver
from mailtide_nylas_simulator.webhooks.destinations import Destination, DestinationBook
from mailtide_nylas_simulator.webhooks.notifications import Notification
from mailtide_nylas_simulator.webhooks.sender import RETRIED, Sender, SenderSettings, signature

FAST = SenderSettings(delays=(0.0, 0.01), timeout=2.0, concurrency=4)


class Bench:
    """A sender with one destination."""

    def __init__(self, url: str, settings: SenderSettings = FAST) -> None:
        self.now = 1000.0
        self.faults = FaultBook(random.Random(1))
        self.destinations = DestinationBook(random.Random(2), lambda: self.now)
        self.destination: Destination = self.destinations.add(url, ["message.created"])
        self.sender = Sender(self.destinations, self.faults, settings)

    async def send(self, *numbers: int, body: str = "<p>x</p>") -> None:
        for number in numbers:
            self.sender.publish(notice(number, body))
        assert await self.sender.wait_idle(20)


def notice(number: int, body: str = "<p>x</p>") -> Notification:
    shown = {"object": "message", "id": f"m{number}", "grant_id": "g", "body": body}
    return Notification(
        f"n{number}", "message.created", "/google/emails/realtime", 1, "app", "g", f"m{number}", shown
    )


@asynccontextmanager
async def running(url: str, settings: SenderSettings = FAST) -> AsyncIterator[Bench]:
    bench = Bench(url, settings)
    bench.sender.start()
    try:
        yield bench
    finally:
        await bench.sender.stop()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as listening:
        yield listening


@pytest.fixture
async def bench(receiver: WebhookReceiver) -> AsyncIterator[Bench]:
    async with running(receiver.url()) as made:
        yield made


def test_the_signature_matches_the_published_vector() -> None:
    body = b'{"specversion":"1.0","type":"message.created","id":"n-1"}'
    expected = "1a4689a955dbcc506538179d4abd42b81f6279ae6ce539a9ebcb82141c719301"
    assert signature("mock-webhook-secret", body) == expected


@pytest.mark.parametrize("status", sorted(RETRIED))
async def test_these_statuses_are_tried_three_times(
    bench: Bench, receiver: WebhookReceiver, status: int
) -> None:
    receiver.answer_always = status
    await bench.send(1)
    assert [one.envelope()["webhook_delivery_attempt"] for one in receiver.received] == [1, 2, 3]
    assert bench.sender.log[0].outcome == "exhausted"


@pytest.mark.parametrize("status", [201, 302, 400, 401, 403, 404, 413, 500, 501])
async def test_other_statuses_lose_the_notification(
    bench: Bench, receiver: WebhookReceiver, status: int
) -> None:
    receiver.answer_always = status
    await bench.send(1)
    assert (len(receiver.received), bench.sender.log[0].outcome) == (1, "refused")


async def test_the_challenge_keeps_the_query_of_the_url(bench: Bench) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nv")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await bench.sender.challenge(f"http://127.0.0.1:{port}/hook?tenant=1", "v") is None
    assert asked == [b"GET /hook?tenant=1&challenge=v HTTP/1.1\r\n"]


async def test_a_wait_of_no_time_tells_whether_deliveries_are_pending(bench: Bench) -> None:
    assert await bench.sender.wait_idle(0)
    bench.sender.publish(notice(1))
    assert not await bench.sender.wait_idle(0)


async def test_silence_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        async with running(url, SenderSettings((0.0, 0.0), timeout=0.05, concurrency=2)) as bench:
            await bench.send(1)
            (delivery,) = bench.sender.log
    assert [(one["status"], one["problem"]) for one in delivery.attempts] == [(None, "ReadTimeout")] * 3
    assert delivery.outcome == "exhausted"


async def test_many_go_at_once_and_each_is_recorded(bench: Bench, receiver: WebhookReceiver) -> None:
    await bench.send(*range(60))
    assert {one.envelope()["id"] for one in receiver.received} == {f"n{n}" for n in range(60)}
    assert {delivery.outcome for delivery in bench.sender.log} == {"delivered"}


async def test_drop_takes_the_next_ones(bench: Bench, receiver: WebhookReceiver) -> None:
    bench.faults.add({"kind": "drop", "trigger": "message.*", "remaining": 2})
    await bench.send(1, 2, 3)
    assert [one.envelope()["id"] for one in receiver.received] == ["n3"]
    assert [delivery.outcome for delivery in bench.sender.log] == ["dropped", "dropped", "delivered"]


async def test_duplicates_have_the_same_id(bench: Bench, receiver: WebhookReceiver) -> None:
    bench.faults.add({"kind": "duplicate", "times": 3})
    await bench.send(1)
    assert [one.envelope()["id"] for one in receiver.received] == ["n1"] * 4
    assert [delivery.copy_of for delivery in bench.sender.log] == [None, 0, 0, 0]


async def test_shuffle_changes_the_order(bench: Bench, receiver: WebhookReceiver) -> None:
    bench.faults.add({"kind": "shuffle", "seconds": 0.2})
    await bench.send(*range(20))
    order = [one.envelope()["id"] for one in receiver.received]
    assert order != sorted(order, key=lambda each: int(each[1:]))
    assert len(order) == 20


async def test_truncation_by_size_and_by_fault(bench: Bench, receiver: WebhookReceiver) -> None:
    bench.faults.add({"kind": "truncate", "remaining": 1})
    await bench.send(1)
    await bench.send(2, body="x" * 1_000_001)
    envelopes = [one.envelope() for one in receiver.received]
    assert [each["type"] for each in envelopes] == ["message.created.truncated"] * 2
    shown = [each["data"]["object"] for each in envelopes]
    assert [(each["body"], each["attachments"]) for each in shown] == [("", [])] * 2, "as captured"


@pytest.mark.parametrize("omit", [False, True])
async def test_what_a_notification_does_not_say_is_empty_or_left_out(
    bench: Bench, receiver: WebhookReceiver, omit: bool
) -> None:
    for number, kind in enumerate(("metadata", "emptied")):
        bench.faults.add({"kind": kind, "remaining": 1, "omit": omit})
        await bench.send(number)
    envelopes = [one.envelope() for one in receiver.received]
    assert [each["type"] for each in envelopes] == ["message.created.metadata", "message.created"]
    for each in envelopes:
        assert each["data"]["object"].get("body", "left out") == ("left out" if omit else "")


async def test_signing_faults(bench: Bench, receiver: WebhookReceiver) -> None:
    old = bench.destination.secret
    bench.destinations.rotate(bench.destination)
    for kind in ("old_secret", "wrong_secret", "tamper", "compress"):
        bench.faults.add({"kind": kind, "remaining": 1})
        await bench.send(1)
        bench.faults.clear()
    by_old, by_wrong, tampered, compressed = receiver.received

    def fits(secret: str, number: int) -> bool:
        one = receiver.received[number]
        return hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest() == one.signature

    new = bench.destination.secret
    assert [fits(new, n) for n in range(4)] == [False, False, False, True]
    assert fits(old, 0)
    assert by_old.body == by_wrong.body
    assert tampered.body != by_old.body
    assert gzip.decompress(compressed.body) == by_old.body


async def test_an_empty_body_is_delivered_even_if_it_cannot_be_tampered_with(
    bench: Bench, receiver: WebhookReceiver
) -> None:
    bench.faults.add({"kind": "tamper"})
    bench.sender.publish(dataclasses.replace(notice(1), raw=b""))
    assert await bench.sender.wait_idle(5)
    assert [one.body for one in receiver.received] == [b""]


async def test_a_paused_destination_withholds(bench: Bench, receiver: WebhookReceiver) -> None:
    bench.destination.set_status("pause", 1)
    await bench.send(1)
    assert (receiver.received, bench.sender.log[0].outcome) == ([], "withheld")


async def test_only_messages_use_up_a_fault_that_empties_fields(
    bench: Bench, receiver: WebhookReceiver
) -> None:
    bench.destination.trigger_types = ["grant.created", "message.created"]
    bench.faults.add({"kind": "truncate", "remaining": 1})
    bench.sender.publish(dataclasses.replace(notice(1), type="grant.created"))
    await bench.send(2)
    assert sorted(one.envelope()["type"] for one in receiver.received) == [
        "grant.created",
        "message.created.truncated",
    ]
