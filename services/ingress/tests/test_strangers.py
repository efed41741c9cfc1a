"""Strangers on real sockets keep no signed delivery out."""

import asyncio
import fcntl
import socket
import sys
import termios
from pathlib import Path

import pytest

from mailtide_devkit.local.kafka import Kafka
from mailtide_devkit.local.waiting import until
from mailtide_harness.ingress import notification, signed
from mailtide_harness.ingress_process import fresh_id, running, service
from mailtide_ingress.limits import MAX_BODY_BYTES
from mailtide_ingress.webhooks.routes import PATH

pytestmark = pytest.mark.real


def hold_slow_bodies(port: int, count: int) -> list[socket.socket]:
    """Connections of a stranger with large bodies that lack their last byte, and a signature that is none."""
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-nylas-signature: {'0' * 64}\r\ncontent-length: {MAX_BODY_BYTES}"
    held = [socket.create_connection(("127.0.0.1", port), 20, ("127.0.0.2", 0)) for _ in range(count)]
    for connection in held:
        connection.sendall(head.encode() + b"\r\n\r\n" + bytes(MAX_BODY_BYTES - 1))
    return held


def unread(connection: socket.socket) -> int:
    """Bytes that the other side has not taken (tcp(7), SIOCOUTQ)."""
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

        await until(taken, seconds=20, what="the bodies are with the ingress")
        answers = [
            (await client.post(PATH, content=body, headers=signed(body))).status_code
            for body in (notification(id_=fresh_id()).ljust(20_000) for _ in range(60))
        ]
        for connection in held:
            connection.close()
        assert answers == [200] * 60
