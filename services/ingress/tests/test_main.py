"""The ingress as its own process, on real Kafka."""

import asyncio
import fcntl
import signal
import socket
import sys
import termios
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from mailtide_common.contracts.codec import Record
from mailtide_common.contracts.notification_headers import notification_headers
from mailtide_common.contracts.times import MICROSECONDS
from mailtide_common.contracts.topics import NOTIFICATIONS, WEBHOOK_SECRETS
from mailtide_common.runtime.errors import TransientError
from mailtide_common.runtime.kafka.brokers import Brokers
from mailtide_common.runtime.kafka.publisher import Publisher
from mailtide_common.runtime.kafka.reader import read_to_end
from mailtide_common.runtime.kafka.topics_admin import ensure_topics
from mailtide_common.runtime.stopping import KEPT_CONNECTIONS_SECONDS
from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.waiting import until
from mailtide_harness.ingress import SECRET, notification, secret_event, signed
from mailtide_harness.servers.ingress_process import (
    PARTITIONS,
    SECRET_KEY,
    fresh_id,
    running,
    service,
)
from mailtide_ingress.limits import MAX_BODY_BYTES
from mailtide_ingress.webhooks.routes import PATH


async def stored(kafka: Kafka, notification_id: str) -> list[Record]:
    return [
        record
        async for chunk in read_to_end(Brokers.plain(kafka.bootstrap_servers), NOTIFICATIONS)
        for record in chunk.records
        if record.header("id") == notification_id
    ]


async def test_a_delivery_is_in_the_log_before_the_answer(ready_kafka: Kafka, tmp_path: Path) -> None:
    id_ = fresh_id()
    body = notification("g/1", id_, webhook_delivery_attempt=1)
    before = time.time_ns() // 1_000
    async with running(service(ready_kafka, tmp_path)) as client:
        response = await client.post(PATH, content=body, headers=signed(body))
        assert (response.status_code, response.json()) == (200, {"success": True})
        (record,) = await stored(ready_kafka, id_)
    assert (record.key, record.value) == (b"g%2F1", body)
    headers = notification_headers(record)
    assert before <= headers.received_at <= time.time_ns() // 1_000
    assert headers.delivery_attempt == 1


async def test_a_secret_of_a_moment_ago_is_accepted(ready_kafka: Kafka, tmp_path: Path) -> None:
    async with (
        running(service(ready_kafka, tmp_path)) as client,
        Publisher(Brokers.plain(ready_kafka.bootstrap_servers), source="scheduler") as publisher,
    ):
        destination = uuid4().hex
        for number in range(5):
            body = notification(id_=fresh_id())
            now = time.time_ns() // 1_000
            await publisher.publish(secret_event(f"new-{number}", destination=destination, changed_at=now))
            response = await client.post(PATH, content=body, headers=signed(body, f"new-{number}"))
            assert response.status_code == 200
        pending = secret_event(
            None, "pending", destination=destination, changed_at=now + 1, expires_at=now + 60 * MICROSECONDS
        )
        await publisher.publish(pending)
        body = notification(id_=fresh_id())
        assert (await client.post(PATH, content=body, headers=signed(body, "x"))).status_code == 503
        await publisher.publish(secret_event("last", destination=destination, changed_at=now + 2))
        assert (await client.post(PATH, content=body, headers=signed(body, "x"))).status_code == 401
        assert (await client.post(PATH, content=body, headers=signed(body, "last"))).status_code == 200


async def test_a_damaged_secret_record_stops_nothing(ready_kafka: Kafka, tmp_path: Path) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=ready_kafka.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(WEBHOOK_SECRETS.name, b"\xff", b"odd", headers=[("type", b"\xff")])
    await producer.stop()
    body = notification(id_=fresh_id())
    async with running(service(ready_kafka, tmp_path)) as client:
        assert (await client.post(PATH, content=body, headers=signed(body))).status_code == 200


@pytest.mark.fault
@pytest.mark.real
async def test_a_frozen_broker_is_503_within_5_s_and_the_repeat_arrives(tmp_path: Path) -> None:
    kafka = Kafka()
    await kafka.start()
    try:
        await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS)
        async with running(service(kafka, tmp_path)) as client:
            id_ = fresh_id()
            body = notification(id_=id_)
            assert (
                await client.post(PATH, content=notification(), headers=signed(notification()))
            ).is_success
            kafka.freeze()
            known, unknown = await asyncio.gather(timed(client, body, SECRET), timed(client, body, "unknown"))
            assert (await client.get("/readyz")).status_code == 200, "a proxy would answer in its place"
            kafka.thaw()
            for response, seconds in (known, unknown):
                assert response.status_code == 503
                assert response.headers["retry-after"]
                assert seconds < 5.0

            async def accepted() -> bool:
                return (await client.post(PATH, content=body, headers=signed(body))).status_code == 200

            await until(accepted, what="the repeat is accepted")

            async def arrived() -> bool:
                try:
                    return bool(await stored(kafka, id_))
                except TransientError:  # a restarted broker lists no topics for a moment
                    return False

            await until(arrived, what="the delivery is in the log")
            assert (await timed(client, body, "unknown"))[0].status_code == 401
    finally:
        await kafka.discard()


async def timed(client: httpx.AsyncClient, body: bytes, secret: str) -> tuple[httpx.Response, float]:
    started = time.monotonic()
    return (await client.post(PATH, content=body, headers=signed(body, secret))), time.monotonic() - started


@pytest.mark.fault
@pytest.mark.real
async def test_it_listens_before_kafka_does(tmp_path: Path) -> None:
    kafka = Kafka()
    ingress = service(kafka, tmp_path)
    body = notification(id_=fresh_id())
    await ingress.process.start()
    try:
        async with httpx.AsyncClient(base_url=ingress.url, timeout=15) as client:

            async def listens() -> bool:
                try:
                    return (await client.get(f"{PATH}?challenge=x")).text == "x"
                except httpx.TransportError:
                    return False

            await until(listens, what="the ingress listens")
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.post(PATH, content=body, headers=signed(body))).status_code == 503
            await kafka.start()
            await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS)
    finally:
        await ingress.stop()
        await kafka.discard()


@pytest.mark.real
async def test_topics_are_waited_for_and_a_wrong_partition_count_is_refused_with_code_2(
    tmp_path: Path,
) -> None:
    kafka = Kafka()
    await kafka.start()
    ingress = service(kafka, tmp_path)
    try:
        await ingress.process.start()

        async def waits() -> bool:
            return "topics_missing" in ingress.process.tail()

        await until(waits, what="the ingress waits for topics")
        await ensure_topics(Brokers.plain(kafka.bootstrap_servers), PARTITIONS + 1)
        assert await ingress.process.wait(20) == 2
        assert f"MAILTIDE_TOPIC_PARTITIONS is {PARTITIONS}" in ingress.process.tail()
    finally:
        await ingress.stop()
        await kafka.discard()


async def test_sigterm_drains_and_exits_0(ready_kafka: Kafka, tmp_path: Path) -> None:
    ingress = service(ready_kafka, tmp_path)
    body = notification(id_=fresh_id())
    head = [f"POST {PATH} HTTP/1.1", "host: x", f"content-length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in signed(body).items()]
    async with running(ingress) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", ingress.port)
        writer.write("\r\n".join([*head, "", ""]).encode() + body[:10])
        await writer.drain()
        assert (await client.get("/healthz", headers={"connection": "close"})).is_success
        ingress.process.send(signal.SIGTERM)

        async def closed() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", ingress.port)) != 0

        await until(closed, seconds=KEPT_CONNECTIONS_SECONDS + 5, what="no new connections are taken")
        writer.write(body[10:])
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
        assert await ingress.process.wait(10) == 0


async def test_what_is_logged_holds_no_secret_and_no_mail(ready_kafka: Kafka, tmp_path: Path) -> None:
    ingress = service(ready_kafka, tmp_path)
    body = notification(id_=fresh_id(), subject="canary-subject")
    async with running(ingress) as client:
        await client.post(PATH, content=body, headers=signed(body))
        await client.post(PATH, content=body, headers=signed(body, "wrong"))
        await client.get(f"{PATH}?challenge=canary-challenge")
        await client.get("/api/auth/nylas/callback?code=canary-code&state=canary-state")
        metrics = (await client.get("/metrics")).text
    shown = ingress.process.log.read_text() + metrics
    assert "canary" not in shown
    assert SECRET not in shown
    assert SECRET_KEY not in shown


def hold_slow_bodies(port: int, count: int) -> list[socket.socket]:
    """Open connections with large bodies that lack their last byte and have an invalid signature."""
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-nylas-signature: {'0' * 64}\r\ncontent-length: {MAX_BODY_BYTES}"
    held = [socket.create_connection(("127.0.0.1", port), 20, ("127.0.0.2", 0)) for _ in range(count)]
    for connection in held:
        connection.sendall(head.encode() + b"\r\n\r\n" + bytes(MAX_BODY_BYTES - 1))
    return held


def unread(connection: socket.socket) -> int:
    """Return how many bytes the other side has not read (tcp(7), SIOCOUTQ)."""
    return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


async def test_slow_bodies_of_a_stranger_keep_no_signed_delivery_out(
    ready_kafka: Kafka, tmp_path: Path
) -> None:
    """INV-34."""
    ingress = service(ready_kafka, tmp_path)
    async with running(ingress) as client:
        held = await asyncio.to_thread(hold_slow_bodies, ingress.port, 150)

        async def taken() -> bool:
            return not any(map(unread, held))

        await until(taken, what="the bodies are with the ingress")
        answers = [
            (await client.post(PATH, content=body, headers=signed(body))).status_code
            for body in (notification(id_=fresh_id()).ljust(20_000) for _ in range(60))
        ]
        for connection in held:
            connection.close()
        assert answers == [200] * 60
